"""Potential reach as HTML: the range, how wide that is, and which condition takes how many people away."""

import html
import math

from workbench.audiences import Breadth, ReachEstimate, ReachStep, safe_size
from workbench.audiences.reach import BROAD_SHARE, NARROW_SHARE
from workbench.charts import shown_count, shown_people
from workbench.widgets.notice import screen_words

BREADTH_WORDS = {
    Breadth.NOBODY: ("Nobody", "An ad needs at least 100 people; widen the targeting."),
    Breadth.NARROW: ("Narrow", "Less than half a per cent of the platform: delivery may be slow and dear."),
    Breadth.BALANCED: ("Balanced", "Wide enough to deliver, narrow enough to mean something."),
    Breadth.BROAD: ("Broad", "More than a quarter of the platform: many of them will not care."),
}
STEP_WORDS = {
    "": "Everybody on the platform",
    "audience_include": "in the included audiences",
    "audience_exclude": "without the excluded",
    "location": "in the chosen places",
    "age_bucket": "of the chosen ages",
    "minimum_age": "of the chosen ages",
    "gender": "of the chosen gender",
    "apptype": "on the chosen devices",
}
_LEAST_SHARE = 1e-4  # where the scale begins


def reach_html(estimate: ReachEstimate, n_accounts: int) -> str:
    """Return an estimate as HTML.

    Parameters
    ----------
    estimate : ReachEstimate
        Of a targeting.
    n_accounts : int
        Accounts on the platform.
    """
    word, sentence = BREADTH_WORDS[estimate.breadth]
    parts = [
        f'<p class="wb-answer"><span>Potential reach in 30 days</span><strong>{_range(estimate)}</strong></p>',
        _meter_html(estimate.high / max(n_accounts, 1), word),
        f'<p class="wb-hint">{sentence}</p>',
        _steps_html(estimate.steps),
    ]
    return "".join(parts)


def warnings_html(warnings: tuple[str, ...]) -> str:
    """Return warnings as HTML, one beneath the other; nothing if there are none."""
    return "".join(
        f'<p class="wb-warning" role="status">{html.escape(screen_words(warning))}</p>' for warning in warnings
    )


def _range(estimate: ReachEstimate) -> str:
    if estimate.breadth is Breadth.NOBODY:
        return "fewer than 100 people"
    low, high = shown_count(estimate.low), shown_count(estimate.high)
    return f"{low} people" if low == high else f"{low} – {high} people"


def _meter_html(share: float, word: str) -> str:
    """Draw where a share stands between narrow and broad, on a logarithmic scale."""
    narrow, broad = _place(NARROW_SHARE), _place(BROAD_SHARE)
    widths = (narrow, broad - narrow, 100 - broad)
    names = ("Narrow", "Balanced", "Broad")
    bands = "".join(
        f'<span style="flex:{width:.0f}"{" class=wb-on" if name == word else ""}>{name}</span>'
        for name, width in zip(names, widths, strict=True)
    )
    return (
        f'<div class="wb-meter" role="img" aria-label="How wide: {word}">'
        f'<i style="left:{_place(share):.1f}%"></i>{bands}</div>'
    )


def _place(share: float) -> float:
    """Return where a share stands on the scale, 0 to 100."""
    whole = -math.log10(_LEAST_SHARE)
    return 100 * min(max((math.log10(max(share, _LEAST_SHARE)) + whole) / whole, 0.0), 1.0)


def _steps_html(steps: tuple[ReachStep, ...]) -> str:
    if len(steps) < 2:
        return ""
    most = max(safe_size(steps[0].n_left) or 1, 1)
    rows = "".join(
        f"<li><span>{STEP_WORDS[step.field]}</span><b>{html.escape(shown_people(step.n_left))}</b>"
        f'<i style="--wb-part:{100 * (safe_size(step.n_left) or 0) / most:.1f}%"></i></li>'
        for step in steps
    )
    return f'<div class="wb-steps"><h3>Who is left</h3><ol>{rows}</ol></div>'
