"""Choosing audiences out of many, and bringing them into an order."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from workbench.audiences import AudienceStatus, AudienceType, safe_size
from workbench.catalog.reading import id_order
from workbench.catalog.records import SavedAudience, SortKey

_KEYS: Final[dict[SortKey, Callable[[SavedAudience], Any]]] = {
    SortKey.NONE: lambda _: 0,
    SortKey.ID: lambda saved: int(saved.audience_id),
    # By what is shown: the order of hidden sizes would say something of them.
    SortKey.SIZE: lambda saved: -1 if saved.audience_size is None else safe_size(saved.audience_size) or 0,
    SortKey.CREATION_DATE: lambda saved: saved.spec.created_at,
    SortKey.UPDATED_TIME: lambda saved: saved.updated_at,
    SortKey.NAME: lambda saved: saved.spec.name.casefold(),
    SortKey.STATUS: lambda saved: saved.status.value,
    SortKey.TYPE: lambda saved: saved.audience_type.value,
}


@dataclass(frozen=True, slots=True)
class Choice:
    """Which audiences are wanted; what is left out admits all.

    Parameters
    ----------
    audience_type : AudienceType, optional
        Of this type.
    status : AudienceStatus, optional
        With this status now.
    tag : str, optional
        With this tag.
    text : str, optional
        With this text in the name or the description, in whatever case.
    has_deleted : bool
        Those that were deleted, too.
    """

    audience_type: AudienceType | None = None
    status: AudienceStatus | None = None
    tag: str | None = None
    text: str | None = None
    has_deleted: bool = False

    def admits(self, saved: SavedAudience) -> bool:
        """Tell whether an audience is wanted."""
        text = (self.text or "").casefold()
        return (
            (self.has_deleted or saved.deleted_at is None)
            and self.audience_type in (None, saved.audience_type)
            and self.status in (None, saved.status)
            and (self.tag is None or self.tag in saved.tags)
            and (text in saved.spec.name.casefold() or text in saved.spec.description.casefold())
        )


EVERY_AUDIENCE: Final = Choice()
"""All that were not deleted."""


def in_order(saved: Iterable[SavedAudience], sort_key: SortKey, *, is_descending: bool) -> list[SavedAudience]:
    """Return audiences in an order; equal ones in that of their ids as numbers."""
    by_id = sorted(saved, key=lambda audience: id_order(audience.audience_id))
    return sorted(by_id, key=_KEYS[sort_key], reverse=is_descending)
