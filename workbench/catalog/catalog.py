"""The catalogue: the audiences and targetings that people keep, with everything that ever happened to them.

Like a library's card index: every card is kept, also those that were replaced, and whoever changes one signs. What is
deliberately absent: the customers. A catalogue holds definitions, account numbers and counts; see
`workbench.catalog.written_texts` for what it refuses.
"""

import getpass
import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from workbench.audiences import (
    Audience,
    AudienceDefinition,
    AudienceSpec,
    TargetingSpec,
)
from workbench.audiences.engagement_conversion import converted
from workbench.audiences.engagement_definition import EngagementDefinition
from workbench.audiences.populating_many import populate_each
from workbench.catalog.database import CatalogDatabase
from workbench.catalog.deletion import delete_audience
from workbench.catalog.differences import spec_differences
from workbench.catalog.exchange import CatalogExport, IdPolicy, ImportReport, export_all, import_all
from workbench.catalog.listing import EVERY_AUDIENCE, Choice, in_order
from workbench.catalog.migrating import bring_up_to_date
from workbench.catalog.populations import (
    audiences_to_populate,
    populated_audience,
    record_population,
    recorded_members,
)
from workbench.catalog.reading import (
    events_of,
    notes_on,
    saved_audience,
    saved_audiences,
    sizes_of,
    spec_of_version,
)
from workbench.catalog.records import CatalogEvent, CountedSize, Note, SavedAudience, SortKey, SubjectKind, Use
from workbench.catalog.saving import (
    Conversion,
    add_note,
    change_tags,
    convert_audience,
    create_audience,
    restore_audience,
    update_audience,
)
from workbench.catalog.tables import audiences
from workbench.catalog.targeting_shelf import TargetingShelf
from workbench.catalog.transaction import Pen, in_utc
from workbench.catalog.where_used import use_counts, uses_of
from workbench.catalog.written_texts import require_no_identifier
from workbench.clock import Clock, system_clock
from workbench.errors import DefinitionError
from workbench.identity import AccountSet
from workbench.progress import Progress, ignore_progress
from workbench.universe import Universe

MOST_RNG_SEED: Final = 2**63 - 1


class Catalog:
    """Audiences and targetings that are kept; make one with `open`.

    Any number of programs may use one catalogue at the same time. Every method is one transaction: it happened whole,
    or not at all. Whoever changes something says which version the change is based on, and is refused with what others
    have changed since.

    Parameters
    ----------
    pen : Pen
        Where it is kept, who writes, and what time it is.
    """

    def __init__(self, pen: Pen) -> None:
        self._pen = pen

    @classmethod
    def open(
        cls,
        address: str | os.PathLike[str],
        *,
        who: str | None = None,
        clock: Clock = system_clock,
        rng_seed: int = 0,
        must_exist: bool = False,
    ) -> "Catalog":
        """Open a catalogue; one that is not there yet is made, an older one brought up to date.

        Parameters
        ----------
        address : str or path-like
            Path of a file (SQLite), or the address of a PostgreSQL database, in which ``${NAME}`` stands for an
            environment variable, as in ``postgresql://ana:${CATALOG_PASSWORD}@db.example/audiences``.
        who : str, optional
            Who signs what is changed; the name of the system's user when absent.
        clock : Clock
            Tells the time of changes, and as of when sizes are known.
        rng_seed : int
            Of a new catalogue: start of the draws that decide how long the platform takes to count, 0 to 2⁶³ - 1.
        must_exist : bool
            Refuse a file that is not there yet instead of making it.

        Raises
        ------
        CatalogError
            If it cannot be opened, is something else, or was made by a newer workbench.
        DefinitionError
            If the address names an environment variable that is not set.
        """
        if not 0 <= rng_seed <= MOST_RNG_SEED:
            raise DefinitionError(f"expected an rng_seed from 0 to {MOST_RNG_SEED}, got {rng_seed}")
        name = who or _system_user()
        require_no_identifier("who", name)
        database = CatalogDatabase(address, must_exist=must_exist)
        bring_up_to_date(database, rng_seed=rng_seed, now=in_utc(clock()))
        return cls(Pen(database, clock, name))

    @property
    def targeting_sets(self) -> TargetingShelf:
        """Targetings with a name, to be used again."""
        return TargetingShelf(self._pen, SubjectKind.TARGETING_SET)

    @property
    def ad_groups(self) -> TargetingShelf:
        """The targetings of ad groups, by the groups' ids."""
        return TargetingShelf(self._pen, SubjectKind.AD_GROUP)

    def create(
        self,
        name: str,
        definition: AudienceDefinition,
        *,
        description: str = "",
        tags: Iterable[str] = (),
        is_compare_only: bool = False,
        created_at: datetime | None = None,
    ) -> SavedAudience:
        """Save a new audience under an id of its own.

        Parameters
        ----------
        name, description : str
            For people; not the identifier of a customer.
        definition : AudienceDefinition
            Who belongs in it; the audiences that it is made from must be there.
        tags : iterable of str
            For finding it again.
        is_compare_only : bool
            That no ad group may target it.
        created_at : datetime, optional
            When the platform created it, with a zone; now when absent.

        Returns
        -------
        SavedAudience
            In version 1, INITIALIZING.

        Raises
        ------
        FieldError
            If a field is out of range, or a text holds the identifier of a customer.
        UnknownAudienceError, DefinitionError
            If it is made from audiences that are not there or were deleted; or is an actalike of one that is TOO_SMALL.
        """
        with self._pen.changing() as change:
            spec = AudienceSpec(
                audience_id=change.new_id(),
                name=name,
                description=description,
                definition=definition,
                created_at=change.now if created_at is None else in_utc(created_at),
                is_compare_only=is_compare_only,
            )
            create_audience(change, spec, tags)
            return saved_audience(change.connection, change.now, spec.audience_id)

    def get(self, audience_id: str, *, at: datetime | None = None) -> SavedAudience:
        """Return an audience, deleted or not, with the size and status that are known now or at another time.

        Parameters
        ----------
        audience_id : str
            The audience.
        at : datetime, optional
            As of when its size is known, with a zone.

        Raises
        ------
        UnknownAudienceError
            If the catalogue never had it.
        """
        with self._pen.reading() as (connection, now):
            return saved_audience(connection, now if at is None else in_utc(at), audience_id)

    def audiences(
        self, choice: Choice = EVERY_AUDIENCE, *, sort_key: SortKey | str = SortKey.NONE, is_descending: bool = False
    ) -> list[SavedAudience]:
        """Return audiences, chosen and in order; equal ones in the order of their ids.

        Parameters
        ----------
        choice : Choice
            Which; all that were not deleted when absent.
        sort_key : SortKey
            NONE, ID, SIZE, CREATION_DATE, UPDATED_TIME, NAME, STATUS or TYPE, as in the API.
        is_descending : bool
            The last one first.

        Raises
        ------
        ValueError
            If there is no such sort key.
        """
        conditions = [] if choice.has_deleted else [audiences.c.deleted_at.is_(None)]
        with self._pen.reading() as (connection, now):
            found = saved_audiences(connection, now, *conditions)
        return in_order(filter(choice.admits, found), SortKey(sort_key), is_descending=is_descending)

    def update(self, audience_id: str, /, *, expected_version: int, **fields: Any) -> SavedAudience:
        """Save a new version of an audience.

        Parameters
        ----------
        audience_id : str
            The audience.
        expected_version : int
            The version that the change is based on, as `get` gave it.
        **fields
            What is new of ``name``, ``description``, ``definition`` and ``is_compare_only``. The type never changes. If
            nothing is new, no version is saved. With a new definition it is INITIALIZING until that is counted.

        Raises
        ------
        ConflictError
            If it has another version by now; the message says who changed what.
        FieldError
            If there is no such field, or its value is out of range or holds the identifier of a customer.
        DefinitionError, UnknownAudienceError
            If the type would change, a targeting uses what shall be for comparison only, the audience was deleted, or
            as for `create`.
        """
        _require_changeable(fields)
        with self._pen.changing() as change:
            update_audience(change, audience_id, expected_version, fields)
            return saved_audience(change.connection, change.now, audience_id)

    def version(self, audience_id: str, version: int) -> AudienceSpec:
        """Return an audience as it was in one version; UnknownAudienceError if it had none such."""
        with self._pen.reading() as (connection, _):
            return spec_of_version(connection, audience_id, version)[0]

    def differences(self, audience_id: str, version_a: int, version_b: int) -> tuple[str, ...]:
        """Return in words what became of version a in version b, such as ``retention_days: 30 became 60``."""
        with self._pen.reading() as (connection, _):
            a, b = (spec_of_version(connection, audience_id, version)[0] for version in (version_a, version_b))
        return spec_differences(a, b)

    def restore(self, audience_id: str, version: int, *, expected_version: int) -> SavedAudience:
        """Go back to an earlier version, with the size and members that were counted for it; also after a deletion.

        It becomes the latest version; those in between stay in the history.

        Parameters
        ----------
        audience_id : str
            The audience.
        version : int
            The version to go back to.
        expected_version : int
            The latest, as `get` gave it.

        Raises
        ------
        ConflictError
            If it has another version by now.
        UnknownAudienceError, DefinitionError
            If there is no such version, or what it is made from is there no longer.
        """
        with self._pen.changing() as change:
            restore_audience(change, audience_id, version, expected_version)
            return saved_audience(change.connection, change.now, audience_id)

    def undo(self, audience_id: str, *, expected_version: int) -> SavedAudience:
        """Take the latest change back: of a deleted audience the deletion, of another one its latest version.

        Raises
        ------
        ConflictError
            If it has another version by now.
        DefinitionError
            If there is nothing to take back; and as `restore`.
        """
        with self._pen.changing() as change:
            current = saved_audience(change.connection, change.now, audience_id)
            previous = current.version if current.deleted_at is not None else current.version - 1
            if not previous:
                raise DefinitionError(
                    f"expected a change of audience {audience_id} to take back, found none; it may be deleted"
                )
            restore_audience(change, audience_id, previous, expected_version)
            return saved_audience(change.connection, change.now, audience_id)

    def delete(self, audience_id: str, *, confirmed: Iterable[Use] = ()) -> None:
        """Delete an audience; its versions, sizes and history stay, and `restore` brings it back.

        Parameters
        ----------
        audience_id : str
            The audience.
        confirmed : iterable of Use
            What uses it, as `where_used` says: proof that it was seen. An ad group that loses its only include
            reaches nobody from then on, never everybody.

        Raises
        ------
        InUseError
            If something uses it that is not confirmed; its ``uses`` are all.
        UnknownAudienceError
            If it is not there.
        """
        with self._pen.changing() as change:
            delete_audience(change, audience_id, confirmed)

    def where_used(self, audience_id: str) -> tuple[Use, ...]:
        """Return the targeting sets, ad groups and audiences that use an audience, also through others.

        Raises
        ------
        UnknownAudienceError
            If the catalogue never had it.
        """
        with self._pen.reading() as (connection, now):
            saved_audience(connection, now, audience_id)
            return uses_of(connection, audience_id)

    def use_counts(self) -> dict[str, int]:
        """Return how many targetings and audiences use each audience directly; those that nothing uses are left out."""
        with self._pen.reading() as (connection, _):
            return use_counts(connection)

    def history(self, audience_id: str | None = None) -> list[CatalogEvent]:
        """Return all that happened to an audience, or in the whole catalogue, the oldest first.

        Raises
        ------
        UnknownAudienceError
            If the catalogue never had it.
        """
        with self._pen.reading() as (connection, now):
            if audience_id is None:
                return events_of(connection, None, None)
            saved_audience(connection, now, audience_id)
            return events_of(connection, SubjectKind.AUDIENCE, audience_id)

    def note(self, audience_id: str, text: str) -> None:
        """Write a note on an audience; FieldError if it is empty or holds the identifier of a customer."""
        with self._pen.changing() as change:
            add_note(change, audience_id, text)

    def notes(self, audience_id: str) -> list[Note]:
        """Return the notes on an audience, the oldest first; UnknownAudienceError if the catalogue never had it."""
        with self._pen.reading() as (connection, now):
            saved_audience(connection, now, audience_id)
            return notes_on(connection, audience_id)

    def tag(self, audience_id: str, *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> SavedAudience:
        """Give an audience tags and take others away.

        Raises
        ------
        FieldError
            If a tag is empty, too long or holds the identifier of a customer.
        UnknownAudienceError
            If it is not there.
        """
        with self._pen.changing() as change:
            change_tags(change, audience_id, add, remove)
            return saved_audience(change.connection, change.now, audience_id)

    def convert(self, conversion: Conversion, audience_ids: Iterable[str] | None = None) -> list[str]:
        """Let the platform convert audiences by itself; what each was stays in its history, and in a note.

        `populate` does so with engagement audiences from before 2 November 2021 (S56).

        Parameters
        ----------
        conversion : callable
            Takes an `AudienceSpec`; returns the definition that becomes of it and a note on what it was.
        audience_ids : iterable of str, optional
            Which audiences; all that were not deleted when absent.

        Returns
        -------
        list of str
            Ids of those that were converted; none when it is done a second time.
        """
        with self._pen.changing() as change:
            there = saved_audiences(change.connection, change.now, audiences.c.deleted_at.is_(None))
            ids = [saved.audience_id for saved in there] if audience_ids is None else audience_ids
            return [audience_id for audience_id in ids if convert_audience(change, audience_id, conversion)]

    def populate(
        self,
        universe: Universe,
        audience_ids: Sequence[str] | None = None,
        *,
        base_folder: Path | None = None,
        scheduler_address: str | None = None,
        on_progress: Progress = ignore_progress,
    ) -> list[SavedAudience]:
        """Find out who is in audiences, in one pass over the events, and record it.

        Parameters
        ----------
        universe : Universe
            The platform's tables.
        audience_ids : sequence of str, optional
            Which, along with all that they are made from; all that were not deleted when absent.
        base_folder : Path, optional
            What the paths of customer lists are relative to; the working directory when absent.
        scheduler_address : str, optional
            A Dask scheduler whose workers go through the indexes of events, if the universe has them.
        on_progress : Progress
            Called with the audiences done and all audiences; raise ``CancelledError`` in it to stop.

        Returns
        -------
        list of SavedAudience
            As they are now. A size shows from when on the platform would know it.

        Raises
        ------
        ConflictError
            If somebody changed one meanwhile. Those that come before it are recorded.
        UnknownAudienceError
            If an id names no audience, or one that was deleted.
        """
        self.convert(lambda spec: _since_2021(spec, universe), audience_ids)
        with self._pen.reading() as (connection, now):
            ids = [saved.audience_id for saved in saved_audiences(connection, now, audiences.c.deleted_at.is_(None))]
            wanted = audiences_to_populate(connection, now, ids if audience_ids is None else list(audience_ids))
        specs = {audience_id: saved.spec for audience_id, saved in wanted.items()}
        for audience in populate_each(
            specs,
            universe,
            base_folder=base_folder,
            scheduler_address=scheduler_address,
            on_progress=on_progress,
        ):
            version = wanted[audience.spec.audience_id].version
            self.record_population(audience, universe, expected_version=version)
        return [self.get(audience_id) for audience_id in specs]

    def record_population(self, audience: Audience, universe: Universe, *, expected_version: int) -> None:
        """Record who was found to be in an audience.

        Parameters
        ----------
        audience : Audience
            As `workbench.audiences.populate` returned it.
        universe : Universe
            From which.
        expected_version : int
            The version that was populated.

        Raises
        ------
        ConflictError
            If it has another version by now.
        ValueError
            If it has no members, or those of another universe.
        """
        with self._pen.changing() as change:
            record_population(change, audience, expected_version, universe)

    def populated(
        self, universe: Universe, audience_ids: Iterable[str], *, at: datetime | None = None
    ) -> dict[str, Audience]:
        """Return audiences with their members in one universe, by id, ready for targetings and overlaps.

        Parameters
        ----------
        universe : Universe
            Whose accounts; members that were recorded in another universe are no members here.
        audience_ids : iterable of str
            The audiences. Those that were deleted say so, and no ad reaches anybody through them.
        at : datetime, optional
            As of when members are known, with a zone; now when absent.

        Raises
        ------
        UnknownAudienceError
            If the catalogue never had one of them.
        """
        with self._pen.reading() as (connection, now):
            moment = now if at is None else in_utc(at)
            return {
                audience_id: populated_audience(connection, moment, audience_id, universe)
                for audience_id in audience_ids
            }

    def targeted(self, targeting: TargetingSpec, universe: Universe) -> dict[str, Audience]:
        """Return the audiences that a targeting names, as `workbench.audiences.resolve_targeting` takes them."""
        return self.populated(universe, (*targeting.audience_include, *targeting.audience_exclude))

    def sizes(self, audience_id: str) -> list[CountedSize]:
        """Return every size that was counted of an audience, the oldest first, also those not known yet."""
        with self._pen.reading() as (connection, now):
            saved_audience(connection, now, audience_id)
            return sizes_of(connection, audience_id)

    def members(self, audience_id: str, population_number: int) -> AccountSet:
        """Return who was in an audience at one count; its number is one of `sizes`."""
        with self._pen.reading() as (connection, _):
            return recorded_members(connection, audience_id, population_number)

    def export_definitions(self, audience_ids: Iterable[str] | None = None) -> CatalogExport:
        """Return definitions to be taken elsewhere; ``model_dump_json(indent=1)`` makes them a text.

        Parameters
        ----------
        audience_ids : iterable of str, optional
            These audiences and all that they are made from. When absent everything that was not deleted, with targeting
            sets and ad groups.

        Raises
        ------
        UnknownAudienceError
            If an id names no audience.
        """
        with self._pen.reading() as (connection, now):
            return export_all(connection, now, audience_ids)

    def import_definitions(self, export: CatalogExport, *, id_policy: IdPolicy | str = IdPolicy.KEEP) -> ImportReport:
        """Save what was exported elsewhere: all of it, or nothing.

        Parameters
        ----------
        export : CatalogExport
            From `export_definitions`, or read from its text by `workbench.catalog.read_export`.
        id_policy : IdPolicy
            KEEP the ids, or REMAP them to new ones wherever they are named.

        Returns
        -------
        ImportReport
            What became of it. What was there already, just so, is left alone: an import may be repeated.

        Raises
        ------
        ConflictError
            If what has one of its ids or names here is something else; all such are named.
        DefinitionError, UnknownAudienceError
            As saving each would.
        """
        with self._pen.changing() as change:
            return import_all(change, export, IdPolicy(id_policy))


def _require_changeable(fields: dict[str, Any]) -> None:
    known = ("name", "description", "definition", "is_compare_only")
    unknown = sorted(set(fields) - set(known))
    if unknown:
        raise DefinitionError(f"expected fields that can change ({', '.join(known)}), got {', '.join(unknown)}")


def _since_2021(spec: AudienceSpec, universe: Universe) -> tuple[AudienceDefinition, str]:
    """Convert engagement audiences from before 2 November 2021."""
    if isinstance(spec.definition, EngagementDefinition) and spec.created_at is not None:
        return converted(spec.definition, universe, spec.created_at)
    return spec.definition, ""


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without users
        return "unknown"
