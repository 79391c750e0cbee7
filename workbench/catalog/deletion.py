"""Deleting an audience: what uses it is shown first, and whatever used it stays and says what it has lost.

A targeting goes on naming an audience that is gone. So an ad group whose only include was deleted reaches nobody, where
an ad group without includes would reach everybody.
"""

from collections.abc import Iterable

from sqlalchemy import select, update

from workbench.catalog.records import Action, Role, SubjectKind, Use
from workbench.catalog.saving import require_there
from workbench.catalog.tables import audiences, targetings, uses
from workbench.catalog.transaction import Change
from workbench.catalog.where_used import uses_of
from workbench.errors import InUseError

_DELETED = (
    "expected nothing to use audience {audience_id} ({name}), or what uses it to be confirmed, found: {uses}; {todo}"
)
_TODO = "see what becomes of them, then confirm them"


def delete_audience(change: Change, audience_id: str, confirmed: Iterable[Use]) -> None:
    """Delete an audience; its versions, sizes, notes and history stay.

    Parameters
    ----------
    change : Change
        The transaction.
    audience_id : str
        The audience.
    confirmed : iterable of Use
        What uses it, as the caller saw it.

    Raises
    ------
    InUseError
        If something uses it that was not confirmed.
    UnknownAudienceError
        If it is not there, or was deleted already.
    """
    current = require_there(change, audience_id)
    users = uses_of(change.connection, audience_id)
    unseen = [use for use in users if use not in set(confirmed)]
    if unseen:
        shown = "; ".join(map(str, unseen))
        sentence = _DELETED.format(audience_id=audience_id, name=current.spec.name, uses=shown, todo=_TODO)
        raise InUseError(sentence, uses=users)
    row = audiences.c.audience_id == audience_id
    change.connection.execute(update(audiences).where(row).values(deleted_at=change.now))
    words = f'deleted "{current.spec.name}"' + (f", which was used by {len(users)}" if users else "")
    change.tell(SubjectKind.AUDIENCE, audience_id, current.version, Action.DELETED, words)
    for use in users:
        _tell_user(change, use, f"audience {audience_id} ({current.spec.name})")


def _tell_user(change: Change, use: Use, gone: str) -> None:
    way = f" through audience {', '.join(use.through)}" if use.through else ""
    words = f"{gone}, used as {use.role.value.lower()}{way}, was deleted"
    if use.role is Role.INCLUDE and not use.through and not _includes_left(change, use):
        words += "; none of the included audiences is left, so it reaches nobody"
    if use.user_kind is SubjectKind.AUDIENCE:
        query = select(audiences.c.version).where(audiences.c.audience_id == use.user_id)
    else:
        row = (targetings.c.kind == use.user_kind.value, targetings.c.targeting_id == use.user_id)
        query = select(targetings.c.version).where(*row)
    version = change.connection.execute(query).scalar_one()
    change.tell(use.user_kind, use.user_id, version, Action.SOURCE_DELETED, words)


def _includes_left(change: Change, use: Use) -> bool:
    is_included = (
        uses.c.user_kind == use.user_kind.value,
        uses.c.user_id == use.user_id,
        uses.c.role == Role.INCLUDE.value,
    )
    query = (
        select(uses.c.audience_id)
        .join_from(uses, audiences, uses.c.audience_id == audiences.c.audience_id)
        .where(*is_included, audiences.c.deleted_at.is_(None))
    )
    return change.connection.execute(query).first() is not None
