"""Who was in an audience when it was counted: account numbers of one universe, never an identifier.

A count is recorded when the workbench has made it, and known from when on the platform would know it. A list that was
edited takes the platform as long as a new one (its old size shows until then); every other type is kept up to date by
the platform itself, so a further count of the same definition is known at once.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from workbench.array_file import fingerprint
from workbench.audiences import Audience, AudienceType, shown_size
from workbench.audiences.lifecycle import populated_at
from workbench.catalog.reading import id_order, latest_population, saved_audience, spec_of_version
from workbench.catalog.records import Action, SavedAudience, SubjectKind
from workbench.catalog.saving import require_alive, require_current, uniform_draw
from workbench.catalog.tables import member_sets, populations
from workbench.catalog.transaction import Change, in_utc
from workbench.errors import CatalogError, UnknownAudienceError
from workbench.identity import AccountSet
from workbench.universe import Universe


def universe_fingerprint(universe: Universe) -> str:
    """Return what tells the accounts of a universe from those of others; members of one mean nothing in another."""
    return f"{universe.n_accounts}:{fingerprint(universe.table_path('accounts'))}"


def record_population(change: Change, audience: Audience, expected_version: int, universe: Universe) -> None:
    """Record who was found to be in an audience.

    Parameters
    ----------
    change : Change
        The transaction.
    audience : Audience
        As it was populated, with members.
    expected_version : int
        The version that was populated.
    universe : Universe
        From which.

    Raises
    ------
    ConflictError
        If it has another version by now.
    UnknownAudienceError
        If it is not there, or was deleted.
    ValueError
        If it was not counted, or in another universe.
    """
    if audience.members is None or audience.members.n_accounts != universe.n_accounts:
        found = "none" if audience.members is None else f"those of {audience.members.n_accounts} accounts"
        raise ValueError(f"expected members among {universe.n_accounts} accounts, got {found}; populate it first")
    current = require_current(change, audience.spec.audience_id, expected_version)
    _, definition_version = spec_of_version(change.connection, current.audience_id, current.version)
    members = audience.members.to_bytes()
    sha256 = hashlib.sha256(members).hexdigest()
    if change.connection.execute(select(member_sets.c.sha256).where(member_sets.c.sha256 == sha256)).first() is None:
        change.connection.execute(member_sets.insert().values(sha256=sha256, members=members))
    change.connection.execute(
        populations.insert().values(
            audience_id=current.audience_id,
            definition_version=definition_version,
            universe=universe_fingerprint(universe),
            as_of=in_utc(universe.as_of),
            audience_size=len(audience.members),
            members_sha256=sha256,
            details=json.dumps(dict(audience.details), default=str, sort_keys=True),
            known_at=_known_at(change, current, definition_version, sha256),
            recorded_at=change.now,
            recorded_by=change.who,
        )
    )
    words = f"counted {shown_size(len(audience.members))} members"
    change.tell(SubjectKind.AUDIENCE, current.audience_id, current.version, Action.POPULATED, words)


def populated_audience(connection: Connection, now: datetime, audience_id: str, universe: Universe) -> Audience:
    """Return an audience with the members that were last recorded in a universe.

    Parameters
    ----------
    connection : Connection
        Of a transaction.
    now : datetime
        As of when they are known.
    audience_id : str
        The audience, deleted or not.
    universe : Universe
        Whose accounts.

    Returns
    -------
    Audience
        Without members if none were recorded or known.

    Raises
    ------
    UnknownAudienceError
        If the catalogue never had it.
    """
    saved = saved_audience(connection, now, audience_id)
    conditions = (populations.c.universe == universe_fingerprint(universe), populations.c.known_at <= now)
    row = connection.execute(latest_population(audience_id, *conditions)).first()
    is_deleted = saved.deleted_at is not None
    if row is None:
        return Audience(saved.spec, is_deleted=is_deleted)
    return Audience(saved.spec, _members(connection, row), _details(row), is_deleted)


def recorded_members(connection: Connection, audience_id: str, population_number: int) -> AccountSet:
    """Return who was in an audience at one count.

    Raises
    ------
    UnknownAudienceError
        If it has no such count.
    CatalogError
        If the members are damaged.
    """
    conditions = (populations.c.audience_id == audience_id, populations.c.population_number == population_number)
    row = connection.execute(select(populations).where(*conditions)).first()
    if row is None:
        raise UnknownAudienceError(
            f"expected the number of a count of audience {audience_id}, got {population_number}; "
            "its sizes have the numbers there are"
        )
    return _members(connection, row)


def _members(connection: Connection, row: Row[Any]) -> AccountSet:
    query = select(member_sets.c.members).where(member_sets.c.sha256 == row.members_sha256)
    try:
        return AccountSet.from_bytes(connection.execute(query).scalar_one())
    except ValueError:
        raise CatalogError(
            f"expected the members of audience {row.audience_id} as they were recorded, found damage; populate it again"
        ) from None


def _details(row: Row[Any]) -> Mapping[str, Any]:
    details: dict[str, Any] = json.loads(row.details)
    return details


def _known_at(change: Change, current: SavedAudience, definition_version: int, sha256: str) -> datetime:
    """Return when the platform would know what was counted now."""
    previous = change.connection.execute(latest_population(current.audience_id)).first()
    if previous is None:
        return max(current.known_at, change.now)
    previous_known_at: datetime = previous.known_at
    if current.audience_type is not AudienceType.CUSTOMER_LIST or previous.members_sha256 == sha256:
        return max(previous_known_at, change.now)
    u = uniform_draw(change.rng_seed, current.audience_id, definition_version)
    return populated_at(AudienceType.CUSTOMER_LIST, change.now, u)


def audiences_to_populate(connection: Connection, now: datetime, audience_ids: list[str]) -> dict[str, SavedAudience]:
    """Return audiences and all that they are made from, by and in the order of their ids.

    Raises
    ------
    UnknownAudienceError
        If one is not there, or was deleted.
    """
    found: dict[str, SavedAudience] = {}
    waiting = list(audience_ids)
    while waiting:
        audience_id = waiting.pop()
        if audience_id not in found:
            found[audience_id] = require_alive(saved_audience(connection, now, audience_id))
            waiting += found[audience_id].spec.definition.source_audience_ids
    return {audience_id: found[audience_id] for audience_id in sorted(found, key=id_order)}
