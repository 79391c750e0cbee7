import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from simulator.config import RunConfig
from simulator.errors import ConfigError
from simulator.model_version import MODEL_VERSION
from simulator.scenario import Lever, Scenario, load_scenario, save_scenario
from tests.simulator.worlds import ad_group, audience_spec, run_config
from workbench.errors import ConflictError, InputFileError

SAMPLE = Path("data/samples/scenario.json")
THEN = datetime(2026, 11, 1, 9, tzinfo=UTC)
BID = "ad_groups.2001.bid_cpm_micros"


@pytest.fixture
def scenario(tmp_path) -> Scenario:
    base = run_config(
        ad_group("2001"),
        ad_group("2002", bid_multipliers={"1001": 1.1}),
        audiences=[audience_spec("1001", "CUSTOMER_LIST"), audience_spec("1002", "VISITOR")],
        universe=str(tmp_path / "data" / "universe"),
    )
    return Scenario(name="Base", base=base, description="What we planned")


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "plans" / "scenario.json"


def test_the_sample_scenario_loads_with_paths_beside_it():
    scenario = load_scenario(SAMPLE)
    assert Path(scenario.base.audiences[0].definition.list_file) == Path("data/samples/customers.csv").resolve()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "JSON, got something else at line 1"),
        (b"{", "JSON, got something else at line 1"),
        (b"\xff\xfe", "JSON in UTF-8"),
        (b"[" * 100_000, "JSON in UTF-8"),
        (b'{"name": ' + b"9" * 5_000 + b"}", "JSON in UTF-8"),
        (b" " * (16 * 2**20 + 1), "at most 16 MiB"),
        (b"[]", "scenario.json: "),
        (b"null", "scenario.json: "),
        (json.dumps({"name": "x"}).encode(), "base"),
        (json.dumps({"name": "", "base": {}}).encode(), "name"),
    ],
)
def test_a_file_that_is_no_scenario_is_refused_in_one_sentence(tmp_path, content, complaint):
    path = tmp_path / "scenario.json"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=complaint):
        load_scenario(path)


def test_what_is_no_regular_file_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "absent.json", tmp_path, tmp_path / "pipe"):
        with pytest.raises(InputFileError):
            load_scenario(path)


def test_a_byte_order_mark_is_read_over(scenario, tmp_path):
    path = tmp_path / "scenario.json"
    path.write_text(scenario.model_dump_json(), encoding="utf-8-sig")
    assert load_scenario(path).name == "Base"


def test_paths_in_levers_are_relative_to_the_file_too(scenario, tmp_path):
    path = tmp_path / "scenario.json"
    path.write_text(scenario.with_levers("x", Lever(path="universe", value="other")).model_dump_json())
    assert load_scenario(path).config.universe == str(tmp_path.resolve() / "other")


def test_a_path_that_can_lead_nowhere_is_refused(scenario, tmp_path):
    path = tmp_path / "scenario.json"
    path.write_text(scenario.model_dump_json().replace("unread.csv", r"a\u0000b"))
    with pytest.raises(ConfigError, match="path that can lead to a file"):
        load_scenario(path)


def save(scenario, path):
    return save_scenario(scenario, path, clock=lambda: THEN)


def with_bid(scenario, micros):
    return scenario.model_copy(update={"levers": (Lever(path=BID, value=micros),)})


def test_a_saved_scenario_is_the_scenario(scenario, path):
    scenario = with_bid(scenario, 7_000_000)
    lists = scenario.base.audiences[0].definition
    save(scenario, path)
    loaded = load_scenario(path)
    assert loaded.config.model_copy(update={"audiences": ()}) == scenario.config.model_copy(update={"audiences": ()})
    assert loaded.base.audiences[0].definition.list_file == str(Path(lists.list_file).resolve())
    assert (loaded.name, loaded.description, loaded.version) == ("Base", "What we planned", 1)
    before = path.read_bytes()
    save(loaded, path)
    assert path.read_bytes() == before


def test_paths_in_the_file_are_relative_so_that_a_folder_can_be_moved(scenario, path, tmp_path):
    universe = Lever(path="universe", value=str(tmp_path / "data" / "other"))
    save(scenario.model_copy(update={"levers": (universe,)}), path)
    payload = json.loads(path.read_text())
    assert payload["base"]["universe"] == "../data/universe"
    assert payload["levers"][0]["value"] == "../data/other"
    moved = tmp_path / "moved" / "plans" / "scenario.json"
    moved.parent.mkdir(parents=True)
    path.rename(moved)
    assert load_scenario(moved).config.universe == str((tmp_path / "moved" / "data" / "other").resolve())


def test_people_who_opted_out_are_looked_for_beside_the_scenario(scenario, path):
    settings = scenario.base.model_dump(mode="json")
    settings["audiences"][0]["definition"] |= {"list_file": "customers.csv", "suppression_file": "opted_out.csv"}
    lever = Lever(path="audiences.1001.definition.suppression_file", value="others.csv")
    planned = Scenario(name="Base", base=RunConfig.model_validate(settings), levers=(lever,))
    path.parent.mkdir()
    path.write_text(planned.model_dump_json(by_alias=True))
    loaded = load_scenario(path)
    assert loaded.base.audiences[0].definition.suppression_file == str(path.parent / "opted_out.csv")
    assert loaded.config.audiences[0].definition.suppression_file == str(path.parent / "others.csv")
    another = path.with_name("another.json")
    save(loaded, another)
    assert '"suppression_file": "opted_out.csv"' in another.read_text()


def test_saving_changes_makes_the_next_version_and_tells_them(scenario, path):
    first = save(scenario, path)
    second = save(with_bid(first, 7_000_000), path)
    third = save(second.model_copy(update={"name": "Planned", "levers": ()}), path)
    assert (first.version, second.version, third.version) == (1, 2, 3)
    assert [past.changes for past in third.history] == [
        ("Ad group 2001: bid $6.00 → $7.00 CPM",),
        ("Name 'Base' → 'Planned'", "Ad group 2001: bid $7.00 → $6.00 CPM"),
    ]
    assert [past.replaced_at for past in third.history] == [THEN, THEN]
    loaded = load_scenario(path)
    assert loaded == load_scenario(path).at_version(3)
    assert loaded.at_version(2).levers == second.levers
    assert (loaded.at_version(1).name, loaded.at_version(1).history) == ("Base", ())
    with pytest.raises(ConfigError, match=r"\(1, 2, 3\), got 4"):
        loaded.at_version(4)


def test_saving_what_is_there_makes_no_version(scenario, path):
    save(scenario, path)
    assert save(load_scenario(path), path).version == 1
    assert save(scenario, path).version == 1


def test_writing_the_same_otherwise_is_told(scenario, path):
    saved = save(scenario, path)
    again = save(with_bid(saved, 6_000_000), path)
    assert again.history[0].changes == ("Written otherwise, with the same settings",)


def test_what_somebody_saved_meanwhile_is_not_lost(scenario, path):
    mine = theirs = save(scenario, path)
    save(with_bid(theirs, 7_000_000), path)
    before = path.read_bytes()
    with pytest.raises(ConflictError, match=r"expected version 1 of 'Base' in scenario\.json, found version 2"):
        save(with_bid(mine, 8_000_000), path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"{}", b"notes", b""])
def test_a_file_of_something_else_is_refused_and_left(scenario, path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"scenario\.json"):
        save(scenario, path)
    assert path.read_bytes() == content


def test_a_history_that_cannot_be_is_refused(scenario, path):
    save(with_bid(save(scenario, path), 7_000_000), path)
    payload = json.loads(path.read_text())
    path.write_text(json.dumps(payload | {"version": 1}))
    with pytest.raises(ConfigError, match="versions before 1"):
        load_scenario(path)


@pytest.mark.parametrize(("version", "words"), [(MODEL_VERSION + 1, "a later version"), (MODEL_VERSION, None)])
def test_a_scenario_of_another_model_says_so(scenario, path, version, words):
    save(scenario, path)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"model_version": version}))
    note = load_scenario(path).note
    assert note is None if words is None else words in note


def test_saving_with_this_model_is_a_new_version(scenario, path):
    save(scenario, path)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"model_version": MODEL_VERSION + 1}))
    again = save(load_scenario(path), path)
    assert (again.version, again.note) == (2, None)
    assert again.history[0].changes == (f"Model version {MODEL_VERSION + 1} → {MODEL_VERSION}",)


def test_a_history_too_long_to_be_read_again_is_refused_before_it_is_written(scenario, path, monkeypatch):
    saved = save(scenario, path)
    monkeypatch.setattr("simulator.scenario.scenario_file.MAX_FILE_BYTES", path.stat().st_size + 10)
    with pytest.raises(ConfigError, match="save it under another name"):
        save(with_bid(saved, 7_000_000), path)
    assert load_scenario(path).version == 1
