"""Audiences as they change during a flight: each as a row of versions, the later taking the place of the earlier.

Most audiences have one version, because as many people join as leave. A customer list that is uploaded anew has one
more for each upload, and an audience whose members leave has one for each day on which somebody does. "Now" of the
universe is the start of the flight.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from simulator.config import HOURS_PER_DAY, Membership, RunConfig, SimulatedAudience
from workbench.audiences import Audience, CustomerListDefinition, days_left, populate, populate_all
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
    n_audiences = len(config.audiences)
    n_later = sum(len(spec.refreshes) + (spec.membership is Membership.EXPIRING) for spec in config.audiences)

    def tell(n_done: int, _: int) -> None:
        on_progress(n_done, n_audiences + n_later)

    first_ones = populate_all(config.audiences, universe, on_progress=tell)
    found = {}
    n_done = n_audiences
    for spec in config.audiences:
        first = first_ones[spec.audience_id]
        refreshed = []
        for version in _refreshed(spec, universe):
            refreshed.append(version)
            n_done += 1
            tell(n_done, 0)
        expiring = _expiring(first, universe, config.flight.n_days) if spec.membership is Membership.EXPIRING else ()
        n_done += spec.membership is Membership.EXPIRING
        tell(n_done, 0)
        found[spec.audience_id] = (AudienceVersion(None, first), *refreshed, *expiring)
    return found


def _refreshed(spec: SimulatedAudience, universe: Universe) -> Iterator[AudienceVersion]:
    """Populate a customer list from each of its later uploads."""
    if isinstance(spec.definition, CustomerListDefinition):
        for refresh in spec.refreshes:
            definition = spec.definition.model_copy(update={"list_file": refresh.list_file})
            uploaded = spec.model_copy(update={"definition": definition})
            yield AudienceVersion(refresh.uploaded_at_hour, populate(uploaded, universe))


def _expiring(first: Audience, universe: Universe, n_days: int) -> Sequence[AudienceVersion]:
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
