"""Targetings that are kept: sets with a name to be used again, and those of ad groups, both in versions."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, select, update

from workbench.audiences import TargetingSpec
from workbench.catalog.differences import differences
from workbench.catalog.reading import id_order
from workbench.catalog.records import Action, Role, SavedTargeting, SubjectKind
from workbench.catalog.saving import require_there
from workbench.catalog.tables import targeting_versions, targetings, uses
from workbench.catalog.transaction import Change
from workbench.catalog.where_used import write_uses
from workbench.catalog.written_texts import require_no_identifier
from workbench.errors import CatalogError, ConflictError, DefinitionError, FieldError, UnknownTargetingError

_KIND_WORDS = {SubjectKind.TARGETING_SET: "targeting set", SubjectKind.AD_GROUP: "ad group"}


def saved_targetings(
    connection: Connection, kind: SubjectKind, *conditions: ColumnElement[bool]
) -> list[SavedTargeting]:
    """Read targetings of one kind, deleted ones too unless a condition leaves them out, in the order of their ids."""
    is_current = and_(
        targetings.c.kind == targeting_versions.c.kind,
        targetings.c.targeting_id == targeting_versions.c.targeting_id,
        targetings.c.version == targeting_versions.c.version,
    )
    query = (
        select(targeting_versions, targetings.c.deleted_at)
        .join_from(targetings, targeting_versions, is_current)
        .where(targetings.c.kind == kind.value, *conditions)
    )
    found = [_saved_targeting(row) for row in connection.execute(query)]
    return sorted(found, key=lambda saved: id_order(saved.targeting_id))


def targeting_named(connection: Connection, kind: SubjectKind, name_or_id: str) -> SavedTargeting:
    """Read a targeting that is there: a set by its name, that of an ad group by the group's id.

    Raises
    ------
    UnknownTargetingError
        If there is none.
    """
    found = targeting_if_any(connection, kind, name_or_id)
    if found is None:
        there = saved_targetings(connection, kind, targetings.c.deleted_at.is_(None))
        names = [saved.name if kind is SubjectKind.TARGETING_SET else saved.targeting_id for saved in there]
        raise UnknownTargetingError(
            f"expected a {_KIND_WORDS[kind]} of this catalogue, got {name_or_id}; "
            f"there are: {', '.join(names) or 'none'}"
        )
    return found


def version_of_targeting(connection: Connection, saved: SavedTargeting, version: int) -> SavedTargeting:
    """Read an earlier version of a targeting; UnknownTargetingError if it had none."""
    row = connection.execute(
        select(targeting_versions, targetings.c.deleted_at)
        .join_from(
            targetings,
            targeting_versions,
            and_(
                targetings.c.kind == targeting_versions.c.kind,
                targetings.c.targeting_id == targeting_versions.c.targeting_id,
            ),
        )
        .where(
            targeting_versions.c.kind == saved.kind.value,
            targeting_versions.c.targeting_id == saved.targeting_id,
            targeting_versions.c.version == version,
        )
    ).first()
    if row is None:
        raise UnknownTargetingError(
            f"expected a version of {saved.name} from 1 to {saved.version}, got {version}; correct it"
        )
    return _saved_targeting(row)


def save_targeting(
    change: Change, new: SavedTargeting, previous: SavedTargeting | None, action: Action = Action.CREATED
) -> None:
    """Save a targeting, unless it would be the same.

    Parameters
    ----------
    change : Change
        The transaction.
    new : SavedTargeting
        As it shall be; its version is the one that the change is based on, 0 for a new one.
    previous : SavedTargeting or None
        As it is, if it is there.
    action : Action
        CREATED or IMPORTED, of a new one.

    Raises
    ------
    ConflictError
        If it has another version by now, or a new one's name is taken.
    UnknownTargetingError
        If it is to be changed and is not there.
    UnknownAudienceError, DefinitionError
        If it names an audience that is not there, or is for comparison only.
    FieldError
        If its name is empty or holds the identifier of a customer.
    """
    if not new.name:
        raise FieldError(("name",), "expected at least one character, got none")
    require_no_identifier("name", new.name)
    _require_version(new, previous)
    words = f'{action.value.lower()} "{new.name}"'
    if previous is not None:
        clauses = differences(
            {"name": previous.name} | previous.targeting.model_dump(mode="json"),
            {"name": new.name} | new.targeting.model_dump(mode="json"),
        )
        if not clauses:
            return
        words, action = "; ".join(clauses), Action.UPDATED
    _require_usable(change, new)
    # A deleted one with this id has its versions still; a new one goes on counting.
    row = and_(targetings.c.kind == new.kind.value, targetings.c.targeting_id == new.targeting_id)
    latest = change.connection.execute(select(targetings.c.version).where(row)).scalar()
    version = (latest or 0) + 1
    if latest is None:
        change.connection.execute(
            targetings.insert().values(kind=new.kind.value, targeting_id=new.targeting_id, version=version)
        )
    else:
        change.connection.execute(update(targetings).where(row).values(version=version, deleted_at=None))
    _write_version(change, new, version)
    change.tell(new.kind, new.targeting_id, version, action, words)


def delete_targeting(change: Change, kind: SubjectKind, name_or_id: str) -> None:
    """Delete a targeting; its versions and history stay. UnknownTargetingError if it is not there."""
    saved = targeting_named(change.connection, kind, name_or_id)
    row = (targetings.c.kind == kind.value, targetings.c.targeting_id == saved.targeting_id)
    change.connection.execute(update(targetings).where(*row).values(deleted_at=change.now))
    change.tell(kind, saved.targeting_id, saved.version, Action.DELETED, f'deleted "{saved.name}"')


def targeting_if_any(connection: Connection, kind: SubjectKind, name_or_id: str) -> SavedTargeting | None:
    """Read a targeting as `targeting_named` does; None if there is none."""
    is_named = (
        targeting_versions.c.name == name_or_id
        if kind is SubjectKind.TARGETING_SET
        else targetings.c.targeting_id == name_or_id
    )
    found = saved_targetings(connection, kind, is_named, targetings.c.deleted_at.is_(None))
    return found[0] if found else None


def _require_version(new: SavedTargeting, previous: SavedTargeting | None) -> None:
    what = f"{_KIND_WORDS[new.kind]} {new.name}"
    if previous is None and new.version:
        raise UnknownTargetingError(f"expected {what} to be there in version {new.version}, found none; save it as new")
    if previous is None or previous.version == new.version:
        return
    last = f"version {previous.version}, saved by {previous.saved_by} at {previous.saved_at:%Y-%m-%d %H:%M} UTC"
    if not new.version:
        raise ConflictError(
            f"expected no {what} yet, found {last}; choose another name, or give expected_version="
            f"{previous.version} to change it"
        )
    raise ConflictError(f"expected version {new.version} of {what}, found {last}; read it again and repeat the change")


def _require_usable(change: Change, new: SavedTargeting) -> None:
    """Refuse audiences that cannot be targeted; what it named before may have been deleted since."""
    is_user = (uses.c.user_kind == new.kind.value, uses.c.user_id == new.targeting_id)
    named_before = set(change.connection.execute(select(uses.c.audience_id).where(*is_user)).scalars())
    for audience_id in (*new.targeting.audience_include, *new.targeting.audience_exclude):
        if audience_id in named_before:
            continue
        audience = require_there(change, audience_id)
        if audience.spec.is_compare_only:
            raise DefinitionError(
                f"expected audiences that ads may use, got {audience_id} ({audience.spec.name}), which is for "
                "comparison only; leave it out or lift is_compare_only"
            )


def _write_version(change: Change, new: SavedTargeting, version: int) -> None:
    change.connection.execute(
        targeting_versions.insert().values(
            kind=new.kind.value,
            targeting_id=new.targeting_id,
            version=version,
            name=new.name,
            targeting=new.targeting.model_dump_json(),
            saved_at=change.now,
            saved_by=change.who,
        )
    )
    used: dict[Role, Sequence[str]] = {
        Role.INCLUDE: new.targeting.audience_include,
        Role.EXCLUDE: new.targeting.audience_exclude,
    }
    write_uses(change, new.kind, new.targeting_id, used)


def _saved_targeting(row: Row[Any]) -> SavedTargeting:
    try:
        targeting = TargetingSpec.model_validate_json(row.targeting)
    except ValueError:
        raise CatalogError(
            f"expected a targeting that this workbench knows under {row.name}, found another; "
            "a newer workbench may have written it: update this one"
        ) from None
    return SavedTargeting(
        SubjectKind(row.kind),
        row.targeting_id,
        row.name,
        targeting,
        row.version,
        row.saved_at,
        row.saved_by,
        row.deleted_at,
    )
