"""What is shown of a campaign that was flown: whole, or a chart of it."""

from __future__ import annotations

from typing import NamedTuple

import traitlets
from ipywidgets import VBox

from simulator.charts import delivery_timeline, price_stages, price_waterfall
from simulator.kernels.draws import replication_seed
from simulator.run import RunResult, simulate
from simulator.scenario import Scenario
from simulator.what_if import Forecast, forecast
from simulator.world import World
from workbench.charts.theme import empty_chart
from workbench.progress import Progress
from workbench.widgets.layout import button, card, panel, row
from workbench.widgets.run_bar import RunBar, ShowsWork
from workbench.widgets.vega_chart import VegaChart
from workbench.widgets.work import Work

N_REPLICATIONS = 20
WAITING = "The simulation brings it."
"""What an empty chart says."""


class Delivery(NamedTuple):
    """A scenario, flown.

    Attributes
    ----------
    world : World
        Its universe and audiences.
    forecast : Forecast
        Many runs.
    run : RunResult
        The first of them, whole: who was reached when is known of a single run only.
    """

    world: World
    forecast: Forecast
    run: RunResult


class CampaignFlight(ShowsWork, VBox):
    """Flies a scenario at the press of a button; what is shown of it says `_root` and `_show`.

    Parameters
    ----------
    scenario : Scenario
        The campaign.
    world : World or None
        The world of the scenario if it is open already; opened otherwise when it is needed.
    n_replications : int
        How many runs the means and ranges are of.

    Attributes
    ----------
    scenario : Scenario
        Set it and press the button, or call `run`.
    delivery : Delivery or None
        What is shown.
    """

    scenario = traitlets.Instance(Scenario)
    delivery = traitlets.Instance(Delivery, allow_none=True)

    def __init__(self, scenario: Scenario, *, world: World | None = None, n_replications: int = N_REPLICATIONS) -> None:
        self._world, self._n_replications = world, n_replications
        self._run_bar = RunBar(button("Simulate"), "Simulating")
        self._work: Work[Delivery] = Work(self)
        super().__init__((self._root(),), scenario=scenario)
        self._run_bar.on_run(self._run_bar.notice.guarded(lambda _button: self.run()))
        self._run_bar.on_cancel(lambda _button: self._work.cancel())

    def run(self) -> None:
        """Fly the campaign; what comes of it arrives in ``delivery`` and on the screen."""
        scenario, n_replications = self.scenario, self._n_replications

        def job(on_progress: Progress) -> Delivery:
            world = self._world
            config = scenario.config
            if world is None or not world.fits(config):
                world = World.open(config, on_progress)
            flown = forecast(scenario, world, n_replications=n_replications, on_progress=on_progress)
            first = config.model_copy(update={"rng_seed": replication_seed(config.rng_seed, 0)})
            return Delivery(world, flown, simulate(first, world))

        self._run_bar.begin()
        self._work.start(job)

    def on_done(self, result: Delivery) -> None:
        """Show the delivery."""
        self._run_bar.end()
        self._world, self.delivery = result.world, result
        self._show(result)

    def _root(self) -> VBox:
        """Return what the widget consists of."""
        raise NotImplementedError

    def _show(self, result: Delivery) -> None:
        """Show a delivery in it."""
        raise NotImplementedError


class DeliveryTimeline(CampaignFlight):
    """Spend and impressions day by day, with the band that luck alone gives; see `CampaignFlight`."""

    def _root(self) -> VBox:
        self._spend, self._impressions = (
            VegaChart(empty_chart(title, WAITING)) for title in ("Spend by day", "Impressions by day")
        )
        charts = row(card(self._spend), card(self._impressions), name="two")
        return panel(VBox((self._run_bar.buttons, self._run_bar, charts)), name="flight")

    def _show(self, result: Delivery) -> None:
        self._spend.chart = delivery_timeline(result.forecast.by_day, "spend")
        self._impressions.chart = delivery_timeline(result.forecast.by_day, "impressions")


class PriceWaterfall(CampaignFlight):
    """From the bid over the reduced bid and the clearing price to the charge; see `CampaignFlight`."""

    def _root(self) -> VBox:
        self._chart = VegaChart(empty_chart("From bid to charge", WAITING))
        return panel(VBox((self._run_bar.buttons, self._run_bar, card(self._chart))), name="flight")

    def _show(self, result: Delivery) -> None:
        self._chart.chart = price_waterfall(price_stages(result.forecast.by_ad_group))
