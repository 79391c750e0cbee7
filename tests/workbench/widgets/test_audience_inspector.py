import pytest

from workbench.audiences import (
    ActalikeDefinition,
    AllOf,
    CombinationDefinition,
    CustomerListDefinition,
    NoneOf,
    ThirdPartyDefinition,
    VisitorDefinition,
)
from workbench.universe import SHOP_TAG_ID, synthesize_email
from workbench.widgets import AudienceInspector, AudienceShelf, InspectorView


def texts(table) -> list[list[str]]:
    return [[cell["text"] for cell in row] for row in table.cells]


def visible(inspector) -> list[str]:
    return [name for name, part in inspector._parts.items() if part.layout.display is None]


@pytest.fixture(scope="module")
def audiences(sample_universe, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lists")
    emails = synthesize_email(range(3_000), sample_universe.provenance["identity_rng_seed"])
    (folder / "list.csv").write_text("\n".join([*emails, "nobody"]) + "\n", "utf-8")
    shelf = AudienceShelf(sample_universe, base_folder=folder)
    segment_id = sample_universe.segments()["segment_id"].iloc[0]
    for name, definition in (
        ("Visitors", VisitorDefinition(visitor_source_id=SHOP_TAG_ID)),
        ("List", CustomerListDefinition(list_file="list.csv", are_terms_acknowledged=True)),
        ("Like", ActalikeDefinition(seed_audience_ids=("1002",), country="US", percentage=3)),
        ("Segment", ThirdPartyDefinition(segment_id=segment_id)),
        ("Others", CombinationDefinition(rule=AllOf(all_of=("1002", NoneOf(none_of=("1001",)))))),
        ("Nobody", VisitorDefinition(visitor_source_id=SHOP_TAG_ID, urls=("nowhere",))),
    ):
        shelf.add(shelf.new_spec(name, definition))
    return shelf.audiences


@pytest.fixture
def shelf(sample_universe, audiences) -> AudienceShelf:
    shelf = AudienceShelf(sample_universe)
    shelf.audiences = audiences
    return shelf


@pytest.fixture
def inspector(shelf) -> AudienceInspector:
    return AudienceInspector(shelf)


def look(inspector, name, shown):
    ids = {name: audience_id for audience_id, name in inspector._shelf.names.items()}
    inspector.view = InspectorView(audience_id=ids[name], shown=shown)
    return inspector._origin.children[0] if shown == "origin" else None


def test_who_they_are_stands_against_everybody_or_the_same_countries(inspector):
    rows = {row[0]: row for row in texts(inspector._profile._table)}
    assert rows["Female"][1] == "Gender"
    assert "18–24" in rows
    assert visible(inspector) == ["people", "interests"]  # one and the same
    look(inspector, "Segment", "people")
    us = {row[0]: row for row in texts(inspector._profile._table)}["US"]
    assert us[2:4] == ["100 %", "45 %"]
    inspector._against.set_state({"value": "same_countries"})
    us = {row[0]: row for row in texts(inspector._profile._table)}["US"]
    assert us[2:5] == ["100 %", "100 %", "100"]


def test_what_is_looked_at_is_one_value_both_ways(inspector, shelf):
    inspector._audience.set_state({"value": "1002"})
    inspector._shown.set_state({"value": "interests"})
    assert inspector.view == InspectorView(audience_id="1002", shown="interests")
    again = AudienceInspector(shelf, InspectorView.model_validate_json(inspector.view.model_dump_json()))
    assert again.view == inspector.view
    assert texts(again._profile._table) == texts(inspector._profile._table)
    assert {row[1] for row in texts(again._profile._table)} == {"Interests"}


def test_how_long_they_stay_is_forecast_where_they_leave_by_themselves(inspector):
    look(inspector, "Visitors", "staying")
    assert "layer" in inspector._decay.spec
    assert visible(inspector) == ["staying"]
    look(inspector, "List", "staying")
    assert "Nobody leaves it by itself" in inspector._words.value
    assert visible(inspector) == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Visitors", "Every part of the rule was met"),
        ("Nobody", "never reported nowhere"),
        ("List", "Match rate"),
        ("Segment", "Sample Data Exchange"),
    ],
)
def test_where_they_come_from_is_said_for_each_type(inspector, name, words):
    part = look(inspector, name, "origin")
    shown = str([child.children for child in part.children])
    assert words in shown
    assert visible(inspector) == ["origin"]


def test_an_actalike_shows_its_forecast_and_a_combination_its_parts(inspector):
    words, chart = look(inspector, "Like", "origin").children
    assert chart.children[0].spec["title"]["text"] == "How much better than chance"
    assert words.children[-1].title == "What its source has in common"
    (parts,) = look(inspector, "Others", "origin").children
    assert [row[0] for row in texts(parts.children[0])] == ["List", "Visitors"]


def test_nothing_of_a_small_audience_is_shown(inspector):
    for shown in ("people", "interests", "staying"):
        look(inspector, "Nobody", shown)
        assert "fewer than 100 members" in inspector._words.value
        assert visible(inspector) == []
    assert "&lt; 100" in inspector._head.value


def test_without_audiences_it_says_what_to_do(sample_universe):
    inspector = AudienceInspector(AudienceShelf(sample_universe))
    assert "create one first" in inspector._head.value
    assert visible(inspector) == []


def test_new_audiences_can_be_chosen_and_the_view_stays(inspector, shelf, audiences):
    look(inspector, "List", "people")
    shelf.audiences = audiences[:3]
    assert [option["label"] for option in inspector._audience.options] == ["Visitors", "List", "Like"]
    assert inspector.audience.spec.name == "List"
