"""Who comes to the shop's site and what they do there: visits that narrow down from a page to an order.

    pagevisit → viewcategory → search → addtocart → checkout

Who visits follows from interests and activity, so the audience of site visitors resembles, but is not, the audience of
any segment about home and garden. What the tag makes of it is `workbench.universe.tag_reports`.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from workbench.universe.interests import INTEREST_SHARE, Affinity, weigh_interests
from workbench.universe.people import as_instants
from workbench.universe.randomness import Floats, Indices, draw_days_ago
from workbench.universe.schema import TAG_EVENTS
from workbench.universe.site import EVENT_PAGES, URLS, page_url

_VISITOR_SHARE: Final = 0.075
_DRAW: Final = weigh_interests(
    {"home_decor": 1.0, "gardening": 1.0, "diy_and_crafts": 0.8, "pets": 0.2, "cooking": 0.2}
)


@dataclass(frozen=True)
class _Stage:
    """One step of a visit: how likely, of which step it is a part, and how long after the start, at most."""

    event: str
    share: float
    after: str | None
    minutes: tuple[float, float]


_FUNNEL: Final = (
    _Stage("pagevisit", 1.0, None, (0.0, 0.1)),
    _Stage("viewcategory", 0.62, "pagevisit", (0.2, 2.0)),
    _Stage("search", 0.28, "pagevisit", (2.0, 4.0)),
    _Stage("watchvideo", 0.04, "pagevisit", (2.0, 6.0)),
    _Stage("addtocart", 0.42, "viewcategory", (4.0, 9.0)),
    _Stage("custom", 0.06, "viewcategory", (4.0, 9.0)),
    _Stage("signup", 0.05, "pagevisit", (5.0, 10.0)),
    _Stage("lead", 0.02, "viewcategory", (6.0, 12.0)),
    _Stage("checkout", 0.45, "addtocart", (10.0, 20.0)),
)


class Visits(NamedTuple):
    """What happened on the site, one row a thing, in any order.

    Parameters
    ----------
    visit : int64 array, shape (n,)
        Number of the visit it belongs to.
    row : int64 array, shape (n,)
        Row of the block the visitor belongs to.
    event : int64 array, shape (n,)
        Position in ``TAG_EVENTS``.
    page : int64 array, shape (n,)
        Position in ``workbench.universe.site.URLS``.
    event_time : int64 array, shape (n,)
        Microseconds since 1970.
    cart_micros : int64 array, shape (n,)
        What the cart of the visit is worth, micro-currency.
    """

    visit: Indices
    row: Indices
    event: Indices
    page: Indices
    event_time: npt.NDArray[np.int64]
    cart_micros: npt.NDArray[np.int64]


def draw_site_visits(
    affinity: Affinity, activity: npt.NDArray[np.float32], as_of_micros: int, generator: np.random.Generator
) -> Visits:
    """Draw the visits of a block of people to the shop's site.

    Parameters
    ----------
    affinity : float32 array, shape (n, n_interests)
        What each of them cares about.
    activity : float32 array, shape (n,)
        How often they come by.
    as_of_micros : int
        "Now" of the universe, microseconds since 1970.
    generator : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    Visits
        What they did there.
    """
    pull = 0.15 + 0.85 * (affinity @ _DRAW) / float(INTEREST_SHARE @ _DRAW)
    chance = np.minimum(_VISITOR_SHARE * pull * np.clip(activity, 0.1, 8.0) ** 0.3, 0.9)
    visitor = np.flatnonzero(generator.random(len(affinity)) < chance)
    visit_row = np.repeat(visitor, 1 + generator.poisson(np.minimum(0.5 * activity[visitor], 4.0)))
    days_ago = draw_days_ago(generator, len(visit_row)) + 0.05  # every visit is over by as_of
    cart_micros = _draw_cart_values(len(visit_row), generator)
    visit, event, minutes = _walk_funnel(len(visit_row), generator)
    event_time = as_instants(as_of_micros, np.minimum(days_ago[visit], 540.0) - minutes / 1440)
    return Visits(visit, visit_row[visit], event, _draw_pages(event, generator), event_time, cart_micros[visit])


def _walk_funnel(n_visits: int, generator: np.random.Generator) -> tuple[Indices, Indices, Floats]:
    """Return visit, event and minutes since the start of the visit, one row per thing that happened."""
    reached: dict[str, npt.NDArray[np.bool_]] = {}
    visits, events, minutes = [], [], []
    for stage in _FUNNEL:
        is_here = generator.random(n_visits) < stage.share
        if stage.after is not None:
            is_here &= reached[stage.after]
        reached[stage.event] = is_here
        visits.append(np.flatnonzero(is_here))
        events.append(np.full(visits[-1].size, TAG_EVENTS.index(stage.event)))
        minutes.append(generator.uniform(*stage.minutes, n_visits)[is_here])
    return np.concatenate(visits), np.concatenate(events), np.concatenate(minutes)


def _draw_cart_values(n_visits: int, generator: np.random.Generator) -> npt.NDArray[np.int64]:
    """Draw what a visit's cart is worth: log-normal about 55 dollars, in whole cents, as micro-currency."""
    dollars = np.exp(generator.normal(4.0, 0.7, n_visits))
    return np.round(dollars * 100).astype(np.int64) * 10_000


def _draw_pages(event: Indices, generator: np.random.Generator) -> Indices:
    n_pages = np.array([len(EVENT_PAGES[name]) for name in TAG_EVENTS])
    first_page = np.array([URLS.index(page_url(EVENT_PAGES[name][0])) for name in TAG_EVENTS])
    # Squared, so that the first page of each kind (the home page, the first category) is the most visited.
    place = np.floor(generator.random(len(event)) ** 2 * n_pages[event]).astype(np.int64)
    pages: Indices = first_page[event] + place
    return pages
