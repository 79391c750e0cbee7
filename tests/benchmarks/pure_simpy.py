"""The same auctions as the obvious simulation has them: one SimPy event an auction, lists, and Python's numbers.

One slot at the second price, personal factors, one rival of the landscape, budgets. Draws are those of the kernel, so
that both must agree on every winner and every micro.
"""

from bisect import insort
from collections.abc import Iterator

import numpy as np
import simpy

from simulator.kernels.draws import GOLDEN, Stream, scalar_mix
from simulator.kernels.tables import Column, Group, Offer, Term
from tests.simulator.kernel_tables import Auctions

_LANE = 0xD1342543DE82EF95
_MASK = (1 << 64) - 1


def lane(base: int, number: int) -> int:
    return scalar_mix(base + (number + 1) * _LANE)


def knot(knots: list[int], bits: int) -> int:
    step, fraction = bits >> 54, (bits >> 34) & ((1 << 20) - 1)
    return knots[step] + ((knots[step + 1] - knots[step]) * fraction >> 20)


class PureSimpy:
    """A copy of some auctions' market in lists; each call of `run` clears the first auctions of its tick again."""

    def __init__(self, auctions: Auctions) -> None:
        rules, inputs = auctions.inputs.rules, auctions.inputs
        self.n_accounts, self.floor = auctions.page.n_accounts, auctions.page.floor
        self.keys = rules.keys.tolist()
        self.personal, self.market = rules.personal.tolist(), inputs.knots[0].tolist()
        self.columns = inputs.traffic.columns.tolist()
        offers, terms = inputs.offers[inputs.offers_of_groups], inputs.terms[inputs.offers_of_groups]
        self.bid = offers[:, Offer.BID].tolist()
        self.rate = offers[:, Offer.RATE].tolist()
        self.click_chance = terms[:, Term.CLICK_CHANCE].tolist()
        assert not inputs.groups[:, Group.BILLABLE_EVENT].any()
        self.wanting: list[list[int]] = [[] for _ in range(self.n_accounts)]
        for account, ad_group in zip(auctions.entry_account, auctions.entry_ad_group, strict=True):
            insort(self.wanting[account], int(ad_group))
        self.remaining = auctions.outputs.remaining_micros.tolist()
        self.seen: set[tuple[int, int]] = set()
        self.tally = np.zeros((len(self.bid), Column.CLICKS + 1), dtype=np.int64)

    def run(self, n: int) -> None:
        """Clear the first auctions of the tick."""
        env = simpy.Environment()
        env.process(self._opportunities(env, n))
        env.run()

    def _opportunities(self, env: simpy.Environment, n: int) -> Iterator[simpy.Event]:
        for number in range(n):
            self._auction(number)
            yield env.timeout(1 / n)

    def _draw(self, stream: Stream, number: int) -> int:
        return scalar_mix(self.keys[stream] + number * int(GOLDEN))

    def _account(self, number: int) -> int:
        bits = self._draw(Stream.ACCOUNT, number)
        column = (bits >> 32) * self.n_accounts >> 32
        packed = self.columns[column]
        return column if bits & 0xFFFFFFFF < packed >> 32 else packed & 0xFFFFFFFF

    def _auction(self, number: int) -> None:
        account = self._account(number)
        if not self.wanting[account]:
            return
        base = self._draw(Stream.CANDIDATE, number)
        candidates = [
            (self.bid[ad_group] * max(1, self.rate[ad_group] * knot(self.personal, lane(base, ad_group)) >> 20) >> 12,
             -ad_group)
            for ad_group in self.wanting[account]
            if self.remaining[ad_group] >= self.bid[ad_group] >= self.floor
        ]  # fmt: skip
        rival = knot(self.market, lane(self._draw(Stream.RIVAL_BID, number), 0)) << 8
        candidates.sort(reverse=True)
        if candidates and candidates[0][0] >= rival:
            following = max(rival, candidates[1][0] if len(candidates) > 1 else 0)
            self._charge(number, account, -candidates[0][1], base, following)

    def _charge(self, number: int, account: int, ad_group: int, base: int, following: int) -> None:
        factor = knot(self.personal, lane(base, ad_group))
        quality = max(1, self.rate[ad_group] * factor >> 20)
        price = max(-(-(following << 12) // quality), self.floor)
        self.remaining[ad_group] -= price
        clicks = lane(self._draw(Stream.CLICK, number), ad_group) >> 32 < self.click_chance[ad_group] * factor >> 20
        row = self.tally[ad_group]
        for column in (Column.WON, Column.IMPRESSIONS, Column.BILLED):
            row[column] += 1
        row[Column.BID_MICROS] += self.bid[ad_group]
        row[Column.EFFECTIVE_BID_MICROS] += self.bid[ad_group]
        row[Column.MEDIA_MICROS] += price
        row[Column.REACHED] += (account, ad_group) not in self.seen
        row[Column.CLICKS] += clicks
        self.seen.add((account, ad_group))
