import pytest

from workbench.audiences import (
    ActalikeDefinition,
    AllOf,
    AnyOf,
    AudienceSpec,
    AudienceStatus,
    AudienceType,
    CombinationDefinition,
    CustomerListDefinition,
    EngagementDefinition,
    NoneOf,
    ThirdPartyDefinition,
    VisitorDefinition,
    populate,
)
from workbench.catalog import Catalog
from workbench.identity import ListType
from workbench.universe import SHOP_AD_ACCOUNT_ID, SHOP_TAG_ID, synthesize_email
from workbench.widgets import AudienceBuilder, AudienceShelf
from workbench.widgets.definition_forms import FORMS

VISITORS = VisitorDefinition(visitor_source_id=SHOP_TAG_ID, retention_days=90)
CARTS = VisitorDefinition(visitor_source_id=SHOP_TAG_ID, events=("addtocart",), retention_days=90)


@pytest.fixture(scope="module")
def audiences(sample_universe):
    shelf = AudienceShelf(sample_universe)
    shelf.add(shelf.new_spec("Visitors", VISITORS))
    shelf.add(shelf.new_spec("Carts", CARTS))
    shelf.add(shelf.new_spec("Nobody", VisitorDefinition(visitor_source_id=SHOP_TAG_ID, urls=("nowhere",))))
    return shelf.audiences


@pytest.fixture
def shelf(sample_universe, audiences) -> AudienceShelf:
    shelf = AudienceShelf(sample_universe)
    shelf.audiences = audiences
    return shelf


@pytest.fixture
def builder(shelf) -> AudienceBuilder:
    return AudienceBuilder(shelf)


def choose(builder, kind):
    builder._type.set_state({"value": kind})
    return builder._forms[AudienceType(kind)]


DEFINITIONS = [
    CustomerListDefinition(list_file="x.csv", list_type=ListType.MAID, are_terms_acknowledged=True),
    VISITORS,
    VisitorDefinition(visitor_source_id=SHOP_TAG_ID, events=("checkout", "lead"), urls=("a", "b"), prefill=False),
    VisitorDefinition(visitor_source_id=SHOP_TAG_ID, events=("search",), event_data={"search_query": "sofa"}),
    EngagementDefinition(ad_account_id=SHOP_AD_ACCOUNT_ID, retention_days=90),
    ActalikeDefinition(seed_audience_ids=("1002", "1001"), country="CA", percentage=7),
    CombinationDefinition(rule=AllOf(all_of=("1001", NoneOf(none_of=("1002",))))),
    CombinationDefinition(rule=AllOf(all_of=("1003", AnyOf(any_of=("1001", "1002")), NoneOf(none_of=("1002",))))),
    CombinationDefinition(rule=AnyOf(any_of=("1001", AllOf(all_of=("1002", "1003"))))),
    CombinationDefinition(rule=NoneOf(none_of=("1001",))),
]


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda each: str(each.type))
def test_the_form_of_each_type_is_one_value_both_ways(builder, definition):
    spec = AudienceSpec(audience_id="1004", name="New", definition=definition)
    builder.spec = spec
    assert builder.spec == spec
    assert builder._said() == definition
    assert builder._type.value == definition.type


def test_every_type_has_a_form():
    assert set(FORMS) == set(AudienceType)


@pytest.mark.parametrize("kind", list(AudienceType))
def test_an_empty_form_asks_for_what_is_missing_and_complains_of_nothing(sample_universe, kind):
    builder = AudienceBuilder(AudienceShelf(sample_universe))
    choose(builder, kind)
    assert builder.spec is None
    assert builder._run_bar.notice.value == ""


def test_the_size_is_counted_while_the_form_is_filled_in(builder, sample_universe):
    form = choose(builder, "VISITOR")
    form._events.set_state({"value": ["checkout"]})
    form._days.set_state({"value": 60})
    definition = VisitorDefinition(visitor_source_id=SHOP_TAG_ID, events=("checkout",), retention_days=60)
    naive = populate(AudienceSpec(audience_id="1", name="x", definition=definition), sample_universe)
    assert builder.estimate.audience.members == naive.members
    assert len(naive.members) < 100
    assert "&lt; 100 people" in builder._answer.value
    assert "Too small" in builder._answer.value
    assert "checked out in the last 60 days" in builder._sentence.value
    assert builder.spec is None  # it has no name yet


def test_a_rule_that_nothing_ever_met_is_said_while_it_is_written(builder):
    form = choose(builder, "VISITOR")
    form._urls.set_state({"value": "https://shop.example/crat"})
    assert "never reported" in builder._advice.value
    form._urls.set_state({"value": ""})
    assert builder._advice.value == ""


def test_combinations_are_made_of_what_is_on_the_shelf(builder, shelf):
    form = choose(builder, "COMBINATION")
    form._all.set_state({"value": ["1001"]})
    form._none.set_state({"value": ["1002"]})
    visitors, carts, _ = (audience.members for audience in shelf.audiences)
    assert builder.estimate.audience.members == visitors - carts
    assert "“Visitors” and not in “Carts”" in builder._sentence.value


def test_a_rule_deeper_than_the_form_stays_until_something_is_picked(builder):
    deep = CombinationDefinition(rule=AnyOf(any_of=("1001", AllOf(all_of=("1002", "1003")))))
    builder.spec = AudienceSpec(audience_id="1004", name="Deep", definition=deep)
    form = builder._forms[AudienceType.COMBINATION]
    assert "deeper" in form._all.hint
    form._any.set_state({"value": ["1001"]})
    assert builder.spec.definition == CombinationDefinition(rule=AnyOf(any_of=("1001",)))


def test_a_source_that_is_too_small_cannot_be_picked_for_an_actalike(builder):
    options = builder._forms[AudienceType.ACTALIKE]._sources.options
    assert {option["label"]: option["is_disabled"] for option in options} == {
        "Visitors": False,
        "Carts": False,
        "Nobody": True,
    }


def test_a_segment_shows_its_fee_and_one_that_is_too_dear_is_not_offered(builder, sample_universe):
    form = choose(builder, "THIRD_PARTY")
    assert form._segment.options[0]["pill"] == "10 % fee"
    assert len(form._segment.options) < len(sample_universe.segments())
    assert "Data fee" in builder._answer.value
    segment_id = form._segment.options[1]["value"]
    form._segment.set_state({"value": segment_id})
    assert builder.estimate.audience.spec.definition == ThirdPartyDefinition(segment_id=segment_id)


def test_creating_without_a_name_asks_for_one(builder):
    choose(builder, "VISITOR")
    builder._run_bar._run.click()
    assert "give the audience a name" in builder._run_bar.notice.value
    assert len(builder._shelf.audiences) == 3


def test_creating_puts_it_on_the_shelf_for_all(builder, shelf):
    choose(builder, "VISITOR")
    builder._name.set_state({"value": "All visitors"})
    estimated = builder.estimate.audience.members
    builder._run_bar._run.click()
    audience = shelf.audiences[-1]
    assert (audience.spec.audience_id, audience.spec.name) == ("1004", "All visitors")
    assert audience.members == estimated
    assert "Created “All visitors”" in builder._done.value
    assert builder.spec is None  # ready for the next name
    assert "All visitors" in str(builder._forms[AudienceType.COMBINATION]._all.options)


def test_a_name_is_used_once(builder):
    choose(builder, "VISITOR")
    builder._name.set_state({"value": "Visitors"})
    builder._run_bar._run.click()
    assert "already an audience called" in builder._run_bar.notice.value


def test_a_customer_list_asks_for_the_terms_first(tmp_path, sample_universe):
    path = tmp_path / "known.csv"
    emails = synthesize_email(range(3_000), sample_universe.provenance["identity_rng_seed"])
    path.write_text("\n".join(emails) + "\n", "utf-8")
    shelf = AudienceShelf(sample_universe, base_folder=tmp_path)
    builder = AudienceBuilder(shelf)
    form = choose(builder, "CUSTOMER_LIST")
    builder.spec = AudienceSpec(
        audience_id="1004", name="Known", definition=CustomerListDefinition(list_file="known.csv")
    )
    assert "Ad Data Terms" in builder._advice.value
    builder._run_bar._run.click()
    assert "Ad Data Terms" in builder._run_bar.notice.value
    form.terms.set_state({"value": True})
    assert "Match rate" in builder._answer.value
    builder._run_bar._run.click()
    assert builder._shelf.audiences[-1].status is AudienceStatus.READY
    shown = builder._answer.value + builder._advice.value + builder._done.value
    assert not any(email in shown for email in emails[:100])


def test_with_a_catalogue_what_is_created_is_kept_and_found_again(sample_universe, tmp_path):
    catalog = Catalog.open(tmp_path / "catalog.db", who="ana")
    shelf = AudienceShelf(sample_universe, catalog=catalog)
    builder = AudienceBuilder(shelf)
    choose(builder, "VISITOR")
    builder._name.set_state({"value": "All visitors"})
    builder._run_bar._run.click()
    (saved,) = catalog.audiences()
    assert saved.spec == shelf.audiences[0].spec
    assert shelf.audiences[0].members is not None  # counted here, though the platform shows it hours later
    assert saved.audience_size is None
    assert catalog.sizes(saved.audience_id)[0].audience_size == len(shelf.audiences[0].members)
    again = AudienceShelf(sample_universe, catalog=catalog)
    assert [audience.spec for audience in again.audiences] == [saved.spec]
    catalog.delete(saved.audience_id)
    shelf.refresh()
    assert shelf.audiences == ()
    catalog.undo(saved.audience_id, expected_version=1)
    shelf.refresh()
    assert shelf.audiences[0].members is not None
