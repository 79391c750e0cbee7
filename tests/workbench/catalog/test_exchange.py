import json

import pytest

from tests.workbench.catalog.conftest import Clock
from tests.workbench.catalog.test_audiences import SEGMENT, VISITORS, any_of
from workbench.audiences import TargetingSpec
from workbench.catalog import Catalog, CatalogExport, read_export
from workbench.errors import ConflictError, DefinitionError, FieldError, UnknownAudienceError


@pytest.fixture
def catalog(open_catalog) -> Catalog:
    """A catalogue with something of everything, one audience of it deleted while in use."""
    catalog = open_catalog()
    catalog.create("Cart", VISITORS, description="Left", tags=["spring", "cart"])
    catalog.create("Segment", SEGMENT, is_compare_only=True)
    catalog.create("Both", any_of("1", "2"))
    catalog.create("Gone", VISITORS)
    catalog.create("Nobody's", VISITORS)
    catalog.note("1", "A note")
    catalog.targeting_sets.save("US", TargetingSpec(audience_include=("3",), audience_exclude=("1",)))
    catalog.ad_groups.save("900", TargetingSpec(audience_include=("4",), location=("US",)), name="Carts")
    catalog.delete("4", confirmed=catalog.where_used("4"))
    catalog.delete("5")
    return catalog


@pytest.fixture
def other(tmp_path) -> Catalog:
    return Catalog.open(tmp_path / "other.sqlite", who="ben", clock=Clock())


def state(catalog: Catalog) -> tuple[object, ...]:
    return catalog.history(), catalog.audiences(), catalog.targeting_sets.all(), catalog.ad_groups.all()


def test_what_was_exported_comes_back_the_same(catalog, other):
    export = catalog.export_definitions()
    assert [exported.spec.audience_id for exported in export.audiences] == ["1", "2", "3", "4"]
    report = other.import_definitions(read_export(export.model_dump_json(indent=1)))
    assert (report.n_created, report.n_unchanged) == (6, 0)
    assert other.export_definitions() == export
    assert other.get("1").tags == ("cart", "spring")
    assert [(note.noted_by, note.text) for note in other.notes("1")] == [("ana", "A note")]
    assert other.get("4").deleted_at is not None
    assert other.history("1")[0].words == 'imported "Cart" (VISITOR)'


def test_importing_again_changes_nothing(catalog, other):
    export = catalog.export_definitions()
    other.import_definitions(export)
    before = state(other)
    report = other.import_definitions(export)
    assert (report.n_created, report.n_unchanged) == (0, 6)
    assert state(other) == before


def test_ids_are_remapped_wherever_they_are_named(catalog, other):
    for name in "xyz":
        other.create(name, VISITORS)
    report = other.import_definitions(catalog.export_definitions(), id_policy="REMAP")
    ids = report.audience_ids
    assert set(ids.values()) == {"4", "5", "6", "7"}
    assert other.get(ids["3"]).spec.definition == any_of(ids["1"], ids["2"])
    assert other.targeting_sets.get("US").targeting == TargetingSpec(
        audience_include=(ids["3"],), audience_exclude=(ids["1"],)
    )
    assert other.ad_groups.get("900").targeting.audience_include == (ids["4"],)
    assert other.get(ids["4"]).deleted_at is not None
    assert str(other.where_used(ids["2"])[0]) == f"audience {ids['3']} (Both) as source"


def test_new_ids_skip_those_that_came_with_an_import(catalog, other):
    other.import_definitions(catalog.export_definitions())
    assert [other.create(name, VISITORS).audience_id for name in "ab"] == ["5", "7"]  # 6 is the targeting set


def test_the_largest_id_leaves_room_for_new_ones(catalog):
    largest = "9" * 18
    export = CatalogExport.model_validate_json(json.dumps(exported(audiences=[spec(largest), spec("70")])))
    catalog.import_definitions(export)
    assert catalog.get(largest).audience_id == largest
    assert catalog.create("Next", VISITORS).audience_id == "71"


def test_conflicts_are_named_and_nothing_is_imported(catalog, other):
    other.create("Mine", VISITORS)
    other.create("Mine too", VISITORS)
    other.targeting_sets.save("US", TargetingSpec(location=("US",)))
    other.ad_groups.save("900", TargetingSpec(location=("DE",)))
    before = state(other)
    with pytest.raises(ConflictError) as refusal:
        other.import_definitions(catalog.export_definitions())
    for conflict in (
        "audience 1 (Cart) is Mine here",
        "audience 2 (Segment) is Mine too here",
        "targeting set US is another here",
        "ad group Carts is another here",
    ):
        assert conflict in str(refusal.value)
    assert "nothing was imported" in str(refusal.value)
    assert state(other) == before


def test_a_fault_in_the_last_audience_leaves_nothing_of_the_first(catalog, other):
    fields = json.loads(catalog.export_definitions().model_dump_json())
    fields["audiences"][3]["notes"] = [
        {"noted_at": "2026-01-01T00:00:00Z", "noted_by": "x", "text": "ask anna@mail.example"}
    ]
    with pytest.raises(FieldError, match="notes: expected no e-mail address") as refusal:
        other.import_definitions(read_export(json.dumps(fields)))
    assert refusal.value.__notes__ == ["in audience 4 of the file; nothing was imported"]
    assert state(other) == ([], [], [], [])


def test_some_audiences_are_exported_with_what_they_are_made_from(catalog):
    export = catalog.export_definitions(["3"])
    assert ([exported.spec.audience_id for exported in export.audiences], export.targetings) == (["1", "2", "3"], ())
    with pytest.raises(UnknownAudienceError):
        catalog.export_definitions(["77"])


def exported(**changes: object) -> dict:
    empty = {"format": "audience-workbench definitions", "format_version": 1, "audiences": [], "targetings": []}
    return empty | changes


def spec(audience_id: str, *sources: str) -> dict:
    definition = any_of(*sources) if sources else VISITORS
    return {"spec": {"audience_id": audience_id, "name": "x", "definition": definition.model_dump(mode="json")}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "got something else"),
        ("[]", "got something else"),
        ("{}", "format"),
        (json.dumps(exported(format_version=2)), "format_version: expected 1, got 2"),
        (json.dumps(exported(audiences=[{"spec": {}}])), r"audiences\.0"),
        (json.dumps(exported(audiences=[spec("x")])), "an id of 1 to 18 digits"),
    ],
)
def test_a_file_of_something_else_is_refused(text, words):
    with pytest.raises(DefinitionError, match=words):
        read_export(text)


def test_targetings_are_told_apart_by_name_and_id(catalog):
    export = catalog.export_definitions()
    spring = next(exported for exported in export.targetings if exported.name == "US")
    for twin, words in (
        (spring.model_copy(update={"targeting_id": "77"}), "each targeting set once, got several with the name US"),
        (spring.model_copy(update={"name": "DE"}), "each targeting set once, got several with the id 6"),
    ):
        with pytest.raises(DefinitionError, match=words):
            catalog.import_definitions(export.model_copy(update={"targetings": (*export.targetings, twin)}))


@pytest.mark.parametrize(
    ("audiences", "words"),
    [
        ([spec("1"), spec("1")], "each audience once, got several with the id 1"),
        ([spec("1", "2"), spec("2", "1")], "got a circle: "),
        ([spec("1", "1")], "got a circle: 1 from 1"),
        ([spec("1", "9")], "found none with the id 9; export them, too"),
    ],
)
@pytest.mark.parametrize("id_policy", ["KEEP", "REMAP"])
def test_definitions_that_contradict_each_other_are_refused(catalog, audiences, words, id_policy):
    before = state(catalog)
    export = CatalogExport.model_validate_json(json.dumps(exported(audiences=audiences)))
    with pytest.raises((DefinitionError, UnknownAudienceError), match=words):
        catalog.import_definitions(export, id_policy=id_policy)
    assert state(catalog) == before
