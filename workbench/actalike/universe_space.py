"""The space of a universe: from its tables, or from the folder in which it was kept.

Features are pins, each engagement weighted by what was done. Where there are no engagements with pins, what visitors
did on sites is all there is, and pages are the features. Age, gender and the like are left out on purpose: an actalike
shall find people by what they like, and some ads must not be aimed by who people are (reading Q28).
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from workbench.actalike.engagement_matrix import NO_GROUP, EngagementMatrix
from workbench.actalike.space import ActalikeSpace, fit_space
from workbench.actalike.space_folder import open_space, save_space
from workbench.array_file import fingerprint
from workbench.errors import UniverseError
from workbench.progress import Progress, ignore_progress
from workbench.universe import Universe

if TYPE_CHECKING:
    import pandas as pd

SPACE_FOLDER: Final = "actalike"
ACTION_WEIGHTS: Final = {"save": 3.0, "comment": 3.0, "outbound_click": 2.0, "pin_click": 1.0, "video_view": 0.5}
"""How much an engagement says about a taste: who keeps or comments cares more than who looks. Our choice; no source."""

OTHER_WEIGHT: Final = 1.0
MIN_FEATURE_ACCOUNTS: Final = 5
"""Accounts that a feature needs: what fewer have in common is chance, and might single them out."""

_SOURCES: Final = ("accounts", "pin_engagements", "tag_events", "pins")


def space_of_universe(universe: Universe, on_progress: Progress = ignore_progress) -> ActalikeSpace:
    """Return the space of a universe: the one that was kept beside its tables, else one made now and remembered.

    Parameters
    ----------
    universe : Universe
        Needs the table ``pin_engagements`` or ``tag_events``.
    on_progress : Progress
        Called while a space is made; raise ``CancelledError`` in it to stop.

    Raises
    ------
    UniverseError
        If nobody did anything that several did.
    InputFileError
        If the space that was kept is damaged, or of other tables.
    """
    if (universe.path / SPACE_FOLDER).is_dir():
        return _kept(universe)
    remembered = _remembered(universe)
    if not remembered:
        remembered.append(fit_space(read_engagements(universe), on_progress=on_progress))
    return remembered[0]


def keep_space(universe: Universe, *, overwrite: bool = False, on_progress: Progress = ignore_progress) -> None:
    """Make the space of a universe and keep it beside its tables, so that it is made only once.

    Parameters
    ----------
    universe : Universe
        As for `space_of_universe`.
    overwrite : bool
        Replace one that is there already.
    on_progress : Progress
        As for `space_of_universe`.

    Raises
    ------
    UniverseError
        If nobody did anything that several did.
    InputFileError
        If there is one already that may not be replaced.
    """
    space = fit_space(read_engagements(universe), on_progress=on_progress)
    save_space(space, universe.path / SPACE_FOLDER, origin=_origin(universe), overwrite=overwrite)
    _kept.cache_clear()


@lru_cache(maxsize=2)
def _kept(universe: Universe) -> ActalikeSpace:
    return open_space(universe.path / SPACE_FOLDER, origin=_origin(universe))


@lru_cache(maxsize=2)
def _remembered(universe: Universe) -> list[ActalikeSpace]:  # noqa: ARG001 (what is remembered is remembered by it)
    return []


def _origin(universe: Universe) -> str:
    tables = [name for name in _SOURCES if universe.has_table(name)]
    return " ".join([universe.as_of.isoformat(), *(fingerprint(universe.table_path(name)) for name in tables)])


def read_engagements(universe: Universe) -> EngagementMatrix:
    """Read what accounts did up to the universe's "now", as features.

    Parameters
    ----------
    universe : Universe
        Needs the table ``pin_engagements`` or ``tag_events``.

    Raises
    ------
    UniverseError
        If nobody did anything that several did.
    """
    home = universe.accounts(["country"])["country"].astype("category")
    countries = tuple(map(str, home.cat.categories))
    codes = np.asarray(home.cat.codes, dtype=np.int32)
    for read in (_pins_engaged_with, _pages_visited):
        events = read(universe)
        if events is not None and len(events):
            names, column = np.unique(events["feature"].to_numpy(dtype=str), return_inverse=True)
            matrix = EngagementMatrix.from_events(
                events["account"].to_numpy(dtype=np.int64),
                column,
                events["weight"].to_numpy(dtype=np.float64),
                tuple(map(str, names)),
                codes,
                countries,
            )
            return _grouped_by_interest(matrix, universe)
    raise UniverseError(
        f"expected things that at least {MIN_FEATURE_ACCOUNTS} accounts did, got none in pin_engagements or "
        "tag_events; an actalike needs one of these tables"
    )


def _pins_engaged_with(universe: Universe) -> "pd.DataFrame | None":
    if not universe.has_table("pin_engagements"):
        return None
    weights = " ".join(f"WHEN '{action}' THEN {weight}" for action, weight in ACTION_WEIGHTS.items())
    return _shared_features(
        universe,
        f"SELECT account, pin_id AS feature, sum(CASE action {weights} ELSE {OTHER_WEIGHT} END) AS weight "  # noqa: S608
        "FROM pin_engagements WHERE event_time <= ? AND account IS NOT NULL GROUP BY ALL",
    )


def _pages_visited(universe: Universe) -> "pd.DataFrame | None":
    if not universe.has_table("tag_events"):
        return None
    return _shared_features(
        universe,
        "SELECT account, concat_ws(' ', tag_id, event, url) AS feature, count(*) AS weight "
        "FROM tag_events WHERE event_time <= ? AND account IS NOT NULL GROUP BY ALL",
    )


def _shared_features(universe: Universe, question: str) -> "pd.DataFrame":
    """Return account, feature and weight of features that enough accounts have, in a fixed order."""
    return universe.query(
        f"WITH found AS ({question}) SELECT account, feature, weight FROM found "  # noqa: S608 (ours, see above)
        "WHERE feature IN (SELECT feature FROM found GROUP BY feature HAVING count(*) >= ?) ORDER BY account, feature",
        (universe.as_of, MIN_FEATURE_ACCOUNTS),
    )


def _grouped_by_interest(matrix: EngagementMatrix, universe: Universe) -> EngagementMatrix:
    if not universe.has_table("pins"):
        return matrix
    pins = universe.query("SELECT pin_id, interest FROM pins WHERE interest IS NOT NULL")
    interest_of = dict(zip(pins["pin_id"], pins["interest"], strict=True))
    interests = tuple(sorted({interest_of[name] for name in matrix.feature_names if name in interest_of}))
    place = {interest: number for number, interest in enumerate(interests)}
    groups = [place.get(interest_of.get(name, ""), NO_GROUP) for name in matrix.feature_names]
    return EngagementMatrix(
        matrix.weights,
        matrix.feature_names,
        matrix.country_of_account,
        matrix.countries,
        np.array(groups, dtype=np.int32),
        interests,
    )
