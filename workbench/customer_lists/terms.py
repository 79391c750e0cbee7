"""What an advertiser has to have read before a customer list is shared.

The help page asks for it before every upload. Nobody can check whether it was read; asking each time, and refusing
without an answer, is what can be done. Looking at a file shares nothing and asks for nothing.
"""

from workbench.errors import DefinitionError

TERMS = ("the requirements for customer lists", "the Ad Data Terms", "the Advertising Guidelines")
"""The texts, as the help page names them."""

TERMS_SENTENCE = f"I have read {TERMS[0]}, {TERMS[1]} and {TERMS[2]}"
"""What somebody says who acknowledges them."""


def require_acknowledgement(are_terms_acknowledged: bool, how: str = "set are_terms_acknowledged to true") -> None:
    """Refuse to share a list unless somebody said that the terms were read.

    Parameters
    ----------
    are_terms_acknowledged : bool
        What was said.
    how : str
        How to say so, as an instruction.

    Raises
    ------
    DefinitionError
        Naming the texts to read.
    """
    if not are_terms_acknowledged:
        raise DefinitionError(
            "expected the acknowledgement that the platform asks for before a list is shared, got none; read "
            f"{TERMS[0]} (no people from iOS devices, nobody who opted out), {TERMS[1]} and {TERMS[2]}, then {how}"
        )
