"""From a file to an audience; the file rules themselves are tested with `workbench.identity`."""

import json

import pytest

from tests.workbench.audiences.tiny_universe import aaid, email
from workbench.audiences import AudienceSpec, CustomerListDefinition, populate
from workbench.customer_lists import SavedList, Upload
from workbench.errors import CancelledError, DefinitionError, InputFileError, ListFileError
from workbench.identity import DigestKind, hash_email
from workbench.universe import synthesize_email


@pytest.fixture
def audience_of(universe, tmp_path):
    """Populate an audience out of the rows of a list."""

    def build(rows, list_type="EMAIL", **options):
        (tmp_path / "list.csv").write_text("\n".join(rows) + "\n")
        definition = CustomerListDefinition(list_file="list.csv", list_type=list_type, are_terms_acknowledged=True)
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
    definition = CustomerListDefinition(list_file="absent.csv", are_terms_acknowledged=True)
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


# -- terms, opt-outs, profiles, saved lists ----------------------------------------------------------------------------


def populated(universe, folder, **fields):
    definition = CustomerListDefinition(**{"are_terms_acknowledged": True} | fields)
    return populate(
        AudienceSpec(audience_id="1", name="Customers", definition=definition), universe, base_folder=folder
    )


def write(path, rows):
    path.write_text("".join(f"{row}\n" for row in rows))


def test_a_list_is_not_shared_before_somebody_says_that_the_terms_were_read(universe, tmp_path):
    write(tmp_path / "list.csv", [email(0)])
    with pytest.raises(DefinitionError, match=r"Ad Data Terms.*Advertising Guidelines.*are_terms_acknowledged to true"):
        populated(universe, tmp_path, list_file="list.csv", are_terms_acknowledged=False)
    assert not CustomerListDefinition(list_file="list.csv").are_terms_acknowledged


@pytest.mark.parametrize("saying", ["yes", 1, "true", None])
def test_terms_are_acknowledged_by_true_alone(saying):
    with pytest.raises(DefinitionError, match=r"^are_terms_acknowledged: "):
        CustomerListDefinition(list_file="list.csv", are_terms_acknowledged=saying)


def test_accounts_of_people_who_opted_out_are_no_members_also_where_digests_cannot_be_compared(universe, tmp_path):
    write(tmp_path / "list.csv", [hash_email(email(account), DigestKind.MD5).hex() for account in range(5)])
    write(tmp_path / "opted_out.csv", [hash_email(email(account)).hex() for account in (1, 3, 9)])
    audience = populated(universe, tmp_path, list_file="list.csv", suppression_file="opted_out.csv")
    assert set(audience.members) == {0, 2, 4}
    assert audience.details["record_counts"]["valid"] == 5
    write(tmp_path / "opted_out.csv", [email(1), email(3)])
    audience = populated(universe, tmp_path, list_file="list.csv", suppression_file="opted_out.csv")
    assert set(audience.members) == {0, 2, 4}
    assert audience.details["error_counts"][0]["error_code"] == "SUPPRESSED"


def test_sha1_of_an_address_is_a_record_on_the_apis_terms_only(sample_universe, tmp_path):
    rows = synthesize_email(range(200), sample_universe.provenance["identity_rng_seed"])
    write(tmp_path / "list.csv", [hash_email(row, DigestKind.SHA1).hex() for row in rows])
    with pytest.raises(ListFileError, match="DIGEST_KIND_NOT_ALLOWED"):
        populated(sample_universe, tmp_path, list_file="list.csv")
    audience = populated(sample_universe, tmp_path, list_file="list.csv", profile="API")
    assert audience.audience_size > 150
    assert audience.details["warnings"][0]["warning_code"] == "SHA1_EMAIL"


def test_a_universe_without_sha1_of_addresses_matches_none_of_them(universe, tmp_path):
    write(tmp_path / "list.csv", [hash_email(email(0), DigestKind.SHA1).hex()])
    assert populated(universe, tmp_path, list_file="list.csv", profile="API").audience_size == 0


def test_a_saved_list_is_populated_as_it_stands_now(universe, tmp_path):
    write(tmp_path / "list.csv", [email(account) for account in range(100)])
    upload = Upload(tmp_path / "list.csv", are_terms_acknowledged=True)
    saved = SavedList.create(tmp_path / "saved", "Customers", upload, list_id="42")
    assert populated(universe, tmp_path, list_file="saved").status == "READY"
    write(tmp_path / "list.csv", [email(0)])
    saved.remove(upload)
    audience = populated(universe, tmp_path, list_file="saved")
    assert (audience.audience_size, audience.status) == (99, "TOO_SMALL")
    details = json.loads(json.dumps(audience.details))
    assert details["customer_list"]["status"] == "TOO_SMALL"
    assert (details["customer_list"]["id"], details["customer_list"]["num_batches"]) == ("42", 2)
    assert details["record_counts"] == {"processed": 99, "valid": 99, "invalid": 0}
    assert details["match_rate"] == 1


def test_a_saved_list_needs_the_acknowledgement_too_and_leaves_out_who_opted_out(universe, tmp_path):
    write(tmp_path / "list.csv", [email(account) for account in range(5)])
    SavedList.create(tmp_path / "saved", "x", Upload(tmp_path / "list.csv", are_terms_acknowledged=True))
    with pytest.raises(DefinitionError, match="Ad Data Terms"):
        populated(universe, tmp_path, list_file="saved", are_terms_acknowledged=False)
    write(tmp_path / "opted_out.csv", [email(2)])
    audience = populated(universe, tmp_path, list_file="saved", suppression_file="opted_out.csv")
    assert set(audience.members) == {0, 1, 3, 4}


def test_a_folder_without_a_list_is_refused(universe, tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputFileError, match="expected the folder of a saved customer list"):
        populated(universe, tmp_path, list_file="folder")
