"""Rows of a customer list, told by their form at the speed of memory.

Sixty-four bytes from the start of a row give nine masks (`row_masks`), and the rules about e-mail addresses and digests
are operations on these. Rows that are longer, or hold rarer characters, take a slower way, byte by byte. What is left,
among it everything beyond ASCII and everything that may refuse the file, is handed back to the caller: the rules stand
in `list_row`, `classification` and `normalize`, and this is a faster way to the same answers.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.identity.kernels.row_masks import (
    BLOCK_BYTES,
    address_masks,
    byte_at,
    decode_hex,
    digest_masks,
    highest,
    line_masks,
    lowest,
    space_mask,
)
from workbench.jit import kernel

ALL_READ, IS_ODD, IS_UNDER_TITLE = range(3)
"""Why `scan_rows` returns: no row is left; the next row is for the caller; it is valid and stands under a title."""

# Places in the array `cursor`.
POSITION, END, N_LINES, N_VALID, N_REFUSED, N_PLAIN, FIRST_VALID = range(7)
N_CURSOR: Final = 7

# What a row may be. Kinds are numbered as in Digests, faults as in RECORD_CODES behind them.
_MD5, _SHA1, _SHA256, _PLAIN, _ODD = range(5)
_FAULT: Final = 5
FAULT_NAMES: Final = (
    "MISSING_AT_SIGN",
    "MALFORMED_EMAIL",
    "MAID_IN_EMAIL_LIST",
    "DIGEST_KIND_NOT_ALLOWED",
    "MALFORMED_MAID",
    "MIXED_CASE_MAID",
    "IDFA_SHAPED",
    "OPTED_OUT_MAID",
    "EMAIL_IN_MAID_LIST",
    "UNKNOWN_DIGEST_LENGTH",
)
(
    _MISSING_AT_SIGN,
    _MALFORMED_EMAIL,
    _MAID_IN_EMAIL_LIST,
    _DIGEST_KIND_NOT_ALLOWED,
    _MALFORMED_MAID,
    _MIXED_CASE_MAID,
    _IDFA_SHAPED,
    _OPTED_OUT_MAID,
    _EMAIL_IN_MAID_LIST,
    _UNKNOWN_DIGEST_LENGTH,
) = range(_FAULT, _FAULT + len(FAULT_NAMES))

WARNING_NAMES: Final = (
    "BYTE_ORDER_MARK",
    "TRAILING_SPACE",
    "QUOTED_VALUE",
    "UPPER_CASE",
    "MAYBE_UNHYPHENATED_MAID",
    "SHA1_EMAIL",
)
_TRAILING_SPACE, _QUOTED_VALUE, _UPPER_CASE, _MAYBE_UNHYPHENATED_MAID, _SHA1_EMAIL = range(1, len(WARNING_NAMES))

MAX_ROW_BYTES: Final = 1024
MAX_ADDRESS_BYTES: Final = 254
SHORTEST_CUT_DIGEST: Final = 20

_LF, _CR, _SPACE, _QUOTE, _AT, _DOT, _HYPHEN, _ZERO = (np.uint8(ord(character)) for character in '\n\r "@.-0')
_DELETE: Final = np.uint8(0x7F)
_VALUE_BYTES: Final = 32
_NIL: Final = np.uint64(0)
_ONE: Final = np.uint64(1)
_FULL: Final = np.uint64(2**64 - 1)
_MAID_BYTES: Final = 36
_PLACES_OF_HYPHENS: Final = (8, 13, 18, 23)
_MAID_HYPHENS: Final = np.uint64(sum(1 << place for place in _PLACES_OF_HYPHENS))

# Classes of ASCII characters, for the slow way: a bit each.
_IS_HEX, _IS_ALPHANUMERIC, _IS_CAPITAL, _IS_SMALL, _IS_IN_ADDRESS, _IS_SEPARATOR = (1 << bit for bit in range(6))


def _class_of(character: str) -> int:
    is_alphanumeric = character.isalnum()
    return (
        _IS_HEX * (character in "0123456789abcdefABCDEF")
        | _IS_ALPHANUMERIC * is_alphanumeric
        | _IS_CAPITAL * character.isupper()
        | _IS_SMALL * character.islower()
        | _IS_IN_ADDRESS * (is_alphanumeric or character in "!#$%&'*+-./=?^_`{|}~")
        | _IS_SEPARATOR * (character in ",;")
    )


def _shape_of(character: str) -> int:
    if character.isdigit():
        return ord("9")
    if character.isalpha():
        return ord("A" if character.isupper() else "a")
    return ord(character if "!" <= character <= "~" else "?")


_CLASSES: Final = np.array([_class_of(chr(code)) for code in range(128)], dtype=np.uint8)
_SHAPES: Final = np.array([_shape_of(chr(code)) for code in range(128)], dtype=np.uint8)


class RowRules(NamedTuple):
    """What the rows are held against.

    Parameters
    ----------
    is_email : bool
        A list of e-mail addresses, not of mobile advertising ids.
    is_sha1_allowed : bool
        SHA-1 digests count.
    is_title_doubtful : bool
        The first row is a title if any later row is valid.
    bad_kinds, bad_values, bad_faults : uint8 (m,), uint8 (m, 32), uint8 (m,) arrays
        Digests of what nobody should have hashed, and the number of the error code that each is refused with.
    may_be_bad : bool array, shape (256,)
        Whether one of these begins with a byte.
    """

    is_email: bool
    is_sha1_allowed: bool
    is_title_doubtful: bool
    bad_kinds: NDArray[np.uint8]
    bad_values: NDArray[np.uint8]
    bad_faults: NDArray[np.uint8]
    may_be_bad: NDArray[np.bool_]


class RowResults(NamedTuple):
    """Where the rows go.

    Parameters
    ----------
    kinds, values : uint8 arrays, shapes (n,) and (n, 32)
        Digests of the valid records. Those of plain ones are for the caller to fill in.
    error_lines, error_codes, shape_lengths, shapes : int64 (e,), uint8 (e,), uint8 (e,), uint8 (e, s) arrays
        The first refused records; see `ErrorColumns`.
    error_counts, warning_counts : int64 arrays
        Counted up.
    plain_starts, plain_lengths, plain_rows : int64, int32, int64 arrays, shape (c,)
        Spans of the plain records of this chunk, and the rows of ``values`` that their digests go to.
    valid_starts, valid_lengths, valid_lines : int64, int32, int64 arrays, shape (c,) or (0,)
        Span and line of every valid record of this chunk, when the caller wants to know.
    """

    kinds: NDArray[np.uint8]
    values: NDArray[np.uint8]
    error_lines: NDArray[np.int64]
    error_codes: NDArray[np.uint8]
    shape_lengths: NDArray[np.uint8]
    shapes: NDArray[np.uint8]
    error_counts: NDArray[np.int64]
    warning_counts: NDArray[np.int64]
    plain_starts: NDArray[np.int64]
    plain_lengths: NDArray[np.int32]
    plain_rows: NDArray[np.int64]
    valid_starts: NDArray[np.int64]
    valid_lengths: NDArray[np.int32]
    valid_lines: NDArray[np.int64]


@kernel
def scan_rows(data: NDArray[np.uint8], cursor: NDArray[np.int64], rules: RowRules, results: RowResults) -> int:
    """Read whole lines until none is left, or until one is for the caller to read.

    Parameters
    ----------
    data : uint8 array, shape (n_bytes,)
        Text; at least 66 bytes follow the last line.
    cursor : int64 array, shape (N_CURSOR,)
        Where the next line begins, where the last one ends (behind its LF), and how many lines, valid, refused and
        plain records there are so far; brought up to date.
    rules : RowRules
        What the rows are held against.
    results : RowResults
        Where they go.

    Returns
    -------
    int
        ``ALL_READ``, ``IS_ODD`` or ``IS_UNDER_TITLE``; the line that the last two are about is not counted yet.
    """
    kinds, values = results.kinds, results.values
    plain_starts, plain_lengths, plain_rows = results.plain_starts, results.plain_lengths, results.plain_rows
    valid_starts, valid_lengths, valid_lines = results.valid_starts, results.valid_lengths, results.valid_lines
    is_traced = valid_lines.size > 0
    warning_counts, may_be_bad = results.warning_counts, rules.may_be_bad
    is_email, is_sha1_allowed = rules.is_email, rules.is_sha1_allowed
    text, digests = np.uintp(data.ctypes.data), np.uintp(values.ctypes.data)
    position, n_lines, row, plain = cursor[POSITION], cursor[N_LINES], cursor[N_VALID], cursor[N_PLAIN]
    end, status = cursor[END], ALL_READ
    doubts = (0, 1 << _SHA1_EMAIL) if is_email else (1 << _MAYBE_UNHYPHENATED_MAID, 0)  # by kind of digest
    while position < end:
        line = text + np.uintp(position)
        skipped, length, n_bytes, verdict, notes = _read_bare(line, is_email, is_sha1_allowed)
        if verdict == _ODD:
            skipped, length, n_bytes, verdict, notes = _read_wrapped(line, is_email, is_sha1_allowed)
            if verdict == _ODD:
                skipped, length, n_bytes, verdict, notes = _read_slowly(line, is_email, is_sha1_allowed)
        start = position + skipped
        if verdict < _PLAIN:
            decode_hex(text + np.uintp(start), np.uint8(length), digests + np.uintp(_VALUE_BYTES * row))
            if may_be_bad[values[row, 0]]:
                verdict = _unless_bad(values, row, verdict, rules)
        if verdict > _PLAIN:
            if verdict == _ODD:
                status = IS_ODD
                break
            _refuse(data[start : start + length], n_lines + 1, verdict - _FAULT, cursor, results)
            notes &= ~(1 << _UPPER_CASE)
        else:
            if rules.is_title_doubtful:
                status = IS_UNDER_TITLE
                break
            kinds[row] = min(verdict, _SHA256)
            if verdict == _PLAIN:
                plain_starts[plain], plain_lengths[plain], plain_rows[plain] = start, length, row
                plain += 1
            if is_traced:
                valid = row - cursor[FIRST_VALID]
                valid_starts[valid], valid_lengths[valid], valid_lines[valid] = start, length, n_lines + 1
            row += 1
            if verdict < _SHA256:
                notes |= doubts[verdict]
        if notes:
            _count_warnings(notes, warning_counts)
        n_lines += 1
        position += n_bytes
    cursor[POSITION], cursor[N_LINES], cursor[N_VALID], cursor[N_PLAIN] = position, n_lines, row, plain
    return status


@kernel
def _read_bare(row: np.uintp, is_email: bool, is_sha1_allowed: bool) -> tuple[int, int, int, int, int]:
    """Read a row of nothing but a value, as most are.

    Returns
    -------
    tuple of int
        Bytes before the value, 0 or 1; bytes of the value; bytes to the next row; what the value is; the warnings as
        bits. It is odd whenever this way does not suffice.
    """
    ends, ats = line_masks(row)
    if ends == _NIL:
        digits, capitals = digest_masks(row)
        n_bytes, n_spaces = _behind_long_digest(row, False) if digits == _FULL else (0, 0)
        notes = min(n_spaces, 1) << _TRAILING_SPACE | (1 << _UPPER_CASE if capitals else 0)
        return 0, BLOCK_BYTES, n_bytes, _SHA256 if n_bytes else _ODD, notes
    length = lowest(ends)
    n_bytes = length + 1
    length -= 1 if byte_at(row + np.uintp(max(length, 1) - 1)) == _CR else 0
    verdict, notes = _classify_by_masks(row, length, ats, is_email, is_sha1_allowed)
    return 0, length, n_bytes, verdict, notes


@kernel
def _read_wrapped(row: np.uintp, is_email: bool, is_sha1_allowed: bool) -> tuple[int, int, int, int, int]:
    """Return the same for a row that may have quotation marks around its value, and spaces behind it."""
    is_quoted = byte_at(row) == _QUOTE
    skipped = 1 if is_quoted else 0
    notes = skipped << _QUOTED_VALUE
    value = row + np.uintp(skipped)
    ends, ats = line_masks(value)
    if ends == _NIL:
        digits, capitals = digest_masks(value)
        n_bytes, n_spaces = _behind_long_digest(value, is_quoted) if digits == _FULL else (0, 0)
        notes |= min(n_spaces, 1) << _TRAILING_SPACE | (1 << _UPPER_CASE if capitals else 0)
        return skipped, BLOCK_BYTES, skipped + n_bytes, _SHA256 if n_bytes else _ODD, notes
    length = lowest(ends)
    n_bytes = skipped + length + 1
    length -= 1 if byte_at(value + np.uintp(max(length, 1) - 1)) == _CR else 0
    text = ~space_mask(value)[0] & _below(length)
    if is_quoted and text:
        mark = highest(text)
        text &= ~(_ONE << np.uint64(mark))
        if byte_at(value + np.uintp(mark)) != _QUOTE:
            text = _NIL
        notes |= 1 << _TRAILING_SPACE if mark + 1 != length else 0
        length = mark
    if text == _NIL:
        return skipped, 0, 0, _ODD, notes
    if highest(text) + 1 != length:
        notes |= 1 << _TRAILING_SPACE
        length = highest(text) + 1
    verdict, more_notes = _classify_by_masks(value, length, ats, is_email, is_sha1_allowed)
    return skipped, length, n_bytes, verdict, notes | more_notes


@kernel
def _classify_by_masks(
    value: np.uintp, length: int, ats: np.uint64, is_email: bool, is_sha1_allowed: bool
) -> tuple[int, int]:
    """Return what a value of fewer than 64 bytes is, or odd, and the warning about its case as bits."""
    body = _below(length)
    if is_email and ats & body:
        dots, hyphens, alphanumerics, commons, capitals = address_masks(value)
        is_valid = _is_address(length, body, ats & body, dots & body, hyphens & body, alphanumerics, commons)
        return _PLAIN if is_valid else _ODD, 1 << _UPPER_CASE if capitals & body else 0
    digits, capitals = digest_masks(value)
    if digits & body == body:
        return _kind_of_digest(length, is_sha1_allowed), 1 << _UPPER_CASE if capitals & body else 0
    if is_email or length != _MAID_BYTES or ~digits & body != _MAID_HYPHENS or capitals & body:
        return _ODD, 0
    for place in _PLACES_OF_HYPHENS:
        if byte_at(value + np.uintp(place)) != _HYPHEN:
            return _ODD, 0
    is_perhaps_nil = byte_at(value) == _ZERO and byte_at(value + np.uintp(_MAID_BYTES - 1)) == _ZERO
    return _ODD if is_perhaps_nil else _PLAIN, 0


@kernel
def _is_address(
    length: int,
    body: np.uint64,
    at: np.uint64,
    dots: np.uint64,
    hyphens: np.uint64,
    alphanumerics: np.uint64,
    commons: np.uint64,
) -> bool:
    """Return whether a row of common characters is an e-mail address; the masks but the last two end with the row."""
    local = at - _ONE
    domain = body & ~(local | at)
    last = _ONE << np.uint64(length - 1)
    beside_at = at << _ONE | at >> _ONE
    beside_dot = dots << _ONE | dots >> _ONE
    faults = body & ~(commons | at)
    faults |= at & (at - _ONE)
    faults |= dots & (beside_at | beside_dot | last | _ONE)
    faults |= domain & ~(alphanumerics | dots | hyphens)
    faults |= hyphens & domain & (beside_at | beside_dot | last)
    return bool(faults == _NIL and local != _NIL and domain != _NIL)


@kernel
def _behind_long_digest(value: np.uintp, is_quoted: bool) -> tuple[int, int]:
    """Return the bytes from a value of 64 to the next row, or 0 for an odd one, and how many spaces follow it."""
    n_bytes = BLOCK_BYTES
    if is_quoted:
        if byte_at(value + np.uintp(n_bytes)) != _QUOTE:
            return 0, 0
        n_bytes += 1
    n_spaces = 0
    while byte_at(value + np.uintp(n_bytes + n_spaces)) == _SPACE:
        n_spaces += 1
    n_bytes += n_spaces
    n_bytes += 1 if byte_at(value + np.uintp(n_bytes)) == _CR else 0
    is_end = byte_at(value + np.uintp(n_bytes)) == _LF and n_spaces < BLOCK_BYTES
    return n_bytes + 1 if is_end else 0, n_spaces


@kernel
def _read_slowly(row: np.uintp, is_email: bool, is_sha1_allowed: bool) -> tuple[int, int, int, int, int]:
    """Return the same as `_read_bare`; odd is what ASCII and quotation marks around a value do not explain."""
    n_bytes, n_quotes, is_sound = _measured(row)
    end = n_bytes - 1
    if end > 0 and byte_at(row + np.uintp(end - 1)) == _CR:
        end -= 1
    if not is_sound or end > MAX_ROW_BYTES:
        return 0, 0, 0, _ODD, 0
    trimmed = _trimmed(row, end)
    is_quoted = trimmed >= 2 and n_quotes == 2 and byte_at(row) == _QUOTE
    is_quoted &= byte_at(row + np.uintp(max(trimmed, 1) - 1)) == _QUOTE
    is_trailed = trimmed != end
    skipped = 0
    if is_quoted:
        skipped, end = 1, trimmed - 2
        trimmed = _trimmed(row + np.uintp(skipped), end)
        is_trailed |= trimmed != end
    value, length = row + np.uintp(skipped), trimmed
    if length <= 0 or byte_at(value) == _SPACE or (not is_quoted and byte_at(row) == _QUOTE):
        return 0, 0, 0, _ODD, 0
    notes = skipped << _QUOTED_VALUE | (1 << _TRAILING_SPACE if is_trailed else 0)
    verdict, any_of = _classify_slowly(value, length, is_email, is_sha1_allowed)
    if any_of & _IS_SEPARATOR and not is_quoted:
        return 0, 0, 0, _ODD, 0
    return skipped, length, n_bytes, verdict, notes | (1 << _UPPER_CASE if any_of & _IS_CAPITAL else 0)


@kernel
def _measured(row: np.uintp) -> tuple[int, int, bool]:
    """Return the bytes to the next row, the quotation marks, and whether all is printable ASCII but the row's end."""
    n_bytes, n_quotes, n_unprintable = 0, 0, 0
    before = character = _SPACE
    while character != _LF:
        before, character = character, byte_at(row + np.uintp(n_bytes))
        n_quotes += 1 if character == _QUOTE else 0
        n_unprintable += 1 if character < _SPACE or character >= _DELETE else 0
        n_bytes += 1
    return n_bytes, n_quotes, n_unprintable == (2 if before == _CR else 1)


@kernel
def _trimmed(text: np.uintp, length: int) -> int:
    while length > 0 and byte_at(text + np.uintp(length - 1)) == _SPACE:
        length -= 1
    return length


@kernel
def _classify_slowly(value: np.uintp, length: int, is_email: bool, is_sha1_allowed: bool) -> tuple[int, int]:
    """Return what a printable ASCII value is, and the classes that any character of it is in."""
    all_of = any_of = int(_CLASSES[byte_at(value)])
    n_ats, place_of_at, is_shaped = 0, length, length == _MAID_BYTES
    for place in range(length):
        character = byte_at(value + np.uintp(place))
        classes = _CLASSES[character]
        if character == _AT:
            n_ats, place_of_at = n_ats + 1, place
        if is_shaped:
            is_hyphen = (_MAID_HYPHENS >> np.uint64(place)) & _ONE == _ONE
            is_shaped = character == _HYPHEN if is_hyphen else (classes & _IS_HEX) != 0
        all_of &= classes
        any_of |= classes
    if all_of & _IS_HEX and length >= SHORTEST_CUT_DIGEST:
        return _kind_of_digest(length, is_sha1_allowed), any_of
    if not is_email:
        return _EMAIL_IN_MAID_LIST if n_ats else _maid_verdict(value, is_shaped, any_of), any_of
    if is_shaped:
        return _MAID_IN_EMAIL_LIST, any_of
    if not n_ats:
        return _MISSING_AT_SIGN, any_of
    is_sound = n_ats == 1 and length <= MAX_ADDRESS_BYTES and _are_parts_sound(value, length, place_of_at)
    return _PLAIN if is_sound else _MALFORMED_EMAIL, any_of


@kernel
def _kind_of_digest(length: int, is_sha1_allowed: bool) -> int:
    """Return what nothing but hexadecimal digits are; fewer than 20 may be anything, and are odd."""
    if length == 32:
        return _MD5
    if length == 40:
        return _SHA1 if is_sha1_allowed else _DIGEST_KIND_NOT_ALLOWED
    if length == 64:
        return _SHA256
    return _UNKNOWN_DIGEST_LENGTH if length >= SHORTEST_CUT_DIGEST else _ODD


@kernel
def _maid_verdict(value: np.uintp, is_shaped: bool, any_of: int) -> int:
    if not is_shaped:
        return _MALFORMED_MAID
    if any_of & _IS_CAPITAL:
        return _MIXED_CASE_MAID if any_of & _IS_SMALL else _IDFA_SHAPED
    for place in range(_MAID_BYTES):
        character = byte_at(value + np.uintp(place))
        if character != _ZERO and character != _HYPHEN:
            return _PLAIN
    return _OPTED_OUT_MAID


@kernel
def _are_parts_sound(value: np.uintp, length: int, at: int) -> bool:
    """Return whether neither part of an address is empty or begins, ends or breaks off where it must not."""
    if at == 0 or at == length - 1:
        return False
    before = _DOT  # as at the beginning of a part, where no dot may stand, and in a domain no hyphen
    for place in range(length):
        character = byte_at(value + np.uintp(place))
        is_in_domain, is_last = place > at, place == length - 1 or place == at - 1
        if place == at:
            character = _DOT
        elif character == _DOT:
            if before == _DOT or is_last or (is_in_domain and before == _HYPHEN):
                return False
        elif is_in_domain and character == _HYPHEN:
            if before == _DOT or is_last:
                return False
        elif (_CLASSES[character] & (_IS_ALPHANUMERIC if is_in_domain else _IS_IN_ADDRESS)) == 0:
            return False
        before = character
    return True


@kernel
def _unless_bad(values: NDArray[np.uint8], row: int, kind: int, rules: RowRules) -> int:
    """Return the kind of a digest, or the fault that it is refused with."""
    for bad in range(rules.bad_kinds.size):
        if rules.bad_kinds[bad] == kind:
            is_same = True
            for place in range(values.shape[1]):
                is_same &= rules.bad_values[bad, place] == values[row, place]
            if is_same:
                return _FAULT + int(rules.bad_faults[bad])
    return kind


@kernel
def _refuse(value: NDArray[np.uint8], line: int, fault: int, cursor: NDArray[np.int64], results: RowResults) -> None:
    error = cursor[N_REFUSED]
    if error < results.error_lines.size:
        n_shown = results.shapes.shape[1]
        results.error_lines[error] = line
        results.error_codes[error] = fault
        results.shape_lengths[error] = min(value.size, n_shown + 1)
        for place in range(min(value.size, n_shown)):
            results.shapes[error, place] = _SHAPES[value[place]]
    results.error_counts[fault] += 1
    cursor[N_REFUSED] = error + 1


@kernel
def _count_warnings(notes: int, warning_counts: NDArray[np.int64]) -> None:
    for warning in range(warning_counts.size):
        warning_counts[warning] += (notes >> warning) & 1


@kernel
def _below(n_bits: int) -> np.uint64:
    """Return a mask of the lowest bits, fewer than 64."""
    return (_ONE << np.uint64(n_bits)) - _ONE
