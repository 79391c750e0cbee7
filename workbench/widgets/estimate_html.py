"""The estimate beside a form as HTML: how many, whether an ad can use them, and the rule in plain words."""

import html
from collections.abc import Mapping
from typing import Any

from workbench.audiences import ActalikeDefinition, Audience, safe_share, shown_share
from workbench.audiences.estimate import Estimate
from workbench.charts import shown_count, shown_people, shown_percent
from workbench.charts.numbers import THIN_SPACE
from workbench.widgets.layout import progress_html
from workbench.widgets.status import status_pill_html

WAITING = "Counting…"


def estimate_html(estimate: Estimate, n_accounts: int) -> str:
    """Return an estimate as HTML.

    Parameters
    ----------
    estimate : Estimate
        Of a definition.
    n_accounts : int
        Accounts on the platform.
    """
    audience = estimate.audience
    size = audience.audience_size
    if size is None:
        return answer_html("not known yet", status_pill_html(audience.status)) + _hint(
            "An audience that it is made from is not counted yet."
        )
    share = safe_share(size, n_accounts)
    hint = "" if share is None else f"{shown_percent(share)} of all accounts"
    hint = hint or "An ad cannot use fewer than 100 people, and their number is not shown."
    return (
        answer_html(f"{shown_people(size)} people", status_pill_html(audience.status)) + _hint(hint) + _facts(audience)
    )


def answer_html(number: str, pill: str = "") -> str:
    """Return the number that a form comes to, or words in its place, and a status pill."""
    words = f"<span>Estimated size</span><strong>{html.escape(number)}</strong>"
    return f'<p class="wb-answer" role="status">{words}</p>{pill}'


def waiting_html(share: float | None) -> str:
    """Return what stands in place of an estimate until it is there."""
    return answer_html(WAITING) + progress_html(WAITING, share)


def _facts(audience: Audience) -> str:
    details = audience.details
    rows = [*_facts_of_list(details), *_facts_of_actalike(audience)]
    if "data_fee_rate_bp" in details:
        rows.append(("Data fee", f"{details['data_fee_rate_bp'] / 100:.1f}{THIN_SPACE}% of the auction price"))
    if not rows:
        return ""
    pairs = "".join(f"<div><dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd></div>" for name, value in rows)
    return f'<dl class="wb-facts">{pairs}</dl>'


def _facts_of_list(details: Mapping[str, Any]) -> list[tuple[str, str]]:
    if "match_rate" not in details:
        return []
    counts = details["record_counts"]
    rate = shown_share(details["n_matched_records"], details["n_distinct_valid_records"])
    rows = [("Valid records", shown_count(counts["valid"])), ("Match rate", rate)]
    return [*rows, ("Invalid records", shown_count(counts["invalid"]))] if counts["invalid"] else rows


def _facts_of_actalike(audience: Audience) -> list[tuple[str, str]]:
    """Say how much better than chance an actalike is: the first figure that somebody who pays for it asks for."""
    definition, details = audience.spec.definition, audience.details
    if not isinstance(definition, ActalikeDefinition):
        return []
    drivers = [driver["name"].replace("_", " ") for driver in details.get("interests", ())]
    rows = [("Interests in common", ", ".join(drivers[:3]))] if drivers else []
    forecast = {row["percentage"]: row for row in details.get("forecast", ())}.get(definition.percentage)
    if forecast is None:
        return rows
    low, high = round(100 * forecast["low"]), round(100 * forecast["high"])
    found = f"{low}–{high}{THIN_SPACE}% of people like them; by chance {definition.percentage}{THIN_SPACE}%"
    return [("Should find", found), *rows]


def _hint(sentence: str) -> str:
    return f'<p class="wb-hint">{html.escape(sentence)}</p>'
