import math
from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workbench.audiences import naive
from tests.workbench.audiences.tiny_universe import N_ACCOUNTS, account_row
from workbench.audiences import (
    Audience,
    AudienceSpec,
    Demographics,
    TargetingSpec,
    ThirdPartyDefinition,
    VisitorDefinition,
    breadth,
    estimate_reach,
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


@pytest.mark.parametrize("places", [{"geo": ("US-CA",)}, {"location": ("US",), "geo": ("US-CA", "US-NY")}])
def test_a_third_party_segment_is_accepted_in_american_regions(universe, places):
    segment = audience("5", range(150), ThirdPartyDefinition(segment_id="9001"))
    spec = TargetingSpec(audience_include=("5",), **places)
    assert resolve_targeting(spec, {"5": segment}, universe).warnings == tuple(
        f"No account of this universe is in {region}." for region in places["geo"]
    )


@pytest.mark.parametrize(
    "places", [{"geo": ("DE-BY",)}, {"location": ("US",), "geo": ("DE-BY",)}, {"location": ("DE",), "geo": ("US-CA",)}]
)
def test_a_third_party_segment_is_refused_in_foreign_regions(universe, places):
    segment = audience("5", range(150), ThirdPartyDefinition(segment_id="9001"))
    with pytest.raises(DefinitionError, match="needs the location US alone"):
        resolve_targeting(TargetingSpec(audience_exclude=("5",), **places), {"5": segment}, universe)


def test_an_audience_for_comparison_only_cannot_be_targeted(universe):
    compared = audience("6", range(150))
    compared = replace(compared, spec=compared.spec.model_copy(update={"is_compare_only": True}))
    for side in ("audience_include", "audience_exclude"):
        with pytest.raises(DefinitionError, match=r"got 6 \(A6\), which is for comparison only"):
            resolve_targeting(TargetingSpec(**{side: ("6",)}), {"6": compared}, universe)


def test_an_ad_group_whose_only_include_was_deleted_reaches_nobody_and_never_everyone(universe):
    deleted = {"1": replace(AUDIENCES["1"], is_deleted=True)}
    resolved = resolve_targeting(TargetingSpec(audience_include=("1",)), deleted, universe)
    assert len(resolved.members) == 0
    assert resolved.warnings == (
        "Audience 1 (A1) was deleted: nobody is reached through it.",
        "None of the included audiences can be used, so this targeting reaches nobody.",
    )


def test_a_deleted_exclude_stops_excluding_and_warns(universe):
    spec = TargetingSpec(audience_exclude=("1",))
    resolved = resolve_targeting(spec, {"1": replace(AUDIENCES["1"], is_deleted=True)}, universe)
    assert set(resolved.members) == EVERYONE
    assert "was deleted: it stops excluding" in resolved.warnings[0]


@settings(max_examples=40)
@given(
    st.lists(st.sampled_from(["US", "DE", "NL"]), unique=True, max_size=2),
    st.lists(st.sampled_from(["US-CA", "US-NY", "DE-BY", "NL-ZH", "FR-IDF"]), unique=True, max_size=3),
)
def test_regions_narrow_their_own_country_and_leave_others_whole(sample_universe, countries, regions):
    accounts = sample_universe.accounts(columns=["country", "region"])
    whole = set(countries) - {region[:2] for region in regions}
    expected = {
        account
        for account, (country, region) in enumerate(zip(accounts["country"], accounts["region"], strict=True))
        if country in whole or region in regions or not (countries or regions)
    }
    spec = TargetingSpec(location=tuple(countries), geo=tuple(regions))
    assert set(resolve_targeting(spec, {}, sample_universe).members) == expected


@given(st.integers(18, 65), st.integers(18, 65))
def test_ages_reach_every_bucket_that_holds_one_of_them_and_say_so(universe, one, other):
    low, high = sorted((one, other))
    resolved = resolve_targeting(TargetingSpec(minimum_age=low, maximum_age=high), {}, universe)
    wanted = set(range(low, 100 if high == 65 else high + 1))
    buckets = {bucket: set(range(int(bucket[:2]), int(bucket[3:] or 99) + 1)) for bucket in AGE_BUCKETS}
    met = [bucket for bucket, ages in buckets.items() if ages & wanted]
    assert set(resolved.members) == {account for account in EVERYONE if account_row(account)["age_bucket"] in met}
    is_exact = set.union(*(buckets[bucket] for bucket in met)) == wanted
    assert resolved.warnings == (
        () if is_exact else (f"Ages are known in buckets only, so everybody in {', '.join(met)} is reached.",)
    )


@pytest.mark.parametrize("fields", [{"location": ("807",)}, {"geo": ("US-94107",)}])
def test_places_that_no_universe_knows_are_refused(universe, fields):
    with pytest.raises(DefinitionError, match=r"in which (metro areas|postal codes) .* name the region, such as US-CA"):
        reached(universe, **fields)


def test_a_country_without_ads_and_reconnecting_with_nobody_are_warned_about(universe):
    spec = TargetingSpec(location=("US", "CN"), targeting_strategy="RECONNECT_WITH_USERS")
    warnings = resolve_targeting(spec, {}, universe).warnings
    assert warnings[0] == "No account of this universe is in CN."
    assert warnings[1].startswith("Ads are not offered in CN yet; they are in AR, AT, ")
    assert warnings[2].endswith("include one.")


def test_a_targeting_is_read_and_written_in_the_words_of_the_api():
    spec = TargetingSpec.model_validate_json(
        '{"LOCATION": ["BE"], "GEO": ["BE-VOV"], "MINIMUM_AGE": "21", "MAXIMUM_AGE": "65+", "AUDIENCE_INCLUDE": null,'
        ' "TARGETING_STRATEGY": "FIND_NEW_CUSTOMERS"}'
    )
    assert (spec.minimum_age, spec.maximum_age, spec.audience_include) == (21, 65, ())
    assert TargetingSpec.model_validate_json(spec.model_dump_json(by_alias=True)) == spec


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"geo": ("US-CA", "US-94107")}, "expected regions or postal codes in geo, got both"),
        ({"geo": ("California",)}, "regions such as BE-VOV"),
        ({"location": ("us",)}, "countries as two capitals"),
        ({"minimum_age": 21}, "minimum_age and maximum_age together"),
        ({"minimum_age": 30, "maximum_age": 21}, "at most the maximum_age 21, got 30"),
        ({"minimum_age": 17, "maximum_age": 21}, "minimum_age: expected at least 18 or null, got 17"),
        ({"minimum_age": 21, "maximum_age": 66}, "maximum_age: expected at most 65 or null, got 66"),
        ({"minimum_age": 21, "maximum_age": 30, "age_bucket": ("18-24",)}, "got both; keep one of the two"),
        ({"targeting_strategy": "EVERYBODY"}, "targeting_strategy: expected 'CHOOSE_YOUR_OWN'"),
    ],
)
def test_what_does_not_go_together_is_refused(fields, refusal):
    with pytest.raises(DefinitionError, match=refusal):
        TargetingSpec(**fields)


@pytest.mark.parametrize(
    ("reach", "word"),
    [
        ((0, 0), "NOBODY"),
        ((0, 100), "NOBODY"),
        ((100, 200), "NARROW"),
        ((900, 2_000), "BALANCED"),
        ((0, 9_000), "BROAD"),
    ],
)
def test_the_breadth_of_a_targeting_is_a_word(reach, word):
    assert breadth(reach, SimpleNamespace(n_accounts=50_000 if word == "NARROW" else 20_000)) == word


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


def test_attributes_are_read_once_for_many_targetings(universe):
    reads = []
    watched = SimpleNamespace(
        n_accounts=universe.n_accounts, accounts=lambda columns: reads.extend(columns) or universe.accounts(columns)
    )
    demographics = Demographics(watched)
    for gender in GENDERS:
        for country in ("US", "DE", "FR"):
            spec = TargetingSpec(gender=(gender,), location=(country,))
            kept = resolve_targeting(spec, AUDIENCES, watched, demographics=demographics)
            assert kept == resolve_targeting(spec, AUDIENCES, universe)
    assert sorted(reads) == ["country", "gender"]


def test_each_condition_says_who_is_left_after_it(universe):
    spec = TargetingSpec(
        audience_include=("1", "8"), audience_exclude=("3", "9"), location=("US",), gender=("female",), apptype=("web",)
    )
    rows = {account: account_row(account) for account in EVERYONE}
    left = [EVERYONE, set(range(150)), set(range(50))]  # 8 is too small and 9 not counted: neither does anything
    left.append({account for account in left[-1] if rows[account]["country"] == "US"})
    left.append({account for account in left[-1] if rows[account]["gender"] == "female"})
    left.append({account for account in left[-1] if rows[account]["device"] == "web"})
    estimate = estimate_reach(spec, AUDIENCES, Demographics(universe))
    assert [(step.field, step.n_left) for step in estimate.steps] == list(
        zip(("", "audience_include", "audience_exclude", "location", "gender", "apptype"), map(len, left), strict=True)
    )
    assert estimate.steps[-1].n_left == len(reached(universe, **spec.model_dump(exclude_defaults=True)))


@settings(max_examples=30)
@given(
    st.lists(st.sampled_from(list(AUDIENCES)), max_size=3, unique=True),
    st.lists(st.sampled_from(["US", "DE"]), max_size=2, unique=True),
    st.sampled_from([{}, {"minimum_age": 25, "maximum_age": 44}, {"age_bucket": ("65+",)}]),
)
def test_the_last_step_is_whom_the_targeting_reaches(universe, named, location, ages):
    spec = TargetingSpec(audience_include=named[:1], audience_exclude=named[1:], location=location, **ages)
    steps = estimate_reach(spec, AUDIENCES, Demographics(universe)).steps
    assert steps[-1].n_left == len(resolve_targeting(spec, AUDIENCES, universe).members)
    assert [step.n_left for step in steps] == sorted((step.n_left for step in steps), reverse=True)
