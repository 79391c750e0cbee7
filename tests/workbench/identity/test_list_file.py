"""Reading a list, rule by rule: what the platform's help page says about files, and our choices where it is silent."""

import hashlib
import os
import threading

import pytest

from workbench.errors import CancelledError, DefinitionError, InputFileError, ListFileError
from workbench.identity import (
    DigestKind,
    ErrorCode,
    ListProfile,
    ListType,
    WarningCode,
    hash_email,
    hash_maid,
    list_file,
    read_list,
)

JAN, PIET, KLAAS = "jan@shop.example", "piet@shop.example", "klaas@shop.example"
AAID, OTHER_AAID = "38400000-8cf0-11bd-b23e-10b96e40000d", "6d92078a-8246-4ba4-ae5b-76104861e7dc"
OPTED_OUT = "00000000-0000-0000-0000-000000000000"
SHA1_OF_JAN = hash_email(JAN, DigestKind.SHA1).hex()


@pytest.fixture
def read(tmp_path):
    """Write a list and read it."""

    def read_content(content, list_type="EMAIL", name="list.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_list(path, list_type)

    return read_content


@pytest.fixture
def refusal_of(read):
    """Write a list that is refused and return the error."""

    def refuse(content, list_type="EMAIL", name="list.csv"):
        with pytest.raises(ListFileError) as refusal:
            read(content, list_type, name)
        return refusal.value

    return refuse


def counts(checked):
    record_counts = checked.record_counts
    return record_counts.processed, record_counts.valid, record_counts.invalid


def codes(checked):
    return [(error.line_number, error.error_code) for error in checked.record_errors]


def warning_counts(checked):
    return {warning.warning_code: warning.count for warning in checked.warnings}


def digests_of(checked):
    return [
        (kind, value.tobytes())
        for position in range(len(checked.digests))
        for kind in DigestKind
        for where, value in zip(*checked.digests.select(kind), strict=True)
        if where == position
    ]


# --- what is accepted


def test_a_plain_list_becomes_sha256_digests_in_file_order(read):
    checked = read(f"{JAN}\n{PIET}\n{JAN}\n")
    assert counts(checked) == (3, 3, 0)
    assert digests_of(checked) == [(DigestKind.SHA256, hash_email(text)) for text in (JAN, PIET, JAN)]
    assert (checked.error_counts, checked.record_errors, checked.warnings) == ((), (), ())


def test_no_final_newline_and_one_final_newline_are_the_same(read):
    assert digests_of(read(f"{JAN}\n{PIET}")) == digests_of(read(f"{JAN}\n{PIET}\n"))


def test_crlf_is_the_same_as_lf(read):
    checked = read(f"{JAN}\r\n{PIET}\r\n")
    assert digests_of(checked) == digests_of(read(f"{JAN}\n{PIET}\n"))
    assert checked.warnings == ()


def test_a_byte_order_mark_is_left_out_with_a_warning(read):
    checked = read(b"\xef\xbb\xbf" + f"{JAN}\n".encode())
    assert digests_of(checked) == [(DigestKind.SHA256, hash_email(JAN))]
    assert warning_counts(checked) == {WarningCode.BYTE_ORDER_MARK: 1}


def test_trailing_space_is_trimmed_with_a_warning(read):
    checked = read(f"{JAN}  \n{PIET}\n{KLAAS}\u00a0\r\n")
    assert digests_of(checked) == [(DigestKind.SHA256, hash_email(text)) for text in (JAN, PIET, KLAAS)]
    assert warning_counts(checked) == {WarningCode.TRAILING_SPACE: 2}


def test_quoted_values_are_unquoted_with_a_warning(read):
    checked = read(f'"{JAN}"\n"{PIET} " \n')
    assert digests_of(checked) == [(DigestKind.SHA256, hash_email(text)) for text in (JAN, PIET)]
    assert warning_counts(checked) == {WarningCode.QUOTED_VALUE: 2, WarningCode.TRAILING_SPACE: 1}


def test_upper_case_addresses_and_digests_are_lowered_with_a_warning(read):
    checked = read(f"{JAN.upper()}\n{hash_email(PIET).hex().upper()}\n{hash_email(KLAAS, DigestKind.MD5).hex()}\n")
    assert digests_of(checked) == [
        (DigestKind.SHA256, hash_email(JAN)),
        (DigestKind.SHA256, hash_email(PIET)),
        (DigestKind.MD5, hash_email(KLAAS, DigestKind.MD5)),
    ]
    assert warning_counts(checked) == {WarningCode.UPPER_CASE: 2}


@pytest.mark.parametrize("kind", DigestKind)
def test_advertising_ids_may_be_hashed_with_all_three_functions(read, kind):
    checked = read(f"{AAID}\n{hash_maid(OTHER_AAID, kind).hex()}\n", "MAID")
    assert digests_of(checked) == [(DigestKind.SHA256, hash_maid(AAID)), (kind, hash_maid(OTHER_AAID, kind))]


def test_an_advertising_id_without_hyphens_is_read_as_md5_with_a_warning(read):
    checked = read(f"{AAID}\n{AAID.replace('-', '')}\n", "MAID")
    assert digests_of(checked)[1] == (DigestKind.MD5, bytes.fromhex(AAID.replace("-", "")))
    assert warning_counts(checked) == {WarningCode.MAYBE_UNHYPHENATED_MAID: 1}


def test_sha1_of_addresses_is_refused_by_the_help_page_and_noted_under_the_api(read, tmp_path):
    assert codes(read(f"{JAN}\n{SHA1_OF_JAN}\n")) == [(2, ErrorCode.DIGEST_KIND_NOT_ALLOWED)]
    checked = read_list(tmp_path / "list.csv", "EMAIL", profile=ListProfile.API)
    assert digests_of(checked)[1] == (DigestKind.SHA1, hash_email(JAN, DigestKind.SHA1))
    assert warning_counts(checked) == {WarningCode.SHA1_EMAIL: 1}
    with pytest.raises(DefinitionError, match="HELP_PAGE or API, got 'UI'"):
        read_list(tmp_path / "list.csv", "EMAIL", profile="UI")


def test_sha1_of_mobile_ids_needs_no_note(read, tmp_path):
    assert read(f"{hash_maid(AAID, DigestKind.SHA1).hex()}\n", "MAID").warnings == ()
    assert read_list(tmp_path / "list.csv", "MAID", profile="API").warnings == ()


def test_an_address_with_foreign_letters_is_hashed_as_utf8(read):
    assert digests_of(read("JOSÉ@shop.example\n")) == [
        (DigestKind.SHA256, hashlib.sha256("josé@shop.example".encode()).digest())
    ]


def test_the_list_type_may_be_given_by_name(read):
    assert read(f"{AAID}\n", ListType.MAID).list_type is read(f"{AAID}\n", "MAID").list_type is ListType.MAID


# --- what refuses one record


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("jan.shop.example", ErrorCode.MISSING_AT_SIGN),
        ("jan@jansen@shop.example", ErrorCode.MALFORMED_EMAIL),
        ("@shop.example", ErrorCode.MALFORMED_EMAIL),
        ("jan@", ErrorCode.MALFORMED_EMAIL),
        ("Jan Jansen <jan@shop.example>", ErrorCode.MALFORMED_EMAIL),
        ('"jan@shop.example, piet@shop.example"', ErrorCode.MALFORMED_EMAIL),
        ('jan"@shop.example', ErrorCode.MALFORMED_EMAIL),
        ("'jan@shop.example'", ErrorCode.MALFORMED_EMAIL),
        ("jan@x..example", ErrorCode.MALFORMED_EMAIL),
        (".jan@shop.example", ErrorCode.MALFORMED_EMAIL),
        ("jan@-", ErrorCode.MALFORMED_EMAIL),
        ("jan@" + "x" * 400, ErrorCode.MALFORMED_EMAIL),
        ("0" * 32, ErrorCode.OPTED_OUT_MAID),
        ("0" * 64, ErrorCode.OPTED_OUT_MAID),
        (SHA1_OF_JAN, ErrorCode.DIGEST_KIND_NOT_ALLOWED),
        (SHA1_OF_JAN + "00", ErrorCode.UNKNOWN_DIGEST_LENGTH),
        (AAID, ErrorCode.MAID_IN_EMAIL_LIST),
        (AAID.upper(), ErrorCode.MAID_IN_EMAIL_LIST),
        (hashlib.md5(b"", usedforsecurity=False).hexdigest(), ErrorCode.EMPTY_VALUE_DIGEST),
        (hashlib.sha256(b"").hexdigest().upper(), ErrorCode.EMPTY_VALUE_DIGEST),
    ],
)
def test_a_fault_in_an_email_record_leaves_it_out(read, row, code):
    checked = read(f"{JAN}\n{row}\n{PIET}\n")
    assert counts(checked) == (3, 2, 1)
    assert codes(checked) == [(2, code)]
    assert [(error.error_code, error.count) for error in checked.error_counts] == [(code, 1)]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (AAID[:-1], ErrorCode.MALFORMED_MAID),
        ("android", ErrorCode.MALFORMED_MAID),
        (AAID.upper(), ErrorCode.IDFA_SHAPED),
        (AAID[:-1] + "D", ErrorCode.MIXED_CASE_MAID),
        (JAN, ErrorCode.EMAIL_IN_MAID_LIST),
        (OPTED_OUT, ErrorCode.OPTED_OUT_MAID),
        (OPTED_OUT.replace("-", ""), ErrorCode.OPTED_OUT_MAID),
        ("0" * 40, ErrorCode.OPTED_OUT_MAID),
        ("0" * 64, ErrorCode.OPTED_OUT_MAID),
        ("9f89c84a559f573636a47ff8daed0d33", ErrorCode.OPTED_OUT_MAID),
        ("b602d594afd2b0b327e07a06f36ca6a7e42546d0", ErrorCode.OPTED_OUT_MAID),
        ("12b9377cbe7e5c94e8a70d9d23929523d14afa954793130f8a3959c7b849aca8", ErrorCode.OPTED_OUT_MAID),
        ("d41d8cd98f00b204e9800998ecf8427e", ErrorCode.EMPTY_VALUE_DIGEST),
        ("da39a3ee5e6b4b0d3255bfef95601890afd80709", ErrorCode.EMPTY_VALUE_DIGEST),
        ("E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855", ErrorCode.EMPTY_VALUE_DIGEST),
    ],
)
def test_a_fault_in_a_maid_record_leaves_it_out(read, row, code):
    checked = read(f"{AAID}\n{row}\n{OTHER_AAID}\n", "MAID")
    assert counts(checked) == (3, 2, 1)
    assert codes(checked) == [(2, code)]


def test_an_identifier_with_a_fault_in_the_first_row_is_no_header(read):
    assert codes(read(f"{SHA1_OF_JAN}\n{JAN}\n")) == [(1, ErrorCode.DIGEST_KIND_NOT_ALLOWED)]
    assert codes(read(f"{AAID.upper()}\n{AAID}\n", "MAID")) == [(1, ErrorCode.IDFA_SHAPED)]
    assert codes(read(f"{AAID[:-3]}\n{AAID}\n", "MAID")) == [(1, ErrorCode.MALFORMED_MAID)]


def test_errors_are_counted_by_code_most_frequent_first(read):
    checked = read(f"{JAN}\nx\njan@\ny\n")
    assert [(error.error_code, error.count) for error in checked.error_counts] == [
        (ErrorCode.MISSING_AT_SIGN, 2),
        (ErrorCode.MALFORMED_EMAIL, 1),
    ]
    assert [error.shape for error in checked.record_errors] == ["a", "aaa@", "a"]


# --- what refuses the file


@pytest.mark.parametrize(
    ("content", "code", "line_number"),
    [
        ("", ErrorCode.EMPTY_FILE, None),
        (b"\xef\xbb\xbf", ErrorCode.EMPTY_FILE, None),
        (f"email\n{JAN}\n", ErrorCode.HEADER_ROW, 1),
        (f'"E-mail address"\n{JAN}\n', ErrorCode.HEADER_ROW, 1),
        ("email\n", ErrorCode.HEADER_ROW, 1),
        (f"Customers of May\nx\n{JAN}\n", ErrorCode.HEADER_ROW, 1),
        (f"2026-05-01\n{JAN}\n", ErrorCode.HEADER_ROW, 1),
        (f"{JAN}\n\n{PIET}\n", ErrorCode.BLANK_ROW, 2),
        (f"{JAN}\n  \n{PIET}\n", ErrorCode.BLANK_ROW, 2),
        (f'{JAN}\n""\n{PIET}\n', ErrorCode.BLANK_ROW, 2),
        (f"{JAN}\n\n", ErrorCode.BLANK_ROW, 2),
        (f"{JAN}\r\n\r\n", ErrorCode.BLANK_ROW, 2),
        ("\n", ErrorCode.BLANK_ROW, 1),
        (f"{JAN}\n {PIET}\n", ErrorCode.INDENTED_ROW, 2),
        (f"{JAN}\n\t{PIET}\n", ErrorCode.INDENTED_ROW, 2),
        (f"{JAN}\n\u00a0{PIET}\n", ErrorCode.INDENTED_ROW, 2),
        (f'{JAN}\n" {PIET}"\n', ErrorCode.INDENTED_ROW, 2),
        (f"{JAN}\n{PIET},Piet\n", ErrorCode.SECOND_COLUMN, 2),
        (f"{JAN};NL\n", ErrorCode.SECOND_COLUMN, 1),
        (f"{JAN}\t06\n", ErrorCode.SECOND_COLUMN, 1),
        (f"{JAN}\n{PIET},\n", ErrorCode.SECOND_COLUMN, 2),
        (f"{JAN}\t\n", ErrorCode.SECOND_COLUMN, 1),
        (f'"{JAN}","Jan"\n', ErrorCode.SECOND_COLUMN, 1),
        (f"{JAN}\r{PIET}\r", ErrorCode.LONE_CARRIAGE_RETURN, 1),
        (f"{JAN}\r", ErrorCode.LONE_CARRIAGE_RETURN, 1),
        (f"{JAN}\n{PIET}\r{KLAAS}\n", ErrorCode.LONE_CARRIAGE_RETURN, 2),
        (f"{JAN}\njosé@shop.example\n".encode("latin-1"), ErrorCode.WRONG_ENCODING, 2),
        (f"{JAN}\n{PIET}\n".encode("utf-16"), ErrorCode.WRONG_ENCODING, 1),
        (f"{JAN}\n{PIET}\n".encode("utf-16-le"), ErrorCode.WRONG_ENCODING, 1),
        (b"PK\x03\x04 a workbook", ErrorCode.WRONG_ENCODING, 1),
        (f"{JAN}\n" + "x" * 1_025 + "\n", ErrorCode.LINE_TOO_LONG, 2),
        (f"{JAN}\n" + "x" * 3_000_000, ErrorCode.LINE_TOO_LONG, 2),
        ("x\ny\nz\n", ErrorCode.NO_VALID_RECORDS, None),
    ],
)
def test_a_structural_fault_refuses_the_file_and_names_its_line(refusal_of, content, code, line_number):
    refusal = refusal_of(content)
    assert (refusal.error_code, refusal.line_number) == (code, line_number)
    assert f"({code})" in str(refusal)
    assert "\n" not in str(refusal)


@pytest.mark.parametrize("word", ["email", "E-Mail", "mail", "maid", "AAID", "gaid", "adid", "id", "Mobile Ad ID"])
def test_a_known_word_is_a_header_in_either_type_of_list(refusal_of, word):
    assert refusal_of(f"{word}\n{JAN}\n").error_code == ErrorCode.HEADER_ROW
    assert refusal_of(f"{word}\n{AAID}\n", "MAID").error_code == ErrorCode.HEADER_ROW


@pytest.mark.parametrize("word", ["idfa", "IDFA", "ios_id", "iOS device"])
def test_a_column_that_says_ios_is_refused(refusal_of, word):
    assert refusal_of(f"{word}\n{AAID}\n", "MAID").error_code == ErrorCode.IOS_SOURCE


@pytest.mark.parametrize("name", ["idfa.csv", "MyIDFAs.csv", "export-iOS.csv", "ios14_users.csv", "iOSUsers.csv"])
def test_a_file_name_that_says_ios_is_refused(refusal_of, name):
    assert refusal_of(f"{AAID}\n", "MAID", name).error_code == ErrorCode.IOS_SOURCE


@pytest.mark.parametrize("name", ["kiosk.csv", "studios.csv", "curiosity.csv", "list"])
def test_a_file_name_that_only_contains_the_letters_is_not(read, name):
    assert counts(read("ios@shop.example\n", name=name)) == (1, 1, 0)


def test_a_list_of_the_other_type_is_refused_with_what_to_do(refusal_of):
    message = str(refusal_of(f"{AAID}\n{OTHER_AAID}\n"))
    assert "MAID_IN_EMAIL_LIST, 2 times" in message
    assert "of type MAID" in message


def test_a_refusal_is_one_sentence_with_place_shape_and_remedy(refusal_of, tmp_path):
    assert str(refusal_of("Jan;Jansen\n")) == (
        f"{tmp_path / 'list.csv'}, line 1: expected one column, got a comma, semicolon or tab that starts another "
        "(shape Aaa;Aaaaaa); keep the column of identifiers alone and leave out names, phone numbers and addresses "
        "(SECOND_COLUMN)"
    )


def test_who_has_a_record_in_the_first_row_is_not_told_to_remove_it(refusal_of):
    message = str(refusal_of(f"jan.shop.example\n{PIET}\n"))
    assert "remove the first row, or correct it if it is a record (HEADER_ROW)" in message


def test_an_unknown_list_type_is_refused(read):
    with pytest.raises(DefinitionError, match="EMAIL or MAID, got 'IDFA'"):
        read(JAN, "IDFA")


# --- the file itself


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputFileError, match=r"none at .*check the path"):
        read_list(tmp_path / "nowhere.csv", "EMAIL")


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(InputFileError, match=r"the folder .*name a file inside it"):
        read_list(tmp_path, "EMAIL")


@pytest.mark.parametrize("name", ["list\0.csv", "x" * 300, "x/" * 3_000, "loop", os.fsdecode(b"caf\xe9.csv"), ""])
def test_a_path_that_no_file_can_have_is_refused(tmp_path, name):
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(InputFileError, match="expected a file that can be read"):
        read_list(f"{tmp_path}/{name}", "EMAIL")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path):
    pipe = tmp_path / "list.csv"
    os.mkfifo(pipe)
    refusals = []

    def read():
        with pytest.raises(InputFileError, match="expected a regular file") as refusal:
            read_list(pipe, "EMAIL")
        refusals.append(refusal)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(timeout=5)
    assert refusals


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(list_file, "CHUNK_BYTES", 64)
    path = tmp_path / "list.csv"
    path.write_text(f"{JAN}\n" * 20)

    def grow(_n_done, _n_total):
        with path.open("a") as file:
            file.write(f"{PIET}\n")

    with pytest.raises(InputFileError, match="changed while it was read"):
        read_list(path, "EMAIL", on_progress=grow)


def test_progress_is_told_in_bytes_and_can_stop_the_reading(tmp_path, monkeypatch):
    monkeypatch.setattr(list_file, "CHUNK_BYTES", 64)
    path = tmp_path / "list.csv"
    path.write_text(f"{JAN}\n" * 10)
    steps = []
    read_list(path, "EMAIL", on_progress=lambda *step: steps.append(step))
    assert steps == [(64, 170), (128, 170), (170, 170)]

    def stop(_n_done, _n_total):
        raise CancelledError("stopped by the test")

    with pytest.raises(CancelledError):
        read_list(path, "EMAIL", on_progress=stop)
