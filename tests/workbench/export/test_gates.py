"""The rules that the API's schema leaves out: each body here is one that the schema takes and the workbench refuses."""

from collections.abc import Iterator
from copy import deepcopy
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workbench.export.api_schema import schema_faults
from workbench.errors import DefinitionError, FieldError
from workbench.export import check_body

DIGEST = "0123456789abcdef" * 4
LIST = {"name": "x", "list_type": "EMAIL", "records": DIGEST}
PLACE = {"LOCATION": ["US"]}
AD_GROUP = {
    "name": "x",
    "campaign_id": "626",
    "billable_event": "IMPRESSION",
    "budget_in_micro_currency": 1,
    "targeting_spec": PLACE,
}
CAMPAIGN = {"id": "1", "ad_account_id": "2"}
EVENT = {
    "event_name": "checkout",
    "action_source": "web",
    "event_time": 1451431341,
    "event_id": "a",
    "user_data": {"em": [DIGEST]},
}


def audience(audience_type: str, **rule: object) -> dict:
    return {"name": "x", "audience_type": audience_type, "rule": rule}


def visitor(**rule: object) -> dict:
    return audience("VISITOR", visitor_source_id="80", **rule)


def actalike(**rule: object) -> dict:
    return audience("ACTALIKE", **{"seed_id": ["1"], "country": "US", "percentage": 1} | rule)


def engagement(**rule: object) -> dict:
    return audience("ENGAGEMENT", **{"engager_type": 1} | rule)


def template(**targeting: object) -> dict:
    return {"name": "x", "targeting_attributes": targeting}


GATES = [
    # P1: customer lists
    ("customer_lists/create", LIST | {"name": ""}, "name", "P1"),
    ("customer_lists/create", LIST | {"list_type": "IDFA"}, "list_type", "S19"),
    ("customer_lists/create", LIST | {"list_type": "HASHED_PINNER_ID"}, "list_type", "P1"),
    ("customer_lists/create", LIST | {"records": ""}, "records", "P1"),
    ("customer_lists/create", LIST | {"records": "someone@mail.example"}, "records", "P1"),
    ("customer_lists/create", LIST | {"records": f"{DIGEST}, {DIGEST}"}, "records", "P1"),
    ("customer_lists/create", LIST | {"records": f"{DIGEST},"}, "records", "P1"),
    ("customer_lists/create", LIST | {"records": DIGEST.upper()}, "records", "P1"),
    ("customer_lists/create", LIST | {"records": "d41d8cd98f00b204e9800998ecf8427e"}, "records", "Q17"),
    ("customer_lists/create", LIST | {"records": "b602d594afd2b0b327e07a06f36ca6a7e42546d0"}, "records", "S20"),
    # P2
    ("customer_lists/update", {"operation_type": "ADD", "records": ""}, "records", "P1"),
    # P3 to P5
    ("audiences/create", audience("CUSTOMER_LIST"), "rule.customer_list_id", "P3"),
    ("audiences/create", visitor() | {"name": ""}, "name", "S6"),
    ("audiences/create", audience("VISITOR", retention_days=30), "rule.visitor_source_id", "P4"),
    ("audiences/create", visitor(retention_days=900), "rule.retention_days", "P4"),
    ("audiences/create", visitor(retention_days=0), "rule.retention_days", "Q11"),
    ("audiences/create", visitor(event_data={"value": "1"}), "rule.event", "P4"),
    ("audiences/create", visitor(event="add_to_cart"), "rule.event", "P4"),
    ("audiences/create", visitor(event_source={"=": ["tv"]}), "rule.event_source.=.0", "P4"),
    ("audiences/create", visitor(event_source={"!=": ["web"]}), "rule.event_source.=", "any of web, mobile, offline"),
    ("audiences/create", visitor(ingestion_source={"=": ["pigeon"]}), "rule.ingestion_source.=.0", "P4"),
    ("audiences/create", visitor(colour="red"), "rule.colour", "unknown field"),
    ("audiences/create", engagement(engager_type=3), "rule.engager_type", "Q6"),
    ("audiences/create", audience("ENGAGEMENT"), "rule.engager_type", "P5a"),
    ("audiences/create", engagement(pin_id=["1"], objective_type=["AWARENESS"]), "rule.objective_type", "Q8"),
    ("audiences/create", engagement(engagement_domain=["a.example"], ad_id=["1"]), "rule.engagement_domain", "S51"),
    ("audiences/create", engagement(retention_days=541), "rule.retention_days", "540"),
    ("audiences/create", actalike(seed_id=[]), "rule.seed_id", "P5b"),
    ("audiences/create", actalike(country="ZZ"), "rule.country", "Q25"),
    ("audiences/create", actalike(percentage=55), "rule.percentage", "P5b"),
    ("audiences/create", actalike(percentage=0), "rule.percentage", "1 to 10"),
    ("audiences/create", {"name": "x", "audience_type": "PERSONA", "rule": {}}, "", "audience_type"),
    # P6
    ("audiences/update", {}, "operation_type", "P6"),
    ("audiences/update", {"operation_type": "REMOVE", "name": "x"}, "name", "P6"),
    ("audiences/update", {"audience_type": "VISITOR", "name": "x"}, "audience_type", "P6"),
    ("audiences/update", {"rule": {"visitor_source_id": "1", "retention_days": 900}}, "rule.retention_days", "P4"),
    # P7
    ("ad_groups/create", [AD_GROUP | {"targeting_spec": {}}], "0.targeting_spec.LOCATION", "P7"),
    ("ad_groups/create", [AD_GROUP | {"targeting_spec": {"LOCATION": ["ZZ"]}}], "0.targeting_spec.LOCATION.0", "P7"),
    ("ad_groups/create", [AD_GROUP | {"budget_type": "LIFETIME"}], "0.end_time", "P7"),
    ("ad_groups/create", [AD_GROUP | {"lifetime_frequency_cap": 3}], "0.end_time", "P7"),
    (
        "ad_groups/create",
        [AD_GROUP | {"lifetime_frequency_cap": 3, "end_time": 2, "billable_event": "CLICKTHROUGH"}],
        "0.lifetime_frequency_cap",
        "P7",
    ),
    ("ad_groups/create", [AD_GROUP | {"start_time": 2, "end_time": 2}], "0.end_time", "P7"),
    ("ad_groups/create", [AD_GROUP | {"bid_multiplier": 0.05}], "0.bid_multiplier", "0.1"),
    ("ad_groups/create", [AD_GROUP | {"bid_multiplier": 2.0}], "0.bid_multiplier", "AUTOMATIC_BID"),
    (
        "ad_groups/create",
        [AD_GROUP | {"budget_type": "CBO_ADGROUP", "pacing_delivery_type": "ACCELERATED"}],
        "0.pacing_delivery_type",
        "P7",
    ),
    ("ad_groups/create", [{**AD_GROUP, "budget_in_micro_currency": None}], "0.budget_in_micro_currency", "P7"),
    ("ad_groups/create", [AD_GROUP | {"targeting_template_ids": ["1"]}], "0.targeting_spec", "P7"),
    ("ad_groups/create", [AD_GROUP | {"targeting_spec": PLACE | {"COLOUR": []}}], "0.targeting_spec.COLOUR", "unknown"),
    # P8
    (
        "campaigns/update",
        [CAMPAIGN | {"bid_options": {"audience_multipliers": {"1": 0.01}, "update_mask": ["AUDIENCE"]}}],
        "0.bid_options.audience_multipliers",
        "P8",
    ),
    # P9, and so the targeting of all others
    ("targeting_template/create", template(GENDER=["male"]), "targeting_attributes.LOCATION", "P7"),
    ("targeting_template/create", template(GEO=["BE-VOV", "US-94107"]), "targeting_attributes.GEO", "P7"),
    ("targeting_template/create", template(GEO=["BE"]), "targeting_attributes.GEO.0", "LOCATION"),
    (
        "targeting_template/create",
        template(**PLACE, AGE_BUCKET=["18-24"], MINIMUM_AGE="18", MAXIMUM_AGE="24"),
        "targeting_attributes.AGE_BUCKET",
        "P7",
    ),
    ("targeting_template/create", template(**PLACE, MINIMUM_AGE="18"), "targeting_attributes.MAXIMUM_AGE", "P7"),
    ("targeting_template/create", template(**PLACE, MAXIMUM_AGE="65+"), "targeting_attributes.MINIMUM_AGE", "P7"),
    (
        "targeting_template/create",
        template(**PLACE, MINIMUM_AGE="50", MAXIMUM_AGE="40"),
        "targeting_attributes.MINIMUM_AGE",
        "P7",
    ),
    (
        "targeting_template/create",
        template(**PLACE, MINIMUM_AGE="17", MAXIMUM_AGE="40"),
        "targeting_attributes.MINIMUM_AGE",
        "'18' to '65'",
    ),
    (
        "targeting_template/create",
        template(**PLACE, MINIMUM_AGE="18", MAXIMUM_AGE="70+"),
        "targeting_attributes.MAXIMUM_AGE",
        "'65+'",
    ),
    (
        "targeting_template/create",
        template(**PLACE, AUDIENCE_INCLUDE=["1"], AUDIENCE_EXCLUDE=["1"]),
        "targeting_attributes.AUDIENCE_EXCLUDE",
        "Q22",
    ),
    (
        "targeting_template/create",
        template(**PLACE, AUDIENCE_INCLUDE=[]),
        "targeting_attributes.AUDIENCE_INCLUDE",
        "Q23",
    ),
    ("targeting_template/create", template(**PLACE, LOCALE=["english"]), "targeting_attributes.LOCALE.0", "P7"),
    ("targeting_template/create", template(**PLACE, INTEREST=["dogs"]), "targeting_attributes.INTEREST.0", "P7"),
    (
        "targeting_template/create",
        template(**PLACE) | {"keywords": [{"value": "x" * 121, "match_type": "BROAD"}]},
        "keywords.0.value",
        "P9",
    ),
    # P10, P11
    ("ad_groups/audience_sizing", {"targeting_spec": {}}, "targeting_spec.LOCATION", "P7"),
    ("ad_groups_bid_floor/get", {"bid_floor_specs": []}, "bid_floor_specs", "P11"),
    # P13
    ("events/create", {"data": [EVENT | {"action_source": "app_ios"}]}, "data.0.action_source", "S19"),
    ("events/create", {"data": [EVENT | {"opt_out": True}]}, "data.0.opt_out", "S20"),
    ("events/create", {"data": [EVENT | {"event_name": "bought"}]}, "data.0.event_name", "P13"),
    ("events/create", {"data": [EVENT | {"event_time": -1}]}, "data.0.event_time", "P13"),
    ("events/create", {"data": [EVENT | {"user_data": {"em": ["a@mail.example"]}}]}, "data.0.user_data.em.0", "P13"),
    (
        "events/create",
        {"data": [EVENT | {"user_data": {"client_ip_address": "::1", "client_user_agent": "x"}}]},
        "data.0.user_data.client_ip_address",
        "unknown field",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("operation_id", "body", "field", "words"), GATES, ids=[f"{gate[0]} {gate[2]} {n}" for n, gate in enumerate(GATES)]
)
def test_what_the_schema_takes_is_refused_by_field_and_rule(operation_id, body, field, words):
    assert schema_faults(operation_id, body) == []
    with pytest.raises(FieldError) as refusal:
        check_body(operation_id, body)
    assert ".".join(map(str, refusal.value.place)) == field
    assert words in str(refusal.value)
    assert "mail.example" not in str(refusal.value)


GOOD = [
    ("customer_lists/create", LIST),
    ("customer_lists/create", LIST | {"list_type": "MAID", "records": f"{DIGEST[:32]},{DIGEST[:40]},{DIGEST}"}),
    ("customer_lists/update", {"operation_type": "REMOVE", "records": DIGEST}),
    ("audiences/create", audience("CUSTOMER_LIST", customer_list_id="1")),
    ("audiences/create", visitor(event="partner_event", event_data={"value": "1", "line_items": {"product_id": 1}})),
    (
        "audiences/create",
        visitor(event_source={"=": ["web", "offline"]}, ingestion_source={"=": ["tag"]}, prefill=False),
    ),
    ("audiences/create", engagement(pin_id=["1"], ad_id=["2"], campaign_id=["3"], retention_days=540)),
    ("audiences/create", engagement()),
    ("audiences/create", actalike(seed_id=["1", "2"], country="NL", percentage=10)),
    ("audiences/update", {"operation_type": "REMOVE"}),
    ("audiences/update", {"name": "y"}),
    ("ad_groups/create", [AD_GROUP | {"bid_multiplier": 0.1, "bid_strategy_type": "AUTOMATIC_BID"}]),
    ("ad_groups/create", [AD_GROUP | {"lifetime_frequency_cap": 3, "end_time": 5, "budget_type": "LIFETIME"}]),
    (
        "ad_groups/create",
        [AD_GROUP | {"targeting_spec": {"LOCATION": ["US", "807"], "GEO": ["BE-VOV"], "GENDER": None}}],
    ),
    ("targeting_template/create", template(**PLACE, MINIMUM_AGE="18", MAXIMUM_AGE="65+", LOCALE=["en", "en-US"])),
    (
        "targeting_template/create",
        template(**PLACE, SHOPPING_RETARGETING=[{"lookback_window": 30, "tag_types": [0, 6]}]),
    ),
    ("targeting_template/create", template(**PLACE, TARGETING_STRATEGY=["RECONNECT_WITH_USERS"])),
    ("ad_groups_bid_floor/get", {"bid_floor_specs": [{"billable_event": "IMPRESSION", "currency": "USD"}]}),
    ("events/create", {"data": [EVENT]}),
]


@pytest.mark.parametrize(("operation_id", "body"), GOOD)
def test_what_is_right_passes_both(operation_id, body):
    assert schema_faults(operation_id, body) == []
    check_body(operation_id, body)


def test_of_an_operation_that_is_not_exported_the_nearest_is_named():
    with pytest.raises(DefinitionError, match="did you mean audiences/create"):
        check_body("audience/create", {})


WORDS = ["US", "1", "male", "18", "65+", "web", "EMAIL", DIGEST, "checkout", "IMPRESSION"]
NUMBERS = st.integers(-3, 10**9) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text("aU1.,", max_size=3) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["=", "value"]), inner, max_size=2),
    max_leaves=3,
)


def places(value: object, way: tuple = ()) -> Iterator[tuple]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*way, key)
        yield from places(one, (*way, key))


def changed(body: object, way: tuple, value: object, *, is_left_out: bool) -> object:
    copy = deepcopy(body)
    holder = reduce(lambda inner, key: inner[key], way[:-1], copy)
    if is_left_out and isinstance(holder, dict):
        del holder[way[-1]]
    else:
        holder[way[-1]] = value
    return copy


@settings(max_examples=200)
@given(data=st.data(), good=st.sampled_from(GOOD), value=VALUES, is_left_out=st.booleans())
def test_whatever_is_changed_in_a_body_what_passes_here_passes_the_schema(data, good, value, is_left_out):
    operation_id, body = good
    body = changed(body, data.draw(st.sampled_from(list(places(body)))), value, is_left_out=is_left_out)
    assert is_refused(operation_id, body) or schema_faults(operation_id, body) == []


def is_refused(operation_id: str, body: object) -> bool:
    try:
        check_body(operation_id, body)
    except FieldError:
        return True
    return False
