from datetime import datetime, timedelta

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workbench.audiences import naive
from tests.workbench.audiences.tiny_universe import AS_OF, write_universe
from workbench.audiences import AudienceSpec, VisitorDefinition, populate, populate_all
from workbench.audiences.condition import TextCondition
from workbench.audiences.event_data import EventData, LineItem
from workbench.audiences.recipes import cart_without_checkout
from workbench.audiences.visitor import populate_visitor
from workbench.errors import DefinitionError, UniverseError
from workbench.universe.schema import EVENT_SOURCES, INGESTION_SOURCES, PAGE_LOAD, TAG_EVENTS

PAGES = ("https://shop.example/", "https://shop.example/cart", "https://shop.example/thanks", None)
INSTANT = timedelta(microseconds=1)
SIGNALS = (*TAG_EVENTS, PAGE_LOAD)


def event(account=0, event="pagevisit", *, age, url=PAGES[0], tag_id="1", **data):
    return {"account": account, "tag_id": tag_id, "event": event, "url": url, "event_time": AS_OF - age, **data}


def generated_events():
    """Spread three tags' events over pages, ages and data, the edges of a 30-day window among them."""
    edges = [timedelta(days=30), timedelta(days=30) + INSTANT, timedelta(0), -INSTANT]
    ages = [timedelta(hours=7 * n) for n in range(100)] + edges
    return [
        event(
            None if n % 11 == 3 else n % 41,
            SIGNALS[n % 10],
            age=ages[n % len(ages)],
            url=PAGES[n // 10 % 4],
            tag_id=str(n % 3 + 1),
            event_source=(*EVENT_SOURCES, None)[n // 2 % 4],
            ingestion_source=(*INGESTION_SOURCES, None)[n // 3 % 5],
            promo_code=(None, "SPRING", "spring")[n // 5 % 3],
            product_category=(None, "garden", "lamp")[n // 7 % 3],
            value_micros=(None, 0, 49_950_000, 50_000_000, 50_000_001)[n // 9 % 5],
            order_quantity=(None, 1, 2)[n // 11 % 3],
            product_price_micros=(None, 9_990_000)[n // 13 % 2],
        )
        for n in range(1_500)
    ]


EVENTS = generated_events()
URL_RULES = st.sampled_from(
    [
        *PAGES[:3],
        TextCondition(contains="shop"),
        TextCondition(contains=("cart", "thanks")),
        TextCondition(not_contains="cart"),
        TextCondition(not_equal=PAGES[:2]),
        TextCondition(contains="shop", not_contains=("cart",)),
    ]
)
EVENT_DATA = st.sampled_from(
    [
        None,
        EventData(promo_code="SPRING"),
        EventData(promo_code={"!=": "SPRING"}, value={">=": 50}),
        EventData(value="49.95"),
        EventData(value={"<": 50, ">": 0}, line_items=LineItem(product_category={"contains": "gar"})),
        EventData(order_quantity={">=": 2}),
        EventData(line_items=LineItem(product_price="9.99")),
    ]
)


@pytest.fixture(scope="module")
def universe(tmp_path_factory):
    return write_universe(tmp_path_factory.mktemp("visitors") / "universe", tag_events=EVENTS)


def members(universe, *, created_at=None, **fields):
    definition = VisitorDefinition(**{"visitor_source_id": "1", **fields})
    spec = AudienceSpec(audience_id="1", name="x", definition=definition, created_at=created_at)
    return set(populate(spec, universe).members)


def definition_of(events, event_data, **fields):
    return VisitorDefinition(events=events, event_data=event_data if events else None, **fields)


@settings(max_examples=40)
@given(
    definition=st.builds(
        definition_of,
        visitor_source_id=st.sampled_from(["1", "2", "3"]),
        events=st.lists(st.sampled_from(TAG_EVENTS), max_size=3).map(tuple),
        event_data=EVENT_DATA,
        urls=st.lists(URL_RULES, max_size=2).map(tuple),
        event_source=st.lists(st.sampled_from(EVENT_SOURCES), max_size=2).map(tuple),
        ingestion_source=st.lists(st.sampled_from(INGESTION_SOURCES), max_size=2).map(tuple),
        retention_days=st.sampled_from([1, 7, 29, 30, 31, 540]),
        prefill=st.booleans(),
    ),
    created_days_ago=st.none() | st.sampled_from([0, 1, 10, 30, 400]),
)
def test_visitors_agree_with_walking_through_the_events(universe, definition, created_days_ago):
    created_at = None if created_days_ago is None else AS_OF - timedelta(days=created_days_ago)
    found = populate_visitor(definition, universe, created_at=created_at).members
    assert set(found) == naive.visitors(EVENTS, definition, AS_OF, created_at)


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


def test_golden_check_6_without_past_traffic_an_audience_starts_empty(universe):
    definition = VisitorDefinition(visitor_source_id="1", prefill=False)
    audience = populate(AudienceSpec(audience_id="1", name="x", definition=definition), universe)
    assert (audience.audience_size, audience.status) == (0, "TOO_SMALL")


def test_golden_check_6_without_past_traffic_only_what_happens_after_creation_counts(tmp_path):
    created_at = AS_OF - timedelta(days=3)
    ages = [timedelta(days=3) + INSTANT, timedelta(days=3), timedelta(days=3) - INSTANT, timedelta(0)]
    universe = write_universe(tmp_path / "u", tag_events=[event(n, age=age) for n, age in enumerate(ages)])
    assert members(universe, created_at=created_at, prefill=False) == {2, 3}
    assert members(universe, created_at=created_at, prefill=True) == {0, 1, 2, 3}


@pytest.mark.parametrize("retention_days", [1, 7, 180, 540])
def test_golden_check_6_a_member_rolls_off_right_after_day_n(tmp_path, retention_days):
    universe = write_universe(tmp_path / "u", tag_events=[event(7, age=timedelta(days=600))])
    definition = VisitorDefinition(visitor_source_id="1", retention_days=retention_days)
    last_day = AS_OF - timedelta(days=600) + timedelta(days=retention_days)
    assert set(populate_visitor(definition, universe, as_of=last_day).members) == {7}
    assert set(populate_visitor(definition, universe, as_of=last_day + INSTANT).members) == set()


def test_base_code_makes_visitors_and_pages_but_no_events(tmp_path):
    seen = [event(0, PAGE_LOAD, age=timedelta(1), url=PAGES[1]), event(1, "addtocart", age=timedelta(1), url=PAGES[1])]
    universe = write_universe(tmp_path / "u", tag_events=seen)
    assert members(universe) == {0, 1}
    assert members(universe, urls=PAGES[1]) == {0, 1}
    assert members(universe, events=TAG_EVENTS) == {1}


def test_an_event_that_does_not_say_what_is_asked_meets_no_condition_not_even_a_negative_one(tmp_path):
    universe = write_universe(tmp_path / "u", tag_events=[event(0, "checkout", age=timedelta(1), url=None)])
    assert members(universe, urls={"not_contains": "cart"}) == set()
    assert members(universe, events=("checkout",), event_data=EventData(promo_code={"!=": "SPRING"})) == set()
    assert members(universe, event_source=("web", "mobile", "offline")) == set()


def test_a_universe_that_knows_no_event_data_finds_nobody_by_them_and_everybody_without(tmp_path):
    universe = write_universe(tmp_path / "u", tag_events=[event(0, "checkout", age=timedelta(1))])
    kept = ["account", "tag_id", "event", "url", "event_time"]
    pq.write_table(universe.table("tag_events").select(kept), tmp_path / "u" / "tag_events.parquet")
    assert members(universe, events=("checkout",)) == {0}
    assert members(universe, events=("checkout",), event_data=EventData(promo_code="SPRING")) == set()


def test_events_or_pages_means_either(universe):
    by_event, by_page = members(universe, events=("checkout",)), members(universe, urls=(PAGES[1],))
    assert members(universe, events=("checkout",), urls=(PAGES[1],)) == by_event | by_page
    assert by_event != by_page


def test_a_filter_never_adds_people(universe):
    assert members(universe, events=("checkout",)) < members(universe)


def test_cart_but_not_checkout_is_one_step_to_three_audiences(tmp_path):
    events = [event(n, "addtocart", age=timedelta(1), product_category="lamp" if n % 2 else "rug") for n in range(5)]
    events += [event(3, "checkout", age=timedelta(1)), event(9, "checkout", age=timedelta(1))]
    universe = write_universe(tmp_path / "u", tag_events=events)
    recipe = cart_without_checkout("1", ("1", "2", "3"), retention_days=30)
    audiences = populate_all(recipe, universe)
    assert set(audiences["1"].members) == {0, 1, 2, 3, 4}
    assert set(audiences["2"].members) == {3, 9}
    assert set(audiences["3"].members) == {0, 1, 2, 4}
    lamps = EventData(line_items=LineItem(product_category="lamp"))
    of_lamps = populate_all(cart_without_checkout("1", ("1", "2", "3"), event_data=lamps), universe)
    assert set(of_lamps["3"].members) == {1}


def test_an_unknown_tag_is_refused_with_the_tags_there_are(universe):
    with pytest.raises(DefinitionError, match=r"visitor_source_id: .*got 99; its tags are: 1, 2, 3"):
        members(universe, visitor_source_id="99")


def test_a_universe_without_tag_events_is_refused(tmp_path):
    universe = write_universe(tmp_path / "u")
    (tmp_path / "u" / "tag_events.parquet").unlink()
    with pytest.raises(UniverseError, match="tag_events"):
        members(universe)


def test_a_time_without_its_zone_is_refused(universe):
    naive_time = datetime(2026, 10, 1)  # noqa: DTZ001 (the fault)
    definition = VisitorDefinition(visitor_source_id="1", prefill=False)
    for name in ("created_at", "as_of"):
        with pytest.raises(DefinitionError, match=f"{name}: expected a time with its zone"):
            populate_visitor(definition, universe, **{name: naive_time})


def test_the_apis_shapes_are_read():
    definition = VisitorDefinition(
        visitor_source_id="1",
        urls={"contains": "/cart"},
        event_source={"=": ["web"]},
        ingestion_source={"=": ["tag", "mmp"]},
    )
    assert definition.urls == (TextCondition(contains=("/cart",)),)
    assert (definition.event_source, definition.ingestion_source) == (("web",), ("tag", "mmp"))
    assert VisitorDefinition(visitor_source_id="1", urls=PAGES[0]).urls == (PAGES[0],)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"event_data": {"promo_code": "x"}}, r"^event_data: expected together with events"),
        ({"events": ("checkout",), "event_data": {}}, r"^event_data: expected what the event has to say, one of curr"),
        (
            {"events": ("checkout",), "event_data": {"valeu": "1"}},
            r"^event_data.valeu: unknown field; did you mean val",
        ),
        (
            {"events": ("checkout",), "event_data": {"value": -1}},
            r"^event_data.value: expected a number from 0 .*got -1",
        ),
        ({"urls": ({"is": "x"},)}, r"^urls.0: unknown operator; known are: =, !=, contains, not_contains"),
        ({"urls": ("",)}, r"^urls.0: expected a text of at least one character"),
        ({"event_source": ("phone",)}, r"^event_source.0: expected 'web', 'mobile' or 'offline'"),
        ({"event_source": {"!=": ["web"]}}, r"^event_source: expected a list"),
        (
            {"ingestion_source": ("ftp",)},
            r"^ingestion_source.0: expected 'tag', 'mmp', 'file_upload' or 'conversions_ap",
        ),
        ({"events": ("pageload",)}, r"^events: pageload is what base code reports .*leave events empty"),
    ],
)
def test_a_wrong_definition_is_refused_by_field(fields, sentence):
    with pytest.raises(DefinitionError, match=sentence):
        VisitorDefinition(visitor_source_id="1", **fields)
