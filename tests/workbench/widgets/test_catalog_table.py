from datetime import UTC, datetime, timedelta

import pytest

from workbench.audiences import (
    AllOf,
    AudienceStatus,
    AudienceType,
    CombinationDefinition,
    NoneOf,
    TargetingSpec,
    VisitorDefinition,
)
from workbench.catalog import Catalog
from workbench.errors import CatalogError
from workbench.universe import SHOP_TAG_ID
from workbench.widgets import AudienceShelf, CatalogTable, CatalogView


def texts(table) -> list[list[str]]:
    return [[cell["text"] for cell in row] for row in table.cells]


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 2, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def catalog(tmp_path, clock, sample_universe) -> Catalog:
    """1 visitors, 2 carts, 3 nobody, 4 visitors without carts; targetings with 1 and 2; all known by now."""
    catalog = Catalog.open(tmp_path / "catalog.db", who="ana", clock=clock)
    for name, fields in (("Visitors", {}), ("Carts", {"events": ("addtocart",)}), ("Nobody", {"urls": ("nowhere",)})):
        catalog.create(name, VisitorDefinition(visitor_source_id=SHOP_TAG_ID, **fields))
    catalog.create("No cart", CombinationDefinition(rule=AllOf(all_of=("1", NoneOf(none_of=("2",))))))
    catalog.ad_groups.save("900", TargetingSpec(audience_include=("1",), audience_exclude=("2",)), name="Spring")
    catalog.populate(sample_universe)
    clock.now += timedelta(days=2)
    return catalog


@pytest.fixture
def table(catalog, sample_universe) -> CatalogTable:
    return CatalogTable(AudienceShelf(sample_universe, catalog=catalog))


def choose(table, audience_id):
    table._table.set_state({"selected": audience_id})
    return table._details


def test_the_table_says_what_there_is_and_hides_small_sizes(table, catalog):
    sizes = [f"{catalog.get(one).audience_size // 10 * 10:,}" for one in ("1", "2", "4")]
    assert texts(table._table) == [
        ["Visitors", "Site visitors", sizes[0], "Ready", "2", "2 Nov 2026"],
        ["Carts", "Site visitors", sizes[1], "Ready", "2", "2 Nov 2026"],
        ["Nobody", "Site visitors", "< 100", "Too small", "–", "2 Nov 2026"],
        ["No cart", "Combination", sizes[2], "Ready", "–", "2 Nov 2026"],
    ]
    assert table._table.note == "4 audiences"


def test_what_is_looked_at_is_one_value_both_ways(table):
    table._type.set_state({"index": 2})
    table._status.set_state({"index": 2})
    table._table.set_state({"filter": "no", "sorting": {"column": "size", "is_descending": True}})
    choose(table, "3")
    view = CatalogView(
        text="no", audience_type=AudienceType.VISITOR, status=AudienceStatus.READY, sorted_by="size", is_descending=True
    )
    assert table.view.model_copy(update={"status": AudienceStatus.READY, "audience_id": None}) == view
    again = CatalogTable(table._shelf, CatalogView.model_validate_json(table.view.model_dump_json()))
    assert again.view == table.view
    assert texts(again._table) == texts(table._table)
    table.view = CatalogView(audience_id="4")
    assert len(table._table.cells) == 4
    assert "No cart" in table._details._head.value


def test_choosing_an_audience_tells_its_story(table):
    details = choose(table, "1")
    assert "Visitors" in details._head.value
    assert "Everyone: did anything on the site" in details._head.value
    assert texts(details._story._uses) == [
        ["Ad group “Spring” includes it"],
        ["Audience “No cart” is made from it"],
    ]
    assert texts(details._story._history)[0][0] == "1"
    assert "Counted" in texts(details._story._history)[0][3]
    assert len(details._story._sizes.cells) == 1
    table._table.set_state({"selected": ""})
    assert "Choose an audience" in details._head.value


def test_deleting_shows_what_becomes_of_its_users_and_restoring_brings_it_back(table, catalog):
    details = choose(table, "1")
    details._delete.click()
    question = details._question.value
    assert "Ad group “Spring” includes it: it reaches nobody through it any more." in question
    assert "Audience “No cart” is made from it: it can be counted no more." in question
    assert catalog.get("1").deleted_at is None
    details._keep.click()
    assert details._asking.layout.display == "none"
    details._delete.click()
    details._confirm.click()
    assert catalog.get("1").deleted_at is not None
    assert "Deleted “Visitors”" in details._run_bar.notice.value
    assert [row[0] for row in texts(table._table)] == ["Carts", "Nobody", "No cart"]
    assert details._undo.description == "Restore"
    details._undo.click()
    assert catalog.get("1").deleted_at is None
    assert len(table._table.cells) == 4


def test_deleted_audiences_are_listed_when_asked_for(table, catalog):
    catalog.delete("3")
    table._deleted.set_state({"value": True})
    assert texts(table._table)[2][3] == "Deleted"
    details = choose(table, "3")
    assert details._delete.layout.display == "none"


def test_what_began_to_use_it_meanwhile_is_asked_about_again(table, catalog):
    details = choose(table, "3")
    details._delete.click()
    assert "Nothing uses it" in details._question.value
    catalog.targeting_sets.save("New", TargetingSpec(audience_include=("3",)))
    details._confirm.click()
    assert catalog.get("3").deleted_at is None
    assert "Saved targeting “New” includes it" in details._question.value
    assert "Something else uses it" in details._run_bar.notice.value


def test_going_back_to_an_earlier_version_shows_the_differences_first(table, catalog):
    catalog.update("1", expected_version=1, name="All visitors")
    catalog.update("1", expected_version=2, name="Everybody")
    table.refresh()
    details = choose(table, "1")
    story = details._story
    key = next(key for key in story._history.row_keys if key.startswith("1 "))
    story._history.set_state({"selected": key})
    assert "name: &quot;Visitors&quot; became &quot;Everybody&quot;" in story._differences.value
    story._restore.click()
    assert (catalog.get("1").spec.name, catalog.get("1").version) == ("Visitors", 4)
    assert texts(table._table)[0][0] == "Visitors"
    details._undo.click()
    assert catalog.get("1").spec.name == "Everybody"


def test_counting_again_says_when_the_size_is_known(table, catalog, clock):
    catalog.update(
        "1", expected_version=1, definition=VisitorDefinition(visitor_source_id=SHOP_TAG_ID, retention_days=7)
    )
    table.refresh()
    details = choose(table, "1")
    assert "Populating" in details._head.value
    assert "shows its size from" in details._head.value
    details._run_bar._run.click()
    assert len(details._story._sizes.cells) == 2
    clock.now += timedelta(days=1)
    table.refresh()
    assert "Ready" in details._head.value


def test_what_others_changed_meanwhile_is_one_sentence(table, catalog):
    details = choose(table, "1")
    catalog.update("1", expected_version=1, name="Other")
    details._undo.disabled = False
    details._undo.click()
    assert 'class="wb-bad"' in details._run_bar.notice.value
    assert "reference" not in details._run_bar.notice.value


def test_who_may_only_look_can_change_nothing(catalog, sample_universe):
    table = CatalogTable(
        AudienceShelf(sample_universe, catalog=catalog), CatalogView(audience_id="1"), is_read_only=True
    )
    assert table._details._actions.layout.display == "none"
    assert "Visitors" in table._details._head.value


def test_a_shelf_without_a_catalogue_is_refused(sample_universe):
    with pytest.raises(CatalogError, match="with a catalogue"):
        CatalogTable(AudienceShelf(sample_universe))


def test_other_panels_see_what_is_deleted_here(table):
    details = choose(table, "3")
    details._delete.click()
    details._confirm.click()
    assert "3" not in table._shelf.by_id
