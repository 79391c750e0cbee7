"""What an analyst may write down, and the one sentence that refuses the rest."""

import json

import pytest

from workbench.audiences import (
    ActalikeDefinition,
    AudienceSpec,
    CustomerListDefinition,
    EngagementDefinition,
    TargetingSpec,
    ThirdPartyDefinition,
    VisitorDefinition,
)
from workbench.errors import DefinitionError
from workbench.universe.schema import AGE_BUCKETS, DEVICES, GENDERS, TAG_EVENTS

DEFINITIONS = [
    CustomerListDefinition(list_file="customers.csv", list_type="EMAIL"),
    VisitorDefinition(visitor_source_id="0012", events=("checkout",), urls=("https://shop.example/cart",)),
    EngagementDefinition(ad_account_id="0701", engager_type="optimised", campaign_ids=("601",)),
    ThirdPartyDefinition(segment_id="9001"),
    ActalikeDefinition(seed_audience_ids=("1", "2"), country="US", percentage=3),
]


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda definition: definition.type)
def test_a_spec_survives_json(definition):
    spec = AudienceSpec(audience_id="007", name="Spring buyers", definition=definition)
    assert AudienceSpec.model_validate_json(spec.model_dump_json()) == spec
    assert json.loads(spec.model_dump_json())["definition"]["type"] == definition.type
    assert spec.audience_type is definition.type


@pytest.mark.parametrize("left_out", ["exclude_defaults", "exclude_unset"])
@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda definition: definition.type)
def test_brief_json_can_be_read_again(definition, left_out):
    spec = AudienceSpec(audience_id="007", name="Spring buyers", definition=definition)
    brief = spec.model_dump_json(**{left_out: True})
    assert "description" not in brief
    assert AudienceSpec.model_validate_json(brief) == spec


def test_defaults_are_the_platforms():
    definition = VisitorDefinition(visitor_source_id="1")
    assert (definition.retention_days, definition.prefill, definition.events, definition.urls) == (180, True, (), ())


@pytest.mark.parametrize("spelling", ["addtocart", "add_to_cart", "ADD_TO_CART"])
def test_the_three_spellings_of_an_event_are_one(spelling):
    assert VisitorDefinition(visitor_source_id="1", events=(spelling,)).events == ("addtocart",)


@pytest.mark.parametrize("event", TAG_EVENTS)
def test_every_event_of_the_tables_can_be_asked_for(event):
    assert VisitorDefinition(visitor_source_id="1", events=(event,)).events == (event,)


def test_every_attribute_of_the_tables_can_be_targeted():
    spec = TargetingSpec(age_bucket=AGE_BUCKETS, gender=GENDERS, apptype=DEVICES)
    assert (spec.age_bucket, spec.gender, spec.apptype) == (AGE_BUCKETS, GENDERS, DEVICES)


@pytest.mark.parametrize("retention_days", [1, 180, 540])
def test_retention_within_its_range_is_accepted(retention_days):
    assert VisitorDefinition(visitor_source_id="1", retention_days=retention_days).retention_days == retention_days


@pytest.mark.parametrize("retention_days", [0, -1, 541, 900, 2.5, "30", True, None, 10**30])
def test_retention_outside_its_range_is_refused_by_name(retention_days):
    with pytest.raises(DefinitionError, match=r"^retention_days: .*whole number from 1 to 540"):
        VisitorDefinition(visitor_source_id="1", retention_days=retention_days)


@pytest.mark.parametrize("tag_id", ["", "12a", "-1", "1" * 19, "١٢", 12])
def test_an_id_is_digits_as_text(tag_id):
    with pytest.raises(DefinitionError, match=r"^visitor_source_id: "):
        VisitorDefinition(visitor_source_id=tag_id)


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda: VisitorDefinition(visitor_source_id="1", retention_day=3), "did you mean retention_days"),
        (lambda: VisitorDefinition(visitor_source_id="1", colour="red"), "known are: .*prefill"),
        (lambda: VisitorDefinition(visitor_source_id="1", events=("chekout",)), "got 'chekout' .*checkout"),
        (lambda: CustomerListDefinition(list_file="a.csv", list_type="IDFA"), "list_type: .*EMAIL or MAID"),
        (lambda: CustomerListDefinition(list_file=""), "list_file"),
        (lambda: AudienceSpec(audience_id="1", name="", definition=DEFINITIONS[0]), "name: .*at least 1 character"),
        (lambda: AudienceSpec(audience_id="1", name="x", definition={"type": "VISITR"}), "did you mean VISITOR"),
        (lambda: TargetingSpec(location=("usa",)), "location.0: .*such as US"),
        (lambda: TargetingSpec(age_bucket=("18-25",)), "age_bucket.0: .*'18-24'"),
        (lambda: TargetingSpec(audience_include=("1",), audience_exclude=("2", "1")), "audience 1 is both"),
        (lambda: VisitorDefinition(visitor_source_id="x", retention_days=0), "and 1 more to correct"),
    ],
)
def test_every_refusal_is_one_sentence_that_names_the_field(build, sentence):
    with pytest.raises(DefinitionError, match=sentence) as refusal:
        build()
    assert "\n" not in str(refusal.value)
    assert refusal.value.__suppress_context__


def test_a_refusal_never_repeats_a_text_that_came():
    with pytest.raises(DefinitionError) as refusal:
        AudienceSpec(audience_id="anna@mail.example", name="x", definition=DEFINITIONS[0])
    assert "anna" not in str(refusal.value)


def test_a_refusal_inside_json_names_the_way_to_the_field():
    with pytest.raises(DefinitionError, match=r"^definition.retention_days: expected at least 1, got 0 "):
        AudienceSpec(
            audience_id="1", name="x", definition={"type": "VISITOR", "visitor_source_id": "1", "retention_days": 0}
        )


def test_definitions_cannot_change():
    with pytest.raises(ValueError, match="frozen"):
        DEFINITIONS[1].retention_days = 1


def test_targeting_speaks_the_apis_names():
    spec = TargetingSpec.model_validate({"AUDIENCE_INCLUDE": ["1"], "LOCATION": ["US"], "APPTYPE": ["web"]})
    assert spec == TargetingSpec(audience_include=("1",), location=("US",), apptype=("web",))
    assert TargetingSpec.model_validate_json(spec.model_dump_json(by_alias=True)) == spec
    assert set(spec.model_dump(by_alias=True)) == {name.upper() for name in TargetingSpec.model_fields}


def test_a_null_of_the_api_is_a_part_left_out():
    assert TargetingSpec.model_validate({"AUDIENCE_INCLUDE": None, "LOCATION": None}) == TargetingSpec()
