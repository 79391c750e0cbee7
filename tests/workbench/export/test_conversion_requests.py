"""Conversion events: batches, one spelling, and nobody who may not be used for audiences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workbench.export.api_schema import schema_faults
from tests.workbench.export.conftest import AD_ACCOUNT, IDS
from workbench.errors import FieldError
from workbench.export import check_body, conversion_requests
from workbench.export.conversion_bodies import EVENT_NAMES, ConversionEvent, conversion_event_name
from workbench.identity import hash_email
from workbench.universe.schema import TAG_EVENTS

DIGEST = hash_email("person1@mail.example").hex()


def event(number: int = 0, **fields: object) -> ConversionEvent:
    return ConversionEvent(
        **{
            "event_name": "checkout",
            "action_source": "web",
            "event_time": 1451431341,
            "event_id": f"event-{number}",
            "user_data": {"em": [DIGEST]},
        }
        | fields
    )


def test_events_go_out_a_thousand_at_a_time():
    export = conversion_requests([event(number) for number in range(1001)], IDS)
    assert [len(request.body["data"]) for request in export.requests] == [1000, 1]
    assert {request.path for request in export.requests} == {f"/ad_accounts/{AD_ACCOUNT}/events"}
    rehearsal = conversion_requests([event()], IDS, is_test=True)
    assert rehearsal.requests[0].path.endswith("/events?test=true")


@given(
    name=st.sampled_from([*EVENT_NAMES, *TAG_EVENTS]),
    source=st.sampled_from(["app_android", "web", "offline"]),
    value=st.decimals(0, 10_000, places=2).map(str),
    maids=st.booleans(),
)
def test_every_event_that_can_be_written_passes_the_schema(name, source, value, maids):
    people = {"hashed_maids": [DIGEST]} if maids else {"em": [DIGEST], "external_id": [DIGEST]}
    one = event(
        event_name=name, action_source=source, user_data=people, custom_data={"value": value, "currency": "EUR"}
    )
    body = conversion_requests([one], IDS).requests[0].body
    assert schema_faults("events/create", body) == []
    check_body("events/create", body)


def test_the_three_spellings_of_an_event_are_one():
    assert {conversion_event_name(name) for name in ("addtocart", "ADD_TO_CART", "add_to_cart")} == {"add_to_cart"}
    assert {conversion_event_name(name) for name in TAG_EVENTS} <= set(EVENT_NAMES)
    with pytest.raises(FieldError, match="event_name: expected one of add_payment_info"):
        conversion_event_name("bought")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"action_source": "app_ios"}, "action_source: .*iOS.*S19"),
        ({"opt_out": True}, "opt_out: .*opted out.*S20"),
        ({"user_data": {}}, "user_data.em: expected digests"),
        ({"user_data": {"em": ["person1@mail.example"]}}, "user_data.em.0: .*SHA-256"),
        ({"custom_data": {"value": 72.39}}, "custom_data.value: .*not a number"),
        ({"event_name": 5}, "event_name: expected a text"),
    ],
)
def test_what_may_not_go_out_is_refused_without_showing_it(fields, words):
    with pytest.raises(FieldError, match=words) as refusal:
        event(**fields)
    assert "mail.example" not in str(refusal.value)


def test_events_have_ids_of_their_own_and_there_is_one_at_least():
    with pytest.raises(FieldError, match="got one twice"):
        conversion_requests([event(), event()], IDS)
    with pytest.raises(FieldError, match="at least one event"):
        conversion_requests([], IDS)
