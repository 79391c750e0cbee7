"""What is mended stays the same people; what is not safe to mend is refused; nothing plain is written."""

import os
import re
import stat
import traceback

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.workbench.customer_lists.conftest import aaids, emails, write_lines
from workbench.customer_lists.cleaning import CLEANING, Cleaning, clean_list
from workbench.errors import CancelledError, DefinitionError, IdentifierError, InputFileError, ListFileError
from workbench.identity import DigestKind, ErrorCode, ListType, SuppressionList, hash_email, read_list

GOOD = emails(range(4))
HASHED = emails(range(4), DigestKind.SHA256)


@pytest.fixture
def clean(tmp_path):
    """Clean some bytes and return the report and the lines that were written."""

    def clean_content(content, list_type="EMAIL", name="list.csv", **options):
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / name).write_bytes(data)
        report = clean_list(tmp_path / name, tmp_path / "cleaned.csv", list_type, **options)
        checked = read_list(tmp_path / "cleaned.csv", list_type)
        assert (checked.error_counts, checked.warnings) == ((), ())
        assert checked.record_counts.processed == report.n_written
        return report, (tmp_path / "cleaned.csv").read_text().splitlines()

    return clean_content


MENDED = {
    "header": ("HEADER_ROW", lambda rows: "\n".join(["email", *rows])),
    "titles": ("HEADER_ROW", lambda rows: "\n".join(["Customers of 2026", "", "E-mail address", *rows])),
    "blank rows": ("BLANK_ROW", lambda rows: "\n\n \n".join(rows)),
    "indentation": ("INDENTED_ROW", lambda rows: "\n".join(f"\t  {row}" for row in rows)),
    "no-break spaces": ("INDENTED_ROW", lambda rows: "\n".join(f"\u00a0{row}\u00a0" for row in rows)),
    "trailing spaces": ("TRAILING_SPACE", lambda rows: " \t\n".join([*rows, ""])),
    "quotes": ("QUOTED_VALUE", lambda rows: "\n".join(f'"{row}"' for row in rows)),
    "quoted spaces": ("QUOTED_VALUE", lambda rows: "\n".join(f' " {row} " ' for row in rows)),
    "mark": ("BYTE_ORDER_MARK", lambda rows: "\ufeff" + "\n".join(rows)),
    "upper case": ("UPPER_CASE", lambda rows: "\n".join(row.upper() for row in rows)),
    "UTF-16": ("WRONG_ENCODING", lambda rows: "\n".join(rows).encode("utf-16")),
    "UTF-16 of the other order": ("WRONG_ENCODING", lambda rows: ("\ufeff" + "\n".join(rows)).encode("utf-16-be")),
    "CR": ("LONE_CARRIAGE_RETURN", lambda rows: "\r".join(rows)),
    "CR CR LF": ("LONE_CARRIAGE_RETURN", lambda rows: "\r\r\n".join(rows)),
    "other columns": ("SECOND_COLUMN", lambda rows: "\n".join(f"Jan;{row};NL" for row in rows)),
    "columns with a header": ("HEADER_ROW", lambda rows: "\n".join(["name,e-mail", *(f"Jan,{row}" for row in rows)])),
    "columns below a title": ("HEADER_ROW", lambda rows: "\n".join(["My list", *(f"Jan\t{row}" for row in rows)])),
    "separators in quotes": ("SECOND_COLUMN", lambda rows: "\n".join(f'"Jansen, Jan",{row}' for row in rows)),
    "another separator inside": ("SECOND_COLUMN", lambda rows: "\n".join(f"{row};Jansen, Jan" for row in rows)),
    "an empty column": ("SECOND_COLUMN", lambda rows: "\n".join(f"{row};" for row in rows)),
    "an empty quoted column": ("SECOND_COLUMN", lambda rows: "\n".join(f'"{row}","",' for row in rows)),
    "names in Latin-1": ("SECOND_COLUMN", lambda rows: "\n".join(f"José;{row}" for row in rows).encode("latin-1")),
    "titles that hold separators": ("HEADER_ROW", lambda rows: "\n".join(["Jansen, Jan; 2026", 'a "b"', *rows])),
    "an indented table": ("SECOND_COLUMN", lambda rows: "\n".join(f"\tJan\t{row}" for row in rows)),
    "tabs behind": ("TRAILING_SPACE", lambda rows: "\n".join(f"{row}\t" for row in rows)),
    "rows without identifier": ("BLANK_ROW", lambda rows: "\n".join([*(f"Jan;{row}" for row in rows), "Piet;"])),
}


def test_indentation_is_no_column(clean):
    assert clean("\n".join(f"\t {row}" for row in GOOD))[0].mended == {"INDENTED_ROW": 4}
    assert clean(f"\t{GOOD[0]}")[0].mended == {"INDENTED_ROW": 1}


def test_a_refusal_names_the_row_where_the_table_ends(clean):
    with pytest.raises(ListFileError, match="line 3: expected the same number of columns"):
        clean(f"{GOOD[0]};NL\n{GOOD[1]};NL\n{GOOD[2]}\n")


@pytest.mark.parametrize(("code", "garble"), MENDED.values(), ids=MENDED)
def test_what_programs_put_around_identifiers_is_taken_off(clean, code, garble):
    report, lines = clean(garble(GOOD))
    assert lines == HASHED
    assert report.mended[code] >= 1
    assert report.left_out == {}


def test_a_good_list_is_hashed_and_otherwise_the_same(clean):
    report, lines = clean("\n".join(GOOD))
    assert (lines, report.n_rows, report.n_written, report.mended) == (HASHED, 4, 4, {})


def test_digests_are_kept_as_they_came_in_lower_case(clean):
    md5 = emails([1], DigestKind.MD5)
    assert clean("\n".join([HASHED[0].upper(), *md5]))[1] == [HASHED[0], *md5]
    sha1 = aaids([2], DigestKind.SHA1)
    assert clean("\n".join(sha1), "MAID")[1] == sha1


def test_repeats_are_written_once_in_the_order_they_first_came(clean):
    report, lines = clean("\n".join([*GOOD, GOOD[0], GOOD[2].upper(), HASHED[3]]))
    assert (lines, report.n_repeated) == (HASHED, 3)


def test_invalid_records_are_left_out_and_counted_by_code(clean):
    rows = [*GOOD, "nobody", "a@b@c.example", "a@", "00000000-0000-4000-8000-000000000001", "a1" * 20]
    report, lines = clean("\n".join(rows))
    assert lines == HASHED
    assert report.left_out == {
        "MALFORMED_EMAIL": 2,
        "MISSING_AT_SIGN": 1,
        "MAID_IN_EMAIL_LIST": 1,
        "DIGEST_KIND_NOT_ALLOWED": 1,
    }


def test_a_record_whose_encoding_cannot_be_told_is_left_out(clean):
    rows = "\n".join([*GOOD, "josé@mailbox.example"])
    assert clean(rows.encode("latin-1"))[0].left_out == {"WRONG_ENCODING": 1}
    assert clean(rows)[0].n_written == 5
    # These bytes are "é" in UTF-8 and "Ã©" in Latin-1, and another row says that the file is no UTF-8.
    assert clean(rows.encode() + b"\n\xff\n")[0].left_out == {"WRONG_ENCODING": 2}


def test_people_who_opted_out_are_left_out(clean, tmp_path):
    opted_out = SuppressionList.read(write_lines(tmp_path / "opted_out.csv", emails([1], DigestKind.MD5)), "EMAIL")
    report, lines = clean("\n".join(GOOD), suppression=opted_out)
    assert lines == [HASHED[0], *HASHED[2:]]
    assert report.left_out == {"SUPPRESSED": 1}
    with pytest.raises(DefinitionError, match="suppression list of type MAID, got one of type EMAIL"):
        clean("\n".join(aaids([2])), "MAID", suppression=opted_out)


REFUSED = {
    "nothing": ("", "EMAIL", "EMPTY_FILE"),
    "blank rows alone": ("\n \n\n", "EMAIL", "EMPTY_FILE"),
    "no identifier": ("jan\npiet\n", "EMAIL", "NO_VALID_RECORDS"),
    "a workbook": (b"PK\x03\x04" + b"\0" * 100, "EMAIL", "WRONG_ENCODING"),
    "UTF-16 without a mark": ("\n".join(GOOD).encode("utf-16-le"), "EMAIL", "WRONG_ENCODING"),
    "half a UTF-16 letter": ("\n".join(GOOD).encode("utf-16") + b"\xd8", "EMAIL", "WRONG_ENCODING"),
    "UTF-32": ("\n".join(GOOD).encode("utf-32"), "EMAIL", "WRONG_ENCODING"),
    "an upper-case id": ("\n".join([*aaids([2]), "A" * 8 + "-0000-4000-8000-" + "A" * 12]), "MAID", "IDFA_SHAPED"),
    "a column of IDFAs": (f"email;idfa\n{GOOD[0]};x\n", "EMAIL", "IOS_SOURCE"),
    "a title that says iOS": (f"Our iOS app\n{GOOD[0]}\n", "EMAIL", "IOS_SOURCE"),
    "a row from iOS": (f"{GOOD[0]};Android\n{GOOD[1]};iOS\n", "EMAIL", "IOS_SOURCE"),
    "two columns of addresses": (f"{GOOD[0]};{GOOD[1]}\n{GOOD[2]};\n", "EMAIL", "SECOND_COLUMN"),
    "addresses and their digests": (f"{GOOD[0]},{HASHED[0]}\n", "EMAIL", "SECOND_COLUMN"),
    "several on one line": (f"{GOOD[0]},{GOOD[1]}\n{GOOD[2]}\n", "EMAIL", "SECOND_COLUMN"),
    "rows of different lengths": (f"{GOOD[0]}\n{GOOD[1]};NL\n", "EMAIL", "SECOND_COLUMN"),
    "a short row below longer ones": (f"{GOOD[0]};NL\n{GOOD[1]}\n", "EMAIL", "SECOND_COLUMN"),
    "a longer row after a title": (f"Jan;Piet\n{GOOD[0]};NL\n{GOOD[1]};NL;x\n", "EMAIL", "SECOND_COLUMN"),
    "digests of which one has a column more": (f"{HASHED[0]};NL\n{HASHED[1]}\n", "EMAIL", "SECOND_COLUMN"),
    "a quotation mark alone": (f'{GOOD[0]}\n"{GOOD[1]}\n', "EMAIL", "SECOND_COLUMN"),
    "a cell of two lines": (f'{GOOD[0]};"Main Street\n1"\n', "EMAIL", "SECOND_COLUMN"),
    "digests that may be ids": ("\n".join(aaids([2], DigestKind.MD5)), "MAID", "MALFORMED_MAID"),
    "a line without end": ("x" * 3_000_000, "EMAIL", "LINE_TOO_LONG"),
}


@pytest.mark.parametrize(("content", "list_type", "code"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_safe_to_mend_is_refused_and_nothing_is_written(clean, tmp_path, content, list_type, code):
    with pytest.raises(ListFileError, match=rf"list\.csv, .*\({code}\)$") as refusal:
        clean(content, list_type)
    assert refusal.value.error_code == code
    assert "person" not in str(refusal.value)
    assert [path.name for path in tmp_path.iterdir()] == ["list.csv"]


def test_a_file_that_is_named_after_ios_is_refused(clean):
    with pytest.raises(ListFileError, match="IOS_SOURCE"):
        clean("\n".join(GOOD), name="ios users.csv")


@pytest.mark.parametrize("code", ErrorCode)
def test_it_is_written_down_for_every_code_what_cleaning_does(code):
    assert CLEANING[code] in Cleaning


# -- files -------------------------------------------------------------------------------------------------------------


def test_the_input_is_never_overwritten(tmp_path):
    source = write_lines(tmp_path / "list.csv", GOOD)
    (tmp_path / "link.csv").symlink_to(source)
    os.link(source, tmp_path / "hard.csv")
    for destination in (source, tmp_path / "link.csv", tmp_path / "hard.csv", f"{tmp_path}/./list.csv"):
        with pytest.raises(InputFileError, match="expected another file"):
            clean_list(source, destination, "EMAIL")
    assert source.read_text().splitlines() == GOOD


def test_a_destination_that_nobody_could_upload_is_refused(tmp_path):
    source = write_lines(tmp_path / "list.csv", GOOD)
    with pytest.raises(InputFileError, match="does not say IDFA or iOS"):
        clean_list(source, tmp_path / "cleaned-ios.csv", "EMAIL")
    with pytest.raises(InputFileError):
        clean_list(source, tmp_path, "EMAIL")
    with pytest.raises(InputFileError, match=r"none at .*absent\.csv"):
        clean_list(tmp_path / "absent.csv", tmp_path / "cleaned.csv", "EMAIL")
    with pytest.raises(DefinitionError, match="EMAIL or MAID"):
        clean_list(source, tmp_path / "cleaned.csv", "IDFA")


def test_only_the_owner_may_read_what_is_written(tmp_path):
    source = write_lines(tmp_path / "list.csv", GOOD)
    before = os.umask(0)
    try:
        clean_list(source, tmp_path / "cleaned.csv", "EMAIL")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "cleaned.csv").stat().st_mode) == 0o600


def test_a_list_that_changes_while_it_is_read_is_refused_and_nothing_is_written(tmp_path):
    source = write_lines(tmp_path / "list.csv", GOOD)

    def change(n_done, n_total):
        if n_done == n_total:  # all was read twice
            source.write_text("".join(f"{row}\n" for row in GOOD[1:]))

    with pytest.raises(InputFileError, match="changed while it was read"):
        clean_list(source, tmp_path / "cleaned.csv", "EMAIL", on_progress=change)
    assert [path.name for path in tmp_path.iterdir()] == ["list.csv"]


@pytest.mark.parametrize("error", [CancelledError("stopped"), KeyboardInterrupt(), RuntimeError("a fault")])
@pytest.mark.parametrize("n_calls", [1, 2])
def test_a_stop_leaves_an_older_file_as_it_was_and_no_row_in_the_traceback(tmp_path, error, n_calls):
    calls = []

    def stop(n_done, n_total):
        calls.append((n_done, n_total))
        if len(calls) == n_calls:
            raise error

    source = write_lines(tmp_path / "list.csv", GOOD)
    (tmp_path / "cleaned.csv").write_text("older")
    with pytest.raises(type(error)) as caught:
        clean_list(source, tmp_path / "cleaned.csv", "EMAIL", on_progress=stop)
    assert (tmp_path / "cleaned.csv").read_text() == "older"
    assert len(list(tmp_path.iterdir())) == 2
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert GOOD[-1] not in shown
    size = source.stat().st_size
    assert calls == [(size, 2 * size), (2 * size, 2 * size)][:n_calls]


# -- properties --------------------------------------------------------------------------------------------------------

PIECES = [
    *(*GOOD, *HASHED, GOOD[0].upper(), "nobody", "email", "Jansen", "", " ", ",", ";", "\t", '"', "\n", "\r\n", "\r"),
    *("\ufeff", "é", "\u00a0", "\0", "iOS", "00000000-0000-4000-8000-000000000001"),
]
texts = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
rows_of_one = st.lists(st.sampled_from([*GOOD, *HASHED, "nobody", " " + GOOD[1]]), min_size=1, max_size=6)


def digests_of_whole_cells(data):
    """Return what may be written at most: the digest of anything between two separators that is a record as a whole."""
    is_utf_16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = data.decode("utf-16" if is_utf_16 else "utf-8", "replace")
    return set(filter(None, map(digest_of_cell, re.split(r'[\s,;"\ufeff]+', text))))


def digest_of_cell(cell):
    if re.fullmatch("[0-9a-f]{32}|[0-9a-f]{64}", cell.lower()):
        return cell.lower()
    try:
        return hash_email(cell).hex()
    except IdentifierError:
        return None


@given(texts, st.sampled_from(["utf-8", "utf-16", "cp1252"]))
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_comes_what_is_written_is_a_list_without_fault(clean, text, encoding):
    data, refusals = text.encode(encoding, "ignore"), []
    try:
        report, lines = clean(data)
    except ListFileError as refusal:
        refusals.append(str(refusal))
    else:
        assert set(lines) <= digests_of_whole_cells(data)
        assert len(set(lines)) == len(lines) == report.n_written
        assert report.n_rows == report.n_written + report.n_repeated + sum(
            report.left_out.values()
        ) + report.mended.get("HEADER_ROW", 0) + report.mended.get("BLANK_ROW", 0)
    assert all("person" not in refusal and refusal.endswith(")") for refusal in refusals)


@given(rows_of_one, st.sampled_from(list(MENDED.values())))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_mending_and_hashing_give_the_same_people(clean, tmp_path, rows, mended):
    """Cleaning a garbled list gives the digests that reading the list before it was garbled gives."""
    write_lines(tmp_path / "before.csv", [row.strip() for row in rows])
    garbled = mended[1](rows)
    try:
        before = read_list(tmp_path / "before.csv", ListType.EMAIL)
    except ListFileError:  # a first row that is a title to one is a record to the other, or nothing is valid
        return
    _, lines = clean(garbled)
    assert set(lines) == {
        value.tobytes()[: 32 if kind == DigestKind.SHA256.code else 16].hex()
        for kind, value in zip(before.digests.kinds, before.digests.values, strict=True)
    }
