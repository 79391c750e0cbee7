"""Every rule that a customer list can break, with what to tell its owner.

A *structural* fault (a header, a blank row, a second column) means that the file is not what the platform reads, so the
whole file is refused. Any other fault belongs to one record: the record is left out and counted, the rest go on.
"""

from dataclasses import dataclass
from enum import StrEnum


class ErrorCode(StrEnum):
    """Name of a broken rule, stable across versions so that scripts can rely on it."""

    # of the file
    EMPTY_FILE = "EMPTY_FILE"
    WRONG_ENCODING = "WRONG_ENCODING"
    LINE_TOO_LONG = "LINE_TOO_LONG"
    LONE_CARRIAGE_RETURN = "LONE_CARRIAGE_RETURN"
    HEADER_ROW = "HEADER_ROW"
    BLANK_ROW = "BLANK_ROW"
    INDENTED_ROW = "INDENTED_ROW"
    SECOND_COLUMN = "SECOND_COLUMN"
    IOS_SOURCE = "IOS_SOURCE"
    NO_VALID_RECORDS = "NO_VALID_RECORDS"
    # of one record
    MISSING_AT_SIGN = "MISSING_AT_SIGN"
    MALFORMED_EMAIL = "MALFORMED_EMAIL"
    MAID_IN_EMAIL_LIST = "MAID_IN_EMAIL_LIST"
    DIGEST_KIND_NOT_ALLOWED = "DIGEST_KIND_NOT_ALLOWED"
    MALFORMED_MAID = "MALFORMED_MAID"
    MIXED_CASE_MAID = "MIXED_CASE_MAID"
    IDFA_SHAPED = "IDFA_SHAPED"
    OPTED_OUT_MAID = "OPTED_OUT_MAID"
    EMAIL_IN_MAID_LIST = "EMAIL_IN_MAID_LIST"
    UNKNOWN_DIGEST_LENGTH = "UNKNOWN_DIGEST_LENGTH"
    EMPTY_VALUE_DIGEST = "EMPTY_VALUE_DIGEST"
    SUPPRESSED = "SUPPRESSED"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What an error code means.

    Parameters
    ----------
    is_structural : bool
        True when the whole file is refused, False when one record is.
    message : str
        What was expected and what came, as a clause that starts with "expected".
    fix : str
        What to do about it, as an instruction.
    """

    is_structural: bool
    message: str
    fix: str


ERROR_CODES: dict[ErrorCode, Explanation] = {
    ErrorCode.EMPTY_FILE: Explanation(
        True,
        "expected at least one record, got an empty file",
        "export the list again",
    ),
    ErrorCode.WRONG_ENCODING: Explanation(
        True,
        "expected plain text in UTF-8, got bytes that are not",
        "save the list as CSV in UTF-8 (not as a workbook, a compressed file or UTF-16)",
    ),
    ErrorCode.LINE_TOO_LONG: Explanation(
        True,
        "expected one identifier per line, got a line longer than any identifier",
        "put each identifier on a line of its own",
    ),
    ErrorCode.LONE_CARRIAGE_RETURN: Explanation(
        True,
        "expected lines that end in LF or CRLF, got a carriage return alone",
        "save the list with Unix or Windows line ends",
    ),
    ErrorCode.HEADER_ROW: Explanation(
        True,
        "expected identifiers from the first row on, got a header or title",
        "remove the first row, or correct it if it is a record",
    ),
    ErrorCode.BLANK_ROW: Explanation(
        True,
        "expected an identifier in every row, got a blank row",
        "remove the blank rows",
    ),
    ErrorCode.INDENTED_ROW: Explanation(
        True,
        "expected the identifier at the start of the row, got white space before it",
        "remove the indentation",
    ),
    ErrorCode.SECOND_COLUMN: Explanation(
        True,
        "expected one column, got a comma, semicolon or tab that starts another",
        "keep the column of identifiers alone and leave out names, phone numbers and addresses",
    ),
    ErrorCode.IOS_SOURCE: Explanation(
        True,
        "expected no data from iOS devices, got a file or column name that says IDFA or iOS",
        "leave out everyone recorded on an iOS device; rename the file or column if that is nobody",
    ),
    ErrorCode.NO_VALID_RECORDS: Explanation(
        True,
        "expected at least one valid record, got none",
        "mend the records, or choose the list type that they are of",
    ),
    ErrorCode.MISSING_AT_SIGN: Explanation(
        False,
        "expected an e-mail address with @, or its digest, got neither",
        "correct or remove the address",
    ),
    ErrorCode.MALFORMED_EMAIL: Explanation(
        False,
        "expected one @ with text before it and a domain after it, and nothing that an address cannot hold, got "
        "something else",
        "correct or remove the address, and leave out display names and quotation marks",
    ),
    ErrorCode.MAID_IN_EMAIL_LIST: Explanation(
        False,
        "expected e-mail addresses only, got a mobile advertising id",
        "put mobile advertising ids in a list of their own, of type MAID",
    ),
    ErrorCode.DIGEST_KIND_NOT_ALLOWED: Explanation(
        False,
        "expected an e-mail address hashed with SHA-256 or MD5, got 40 hexadecimal digits, which is SHA-1",
        "hash the addresses with SHA-256, or choose type MAID if they are mobile advertising ids",
    ),
    ErrorCode.MALFORMED_MAID: Explanation(
        False,
        "expected a lower-case Android advertising id of shape 8-4-4-4-12, or its digest, got neither",
        "correct or remove the id",
    ),
    ErrorCode.MIXED_CASE_MAID: Explanation(
        False,
        "expected an Android advertising id in lower case, got a mixture of upper and lower case",
        "export the ids as the device gave them; a mixture belongs to no device",
    ),
    ErrorCode.IDFA_SHAPED: Explanation(
        False,
        "expected an Android advertising id in lower case, got an upper-case one, which is how iOS writes its IDFA",
        "leave out everyone whose record comes from an iOS device; lower the case only of ids known to be from Android",
    ),
    ErrorCode.OPTED_OUT_MAID: Explanation(
        False,
        "expected the id of a person who may be targeted, got the all-zero id of somebody who opted out",
        "leave out the people who opted out",
    ),
    ErrorCode.EMAIL_IN_MAID_LIST: Explanation(
        False,
        "expected mobile advertising ids only, got an e-mail address",
        "put e-mail addresses in a list of their own, of type EMAIL",
    ),
    ErrorCode.UNKNOWN_DIGEST_LENGTH: Explanation(
        False,
        "expected a digest of 32 (MD5), 40 (SHA-1) or 64 (SHA-256) hexadecimal digits, got another length",
        "hash with SHA-256 and keep all 64 digits",
    ),
    ErrorCode.EMPTY_VALUE_DIGEST: Explanation(
        False,
        "expected the digest of an identifier, got the digest of nothing, the usual sign of hashed blank cells",
        "remove blank cells before hashing",
    ),
    ErrorCode.SUPPRESSED: Explanation(
        False,
        "expected a person who may be targeted, got one who is on the suppression list",
        "leave out the people who opted out, here and in the system that the list comes from",
    ),
}


class WarningCode(StrEnum):
    """Name of something that was put right, or that may be a mistake, without refusing anything."""

    BYTE_ORDER_MARK = "BYTE_ORDER_MARK"
    TRAILING_SPACE = "TRAILING_SPACE"
    QUOTED_VALUE = "QUOTED_VALUE"
    UPPER_CASE = "UPPER_CASE"
    MAYBE_UNHYPHENATED_MAID = "MAYBE_UNHYPHENATED_MAID"
    SHA1_EMAIL = "SHA1_EMAIL"


WARNINGS: dict[WarningCode, str] = {
    WarningCode.BYTE_ORDER_MARK: "the file begins with a UTF-8 byte order mark, which was left out",
    WarningCode.TRAILING_SPACE: "white space after the identifier was left out",
    WarningCode.QUOTED_VALUE: "quotation marks around the identifier were left out",
    WarningCode.UPPER_CASE: "upper-case letters in an e-mail address or digest were read as lower case",
    WarningCode.MAYBE_UNHYPHENATED_MAID: (
        "32 hexadecimal digits were read as an MD5 digest; if they are ids without hyphens, put the hyphens back"
    ),
    WarningCode.SHA1_EMAIL: (
        "SHA-1 digests of e-mail addresses were accepted as the API takes them; an upload on the help page's terms "
        "refuses them"
    ),
}
