"""Which actions make an engagement audience, as the platform has it today.

The platform may change its two sets of actions at any time, so they are a table of the universe with dates, and not a
rule of the code. This is what goes into a synthetic universe, and what holds where a universe has no such table.
"""

from datetime import UTC, datetime
from typing import Final

import pyarrow as pa

from workbench.universe.schema import ENGAGEMENT_ACTIONS, TABLES

ENGAGER_TYPES_SINCE: Final = datetime(2021, 11, 2, tzinfo=UTC)
"""When the platform began to tell any from optimised engagement (help page)."""
_OPTIMISED: Final = ("outbound_click", "save")


def engagement_actions_table() -> pa.Table:
    """Return the actions of both types: all, and those of high intent that the help page names."""
    rows = [("any", action) for action in ENGAGEMENT_ACTIONS] + [("optimised", action) for action in _OPTIMISED]
    columns = {
        "valid_from": [ENGAGER_TYPES_SINCE] * len(rows),
        "engager_type": [engager_type for engager_type, _ in rows],
        "action": [action for _, action in rows],
    }
    return pa.Table.from_pydict(columns, schema=TABLES["engagement_actions"].arrow_schema)
