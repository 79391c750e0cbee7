"""Naive twins of the controllers: plain Python, one ad group at a time, the same sums in the same order.

Results are equal to the last bit, so a naive twin of a whole run may use them.
"""

import math

HEADROOM = 1.03
FULL_BP = 10_000


def bounded(numerator: float, denominator: float, least: float, most: float) -> float:
    if numerator >= most * denominator:
        return most
    if numerator <= least * denominator:
        return least
    return numerator / denominator


def next_gain(gain: float, error: float, last_error: float) -> float:
    return max(0.2, gain * 0.5) if error * last_error < 0 else min(1.0, gain * 1.25)


class NaiveController:
    """What all have in common: the memory of the period. Call `pace` only in ticks that the ad group bids in."""

    start_bp: float

    def __init__(self):
        self.is_new = True
        self.planned = 0.0
        self.available = 0.0
        self.level_bp = self.start_bp

    def start_period(self) -> None:
        self.is_new = True

    def pace(
        self, _budget: float, remaining: float, last_spend: float, last: float, coming: float, to_come: float
    ) -> tuple[int, int]:
        self.remaining, self.last_spend, self.last = remaining, last_spend, last
        self.coming, self.to_come = coming, to_come
        self.is_dry = (self.available - last_spend) * 8.0 < self.planned
        has_bid = last > 0 and self.available > 0
        self.tells = has_bid and to_come > 0 and not self.is_dry
        self.overran = has_bid and self.is_dry and last_spend > self.planned
        self.steer()
        if self.is_new or not self.is_dry:
            self.planned = remaining * bounded(coming, to_come, 0.0, 1.0)
        self.available = remaining
        self.is_new = False
        return self.answer()

    def cold_start(self) -> float:
        return bounded(self.coming * FULL_BP, self.to_come, self.start_bp, FULL_BP)


class NaiveThrottle(NaiveController):
    start_bp = 1_000.0

    def __init__(self):
        super().__init__()
        self.spend = 0.0
        self.entered = 0.0

    def steer(self) -> None:
        entered = self.level_bp * self.last
        is_faster = self.last_spend * self.entered > self.spend * entered
        is_first = self.entered == 0 and self.last_spend > 0
        if self.tells or (self.overran and (is_faster or is_first)):
            self.spend = self.spend * 0.75 + self.last_spend
            self.entered = self.entered * 0.75 + entered
        if self.to_come > 0 and (self.is_new or not self.is_dry):
            self.level_bp = math.floor(self.wanted_bp()) * 1.0

    def wanted_bp(self) -> float:
        if self.entered <= 0:
            return self.cold_start()
        most = min(FULL_BP, max(1_000.0, self.level_bp * 4.0))
        return bounded(HEADROOM * self.remaining * self.entered, self.to_come * self.spend, 1.0, most)

    def answer(self) -> tuple[int, int]:
        return FULL_BP, int(self.level_bp)


class NaiveBidMultiplier(NaiveController):
    start_bp = 2_000.0

    def __init__(self):
        super().__init__()
        self.has_learned = False
        self.gain = 1.0
        self.error = 0.0
        self.error_before = 0.0

    def steer(self) -> None:
        if self.tells or self.overran:
            self.step(self.spend_error())
            self.has_learned = True
        if not self.has_learned and self.to_come > 0:
            self.level_bp = self.cold_start()

    def spend_error(self) -> float:
        if self.is_dry:
            planned, expected = self.planned, self.last_spend
        else:
            planned, expected = HEADROOM * self.remaining * self.last, self.last_spend * self.to_come
        both = planned + expected
        return (planned - expected) / both if both > 0 else 0.0

    def step(self, error: float) -> None:
        last, before = (error, error) if self.is_new else (self.error, self.error_before)
        self.gain = next_gain(self.gain, error, last)
        change = error - last
        bend = error - 2.0 * last + before
        u = min(0.5, max(-1.0, self.gain * (1.0 * error + 0.2 * change + 0.05 * bend)))
        self.level_bp = min(FULL_BP, max(500.0, self.level_bp * (2.0 + u) / (2.0 - u)))
        self.error_before, self.error = last, error

    def answer(self) -> tuple[int, int]:
        return int(self.level_bp), FULL_BP


class NaiveMystique(NaiveController):
    start_bp = 1_000.0

    def __init__(self):
        super().__init__()
        self.has_learned = False
        self.gain = 1.0
        self.urge = 0.0

    def steer(self) -> None:
        if self.is_new:
            self.start, self.start_share = self.remaining, self.to_come
        if self.tells or self.overran:
            self.correct(1.0 if self.overran else self.urge_to_slow())
            self.has_learned = True
        if not self.has_learned and self.to_come > 0:
            self.level_bp = self.cold_start()

    def urge_to_slow(self) -> float:
        to_come = bounded(self.to_come, self.start_share, 0.0, 1.0)
        left = bounded(self.remaining, self.start, 0.0, 1.0)
        distance = to_come - HEADROOM * left
        slope_error = bounded(self.last_spend * self.start_share, self.start * self.last, 0.0, 1.5) - 1.0
        if distance * slope_error > 0:
            weight = 0.5
        else:
            weight = bounded(0.2 * abs(distance) * self.start_share, abs(slope_error) * self.coming, 0.0, 0.9)
        far = bounded(abs(distance), 0.5 * to_come, 0.0, 1.0)
        steep = min(1.0, abs(slope_error) / 0.5)
        return weight * (far if distance > 0 else -far) + (1.0 - weight) * (steep if slope_error > 0 else -steep)

    def correct(self, urge: float) -> None:
        self.gain = next_gain(self.gain, urge, urge if self.is_new else self.urge)
        correction = 0.5 * self.gain * urge
        signal = self.level_bp * (1.0 - correction) if urge > 0 else self.level_bp / (1.0 + min(0.0, correction))
        self.level_bp = min(FULL_BP, max(10.0, signal))
        self.urge = urge

    def answer(self) -> tuple[int, int]:
        multiplier = max(2_500.0, self.level_bp)
        return int(multiplier), int(self.level_bp * FULL_BP / multiplier)
