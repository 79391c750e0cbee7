"""Events on disk, sorted so that a question reads little more than its answer.

`write_event_index` sorts a table of events once, `append_events` adds to it, and an `EventIndex` that is opened answers
an `EventQuestion` in milliseconds: who did some things, with some sources, within some days. Questions about anything
else of an event, such as its page or its value, are for SQL over the table (`workbench.universe.Universe.query`).
"""

from workbench.events.building import append_events, compact_events, write_event_index
from workbench.events.distributed_answers import answer_all_on_cluster
from workbench.events.index import EventIndex, Fired, LastEvents
from workbench.events.populating import answer_all
from workbench.events.question import EventQuestion
from workbench.events.sorting import EventColumns

__all__ = [
    "EventColumns",
    "EventIndex",
    "EventQuestion",
    "Fired",
    "LastEvents",
    "answer_all",
    "answer_all_on_cluster",
    "append_events",
    "compact_events",
    "write_event_index",
]
