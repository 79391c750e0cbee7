"""What the catalogue knows, in words for a screen: times, uses and what becomes of them."""

from datetime import UTC, datetime

from workbench.catalog import Action, CatalogEvent, Role, SubjectKind, Use

KIND_WORDS = {
    SubjectKind.AUDIENCE: "Audience",
    SubjectKind.TARGETING_SET: "Saved targeting",
    SubjectKind.AD_GROUP: "Ad group",
}
_ROLE_WORDS = {Role.SOURCE: "is made from it", Role.INCLUDE: "includes it", Role.EXCLUDE: "excludes it"}
_LOSS_WORDS = {
    Role.SOURCE: "can be counted no more",
    Role.INCLUDE: "reaches nobody through it any more",
    Role.EXCLUDE: "stops leaving its people out",
}


def event_words(event: CatalogEvent) -> str:
    """Say what happened, as the audit trail has it, with a verb in front where it has none."""
    verb = {Action.UPDATED: "changed ", Action.CONVERTED: "converted "}.get(event.action, "")
    words = f"{verb}{event.words}"
    return words[:1].upper() + words[1:]


def use_words(use: Use) -> str:
    """Say what uses an audience and how: ``Ad group “Carts” excludes it``."""
    return f"{KIND_WORDS[use.user_kind]} “{use.name}” {_ROLE_WORDS[use.role]}{_way(use)}"


def loss_words(use: Use) -> str:
    """Say what becomes of what uses an audience when that is deleted."""
    return f"{KIND_WORDS[use.user_kind]} “{use.name}” {_ROLE_WORDS[use.role]}{_way(use)}: it {_LOSS_WORDS[use.role]}"


def shown_day(time: datetime) -> str:
    """Return the day of a time in UTC: ``3 Nov 2026``."""
    day = time.astimezone(UTC)
    return f"{day.day} {day:%b %Y}"


def shown_time(time: datetime) -> str:
    """Return a time in UTC, for where that is said already: ``3 Nov 2026, 14:20``."""
    return f"{shown_day(time)}, {time.astimezone(UTC):%H:%M}"


def _way(use: Use) -> str:
    return f", through audience {', '.join(use.through)}" if use.through else ""
