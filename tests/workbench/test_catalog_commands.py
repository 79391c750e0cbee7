import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from workbench import catalog_commands
from workbench.audiences import AudienceStatus, AudienceType, TargetingSpec, VisitorDefinition, populate
from workbench.catalog import Catalog, SortKey
from workbench.cli import main
from workbench.universe import SHOP_TAG_ID

BEGIN = datetime(2026, 11, 2, 9, tzinfo=UTC)
VISITORS = VisitorDefinition(visitor_source_id="1001")


@pytest.fixture
def path(tmp_path):
    """A catalogue with two audiences, one of them in an ad group."""
    catalog = Catalog.open(tmp_path / "audiences.sqlite", who="ana", clock=lambda: BEGIN)
    catalog.create("Cart", VISITORS, description="Left", tags=["spring"])
    catalog.create("Signed up", VISITORS)
    catalog.note("1", "A note")
    catalog.ad_groups.save("900", TargetingSpec(audience_include=("1",)), name="Carts")
    return str(tmp_path / "audiences.sqlite")


@pytest.fixture
def run():
    def run_command(*arguments: str, code: int = 0, **options: object) -> str:
        done = CliRunner().invoke(main, ["catalog", *arguments], **options)
        assert done.exit_code == code, done.output
        return done.stderr if code else done.stdout

    return run_command


def test_the_words_of_the_options_are_those_of_the_catalogue():
    assert tuple(SortKey) == catalog_commands.SORT_KEYS
    assert set(catalog_commands.AUDIENCE_TYPES) == set(AudienceType)
    assert tuple(AudienceStatus) == catalog_commands.STATUSES


def test_audiences_are_listed(run, path):
    assert [line.split()[:2] for line in run("list", path).splitlines()[4:6]] == [["1", "Cart"], ["2", "Signed"]]
    listed = json.loads(run("list", path, "--tag", "spring", "--type", "visitor", "--json"))["audiences"]
    assert [(audience["audience_id"], audience["status"]) for audience in listed] == [("1", "INITIALIZING")]
    listed = json.loads(run("list", path, "--sort", "NAME", "--descending", "--json"))["audiences"]
    assert [audience["audience_id"] for audience in listed] == ["2", "1"]
    assert run("list", path, "--status", "READY") == "Audiences: none\n"


def test_an_audience_is_shown(run, path):
    shown = run("show", path, "1")
    for words in ("Cart", "Left", "retention_days", "AD_GROUP", "A note (ana, 2026-11-02)"):
        assert words in shown
    shown = json.loads(run("show", path, "1", "--json"))
    assert shown["definition"]["retention_days"] == 180
    assert shown["where_used"] == [
        {"used by": "AD_GROUP", "id": "900", "name": "Carts", "as": "INCLUDE", "through": ""}
    ]


def test_history_and_where_used_are_told(run, path):
    assert 'created "Cart" (VISITOR)' in run("history", path, "1")
    events = json.loads(run("history", path, "--json"))["events"]
    assert [event["action"] for event in events] == ["CREATED", "CREATED", "NOTED", "CREATED"]
    assert "Carts" in run("where-used", path, "1")
    assert json.loads(run("where-used", path, "2", "--json"))["where_used"] == []


def test_definitions_travel(run, path, tmp_path):
    file, other = str(tmp_path / "definitions.json"), str(tmp_path / "other.sqlite")
    assert run("export", path, file) == "Exported: 2 audiences, 1 targetings.\n"
    assert run("import", other, file, "--who", "ben") == "Imported: 2 new, 0 unchanged.\n".replace("2 new", "3 new")
    assert json.loads(run("import", other, file, "--json"))["n_unchanged"] == 3
    assert "audience 1 (Cart) is" not in run("import", other, file)
    refusal = run("import", str(tmp_path / "new.sqlite"), path, code=2)
    assert refusal.startswith("expected definitions as a catalogue exports them")
    assert json.loads(run("export", path, file, "--id", "2", "--json"))["n_audiences"] == 1
    assert "id here" in run("import", other, file, "--new-ids")


def test_what_is_used_is_deleted_only_when_that_was_seen(run, path):
    refusal = run("delete", path, "1", code=2)
    assert "found: ad group 900 (Carts) as include; see what becomes of them, then confirm them with --yes" in refusal
    assert run("delete", path, "1", "--yes", "--who", "ben") == (
        "Deleted audience 1.\nNote: It was used by ad group 900 (Carts) as include.\n"
    )
    assert json.loads(run("delete", path, "2", "--json"))["is_deleted"] is True
    assert json.loads(run("restore", path, "1", "1", "--json"))["version"] == 2
    assert "Restored" in run("restore", path, "2", "1")


@pytest.mark.parametrize("command", ["list", "history"])
def test_a_catalogue_that_is_not_there_is_refused_and_not_made(run, tmp_path, command):
    assert "found none" in run(command, str(tmp_path / "none.sqlite"), code=2)
    assert not (tmp_path / "none.sqlite").exists()
    assert "got an empty text" in run(command, "", code=2)


def test_audiences_are_populated_and_show_from_when_on_their_size_is_known(run, tmp_path, sample_universe):
    address = str(tmp_path / "nightly.sqlite")
    catalog = Catalog.open(address, who="ana", clock=lambda: BEGIN)
    catalog.create("Visitors", VisitorDefinition(visitor_source_id=SHOP_TAG_ID))
    catalog.create("Buyers", VisitorDefinition(visitor_source_id=SHOP_TAG_ID, events=("checkout",)))
    told = json.loads(run("populate", address, "--universe", str(sample_universe.path), "--json"))["audiences"]
    assert [(one["audience_id"], one["version"]) for one in told] == [("1", 1), ("2", 1)]
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    late = Catalog.open(address, clock=lambda: tomorrow)
    expected = populate(late.get("1").spec, sample_universe).audience_size
    assert (late.get("1").status, late.get("1").audience_size) == (AudienceStatus.READY, expected)


def test_populating_in_a_universe_that_is_not_there_is_refused(run, path, tmp_path):
    assert "expected the folder of a universe" in run("populate", path, "--universe", str(tmp_path / "no"), code=2)
