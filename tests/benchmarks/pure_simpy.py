"""The same auctions as the obvious simulation has them: one SimPy event an auction, lists, and Python's numbers.

One slot at the second price, personal factors, one rival of the landscape, budgets. Draws are those of the kernel, so
that both must agree on every winner and every micro.
"""

from bisect import insort
from collections.abc import Iterator

import numpy as np
import simpy

from simulator.kernels.auction import TICK_SHIFT
from simulator.kernels.draws import GOLDEN, Stream, scalar_mix
from simulator.kernels.tables import Column, Group, Inputs, Offer, Outputs, Term

_LANE = 0xD1342543DE82EF95
_MASK = (1 << 64) - 1


def lane(base: int, number: int) -> int:
    return scalar_mix(base + (number + 1) * _LANE)


def knot(knots: list[int], bits: int) -> int:
    step, fraction = bits >> 54, (bits >> 34) & ((1 << 20) - 1)
    return knots[step] + ((knots[step + 1] - knots[step]) * fraction >> 20)


class PureSimpy:
    """A copy of a market in lists.

    Parameters
    ----------
    inputs, outputs : Inputs, Outputs
        What the kernel has before its first auction.
    """

    def __init__(self, inputs: Inputs, outputs: Outputs) -> None:
        rules = inputs.rules
        self.n_accounts, self.floor = inputs.first_entry.size - 1, int(inputs.floors_micros[0])
        self.keys = rules.keys.tolist()
        self.personal, self.market = rules.personal.tolist(), inputs.knots[0].tolist()
        self.columns = inputs.traffic.columns.tolist()
        bidding = inputs.offers_of_groups[inputs.terms[inputs.offers_of_groups, Term.IS_IDLE] == 0]
        offers, terms = inputs.offers[bidding], inputs.terms[bidding]
        assert offers[:, Offer.AD_GROUP].tolist() == list(range(len(inputs.groups)))  # one for each ad group
        self.bid = offers[:, Offer.BID].tolist()
        self.rate = offers[:, Offer.RATE].tolist()
        self.click_chance = terms[:, Term.CLICK_CHANCE].tolist()
        assert not inputs.groups[:, Group.BILLABLE_EVENT].any()
        self.wanting: list[list[int]] = [[] for _ in range(self.n_accounts)]
        entry_account = np.repeat(np.arange(self.n_accounts), np.diff(inputs.first_entry))
        entry_ad_group = inputs.offers[inputs.entry_offer, Offer.AD_GROUP]
        for account, ad_group in zip(entry_account.tolist(), entry_ad_group.tolist(), strict=True):
            insort(self.wanting[account], ad_group)
        self.remaining = outputs.remaining_micros.tolist()
        self.seen: set[tuple[int, int]] = set()
        self.tally = np.zeros((len(self.bid), Column.CLICKS + 1), dtype=np.int64)

    def run(self, n: int, tick: int = 0) -> None:
        """Clear the first auctions of a tick."""
        env = simpy.Environment()
        env.process(self._opportunities(env, n, tick << TICK_SHIFT))
        env.run()

    def _opportunities(self, env: simpy.Environment, n: int, first: int) -> Iterator[simpy.Event]:
        for number in range(first, first + n):
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
        rival_bid = knot(self.market, lane(self._draw(Stream.RIVAL_BID, number), 0))
        rival = rival_bid << 8 if rival_bid >= self.floor else 0
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
