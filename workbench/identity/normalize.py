"""The canonical form of an identifier: the exact text that is hashed.

An e-mail address is trimmed and lower-cased. An Android advertising id is trimmed and *not* lower-cased: upper case is
how iOS writes its own id, which must not be uploaded, so changing the case would hide what has to be refused.

Nothing here guesses: dots and ``+`` tags in an address stay, since removing them would hash another address than the
one the person gave.

The help page asks for one ``@`` with text on both sides. On top of that, what no mail server can have sent to is no
address, since it can match nobody and counting it as valid would flatter the list. The domain is labels of letters,
digits and inner hyphens with dots between them; one label is enough (a company's own host), and letters of any script
are letters, as in internationalised names. The local part neither begins nor ends with a dot nor has two in a row.
"""

import re

from workbench.errors import IdentifierError
from workbench.identity.error_codes import ERROR_CODES, ErrorCode

MAID_SHAPE = re.compile(r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}")

# Android hands this out when the person deleted the advertising id or opted out of personalised ads.
OPTED_OUT_MAID = "00000000-0000-0000-0000-000000000000"

# Characters that RFC 5322 allows in an address only between quotation marks; unquoted they mean a pasted display name.
_NOT_IN_AN_ADDRESS = frozenset(' ()<>[]:;,"\\')

# A domain, dot by dot. Beyond ASCII everything printable is taken for a letter: vowel signs and accents are none to
# Python, and belong to names all the same.
_LABEL = r"[a-z0-9\x80-\U0010ffff]+(?:-+[a-z0-9\x80-\U0010ffff]+)*"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")

MAX_EMAIL_BYTES = 254  # RFC 5321 takes a path of 256, which includes the angle brackets around the address

MAX_SHAPE_LENGTH = 48


def normalize_email(text: str) -> str:
    """Return an e-mail address in the form that is hashed.

    Parameters
    ----------
    text : str
        E-mail address; spaces around it and upper case do not matter.

    Returns
    -------
    str
        The address, trimmed and in lower case.

    Raises
    ------
    IdentifierError
        If it has not exactly one ``@`` with text on both sides, no domain that mail can be sent to, or a character
        that no address has. The error shows the shape of the text, never the text.
    """
    canonical = text.strip().lower()
    fault = email_fault(canonical)
    if fault is not None:
        raise _refusal(fault, text)
    return canonical


def normalize_maid(text: str) -> str:
    """Return an Android advertising id in the form that is hashed.

    Parameters
    ----------
    text : str
        Android advertising id in lower case, shape 8-4-4-4-12; spaces around it do not matter.

    Returns
    -------
    str
        The id, trimmed.

    Raises
    ------
    IdentifierError
        If it has another shape or case, or is the all-zero id of people who opted out. The error shows the shape of
        the text, never the text.
    """
    canonical = text.strip()
    fault = maid_fault(canonical)
    if fault is not None:
        raise _refusal(fault, text)
    return canonical


def email_fault(canonical: str) -> ErrorCode | None:
    """Return the rule that a trimmed lower-case text breaks as an e-mail address, or None."""
    local_part, at_sign, domain = canonical.partition("@")
    if not at_sign:
        return ErrorCode.MISSING_AT_SIGN
    if not local_part or not domain or "@" in domain:
        return ErrorCode.MALFORMED_EMAIL
    # `isprintable` is False for control and invisible characters and for every white space except the plain space.
    if not canonical.isprintable() or not _NOT_IN_AN_ADDRESS.isdisjoint(canonical):
        return ErrorCode.MALFORMED_EMAIL
    if "" in local_part.split(".") or not _DOMAIN.fullmatch(domain) or len(canonical.encode()) > MAX_EMAIL_BYTES:
        return ErrorCode.MALFORMED_EMAIL
    return None


def maid_fault(canonical: str) -> ErrorCode | None:
    """Return the rule that a trimmed text breaks as an Android advertising id, or None."""
    if not MAID_SHAPE.fullmatch(canonical):
        return ErrorCode.MALFORMED_MAID
    if canonical == OPTED_OUT_MAID:
        return ErrorCode.OPTED_OUT_MAID
    if canonical == canonical.lower():
        return None
    return ErrorCode.IDFA_SHAPED if canonical == canonical.upper() else ErrorCode.MIXED_CASE_MAID


def shape_of(text: str) -> str:
    """Return the outline of a value, which shows case and separators and gives nobody away.

    Letters become ``a`` or ``A``, digits ``9``, ASCII punctuation stays, and everything else (spaces, control and
    foreign characters) becomes ``?``, so that a shape is always safe to print. Long shapes are cut.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        For example ``aaaa99@aaa.aa`` for a name, two digits and a domain.
    """
    shape = "".join(map(_shape_of_character, text[:MAX_SHAPE_LENGTH]))
    return shape if len(text) <= MAX_SHAPE_LENGTH else shape + "…"


def _shape_of_character(character: str) -> str:
    if character.isdigit():
        return "9"
    if character.isalpha():
        return "A" if character.isupper() else "a"
    return character if "!" <= character <= "~" else "?"


def _refusal(fault: ErrorCode, text: str) -> IdentifierError:
    explanation = ERROR_CODES[fault]
    return IdentifierError(f"{explanation.message} (shape {shape_of(text)}); {explanation.fix}", error_code=fault)
