"""From a file to an audience; the file rules themselves are tested with `workbench.identity`."""

import json

import pytest

from tests.workbench.audiences.tiny_universe import aaid, email
from workbench.audiences import AudienceSpec, CustomerListDefinition, populate
from workbench.errors import CancelledError, InputFileError, ListFileError


@pytest.fixture
def audience_of(universe, tmp_path):
    """Populate an audience out of the rows of a list."""

    def build(rows, list_type="EMAIL", **options):
        (tmp_path / "list.csv").write_text("\n".join(rows) + "\n")
        definition = CustomerListDefinition(list_file="list.csv", list_type=list_type)
        spec = AudienceSpec(audience_id="1", name="Customers", definition=definition)
        return populate(spec, universe, base_folder=tmp_path, **options)

    return build


@pytest.mark.parametrize(("n_people", "status"), [(99, "TOO_SMALL"), (100, "READY")])
def test_99_matched_people_are_too_few_and_100_are_enough(audience_of, n_people, status):
    audience = audience_of([email(account) for account in range(n_people)])
    assert (audience.audience_size, audience.status) == (n_people, status)


def test_150_records_of_99_people_are_too_few(audience_of):
    rows = [email(account) for account in range(99)] + [email(account).upper() for account in range(51)]
    audience = audience_of(rows)
    assert (audience.audience_size, audience.status) == (99, "TOO_SMALL")


def test_details_count_records_errors_and_matches(audience_of):
    audience = audience_of([email(0), email(1), "stranger@mail.example", email(1), "no address"])
    details = audience.details
    assert details["record_counts"] == {"processed": 5, "valid": 4, "invalid": 1}
    assert [error["count"] for error in details["error_counts"]] == [1]
    assert (details["n_distinct_valid_records"], details["n_matched_records"]) == (3, 2)
    assert details["match_rate"] == pytest.approx(2 / 3)
    assert set(audience.members) == {0, 1}


def test_details_are_plain_values_without_identifiers(audience_of):
    text = json.dumps(audience_of([email(0), "not an address"]).details)
    assert "person" not in text


@pytest.mark.parametrize(("n_people", "size"), [(57, "< 100"), (104, "100")])
def test_printing_an_audience_shows_its_size_as_a_screen_may(audience_of, n_people, size):
    audience = audience_of([email(account) for account in range(n_people)])
    assert repr(audience) == f"Audience('1', 'Customers', {audience.status.value}, audience_size='{size}')"


def test_advertising_ids_match_the_accounts_that_have_one(audience_of):
    audience = audience_of([aaid(account) for account in range(10)], list_type="MAID")
    assert set(audience.members) == {0, 2, 4, 6, 8}


def test_a_person_on_two_lists_by_different_identifiers_is_one_member(audience_of):
    by_email = audience_of([email(account) for account in range(10)])
    by_maid = audience_of([aaid(account) for account in range(10)], list_type="MAID")
    assert len(by_email.members | by_maid.members) == 10


def test_a_missing_list_is_refused(universe, tmp_path):
    definition = CustomerListDefinition(list_file="absent.csv")
    with pytest.raises(InputFileError, match=r"absent\.csv"):
        populate(AudienceSpec(audience_id="1", name="x", definition=definition), universe, base_folder=tmp_path)


def test_a_list_with_a_header_is_refused(audience_of):
    with pytest.raises(ListFileError):
        audience_of(["email", email(0)])


def test_populating_stops_when_progress_says_so(audience_of):
    def stop(_n_done, _n_total):
        raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        audience_of([email(0)], on_progress=stop)
