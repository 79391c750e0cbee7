"""Bodies against the API's schema: what its prose shows by example is not what its schema takes (golden check 10)."""

import pytest

from tests.workbench.export.api_schema import description, operations, schema_faults
from workbench.errors import FieldError
from workbench.export import check_body
from workbench.export.checking import OPERATIONS


def visitor(**rule: object) -> dict:
    return {"name": "x", "audience_type": "VISITOR", "rule": {"visitor_source_id": "80", "event": "checkout"} | rule}


def actalike(**rule: object) -> dict:
    return {
        "name": "x",
        "audience_type": "ACTALIKE",
        "rule": {"seed_id": ["1"], "country": "US", "percentage": 10} | rule,
    }


PROSE_EXAMPLES = {
    "string percentage": (actalike(percentage="10"), "$.rule.percentage: type"),
    "string retention_days": (visitor(retention_days="180"), "$.rule.retention_days: type"),
    "list tag id": (visitor(visitor_source_id=["80"]), "$.rule.visitor_source_id: type"),
    "bare url": (visitor(url="https://shop.example/shoe"), "$.rule.url: type"),
    "operator object in url": (visitor(url={"contains": "/shoe"}), "$.rule.url: type"),
    "number in event_data.value": (visitor(event_data={"value": 199.98}), "$.rule.event_data.value: type"),
    "list of line_items": (
        visitor(event_data={"line_items": [{"product_id": 1414}]}),
        "$.rule.event_data.line_items: type",
    ),
}


@pytest.mark.parametrize("example", PROSE_EXAMPLES)
def test_examples_of_the_prose_fail_the_schema_and_the_workbench(example):
    body, fault = PROSE_EXAMPLES[example]
    assert fault in schema_faults("audiences/create", body)
    with pytest.raises(FieldError) as refusal:
        check_body("audiences/create", body)
    assert ".".join(map(str, refusal.value.place)) == fault.removeprefix("$.").partition(":")[0]
    assert "P4" in str(refusal.value) or "P5b" in str(refusal.value)


@pytest.mark.parametrize("body", [visitor(), actalike(), visitor(event_data={"value": "199.98"}), visitor(url=["a"])])
def test_the_same_in_the_types_of_the_schema_is_taken(body):
    assert schema_faults("audiences/create", body) == []
    check_body("audiences/create", body)


def test_null_is_a_value_where_the_schema_says_so_and_nowhere_else():
    ad_group = {"name": "x", "campaign_id": "1", "billable_event": "IMPRESSION"}
    assert schema_faults("ad_groups/create", [ad_group | {"bid_in_micro_currency": None}]) == []
    assert schema_faults("ad_groups/create", [ad_group | {"budget_type": None}]) != []
    assert schema_faults("audiences/create", visitor() | {"description": None}) != []


def test_records_as_a_list_fail_the_schema():
    body = {"name": "x", "records": ["0" * 64]}
    assert schema_faults("customer_lists/create", body) == ["$.records: type"]


def test_the_extract_holds_every_operation_that_is_exported_and_says_whose_it_is():
    assert set(OPERATIONS) == set(operations())
    assert description()["info"]["version"] == "5.23.0"
    assert description()["info"]["license"]["name"] == "MIT"
