"""How a budget is spread over its period: what each tick is bid with, and the bid that learns at every opportunity."""

import math
from dataclasses import dataclass

from tests.simulator.naive import bidding, lifecycle
from tests.simulator.pacing.naive_controllers import NaiveBidMultiplier, NaiveMystique, NaiveThrottle

MU_UNIT = 2**44
HIGHEST_MU = 2**60
GAIN_BITS = 29


def controller_of(ad_group):
    """Return what steers an ad group from tick to tick, None where nothing does."""
    match ad_group.pacing_delivery_type:
        case "STANDARD" if ad_group.bid_strategy_type == "MAX_BID":
            return NaiveThrottle()
        case "STANDARD" | "bid_multiplier":
            return NaiveBidMultiplier()
        case "mystique":
            return NaiveMystique()
    return None


class Plan:
    """The expected traffic while an ad group may run, in units of a whole period's: the flight's or the fullest day's.

    expected : expected opportunities by tick, of everybody.
    """

    def __init__(self, expected, may_run, budget_type):
        self.shares = [amount if may else 0.0 for amount, may in zip(expected, may_run, strict=True)]
        self.to_come = []
        for tick in reversed(range(len(expected))):
            is_last = tick + 1 == len(expected) or (budget_type == "DAILY" and (tick + 1) % 24 == 0)
            self.to_come.insert(0, self.shares[tick] + (0.0 if is_last else self.to_come[0]))
        self.unit = max(self.to_come)
        if self.unit > 0:
            self.shares = [share / self.unit for share in self.shares]
            self.to_come = [share / self.unit for share in self.to_come]


class Pacer:
    """The pace of one ad group; ``purse`` is the budget that it follows."""

    def __init__(self, config, ad_group, purse, expected):
        may_run = [lifecycle.is_scheduled(config.flight, ad_group, tick) for tick in range(len(expected))]
        self.purse = purse
        self.plan = Plan(expected, may_run, purse.budget_type)
        self.controller = controller_of(ad_group)
        self.last_tick = None
        self.pace = 10_000, 10_000
        self.learning = None
        if ad_group.pacing_delivery_type == "adaptive":
            scale = bidding.base_bid(ad_group, config.market) * bidding.event_rate(ad_group, 1) >> 20
            highest_bid = bidding.highest_bid(ad_group, config.market)
            self.learning = Learning.of(purse.amount, self.plan.unit, scale, highest_bid)

    def begin_day(self):
        if self.controller is not None and self.purse.budget_type == "DAILY":
            self.controller.start_period()

    def begin_tick(self, tick):
        """Set the pace of a tick in which the ad group bids; call it for no other."""
        if self.controller is not None:
            self.pace = self.controller.pace(
                float(self.purse.amount),
                float(self.purse.remaining),
                float(self.purse.spent_in_tick),
                self.plan.shares[tick - 1] if tick > 0 and self.last_tick == tick - 1 else 0.0,
                self.plan.shares[tick],
                self.plan.to_come[tick],
            )
        self.last_tick = tick

    def paced(self, bid):
        """Return a bid as it is entered at this moment, at least 1."""
        if self.learning is not None:
            return self.learning.paced(bid)
        return max(1, bid * self.pace[0] // 10_000)


@dataclass
class Learning:
    """The bid v / (1 + μ) of Balseiro and Gur (2019), μ in units of 2^-44.

    With ρ the budget per opportunity and z the charge, μ moves by ε (z − ρ) / scale at every opportunity: it falls by
    ``step`` and rises by ``gain`` · 2^-shift for each micro charged. highest_bid : the ad group's with μ = 0.
    """

    step: int
    gain: int
    shift: int
    highest: int
    highest_bid: int
    mu: int = 0

    @classmethod
    def of(cls, budget, n_expected, scale, highest_bid):
        n, scale = max(1.0, n_expected), max(1, scale)
        rate = budget / n
        fraction, exponent = math.frexp(min(1.0 / math.sqrt(n) / scale * MU_UNIT, float(2**GAIN_BITS - 1)))
        gain, shift = int(fraction * 2**GAIN_BITS), GAIN_BITS - exponent
        highest = int(min(max(1.0, 16 * scale / rate) * MU_UNIT, float(HIGHEST_MU)))
        step = max(1, round(min(rate * gain * 2.0**-shift, float(highest))))
        return cls(step, gain, shift, highest, highest_bid)

    def paced(self, bid):
        return max(1, bid * 2**28 // (2**28 + (self.mu >> 16)))

    def pass_by(self):
        """Let one opportunity go by, whoever got it, that the ad group could have paid for."""
        self.mu = max(0, self.mu - self.step)

    def pay(self, charge):
        self.mu = min(self.highest, self.mu + (charge * self.gain >> self.shift))
