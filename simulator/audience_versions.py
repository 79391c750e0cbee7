"""Audiences as they change during a flight: each as a row of versions, the later taking the place of the earlier.

Most audiences have one version, because as many people join as leave. A customer list that is uploaded anew has one
more for each upload, and an audience whose members leave has one for each day on which somebody does. An audience
that is made from others follows them: a combination at each change, an actalike at most once a week, as it has to be
learned anew. "Now" of the universe is the start of the flight.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple

from simulator.config import HOURS_PER_DAY, ListRefresh, Membership, RunConfig
from workbench.audiences import (
    Audience,
    AudienceSpec,
    AudienceStatus,
    AudienceType,
    days_left,
    populate,
    populate_all,
    sources_first,
)
from workbench.identity import AccountSet
from workbench.progress import Progress, ignore_progress
from workbench.universe import Universe

WEEK_HOURS: Final = 7 * HOURS_PER_DAY
"""An actalike is learned anew at most so often. The help page is silent; other platforms take three to seven days."""


class AudienceVersion(NamedTuple):
    """Who is in an audience from some hour on.

    Attributes
    ----------
    from_hour : float or None
        Hour of the flight from which it takes the place of the version before it; None for the first. That of a
        refreshed list is the hour of its upload: it counts once the platform has counted it.
    audience : Audience
        The audience as it is then.
    made_of : tuple of (str, int)
        Ids and numbers of the versions of other audiences that it is made of, and that are counted before it; empty for
        the first.
    """

    from_hour: float | None
    audience: Audience
    made_of: tuple[tuple[str, int], ...] = ()


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
    steps, following = _later_steps(config, universe), _following(config)
    n_audiences, n_total = len(config.audiences), len(config.audiences) + len(steps) + len(following)
    first_ones = populate_all(config.audiences, universe, on_progress=lambda n_done, _: on_progress(n_done, n_total))
    found = {audience_id: [AudienceVersion(None, first)] for audience_id, first in first_ones.items()}
    for n_done, (audience_id, find_versions) in enumerate(steps, start=n_audiences):
        found[audience_id] += find_versions(first_ones[audience_id], partial(_tell, on_progress, n_done, n_total))
    for n_done, audience_id in enumerate(following, start=n_audiences + len(steps)):
        found[audience_id] += _followed(audience_id, found, universe, partial(_tell, on_progress, n_done, n_total))
    on_progress(n_total, n_total)
    return {audience_id: tuple(versions) for audience_id, versions in found.items()}


def _tell(on_progress: Progress, n_done: int, n_total: int, *_: int) -> None:
    """Tell how many steps are done, however far the present one is."""
    on_progress(n_done, n_total)


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
    on_progress(0, 1)
    definition = first.spec.definition.model_copy(update={"list_file": refresh.list_file})
    uploaded = first.spec.model_copy(update={"definition": definition})
    return [AudienceVersion(refresh.uploaded_at_hour, populate(uploaded, universe, on_progress=on_progress))]


def _expiring(universe: Universe, n_days: int, first: Audience, on_progress: Progress) -> Sequence[AudienceVersion]:
    """Return what is left of an audience at the start of each day but the first on which somebody has left it."""
    on_progress(0, 1)
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


def _following(config: RunConfig) -> list[str]:
    """Return the audiences that are made from such as change, in an order in which sources come first."""
    specs = {spec.audience_id: spec for spec in config.audiences}
    changing = {an_id for an_id, spec in specs.items() if spec.refreshes or spec.membership is Membership.EXPIRING}
    following = []
    for audience_id in sources_first(specs):
        if changing.intersection(specs[audience_id].definition.source_audience_ids):
            changing.add(audience_id)
            following.append(audience_id)
    return following


def _followed(
    audience_id: str, found: Mapping[str, Sequence[AudienceVersion]], universe: Universe, on_progress: Progress
) -> list[AudienceVersion]:
    """Work out the later versions of an audience that is made from others.

    A version is of the latest uploads and members of all its sources together. An actalike whose source has become too
    small to learn from stays as it was.
    """
    first = found[audience_id][0].audience
    versions: list[AudienceVersion] = []
    members = first.members
    for hour in _hours_of_change(first.spec, found):
        numbers = {an_id: _number_at(hour, versions_of) for an_id, versions_of in found.items()}
        sources = {an_id: found[an_id][number].audience for an_id, number in numbers.items()}
        own_ids = first.spec.definition.source_audience_ids
        on_progress(0, 1)
        if _is_learned(first.spec) and any(sources[an_id].status is not AudienceStatus.READY for an_id in own_ids):
            continue
        audience = populate(first.spec, universe, sources=sources, on_progress=on_progress)
        if audience.members != members:
            versions.append(AudienceVersion(hour, audience, tuple((an_id, numbers[an_id]) for an_id in own_ids)))
            members = audience.members
    return versions


def _hours_of_change(spec: AudienceSpec, found: Mapping[str, Iterable[AudienceVersion]]) -> list[float]:
    """Return when an audience follows its sources: of the changes of a week an actalike follows the last."""
    hours = sorted(
        {
            version.from_hour
            for source_id in spec.definition.source_audience_ids
            for version in found[source_id]
            if version.from_hour is not None
        }
    )
    if not _is_learned(spec):
        return hours
    return list({hour // WEEK_HOURS: hour for hour in hours}.values())


def _is_learned(spec: AudienceSpec) -> bool:
    return spec.audience_type is AudienceType.ACTALIKE


def _number_at(hour: float, versions: Sequence[AudienceVersion]) -> int:
    """Return the number of the latest version that has come by an hour."""
    return max(
        number for number, version in enumerate(versions) if version.from_hour is None or version.from_hour <= hour
    )
