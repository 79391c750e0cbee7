"""The shelf of targeting sets and the shelf of ad groups' targetings: the same things, found by name or by id."""

from dataclasses import dataclass

from workbench.audiences import TargetingSpec
from workbench.catalog.reading import events_of
from workbench.catalog.records import CatalogEvent, SavedTargeting, SubjectKind
from workbench.catalog.tables import targetings
from workbench.catalog.targetings import (
    delete_targeting,
    save_targeting,
    saved_targetings,
    targeting_if_any,
    targeting_named,
    version_of_targeting,
)
from workbench.catalog.transaction import Pen
from workbench.errors import FieldError
from workbench.validation import DIGIT_ID_MEANING, is_digit_id


@dataclass(frozen=True, slots=True)
class TargetingShelf:
    """Targetings of one kind; `Catalog.targeting_sets` and `Catalog.ad_groups` are two of them.

    Parameters
    ----------
    pen : Pen
        What it takes to read and write the catalogue.
    kind : SubjectKind
        TARGETING_SET, whose keys are names; or AD_GROUP, whose keys are the platform's ids.
    """

    pen: Pen
    kind: SubjectKind

    def save(
        self, key: str, targeting: TargetingSpec, *, name: str | None = None, expected_version: int | None = None
    ) -> SavedTargeting:
        """Save a targeting: as a new one, or as the next version of one that is there.

        Parameters
        ----------
        key : str
            Name of a set, id of an ad group.
        targeting : TargetingSpec
            Whom it reaches; audiences that are for comparison only are refused.
        name : str, optional
            What people call the ad group; its id when absent. A set is called by its key.
        expected_version : int, optional
            The version that the change is based on; absent for a new one.

        Returns
        -------
        SavedTargeting
            As it is now.

        Raises
        ------
        ConflictError
            If it has another version by now, or one that should be new is there already.
        UnknownTargetingError
            If one that is to be changed is not there.
        UnknownAudienceError, DefinitionError
            If it names an audience that is not there, was deleted, or is for comparison only.
        """
        is_set = self.kind is SubjectKind.TARGETING_SET
        if not is_set and not is_digit_id(key):
            raise FieldError(("ad_group_id",), f"expected {DIGIT_ID_MEANING}, got another text")
        with self.pen.changing() as change:
            previous = targeting_if_any(change.connection, self.kind, key)
            new_id = key if not is_set else previous.targeting_id if previous else change.new_id()
            new_name = key if is_set else name or (previous.name if previous else key)
            new = SavedTargeting(
                self.kind, new_id, new_name, targeting, expected_version or 0, change.now, change.who, None
            )
            save_targeting(change, new, previous)
            return targeting_named(change.connection, self.kind, key)

    def get(self, key: str, version: int | None = None) -> SavedTargeting:
        """Return a targeting, as it is or as it was in an earlier version; UnknownTargetingError if there is none."""
        with self.pen.reading() as (connection, _):
            saved = targeting_named(connection, self.kind, key)
            return saved if version is None else version_of_targeting(connection, saved, version)

    def all(self) -> list[SavedTargeting]:
        """Return all targetings that are there, in the order of their ids."""
        with self.pen.reading() as (connection, _):
            return saved_targetings(connection, self.kind, targetings.c.deleted_at.is_(None))

    def history(self, key: str) -> list[CatalogEvent]:
        """Return all that happened to a targeting, the oldest first; UnknownTargetingError if there is none."""
        with self.pen.reading() as (connection, _):
            saved = targeting_named(connection, self.kind, key)
            return events_of(connection, self.kind, saved.targeting_id)

    def delete(self, key: str) -> None:
        """Delete a targeting; its versions and history stay. UnknownTargetingError if there is none."""
        with self.pen.changing() as change:
            delete_targeting(change, self.kind, key)
