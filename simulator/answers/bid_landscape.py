"""Raise the bid? What other bids of an ad group win, spend and bring, and what one more result costs between them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.ad_group_amounts import Bid, bid_of
from simulator.answers.answer import Answer, Shown, rests_on
from simulator.answers.goal import Goal, goal_of
from simulator.answers.variants import ad_group_of, with_ad_groups
from simulator.answers.words import bounds, quoted, writing
from simulator.charts import response_lines, shown_figure
from simulator.config import AdGroup, RunConfig
from simulator.errors import ConfigError
from simulator.money import MICROS
from simulator.scenario import Scenario
from simulator.sweeps.curves import best_point, marginal_costs, response_curve
from simulator.sweeps.intervals import Interval, Readings, mean_interval, ratio_interval, require_pairs
from simulator.sweeps.outcomes import NET_WORTH, Outcomes, run_outcomes
from simulator.sweeps.sweep import require_world_of
from simulator.what_if import KeepsRuns, ParameterDraws, Workers
from simulator.world import World
from workbench.charts import shown_percent
from workbench.progress import Progress, ignore_progress

FACTORS: Final = (0.4, 0.5, 0.64, 0.8, 1.0, 1.25, 1.56, 1.95, 2.44)
"""Of the bid as it is: equal ratios, so that low bids are told apart as well as high ones."""

LIKELY: Final = 0.8
"""A bid is advised if it is the best in this share of resamples of the runs."""

SAME_SPEND: Final = 0.02
"""Where a higher bid spends no more than this share more, the budget is what binds."""


def bid_landscape(
    scenario: Scenario,
    world: World,
    *,
    ad_group_id: str | None = None,
    goal: Goal | str | None = None,
    n_replications: int | ParameterDraws = 20,
    where: Workers | None = None,
    keep: KeepsRuns | None = None,
    on_progress: Progress = ignore_progress,
) -> Answer:
    """Tell what other bids of an ad group would win, spend and bring.

    Parameters
    ----------
    scenario : Scenario
        With an ad group whose bid is the analyst's.
    world : World
        Opened for it.
    ad_group_id : str, optional
        Whose bid; the first that has one if nothing is said.
    goal : Goal or str, optional
        What counts as a result, see `simulator.answers.goal.goal_of`.
    n_replications : int or ParameterDraws
        Runs of each variant, 2 to 10,000; or draws of what is not known about the market, one run each.
    where, keep, on_progress
        As for `simulator.sweeps.sweep`.

    Returns
    -------
    Answer
        The table has a row a bid: ``bid`` (dollars), ``win_rate``, ``spend``, ``results`` with ``low`` and ``high``,
        ``cost_of_one``, ``cost_of_one_more`` than at the bid before with ``more_low`` and ``more_high``; where
        conversions have a worth ``net_worth`` and ``share_best`` (how sure it is that no other bid has more).

    Raises
    ------
    ConfigError
        If the ad group does not exist or leaves its bid to the platform, a number is out of range, or the goal cannot
        be met.
    WorkbenchError
        What the universe, an audience, a targeting or the workers are refused for.
    """
    require_pairs(n_replications)
    require_world_of(scenario.config, world)
    ad_group, bid = _bidding(scenario.config, ad_group_id)
    bids = _bids(ad_group, bid)
    outcomes = run_outcomes(
        [_with_bid(scenario.config, ad_group, bid, micros) for micros in bids],
        world,
        n_replications=n_replications,
        where=where,
        keep=keep,
        on_progress=on_progress,
    )
    read = _Read(outcomes, ad_group, bid, np.array(bids) / MICROS, goal_of([ad_group], goal))
    return Answer(
        name="bid_landscape",
        question=f"What would another bid of {quoted(ad_group.name)} bring?",
        sentence=_sentence(read),
        table=read.table,
        columns=_columns(read),
        draw=lambda: response_lines(
            read.curve,
            title="What other bids bring",
            lever=f"bid of {quoted(ad_group.name)}, dollars for {UNIT_WORDS.get(bid.per, bid.per)}",
            result=read.goal.words,
            unit=read.goal.unit,
            marks=read.marks,
        ),
        notes=(*_notes(read), *rests_on(outcomes)),
        scenario=scenario,
        asked={"ad_group_id": ad_group.ad_group_id, "goal": read.goal.value},
        n_replications=outcomes.n_replications,
        draws=outcomes.draws,
        findings=_findings(read),
    )


UNIT_WORDS: Final = {"CPM": "1,000 impressions"}


@dataclass(frozen=True, eq=False)
class _Read:
    """What the runs say of the ad group."""

    outcomes: Outcomes
    ad_group: AdGroup
    bid: Bid
    bids: NDArray[np.float64]
    goal: Goal

    def of(self, metric: str) -> Readings:
        return self.outcomes.readings(metric, [self.ad_group.ad_group_id])

    @property
    def place(self) -> int:
        """Of the bid as it is."""
        return int(np.flatnonzero(self.bids == self.bid.micros / MICROS)[0])

    @cached_property
    def results(self) -> Readings:
        return self.of(self.goal.value)

    @cached_property
    def curve(self) -> pd.DataFrame:
        runs = self.outcomes.runs(self.goal.value, [self.ad_group.ad_group_id])
        return response_curve(self.bids, self.results, runs)

    @cached_property
    def steps(self) -> pd.DataFrame:
        return marginal_costs(self.bids, self.of("spend"), self.results / self.goal.per)

    @cached_property
    def cost(self) -> list[Interval]:
        """What a result costs at each bid."""
        results = self.results / self.goal.per
        return [ratio_interval(*pair) for pair in zip(self.of("spend"), results, strict=True)]

    @cached_property
    def best(self) -> tuple[int, NDArray[np.float64]] | None:
        """The bid with the highest net worth and how sure each is to be it; None where nothing has a worth."""
        return best_point(self.of(NET_WORTH)) if self.goal is Goal.WORTH else None

    @cached_property
    def win_rate(self) -> NDArray[np.float64]:
        won, entered = (
            self.outcomes.of_one(column, self.ad_group.ad_group_id).sum(axis=1)
            for column in ("auctions_won", "auctions_entered")
        )
        rate = np.full(len(won), np.nan)
        np.divide(won, entered, out=rate, where=entered > 0)
        return rate

    @cached_property
    def table(self) -> pd.DataFrame:
        more = self.steps[["cost_of_one_more", "low", "high"]].to_numpy(dtype=np.float64)
        more = np.vstack([np.full(3, np.nan), more])
        table = pd.DataFrame(
            {
                "bid": self.bids,
                "win_rate": self.win_rate,
                "spend": self.of("spend").mean(axis=1),
                "results": self.curve["mean"],
                "low": self.curve["low"],
                "high": self.curve["high"],
                "cost_of_one": [cost.value for cost in self.cost],
                "cost_of_one_more": more[:, 0],
                "more_low": more[:, 1],
                "more_high": more[:, 2],
            }
        )
        if self.best is None:
            return table
        return table.assign(net_worth=self.of(NET_WORTH).mean(axis=1), share_best=self.best[1])

    @property
    def is_held_by_budget(self) -> bool:
        """Whether higher bids spend no more, because the budget is spent already."""
        spend = self.of("spend").mean(axis=1)
        return bool(spend[-1] <= spend[self.place] * (1 + SAME_SPEND)) and bool(spend[self.place] > 0)

    @property
    def marks(self) -> list[tuple[str, str, float]]:
        marks = [("planned", "as planned", self.bid.micros / MICROS)]
        if self.best is not None:
            marks.append(("best", "worth most", float(self.bids[self.best[0]])))
        return marks


def _bidding(config: RunConfig, ad_group_id: str | None) -> tuple[AdGroup, Bid]:
    """Return whose bid is asked about, and the bid."""
    candidates = config.ad_groups if ad_group_id is None else [ad_group_of(config, ad_group_id)]
    for ad_group in candidates:
        bid = bid_of(ad_group)
        if bid is not None:
            return ad_group, bid
    which = "an ad group" if ad_group_id is None else f"ad group {ad_group_id}"
    raise ConfigError(
        f"expected {which} to have a bid of its own, found an automatic one, which the platform chooses; ask for "
        "budget_curve instead"
    )


def _bids(ad_group: AdGroup, bid: Bid) -> list[int]:
    """Return the bids that are tried: legal ones, rising, the one as it is among them."""
    highest = int(bid.highest_micros / max([1.0, *ad_group.bid_multipliers.values()]))
    least = 1_000 if bid.per == "CPM" else 1
    return sorted({min(highest, max(least, round(bid.micros * factor))) for factor in FACTORS} | {bid.micros})


def _with_bid(config: RunConfig, ad_group: AdGroup, bid: Bid, micros: int) -> RunConfig:
    return with_ad_groups(config, {ad_group.ad_group_id: {bid.path.split(".")[-1]: micros}})


def _sentence(read: _Read) -> str:
    name, dollars = quoted(read.ad_group.name), writing("dollars")
    if not read.of("impressions").sum():
        return f"{name} wins nothing at any bid up to {dollars(float(read.bids[-1]))} {read.bid.per}."
    now = f"At {dollars(read.bid.micros / MICROS)} {read.bid.per} {name} "
    if not read.of("impressions")[read.place].sum():
        first = int(np.flatnonzero(read.of("impressions").sum(axis=1))[0])
        return f"{now}wins nothing; {dollars(float(read.bids[first]))} is the lowest bid tried that does."
    cost = _cost(read)
    if read.is_held_by_budget:
        return f"{now}spends its budget{cost}; {_advice_for_spent_budget(read)}."
    won = f"wins {shown_percent(float(read.win_rate[read.place]))} of its auctions{cost}"
    return f"{now}{won}; {_advice(read)}."


def _cost(read: _Read) -> str:
    cost = read.cost[read.place]
    if read.goal is Goal.WORTH:
        net = mean_interval(read.of(NET_WORTH)[read.place])
        write = writing("dollars")
        return f" and leaves a net worth of {write(net.value)} {bounds(net, write)}"
    if not np.isfinite(cost.value):
        return f" and brings no {read.goal.words}"
    return f" at {shown_figure(cost.value, 'price')} a {read.goal.one}"


def _advice_for_spent_budget(read: _Read) -> str:
    """Say whether a lower bid would make more of the budget."""
    place, shares = best_point(read.of(NET_WORTH) if read.goal is Goal.WORTH else read.results)
    if place >= read.place or shares[place] < LIKELY:
        return "a higher bid spends no more, so raise the budget first"
    lower, sure = shown_figure(float(read.bids[place]), "dollars"), shown_percent(float(shares[place]))
    return f"{lower} would make the most of it (best of the bids tried in {sure} of resamples)"


def _advice(read: _Read) -> str:
    """Say what another bid would do: the one that is worth most, or what one more result costs above this one."""
    dollars = writing("dollars")
    if read.best is not None:
        place, shares = read.best
        if place == read.place:
            return f"no bid that was tried is worth more (best in {shown_percent(float(shares[place]))} of resamples)"
        net = dollars(float(read.of(NET_WORTH)[place].mean()))
        sure = shown_percent(float(shares[place]))
        return f"{dollars(float(read.bids[place]))} is worth most, {net} (best in {sure} of resamples)"
    if read.place == len(read.bids) - 1:
        return "no higher bid is legal"
    step = read.steps.iloc[read.place]
    more = Interval(step["cost_of_one_more"], step["low"], step["high"])
    higher = dollars(float(step["to_level"]))
    if not np.isfinite(more.value) or not more.is_bounded:
        return f"whether {higher} brings more {read.goal.words} cannot be told from chance"
    price = writing("price")
    return f"up to {higher} one more {read.goal.one} costs {price(more.value)} {bounds(more, price)}"


def _notes(read: _Read) -> tuple[str, ...]:
    others = (
        "Figures are those of this ad group; what it takes from the other ad groups is in the totals of a comparison."
    )
    held = "Where the budget binds, a higher bid pays more for the same impressions instead of winning more."
    has_others = len(read.outcomes.configs[0].ad_groups) > 1
    return (*([others] if has_others else []), held)


def _columns(read: _Read) -> dict[str, Shown]:
    goal = read.goal
    return {
        "bid": Shown(f"Bid, {read.bid.per}", "dollars"),
        "win_rate": Shown("Win rate", "share"),
        "spend": Shown("Spend", "dollars"),
        "results": Shown(goal.words.capitalize(), goal.unit),
        "low": Shown("from", goal.unit),
        "high": Shown("to", goal.unit),
        "cost_of_one": Shown(f"Cost of a {goal.one}", "price"),
        "cost_of_one_more": Shown("Cost of one more", "price"),
        "more_low": Shown("from ", "price"),
        "more_high": Shown("to ", "price"),
        "net_worth": Shown("Net worth", "dollars"),
        "share_best": Shown("Best in resamples", "share"),
    }


def _findings(read: _Read) -> dict[str, Any]:
    row = read.table.iloc[read.place]
    step = read.steps.iloc[min(read.place, len(read.steps) - 1)]
    return {
        **{name: row[name] for name in ("bid", "win_rate", "spend", "results", "low", "high", "cost_of_one")},
        "cost_of_one_more": step["cost_of_one_more"],
        "cost_of_one_more_low": step["low"],
        "cost_of_one_more_high": step["high"],
        "is_held_by_budget": read.is_held_by_budget,
        "best_bid": None if read.best is None else float(read.bids[read.best[0]]),
    }
