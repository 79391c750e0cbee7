"""The indexes of a universe's events: the answers of its tables, and about no other tables."""

import json
import shutil
from datetime import timedelta

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from workbench.cli import main
from workbench.errors import UniverseError
from workbench.events import EventQuestion
from workbench.universe import SHOP_TAG_ID, open_universe


@pytest.fixture
def universe(sample_universe, tmp_path):
    """A copy of the sample that a test may build indexes in."""
    return open_universe(shutil.copytree(sample_universe.path, tmp_path / "universe"))


def test_the_index_answers_as_the_table_does(universe):
    assert universe.event_index("tag_events") is None
    universe.build_event_index("tag_events")
    since = universe.as_of - timedelta(days=30)
    for events in (["pagevisit"], ["addtocart", "checkout"]):
        for min_count in (1, 3):
            found = universe.event_index("tag_events").accounts(
                EventQuestion([SHOP_TAG_ID], events, since, universe.as_of, min_count)
            )
            answer = universe.query(
                "SELECT account, max(event_time) FROM tag_events WHERE tag_id = ? AND list_contains(?, event)"
                " AND event_time BETWEEN ? AND ? AND account IS NOT NULL GROUP BY account HAVING count(*) >= ?",
                [SHOP_TAG_ID, events, since, universe.as_of, min_count],
            )
            assert set(found) == set(answer["account"])
    assert len(found) > 0


def test_when_a_tag_last_fired_counts_visitors_who_were_not_recognised(universe):
    universe.build_event_index("tag_events")
    (checkout,) = universe.event_index("tag_events").fired(EventQuestion([SHOP_TAG_ID], ["checkout"]))
    answer = universe.query(
        "SELECT count(*) AS n, min(event_time) AS first, max(event_time) AS last FROM tag_events"
        " WHERE tag_id = ? AND event = 'checkout'",
        [SHOP_TAG_ID],
    )
    assert (checkout.n_events, checkout.first_time, checkout.last_time) == tuple(answer.loc[0])


def test_what_was_done_through_an_ad_is_found_by_the_ad(universe):
    universe.build_event_index("ad_engagements")
    index = universe.event_index("ad_engagements")
    answer = universe.query("SELECT ad_id, account FROM pin_engagements WHERE ad_id IS NOT NULL")
    assert index.n_events == len(answer) > 0
    ad_id = answer["ad_id"].mode()[0]
    assert set(index.accounts(EventQuestion([ad_id]))) == set(answer["account"][answer["ad_id"] == ad_id])


def test_an_index_of_other_events_is_refused_and_shown_for_what_it_is(universe):
    universe.build_event_index("pin_engagements")
    path = universe.table_path("pin_engagements")
    pq.write_table(pq.read_table(path).slice(1), path)
    changed = open_universe(universe.path)
    with pytest.raises(UniverseError, match=r"about the events that are there, found it built from others.*index"):
        changed.event_index("pin_engagements")
    shown = CliRunner().invoke(main, ["universe", "show", str(universe.path), "--json"])
    said = json.loads(shown.output)["event_indexes"]
    assert "found it built from others" in said["pin_engagements"]
    assert said["tag_events"] == "not built; answers come from the table"
    changed.build_event_index("pin_engagements", overwrite=True)
    assert changed.event_index("pin_engagements").n_events == pq.read_metadata(path).num_rows


def test_an_index_for_other_accounts_is_refused(universe):
    universe.build_event_index("tag_events")
    fewer = type(universe)(universe.path, universe.n_accounts - 1, universe.as_of, universe.provenance)
    with pytest.raises(UniverseError, match="about the accounts that are there"):
        fewer.event_index("tag_events")


def test_a_table_that_is_none_of_events_has_no_index(universe):
    with pytest.raises(KeyError):
        universe.event_index("accounts")


def test_the_command_builds_and_verifies_the_indexes(universe):
    run = CliRunner().invoke
    built = run(main, ["universe", "index", str(universe.path)])
    assert built.exit_code == 0
    assert "The index of pin engagements of 20,000 accounts: built" in built.output
    assert json.loads(run(main, ["universe", "index", str(universe.path), "--verify", "--json"]).output)[
        "n_bytes"
    ].keys() == {
        "directory",
        "index_of_tag_events",
        "index_of_pin_engagements",
        "index_of_ad_engagements",
    }
    path = universe.path / "event_indexes" / "tag_events" / "run-000001-accounts.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    refused = run(main, ["universe", "index", str(universe.path), "--verify"])
    assert refused.exit_code == 2
    assert "run-000001-accounts.npy as it was written" in refused.output
