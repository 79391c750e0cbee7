"""When members leave an audience if nobody comes back: the decay of visitors and of engagement.

A member whose last qualifying event was at time t is in until t + N · 24 h, that instant included. So on day k from
"now", with nobody doing anything more::

    n_members(k) = accounts with t + N · 24 h ≥ now + k · 24 h
    n_leaving(k) = n_members(k - 1) - n_members(k)

On day N + 1 the last one is gone. Lists, third-party segments and actalikes do not decay; the platform refreshes them.
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.audiences.audience import AudienceSpec
from workbench.audiences.base import MIN_AUDIENCE_SIZE
from workbench.audiences.disclosure import safe_size, shown_size
from workbench.audiences.engagement import understand_engagement
from workbench.audiences.engagement_definition import EngagementDefinition
from workbench.audiences.event_answers import last_times
from workbench.audiences.qualifying_events import QualifyingEvents
from workbench.audiences.visitor import VisitorDefinition, visitor_events
from workbench.errors import DefinitionError
from workbench.events import LastEvents
from workbench.universe import Universe

_DAY: Final = np.timedelta64(1, "D")


def last_qualifying_times(spec: AudienceSpec, universe: Universe, *, as_of: datetime | None = None) -> LastEvents:
    """Find when each member last did what keeps it in the audience.

    Parameters
    ----------
    spec : AudienceSpec
        An audience of site visitors or of engagement.
    universe : Universe
        The platform's tables.
    as_of : datetime, optional
        Another "now" than the universe's, with its zone.

    Returns
    -------
    LastEvents
        The members and their times.

    Raises
    ------
    DefinitionError
        If members of audiences of this type do not leave by themselves; and as `populate`.
    UniverseError
        As `populate`.
    """
    return last_times(_events_of(spec, universe, as_of), universe)


class DaysLeft(NamedTuple):
    """How long members stay if nobody comes back.

    Attributes
    ----------
    accounts : int64 array, shape (n,)
        The members, ascending.
    n_days : int64 array, shape (n,)
        Whole days that each is still in: on day k from "now" those are left that have k or more.
    """

    accounts: NDArray[np.int64]
    n_days: NDArray[np.int64]


def days_left(spec: AudienceSpec, universe: Universe, *, as_of: datetime | None = None) -> DaysLeft:
    """Find for how many days each member stays in an audience; arguments and errors as `last_qualifying_times`."""
    now = as_of or universe.as_of
    last = last_qualifying_times(spec, universe, as_of=as_of)
    # NumPy's times have no zone; these are UTC throughout.
    age = np.datetime64(now.replace(tzinfo=None) - (now.utcoffset() or timedelta(0)), "us") - last.times
    n_days = (np.timedelta64(_retention_days(spec), "D") - age) // _DAY
    return DaysLeft(last.accounts, n_days.astype(np.int64))


def membership_decay(
    spec: AudienceSpec, universe: Universe, *, n_days: int | None = None, as_of: datetime | None = None
) -> pd.DataFrame:
    """Forecast how many members are left on each coming day if nobody comes back.

    Parameters
    ----------
    spec : AudienceSpec
        An audience of site visitors or of engagement.
    universe : Universe
        The platform's tables.
    n_days : int, optional
        Days to look ahead, 1 or more; until everybody is gone when absent.
    as_of : datetime, optional
        Another "now" than the universe's, with its zone.

    Returns
    -------
    DataFrame, n_days + 1 rows
        day : int64
            0 is "now".
        at : datetime64[us, UTC]
            The instant.
        n_members, n_leaving : int64
            Members at that instant, and how many left in the 24 hours before it.

        Exact figures, for computing; `shown_decay` makes the table that people may see.

    Raises
    ------
    DefinitionError
        If members of audiences of this type do not leave by themselves, or ``n_days`` is none; and as `populate`.
    UniverseError
        As `populate`.
    """
    if n_days is not None and n_days < 1:
        raise DefinitionError(f"n_days: expected 1 or more days to look ahead, got {n_days}")
    now = as_of or universe.as_of
    n_days = n_days or _retention_days(spec) + 1
    left = _count_left(days_left(spec, universe, as_of=as_of).n_days, n_days)
    days = np.arange(len(left))
    return pd.DataFrame(
        {
            "day": days,
            "at": pd.Timestamp(now).tz_convert("UTC") + pd.to_timedelta(days, unit="D"),
            "n_members": left,
            "n_leaving": np.concatenate([[0], left[:-1] - left[1:]]),
        }
    ).astype({"at": "datetime64[us, UTC]"})


def shown_decay(decay: pd.DataFrame) -> pd.DataFrame:
    """Make a forecast fit to be seen, as `workbench.audiences.disclosure` says.

    Parameters
    ----------
    decay : DataFrame
        From `membership_decay`.

    Returns
    -------
    DataFrame
        The same rows and columns with safe numbers: ``n_members`` (Int64) in tens and missing under 100, ``n_leaving``
        (Int64) the difference of two of them and missing where one is; and ``shown_n_members``, a text.
    """
    members = pd.array([safe_size(int(n)) for n in decay["n_members"]], dtype="Int64")
    return decay.assign(
        n_members=members,
        n_leaving=-pd.Series(members, index=decay.index).diff(),  # of what is shown, so it says nothing more
        shown_n_members=[shown_size(int(n)) for n in decay["n_members"]],
    )


def too_small_from(decay: pd.DataFrame) -> datetime | None:
    """Return when an ad can use the audience no longer: the first forecast instant with fewer than 100 members."""
    too_small = decay.loc[decay["n_members"] < MIN_AUDIENCE_SIZE, "at"]
    return None if too_small.empty else too_small.iloc[0].to_pydatetime()


def _events_of(spec: AudienceSpec, universe: Universe, as_of: datetime | None) -> QualifyingEvents:
    match spec.definition:
        case VisitorDefinition() as definition:
            return visitor_events(definition, universe, created_at=spec.created_at, as_of=as_of)
        case EngagementDefinition() as definition:
            return understand_engagement(definition, universe, created_at=spec.created_at, as_of=as_of).events
        case _:
            raise DefinitionError(
                f"audience {spec.audience_id}: expected site visitors or engagement, whose members leave some days "
                f"after their last event, got {spec.audience_type}; of that type nobody leaves by itself (Q11)"
            )


def _retention_days(spec: AudienceSpec) -> int:
    definition = spec.definition
    return definition.retention_days if isinstance(definition, VisitorDefinition | EngagementDefinition) else 0


def _count_left(n_days_left: NDArray[np.int64], n_days: int) -> NDArray[np.int64]:
    """Return how many are left on day 0, 1, … n_days: int64 array, shape (n_days + 1,)."""
    leaving = np.bincount(np.minimum(n_days_left, n_days), minlength=n_days + 1)
    return np.cumsum(leaving[::-1])[::-1].astype(np.int64)
