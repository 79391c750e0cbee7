"""Actalikes of planted tastes: golden check 5, who may be a source, what is warned of, and what drives them.

Even accounts like one half of the pins, odd ones the other half. The source is most of the even accounts: tag 1 saw
them, and they alone engaged with the advertiser's own pin. The even accounts that are left are a tenth of the US.
"""

from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workbench.audiences.tiny_universe import AS_OF, N_ACCOUNTS, is_american, write_universe
from workbench.actalike.universe_space import SPACE_FOLDER, keep_space
from workbench.audiences import (
    ActalikeDefinition,
    AnyOf,
    Audience,
    AudienceSpec,
    AudienceStatus,
    CombinationDefinition,
    EngagementDefinition,
    TargetingSpec,
    ThirdPartyDefinition,
    VisitorDefinition,
    populate,
    populate_all,
    resolve_targeting,
)
from workbench.audiences.actalike import shown_drivers, shown_forecast, understand_actalike
from workbench.errors import CancelledError, DefinitionError, InputFileError, UniverseError, UnknownAudienceError
from workbench.identity import AccountSet

PERCENTAGES = range(1, 11)
AD_ACCOUNT, OWN_PIN = "701", "9999"
N_PINS, HABITS = 40, 8
IS_EVEN = np.arange(N_ACCOUNTS) % 2 == 0
SOURCE = np.flatnonzero(IS_EVEN & (np.arange(N_ACCOUNTS) % 10 != 0))
LIVES_IN = {
    "US": AccountSet.from_mask(np.array([is_american(account) for account in range(N_ACCOUNTS)])),
    "DE": AccountSet.from_mask(np.array([not is_american(account) for account in range(N_ACCOUNTS)])),
}
VISITORS = AudienceSpec(audience_id="1", name="Visitors", definition=VisitorDefinition(visitor_source_id="1"))


def saved(account, pin):
    moment = AS_OF - timedelta(days=1)
    return {"account": account, "pin_id": str(pin), "action": "save", "event_time": moment}


def engagements():
    rng = np.random.default_rng(1)
    rows = []
    for account in range(N_ACCOUNTS):
        own = 9000 + 2 * rng.choice(N_PINS // 2, HABITS, replace=False) + account % 2
        rows += [saved(account, pin) for pin in (*own, *(9000 + rng.choice(N_PINS, 2, replace=False)))]
    return rows + [saved(account, OWN_PIN) for account in SOURCE.tolist()]


def visits():
    moment = AS_OF - timedelta(days=1)
    page = {"tag_id": "1", "event": "pagevisit", "url": "https://own.example/", "event_time": moment}
    return [page | {"account": account, "event_id": f"e{account}"} for account in SOURCE.tolist()]


def pins():
    likes = [{"pin_id": str(9000 + n), "interest": ("gardening", "cooking")[n % 2]} for n in range(N_PINS)]
    return [*likes, {"pin_id": OWN_PIN, "ad_account_id": AD_ACCOUNT, "interest": "gardening"}]


@pytest.fixture(scope="module")
def universe(tmp_path_factory):
    return write_universe(
        tmp_path_factory.mktemp("actalike") / "universe",
        tag_events=visits(),
        pin_engagements=engagements(),
        pins=pins(),
        ads=[],
        ad_accounts=[{"ad_account_id": AD_ACCOUNT, "country": "US", "currency": "USD"}],
    )


def actalike(audience_id="2", *, seeds=("1",), country="US", percentage=10):
    definition = ActalikeDefinition(seed_audience_ids=seeds, country=country, percentage=percentage)
    return AudienceSpec(audience_id=audience_id, name=f"Like {seeds}", definition=definition)


def of(accounts, audience_id="1", *, definition=VISITORS.definition):
    members = AccountSet.from_indices(np.array(accounts, dtype=np.int64), N_ACCOUNTS)
    return Audience(AudienceSpec(audience_id=audience_id, name="Source", definition=definition), members)


# -- golden check 5 ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("country", ["US", "DE"])
def test_golden_check_5_the_source_is_never_in_and_every_percentage_is_inside_the_next(universe, country):
    specs = [actalike(str(percentage + 1), country=country, percentage=percentage) for percentage in PERCENTAGES]
    found = populate_all([*specs, VISITORS], universe)
    source, sizes = found["1"].members, [found[spec.audience_id].members for spec in specs]
    n_in_country = len(LIVES_IN[country])
    for percentage, members in zip(PERCENTAGES, sizes, strict=True):
        assert members.isdisjoint(source)
        assert (members & LIVES_IN[country]) == members
        assert len(members) == -(-percentage * n_in_country // 100)
    for smaller, larger in pairwise(sizes):
        assert (smaller & larger) == smaller


@settings(max_examples=10, deadline=None)
@given(rng_seed=st.integers(0, 10_000), n_members=st.integers(100, N_ACCOUNTS))
def test_golden_check_5_holds_for_any_source(universe, rng_seed, n_members):
    source = of(np.random.default_rng(rng_seed).choice(N_ACCOUNTS, n_members, replace=False))
    small, large = (
        populate(actalike(percentage=percentage), universe, sources={"1": source}).members for percentage in (2, 9)
    )
    assert large.isdisjoint(source.members)
    assert (small & large) == small
    outside = len(LIVES_IN["US"] - source.members)
    assert [len(small), len(large)] == [min(4, outside), min(18, outside)]


@pytest.mark.parametrize("percentage", [0, 11, 2.5, -1, "5", True, None])
def test_golden_check_5_other_percentages_are_refused(percentage):
    with pytest.raises(DefinitionError, match=r"^percentage: .*whole number from 1 to 10 \(Q1\)"):
        ActalikeDefinition(seed_audience_ids=("1",), country="US", percentage=percentage)


# -- who is found ------------------------------------------------------------------------------------------------------


def test_people_of_the_sources_taste_are_found(universe):
    found = populate_all([VISITORS, actalike()], universe)["2"]
    assert IS_EVEN[found.members.indices()].mean() > 0.9
    [warning] = found.details["warnings"]
    assert warning.startswith("Fewer than 100 members of the source live in US")


def test_the_same_members_alone_among_others_and_from_a_kept_space(universe, tmp_path_factory):
    together = populate_all([actalike("3", percentage=4), actalike(), VISITORS], universe)
    alone = populate(actalike(), universe, sources={"1": together["1"]})
    assert alone.members == together["2"].members
    assert alone.details == together["2"].details
    folder = tmp_path_factory.mktemp("kept") / "universe"
    other = write_universe(folder, tag_events=visits(), pin_engagements=engagements(), pins=pins(), ads=[])
    keep_space(other)
    assert (folder / SPACE_FOLDER).is_dir()
    kept = populate(actalike(), other, sources={"1": populate(VISITORS, other)})
    assert (kept.members, kept.details) == (alone.members, alone.details)
    with pytest.raises(InputFileError, match="no actalike space"):
        keep_space(other)
    keep_space(other, overwrite=True)


def test_several_sources_are_one_union(universe):
    halves = {"1": of(SOURCE), "4": of(range(100, 200), "4")}
    both = of(np.union1d(SOURCE, np.arange(100, 200)), "5")
    found = populate(actalike(seeds=("1", "4")), universe, sources=halves)
    assert found.members == populate(actalike(seeds=("5",)), universe, sources={"5": both}).members
    assert found.members.isdisjoint(both.members)


def test_a_source_elsewhere_is_looked_for_in_the_country_and_warned_of(universe):
    germans = of(np.flatnonzero(IS_EVEN | ~LIVES_IN["US"].mask()))
    found = populate(actalike(country="DE"), universe, sources={"1": germans})
    assert len(found.members) == 0
    [*_, warning] = found.details["warnings"]
    assert warning.startswith("Fewer people of the country are outside the source")
    americans = of(np.flatnonzero(LIVES_IN["US"].mask() & IS_EVEN))
    found = populate(actalike(country="DE"), universe, sources={"1": americans})
    assert IS_EVEN[found.members.indices()].all()
    assert any("Fewer than 100 members of the source live in DE" in one for one in found.details["warnings"])


@pytest.mark.parametrize("is_combined", [False, True])
def test_what_a_source_was_defined_by_does_not_drive_it_at_whatever_remove(universe, is_combined):
    engaged = EngagementDefinition(ad_account_id=AD_ACCOUNT, pin_ids=(OWN_PIN,))
    specs = [
        AudienceSpec(audience_id="1", name="Engaged", definition=engaged),
        AudienceSpec(audience_id="3", name="Any", definition=CombinationDefinition(rule=AnyOf(any_of=("1",)))),
    ]
    sources = populate_all(specs, universe)
    seed = "3" if is_combined else "1"
    assert sources[seed].members == of(SOURCE).members
    definition = actalike(seeds=(seed,)).definition
    understood = understand_actalike(definition, universe, sources)
    assert OWN_PIN not in {driver.name for driver in understood.drivers(by_interest=False)}
    place = understood.space.engagements.feature_names.index(OWN_PIN)
    assert not understood.model.feature_weights[place].any()
    unmasked = understand_actalike(definition, universe, {seed: of(SOURCE, seed)})
    assert unmasked.drivers(by_interest=False)[0].name == OWN_PIN


def test_without_pins_the_pages_of_other_sites_are_what_people_did(tmp_path):
    moment = AS_OF - timedelta(days=1)
    others = [
        {"tag_id": str(2 + account % 2), "event": "pagevisit", "url": "https://other.example/", "event_time": moment}
        | {"account": account, "event_id": f"o{account}"}
        for account in range(N_ACCOUNTS)
    ]
    universe = write_universe(tmp_path / "u", tag_events=visits() + others)
    found = populate_all([VISITORS, actalike()], universe)["2"]
    assert IS_EVEN[found.members.indices()].all()
    assert all(not driver["name"].startswith("1 ") for driver in found.details["features"])


# -- what is told ------------------------------------------------------------------------------------------------------


def test_interests_and_pins_drive_it_and_a_forecast_is_told_for_every_percentage(universe):
    details = populate_all([VISITORS, actalike()], universe)["2"].details
    assert details["interests"][0]["name"] == "gardening"
    assert details["interests"][0]["contribution"] > 0.5
    assert [row["percentage"] for row in details["forecast"]] == list(PERCENTAGES)
    assert all(row["low"] <= row["recall"] <= row["high"] for row in details["forecast"])
    assert details["forecast"][-1]["random_recall"] == 0.1
    assert sum(details["mix"].values()) == pytest.approx(1, abs=0.05)


def test_what_few_have_is_not_shown(universe):
    understood = understand_actalike(actalike().definition, universe, {"1": of(SOURCE)})
    [driver, *_] = understood.drivers(by_interest=False)
    few = driver._replace(n_in_country=40)
    many = driver._replace(n_in_country=4_000, n_country=10_000, n_in_source=40, n_source=120)
    assert shown_drivers((few,)) == []
    [row] = shown_drivers((many,))
    assert row["lift"] is None or row["share_in_source"] is not None
    assert shown_forecast(None) == []


def test_nobody_is_in_while_a_source_is_not_counted(universe):
    waiting = populate(actalike(), universe, sources={"1": Audience(VISITORS)})
    assert (waiting.members, waiting.status) == (None, AudienceStatus.INITIALIZING)


def test_an_actalike_of_an_actalike_is_warned_of_not_blocked(universe):
    first = Audience(actalike("1", seeds=("7",)), of(SOURCE).members)
    details = populate(actalike(), universe, sources={"1": first}).details
    assert [warning for warning in details["warnings"] if "is an actalike itself" in warning and "Q24" in warning]


def test_countries_that_the_platform_does_not_name_are_warned_of(universe):
    of_us, of_de = (
        populate(actalike(country=country), universe, sources={"1": of(SOURCE)}).details["warnings"]
        for country in ("US", "DE")
    )
    assert not any("Q25" in warning for warning in of_us)
    assert any("names US, CA, GB" in warning and "Q25" in warning for warning in of_de)


def test_an_ad_group_targets_it_like_any_other_audience(universe):
    found = Audience(actalike(), of(range(150)).members)
    reached = resolve_targeting(TargetingSpec(audience_include=("2",)), {"2": found}, universe)
    assert reached.members == found.members
    kept_out = resolve_targeting(TargetingSpec(audience_exclude=("2",)), {"2": found}, universe)
    assert kept_out.members.isdisjoint(found.members)


# -- what is refused ---------------------------------------------------------------------------------------------------


def test_a_source_that_is_too_small_is_refused(universe):
    with pytest.raises(DefinitionError, match=r"^seed_audience_ids: .*at least 100 members.*TOO_SMALL.*\(Q24\)"):
        populate(actalike(), universe, sources={"1": of(range(99))})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"country": "us"}, r"^country: .*ISO 3166-1 alpha-2.*Q25"),
        ({"country": "USA"}, r"^country: .*ISO 3166-1 alpha-2.*Q25"),
        ({"seed_audience_ids": ()}, r"^seed_audience_ids: .*at least one.*S58, Q24"),
        ({"seed_audience_ids": ("1", "1")}, r"^seed_audience_ids: expected every source audience once, got 1 twice"),
        ({"seed_audience_ids": ("x",)}, r"^seed_audience_ids"),
        ({"seed_id": ("1",)}, r"seed_id.*did you mean|seed_id.*known are"),
    ],
)
def test_definitions_that_are_none_are_refused_by_name(fields, message):
    with pytest.raises(DefinitionError, match=message):
        ActalikeDefinition(**{"seed_audience_ids": ("1",), "country": "US", "percentage": 1} | fields)


def test_a_country_where_nobody_lives_is_refused_with_those_where_somebody_does(universe):
    with pytest.raises(DefinitionError, match=r"^country: .*got BE; they live in: US, DE \(Q25\)"):
        populate(actalike(country="BE"), universe, sources={"1": of(SOURCE)})


def test_a_source_that_is_not_there_or_is_itself_is_refused(universe):
    with pytest.raises(UnknownAudienceError, match="audience 2 is made from audience 1"):
        populate(actalike(), universe)
    with pytest.raises(DefinitionError, match="circle: 2 from 2"):
        populate_all([actalike(seeds=("2",))], universe)


def test_a_source_that_is_not_counted_cannot_be_understood(universe):
    with pytest.raises(DefinitionError, match=r"^seed_audience_ids: .*counted, audience 1 is INITIALIZING"):
        understand_actalike(actalike().definition, universe, {"1": Audience(VISITORS)})


def test_a_universe_in_which_nobody_did_anything_is_refused(tmp_path):
    universe = write_universe(tmp_path / "u")
    segment = of(SOURCE, definition=ThirdPartyDefinition(segment_id="9001"))
    with pytest.raises(UniverseError, match="pin_engagements or tag_events"):
        populate(actalike(), universe, sources={"1": segment})


def test_a_source_whose_only_deeds_define_it_is_refused(tmp_path):
    universe = write_universe(tmp_path / "u", tag_events=visits())
    with pytest.raises(DefinitionError, match=r"^seed_audience_ids: expected members .*engagements that count"):
        populate_all([VISITORS, actalike()], universe)


def test_it_can_be_stopped(universe):
    def stop(_n_done, _n_total):
        raise CancelledError("enough")

    with pytest.raises(CancelledError):
        populate(actalike(), universe, sources={"1": of(SOURCE)}, on_progress=stop)
