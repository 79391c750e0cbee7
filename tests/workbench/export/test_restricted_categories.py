"""Ads for housing, work and credit: what they may not target is found (Q28)."""

import pytest

from tests.workbench.export.conftest import spec, visitor
from workbench.export import RestrictedCategory, restricted_targeting
from workbench.export.targeting_bodies import Targeting


def fields_of(targeting: dict, *specs) -> list[str]:
    by_id = {one.audience_id: one for one in specs}
    found = restricted_targeting(RestrictedCategory.HOUSING, Targeting(**{"LOCATION": ["US"]} | targeting), by_id)
    assert all(finding.rule == "Q28" and "housing" in finding.sentence for finding in found)
    return [finding.field for finding in found]


@pytest.mark.parametrize(
    ("targeting", "field"),
    [
        ({"AGE_BUCKET": ["18-24"]}, "AGE_BUCKET"),
        ({"MINIMUM_AGE": "18", "MAXIMUM_AGE": "30"}, "MINIMUM_AGE"),
        ({"GENDER": ["male"]}, "GENDER"),
        ({"GEO": ["US-94107"]}, "GEO"),
    ],
)
def test_people_are_not_chosen_by_age_gender_or_postal_code(targeting, field):
    assert fields_of(targeting) == [field]


def test_all_else_may_be_targeted():
    assert fields_of({"GEO": ["US-CA"], "APPTYPE": ["web"], "AUDIENCE_INCLUDE": ["1", "77"]}, visitor("1")) == []
    combined = spec("2", {"type": "COMBINATION", "rule": {"any_of": ["1"]}})
    assert fields_of({"AUDIENCE_EXCLUDE": ["2"]}, visitor("1"), combined) == []


def test_nobody_is_chosen_for_likeness_nor_through_a_combination():
    definition = {"type": "ACTALIKE", "seed_audience_ids": ["1"], "country": "US", "percentage": 1}
    combined = spec("3", {"type": "COMBINATION", "rule": {"any_of": ["2"]}})
    specs = (visitor("1"), spec("2", definition), combined)
    assert fields_of({"AUDIENCE_INCLUDE": ["2"]}, *specs) == ["AUDIENCE_INCLUDE"]
    assert fields_of({"AUDIENCE_EXCLUDE": ["3"]}, *specs) == ["AUDIENCE_EXCLUDE"]
