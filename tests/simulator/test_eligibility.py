"""Who is offered what, against the rules followed person by person with Python sets."""

import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.audience_versions import AudienceVersion
from simulator.eligibility import Eligibility, bidding_order
from simulator.eligibility.layout import narrowed
from simulator.eligibility.reach import AdGroupReach
from simulator.errors import DataFeeError
from tests.simulator.plain_universe import plain_universe
from tests.simulator.worlds import ad_group, audience_spec, run_config
from workbench.audiences import Audience
from workbench.errors import DefinitionError, UnknownAudienceError
from workbench.identity import AccountSet

N_ACCOUNTS = 300
COUNTRIES = np.array(["US", "US", "CA"])[np.arange(N_ACCOUNTS) % 3]
GENDERS = np.array(["female", "male"])[np.arange(N_ACCOUNTS) % 2]
UNIVERSE = plain_universe(N_ACCOUNTS, country=COUNTRIES, gender=GENDERS)

TYPES = {
    "1001": "CUSTOMER_LIST",
    "1002": "THIRD_PARTY",
    "1003": "THIRD_PARTY",
    "1004": "VISITOR",
    "1005": "CUSTOMER_LIST",
}
FEES_BP = {"1002": 1_000, "1003": 400}
# Intervals of accounts around the threshold of 100 members, so that some audiences are too small.
MEMBERS = st.builds(lambda start, size: set(range(start, start + size)), st.integers(0, 150), st.integers(90, 150))
AUDIENCE_IDS = st.sampled_from(sorted(TYPES))


@st.composite
def targetings(draw):
    chosen = draw(st.lists(AUDIENCE_IDS, unique=True, max_size=4))
    n_included = draw(st.integers(0, len(chosen)))
    return {
        "AUDIENCE_INCLUDE": chosen[:n_included],
        "AUDIENCE_EXCLUDE": chosen[n_included:],
        "LOCATION": ["US"],
        "GENDER": draw(st.sampled_from([[], ["male"]])),
    }


AD_GROUPS = st.fixed_dictionaries(
    {
        "targeting": targetings(),
        "bid_multipliers": st.dictionaries(AUDIENCE_IDS, st.sampled_from([0, 0.1, 0.25, 1, 2.5]), max_size=2),
        "bid_cpm_micros": st.sampled_from([3_000_000, 6_000_000]),
    }
)
THIRD_PARTY_DATA = st.fixed_dictionaries(
    {"is_enabled": st.sampled_from([True, True, False]), "fee_rule": st.sampled_from(["always", "only_when_needed"])}
)


@st.composite
def situations(draw):
    """Return a configuration, the members of every version of every audience, and a state."""
    chosen = draw(st.lists(AD_GROUPS, min_size=1, max_size=5))
    rivals = draw(st.lists(AD_GROUPS, max_size=2))
    numbered = [ad_group(str(2001 + number), **settings) for number, settings in enumerate([*chosen, *rivals])]
    others = [{"campaign_id": "6001", "name": "Rivals", "ad_groups": numbered[len(chosen) :]}] if rivals else []
    config = run_config(
        *numbered[: len(chosen)],
        audiences=[audience_spec(an_id, kind) for an_id, kind in TYPES.items()],
        rival_campaigns=others,
        third_party_data=draw(THIRD_PARTY_DATA),
    )
    members = {an_id: draw(st.lists(MEMBERS, min_size=1, max_size=2)) for an_id in TYPES}
    populated = draw(st.sets(AUDIENCE_IDS))
    state = frozenset((an_id, draw(st.integers(0, len(members[an_id]) - 1))) for an_id in populated)
    return config, members, state


def versions_of(config, members, universe=UNIVERSE, fees_bp=FEES_BP):
    specs = {spec.audience_id: spec for spec in config.audiences}
    return {
        an_id: tuple(
            AudienceVersion(
                None if number == 0 else 24.0 * number,
                Audience(
                    specs[an_id],
                    AccountSet.from_indices(chosen, universe.n_accounts),
                    {"data_fee_rate_bp": fees_bp[an_id]} if an_id in fees_bp else {},
                ),
            )
            for number, chosen in enumerate(sets)
        )
        for an_id, sets in members.items()
    }


def usable(members):
    return members if len(members) >= 100 else None


def used(targeting, config):
    """Return includes and excludes without those that are not used, and whether nobody is left because of that."""
    is_used = [config.third_party_data.is_enabled or TYPES[an_id] != "THIRD_PARTY" for an_id in sorted(TYPES)]
    kept = {an_id for an_id, is_kept in zip(sorted(TYPES), is_used, strict=True) if is_kept}
    includes = [an_id for an_id in targeting.audience_include if an_id in kept]
    excludes = [an_id for an_id in targeting.audience_exclude if an_id in kept]
    return includes, excludes, bool(targeting.audience_include) and not includes


def has_demographics(targeting, account):
    return COUNTRIES[account] in targeting.location and (not targeting.gender or GENDERS[account] in targeting.gender)


def offer_by_the_book(group, config, held, account):
    """Return audiences, multiplier, fee and redundancy of one person's offer, or None.

    ``held`` are the audiences that are usable now and hold the person.
    """
    includes, excludes, is_emptied = used(group.targeting, config)
    qualifying = tuple(an_id for an_id in includes if an_id in held)
    if is_emptied or (includes and not qualifying) or any(an_id in held for an_id in excludes):
        return None
    if not has_demographics(group.targeting, account):
        return None
    without = [] if config.third_party_data.is_enabled else FEES_BP
    factors = [factor for an_id, factor in group.bid_multipliers.items() if an_id in held and an_id not in without]
    if 0 in factors:
        return None
    fees = [FEES_BP[an_id] for an_id in qualifying if an_id in FEES_BP]
    is_first_party_too = any(an_id not in FEES_BP for an_id in qualifying)
    is_due = bool(fees) and (config.third_party_data.fee_rule == "always" or not is_first_party_too)
    multiplier_bp = round(max(factors) * 10_000) if factors else 10_000
    return qualifying, multiplier_bp, max(fees) if is_due else 0, is_due and is_first_party_too


def could_ever_want(group, config, members, account):
    includes, _, is_emptied = used(group.targeting, config)
    ever = {an_id for an_id in includes for version in members[an_id] if account in (usable(version) or ())}
    return has_demographics(group.targeting, account) and not is_emptied and (not includes or bool(ever))


@settings(max_examples=80, deadline=None)
@given(situations())
def test_every_entry_names_the_offer_that_the_rules_give(situation):
    config, members, state = situation
    eligibility = Eligibility.build(config, UNIVERSE, versions_of(config, members))
    offers = eligibility.offers(state)
    groups = config.all_ad_groups
    order = eligibility.order.tolist()
    now = {an_id: chosen for an_id, version in state if (chosen := usable(members[an_id][version])) is not None}
    for account in range(N_ACCOUNTS):
        held = {an_id for an_id, chosen in now.items() if account in chosen}
        first, end = eligibility.first_entry[account : account + 2].tolist()
        wanting = [number for number in order if could_ever_want(groups[number], config, members, account)]
        named = offers.entry_offer[first:end].tolist()
        assert offers.offer_ad_group[named].tolist() == wanting
        for number, offer in zip(wanting, named, strict=True):
            found = (
                offers.offer_audiences[offer],
                offers.offer_multiplier_bp[offer],
                offers.offer_fee_bp[offer],
                offers.offer_is_redundant[offer],
            )
            expected = offer_by_the_book(groups[number], config, held, account)
            assert offers.offer_is_idle[offer] == (expected is None)
            assert found == (expected or ((), 0, 0, False))


@settings(max_examples=30, deadline=None)
@given(situations())
def test_offers_are_those_that_occur_and_one_idle_one_for_each_ad_group(situation):
    config, members, state = situation
    eligibility = Eligibility.build(config, UNIVERSE, versions_of(config, members))
    offers = eligibility.offers(state)
    # Offers stand in the order of entries, each ad group's idle one first.
    ad_groups = list(dict.fromkeys(offers.offer_ad_group.tolist()))
    assert ad_groups == eligibility.order.tolist()
    is_first = np.diff(offers.offer_ad_group, prepend=-1) != 0
    np.testing.assert_array_equal(offers.offer_is_idle, is_first)
    assert set(np.flatnonzero(~offers.offer_is_idle).tolist()) <= set(offers.entry_offer.tolist())
    terms = list(
        zip(
            offers.offer_ad_group.tolist(),
            offers.offer_audiences,
            offers.offer_multiplier_bp.tolist(),
            strict=True,
        )
    )
    assert len(set(terms)) == len(terms)


@settings(max_examples=20, deadline=None)
@given(situations())
def test_accounts_and_ad_groups_of_entries_are_worked_out(situation):
    config, members, state = situation
    eligibility = Eligibility.build(config, UNIVERSE, versions_of(config, members))
    entry_offer = eligibility.offers(state).entry_offer
    ad_groups = eligibility.entry_ad_groups()
    np.testing.assert_array_equal(eligibility.offers(state).offer_ad_group[entry_offer], ad_groups)
    accounts = eligibility.entry_accounts()
    assert accounts.dtype == ad_groups.dtype == np.int32
    assert accounts.size == eligibility.n_entries
    np.testing.assert_array_equal(np.searchsorted(accounts, np.arange(N_ACCOUNTS + 1)), eligibility.first_entry)
    rank = np.argsort(eligibility.order)
    for first, end in pairwise(eligibility.first_entry.tolist()):
        assert (np.diff(rank[ad_groups[first:end]]) > 0).all()


@settings(max_examples=60, deadline=None)
@given(situation=situations(), data=st.data())
def test_an_answer_does_not_depend_on_the_one_before(situation, data):
    config, members, state = situation
    versions = versions_of(config, members)
    one_after_another = Eligibility.build(config, UNIVERSE, versions)
    changes = st.lists(st.tuples(AUDIENCE_IDS, st.integers(0, 1)), min_size=1, max_size=4)
    for audience_id, version in data.draw(changes):
        kept = {pair for pair in state if pair[0] != audience_id}
        state = frozenset(kept if version >= len(members[audience_id]) else kept | {(audience_id, version)})
        found = one_after_another.offers(state)
        expected = Eligibility.build(config, UNIVERSE, versions).offers(state)
        for name, value in vars(expected).items():
            if isinstance(value, np.ndarray):
                np.testing.assert_array_equal(getattr(found, name), value, strict=True)
            else:
                assert getattr(found, name) == value


def test_ad_groups_that_a_change_is_nothing_to_are_not_gone_through_again(monkeypatch):
    groups = [included(an_id, ad_group_id=str(2001 + n)) for n, an_id in enumerate(["1001", "1004", "1005"] * 3)]
    config = config_of(*groups)
    eligibility = Eligibility.build(config, UNIVERSE, versions_of(config, EVERYBODY))
    gone_through = []
    usual = AdGroupReach.now
    monkeypatch.setattr(AdGroupReach, "now", lambda reach, now: gone_through.append(reach) or usual(reach, now))
    eligibility.offers(frozenset({("1001", 0)}))
    assert len(gone_through) == 9
    eligibility.offers(frozenset({("1001", 0), ("1005", 0)}))
    assert len(gone_through) == 9 + 3
    eligibility.offers(frozenset({("1004", 0)}))
    assert len(gone_through) == 9 + 3 + 9


def included(*ids, **settings):
    return ad_group(targeting={"AUDIENCE_INCLUDE": list(ids), "LOCATION": ["US"]}, **settings)


def config_of(*ad_groups, **settings):
    return run_config(*ad_groups, audiences=[audience_spec(an_id, kind) for an_id, kind in TYPES.items()], **settings)


EVERYBODY = {an_id: [set(range(N_ACCOUNTS))] for an_id in TYPES}


def test_ad_groups_are_ordered_by_their_highest_bid_for_an_impression():
    config = run_config(
        ad_group("2001", bid_cpm_micros=4_000_000),
        ad_group("2002", bid_cpm_micros=3_000_000, bid_multipliers={"1001": 2, "1002": 0.5}),
        ad_group("2003", bid_cpm_micros=None, bid_micros=2_500_000, billable_event="CLICKTHROUGH", click_rate=0.002),
        ad_group("2004", bid_cpm_micros=4_000_000, bid_multipliers={"1001": 0.5}),
        ad_group("2005", bid_cpm_micros=None, bid_strategy_type="AUTOMATIC_BID"),
        audiences=[audience_spec("1001", "CUSTOMER_LIST"), audience_spec("1002", "VISITOR")],
        market={"rival_bid_cpm_micros": 2_000_000},
    )
    # 10, 6, 5, 4 and 4 for a thousand impressions; ties stand as they are listed.
    assert bidding_order(config).tolist() == [4, 1, 2, 0, 3]


def test_answers_are_kept_by_what_matters():
    config = config_of(included("1001"))
    eligibility = Eligibility.build(config, UNIVERSE, versions_of(config, EVERYBODY))
    assert eligibility.audience_ids == {"1001"}
    populated = eligibility.offers(frozenset({("1001", 0)}))
    assert eligibility.offers(frozenset({("1001", 0), ("1004", 0)})) is populated
    assert eligibility.offers(frozenset({("1004", 0)})) is eligibility.offers(frozenset())
    assert eligibility.offers(frozenset()) is not populated
    with pytest.raises(ValueError, match="read-only"):
        populated.entry_offer[0] = 1


def test_of_several_versions_the_latest_counts():
    config = config_of(included("1001"))
    members = EVERYBODY | {"1001": [set(range(150)), set(range(100, 250))]}
    eligibility = Eligibility.build(config, UNIVERSE, versions_of(config, members))
    both = frozenset({("1001", 0), ("1001", 1)})
    assert eligibility.offers(both) is eligibility.offers(frozenset({("1001", 1)}))
    assert eligibility.n_entries == sum(COUNTRIES[:250] == "US")


def test_warnings_come_in_the_order_of_ad_groups():
    config = config_of(
        included("1001", ad_group_id="2001", bid_cpm_micros=1_000_000),
        included("1004", ad_group_id="2002", bid_cpm_micros=9_000_000, bid_multipliers={"1005": 2}),
    )
    members = EVERYBODY | {"1001": [set(range(5))]}
    eligibility = Eligibility.build(config, UNIVERSE, versions_of(config, members))
    assert eligibility.order.tolist() == [1, 0]
    assert eligibility.offers(frozenset({("1001", 0), ("1004", 0)})).warnings == (
        "Ad group 2001: Audience 1001 (Audience 1001) is TOO_SMALL (< 100 members): nobody is reached through it.",
        "Ad group 2001: None of the included audiences can be used, so this targeting reaches nobody.",
        "Ad group 2002: its bid multiplier for audience 1005 (Audience 1005) has no effect, as the audience is "
        "INITIALIZING.",
    )


def test_without_third_party_data_an_ad_group_of_segments_reaches_nobody():
    config = config_of(included("1002"), third_party_data={"is_enabled": False})
    eligibility = Eligibility.build(config, UNIVERSE, versions_of(config, EVERYBODY))
    assert eligibility.n_entries == 0
    offers = eligibility.offers(frozenset({("1002", 0)}))
    assert offers.offer_is_idle.tolist() == [True]
    assert offers.warnings == ("Ad group 2001: without third-party data it has no audience and reaches nobody.",)


def test_many_audiences_of_one_ad_group_are_told_apart():
    # More than the words of a pattern hold: everybody is in the audiences after the first few by the digits of the
    # account's number, and in one more that all have.
    n_audiences = 30
    ids = [str(3001 + number) for number in range(n_audiences)]
    config = run_config(
        ad_group(targeting={"AUDIENCE_INCLUDE": ids}, bid_multipliers=dict.fromkeys(ids[:3], 1.5)),
        audiences=[audience_spec(an_id, "CUSTOMER_LIST") for an_id in ids],
    )
    accounts = range(N_ACCOUNTS)
    members = {an_id: [{i for i in accounts if i * (n + 3) % 5 < 3}] for n, an_id in enumerate(ids)}
    versions = versions_of(config, members, fees_bp={})
    offers = Eligibility.build(config, UNIVERSE, versions).offers(frozenset((an_id, 0) for an_id in ids))
    for account in accounts:
        held = tuple(an_id for an_id in ids if account in members[an_id][0])
        assert offers.offer_audiences[offers.entry_offer[account]] == held


def test_more_offers_than_16_bits_hold_are_named_by_32():
    n_accounts = 1 << 13
    universe = plain_universe(n_accounts)
    ids = [str(3001 + number) for number in range(14)]
    members = {an_id: [{i for i in range(n_accounts) if i >> n & 1}] for n, an_id in enumerate(ids[:13])}
    members[ids[13]] = [set(range(n_accounts))]
    groups = [ad_group(str(2001 + number), targeting={"AUDIENCE_INCLUDE": ids}) for number in range(9)]
    config = run_config(*groups, audiences=[audience_spec(an_id, "CUSTOMER_LIST") for an_id in ids])
    versions = versions_of(config, members, universe, {})
    eligibility = Eligibility.build(config, universe, versions)
    assert eligibility.offers(frozenset()).entry_offer.dtype == np.uint16
    offers = eligibility.offers(frozenset((an_id, 0) for an_id in ids))
    assert offers.entry_offer.dtype == np.uint32
    assert len(offers.offer_ad_group) == 9 * (n_accounts + 1)
    for entry in range(0, eligibility.n_entries, 997):
        account, number = divmod(entry, 9)
        held = tuple(an_id for n, an_id in enumerate(ids) if n == 13 or account >> n & 1)
        assert offers.offer_audiences[offers.entry_offer[entry]] == held
        assert offers.offer_ad_group[offers.entry_offer[entry]] == number


def test_an_entry_costs_two_bytes_and_no_more_is_kept():
    n_accounts, n_groups = 20_000, 100
    ids = [str(3001 + number) for number in range(20)]
    universe = plain_universe(n_accounts)
    groups = [ad_group(str(2001 + n), targeting={"AUDIENCE_INCLUDE": [ids[n % 20], ids[0]]}) for n in range(n_groups)]
    config = run_config(*groups, audiences=[audience_spec(an_id, "CUSTOMER_LIST") for an_id in ids])
    versions = versions_of(config, {an_id: [set(range(n, n_accounts))] for n, an_id in enumerate(ids)}, universe, {})
    tracemalloc.start()
    try:
        eligibility = Eligibility.build(config, universe, versions)
        offers = eligibility.offers(frozenset((an_id, 0) for an_id in ids))
        n_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert offers.entry_offer.nbytes == 2 * eligibility.n_entries
    assert eligibility.n_entries == n_accounts * n_groups
    # A byte for the run's own counter is still to come.
    assert n_bytes / eligibility.n_entries < 3


def test_fees_that_no_bid_can_make_room_for_are_refused():
    config = config_of(included("1002"))
    with pytest.raises(DataFeeError, match="Audience 1002"):
        Eligibility.build(config, UNIVERSE, versions_of(config, EVERYBODY, fees_bp={"1002": 1_800}))


def test_the_fee_of_a_segment_is_due_as_soon_as_it_is_large_enough():
    config = config_of(included("1002"))
    growing = EVERYBODY | {"1002": [set(range(90)), set(range(100))]}
    offers = Eligibility.build(config, UNIVERSE, versions_of(config, growing)).offers(frozenset({("1002", 1)}))
    assert offers.offer_fee_bp[~offers.offer_is_idle].tolist() == [FEES_BP["1002"]]


def test_targetings_that_are_not_offered_are_refused():
    config = config_of(ad_group(targeting={"AUDIENCE_INCLUDE": ["1001"], "LOCATION": ["807"]}))
    with pytest.raises(DefinitionError, match="ad group 2001: expected countries and regions"):
        Eligibility.build(config, UNIVERSE, versions_of(config, EVERYBODY))
    config = config_of(included("1001"))
    with pytest.raises(UnknownAudienceError):
        Eligibility.build(config, UNIVERSE, {})


@pytest.mark.parametrize(("last", "kind"), [(2**32 - 1, np.uint32), (2**32, np.int64)])
def test_where_entries_begin_takes_four_bytes_as_long_as_they_can_count_so_far(last, kind):
    first_entry = narrowed(np.array([0, 7, last]))
    assert (first_entry.dtype, first_entry.tolist()) == (kind, [0, 7, last])
