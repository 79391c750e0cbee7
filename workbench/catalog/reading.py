"""Reading audiences as they are at one moment: the latest version, and the latest size known by then."""

import difflib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import ColumnElement, Connection, Row, Select, Subquery, and_, func, select, true

from workbench.audiences import AudienceDefinition, AudienceSpec
from workbench.catalog.records import Action, CatalogEvent, CountedSize, Note, SavedAudience, SubjectKind
from workbench.catalog.tables import audiences, events, notes, populations, tags, versions
from workbench.errors import CatalogError, UnknownAudienceError, WorkbenchError

_DEFINITION: TypeAdapter[AudienceDefinition] = TypeAdapter(AudienceDefinition)
_is_current = and_(audiences.c.audience_id == versions.c.audience_id, audiences.c.version == versions.c.version)


def id_order(audience_id: str) -> tuple[int, str]:
    """Return what ids are sorted by: the numbers that they are."""
    return int(audience_id), audience_id


def saved_audiences(connection: Connection, now: datetime, *conditions: ColumnElement[bool]) -> list[SavedAudience]:
    """Read audiences, deleted ones too unless a condition leaves them out.

    Parameters
    ----------
    connection : Connection
        Of a transaction.
    now : datetime
        As of when sizes are known.
    conditions
        On the columns of the tables ``audiences`` and ``versions``.

    Returns
    -------
    list of SavedAudience
        In the order of their ids as numbers.
    """
    known = _known_at(now, conditions)
    rows = connection.execute(
        select(audiences, versions, populations.c.audience_size)
        .join_from(audiences, versions, _is_current)
        .outerjoin(known, known.c.audience_id == audiences.c.audience_id)
        .outerjoin(populations, populations.c.population_number == known.c.population_number)
        .where(true(), *conditions)
    ).all()
    tags_by_id = _tags_of(connection, [row.audience_id for row in rows])
    saved = [_saved_audience(row, tags_by_id[row.audience_id]) for row in rows]
    return sorted(saved, key=lambda audience: id_order(audience.audience_id))


def saved_audience(connection: Connection, now: datetime, audience_id: str) -> SavedAudience:
    """Read an audience, whether it was deleted or not.

    Raises
    ------
    UnknownAudienceError
        If the catalogue never had it.
    """
    found = saved_audiences(connection, now, audiences.c.audience_id == audience_id)
    if found:
        return found[0]
    raise unknown_audience(connection, audience_id)


def unknown_audience(connection: Connection, audience_id: str) -> UnknownAudienceError:
    """Return the refusal of an id that names no audience."""
    known = connection.execute(select(audiences.c.audience_id).where(audiences.c.deleted_at.is_(None))).scalars().all()
    close = difflib.get_close_matches(str(audience_id), known, n=1)
    hint = f"did you mean {close[0]}?" if close else "list the audiences and correct the id"
    return UnknownAudienceError(f"expected the id of an audience of this catalogue, got {audience_id}; {hint}")


def spec_of_version(connection: Connection, audience_id: str, version: int) -> tuple[AudienceSpec, int]:
    """Read an earlier version of an audience.

    Returns
    -------
    tuple of AudienceSpec and int
        What was saved, and the version that first had its definition.

    Raises
    ------
    UnknownAudienceError
        If there is no such version.
    """
    row = connection.execute(
        select(versions, audiences.c.created_at)
        .join_from(audiences, versions, audiences.c.audience_id == versions.c.audience_id)
        .where(versions.c.audience_id == audience_id, versions.c.version == version)
    ).first()
    if row is None:
        latest = connection.execute(select(audiences.c.version).where(audiences.c.audience_id == audience_id)).scalar()
        raise UnknownAudienceError(
            f"expected a version of audience {audience_id} from 1 to {latest}, got {version}; correct it"
            if latest
            else f"expected the id of an audience of this catalogue, got {audience_id}; correct it"
        )
    return _spec(row), row.definition_version


def events_of(
    connection: Connection, kind: SubjectKind | None, subject_id: str | None, *, after_version: int = -1
) -> list[CatalogEvent]:
    """Read the audit trail, or one subject's part of it, in the order in which it was written."""
    conditions: list[ColumnElement[bool]] = [events.c.version > after_version]
    if kind is not None:
        conditions.append(events.c.subject_kind == kind.value)
    if subject_id is not None:
        conditions.append(events.c.subject_id == subject_id)
    rows = connection.execute(select(events).where(*conditions).order_by(events.c.event_number))
    return [
        CatalogEvent(
            row.happened_at,
            row.who,
            SubjectKind(row.subject_kind),
            row.subject_id,
            row.version,
            Action(row.action),
            row.words,
        )
        for row in rows
    ]


def notes_on(connection: Connection, audience_id: str) -> list[Note]:
    """Read the notes on an audience, the oldest first."""
    return all_notes(connection, notes.c.audience_id == audience_id)[audience_id]


def all_notes(connection: Connection, *conditions: ColumnElement[bool]) -> defaultdict[str, list[Note]]:
    """Read notes by the ids of their audiences, the oldest first."""
    found: defaultdict[str, list[Note]] = defaultdict(list)
    for row in connection.execute(select(notes).where(true(), *conditions).order_by(notes.c.note_number)):
        found[row.audience_id].append(Note(row.noted_at, row.noted_by, row.text))
    return found


def sizes_of(connection: Connection, audience_id: str) -> list[CountedSize]:
    """Read every size that was ever counted of an audience, the oldest first."""
    query = (
        select(*(column for column in populations.c if column.name not in ("details", "members_sha256")))
        .where(populations.c.audience_id == audience_id)
        .order_by(populations.c.population_number)
    )
    return [
        CountedSize(
            row.population_number,
            row.definition_version,
            row.universe,
            row.as_of,
            row.recorded_at,
            row.known_at,
            row.recorded_by,
            row.audience_size,
        )
        for row in connection.execute(query)
    ]


def latest_population(audience_id: str, *conditions: ColumnElement[bool]) -> Select[Any]:
    """Return the query for the latest population of an audience's current definition."""
    return (
        select(populations)
        .join_from(audiences, versions, _is_current)
        .join(populations, _is_of_definition)
        .where(audiences.c.audience_id == audience_id, *conditions)
        .order_by(populations.c.population_number.desc())
        .limit(1)
    )


_is_of_definition = and_(
    populations.c.audience_id == versions.c.audience_id,
    populations.c.definition_version == versions.c.definition_version,
)


def _known_at(now: datetime, conditions: Iterable[ColumnElement[bool]]) -> Subquery:
    """Return the query for the latest population of each audience's current definition that is known by a time."""
    return (
        select(audiences.c.audience_id, func.max(populations.c.population_number).label("population_number"))
        .join_from(audiences, versions, _is_current)
        .join(populations, _is_of_definition)
        .where(populations.c.known_at <= now, *conditions)  # the same as outside, or all would be grouped for one
        .group_by(audiences.c.audience_id)
        .subquery()
    )


def _tags_of(connection: Connection, audience_ids: Sequence[str]) -> defaultdict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    query = select(tags)
    if len(audience_ids) == 1:
        query = query.where(tags.c.audience_id == audience_ids[0])
    for row in connection.execute(query):
        found[row.audience_id].append(row.tag)
    return found


def _saved_audience(row: Row[Any], audience_tags: Iterable[str]) -> SavedAudience:
    return SavedAudience(
        spec=_spec(row),
        version=row.version,
        created_by=row.created_by,
        saved_by=row.saved_by,
        updated_at=row.updated_at,
        tags=tuple(sorted(audience_tags)),
        known_at=row.known_at,
        audience_size=row.audience_size,
        deleted_at=row.deleted_at,
    )


def _spec(row: Row[Any]) -> AudienceSpec:
    try:
        return AudienceSpec(
            audience_id=row.audience_id,
            name=row.name,
            description=row.description,
            definition=_DEFINITION.validate_json(row.definition),
            created_at=row.created_at,
            is_compare_only=row.is_compare_only,
        )
    except (ValidationError, WorkbenchError):
        raise CatalogError(
            f"expected a definition of audience {row.audience_id} that this workbench knows, found another; "
            "a newer workbench may have written it: update this one"
        ) from None
