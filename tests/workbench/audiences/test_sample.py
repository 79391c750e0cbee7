"""The sample lists and the sample universe, as the demo uses them."""

import pytest

from tests.house.project_files import ROOT
from workbench.audiences import (
    AudienceSpec,
    CustomerListDefinition,
    TargetingSpec,
    ThirdPartyDefinition,
    VisitorDefinition,
    overlap_matrix,
    populate,
    potential_reach,
    resolve_targeting,
    shown_overlap,
)
from workbench.errors import DefinitionError

SAMPLES = ROOT / "data" / "samples"


@pytest.fixture(scope="module")
def audiences(sample_universe):
    """Populate one audience of each type; list matches depend on how many accounts the universe has."""
    tag_id = sample_universe.query("SELECT DISTINCT tag_id::VARCHAR AS tag_id FROM tag_events")["tag_id"][0]
    definitions = {
        "1": CustomerListDefinition(list_file="customers.csv", are_terms_acknowledged=True),
        "2": CustomerListDefinition(list_file="few_customers.csv", are_terms_acknowledged=True),
        "3": VisitorDefinition(visitor_source_id=tag_id),
        "4": VisitorDefinition(visitor_source_id=tag_id, events=("checkout",), retention_days=540),
        "5": ThirdPartyDefinition(segment_id=sample_universe.segments()["segment_id"][0]),
    }
    specs = [AudienceSpec(audience_id=an_id, name=an_id, definition=rule) for an_id, rule in definitions.items()]
    return {spec.audience_id: populate(spec, sample_universe, base_folder=SAMPLES) for spec in specs}


def test_statuses_are_those_the_samples_are_made_for(audiences):
    statuses = {an_id: audience.status.value for an_id, audience in audiences.items()}
    assert statuses == {"1": "READY", "2": "TOO_SMALL", "3": "READY", "4": "READY", "5": "READY"}


def test_third_party_members_are_american(audiences, sample_universe):
    countries = sample_universe.accounts(columns=["country"])["country"].to_numpy()
    assert set(countries[audiences["5"].members.mask()]) == {"US"}


def test_the_sample_has_a_segment_that_costs_too_much(sample_universe):
    segments = sample_universe.segments().sort_values("data_fee_rate_bp")
    definition = ThirdPartyDefinition(segment_id=segments["segment_id"].iloc[-1])
    with pytest.raises(DefinitionError, match=r"17\.64 %"):
        populate(AudienceSpec(audience_id="1", name="x", definition=definition), sample_universe)


def test_a_campaign_reaches_visitors_who_did_not_buy(audiences, sample_universe):
    spec = TargetingSpec(audience_include=("3",), audience_exclude=("4",), location=("US",))
    resolved = resolve_targeting(spec, audiences, sample_universe)
    assert resolved.warnings == ()
    assert resolved.members <= audiences["3"].members
    assert resolved.members.isdisjoint(audiences["4"].members)
    low, high = potential_reach(spec, audiences, sample_universe)
    assert 0 < low <= len(resolved.members) <= high


def test_the_table_for_people_shows_no_small_number(audiences):
    shown = shown_overlap(overlap_matrix(list(audiences.values())))
    assert (shown["n_overlap"].dropna() >= 100).all()
    assert (shown["n_overlap"].dropna() % 10 == 0).all()
    assert set(shown.loc[shown["audience_id_a"] == "2", "shown_overlap_share"]) == {"hidden"}
