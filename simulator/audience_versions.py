"""Audiences as they change during a flight: each as a row of versions, the later taking the place of the earlier.

Most audiences have one version, because as many people join as leave. A customer list that is uploaded anew has one
more for each upload, and an audience whose members leave has one for each day on which somebody does. "Now" of the
universe is the start of the flight.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from simulator.config import HOURS_PER_DAY, ListRefresh, Membership, RunConfig
from workbench.audiences import Audience, days_left, populate, populate_all
from workbench.identity import AccountSet
from workbench.progress import Progress, ignore_progress
from workbench.universe import Universe


class AudienceVersion(NamedTuple):
    """Who is in an audience from some hour on.

    Attributes
    ----------
    from_hour : float or None
        Hour of the flight from which it takes the place of the version before it; None for the first. That of a
        refreshed list is the hour of its upload: it counts once the platform has counted it.
    audience : Audience
        The audience as it is then.
    """

    from_hour: float | None
    audience: Audience


def populate_versions(
    config: RunConfig, universe: Universe, on_progress: Progress = ignore_progress
) -> dict[str, tuple[AudienceVersion, ...]]:
    """Find out who is in each audience of a configuration, in every version of it.

    Parameters
    ----------
    config : RunConfig
        Names the audiences and the days; paths of lists are absolute or relative to the working directory.
    universe : Universe
        The platform's tables.
    on_progress : Progress
        Called with the audiences and uploads done and all of them; raise ``CancelledError`` in it to stop.

    Returns
    -------
    dict of str to tuple of AudienceVersion
        By id, in the order of the configuration; the first version is the audience as it is before the flight.

    Raises
    ------
    WorkbenchError
        As `workbench.audiences.populate_all`.
    """
    steps = _later_steps(config, universe)
    n_audiences, n_total = len(config.audiences), len(config.audiences) + len(steps)
    first_ones = populate_all(config.audiences, universe, on_progress=lambda n_done, _: on_progress(n_done, n_total))
    found = {audience_id: [AudienceVersion(None, first)] for audience_id, first in first_ones.items()}
    for n_done, (audience_id, find_versions) in enumerate(steps, start=n_audiences):

        def tell(*_: int, n_done: int = n_done) -> None:
            on_progress(n_done, n_total)

        tell()
        found[audience_id] += find_versions(first_ones[audience_id], tell)
    on_progress(n_total, n_total)
    return {audience_id: tuple(versions) for audience_id, versions in found.items()}


_Step = tuple[str, Callable[[Audience, Progress], Sequence[AudienceVersion]]]
"""An audience, and what finds some of its later versions, given the first."""


def _later_steps(config: RunConfig, universe: Universe) -> list[_Step]:
    """Return one step for each upload of a list, and one for each audience whose members leave."""
    steps: list[_Step] = []
    for spec in config.audiences:
        steps += [(spec.audience_id, partial(_refreshed, refresh, universe)) for refresh in spec.refreshes]
        if spec.membership is Membership.EXPIRING:
            steps.append((spec.audience_id, partial(_expiring, universe, config.flight.n_days)))
    return steps


def _refreshed(
    refresh: ListRefresh, universe: Universe, first: Audience, on_progress: Progress
) -> Sequence[AudienceVersion]:
    """Populate a customer list from a later upload."""
    definition = first.spec.definition.model_copy(update={"list_file": refresh.list_file})
    uploaded = first.spec.model_copy(update={"definition": definition})
    return [AudienceVersion(refresh.uploaded_at_hour, populate(uploaded, universe, on_progress=on_progress))]


def _expiring(universe: Universe, n_days: int, first: Audience, _: Progress) -> Sequence[AudienceVersion]:
    """Return what is left of an audience at the start of each day but the first on which somebody has left it."""
    accounts, left = days_left(first.spec, universe)
    versions: list[AudienceVersion] = []
    members = first.members or AccountSet.empty(universe.n_accounts)
    for day in range(1, n_days):
        remaining = members & AccountSet.from_indices(accounts[left >= day], universe.n_accounts)
        if remaining != members:
            audience = Audience(first.spec, remaining, first.details)
            versions.append(AudienceVersion(float(day * HOURS_PER_DAY), audience))
            members = remaining
    return versions
