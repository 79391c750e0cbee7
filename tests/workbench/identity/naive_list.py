"""Reading a list as plainly as the rules can be said: no chunks, no regular expressions, nothing of the package."""

import hashlib

KIND_BY_LENGTH = {32: "md5", 40: "sha1", 64: "sha256"}
OPTED_OUT = "00000000-0000-0000-0000-000000000000"
HEXADECIMAL = set("0123456789abcdefABCDEF")
BETWEEN_QUOTATION_MARKS_ONLY = set(' ()<>[]:;,"\\')
HEADERS = {
    *("id", "ids", "uid", "userid", "customerid", "email", "emails", "mail", "emailaddress", "emailaddresses"),
    *("emailadres", "emailadressen", "hash", "md5", "sha1", "sha256", "hashedemail", "emailhash", "maid", "maids"),
    *("mobileadid", "mobileadids", "mobileadvertisingid", "advertisingid", "androidid", "deviceid", "aaid", "aaids"),
    *("gaid", "gaids", "adid", "adids", "idfa", "idfas"),
}


def read(content, list_type, *, is_sha1_allowed):
    """Return the digests of the valid records as (function, bytes), or None if the file is refused."""
    if content[:4] == b"PK\x03\x04" or content[:2] in (b"\x1f\x8b", b"\xff\xfe", b"\xfe\xff"):
        return None
    rows = rows_of(content.removeprefix(b"\xef\xbb\xbf"))
    values = [value_of(row) for row in rows]
    if not rows or None in values:
        return None
    digests = [digest_of(value, list_type, is_sha1_allowed) for value in values]
    valid = [digest for digest in digests if digest is not None]
    if not valid or (digests[0] is None and is_title(values[0])):
        return None
    return valid


def rows_of(content):
    """Return the rows without their ends."""
    lines = content.split(b"\n")
    last = lines.pop()
    rows = [line[:-1] if line.endswith(b"\r") else line for line in lines]
    return [*rows, last] if last else rows


def value_of(row):
    """Return the value in a row, or None if the row refuses its file."""
    try:
        text = row.decode()
    except UnicodeDecodeError:
        return None
    if len(row) > 1_024 or "\0" in text or "\r" in text:
        return None
    trimmed = text.rstrip()
    inside = trimmed[1:-1].replace('""', "")
    is_quoted = len(trimmed) > 1 and trimmed[0] == trimmed[-1] == '"' and '"' not in inside
    if not is_quoted and any(separator in text for separator in ",;\t"):
        return None
    cell = trimmed[1:-1].replace('""', '"') if is_quoted else text
    if not cell.strip() or cell[0].isspace():
        return None
    return cell.rstrip()


def is_title(value):
    """Return whether an invalid first row refuses a file that has valid ones, or names a column."""
    is_cut_identifier = len(value) >= 20 and set(value) <= HEXADECIMAL | {"-"} and any(c.isdigit() for c in value)
    return "@" not in value and not is_cut_identifier


def digest_of(value, list_type, is_sha1_allowed):
    """Return the digest of a record, or None if it is not valid."""
    if len(value) >= 20 and set(value) <= HEXADECIMAL:
        name = KIND_BY_LENGTH.get(len(value))
        if name is None or (name == "sha1" and list_type == "EMAIL" and not is_sha1_allowed):
            return None
        digest = bytes.fromhex(value)
        nobody = [hashlib.new(name, text, usedforsecurity=False).digest() for text in (b"", OPTED_OUT.encode())]
        return None if digest in [*nobody, bytes(len(digest))] else (name, digest)
    is_valid = is_maid(value) if list_type == "MAID" else is_email(value.lower())
    return ("sha256", hashlib.sha256(value.lower().encode()).digest()) if is_valid else None


def is_maid(value):
    """Return whether a value is an Android advertising id of somebody who did not opt out."""
    parts = value.split("-")
    is_shaped = [len(part) for part in parts] == [8, 4, 4, 4, 12]
    return is_shaped and all(set(part) <= set("0123456789abcdef") for part in parts) and value != OPTED_OUT


def is_email(value):
    """Return whether a lower-case value is an e-mail address."""
    if value.count("@") != 1 or len(value.encode()) > 254 or not value.isprintable():
        return False
    local, domain = value.split("@")
    labels = domain.split(".")
    return (
        not BETWEEN_QUOTATION_MARKS_ONLY & set(value)
        and all(local.split("."))
        and all(labels)
        and all(is_of_domain(character) for character in domain)
        and not any(label[0] == "-" or label[-1] == "-" for label in labels)
    )


def is_of_domain(character):
    """Return whether a lower-case character may stand in a domain."""
    return character in "abcdefghijklmnopqrstuvwxyz0123456789.-" or character > "\x7f"
