"""Definitions as JSON, to take from one catalogue to another: all of a file is imported, or nothing.

A file holds definitions, tags, notes and targetings; sizes and members stay, because they belong to a universe.
Whatever an audience or a targeting in it names is in it too, those that were deleted marked as such, so nothing that
reached few people comes to reach everybody.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final, Literal

from pydantic import AwareDatetime, Field, ValidationError
from sqlalchemy import Connection, update

from workbench.audiences import AudienceSpec, TargetingSpec
from workbench.catalog.reading import all_notes, id_order, saved_audiences, unknown_audience
from workbench.catalog.records import Action, Note, SavedAudience, SavedTargeting, SubjectKind
from workbench.catalog.saving import create_audience
from workbench.catalog.tables import audiences, notes, targetings
from workbench.catalog.targetings import save_targeting, saved_targetings
from workbench.catalog.transaction import Change
from workbench.catalog.written_texts import require_no_identifier
from workbench.errors import ConflictError, DefinitionError, UnknownAudienceError, WorkbenchError
from workbench.validation import DigitId, Written, complaint

FORMAT: Final = "audience-workbench definitions"
N_SHOWN: Final = 10


class IdPolicy(StrEnum):
    """What becomes of the ids in a file that is imported."""

    KEEP = "KEEP"
    """Audiences keep theirs; one that the catalogue has already must be the same."""

    REMAP = "REMAP"
    """Audiences and targeting sets get new ones, in whatever names them, too."""


class ExportedNote(Written):
    """A note on an audience."""

    noted_at: AwareDatetime
    noted_by: str
    text: str


class ExportedAudience(Written):
    """An audience, with what people wrote about it."""

    spec: AudienceSpec
    tags: tuple[str, ...] = ()
    notes: tuple[ExportedNote, ...] = ()
    is_deleted: bool = Field(default=False, strict=True)


class ExportedTargeting(Written):
    """A targeting set, or the targeting of an ad group."""

    kind: Literal[SubjectKind.TARGETING_SET, SubjectKind.AD_GROUP]
    targeting_id: DigitId
    name: str
    targeting: TargetingSpec


class CatalogExport(Written):
    """What a file of definitions holds.

    Attributes
    ----------
    format, format_version : str, int
        What it is.
    audiences : tuple of ExportedAudience
        In the order of their ids.
    targetings : tuple of ExportedTargeting
        Sets and ad groups, in the order of their ids.
    """

    format: Literal["audience-workbench definitions"]
    format_version: Literal[1]
    audiences: tuple[ExportedAudience, ...] = ()
    targetings: tuple[ExportedTargeting, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import came to.

    Parameters
    ----------
    audience_ids : mapping of str to str
        The ids in the catalogue by those in the file.
    n_created : int
        Audiences and targetings that are new.
    n_unchanged : int
        Those that were there already, just so.
    """

    audience_ids: Mapping[str, str]
    n_created: int
    n_unchanged: int


def read_export(text: str | bytes) -> CatalogExport:
    """Read the JSON of exported definitions.

    Parameters
    ----------
    text : str or bytes
        UTF-8 if bytes.

    Raises
    ------
    DefinitionError
        If it is something else; the message says where it goes wrong.
    """
    try:
        return CatalogExport.model_validate_json(text)
    except ValidationError as refusal:
        reason = complaint(refusal, CatalogExport)
    raise DefinitionError(
        f"expected definitions as a catalogue exports them, got something else ({reason}); export again"
    )


def export_all(connection: Connection, now: datetime, audience_ids: Iterable[str] | None) -> CatalogExport:
    """Return definitions to be taken elsewhere.

    Parameters
    ----------
    connection : Connection
        Of a transaction.
    now : datetime
        The time.
    audience_ids : iterable of str or None
        These audiences and all that they are made from; None for everything that was not deleted.

    Raises
    ------
    UnknownAudienceError
        If an id names no audience.
    """
    there = {saved.audience_id: saved for saved in saved_audiences(connection, now)}
    kept: list[SavedTargeting] = []
    if audience_ids is None:
        wanted = [audience_id for audience_id, saved in there.items() if saved.deleted_at is None]
        for kind in (SubjectKind.TARGETING_SET, SubjectKind.AD_GROUP):
            kept += saved_targetings(connection, kind, targetings.c.deleted_at.is_(None))
        wanted += [named for saved in kept for named in _named_by(saved.targeting)]
    else:
        wanted = list(audience_ids)
        for audience_id in wanted:
            if audience_id not in there:
                raise unknown_audience(connection, audience_id)
    notes_by_id = all_notes(connection)
    exported = [_exported(there[audience_id], notes_by_id[audience_id]) for audience_id in _closure(there, wanted)]
    return CatalogExport(
        format=FORMAT,
        format_version=1,
        audiences=tuple(exported),
        targetings=tuple(
            ExportedTargeting(kind=one.kind, targeting_id=one.targeting_id, name=one.name, targeting=one.targeting)
            for one in kept
        ),
    )


def import_all(change: Change, export: CatalogExport, id_policy: IdPolicy) -> ImportReport:
    """Save what was exported.

    Parameters
    ----------
    change : Change
        The transaction.
    export : CatalogExport
        What to save.
    id_policy : IdPolicy
        What becomes of the ids.

    Raises
    ------
    ConflictError
        If what has one of its ids or names in the catalogue is something else; all such are named.
    DefinitionError, UnknownAudienceError
        If the file names an id twice, or audiences that are nowhere; and as saving each would.
    """
    there = {saved.audience_id: saved for saved in saved_audiences(change.connection, change.now)}
    _require_closed(export, set(there) if id_policy is IdPolicy.KEEP else set())
    in_order = _sources_first(export)
    audience_ids = {
        audience_id: change.new_id() if id_policy is IdPolicy.REMAP else audience_id for audience_id in in_order
    }
    wanted = {audience_id: _with_ids(exported.spec, audience_ids) for audience_id, exported in in_order.items()}
    unchanged = {
        audience_id
        for audience_id, spec in wanted.items()
        if spec.audience_id in there
        and _is_same(there[spec.audience_id].spec, spec)
        and (there[spec.audience_id].deleted_at is not None) is in_order[audience_id].is_deleted
    }
    conflicts = [
        f"audience {spec.audience_id} ({spec.name}) is {there[spec.audience_id].spec.name} here"
        for audience_id, spec in wanted.items()
        if spec.audience_id in there and audience_id not in unchanged
    ]
    change.skip_ids(spec.audience_id for spec in wanted.values())
    new, n_same, more_conflicts = _targetings_to_save(change, export, audience_ids, id_policy)
    _require_no_conflict(conflicts + more_conflicts)
    created = [audience_id for audience_id in in_order if audience_id not in unchanged]
    for audience_id in created:
        _create(change, wanted[audience_id], in_order[audience_id])
    for saved in new:
        save_targeting(change, saved, None, Action.IMPORTED)
    for audience_id in created:
        if in_order[audience_id].is_deleted:
            _mark_deleted(change, wanted[audience_id])
    return ImportReport(audience_ids, len(created) + len(new), len(unchanged) + n_same)


def _closure(there: Mapping[str, SavedAudience], wanted: Iterable[str]) -> list[str]:
    """Return the ids of audiences and of all that they are made from, in order."""
    found: set[str] = set()
    waiting = list(wanted)
    while waiting:
        audience_id = waiting.pop()
        if audience_id not in found:
            found.add(audience_id)
            waiting += there[audience_id].spec.definition.source_audience_ids
    return sorted(found, key=id_order)


def _exported(saved: SavedAudience, written: Iterable[Note]) -> ExportedAudience:
    return ExportedAudience(
        spec=saved.spec,
        tags=saved.tags,
        notes=tuple(ExportedNote(noted_at=note.noted_at, noted_by=note.noted_by, text=note.text) for note in written),
        is_deleted=saved.deleted_at is not None,
    )


def _named_by(targeting: TargetingSpec) -> tuple[str, ...]:
    return (*targeting.audience_include, *targeting.audience_exclude)


def _require_closed(export: CatalogExport, others: set[str]) -> None:
    ids = [exported.spec.audience_id for exported in export.audiences]
    _require_once("audience", "id", ids)
    for kind in (SubjectKind.TARGETING_SET, SubjectKind.AD_GROUP):
        of_kind = [exported for exported in export.targetings if exported.kind is kind]
        what = kind.value.lower().replace("_", " ")
        _require_once(what, "id", [exported.targeting_id for exported in of_kind])
        if kind is SubjectKind.TARGETING_SET:
            _require_once(what, "name", [exported.name for exported in of_kind])
    named = {source for exported in export.audiences for source in exported.spec.definition.source_audience_ids}
    named |= {audience_id for exported in export.targetings for audience_id in _named_by(exported.targeting)}
    missing = sorted(named - set(ids) - others)
    if missing:
        raise UnknownAudienceError(
            f"expected all audiences that are named to be in the file, found none with the id {', '.join(missing)}; "
            "export them, too"
        )


def _require_once(what: str, key: str, values: list[str]) -> None:
    repeated = sorted(value for value, n in Counter(values).items() if n > 1)
    if repeated:
        raise DefinitionError(
            f"expected each {what} once, got several with the {key} {', '.join(repeated)}; correct it"
        )


def _sources_first(export: CatalogExport) -> dict[str, ExportedAudience]:
    by_id = {exported.spec.audience_id: exported for exported in export.audiences}
    graph = {
        audience_id: [source for source in exported.spec.definition.source_audience_ids if source in by_id]
        for audience_id, exported in by_id.items()
    }
    try:
        return {audience_id: by_id[audience_id] for audience_id in TopologicalSorter(graph).static_order()}
    except CycleError as error:
        raise DefinitionError(
            "expected audiences that are not made from themselves, got a circle: "
            f"{' from '.join(reversed(error.args[1]))}; break it at one of them"
        ) from None


def _with_ids(spec: AudienceSpec, audience_ids: Mapping[str, str]) -> AudienceSpec:
    """Return a spec under its new id, made from audiences under theirs."""
    if all(
        audience_ids.get(named, named) == named for named in (spec.audience_id, *spec.definition.source_audience_ids)
    ):
        return spec
    fields = spec.model_dump(mode="json")
    fields["audience_id"] = audience_ids[spec.audience_id]
    sources = set(spec.definition.source_audience_ids)
    fields["definition"] = _replaced(fields["definition"], {source: audience_ids[source] for source in sources})
    renamed = AudienceSpec.model_validate_json(json.dumps(fields))
    expected = [audience_ids[source] for source in spec.definition.source_audience_ids]
    if list(renamed.definition.source_audience_ids) != expected:
        raise DefinitionError(
            f"expected to give the sources of audience {spec.audience_id} new ids, but one of them is also something "
            "else in its definition; import it with its ids kept"
        )
    return renamed


def _replaced(value: Any, audience_ids: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return audience_ids.get(value, value)
    if isinstance(value, dict):
        return {name: _replaced(part, audience_ids) for name, part in value.items()}
    return [_replaced(part, audience_ids) for part in value] if isinstance(value, list) else value


def _is_same(here: AudienceSpec, imported: AudienceSpec) -> bool:
    return here.model_copy(update={"created_at": imported.created_at}) == imported


def _targetings_to_save(
    change: Change, export: CatalogExport, audience_ids: Mapping[str, str], id_policy: IdPolicy
) -> tuple[list[SavedTargeting], int, list[str]]:
    """Return the targetings that are new, the number of those that are there already, and what is in the way."""
    there = {
        kind: saved_targetings(change.connection, kind) for kind in (SubjectKind.TARGETING_SET, SubjectKind.AD_GROUP)
    }
    new: list[SavedTargeting] = []
    n_same, conflicts = 0, []
    for exported in export.targetings:
        targeting = TargetingSpec.model_validate(
            exported.targeting.model_dump()
            | {
                name: tuple(audience_ids.get(named, named) for named in getattr(exported.targeting, name))
                for name in ("audience_include", "audience_exclude")
            }
        )
        is_set = exported.kind is SubjectKind.TARGETING_SET
        saved = [
            one
            for one in there[exported.kind]
            if (is_set and one.deleted_at is None and one.name == exported.name)
            or (one.targeting_id == exported.targeting_id and (id_policy is IdPolicy.KEEP or not is_set))
        ]
        alive = [one for one in saved if one.deleted_at is None]
        if any((one.name, one.targeting) == (exported.name, targeting) for one in alive):
            n_same += 1
        elif saved and (alive or is_set):
            conflicts.append(f"{exported.kind.value.lower().replace('_', ' ')} {exported.name} is another here")
        else:
            targeting_id = change.new_id() if is_set and id_policy is IdPolicy.REMAP else exported.targeting_id
            new.append(
                SavedTargeting(exported.kind, targeting_id, exported.name, targeting, 0, change.now, change.who, None)
            )
    return new, n_same, conflicts


def _require_no_conflict(conflicts: list[str]) -> None:
    if not conflicts:
        return
    more = f"; and {len(conflicts) - N_SHOWN} more" if len(conflicts) > N_SHOWN else ""
    raise ConflictError(
        f"expected ids and names that are free or the same here, found: {'; '.join(conflicts[:N_SHOWN])}{more}; "
        "import with new ids, or rename; nothing was imported"
    )


def _create(change: Change, spec: AudienceSpec, exported: ExportedAudience) -> None:
    try:
        create_audience(change, spec, exported.tags, Action.IMPORTED)
        for note in exported.notes:
            require_no_identifier("notes", note.text)
            require_no_identifier("noted_by", note.noted_by)
            change.connection.execute(
                notes.insert().values(
                    audience_id=spec.audience_id, noted_at=note.noted_at, noted_by=note.noted_by, text=note.text
                )
            )
    except WorkbenchError as refusal:
        refusal.add_note(f"in audience {exported.spec.audience_id} of the file; nothing was imported")
        raise


def _mark_deleted(change: Change, spec: AudienceSpec) -> None:
    row = audiences.c.audience_id == spec.audience_id
    change.connection.execute(update(audiences).where(row).values(deleted_at=change.now))
    change.tell(
        SubjectKind.AUDIENCE, spec.audience_id, 1, Action.DELETED, f'deleted "{spec.name}", as where it is from'
    )
