import json
import os
from pathlib import Path

import pytest

from simulator.errors import ConfigError, LeverError
from simulator.scenario import Lever, Scenario, load_scenario
from tests.simulator.worlds import ad_group, audience_spec, run_config
from workbench.errors import InputFileError

SAMPLE = Path("data/samples/scenario.json")


@pytest.fixture
def scenario() -> Scenario:
    base = run_config(ad_group("2001"), ad_group("2002"), audiences=[audience_spec("1001", "VISITOR")])
    return Scenario(name="Base", base=base)


def with_lever(scenario, path, value):
    return scenario.with_levers("What if", Lever(path=path, value=value)).config


def test_without_levers_the_configuration_is_the_base(scenario):
    assert scenario.config is scenario.base


def test_a_lever_changes_one_setting_and_nothing_else(scenario):
    changed = with_lever(scenario, "ad_groups.2002.bid_cpm_micros", 7_000_000)
    assert [group.bid_cpm_micros for group in changed.ad_groups] == [6_000_000, 7_000_000]
    assert with_lever(scenario, "ad_groups.2002.bid_cpm_micros", 6_000_000) == scenario.base


def test_a_star_reaches_all(scenario):
    changed = with_lever(scenario, "ad_groups.*.budget_micros", 5)
    assert {group.budget_micros for group in changed.ad_groups} == {5}


@pytest.mark.parametrize(
    ("path", "value", "read"),
    [
        ("third_party_data.is_enabled", False, lambda config: config.third_party_data.is_enabled),
        ("market.bid_floor_cpm_micros", 9_000, lambda config: config.market.bid_floor_cpm_micros),
        ("flight.n_days", 3, lambda config: config.flight.n_days),
        ("campaigns.5001.budget_micros", 7_000_000, lambda config: config.campaigns[0].budget_micros),
        ("auction.position_effects", [1.0], lambda config: list(config.auction.position_effects)),
        ("campaigns.5001.review_hours", 2.5, lambda config: config.campaigns[0].review_hours),
        ("audiences.1001.definition.retention_days", 7, lambda config: config.audiences[0].definition.retention_days),
        (
            "ad_groups.2001.targeting.audience_include",
            ["1001"],
            lambda config: list(config.ad_groups[0].targeting.audience_include),
        ),
        ("ad_groups.2001.targeting.LOCATION", ["US"], lambda config: list(config.ad_groups[0].targeting.location)),
        ("traffic.hourly_profile", [1.0] * 24, lambda config: list(config.traffic.hourly_profile)),
    ],
)
def test_levers_reach_every_part(scenario, path, value, read):
    assert read(with_lever(scenario, path, value)) == value


def test_later_levers_win(scenario):
    path = "ad_groups.2001.bid_cpm_micros"
    twice = scenario.with_levers("x", Lever(path=path, value=2_000), Lever(path=path, value=3_000))
    assert twice.config.ad_groups[0].bid_cpm_micros == 3_000


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("ad_groups.2001.bid_cpm", "did you mean 'bid_cpm_micros'"),
        ("ad_groups.2003.bid_cpm_micros", "did you mean '200"),
        ("markets.bid_floor_cpm_micros", "did you mean 'market'"),
        ("ad_groups", "known there: universe"),
        ("ad_groups.2001", "more than one setting"),
        ("campaigns.5001.ad_groups.*", "more than one setting"),
        ("market", "more than one setting"),
        ("rng_seed.deeper", "known there: nothing"),
        ("xyzzy", "known there: universe"),
    ],
)
def test_a_lever_that_does_not_exist_says_what_does(scenario, path, hint):
    with pytest.raises(LeverError, match=hint):
        _ = with_lever(scenario, path, 1)


def test_a_lever_cannot_make_what_could_not_be_written(scenario):
    with pytest.raises(ConfigError, match="bid_cpm_micros"):
        _ = with_lever(scenario, "ad_groups.2001.bid_cpm_micros", -1)


def test_a_scenario_survives_a_file(scenario, tmp_path):
    changed = scenario.with_levers("What if", Lever(path="flight.n_days", value=3))
    path = tmp_path / "scenario.json"
    path.write_text(changed.model_dump_json(by_alias=True))
    loaded = load_scenario(path)
    assert loaded.levers == changed.levers
    assert loaded.base.universe == str(tmp_path.resolve() / "unopened")
    assert loaded.config.campaigns == changed.config.campaigns


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
    path.write_text(scenario.model_dump_json().replace("unopened", r"a\u0000b"))
    with pytest.raises(ConfigError, match="path that can lead to a file"):
        load_scenario(path)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a.b=3", 3),
        ("a.b=2.5", 2.5),
        ("a.b=false", False),
        ("a.b=null", None),
        ("a.b=EXACT", "EXACT"),
        ('a.b="x=y"', "x=y"),
        ('a.b=["1", "2"]', ["1", "2"]),
        ("a.b=[1.5, 2]", [1.5, 2.0]),
        ("a.b=[[[", "[[["),
        ("a.b=" + "9" * 5_000, "9" * 5_000),
    ],
)
def test_a_lever_is_read_from_text(text, value):
    assert Lever.from_text(text) == Lever(path="a.b", value=value)


@pytest.mark.parametrize("text", ["", "a", "a=", "=3", 'a={"b": 1}'])
def test_a_text_that_is_no_lever_is_refused(text):
    with pytest.raises(LeverError):
        Lever.from_text(text)
