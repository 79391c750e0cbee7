"""What an export will lose or change is told before, in one sentence each."""

from datetime import UTC, datetime

import pytest

from tests.workbench.export.conftest import spec, visitor
from workbench.audiences import AudienceSpec
from workbench.export import explain_export

CUSTOMERS = {"type": "CUSTOMER_LIST", "list_file": "customers.csv", "are_terms_acknowledged": True}


def told(of) -> list[tuple[str, str, str]]:
    findings = explain_export(of)
    for finding in findings:
        assert finding.sentence[0].isupper()
        assert finding.sentence.endswith(".")
    return [(finding.kind.value, finding.field, finding.rule) for finding in findings]


@pytest.mark.parametrize("of", [spec("1", CUSTOMERS), visitor("1"), visitor("1", events=["lead"])])
def test_of_what_stays_as_it_is_nothing_is_told(of):
    assert told(of) == []


@pytest.mark.parametrize(
    ("of", "finding"),
    [
        (spec("1", CUSTOMERS | {"profile": "API"}), ("ASSUMED", "definition.profile", "Q13")),
        (spec("1", CUSTOMERS | {"suppression_file": "x"}), ("CHANGED", "definition.suppression_file", "S20, Q17")),
        (visitor("1", events=["lead", "signup"]), ("CHANGED", "definition.events", "P4, Q10")),
        (visitor("1", urls=["a"]), ("ASSUMED", "definition.urls", "P4")),
        (visitor("1", urls=[{"=": ["a", "b"]}]), ("ASSUMED", "definition.urls", "P4")),
        (visitor("1", events=["lead"], event_data={"value": 5}), ("ASSUMED", "definition.event_data", "P4")),
        (visitor("1", prefill=False), ("ADVICE", "definition.prefill", "P4, Q11")),
        (spec("1", {"type": "THIRD_PARTY", "segment_id": "1"}), ("REFUSED", "definition.type", "S66, S70")),
        (spec("1", {"type": "COMBINATION", "rule": {"any_of": ["2"]}}), ("REFUSED", "definition.rule", "Q10, Q22")),
        (visitor("1").model_copy(update={"is_compare_only": True}), ("LOST", "is_compare_only", "P3")),
        (
            visitor("1").model_copy(update={"created_at": datetime(2026, 11, 1, tzinfo=UTC)}),
            ("LOST", "created_at", "P3, Q11"),
        ),
    ],
)
def test_what_gets_lost_or_changes_is_told_once(of, finding):
    assert told(of) == [finding]


def test_how_many_audiences_it_becomes_is_told():
    finding = explain_export(visitor("1", events=["lead", "signup"], urls=["a", "b"]))[0]
    assert "3 audiences (2 for events and 1 for pages)" in finding.sentence


def engagement(**fields) -> AudienceSpec:
    return spec("1", {"type": "ENGAGEMENT", "ad_account_id": "549"} | fields)


@pytest.mark.parametrize(
    ("of", "findings"),
    [
        (
            engagement(),
            [("ASSUMED", "definition.engager_type", "Q6"), ("ASSUMED", "definition.engagement_domains", "Q7, S55")],
        ),
        (engagement(engagement_domains=["shop.example"]), [("ASSUMED", "definition.engager_type", "Q6")]),
        (
            engagement(engagement_domains=["shop.example"], prefill=False),
            [("REFUSED", "definition.prefill", "P5a, Q11"), ("ASSUMED", "definition.engager_type", "Q6")],
        ),
        (
            engagement(engagement_domains=["shop.example"], engagement_type="save"),
            [("REFUSED", "definition.engagement_type", "S56, Q9"), ("ASSUMED", "definition.engager_type", "Q6")],
        ),
        (
            engagement(engagement_domains=["shop.example"], engagement_type="save").model_copy(
                update={"created_at": datetime(2021, 11, 1, 23, 59, tzinfo=UTC)}
            ),
            [
                ("CHANGED", "definition.engager_type", "S56, Q9"),
                ("ASSUMED", "definition.engager_type", "Q6"),
                ("LOST", "created_at", "P3, Q11"),
            ],
        ),
    ],
)
def test_of_engagement_it_is_told_what_rests_on_a_reading(of, findings):
    assert told(of) == findings


@pytest.mark.parametrize(
    ("fields", "rules"),
    [
        ({}, ["S58", "Q1, S62"]),
        ({"country": "NL"}, ["S58", "Q1, S62", "Q25"]),
        ({"seed_audience_ids": ["2", "3"]}, ["S58", "Q1, S62", "Q24"]),
    ],
)
def test_of_actalikes_it_is_told_what_the_platform_does_otherwise(fields, rules):
    fields = {"type": "ACTALIKE", "seed_audience_ids": ["2"], "country": "US", "percentage": 1} | fields
    assert [rule for _, _, rule in told(spec("1", fields))] == rules


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"urls": [{"contains": "/product"}]}, "urls", "contains fits only its prose"),
        ({"urls": [{"=": ["a", "b"], "!=": "b"}]}, "urls", "!= fits only its prose"),
        ({"event_data": {"value": {">=": 50}}}, "event_data.value", ">= cannot be said"),
        ({"event_data": {"search_query": {"contains": "lamp"}}}, "event_data.search_query", "contains cannot be said"),
        ({"event_data": {"order_id": {"=": ["a", "b"]}}}, "event_data.order_id", "2 are asked for"),
        ({"event_data": {"line_items": {"product_id": "A-1"}}}, "event_data.product_id", "a whole number"),
        ({"event_data": {"order_quantity": 1.5}}, "event_data.order_quantity", "a whole number"),
        ({"event_data": {"currency": "XXX"}}, "event_data.currency", "knows the currencies UNK, USD"),
    ],
)
def test_what_the_schema_has_no_room_for_is_refused_by_field(fields, field, words):
    findings = explain_export(visitor("1", events=["lead"], **fields))
    refused = [finding for finding in findings if finding.kind == "REFUSED"]
    assert [(finding.field, finding.rule) for finding in refused] == [(f"definition.{field}", "P4")]
    assert words in refused[0].sentence
