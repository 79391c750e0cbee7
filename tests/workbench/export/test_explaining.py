"""What an export will lose or change is told before, in one sentence each."""

from datetime import UTC, datetime

import pytest

from tests.workbench.export.conftest import spec, visitor
from workbench.export import explain_export

CUSTOMERS = {"type": "CUSTOMER_LIST", "list_file": "customers.csv", "are_terms_acknowledged": True}


def told(of) -> list[tuple[str, str, str]]:
    findings = explain_export(of)
    for finding in findings:
        assert finding.sentence[0].isupper()
        assert finding.sentence.endswith(".")
    return [(finding.kind.value, finding.field, finding.rule) for finding in findings]


@pytest.mark.parametrize(
    "of", [spec("1", CUSTOMERS), visitor("1"), visitor("1", events=["lead"]), visitor("1", urls=["a"])]
)
def test_of_what_stays_as_it_is_nothing_is_told(of):
    assert told(of) == []


@pytest.mark.parametrize(
    ("of", "finding"),
    [
        (spec("1", CUSTOMERS | {"profile": "API"}), ("ASSUMED", "definition.profile", "Q13")),
        (spec("1", CUSTOMERS | {"suppression_file": "x"}), ("CHANGED", "definition.suppression_file", "S20, Q17")),
        (visitor("1", events=["lead", "signup"]), ("CHANGED", "definition.events", "P4, Q10")),
        (visitor("1", events=["lead"], urls=["a"]), ("CHANGED", "definition.events", "P4, Q10")),
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
    (finding,) = explain_export(visitor("1", events=["lead", "signup"], urls=["a", "b"]))
    assert "3 audiences (2 for events and 1 for pages)" in finding.sentence
