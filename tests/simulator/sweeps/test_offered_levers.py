"""Levers offered for a sweep: each can be swept, has a name of its own, and is written for people."""

import pytest

from simulator.errors import LeverError
from simulator.sweeps import LeverRange, LeverValues, grid, offered_levers
from simulator.sweeps.offered_levers import named_levers, offer_of


def test_every_offered_lever_gives_a_design_whose_points_are_legal(scenario):
    offered = offered_levers(scenario.config)
    for offer in offered:
        design = grid(scenario, offer.usual)
        assert len(design.configs()) == len(design.points) > 1
    names = [offer.name for offer in offered]
    assert len(set(names)) == len(names)
    assert "All bids" in names


def test_a_setting_that_needs_others_first_is_not_offered(scenario):
    paths = [offer.path for offer in offered_levers(scenario.config)]
    assert "ad_groups.2001.frequency_cap.max_impressions" in paths
    assert "ad_groups.2001.frequency_cap.window_days" not in paths


@pytest.mark.parametrize(
    ("path", "value", "shown", "level"),
    [
        ("ad_groups.2002.bid_cpm_micros", 6_000_000, "$6.00", 6.0),
        ("ad_groups.2002.bid_cpm_micros", 3_375_000, "$3.375", 3.375),
        ("ad_groups.2001.click_rate", 0.005, "0.5 %", 0.5),
        ("third_party_data.is_enabled", False, "off", "off"),
        ("auction.format", "first_price", "first price", "first price"),
    ],
)
def test_values_are_written_for_people(scenario, path, value, shown, level):
    offer = next(each for each in offered_levers(scenario.config) if each.path == path)
    assert offer.shown(value).replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{THIN SPACE}", " ") == shown
    assert offer.level(value) == level


def test_a_factor_is_told_from_an_amount_and_a_stranger_is_refused(scenario):
    offered = offered_levers(scenario.config)
    factor = LeverRange(path="ad_groups.*.bid_cpm_micros", low=0.5, high=2, n_values=3, is_factor=True)
    assert offer_of(offered, factor).shown(1.5) == "×1.5"
    for stranger in (factor.model_copy(update={"is_factor": False}), LeverValues(path="rng_seed", values=(1, 2))):
        with pytest.raises(LeverError, match="offers for a sweep"):
            offer_of(offered, stranger)


@pytest.mark.parametrize(
    ("path", "is_factor", "name", "value", "shown"),
    [
        ("ad_groups.2001.bid_cpm_micros", False, "bid", 6_000_000, "$6.00"),
        ("ad_groups.2001.bid_cpm_micros", True, "bid", 1.5, "×1.5"),
        ("ad_groups.*.bid_cpm_micros", True, "All bids", 2.0, "×2"),
        ("ad_groups.*.bid_cpm_micros", False, "All ad groups: bid", 3_000_000, "$3.00"),
        ("ad_groups.2001.targeting.location", False, "locations", ["GB", "US"], "GB, US"),
        ("market.price_step_micros", False, "market.price_step_micros", 1_000, "1,000"),
    ],
)
def test_every_lever_has_a_name_and_its_values_are_written_for_people(scenario, path, is_factor, name, value, shown):
    (named,) = named_levers(scenario.config, [LeverValues(path=path, values=(value,), is_factor=is_factor)])
    assert named.name.endswith(name)
    assert named.shown(value) == shown
    assert (named.path, named.usual.is_factor) == (path, is_factor)
