"""Conversion events as requests (P13), up to 1,000 in each."""

from collections.abc import Sequence

from workbench.errors import FieldError
from workbench.export.conversion_bodies import MAX_EVENTS, ConversionEvent, ConversionEvents
from workbench.export.platform_ids import PlatformIds
from workbench.export.request import ApiRequest, Export


def conversion_requests(events: Sequence[ConversionEvent], ids: PlatformIds, *, is_test: bool = False) -> Export:
    """Tell the platform of events.

    Parameters
    ----------
    events : sequence of ConversionEvent
        Each with an id of its own.
    ids : PlatformIds
        The ad account.
    is_test : bool
        Whether the platform shall only check them.

    Raises
    ------
    FieldError
        If there are none, or two have the same id: the platform would count one of them.
    """
    if not events:
        raise FieldError(("data",), "expected at least one event, got none (P13)")
    if len({event.event_id for event in events}) < len(events):
        raise FieldError(("event_id",), "expected a text that tells an event from all others, got one twice (P13)")
    path = ids.path("events") + ("?test=true" if is_test else "")
    batches = [tuple(events[start : start + MAX_EVENTS]) for start in range(0, len(events), MAX_EVENTS)]
    return Export(
        tuple(ApiRequest("POST", path, "events/create", ConversionEvents(data=batch).body()) for batch in batches)
    )
