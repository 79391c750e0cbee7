"""Days on an axis of time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from workbench.charts.light_altair import alt

MAX_LABELS = 8


def day_texts(days: pd.Series[pd.Timestamp]) -> dict[str, pd.Series[str]]:
    """Return ``day`` for a scale of time and ``day_name`` for people, from moments in UTC.

    Midnight UTC on a UTC scale: a browser west of Greenwich would otherwise draw a day on the one before.
    """
    return {"day": days.dt.strftime("%Y-%m-%dT00:00:00Z"), "day_name": days.dt.strftime("%a %d %b")}


def day_axis(days: pd.Series[pd.Timestamp]) -> alt.Axis:
    """Return an axis with a label for every day, or for every second, third … so that about eight fit."""
    from workbench.charts.light_altair import alt

    chosen = sorted(days.unique())[:: max(1, -(-days.nunique() // MAX_LABELS))]
    return alt.Axis(
        values=[int(day.timestamp() * 1000) for day in chosen],
        labelExpr="[utcFormat(datum.value, '%a'), utcFormat(datum.value, '%-d %b')]",
        grid=False,
    )
