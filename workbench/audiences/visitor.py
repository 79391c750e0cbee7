"""Site visitors: people whom the advertiser's tag saw on its site, within a rolling window of days.

The rule in set terms::

    members = accounts with an event of the tag
              in [now - N · 24 h, now]                      both ends included
              whose event is one of `events`, or whose page is one of `urls`   (any event if both are empty)

The help page offers events or pages. Both together mean either: whoever did one of the things or saw one of the pages.
"In the cart but not checked out" is not one rule but two audiences, one included and one excluded.
"""

from datetime import timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator

from workbench.audiences.base import AudienceType, Definition, Population
from workbench.errors import DefinitionError
from workbench.identity import AccountSet
from workbench.universe import Universe
from workbench.universe.schema import TAG_EVENTS
from workbench.validation import DigitId

MAX_RETENTION_DAYS = 540
DEFAULT_RETENTION_DAYS = 180


class VisitorDefinition(Definition):
    """The people who visited the advertiser's site.

    Attributes
    ----------
    visitor_source_id : str
        The tag, digits.
    events : tuple of str
        Tag events, any of which qualifies: pagevisit, signup, checkout, viewcategory, search, addtocart, watchvideo,
        lead, custom. The spellings ``add_to_cart`` and ``ADD_TO_CART`` are read as ``addtocart``.
    urls : tuple of str
        Pages, spelled exactly as the tag reports them; a visit to any of them qualifies.
    retention_days : int
        How many days a person stays after the last qualifying event, 1 to 540. An event exactly that many times 24
        hours old still counts.
    prefill : bool
        Whether past visits count ("include past traffic"). Without them the audience starts empty.
    """

    type: Literal[AudienceType.VISITOR] = AudienceType.VISITOR
    visitor_source_id: DigitId
    events: tuple[str, ...] = Field(default=(), description=f"any of {', '.join(TAG_EVENTS)}")
    urls: tuple[str, ...] = Field(default=(), description="pages, spelled as the tag reports them")
    retention_days: int = Field(
        default=DEFAULT_RETENTION_DAYS,
        ge=1,
        le=MAX_RETENTION_DAYS,
        strict=True,
        description=f"days a person stays a member, a whole number from 1 to {MAX_RETENTION_DAYS}",
    )
    prefill: bool = Field(default=True, description="whether past visits count")

    @field_validator("events")
    @classmethod
    def _spelled_as_in_rules(cls, events: tuple[str, ...]) -> tuple[str, ...]:
        spelled = tuple(event.replace("_", "").lower() for event in events)
        unknown = [event for event, plain in zip(events, spelled, strict=True) if plain not in TAG_EVENTS]
        if unknown:
            raise ValueError(f"expected events that a tag knows, got {unknown[0]!r}")
        return spelled


def populate_visitor(definition: VisitorDefinition, universe: Universe) -> Population:
    """Find the visitors as of the universe's "now".

    Parameters
    ----------
    definition : VisitorDefinition
        Tag, events, pages and window.
    universe : Universe
        Needs the table ``tag_events``.

    Returns
    -------
    Population
        The visitors; nobody when past visits do not count, because the audience is created "now".

    Raises
    ------
    UniverseError
        If the universe has no tag events.
    DefinitionError
        If the tag is not in it.
    """
    found = _visiting_accounts(definition, universe) if definition.prefill else np.empty(0, dtype=np.int64)
    if not found.size:  # only then can the tag be a wrong one, and a second look at the events be worth its time
        _require_known_tag(definition.visitor_source_id, universe)
    return Population(AccountSet.from_indices(found, universe.n_accounts))


def _visiting_accounts(definition: VisitorDefinition, universe: Universe) -> NDArray[np.int64]:
    """Return the accounts with a qualifying event: int64 array, shape (n,), in any order."""
    found = universe.query(
        """
        SELECT DISTINCT account FROM tag_events
        WHERE account IS NOT NULL AND tag_id = ? AND event_time BETWEEN ? AND ?
          AND (? OR event IN (SELECT unnest(?::VARCHAR[])) OR url IN (SELECT unnest(?::VARCHAR[])))
        """,
        (
            definition.visitor_source_id,
            universe.as_of - timedelta(days=definition.retention_days),
            universe.as_of,
            not definition.events and not definition.urls,
            list(definition.events),
            list(definition.urls),
        ),
    )
    return found["account"].to_numpy(dtype=np.int64)


def _require_known_tag(tag_id: str, universe: Universe) -> None:
    known = universe.query("SELECT DISTINCT tag_id::VARCHAR AS tag_id FROM tag_events ORDER BY tag_id")["tag_id"]
    if tag_id not in set(known):
        raise DefinitionError(
            f"visitor_source_id: expected a tag that reported events in this universe, got {tag_id}; "
            f"its tags are: {', '.join(known) or 'none'}"
        )
