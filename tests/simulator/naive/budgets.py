"""Budgets and frequency: what is left, and who has seen how much."""

from dataclasses import dataclass, field


@dataclass
class Purse:
    """A budget of an ad group or of a campaign, micro-currency."""

    amount: int
    budget_type: str
    remaining: int = 0
    spent_in_tick: int = 0

    def __post_init__(self):
        self.remaining = self.amount

    def begin_day(self):
        if self.budget_type == "DAILY":
            self.remaining = self.amount

    def charge(self, micros):
        self.remaining -= micros
        self.spent_in_tick += micros


def purse_of(entity):
    """Return the purse of an ad group or campaign, None where it has no budget of its own."""
    return None if entity.budget_micros is None else Purse(entity.budget_micros, entity.budget_type)


@dataclass
class Frequency:
    """How often each account has seen an ad group's ads, by day; window_days None: all days count."""

    max_impressions: int | None
    window_days: int | None
    goal: int | None
    days: dict = field(default_factory=dict)

    def see(self, account, day):
        """Count an impression and return whether it is the account's first."""
        is_first = account not in self.days
        by_day = self.days.setdefault(account, {})
        by_day[day] = by_day.get(day, 0) + 1
        return is_first

    def in_window(self, account, day):
        first = 0 if self.window_days is None else day - self.window_days + 1
        return min(127, sum(n for a_day, n in self.days.get(account, {}).items() if a_day >= first))

    def is_full(self, account, day):
        return self.max_impressions is not None and self.in_window(account, day) >= self.max_impressions

    def newcomer_bp(self):
        """Return the factor on the quality of newcomers: less the further the average is from the goal."""
        n_reached = len(self.days)
        if self.goal is None or n_reached == 0:
            return 10_000
        n_impressions = sum(sum(by_day.values()) for by_day in self.days.values())
        return min(10_000, max(500, 10_000 * n_impressions // (n_reached * self.goal)))


def frequency_of(ad_group):
    goal, cap = ad_group.frequency_goal, ad_group.frequency_cap
    if goal is not None:
        n_days = {"DAY": 1, "SEVEN_DAY": 7, "THIRTY_DAY": 30}[goal.timerange]
        return Frequency(goal.frequency, n_days, goal.frequency)
    if cap is not None:
        return Frequency(cap.max_impressions, cap.window_days, None)
    return Frequency(None, None, None)
