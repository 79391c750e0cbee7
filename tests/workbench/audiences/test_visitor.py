from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workbench.audiences import naive
from tests.workbench.audiences.tiny_universe import AS_OF, write_universe
from workbench.audiences import AudienceSpec, VisitorDefinition, populate
from workbench.errors import DefinitionError, UniverseError
from workbench.universe.schema import TAG_EVENTS

PAGES = ("https://shop.example/", "https://shop.example/cart", "https://shop.example/thanks", None)
INSTANT = timedelta(microseconds=1)


def event(account=0, event="pagevisit", *, age, url=PAGES[0], tag_id="1"):
    return {"account": account, "tag_id": tag_id, "event": event, "url": url, "event_time": AS_OF - age}


def generated_events():
    """Spread three tags' events over pages and ages, the edges of a 30-day window among them."""
    edges = [timedelta(days=30), timedelta(days=30) + INSTANT, timedelta(0), -INSTANT]
    ages = [timedelta(hours=7 * n) for n in range(100)] + edges
    return [
        event(n % 41, TAG_EVENTS[n % 9], age=ages[n % len(ages)], url=PAGES[n % 4], tag_id=str(n % 3 + 1))
        for n in range(1_000)
    ]


EVENTS = generated_events()


@pytest.fixture(scope="module")
def universe(tmp_path_factory):
    return write_universe(tmp_path_factory.mktemp("visitors") / "universe", tag_events=EVENTS)


def members(universe, **fields):
    definition = VisitorDefinition(**{"visitor_source_id": "1", **fields})
    return set(populate(AudienceSpec(audience_id="1", name="x", definition=definition), universe).members)


@settings(max_examples=40)
@given(
    definition=st.builds(
        VisitorDefinition,
        visitor_source_id=st.sampled_from(["1", "2", "3"]),
        events=st.lists(st.sampled_from(TAG_EVENTS), max_size=3).map(tuple),
        urls=st.lists(st.sampled_from(PAGES[:3]), max_size=2).map(tuple),
        retention_days=st.sampled_from([1, 7, 29, 30, 31, 540]),
        prefill=st.booleans(),
    )
)
def test_visitors_agree_with_walking_through_the_events(universe, definition):
    found = populate(AudienceSpec(audience_id="1", name="x", definition=definition), universe).members
    assert set(found) == naive.visitors(EVENTS, definition, AS_OF)


@pytest.mark.parametrize(
    ("age", "is_member"),
    [
        (timedelta(days=30) + INSTANT, False),
        (timedelta(days=30), True),
        (timedelta(0), True),
        (-INSTANT, False),
    ],
)
def test_membership_ends_right_after_the_retention_days_and_never_begins_in_the_future(tmp_path, age, is_member):
    # A second, older visitor keeps the tag known.
    universe = write_universe(tmp_path / "u", tag_events=[event(7, age=age), event(8, age=timedelta(days=200))])
    assert members(universe, retention_days=30) == ({7} if is_member else set())


def test_the_last_event_counts_not_the_first(tmp_path):
    events = [event(7, age=timedelta(days=400)), event(7, age=timedelta(days=2))]
    assert members(write_universe(tmp_path / "u", tag_events=events), retention_days=30) == {7}


def test_without_past_traffic_an_audience_starts_empty(universe):
    definition = VisitorDefinition(visitor_source_id="1", prefill=False)
    audience = populate(AudienceSpec(audience_id="1", name="x", definition=definition), universe)
    assert (audience.audience_size, audience.status) == (0, "TOO_SMALL")


def test_events_or_pages_means_either(universe):
    by_event, by_page = members(universe, events=("checkout",)), members(universe, urls=(PAGES[1],))
    assert members(universe, events=("checkout",), urls=(PAGES[1],)) == by_event | by_page
    assert by_event != by_page


def test_a_filter_never_adds_people(universe):
    assert members(universe, events=("checkout",)) < members(universe)


def test_cart_but_not_checkout_is_one_audience_less_another(tmp_path):
    events = [event(n, "addtocart", age=timedelta(1)) for n in range(5)] + [event(3, "checkout", age=timedelta(1))]
    universe = write_universe(tmp_path / "u", tag_events=events)
    assert members(universe, events=("addtocart",)) - members(universe, events=("checkout",)) == {0, 1, 2, 4}


def test_an_unknown_tag_is_refused_with_the_tags_there_are(universe):
    with pytest.raises(DefinitionError, match=r"visitor_source_id: .*got 99; its tags are: 1, 2, 3"):
        members(universe, visitor_source_id="99")


def test_a_universe_without_tag_events_is_refused(tmp_path):
    universe = write_universe(tmp_path / "u")
    (tmp_path / "u" / "tag_events.parquet").unlink()
    with pytest.raises(UniverseError, match="tag_events"):
        members(universe)
