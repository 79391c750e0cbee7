import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workbench.audiences import naive
from tests.workbench.audiences.tiny_universe import N_ACCOUNTS, account_row
from workbench.audiences import (
    Audience,
    AudienceSpec,
    TargetingSpec,
    ThirdPartyDefinition,
    VisitorDefinition,
    potential_reach,
    resolve_targeting,
)
from workbench.errors import DefinitionError, UnknownAudienceError
from workbench.identity import AccountSet
from workbench.universe.schema import AGE_BUCKETS, DEVICES, GENDERS

EVERYONE = set(range(N_ACCOUNTS))
# Sets around the threshold of 100 members, and audiences that are not counted yet.
MEMBERS = (
    st.none()
    | st.sets(st.integers(0, N_ACCOUNTS - 1), max_size=3)
    | st.builds(lambda start, size: set(range(start, start + size)), st.integers(0, 150), st.integers(95, 150))
)


def audience(audience_id, members, definition=None):
    definition = definition or VisitorDefinition(visitor_source_id="1")
    spec = AudienceSpec(audience_id=audience_id, name=f"A{audience_id}", definition=definition)
    return Audience(spec, None if members is None else AccountSet.from_indices(members, N_ACCOUNTS))


def known(**member_sets):
    """Return audiences by id: ``known(_1=range(100))`` is audience 1."""
    return {name.strip("_"): audience(name.strip("_"), members) for name, members in member_sets.items()}


READY = known(_1=range(150), _2=range(100, 250), _3=range(50, 160))
TOO_SMALL = known(_8=range(99))
INITIALIZING = known(_9=None)
AUDIENCES = READY | TOO_SMALL | INITIALIZING


def reached(universe, **fields):
    return set(resolve_targeting(TargetingSpec(**fields), AUDIENCES, universe).members)


@settings(max_examples=60)
@given(st.lists(MEMBERS, max_size=3), st.lists(MEMBERS, max_size=3))
def test_targeting_agrees_with_asking_every_account(universe, includes, excludes):
    sides = {f"1{n}": members for n, members in enumerate(includes)}, {f"2{n}": m for n, m in enumerate(excludes)}
    audiences = {an_id: audience(an_id, members) for side in sides for an_id, members in side.items()}
    spec = TargetingSpec(audience_include=tuple(sides[0]), audience_exclude=tuple(sides[1]))
    found = set(resolve_targeting(spec, audiences, universe).members)
    assert found == naive.targeted(EVERYONE, includes, excludes)


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(["US", "DE", "FR"]), max_size=2),
    st.lists(st.sampled_from(AGE_BUCKETS), max_size=3),
    st.lists(st.sampled_from(GENDERS), max_size=2),
    st.lists(st.sampled_from(DEVICES), max_size=3),
)
def test_demographics_agree_with_asking_every_account(universe, location, age_bucket, gender, apptype):
    asked = {"country": location, "age_bucket": age_bucket, "gender": gender, "device": apptype}
    expected = {
        account
        for account in EVERYONE
        if all(account_row(account)[column] in values for column, values in asked.items() if values)
    }
    assert expected == reached(universe, location=location, age_bucket=age_bucket, gender=gender, apptype=apptype)


def test_nothing_asked_reaches_everyone(universe):
    assert reached(universe) == EVERYONE


def test_several_includes_add_up(universe):
    assert reached(universe, audience_include=("1", "2")) == set(range(250))


def test_exclude_wins_over_include(universe):
    assert reached(universe, audience_include=("1", "2"), audience_exclude=("3",)) == EVERYONE & (
        set(range(50)) | set(range(160, 250))
    )


def test_excludes_alone_take_away_from_everyone(universe):
    assert reached(universe, audience_exclude=("1",)) == EVERYONE - set(range(150))


def test_attributes_narrow_an_audience(universe):
    assert reached(universe, audience_include=("2",), location=("DE",)) == set(range(200, 250))


@pytest.mark.parametrize("unusable", [("8",), ("9",), ("8", "9")])
def test_includes_that_are_all_unusable_reach_nobody_and_never_everyone(universe, unusable):
    resolved = resolve_targeting(TargetingSpec(audience_include=unusable), AUDIENCES, universe)
    assert len(resolved.members) == 0
    assert len(resolved.warnings) == len(unusable) + 1
    assert resolved.warnings[-1] == "None of the included audiences can be used, so this targeting reaches nobody."


def test_an_unusable_include_beside_a_usable_one_adds_nobody_and_warns(universe):
    resolved = resolve_targeting(TargetingSpec(audience_include=("1", "8")), AUDIENCES, universe)
    assert set(resolved.members) == set(range(150))
    assert resolved.warnings == ("Audience 8 (A8) is TOO_SMALL (< 100 members): nobody is reached through it.",)


def test_an_exclude_that_is_not_ready_stops_excluding_and_warns(universe):
    spec = TargetingSpec(audience_include=("1",), audience_exclude=("8", "9"))
    resolved = resolve_targeting(spec, AUDIENCES, universe)
    assert set(resolved.members) == set(range(150))
    assert resolved.warnings == (
        "Excluded audience 8 (A8) is TOO_SMALL (< 100 members): it stops excluding, so its people can be reached at a"
        " cost.",
        "Excluded audience 9 (A9) is INITIALIZING (not counted yet): it stops excluding, so its people can be reached"
        " at a cost.",
    )


def test_warnings_never_count_a_small_audience(universe):
    resolved = resolve_targeting(TargetingSpec(audience_exclude=("8",)), AUDIENCES, universe)
    assert "99" not in "".join(resolved.warnings)


def test_a_country_without_accounts_is_warned_about(universe):
    resolved = resolve_targeting(TargetingSpec(location=("US", "FR")), {}, universe)
    assert len(resolved.members) == 200
    assert resolved.warnings == ("No account of this universe is in FR.",)


@pytest.mark.parametrize(
    ("audience_id", "hint"), [("77", "known are: 1, 2, 3, 8, 9"), ("11", "did you mean 1"), ("11", "got 11")]
)
def test_an_unknown_audience_is_refused_with_the_known_ones(universe, audience_id, hint):
    for side in ("audience_include", "audience_exclude"):
        with pytest.raises(UnknownAudienceError, match=hint):
            reached(universe, **{side: (audience_id,)})


@pytest.mark.parametrize("location", [(), ("DE",), ("US", "DE")])
@pytest.mark.parametrize("side", ["audience_include", "audience_exclude"])
def test_a_third_party_segment_is_refused_outside_the_united_states(universe, side, location):
    segment = audience("5", range(150), ThirdPartyDefinition(segment_id="9001"))
    spec = TargetingSpec(**{side: ("5",)}, location=location)
    with pytest.raises(DefinitionError, match=r"audience 5 needs the location US alone"):
        resolve_targeting(spec, {"5": segment}, universe)


def test_a_third_party_segment_is_accepted_in_the_united_states(universe):
    segment = audience("5", range(150, 300), ThirdPartyDefinition(segment_id="9001"))
    spec = TargetingSpec(audience_include=("5",), location=("US",))
    assert set(resolve_targeting(spec, {"5": segment}, universe).members) == set(range(150, 200))


def test_an_audience_of_another_universe_is_refused(universe):
    other = Audience(audience("1", ()).spec, AccountSet.full(N_ACCOUNTS + 1))
    with pytest.raises(ValueError, match="same universe"):
        resolve_targeting(TargetingSpec(audience_include=("1",)), {"1": other}, universe)


def test_potential_reach_is_who_may_be_and_who_will_be_around(universe):
    # 300 accounts of activity 1: at 0.05 opportunities a day, 1 - exp(-1.5) of them are around in a month.
    assert 300 * (1 - math.exp(-1.5)) == pytest.approx(233.06, abs=0.01)
    found = potential_reach(TargetingSpec(), {}, universe, opportunities_per_account_day=0.05)
    assert found == (200, 300)


@pytest.mark.parametrize(
    ("fields", "found"), [({"audience_include": ("9",)}, (0, 0)), ({"audience_include": ("1",)}, (100, 200))]
)
def test_potential_reach_is_rounded_outwards(universe, fields, found):
    assert potential_reach(TargetingSpec(**fields), AUDIENCES, universe) == found
