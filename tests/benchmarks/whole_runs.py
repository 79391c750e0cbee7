"""Whole runs to be measured: many ad groups of which each wants one person in twenty, from a configuration on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock

import numpy as np

from simulator import auction_room
from simulator.config import RunConfig
from simulator.kernels.auction import Scratch, clear_auctions
from simulator.kernels.pair_sums import new_pair_sums
from simulator.kernels.tables import Glances, Inputs, Outputs
from simulator.world import World
from tests.simulator.plain_universe import plain_universe
from tests.simulator.worlds import ad_group, audience_spec, run_config
from workbench.identity import AccountSet

BID_CPM_MICROS = 5_000_000
SPREAD_OF_BIDS = 1.0


def wide_run(
    n_ad_groups: int, n_accounts: int, opportunities_per_account_day: float, *, n_own: int = 1, **settings: object
) -> tuple[RunConfig, World]:
    """Make a day in which the ad groups, of others but for some, each want a random twentieth of the accounts."""
    rng = np.random.default_rng(1)
    ids = [str(1_000_001 + number) for number in range(n_ad_groups)]
    bids = np.exp(rng.normal(0, SPREAD_OF_BIDS, n_ad_groups)) * BID_CPM_MICROS
    groups = [
        ad_group(
            str(2_000_001 + number),
            bid_cpm_micros=int(bid),
            pacing_delivery_type="none",
            optimization_goal="CLICKTHROUGH",
            click_rate=0.01,
            view_rate=0.0,
            targeting={"AUDIENCE_INCLUDE": [an_id]},
            **settings,
        )
        for number, (an_id, bid) in enumerate(zip(ids, bids, strict=True))
    ]
    rivals = [
        {"campaign_id": str(9_000_001 + number), "name": f"Rival {number}", "ad_groups": [group]}
        for number, group in enumerate(groups[n_own:])
    ]
    config = run_config(
        *groups[:n_own],
        rival_campaigns=rivals,
        audiences=[audience_spec(an_id, "VISITOR") for an_id in ids],
        flight={"n_days": 1},
        traffic={"opportunities_per_account_day": opportunities_per_account_day},
        auction={"action_rate_sigma": 0.3},
        census_every=4_096,
    )
    universe = plain_universe(n_accounts, activity=rng.gamma(0.7, 1, n_accounts).astype(np.float32))
    members = {an_id: AccountSet.from_mask(rng.random(n_accounts, dtype=np.float32) < 0.05) for an_id in ids}
    return config, World.of_members(config, universe, members)


class RecordedCalls:
    """The calls of the kernel in a run, to be made again without anything around them."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, int, Inputs, Outputs]] = []

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Take down what the kernel is called with."""
        with mock.patch.object(auction_room, "typed_once", self._recorded):
            yield

    def _recorded(self, kernel: Callable) -> Callable:
        return self._record if kernel is clear_auctions else kernel

    def _record(self, first: int, n: int, inputs: Inputs, outputs: Outputs, scratch: Scratch) -> None:
        self.calls.append((first, n, inputs._replace(glances=_copied(inputs.glances)), _before(outputs)))
        self.scratch = scratch
        clear_auctions(first, n, inputs, outputs, scratch)

    def again(self) -> np.ndarray:
        """Make all calls once more, each from where it began, and return the tallies of all together."""
        everything = self.calls[0][3]
        tally, counts = np.zeros_like(everything.tally), np.zeros_like(everything.counts)
        for first, n, inputs, outputs in self.calls:
            own = _before(outputs)._replace(tally=tally, counts=counts)
            clear_auctions(first, n, inputs._replace(glances=_copied(inputs.glances)), own, self.scratch)
        return tally


def _copied(glances: Glances) -> Glances:
    return Glances(*(column.copy() for column in glances))


def _before(outputs: Outputs) -> Outputs:
    """Keep the budgets as they are; counters and tallies are left to whoever makes the calls again."""
    return outputs._replace(
        remaining_micros=outputs.remaining_micros.copy(),
        campaign_remaining_micros=outputs.campaign_remaining_micros.copy(),
        raised=new_pair_sums(2 * outputs.raised.places.shape[0]),
    )


def busy_day(census_every: int) -> tuple[RunConfig, World]:
    """Make a day of ten million opportunities with 200 ad groups and all that their lives bring.

    Twenty campaigns share budgets; ads are reviewed and audiences populated during the day, bids are paced, clicks
    billed and conversions waited for, and each person sees an ad five times at most.
    """
    n_ad_groups, n_accounts, per_campaign = 200, 1_000_000, 10
    rng = np.random.default_rng(2)
    ids = [str(1_000_001 + number) for number in range(n_ad_groups)]
    groups = [_busy_ad_group(number, an_id, float(rng.normal())) for number, an_id in enumerate(ids)]
    campaigns = [
        {
            "campaign_id": str(9_000_001 + first),
            "name": f"Campaign {first}",
            "budget_micros": 10**9,
            "launched_hours_before_start": 12,
            "ad_groups": groups[first : first + per_campaign],
        }
        for first in range(0, n_ad_groups, per_campaign)
    ]
    config = RunConfig.model_validate(
        {
            "universe": "unopened",
            "flight": {"n_days": 1},
            "traffic": {"opportunities_per_account_day": 10.0},
            "auction": {"action_rate_sigma": 0.3},
            "census_every": census_every,
            "audiences": [audience_spec(an_id, "VISITOR", 24 * (number % 2)) for number, an_id in enumerate(ids)],
            "campaigns": campaigns,
        }
    )
    universe = plain_universe(n_accounts, activity=rng.gamma(0.7, 1, n_accounts).astype(np.float32))
    members = {an_id: AccountSet.from_mask(rng.random(n_accounts, dtype=np.float32) < 0.05) for an_id in ids}
    return config, World.of_members(config, universe, members)


def _busy_ad_group(number: int, audience_id: str, spread: float) -> dict:
    """Every other ad group pays for clicks; the others for impressions, of those who are likely to click."""
    bid = {"bid_cpm_micros": int(BID_CPM_MICROS * np.exp(spread))}
    if number % 2:
        bid = {"bid_cpm_micros": None, "bid_micros": 100 * bid["bid_cpm_micros"] // 1_000}
    return ad_group(
        str(2_000_001 + number),
        **bid,
        billable_event="CLICKTHROUGH" if number % 2 else "IMPRESSION",
        optimization_goal="CLICKTHROUGH",
        budget_micros=None,
        click_rate=0.01,
        conversion_rate=0.05,
        frequency_cap={"max_impressions": 5},
        targeting={"AUDIENCE_INCLUDE": [audience_id]},
    )
