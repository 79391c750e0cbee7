"""The adaptive bid of the kernel in plain Python: one ad group, one opportunity after the other."""

from simulator.pacing import AdaptiveTerms


class AdaptiveReference:
    """μ of one ad group, brought up to date only when it is looked at."""

    def __init__(self, terms: AdaptiveTerms, mu: int = 0):
        self.terms = terms
        self.mu = mu
        self.updated_at = 0

    def settle(self, n_passed: int) -> None:
        """Let μ fall for the opportunities that have passed."""
        elapsed, self.updated_at = n_passed - self.updated_at, n_passed
        step = self.terms.step
        self.mu = 0 if elapsed > self.mu // step else self.mu - elapsed * step

    def bid(self, bid_micros: int, n_passed: int) -> int:
        self.settle(n_passed)
        return max(1, (bid_micros << 28) // ((1 << 28) + (self.mu >> 16)))

    def charge(self, charge_micros: int) -> None:
        rise = (charge_micros * self.terms.gain) >> self.terms.gain_shift
        self.mu = self.terms.mu_max if rise > self.terms.mu_max - self.mu else self.mu + rise
