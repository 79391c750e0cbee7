"""Indexes of events, SQL and a cluster give the same members, and many audiences cost one pass."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.local_cluster import new_cluster
from workbench.audiences import (
    AudienceSpec,
    EngagementDefinition,
    VisitorDefinition,
    event_answers,
    populate,
    populate_all,
)
from workbench.audiences.engagement import understand_engagement
from workbench.audiences.event_answers import last_times
from workbench.audiences.visitor import visitor_events
from workbench.universe import SHOP_AD_ACCOUNT_ID, SHOP_TAG_ID, build_sample, open_universe
from workbench.universe.event_indexes import EVENT_INDEXES
from workbench.universe.schema import TAG_EVENTS


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return build_sample(tmp_path_factory.mktemp("plain") / "universe", n_accounts=2_000)


@pytest.fixture(scope="module")
def indexed(tmp_path_factory):
    universe = build_sample(tmp_path_factory.mktemp("indexed") / "universe", n_accounts=2_000)
    for name in EVENT_INDEXES:
        universe.build_event_index(name)
    return open_universe(universe.path)


@pytest.fixture(scope="module")
def own(plain):
    """Return ids of the shop's pins, ads and campaigns that somebody may have engaged with."""
    pins = plain.query("SELECT pin_id FROM pins WHERE ad_account_id = ? ORDER BY pin_id LIMIT 6", [SHOP_AD_ACCOUNT_ID])
    ads = plain.query("SELECT ad_id, campaign_id FROM ads WHERE ad_account_id = ? ORDER BY ad_id", [SHOP_AD_ACCOUNT_ID])
    return {
        "pin_ids": pins["pin_id"].tolist(),
        "ad_ids": ads["ad_id"].tolist(),
        "campaign_ids": sorted(set(ads["campaign_id"])),
    }


days = st.integers(1, 540)
past = st.booleans()
visitors = st.builds(
    VisitorDefinition,
    visitor_source_id=st.just(SHOP_TAG_ID),
    events=st.lists(st.sampled_from(TAG_EVENTS), max_size=3).map(tuple),
    urls=st.sampled_from([(), ({"contains": "cart"},)]),
    retention_days=days,
    prefill=past,
)


@st.composite
def engagements(draw, own):
    kinds = draw(st.lists(st.sampled_from(sorted(own)), max_size=2, unique=True))
    sources = {kind: draw(st.lists(st.sampled_from(own[kind]), min_size=1, max_size=3, unique=True)) for kind in kinds}
    return EngagementDefinition(
        ad_account_id=SHOP_AD_ACCOUNT_ID,
        engager_type=draw(st.sampled_from([1, 2])),
        retention_days=draw(days),
        prefill=draw(past),
        **{kind: tuple(ids) for kind, ids in sources.items()},
    )


def specs_of(universe, definitions):
    created_at = universe.as_of - timedelta(days=40)
    return [
        AudienceSpec(audience_id=str(number), name=str(number), definition=definition, created_at=created_at)
        for number, definition in enumerate(definitions, start=1)
    ]


@settings(max_examples=12)
@given(data=st.data(), some_visitors=st.lists(visitors, max_size=3))
def test_indexes_answer_what_sql_answers_for_one_audience_and_for_many(plain, indexed, own, data, some_visitors):
    definitions = some_visitors + data.draw(st.lists(engagements(own), max_size=3))
    specs = specs_of(plain, definitions)
    alone = {spec.audience_id: populate(spec, plain) for spec in specs}
    for universe in (plain, indexed):
        together = populate_all(specs, universe)
        assert {an_id: audience.members for an_id, audience in together.items()} == {
            an_id: audience.members for an_id, audience in alone.items()
        }
        assert {an_id: dict(one.details) for an_id, one in together.items()} == {
            an_id: dict(one.details) for an_id, one in alone.items()
        }


def test_an_index_tells_the_last_times_that_sql_tells(plain, indexed):
    rules = (
        lambda universe: visitor_events(VisitorDefinition(visitor_source_id=SHOP_TAG_ID), universe),
        lambda universe: understand_engagement(EngagementDefinition(ad_account_id=SHOP_AD_ACCOUNT_ID), universe).events,
    )
    for rule in rules:
        by_index, by_sql = (last_times(rule(universe), universe) for universe in (indexed, plain))
        assert len(by_sql.accounts) > 0
        np.testing.assert_array_equal(by_index.accounts, by_sql.accounts)
        np.testing.assert_array_equal(by_index.times, by_sql.times)


def test_all_audiences_of_a_table_are_one_pass_over_it(plain, monkeypatch):
    passes = []
    ask = event_answers.accounts_where_each

    def counted(universe, table, conditions, **options):
        passes.append((table, len(conditions)))
        return ask(universe, table, conditions, **options)

    monkeypatch.setattr(event_answers, "accounts_where_each", counted)
    definitions = [VisitorDefinition(visitor_source_id=SHOP_TAG_ID, events=(event,)) for event in TAG_EVENTS]
    definitions += [EngagementDefinition(ad_account_id=SHOP_AD_ACCOUNT_ID, engager_type=kind) for kind in (1, 2)]
    populate_all(specs_of(plain, definitions), plain)
    assert passes == [("tag_events", len(TAG_EVENTS)), ("pin_engagements", 2)]


def test_a_cluster_gives_the_same_members(indexed, tmp_path):
    definitions = [VisitorDefinition(visitor_source_id=SHOP_TAG_ID, events=(event,)) for event in TAG_EVENTS]
    definitions.append(VisitorDefinition(visitor_source_id=SHOP_TAG_ID, urls=({"contains": "cart"},)))
    specs = specs_of(indexed, [*definitions, EngagementDefinition(ad_account_id=SHOP_AD_ACCOUNT_ID)])
    here = populate_all(specs, indexed)
    with new_cluster(2, tmp_path) as cluster:
        there = populate_all(specs, indexed, scheduler_address=cluster.scheduler_address)
    assert [one.members for one in here.values()] == [one.members for one in there.values()]
