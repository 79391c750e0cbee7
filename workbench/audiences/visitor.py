"""Site visitors: people whom the advertiser's tag saw on its site, within a rolling window of days.

A tag has two parts. Its base code is on every page and reports that the page was loaded; its event code is on the pages
where something is done and reports what. The rule in set terms::

    members = accounts with an event of the tag in the window of `workbench.audiences.qualifying_events`
              that is one of `events` and has `event_data`,       event code only
              or whose page meets one of `urls`                   base code or event code
              (anything the tag saw, page loads too, if both are empty)
              and that came from one of `event_source`, through one of `ingestion_source`, where they are asked for

The help page offers events or pages. Both together mean either: whoever did one of the things or saw one of the pages.
"In the cart but not checked out" is not one rule but two audiences, one included and one excluded:
`workbench.audiences.recipes` writes both.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from workbench.audiences.base import AudienceType, Definition, Population
from workbench.audiences.condition import Sql, TextRule, all_of, any_of, sql_of
from workbench.audiences.event_answers import accounts_with
from workbench.audiences.event_data import EventData
from workbench.audiences.qualifying_events import (
    DEFAULT_RETENTION_DAYS,
    QualifyingEvents,
    RetentionDays,
    Window,
    membership_window,
)
from workbench.errors import DefinitionError
from workbench.events import EventQuestion
from workbench.identity import AccountSet
from workbench.universe import Universe
from workbench.universe.schema import PAGE_LOAD, TAG_EVENTS
from workbench.validation import DigitId

EventSource = Literal["web", "mobile", "offline"]
IngestionSource = Literal["tag", "mmp", "file_upload", "conversions_api"]
_EVERYTHING: Final[Sql] = ("true", ())


def _one_or_several(value: object) -> object:
    """Read a bare text or condition as the only one, as the API does."""
    return (value,) if isinstance(value, str | dict) else value


def _equal_to(value: object) -> object:
    """Read the API's object ``{"=": [...]}``; no other operator is there for this field."""
    return value["="] if isinstance(value, dict) and list(value) == ["="] else value


class VisitorDefinition(Definition):
    """The people who visited the advertiser's site.

    Attributes
    ----------
    visitor_source_id : str
        The tag, digits.
    events : tuple of str
        Tag events, any of which qualifies: pagevisit, signup, checkout, viewcategory, search, addtocart, watchvideo,
        lead, custom. The spellings ``add_to_cart`` and ``ADD_TO_CART`` are read as ``addtocart``.
    event_data : EventData or None
        What the event has to say of itself, such as the product; needs ``events``.
    urls : tuple of str or TextCondition
        Pages; a visit to any that meets one of them qualifies. A text is a page spelled exactly as the tag reports it,
        an object has the operators ``=``, ``!=``, ``contains`` and ``not_contains``.
    event_source : tuple of str
        Where it happened, any of web, mobile and offline; anywhere if empty.
    ingestion_source : tuple of str
        How the platform heard of it, any of tag, mmp, file_upload and conversions_api; anyhow if empty.
    retention_days : int
        How many days a person stays after the last qualifying event, 1 to 540. An event exactly that many times 24
        hours old still counts.
    prefill : bool
        Whether past visits count ("include past traffic"). Without them the audience starts empty.
    """

    type: Literal[AudienceType.VISITOR] = AudienceType.VISITOR
    visitor_source_id: DigitId
    events: tuple[str, ...] = Field(default=(), description=f"any of {', '.join(TAG_EVENTS)} (S11)")
    event_data: EventData | None = None
    urls: Annotated[tuple[TextRule, ...], BeforeValidator(_one_or_several)] = Field(
        default=(),
        description="pages, spelled as the tag reports them, or objects of =, !=, contains, not_contains (S11)",
    )
    event_source: Annotated[tuple[EventSource, ...], BeforeValidator(_equal_to)] = ()
    ingestion_source: Annotated[tuple[IngestionSource, ...], BeforeValidator(_equal_to)] = ()
    retention_days: RetentionDays = DEFAULT_RETENTION_DAYS
    prefill: bool = Field(default=True, description="whether past visits count")

    @field_validator("events")
    @classmethod
    def _spelled_as_in_rules(cls, events: tuple[str, ...]) -> tuple[str, ...]:
        spelled = tuple(event.replace("_", "").lower() for event in events)
        if PAGE_LOAD in spelled:
            raise ValueError(f"{PAGE_LOAD} is what base code reports and no event; leave events empty for all visitors")
        unknown = [event for event, plain in zip(events, spelled, strict=True) if plain not in TAG_EVENTS]
        if unknown:
            raise ValueError(f"expected events that a tag knows, got {unknown[0]!r}")
        return spelled

    @model_validator(mode="after")
    def _data_of_an_event(self) -> Self:
        if self.event_data is not None and not self.events:
            raise ValueError(
                "event_data: expected together with events, of which it is said, got none; name the events"
            )
        return self


def populate_visitor(
    definition: VisitorDefinition,
    universe: Universe,
    *,
    created_at: datetime | None = None,
    as_of: datetime | None = None,
) -> Population:
    """Find the visitors.

    Parameters
    ----------
    definition : VisitorDefinition
        Tag, events, pages and window.
    universe : Universe
        Needs the table ``tag_events``.
    created_at : datetime, optional
        When the audience was created, with its zone; without past visits only later ones count. "Now" when absent.
    as_of : datetime, optional
        Another "now" than the universe's, with its zone.

    Returns
    -------
    Population
        The visitors; `workbench.audiences.unmet_rules` says why there may be none.

    Raises
    ------
    UniverseError
        If the universe has no tag events.
    DefinitionError
        If the tag is not in it, or a time has no zone.
    """
    events = visitor_events(definition, universe, created_at=created_at, as_of=as_of)
    return visitor_population(definition, universe, accounts_with(events, universe))


def visitor_population(definition: VisitorDefinition, universe: Universe, members: AccountSet) -> Population:
    """Take the people who have a qualifying event for visitors, unless there are none because the tag is a wrong one.

    Parameters
    ----------
    definition : VisitorDefinition
        What they did.
    universe : Universe
        Whose tags there are.
    members : AccountSet
        Who has a qualifying event.

    Raises
    ------
    DefinitionError
        If the tag is not in the universe.
    """
    if not members:  # only then can the tag be a wrong one, and a second look at the events be worth its time
        require_known_tag(definition.visitor_source_id, universe)
    return Population(members)


def visitor_events(
    definition: VisitorDefinition,
    universe: Universe,
    *,
    created_at: datetime | None = None,
    as_of: datetime | None = None,
) -> QualifyingEvents:
    """Return which tag events make somebody a visitor; parameters as `populate_visitor`."""
    window = membership_window(
        universe,
        retention_days=definition.retention_days,
        prefill=definition.prefill,
        created_at=created_at,
        as_of=as_of,
    )
    return QualifyingEvents("tag_events", all_of(_conditions(definition)), window, _questions(definition, window))


def _conditions(definition: VisitorDefinition) -> Iterator[Sql]:
    yield "tag_id = ?", (definition.visitor_source_id,)
    yield _deed(definition)
    for column in ("event_source", "ingestion_source"):
        asked = getattr(definition, column)
        if asked:
            yield f"coalesce({column} IN (SELECT unnest(?::VARCHAR[])), false)", (list(asked),)


def _questions(definition: VisitorDefinition, window: Window) -> tuple[tuple[str, EventQuestion], ...]:
    """Return the same as a question of the index, which knows tags, events and times and nothing else."""
    if definition.urls or definition.event_data or definition.event_source or definition.ingestion_source:
        return ()
    question = EventQuestion((definition.visitor_source_id,), definition.events or None, *window)
    return (("tag_events", question),)


def _deed(definition: VisitorDefinition) -> Sql:
    """Return what a visitor has to have done or seen."""
    deeds = []
    if definition.events:
        event: Sql = ("event IN (SELECT unnest(?::VARCHAR[]))", (list(definition.events),))
        data = () if definition.event_data is None else definition.event_data.conditions()
        deeds.append(all_of([event, *data]))
    deeds += [sql_of("url", rule) for rule in definition.urls]
    return any_of(deeds) if deeds else _EVERYTHING


def require_known_tag(tag_id: str, universe: Universe) -> None:
    """Refuse a tag that reported nothing and has no page.

    Raises
    ------
    DefinitionError
        Saying which tags there are.
    """
    known = known_tags(universe)
    if tag_id not in known:
        raise DefinitionError(
            f"visitor_source_id: expected a tag that reported events in this universe, got {tag_id}; "
            f"its tags are: {', '.join(known) or 'none'} (S14)"
        )


def known_tags(universe: Universe) -> list[str]:
    """Return the tags that reported something or belong on a page, ascending."""
    tables = ["tag_events"] + ["site_pages"] * universe.has_table("site_pages")
    each = " UNION ".join(f"SELECT DISTINCT tag_id::VARCHAR AS tag_id FROM {table}" for table in tables)  # noqa: S608
    return [str(tag_id) for tag_id in universe.query(f"{each} ORDER BY tag_id")["tag_id"]]
