"""Many audiences at once, made from each other in any order."""

import pytest

from workbench.audiences import (
    AllOf,
    AudienceSpec,
    CombinationDefinition,
    CustomerListDefinition,
    NoneOf,
    VisitorDefinition,
    populate,
    populate_all,
    sources_first,
)
from workbench.audiences.populating_many import populate_each
from workbench.errors import CancelledError, DefinitionError, UnknownAudienceError
from workbench.universe import SHOP_TAG_ID


def visitors(audience_id, *events):
    definition = VisitorDefinition(visitor_source_id=SHOP_TAG_ID, events=events)
    return AudienceSpec(audience_id=audience_id, name=audience_id, definition=definition)


def made_from(audience_id, *parts):
    definition = CombinationDefinition(rule=AllOf(all_of=parts))
    return AudienceSpec(audience_id=audience_id, name=audience_id, definition=definition)


ABANDONED = [
    made_from("4", "3", "3"),
    made_from("3", "1", NoneOf(none_of=("2",))),
    visitors("1", "addtocart"),
    visitors("2", "checkout"),
]


def test_audiences_are_populated_behind_their_sources_and_returned_as_asked(sample_universe):
    found = populate_all(ABANDONED, sample_universe)
    assert list(found) == ["4", "3", "1", "2"]
    carts, buyers = (populate(spec, sample_universe).members for spec in ABANDONED[2:])
    assert found["3"].members == found["4"].members == carts - buyers
    assert len(found["3"].members) > 0


def test_progress_counts_audiences_and_a_stop_is_heard(sample_universe):
    calls = []
    populate_all(ABANDONED, sample_universe, on_progress=lambda *call: calls.append(call))
    assert calls == sorted(calls)
    assert (calls[0], calls[-1]) == ((0, 4), (4, 4))

    def stop(n_done, _n_total):
        if n_done == 2:
            raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        populate_all(ABANDONED, sample_universe, on_progress=stop)


def test_a_source_that_is_not_there_is_refused():
    specs = {spec.audience_id: spec for spec in ABANDONED[:3]}
    with pytest.raises(UnknownAudienceError, match="audience 3 is made from audience 2, which is not among"):
        sources_first(specs)


def test_a_circle_is_refused_and_shown():
    specs = {spec.audience_id: spec for spec in (made_from("1", "2"), made_from("2", "3"), made_from("3", "1"))}
    with pytest.raises(DefinitionError, match=r"got a circle: (1 from 2 from 3 from 1|2 from .*|3 from .*); break"):
        sources_first(specs)


def test_no_audiences_are_no_trouble(sample_universe):
    assert populate_all([], sample_universe) == {}


def test_what_one_audience_is_refused_for_is_said_behind_all_others(sample_universe):
    strangers = AudienceSpec(audience_id="7", name="7", definition=VisitorDefinition(visitor_source_id="1"))
    unread = AudienceSpec(
        audience_id="9",
        name="9",
        definition=CustomerListDefinition(list_file="absent.csv", are_terms_acknowledged=True),
    )
    specs = {spec.audience_id: spec for spec in [strangers, made_from("8", "7"), unread, *ABANDONED]}
    found = []
    with pytest.raises(DefinitionError, match="visitor_source_id: expected a tag that reported events"):
        found.extend(audience.spec.audience_id for audience in populate_each(specs, sample_universe))
    assert sorted(found) == ["1", "2", "3", "4"]
