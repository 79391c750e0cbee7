"""Charts of lists and audiences: functions from a data frame to an Altair chart, in the house look."""

from workbench.charts.actalike_forecast import actalike_forecast_band
from workbench.charts.affinity import affinity_dots
from workbench.charts.audience_sizes import audience_size_bars
from workbench.charts.list_check import list_check_bars
from workbench.charts.membership_decay import membership_decay_area
from workbench.charts.numbers import shown_count, shown_dollars, shown_people, shown_percent
from workbench.charts.overlap import overlap_heat_map
from workbench.charts.theme import chart_svg, colour, empty_chart, finish
from workbench.charts.upset import overlap_upset

__all__ = [
    "actalike_forecast_band",
    "affinity_dots",
    "audience_size_bars",
    "chart_svg",
    "colour",
    "empty_chart",
    "finish",
    "list_check_bars",
    "membership_decay_area",
    "overlap_heat_map",
    "overlap_upset",
    "shown_count",
    "shown_dollars",
    "shown_people",
    "shown_percent",
]
