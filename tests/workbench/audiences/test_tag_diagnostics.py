"""What a tag reported and what it never did, counted again in plain Python."""

import json
from datetime import timedelta

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from tests.workbench.audiences.tiny_universe import AS_OF, write_universe
from workbench.audiences import VisitorDefinition
from workbench.audiences.tag_diagnostics import pages_without_base_code, shown_tag_events, tag_event_diagnostics
from workbench.audiences.unmet_rules import unmet_rules
from workbench.cli import main
from workbench.errors import DefinitionError, UniverseError
from workbench.universe import SHOP_TAG_ID
from workbench.universe.schema import PAGE_LOAD, TAG_EVENTS

SITE = "https://shop.example"
HOUR = timedelta(hours=1)
INSTANT = timedelta(microseconds=1)


def event(account, name, *, age, url=f"{SITE}/", tag_id="1", **data):
    return {"account": account, "tag_id": tag_id, "event": name, "url": url, "event_time": AS_OF - age, **data}


EVENTS = [
    *[event(n % 40 if n % 4 else None, PAGE_LOAD, age=HOUR * n) for n in range(900)],
    *[event(n, "checkout", age=timedelta(days=40) + HOUR * n, promo_code="SPRING") for n in range(150)],
    *[event(n, "search", age=age, search_query="anna") for n, age in enumerate((24 * HOUR, 24 * HOUR + INSTANT))],
    event(1, "signup", age=-HOUR),
    event(2, "pagevisit", age=HOUR, tag_id="2", url=None),
    event(3, "addtocart", age=HOUR, url=f"{SITE}/app", ingestion_source="mmp"),
]
PAGES = [{"tag_id": "1", "url": f"{SITE}{page}"} for page in ("/", "/lost", "/app")]


@pytest.fixture(scope="module")
def universe(tmp_path_factory):
    return write_universe(tmp_path_factory.mktemp("tags") / "universe", tag_events=EVENTS, site_pages=PAGES)


def counted(rows, *, hours):
    return sum(timedelta(0) <= AS_OF - row["event_time"] <= timedelta(hours=hours) for row in rows)


@pytest.mark.parametrize("tag_id", ["1", "2"])
@pytest.mark.parametrize("name", [PAGE_LOAD, *TAG_EVENTS])
def test_every_event_of_every_tag_is_counted(universe, tag_id, name):
    table = tag_event_diagnostics(universe).set_index(["tag_id", "event"])
    rows = [row for row in EVENTS if (row["tag_id"], row["event"]) == (tag_id, name)]
    past = [row for row in rows if row["event_time"] <= AS_OF]
    found = table.loc[(tag_id, name)]
    assert [found[f"n_last_{days}"] for days in ("day", "7_days", "30_days")] == [
        counted(rows, hours=hours) for hours in (24, 168, 720)
    ]
    assert (found["n_events"], found["n_in_future"]) == (len(past), len(rows) - len(past))
    assert found["n_matched"] == sum(row["account"] is not None for row in past)
    times = [row["event_time"] for row in past]
    assert (found["first_fired"], found["last_fired"]) == (min(times), max(times)) if past else found.isna()[:2].all()


def test_the_table_for_people_says_what_is_wrong_and_shows_no_small_number(universe):
    shown = shown_tag_events(tag_event_diagnostics(universe), as_of=AS_OF).set_index(["Tag", "Event"])
    state = shown["State"].to_dict()
    assert state[("1", "page load (base code)")] == "fires"
    assert state[("1", "checkout")] == "silent for 40 days"
    assert state[("1", "lead")] == "never seen"
    assert state[("1", "signup")] == "never seen; < 100 in the future, see to the clock"
    assert shown.loc[("1", "page load (base code)"), "Recognised"] == "74 %"
    assert shown.loc[("1", "lead"), ["First fired", "Last fired", "30 days", "Recognised"]].tolist() == [
        "never",
        "never",
        "0",
        "–",
    ]
    assert set(shown[["Last day", "7 days", "30 days"]].to_numpy().ravel()) <= {"0", "< 100", "160", "720"}


def test_pages_are_without_base_code_when_the_tag_reported_nothing_from_them(universe, tmp_path):
    assert pages_without_base_code(universe)["url"].tolist() == [f"{SITE}/app", f"{SITE}/lost"]
    with pytest.raises(UniverseError, match="site_pages"):
        pages_without_base_code(write_universe(tmp_path / "u", tag_events=EVENTS))


def test_without_knowing_accounts_or_sources_a_tag_is_diagnosed_all_the_same(universe, tmp_path):
    bare = write_universe(tmp_path / "u", tag_events=EVENTS, site_pages=PAGES)
    kept = bare.table("tag_events").select(["account", "tag_id", "event", "url", "event_time"])
    pq.write_table(kept, tmp_path / "u" / "tag_events.parquet")
    assert tag_event_diagnostics(bare).equals(tag_event_diagnostics(universe))
    assert pages_without_base_code(bare)["url"].tolist() == [f"{SITE}/lost"]  # nobody knows which ones the app told


def test_another_now_is_another_diagnosis(universe):
    table = tag_event_diagnostics(universe, as_of=AS_OF + HOUR).set_index(["tag_id", "event"])
    assert table.loc[("1", "signup"), "n_in_future"] == 0
    assert table.loc[("1", "signup"), "n_last_day"] == 1


def unmet(universe, **fields):
    return unmet_rules(VisitorDefinition(**{"visitor_source_id": "1", **fields}), universe)


@pytest.mark.parametrize(
    ("fields", "sentences"),
    [
        ({}, ()),
        ({"events": ("checkout",), "urls": (f"{SITE}/",)}, ()),
        ({"events": ("lead", "checkout")}, ("events: tag 1 never reported lead; most often it reported pageload, ch",)),
        ({"urls": (f"{SITE}/losst",)}, (f"urls.0: tag 1 never reported {SITE}/losst; did you mean {SITE}/lost?",)),
        ({"urls": (f"{SITE}/", {"contains": "nope"})}, ("urls.1: tag 1 never reported contains nope; most often it",)),
        (
            {"events": ("checkout",), "event_data": {"promo_code": "SPRIN"}},
            ("event_data.promo_code: tag 1 never reported SPRIN with checkout; did you mean SPRING?",),
        ),
        (
            {"events": ("search",), "event_data": {"promo_code": "SPRING"}},
            ("event_data.promo_code: tag 1 never reported SPRING with search",),
        ),
        (
            {"events": ("checkout",), "event_data": {"value": {">=": 5, "<": 9}}},
            ("event_data.value: tag 1 never reported < 9, >= 5 with checkout",),
        ),
        (
            {"ingestion_source": ("mmp", "tag")},
            ("ingestion_source: tag 1 never reported tag; most often it reported m",),
        ),
    ],
)
def test_a_rule_that_nothing_ever_met_gets_a_sentence(universe, fields, sentences):
    found = unmet(universe, **fields)
    assert len(found) == len(sentences)
    assert all(sentence.startswith(start) for sentence, start in zip(found, sentences, strict=True))


def test_what_few_reported_is_never_named(universe):
    (sentence,) = unmet(universe, events=("search",), event_data={"search_query": "ann"})
    assert sentence == "event_data.search_query: tag 1 never reported ann with search"


def test_rules_of_an_unknown_tag_are_refused(universe):
    with pytest.raises(DefinitionError, match="its tags are: 1, 2"):
        unmet(universe, visitor_source_id="9")


def test_the_command_shows_the_samples_lost_page(sample_universe):
    told = CliRunner().invoke(main, ["tags", str(sample_universe.path)])
    assert told.exit_code == 0
    assert "never seen" in told.output
    assert "No base code on https://hearth-and-garden.example/garden-planner/request" in told.output
    answer = json.loads(CliRunner().invoke(main, ["tags", str(sample_universe.path), "--json"]).output)
    assert [page["tag_id"] for page in answer["pages_without_base_code"]] == [SHOP_TAG_ID]
    assert [row["event"] for row in answer["events"] if row["state"] == "never seen"] == ["lead"]


def test_the_command_says_when_pages_are_not_known(tmp_path):
    write_universe(tmp_path / "u", tag_events=EVENTS)
    told = CliRunner().invoke(main, ["tags", str(tmp_path / "u")])
    assert "add the table site_pages" in told.output
