"""The audience rules in plain Python, one person at a time."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from fractions import Fraction

READY_SIZE = 100


def meets_text(rule, text: str | None) -> bool:
    """Take the operators one by one; a missing text meets none."""
    if text is None:
        return False
    if isinstance(rule, str):
        return text == rule
    wanted = rule.model_dump()
    return all(
        (
            "=" not in wanted or any(text == value for value in wanted["="]),
            "!=" not in wanted or all(text != value for value in wanted["!="]),
            "contains" not in wanted or any(value in text for value in wanted["contains"]),
            "not_contains" not in wanted or all(value not in text for value in wanted["not_contains"]),
        )
    )


def meets_number(rule, number) -> bool:
    """Take the bounds one by one; a missing number meets none."""
    if number is None:
        return False
    wanted = rule.model_dump() if hasattr(rule, "model_dump") else {"=": rule}
    return all(
        (
            "=" not in wanted or number == wanted["="],
            "!=" not in wanted or number != wanted["!="],
            "<" not in wanted or number < wanted["<"],
            "<=" not in wanted or number <= wanted["<="],
            ">" not in wanted or number > wanted[">"],
            ">=" not in wanted or number >= wanted[">="],
        )
    )


def has_data(event: dict, event_data) -> bool:
    """Hold an event against every field that is asked for."""
    asked = event_data.model_dump(exclude_none=True) if event_data is not None else {}
    asked |= asked.pop("line_items", None) or {}
    rules = {name: getattr(event_data, name, None) or getattr(event_data.line_items, name, None) for name in asked}
    for name, rule in rules.items():
        if name in ("value", "product_price"):
            micros = event.get(f"{name}_micros")
            if not meets_number(rule, None if micros is None else Fraction(micros, 1_000_000)):
                return False
        elif name in ("order_quantity", "product_quantity"):
            if not meets_number(rule, event.get(name)):
                return False
        elif not meets_text(rule, event.get(name)):
            return False
    return True


def is_inside(event: dict, definition, as_of: datetime, created_at: datetime | None) -> bool:
    """Ask whether an event is in the window of a membership."""
    age = as_of - event["event_time"]
    is_past = event["event_time"] <= (created_at or as_of)
    is_recent = timedelta(0) <= age <= timedelta(days=definition.retention_days)
    return is_recent and (definition.prefill or not is_past)


def visitors(events: Iterable[dict], definition, as_of: datetime, created_at: datetime | None = None) -> set[int]:
    """Walk through the events and keep who qualifies."""
    members = set()
    for event in events:
        if event["tag_id"] != definition.visitor_source_id or event["account"] is None:
            continue
        did = event["event"] in definition.events and has_data(event, definition.event_data)
        saw = any(meets_text(rule, event["url"]) for rule in definition.urls)
        is_asked = did or saw or (not definition.events and not definition.urls)
        came = (not definition.event_source or event.get("event_source") in definition.event_source) and (
            not definition.ingestion_source or event.get("ingestion_source") in definition.ingestion_source
        )
        if is_asked and came and is_inside(event, definition, as_of, created_at):
            members.add(event["account"])
    return members


def targeted(everyone: set[int], includes: list[set[int] | None], excludes: list[set[int] | None]) -> set[int]:
    """Ask of every account whether it is reached; None is an audience that is not counted yet."""
    reached = set()
    for account in everyone:
        is_in = any(account in members for members in includes if members is not None and len(members) >= READY_SIZE)
        is_out = any(account in members for members in excludes if members is not None and len(members) >= READY_SIZE)
        if (is_in or not includes) and not is_out:
            reached.add(account)
    return reached


def overlap(a: set[int], b: set[int]) -> tuple[int, float | None, float | None]:
    """Return n_overlap, overlap_share and jaccard."""
    n_overlap = len(a & b)
    return n_overlap, n_overlap / len(a) if a else None, n_overlap / len(a | b) if a | b else None


def engaged(
    engagements: Iterable[dict], catalogue: dict, definition, actions, as_of: datetime, created_at=None
) -> set[int]:
    """Walk through the engagements and ask of each whether it was with the source; catalogue holds rows by table."""
    pins = {row["pin_id"]: row for row in catalogue["pins"]}
    ads = {row["ad_id"]: row for row in catalogue["ads"]}
    campaigns = {row["campaign_id"]: row for row in catalogue["campaigns"]}
    members = set()
    for row in engagements:
        ad = ads.get(row.get("ad_id"))
        campaign = campaigns.get(ad["campaign_id"]) if ad else None
        if definition.engagement_domains:
            promoted = pins.get(ad["pin_id"]) if ad else None
            met = [pin["domain"] for pin in (pins.get(row["pin_id"]), promoted) if pin and pin["domain"]]
            is_source = any(site.lower().removeprefix("www.") in definition.engagement_domains for site in met)
        elif definition.objective_types:
            is_own = campaign is not None and campaign["ad_account_id"] == definition.ad_account_id
            is_source = is_own and campaign["objective_type"] in definition.objective_types
        elif definition.pin_ids or definition.ad_ids or definition.campaign_ids:
            is_source = (
                row["pin_id"] in definition.pin_ids
                or (ad is not None and ad["ad_id"] in definition.ad_ids)
                or (campaign is not None and campaign["campaign_id"] in definition.campaign_ids)
            )
        else:
            is_source = pins[row["pin_id"]]["ad_account_id"] == definition.ad_account_id
        if is_source and row["action"] in actions and is_inside(row, definition, as_of, created_at):
            members.add(row["account"])
    return members
