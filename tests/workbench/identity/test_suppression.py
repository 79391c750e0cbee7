"""Whoever opted out is left out, whatever combination of plain and hashed the two files are in."""

import pickle

import pytest

from workbench.errors import DefinitionError, ListFileError
from workbench.identity import DigestKind, ErrorCode, SuppressionList, hash_email, hash_maid, read_list

JAN, PIET, KLAAS = "jan@shop.example", "piet@shop.example", "klaas@shop.example"
AAID = "38400000-8cf0-11bd-b23e-10b96e40000d"
FORMS = {"plain": str, "upper": str.upper} | {
    kind.value: (lambda text, kind=kind: hash_email(text, kind).hex()) for kind in DigestKind
}


@pytest.fixture
def written(tmp_path):
    """Write a list and return its path."""

    def write(*rows, name="list.csv"):
        path = tmp_path / name
        path.write_text("".join(f"{row}\n" for row in rows))
        return path

    return write


def lines_left_out(checked):
    return [error.line_number for error in checked.record_errors if error.error_code is ErrorCode.SUPPRESSED]


@pytest.mark.parametrize("opted_out_as", FORMS)
@pytest.mark.parametrize("listed_as", FORMS)
def test_a_person_is_found_wherever_the_two_forms_can_be_compared(written, listed_as, opted_out_as):
    plain = {"plain", "upper"}
    is_comparable = listed_as in plain or opted_out_as in plain or listed_as == opted_out_as
    suppression = SuppressionList.read(written(FORMS[opted_out_as](JAN), name="opted_out.csv"), "EMAIL")
    rows = [FORMS[listed_as](text) for text in (PIET, JAN, KLAAS, JAN)]
    checked = read_list(written(*rows), "EMAIL", profile="API", suppression=suppression)
    assert lines_left_out(checked) == ([2, 4] if is_comparable else [])
    assert checked.record_counts.valid == len(checked.digests) == (2 if is_comparable else 4)
    assert checked.record_counts.processed == 4


def test_what_is_left_out_is_counted_and_shown_as_a_shape(written):
    suppression = SuppressionList.read(written(JAN, name="opted_out.csv"), "EMAIL")
    checked = read_list(written(PIET, JAN, "klaas", JAN.upper()), "EMAIL", suppression=suppression)
    assert [(error.line_number, error.error_code, error.shape) for error in checked.record_errors] == [
        (2, ErrorCode.SUPPRESSED, "aaa@aaaa.aaaaaaa"),
        (3, ErrorCode.MISSING_AT_SIGN, "aaaaa"),
        (4, ErrorCode.SUPPRESSED, "AAA@AAAA.AAAAAAA"),
    ]
    assert {error.error_code: error.count for error in checked.error_counts}[ErrorCode.SUPPRESSED] == 2
    assert [warning.count for warning in checked.warnings] == [1]  # upper case was put right all the same


def test_mobile_ids_are_left_out_too(written):
    suppression = SuppressionList.read(written(AAID, name="opted_out.csv"), "MAID")
    rows = [AAID[:-1] + "e", *(hash_maid(AAID, kind).hex() for kind in DigestKind), AAID]
    checked = read_list(written(*rows), "MAID", suppression=suppression)
    assert lines_left_out(checked) == [2, 3, 4, 5]


def test_a_list_of_nobody_else_is_refused(written):
    suppression = SuppressionList.read(written(JAN, name="opted_out.csv"), "EMAIL")
    with pytest.raises(ListFileError, match=r"most frequent.*SUPPRESSED, 1 times"):
        read_list(written(JAN), "EMAIL", suppression=suppression)


def test_a_title_above_people_who_opted_out_is_still_a_title(written):
    suppression = SuppressionList.read(written(JAN, name="opted_out.csv"), "EMAIL")
    with pytest.raises(ListFileError) as refusal:
        read_list(written("Customers", JAN, PIET), "EMAIL", suppression=suppression)
    assert refusal.value.error_code == ErrorCode.HEADER_ROW


def test_the_two_files_must_be_of_one_type(written):
    suppression = SuppressionList.read(written(JAN, name="opted_out.csv"), "EMAIL")
    with pytest.raises(DefinitionError, match="of type MAID, got one of type EMAIL"):
        read_list(written(AAID), "MAID", suppression=suppression)


def test_its_own_records_are_checked_and_kept_as_digests(written):
    suppression = SuppressionList.read(written(JAN, "piet", hash_email(KLAAS).hex()), "EMAIL")
    assert suppression.list_type == "EMAIL"
    assert [value.tobytes() for value in suppression.digests.values] == [hash_email(JAN), hash_email(KLAAS)]
    assert [error.line_number for error in suppression.checked.record_errors] == [2]
    assert repr(suppression) == "SuppressionList(list_type=EMAIL, n=2)"
    with pytest.raises(AttributeError, match="read another one"):
        suppression.checked = None


def test_it_survives_pickling_without_plaintext(written):
    data = pickle.dumps(SuppressionList.read(written(JAN, PIET, name="opted_out.csv"), "EMAIL"))
    assert b"jan" not in data
    checked = read_list(written(KLAAS, JAN), "EMAIL", suppression=pickle.loads(data))  # noqa: S301 - our own
    assert lines_left_out(checked) == [2]


def test_digests_that_begin_alike_are_told_apart(written):
    digest = hash_email(JAN).hex()
    alike = [digest[:16] + f"{number:048x}" for number in range(5)]
    suppression = SuppressionList.read(written(*alike[1:], name="opted_out.csv"), "EMAIL")
    checked = read_list(written(digest, *alike), "EMAIL", suppression=suppression)
    assert lines_left_out(checked) == [3, 4, 5, 6]
