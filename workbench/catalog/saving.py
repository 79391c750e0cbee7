"""Saving audiences: every change is a new version, and nobody overwrites what somebody else has changed meanwhile."""

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, select, update

from workbench.audiences import AudienceDefinition, AudienceSpec, AudienceStatus, AudienceType
from workbench.audiences.lifecycle import populated_at
from workbench.catalog.differences import spec_differences
from workbench.catalog.reading import events_of, saved_audience, spec_of_version
from workbench.catalog.records import Action, Role, SavedAudience, SubjectKind
from workbench.catalog.tables import audiences, notes, tags, versions
from workbench.catalog.transaction import Change
from workbench.catalog.where_used import sources_of, uses_of, write_uses
from workbench.catalog.written_texts import definition_json, require_no_identifier, require_shareable, tidy_tags
from workbench.errors import ConflictError, DefinitionError, FieldError, UnknownAudienceError

Conversion = Callable[[AudienceSpec], tuple[AudienceDefinition, str]]
"""What the platform makes of an audience by itself, and a note on what it was; the same and "" when that is nothing."""

_DRAW_BITS: Final = 53  # what a float holds


def create_audience(
    change: Change, spec: AudienceSpec, audience_tags: Iterable[str], action: Action = Action.CREATED
) -> None:
    """Save a new audience.

    Parameters
    ----------
    change : Change
        The transaction.
    spec : AudienceSpec
        With an id that is free, and the time of creation.
    audience_tags : iterable of str
        Its tags.
    action : Action
        CREATED or IMPORTED.

    Raises
    ------
    FieldError
        If a text holds the identifier of a customer.
    UnknownAudienceError, DefinitionError
        If it is made from audiences that are not there, were deleted or are too small.
    """
    require_shareable(spec)
    _require_usable_sources(change, spec)
    created_at = spec.created_at or change.now
    change.connection.execute(
        audiences.insert().values(
            audience_id=spec.audience_id,
            audience_type=spec.audience_type.value,
            version=1,
            created_at=created_at,
            created_by=change.who,
            updated_at=change.now,
        )
    )
    _write_version(change, spec, 1, definition_version=1, known_at=_known_at(change, spec, 1, created_at))
    for tag in tidy_tags(audience_tags):
        change.connection.execute(tags.insert().values(audience_id=spec.audience_id, tag=tag))
    verb = action.value.lower()
    change.tell(SubjectKind.AUDIENCE, spec.audience_id, 1, action, f'{verb} "{spec.name}" ({spec.audience_type.value})')


def update_audience(
    change: Change, audience_id: str, expected_version: int, fields: dict[str, Any], action: Action = Action.UPDATED
) -> None:
    """Save a new version of an audience, unless it would be the same.

    Parameters
    ----------
    change : Change
        The transaction.
    audience_id : str
        The audience.
    expected_version : int
        The version that the change is based on.
    fields : dict
        Fields of `AudienceSpec` and their new values.
    action : Action
        UPDATED or CONVERTED.

    Raises
    ------
    ConflictError
        If it has another version by now.
    DefinitionError
        If the type would change, or it is to be for comparison only and targetings use it; and as `create_audience`.
    UnknownAudienceError
        If it is not there, or was deleted; and as `create_audience`.
    """
    current = require_current(change, audience_id, expected_version)
    spec = AudienceSpec(**(dict(current.spec) | fields))
    if spec.audience_type is not current.audience_type:
        raise DefinitionError(
            f"expected a definition of type {current.audience_type.value}, which audience {audience_id} has for good, "
            f"got {spec.audience_type.value}; create a new audience"
        )
    words = spec_differences(current.spec, spec)
    if not words:
        return
    require_shareable(spec)
    version = current.version + 1
    _, definition_version = spec_of_version(change.connection, audience_id, current.version)
    known_at = current.known_at
    if spec.definition != current.spec.definition:
        _require_usable_sources(change, spec)
        definition_version = version
        if action is not Action.CONVERTED:  # which the platform did long ago, and counted
            known_at = _known_at(change, spec, version, change.now)
    if spec.is_compare_only and not current.spec.is_compare_only:
        _require_untargeted(change, spec)
    _write_version(change, spec, version, definition_version=definition_version, known_at=known_at)
    change.tell(SubjectKind.AUDIENCE, audience_id, version, action, "; ".join(words))


def restore_audience(change: Change, audience_id: str, version: int, expected_version: int) -> None:
    """Save an earlier version of an audience anew, with the size and the members that were counted for it.

    Parameters
    ----------
    change : Change
        The transaction.
    audience_id : str
        The audience, which may have been deleted: then it is there again.
    version : int
        The version to go back to.
    expected_version : int
        The latest that the caller knows of.

    Raises
    ------
    ConflictError
        If it has another version by now.
    UnknownAudienceError
        If there is no such audience or version.
    DefinitionError
        As `update_audience`.
    """
    current = saved_audience(change.connection, change.now, audience_id)
    _require_version(change, current, expected_version)
    spec, definition_version = spec_of_version(change.connection, audience_id, version)
    _require_usable_sources(change, spec, is_counted=True)
    if spec.is_compare_only and not current.spec.is_compare_only:
        _require_untargeted(change, spec)
    row = versions.c.audience_id == audience_id
    known = select(versions.c.known_at).where(row, versions.c.version == version)
    known_at = change.connection.execute(known).scalar_one()
    new_version = current.version + 1
    change.connection.execute(update(audiences).where(audiences.c.audience_id == audience_id).values(deleted_at=None))
    _write_version(change, spec, new_version, definition_version=definition_version, known_at=known_at)
    clauses = spec_differences(current.spec, spec)
    words = "; ".join((f"restored version {version}", *clauses))
    change.tell(SubjectKind.AUDIENCE, audience_id, new_version, Action.RESTORED, words)


def convert_audience(change: Change, audience_id: str, conversion: Conversion) -> bool:
    """Let the platform convert an audience by itself; what it was stays in its history, and in a note.

    Parameters
    ----------
    change : Change
        The transaction.
    audience_id : str
        The audience.
    conversion : callable
        Returns what becomes of an audience.

    Returns
    -------
    bool
        Whether it was converted.
    """
    current = saved_audience(change.connection, change.now, audience_id)
    definition, note = conversion(current.spec)
    if definition == current.spec.definition:
        return False
    update_audience(change, audience_id, current.version, {"definition": definition}, Action.CONVERTED)
    add_note(change, audience_id, note)
    return True


def add_note(change: Change, audience_id: str, text: str) -> None:
    """Write a note on an audience; FieldError if it holds an identifier or nothing."""
    current = require_there(change, audience_id)
    require_no_identifier("note", text)
    if not text.strip():
        raise FieldError(("note",), "expected a text, got an empty one")
    values = {"audience_id": audience_id, "noted_at": change.now, "noted_by": change.who, "text": text}
    change.connection.execute(notes.insert().values(**values))
    change.tell(SubjectKind.AUDIENCE, audience_id, current.version, Action.NOTED, f"noted: {text}")


def change_tags(change: Change, audience_id: str, added: Iterable[str], removed: Iterable[str]) -> None:
    """Give an audience tags and take others away; what is so already is no change."""
    current = require_there(change, audience_id)
    for tag in sorted(set(tidy_tags(added)) - set(current.tags)):
        change.connection.execute(tags.insert().values(audience_id=audience_id, tag=tag))
        change.tell(SubjectKind.AUDIENCE, audience_id, current.version, Action.TAGGED, f'tagged "{tag}"')
    for tag in sorted(set(tidy_tags(removed)) & set(current.tags)):
        change.connection.execute(delete(tags).where(tags.c.audience_id == audience_id, tags.c.tag == tag))
        change.tell(SubjectKind.AUDIENCE, audience_id, current.version, Action.UNTAGGED, f'untagged "{tag}"')


def require_there(change: Change, audience_id: str) -> SavedAudience:
    """Return an audience; UnknownAudienceError if it is not there, or was deleted."""
    return require_alive(saved_audience(change.connection, change.now, audience_id))


def require_alive(current: SavedAudience) -> SavedAudience:
    """Return an audience unless it was deleted, which is an UnknownAudienceError."""
    if current.deleted_at is not None:
        raise UnknownAudienceError(
            f"expected an audience that is there, got {current.audience_id} ({current.spec.name}), which was deleted "
            f"on {current.deleted_at:%Y-%m-%d}; restore it first"
        )
    return current


def require_current(change: Change, audience_id: str, expected_version: int) -> SavedAudience:
    """Return an audience that has the version its change is based on.

    Raises
    ------
    ConflictError
        If it has another one; the message says who changed what since.
    UnknownAudienceError
        If it is not there, or was deleted.
    """
    current = require_there(change, audience_id)
    _require_version(change, current, expected_version)
    return current


def _require_version(change: Change, current: SavedAudience, expected_version: int) -> None:
    if current.version == expected_version:
        return
    since = events_of(change.connection, SubjectKind.AUDIENCE, current.audience_id, after_version=expected_version)
    changes = [
        f"version {event.version} by {event.who} at {event.happened_at:%Y-%m-%d %H:%M} UTC: {event.words}"
        for event in since
        if event.action in (Action.UPDATED, Action.RESTORED, Action.CONVERTED)
    ]
    raise ConflictError(
        f"expected version {expected_version} of audience {current.audience_id}, found {current.version} "
        f"({' | '.join(changes) or 'it never had so many'}); read it again and repeat the change"
    )


def _require_usable_sources(change: Change, spec: AudienceSpec, *, is_counted: bool = False) -> None:
    """Refuse an audience that is made from what is not there, from itself, or from too few people.

    A source that is too small is refused for actalikes only, and only when one is made (Q24); one that was made stays.
    """
    for source_id in spec.definition.source_audience_ids:
        source = require_there(change, source_id)
        if spec.audience_id == source_id or spec.audience_id in sources_of(change.connection, source_id):
            raise DefinitionError(
                f"expected audiences that are not made from themselves, but {source_id} is made from "
                f"{spec.audience_id}; leave it out"
            )
        is_too_small = source.status is AudienceStatus.TOO_SMALL and not is_counted
        if spec.audience_type is AudienceType.ACTALIKE and is_too_small:
            raise DefinitionError(
                f"expected an actalike's source to be READY or not counted yet, got {source_id} "
                f"({source.spec.name}), which is TOO_SMALL; choose another source, or let it grow first"
            )


def _require_untargeted(change: Change, spec: AudienceSpec) -> None:
    targeted = [use for use in uses_of(change.connection, spec.audience_id) if use.role is not Role.SOURCE]
    direct = [str(use) for use in targeted if not use.through]
    if direct:
        raise DefinitionError(
            f"expected an audience for comparison only to be in no targeting, but {spec.audience_id} is in: "
            f"{', '.join(direct)}; take it out there first"
        )


def _known_at(change: Change, spec: AudienceSpec, version: int, asked_at: datetime) -> datetime:
    sources = [
        saved_audience(change.connection, change.now, source_id).known_at
        for source_id in spec.definition.source_audience_ids
    ]
    u = uniform_draw(change.rng_seed, spec.audience_id, version)
    return populated_at(spec.audience_type, asked_at, u, sources_populated_at=sources)


def uniform_draw(rng_seed: int, audience_id: str, version: int) -> float:
    """Return the draw that decides how long the platform takes to count one definition: 0 ≤ u < 1.

    Parameters
    ----------
    rng_seed : int
        The catalogue's.
    audience_id, version : str, int
        Whose definition; the draw depends on nothing else.
    """
    digest = hashlib.sha256(f"{rng_seed}:{audience_id}:{version}".encode()).digest()
    return float((int.from_bytes(digest[:8], "big") >> (64 - _DRAW_BITS)) / 2**_DRAW_BITS)


def _write_version(
    change: Change, spec: AudienceSpec, version: int, *, definition_version: int, known_at: datetime
) -> None:
    change.connection.execute(
        versions.insert().values(
            audience_id=spec.audience_id,
            version=version,
            name=spec.name,
            description=spec.description,
            definition=definition_json(spec.definition),
            is_compare_only=spec.is_compare_only,
            definition_version=definition_version,
            known_at=known_at,
            saved_at=change.now,
            saved_by=change.who,
        )
    )
    change.connection.execute(
        update(audiences).where(audiences.c.audience_id == spec.audience_id).values(version=version)
    )
    used = {Role.SOURCE: spec.definition.source_audience_ids}
    write_uses(change, SubjectKind.AUDIENCE, spec.audience_id, used)
