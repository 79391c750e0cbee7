"""Charts of runs and comparisons: functions from a data frame to an Altair chart, in the house look."""

from simulator.charts.break_even_lines import break_even_lines
from simulator.charts.delivery_by_hour import delivery_by_hour
from simulator.charts.delivery_timeline import delivery_timeline
from simulator.charts.difference_forest import difference_forest
from simulator.charts.figures import shown_figure, shown_interval, shown_margin
from simulator.charts.interval_forest import interval_forest
from simulator.charts.lost_opportunities import lost_opportunities
from simulator.charts.price_waterfall import price_stages, price_waterfall
from simulator.charts.reach_and_frequency import frequency_bars, reach_so_far
from simulator.charts.reach_lines import reach_lines
from simulator.charts.response_lines import response_lines
from simulator.charts.spend_by_day import spend_by_day
from simulator.charts.sweep_charts import lever_bars, pareto_scatter, sweep_lines
from simulator.charts.sweep_heat_map import sweep_heat_map

__all__ = [
    "break_even_lines",
    "delivery_by_hour",
    "delivery_timeline",
    "difference_forest",
    "frequency_bars",
    "interval_forest",
    "lever_bars",
    "lost_opportunities",
    "pareto_scatter",
    "price_stages",
    "price_waterfall",
    "reach_lines",
    "reach_so_far",
    "response_lines",
    "shown_figure",
    "shown_interval",
    "shown_margin",
    "spend_by_day",
    "sweep_heat_map",
    "sweep_lines",
]
