"""Where an audience is used: by targetings, and by audiences that are made from it, directly or through others."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, func, literal, select, union_all

from workbench.catalog.reading import id_order
from workbench.catalog.records import Role, SubjectKind, Use
from workbench.catalog.tables import audiences, targeting_versions, targetings, uses, versions
from workbench.catalog.transaction import Change


class _User(NamedTuple):
    """What uses an audience, and as what."""

    kind: SubjectKind
    user_id: str
    name: str
    role: Role


def write_uses(change: Change, kind: SubjectKind, user_id: str, used: Mapping[Role, Iterable[str]]) -> None:
    """Write down which audiences something uses, in place of those that it used before.

    Parameters
    ----------
    change : Change
        The transaction.
    kind, user_id : SubjectKind, str
        What uses them.
    used : mapping of Role to ids
        Audiences by role.
    """
    change.connection.execute(delete(uses).where(uses.c.user_kind == kind.value, uses.c.user_id == user_id))
    for role, audience_ids in used.items():
        for audience_id in sorted(set(audience_ids)):
            row = {"audience_id": audience_id, "user_kind": kind.value, "user_id": user_id, "role": role.value}
            change.connection.execute(uses.insert().values(**row))


def uses_of(connection: Connection, audience_id: str) -> tuple[Use, ...]:
    """Return all that uses an audience now, the direct ones first; what was deleted uses nothing.

    Parameters
    ----------
    connection : Connection
        Of a transaction.
    audience_id : str
        The audience.
    """
    found: list[Use] = []
    seen = {audience_id}
    ways: list[tuple[str, ...]] = [()]
    while ways:
        further: list[tuple[str, ...]] = []
        for way in ways:
            for user in _direct_users(connection, way[-1] if way else audience_id):
                found.append(Use(user.kind, user.user_id, user.name, user.role, way))
                if user.kind is SubjectKind.AUDIENCE and user.user_id not in seen:
                    seen.add(user.user_id)
                    further.append((*way, user.user_id))
        ways = further
    return tuple(found)


def use_counts(connection: Connection) -> dict[str, int]:
    """Return how often each audience is used directly, by what was not deleted; unused ones are left out."""
    is_audience = _is_user(audiences.c.audience_id, literal(SubjectKind.AUDIENCE.value))
    of_audiences = select(uses.c.audience_id).join(audiences, is_audience).where(audiences.c.deleted_at.is_(None))
    is_targeting = _is_user(targetings.c.targeting_id, targetings.c.kind)
    of_targetings = select(uses.c.audience_id).join(targetings, is_targeting).where(targetings.c.deleted_at.is_(None))
    direct = union_all(of_audiences, of_targetings).subquery()
    rows = connection.execute(select(direct.c.audience_id, func.count()).group_by(direct.c.audience_id))
    return {row[0]: row[1] for row in rows}


def sources_of(connection: Connection, audience_id: str) -> set[str]:
    """Return all audiences that one is made from, directly or through others."""
    found: set[str] = set()
    waiting = [audience_id]
    while waiting:
        is_user = and_(uses.c.user_kind == SubjectKind.AUDIENCE.value, uses.c.user_id == waiting.pop())
        direct = set(connection.execute(select(uses.c.audience_id).where(is_user)).scalars()) - found
        found |= direct
        waiting += direct
    return found


def _direct_users(connection: Connection, audience_id: str) -> list[_User]:
    rows = connection.execute(union_all(_audiences_using(audience_id), _targetings_using(audience_id)))
    users = [_User(SubjectKind(row.user_kind), row.user_id, row.name, Role(row.role)) for row in rows]
    return sorted(users, key=lambda user: (user.kind, id_order(user.user_id), user.role))


def _audiences_using(audience_id: str) -> Select[tuple[str, str, str, str]]:
    is_user = _is_user(audiences.c.audience_id, literal(SubjectKind.AUDIENCE.value))
    is_current = and_(audiences.c.audience_id == versions.c.audience_id, audiences.c.version == versions.c.version)
    return (
        select(uses.c.user_kind, uses.c.user_id, versions.c.name, uses.c.role)
        .join_from(uses, audiences, is_user)
        .join(versions, is_current)
        .where(uses.c.audience_id == audience_id, audiences.c.deleted_at.is_(None))
    )


def _targetings_using(audience_id: str) -> Select[tuple[str, str, str, str]]:
    is_current = and_(
        targetings.c.kind == targeting_versions.c.kind,
        targetings.c.targeting_id == targeting_versions.c.targeting_id,
        targetings.c.version == targeting_versions.c.version,
    )
    return (
        select(uses.c.user_kind, uses.c.user_id, targeting_versions.c.name, uses.c.role)
        .join_from(uses, targetings, _is_user(targetings.c.targeting_id, targetings.c.kind))
        .join(targeting_versions, is_current)
        .where(uses.c.audience_id == audience_id, targetings.c.deleted_at.is_(None))
    )


def _is_user(user_id: ColumnElement[str], kind: ColumnElement[str]) -> ColumnElement[bool]:
    return and_(uses.c.user_id == user_id, uses.c.user_kind == kind)
