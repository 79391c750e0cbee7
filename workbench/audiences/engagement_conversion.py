"""Engagement audiences from before 2 November 2021, which the platform converts by itself.

Until then such an audience needed a claimed site and could be narrowed to one kind of engagement. Those that are older
become audiences of any engagement action (Q9); what they were is kept in a note. Since then no site is needed (S55).
"""

from datetime import UTC, datetime, tzinfo
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from workbench.audiences.engagement_actions import EngagerType
from workbench.audiences.engagement_definition import EngagementDefinition
from workbench.errors import DefinitionError, UniverseError
from workbench.universe import Universe

CONVERSION_DAY: Final = (2021, 11, 2)
"""Audiences created before this day begins, in the ad account's time zone, are converted."""


class Converted(NamedTuple):
    """A definition after conversion, and what it was; the note is empty if there was nothing to convert."""

    definition: EngagementDefinition
    history_note: str


def converted(definition: EngagementDefinition, universe: Universe, created_at: datetime) -> Converted:
    """Convert a definition if its audience is from before 2 November 2021.

    Parameters
    ----------
    definition : EngagementDefinition
        As it was made.
    universe : Universe
        Whose table ``ad_accounts`` may say the account's time zone; UTC otherwise.
    created_at : datetime
        When the audience was made, with its zone.

    Returns
    -------
    Converted
        The same definition, or one of any engagement action and a note for the audience's history.

    Raises
    ------
    DefinitionError
        If a later audience asks for a kind of engagement that there is no longer.
    UniverseError
        If the account's time zone is none.
    """
    zone = time_zone_of(definition.ad_account_id, universe)
    if created_at >= datetime(*CONVERSION_DAY, tzinfo=zone):
        if definition.engagement_type is not None:
            raise DefinitionError(
                "engagement_type: expected none, because only audiences from before 2 November 2021 had one, got "
                f"{definition.engagement_type}; choose engager_type 1 (any) or 2 (optimised) instead (S46, S56)"
            )
        return Converted(definition, "")
    was = definition.engagement_type or "all"
    note = (
        f"Created on {created_at.astimezone(zone):%Y-%m-%d}, before 2 November 2021, so converted to any engagement. "
        f"It was made of engagement of the kind '{was}' and of engager_type {definition.engager_type.value} (S56, Q9)."
    )
    now = definition.model_copy(update={"engager_type": EngagerType.ANY, "engagement_type": None})
    return Converted(now, note)


def time_zone_of(ad_account_id: str, universe: Universe) -> tzinfo:
    """Return an ad account's time zone, UTC where the universe does not know it.

    Raises
    ------
    UniverseError
        If it is no name of the IANA database.
    """
    if not universe.has_table("ad_accounts"):
        return UTC
    found = universe.query("SELECT time_zone FROM ad_accounts WHERE ad_account_id = ?", [ad_account_id])["time_zone"]
    name = next(iter(found.dropna()), "UTC")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UniverseError(
            f"table 'ad_accounts', column 'time_zone': expected a name of the IANA database such as Europe/Amsterdam "
            f"for ad account {ad_account_id}, found another text; correct it or leave it out for UTC"
        ) from None
