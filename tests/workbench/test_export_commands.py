"""``python -m workbench export``, as people and scripts use it."""

import json
import stat

import pytest
from click.testing import CliRunner

from tests.workbench.audiences.tiny_universe import write_universe
from tests.workbench.customer_lists.conftest import emails, write_lines
from workbench.cli import main
from workbench.customer_lists import SavedList, Upload
from workbench.identity import DigestKind

ACCOUNT = ("--ad-account", "549755885175")
SPECS = [
    {
        "audience_id": "1001",
        "name": "Customers",
        "definition": {"type": "CUSTOMER_LIST", "list_file": "customers.csv", "are_terms_acknowledged": True},
    },
    {
        "audience_id": "1002",
        "name": "Visitors",
        "definition": {"type": "VISITOR", "visitor_source_id": "80", "events": ["lead", "signup"]},
    },
    {"audience_id": "1004", "name": "Bought data", "definition": {"type": "THIRD_PARTY", "segment_id": "11"}},
]
AD_GROUP = {
    "name": "Reconnect",
    "campaign_id": "626",
    "billable_event": "IMPRESSION",
    "budget_in_micro_currency": 1,
    "targeting_spec": {"LOCATION": ["US"], "AUDIENCE_INCLUDE": ["1002"], "GENDER": ["male"]},
}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command in a folder of its own, and return its JSON or what refused it."""
    monkeypatch.chdir(tmp_path)
    write_lines(tmp_path / "customers.csv", emails(range(5)))
    write_json(tmp_path / "audiences.json", {"audiences": SPECS})
    write_json(tmp_path / "ids.json", {"ad_account_id": "549", "audiences": {"1002": ["21", "22"]}})

    def run_command(*arguments, as_json=True):
        result = CliRunner().invoke(main, ["export", *arguments, *["--json"] * as_json])
        assert result.exit_code == (2 if result.stderr else 0), result.stderr
        assert (result.stdout == "") == bool(result.stderr)
        assert "@" not in result.output
        for digest in emails(range(5), DigestKind.SHA256):
            assert digest not in result.output
        if result.stderr or not as_json:
            return result.stderr or result.stdout
        return json.loads(result.stdout)

    return run_command


def write_json(path, value) -> None:
    path.write_text(json.dumps(value), "utf-8")


def written(path) -> list[dict]:
    return json.loads(path.read_text("utf-8"))["requests"]


# -- audience ----------------------------------------------------------------------------------------------------------


def test_audiences_are_written_with_their_lists_and_what_cannot_go_is_told(run, tmp_path):
    shown = run("audience", "audiences.json", *ACCOUNT, "--output", "new/export.json")
    assert [request["gives"] for request in shown["requests"]] == [
        "customer_list:1001",
        "audience:1001",
        "audience:1002.1",
        "audience:1002.2",
    ]
    assert shown["requests"][0]["body"]["records"] == "5 digests"
    assert [finding["kind"] for finding in shown["findings"]] == ["CHANGED", "REFUSED"]
    path = tmp_path / "new" / "export.json"
    assert shown["output"] == str(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert written(path)[0]["body"]["records"].split(",") == sorted(emails(range(5), DigestKind.SHA256))


def test_digests_are_not_printed(run):
    assert "name it by --output" in run("audience", "audiences.json", *ACCOUNT)
    assert "name it by --output" in run("audience", "audiences.json", *ACCOUNT, as_json=False)


def test_for_people_requests_and_notes_are_in_words(run):
    text = run("audience", "audiences.json", *ACCOUNT, "--output", "x.json", as_json=False)
    assert "ADD 5 records" in text
    assert "customer_list:1001" in text
    assert "Note: 1004.definition.type: The API has no type for third-party data" in text
    assert "x.json, readable by you alone." in text


def test_one_audience_is_chosen_and_a_wrong_one_refused(run):
    shown = run("audience", "audiences.json", *ACCOUNT, "--audience", "1002")
    assert [request["body"]["name"] for request in shown["requests"]] == ["Visitors: lead", "Visitors: signup"]
    assert shown["output"] is None
    assert "third-party data" in run("audience", "audiences.json", *ACCOUNT, "--audience", "1004")
    assert "got 7; it has: 1001, 1002, 1004" in run("audience", "audiences.json", *ACCOUNT, "--audience", "7")


def test_what_will_change_is_explained_before(run):
    findings = run("audience", "audiences.json", *ACCOUNT, "--explain")["findings"]
    assert {audience_id: len(found) for audience_id, found in findings.items()} == {"1001": 0, "1002": 1, "1004": 1}
    text = run("audience", "audiences.json", *ACCOUNT, "--explain", as_json=False)
    assert "1001 Customers: exported as it is." in text


def test_only_what_changed_is_sent(run, tmp_path):
    longer = [*SPECS, {**SPECS[1], "audience_id": "1003"}]
    longer[1] = {**SPECS[1], "name": "Leads"}
    write_json(tmp_path / "new.json", longer)
    ids = ("--ids", "ids.json")
    shown = run("audience", "new.json", *ids, "--changed-from", "audiences.json")
    assert [(request["method"], request["path"]) for request in shown["requests"]] == [
        ("PATCH", "/ad_accounts/549/audiences/21"),
        ("PATCH", "/ad_accounts/549/audiences/22"),
        ("POST", "/ad_accounts/549/audiences"),
        ("POST", "/ad_accounts/549/audiences"),
    ]
    assert shown["requests"][0]["body"] == {"operation_type": "UPDATE", "name": "Leads: lead"}


def test_audiences_are_removed_by_name_alone(run):
    ids = ("--ids", "ids.json")
    shown = run("audience", "audiences.json", *ids, "--remove", "--audience", "1002")
    assert [request["body"] for request in shown["requests"]] == [{"operation_type": "REMOVE"}] * 2
    assert "expected --remove with --audience alone" in run("audience", "audiences.json", *ids, "--remove")


def test_a_scenario_holds_audiences_too_and_other_files_are_refused(run, tmp_path):
    write_json(tmp_path / "scenario.json", {"name": "x", "base": {"audiences": SPECS[1:2]}})
    assert len(run("audience", "scenario.json", *ACCOUNT)["requests"]) == 2
    write_json(tmp_path / "twice.json", [SPECS[1], SPECS[1]])
    assert "got one twice" in run("audience", "twice.json", *ACCOUNT)
    write_json(tmp_path / "wrong.json", {**SPECS[1], "colour": "red"})
    assert "wrong.json" in run("audience", "wrong.json", *ACCOUNT)
    (tmp_path / "no.json").write_bytes(b"\xff{")
    assert "as JSON" in run("audience", "no.json", *ACCOUNT)


def test_the_definitions_of_a_catalogue_are_read_without_the_deleted_ones(run, tmp_path):
    exported = [{"spec": SPECS[1], "tags": [], "is_deleted": False}, {"spec": SPECS[0], "is_deleted": True}]
    write_json(tmp_path / "catalog.json", {"format": "audience-workbench definitions", "audiences": exported})
    assert {name.partition(".")[0] for name in names_given(run("audience", "catalog.json", *ACCOUNT))} == {
        "audience:1002"
    }


def names_given(shown) -> list[str]:
    return [request["gives"] for request in shown["requests"]]


def test_an_ad_account_has_to_be_named(run, tmp_path):
    assert "expected an ad account" in run("audience", "audiences.json")
    write_json(tmp_path / "ids.json", {"audiences": {}})
    assert "ad_account_id" in run("audience", "audiences.json", "--ids", "ids.json")
    write_json(tmp_path / "ids.json", {"ad_account_id": 549})
    assert "ids.json: ad_account_id: expected a text" in run("audience", "audiences.json", "--ids", "ids.json")


def test_in_a_universe_a_source_that_is_too_small_is_refused(run, tmp_path):
    write_universe(tmp_path / "universe")
    definition = {"type": "ACTALIKE", "seed_audience_ids": ["1001"], "country": "US", "percentage": 1}
    write_json(tmp_path / "audiences.json", [SPECS[0], {"audience_id": "2", "name": "Like", "definition": definition}])
    common = ("audience", "audiences.json", *ACCOUNT, "--audience", "2", "--output", "x.json")
    assert names_given(run(*common)) == ["customer_list:1001", "audience:1001", "audience:2"]
    assert "got 1001, which is TOO_SMALL" in run(*common, "--universe", "universe")
    write_lines(tmp_path / "customers.csv", emails(range(100)))
    assert len(names_given(run(*common, "--universe", "universe"))) == 3


# -- list --------------------------------------------------------------------------------------------------------------

TERMS = ("--accept-terms", "--output", "list.json")


def test_a_file_is_uploaded_in_batches_and_made_an_audience(run, tmp_path):
    shown = run("list", "customers.csv", *ACCOUNT, *TERMS, "--name", "Customers", "--id", "42", "--batch", "3")
    assert [request["operation_id"] for request in shown["requests"]] == [
        "customer_lists/create",
        "customer_lists/update",
        "audiences/create",
    ]
    assert stat.S_IMODE((tmp_path / "list.json").stat().st_mode) == 0o600
    assert written(tmp_path / "list.json")[2]["body"]["rule"] == {"customer_list_id": "${customer_list:42}"}


def test_a_saved_list_has_its_own_id_and_name(run, tmp_path):
    upload = Upload(tmp_path / "customers.csv", are_terms_acknowledged=True)
    SavedList.create(tmp_path / "saved", "Kept", upload, list_id="77")
    shown = run("list", "saved", *ACCOUNT, *TERMS)
    assert (shown["requests"][0]["gives"], shown["requests"][0]["body"]["name"]) == ("customer_list:77", "Kept")


def test_a_list_of_the_platform_is_edited(run, tmp_path):
    write_json(tmp_path / "ids.json", {"ad_account_id": "549", "customer_lists": {"42": "885"}})
    write_lines(tmp_path / "new.csv", emails(range(3, 8)))
    common = ("new.csv", "--ids", "ids.json", "--id", "42", *TERMS)

    def operations(*options):
        return [request["body"]["operation_type"] for request in run("list", *common, *options)["requests"]]

    assert operations("--add") == ["ADD"]
    assert operations("--remove") == ["REMOVE"]
    assert operations("--replaces", "customers.csv") == ["REMOVE", "ADD", "ADD"]
    assert operations("--replaces", "customers.csv", "--only-changes") == ["REMOVE", "ADD"]
    assert "expected one thing to do" in run("list", *common, "--add", "--remove")


def test_who_opted_out_since_is_removed_and_not_added_again(run, tmp_path):
    write_json(tmp_path / "ids.json", {"ad_account_id": "549", "customer_lists": {"42": "885"}})
    write_lines(tmp_path / "out.csv", emails([1]))
    common = ("customers.csv", "--ids", "ids.json", "--id", "42", *TERMS, "--suppression", "out.csv")

    def sent(*options):
        run("list", *common, *options)
        return [(one["body"]["operation_type"], one["body"]["records"]) for one in written(tmp_path / "list.json")]

    opted_out = emails([1], DigestKind.SHA256)[0]
    removal, addition = sent("--replaces", "customers.csv")
    assert removal == ("REMOVE", opted_out)
    assert addition[0] == "ADD"
    assert opted_out not in addition[1]
    assert opted_out not in sent("--add")[0][1]
    assert opted_out in sent("--remove")[0][1]


def test_a_universe_tells_who_opted_out_although_digests_cannot_be_compared(run, tmp_path):
    write_universe(tmp_path / "universe")
    write_lines(tmp_path / "hashed.csv", emails(range(3), DigestKind.MD5))
    write_lines(tmp_path / "out.csv", emails([1], DigestKind.SHA256))
    common = ("list", "hashed.csv", *ACCOUNT, *TERMS, "--name", "x", "--id", "1", "--suppression", "out.csv")
    assert run(*common)["requests"][0]["body"]["records"] == "3 digests"
    assert run(*common, "--universe", "universe")["requests"][0]["body"]["records"] == "2 digests"


def test_what_a_list_needs_is_asked_for(run):
    named = ("--name", "x", "--id", "1")
    assert "Ad Data Terms" in run("list", "customers.csv", *ACCOUNT, *named, "--output", "x")
    assert "never printed" in run("list", "customers.csv", *ACCOUNT, *named, "--accept-terms")
    assert "give --name and --id" in run("list", "customers.csv", *ACCOUNT, *TERMS)


# -- targeting ---------------------------------------------------------------------------------------------------------


def test_an_ad_group_names_what_the_platform_has(run, tmp_path):
    write_json(tmp_path / "group.json", AD_GROUP)
    shown = run("targeting", "group.json", "--ids", "ids.json")
    assert shown["requests"][0]["body"][0]["targeting_spec"]["AUDIENCE_INCLUDE"] == ["21", "22"]
    assert "bid_in_micro_currency" in run("targeting", "group.json", "--ids", "ids.json", "--objective", "AWARENESS")
    write_json(tmp_path / "group.json", [AD_GROUP] * 2)
    assert len(run("targeting", "group.json", "--ids", "ids.json")["requests"][0]["body"]) == 2


def test_audiences_that_the_platform_lacks_are_created_first(run, tmp_path):
    write_json(tmp_path / "group.json", AD_GROUP)
    shown = run("targeting", "group.json", *ACCOUNT, "--audiences", "audiences.json")
    assert [request["gives"] for request in shown["requests"]] == ["audience:1002.1", "audience:1002.2", None]
    assert shown["requests"][2]["needs"] == ["audience:1002.1", "audience:1002.2"]
    assert "expected audiences that are on the platform" in run("targeting", "group.json", *ACCOUNT)


@pytest.mark.parametrize(
    ("form", "value", "operation_id"),
    [
        ("template", {"name": "x", "targeting_attributes": AD_GROUP["targeting_spec"]}, "targeting_template/create"),
        ("sizing", {"targeting_spec": AD_GROUP["targeting_spec"]}, "ad_groups/audience_sizing"),
        (
            "bid-floor",
            {"bid_floor_specs": [{"billable_event": "IMPRESSION", "currency": "USD"}]},
            "ad_groups_bid_floor/get",
        ),
    ],
)
def test_a_targeting_has_other_forms_too(run, tmp_path, form, value, operation_id):
    write_json(tmp_path / "form.json", value)
    shown = run("targeting", "form.json", "--ids", "ids.json", "--as", form, "--category", "housing")
    assert [request["operation_id"] for request in shown["requests"]] == [operation_id]
    assert ("Q28" in {finding["rule"] for finding in shown["findings"]}) == (form != "bid-floor")


def test_in_a_universe_only_ready_audiences_are_targeted(run, tmp_path):
    write_universe(tmp_path / "universe")
    named = {**AD_GROUP, "targeting_spec": {"LOCATION": ["US"], "AUDIENCE_INCLUDE": ["1001"]}}
    write_json(tmp_path / "group.json", named)
    write_json(tmp_path / "audiences.json", SPECS[:1])
    write_json(tmp_path / "ids.json", {"ad_account_id": "549", "audiences": {"1001": "20"}})
    common = ("targeting", "group.json", "--ids", "ids.json", "--audiences", "audiences.json", "--universe", "universe")
    assert "which is TOO_SMALL" in run(*common)
    write_lines(tmp_path / "customers.csv", emails(range(100)))
    assert run(*common)["requests"][0]["body"][0]["targeting_spec"]["AUDIENCE_INCLUDE"] == ["20"]


def test_a_wrong_field_is_named_with_its_file(run, tmp_path):
    write_json(tmp_path / "group.json", AD_GROUP | {"targeting_spec": {"LOCATION": ["ZZ"]}})
    assert run("targeting", "group.json", *ACCOUNT).startswith(
        "group.json: targeting_spec.LOCATION.0: expected countries"
    )
