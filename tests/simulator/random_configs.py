"""Random configurations over everything a run can be configured to do, several features at once and all of it small.

Hypothesis chooses the features and a seed; the rest follows from the seed. So examples differ as much as they can, and
one that fails shrinks to the features that it takes.
"""

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import strategies as st

from simulator.config import RunConfig
from tests.simulator.worlds import audience_spec

AUDIENCES = {
    "1001": "CUSTOMER_LIST",
    "1002": "VISITOR",
    "1003": "VISITOR",
    "1004": "THIRD_PARTY",
    "1005": "THIRD_PARTY",
}
FEES_BP = {"1004": 1_000, "1005": 1_764}
COUNTRIES = ("US", "GB", "NL")
START = datetime(2026, 11, 2, tzinfo=UTC)

PACING = ("STANDARD", "ACCELERATED", "none", "bid_multiplier", "adaptive", "mystique")
"""Every way to spread a budget."""

FEATURES = (
    "actions",
    "ads",
    "audiences",
    "automatic bids",
    "best only",
    "budgets",
    "campaign budgets",
    "census",
    "changing audiences",
    "conversions",
    "countries",
    "data fees",
    "excludes",
    "floors",
    "frequency",
    "landscapes",
    "late audiences",
    "lifts",
    "multipliers",
    "no third parties",
    "pacing",
    "persons",
    "profiles",
    "reviews",
    "rival bids",
    "rival campaigns",
    "schedules",
    "slots",
    "statuses",
)


class ConfigMaker:
    """Makes one configuration; a feature that is not asked for stays as plain as it can be."""

    def __init__(self, rng, features, pacing=PACING):
        self.rng = rng
        self.features = features
        self.pacing = pacing

    def one_of(self, feature, *values, otherwise):
        return self.rng.choice(values) if feature in self.features else otherwise

    def happens(self, feature, chance):
        return self.rng.random() < chance and feature in self.features

    def config(self, opportunities_per_account_day):
        own, rivals = self.all_campaigns()
        return RunConfig.model_validate(
            {
                "universe": "unopened",
                "rng_seed": self.rng.getrandbits(63),
                "flight": {"start": START, "n_days": self.rng.choice([1, 2, 3])},
                "traffic": self.traffic(opportunities_per_account_day),
                "market": self.market(),
                "auction": self.auction(),
                "third_party_data": self.third_party_data(),
                "self_competition": self.one_of("best only", "best_only", otherwise="compete"),
                "census_every": self.one_of("census", 2, 3, 7, otherwise=1),
                "audiences": self.audiences(),
                "campaigns": own,
                "rival_campaigns": rivals,
            }
        )

    def audiences(self):
        audiences = []
        for audience_id, kind in AUDIENCES.items():
            hours = self.one_of("late audiences", 0, 10.5, 24, 72, otherwise=72)
            changes = {}
            if kind == "CUSTOMER_LIST" and self.happens("changing audiences", 0.9):
                uploads = sorted(self.rng.sample(range(48), self.rng.choice([1, 1, 2])))
                changes = {"refreshes": [{"uploaded_at_hour": hour, "list_file": "new.csv"} for hour in uploads]}
            if kind == "VISITOR" and self.happens("changing audiences", 0.7):
                changes = {"membership": "expiring"}
            audiences.append(audience_spec(audience_id, kind, hours) | changes)
        return audiences

    def third_party_data(self):
        return {
            "is_enabled": not self.happens("no third parties", 0.7),
            "bid_reduction_policy": self.one_of("data fees", "as_fee", "flat", otherwise="exact"),
            "fee_rule": self.one_of("data fees", "always", "only_when_needed", otherwise="always"),
        }

    def profile(self):
        if not self.happens("profiles", 0.8):
            return [1] * 24
        return [self.rng.choice([0, 0.5, 1, 3.7]) for _ in range(23)] + [1]

    def traffic(self, opportunities_per_account_day):
        others = [country for country in COUNTRIES if self.happens("countries", 0.5)]
        return {
            "opportunities_per_account_day": opportunities_per_account_day,
            "hourly_profile": self.profile(),
            "hourly_profiles": {country: self.profile() for country in others},
            "country_weights": {
                country: self.rng.choice([2, 0.5, 0]) for country in COUNTRIES if self.happens("countries", 0.4)
            },
        }

    def market(self):
        floors = (0, 2_000_000, 4_500_000)
        return {
            "bid_floor_cpm_micros": self.one_of("floors", *floors, otherwise=2_000_000),
            "bid_floors_cpm_micros": {
                country: self.rng.choice(floors) for country in COUNTRIES if self.happens("floors", 0.5)
            },
            "n_rival_bids": self.one_of("rival bids", 0, 2, 3, otherwise=1),
            "rival_bid_cpm_micros": self.one_of("rival bids", *range(1_000, 8_000_000, 1_234_567), otherwise=4_000_000),
            "rival_bid_sigma": self.one_of("rival bids", 0, 3, otherwise=0.6),
            "landscapes": [self.landscape() for _ in range(3) if self.happens("landscapes", 0.7)],
        }

    def landscape(self):
        return {
            "bids_cpm_micros": sorted(self.rng.randrange(6_000_000) for _ in range(self.rng.randint(2, 7))),
            "country": self.rng.choice([None, *COUNTRIES]),
            "audience_id": self.rng.choice([None, *AUDIENCES]),
            "hours": self.rng.choice([None, self.some_hours()]),
        }

    def some_hours(self):
        return sorted(self.rng.sample(range(24), self.rng.randint(8, 20)))

    def auction(self):
        auction_format = self.one_of("slots", "first_price", "gsp", "vcg", otherwise="second_price")
        n_slots = self.rng.randint(1, 4) if auction_format != "second_price" else 1
        effects = [self.one_of("slots", 1.0, 0.8, 0.5, 0.3, 0.05, otherwise=1.0) for _ in range(n_slots)]
        return {
            "format": auction_format,
            "position_effects": sorted(effects, reverse=True),
            "action_rate_sigma": self.one_of("persons", 0.3, 1, otherwise=0),
        }

    def all_campaigns(self):
        """Return one or two own campaigns and up to two of rivals, with six ad groups at most."""
        n_own = self.rng.choice([1, 2])
        n_rivals = self.one_of("rival campaigns", 1, 2, otherwise=0)
        campaigns, n_ad_groups = [], 0
        for number in range(n_own + n_rivals):
            n_most = 6 - n_ad_groups - (n_own + n_rivals - number - 1)
            campaigns.append(self.campaign(number, n_ad_groups, min(n_most, self.rng.choice([1, 2, 2, 3]))))
            n_ad_groups += len(campaigns[-1]["ad_groups"])
        return campaigns[:n_own], campaigns[n_own:]

    def status(self):
        return self.rng.choice(["PAUSED", "ARCHIVED"]) if self.happens("statuses", 0.1) else "ACTIVE"

    def budget(self):
        period = self.rng.choice(["DAILY", "LIFETIME"])
        budget = self.one_of("budgets", 10**9, 300_000, 60_000, 7_000, otherwise=10**9)
        return {"budget_micros": budget, "budget_type": period}

    def campaign(self, number, first_ad_group, n_ad_groups):
        has_budget = self.happens("campaign budgets", 0.7)
        rejections = [[], [], [0], [3.5], [2, 1], [None]]
        return {
            "campaign_id": str(5001 + number),
            "name": f"Campaign {number}",
            "status": self.status(),
            **(self.budget() if has_budget else {}),
            "launched_hours_before_start": self.one_of("reviews", 24, 0, otherwise=24),
            "review_hours": self.one_of("reviews", 0, 5, 7.25, None, otherwise=None),
            "rejections": [
                {"resubmitted_after_hours": hours} for hours in self.one_of("reviews", *rejections, otherwise=[])
            ],
            "ad_groups": [self.ad_group(first_ad_group + number, has_budget) for number in range(n_ad_groups)],
        }

    def ad_group(self, number, may_share):
        targeting = self.targeting()
        shares = may_share and self.rng.random() < 0.6
        return {
            "ad_group_id": str(2001 + number),
            "name": f"Ad group {number}",
            "status": self.status(),
            "targeting": targeting,
            **({} if shares else self.budget()),
            "pacing_delivery_type": self.one_of("pacing", *self.pacing, otherwise="none"),
            "bid_multipliers": self.multipliers(),
            "ads": self.ads(number),
            **self.bid(),
            **self.frequency(),
            **self.schedule(),
            **self.response(targeting["AUDIENCE_INCLUDE"]),
        }

    def targeting(self):
        ids = self.rng.sample(list(AUDIENCES), len(AUDIENCES))
        n_include = self.one_of("audiences", 0, 1, 2, 3, otherwise=0)
        n_exclude = self.one_of("excludes", 0, 1, 2, otherwise=0)
        targeting = {"AUDIENCE_INCLUDE": ids[:n_include], "AUDIENCE_EXCLUDE": ids[n_include : n_include + n_exclude]}
        if any(AUDIENCES[an_id] == "THIRD_PARTY" for an_id in ids[: n_include + n_exclude]):
            targeting["LOCATION"] = ["US"]
        elif self.happens("countries", 0.3):
            targeting["LOCATION"] = self.rng.sample(COUNTRIES, 2)
        if self.happens("excludes", 0.3):
            targeting["GENDER"] = [self.rng.choice(["female", "male"])]
        return targeting

    def multipliers(self):
        n_multipliers = self.one_of("multipliers", 0, 1, 2, 3, otherwise=0)
        factors = (0, 0.1, 0.75, 1.3, 4)
        return {an_id: self.rng.choice(factors) for an_id in self.rng.sample(list(AUDIENCES), n_multipliers)}

    def bid(self):
        """Return what is billed, how it is bid for and what the ad group is after."""
        event = self.one_of("actions", "IMPRESSION", "CLICKTHROUGH", "VIDEO_V_50_MRC", otherwise="IMPRESSION")
        goals = ("IMPRESSION", "CLICKTHROUGH", "VIDEO_VIEW", "CONVERSION")
        click_rate, view_rate = self.rng.choice([0.05, 0.3, 0.7, 1.0]), self.rng.choice([0.05, 0.3, 0.7, 1.0])
        bid = {
            "billable_event": event,
            "optimization_goal": self.one_of("actions", *goals, otherwise="IMPRESSION"),
            "click_rate": 0.0 if self.happens("actions", 0.1) and event != "CLICKTHROUGH" else click_rate,
            "view_rate": 0.0 if self.happens("actions", 0.1) and event != "VIDEO_V_50_MRC" else view_rate,
        }
        if self.happens("automatic bids", 0.5):
            return {**bid, "bid_strategy_type": "AUTOMATIC_BID"}
        bid_cpm_micros = self.rng.choice([4_000_000, 6_000_000, self.rng.randrange(1_000, 12_000_000)])
        if event == "IMPRESSION":
            return {**bid, "bid_cpm_micros": bid_cpm_micros}
        rate = click_rate if event == "CLICKTHROUGH" else view_rate
        return {**bid, "bid_micros": max(1, int(bid_cpm_micros / 1000 / rate))}

    def frequency(self):
        """Return a cap, a goal or neither."""
        if self.happens("frequency", 0.4):
            window_days = self.rng.choice([1, 2, 30])
            return {"frequency_cap": {"max_impressions": self.rng.choice([1, 1, 2, 3]), "window_days": window_days}}
        if self.happens("frequency", 0.5):
            timerange = self.rng.choice(["DAY", "SEVEN_DAY", "THIRTY_DAY"])
            return {"frequency_goal": {"frequency": self.rng.choice([1, 2, 4]), "timerange": timerange}}
        return {}

    def schedule(self):
        schedule = {}
        if self.happens("schedules", 0.4):
            schedule["active_hours"] = self.some_hours()
        start = 0
        if self.happens("schedules", 0.4):
            start = self.rng.choice([0, 5, 7.5, 15.25, 30])
            schedule["start_time"] = START + timedelta(hours=start)
        if self.happens("schedules", 0.4):
            schedule["end_time"] = START + timedelta(hours=start + self.rng.choice([3, 12.5, 40]))
        return schedule

    def ads(self, ad_group_number):
        return [
            {
                "ad_id": str(3001 + 10 * ad_group_number + number),
                "name": f"Ad {number}",
                "status": self.status(),
                "response_factor": self.rng.choice([0, 0.5, 1, 1.7, 10]),
                "review_hours": self.one_of("reviews", 0, 3, 23.5, None, otherwise=None),
            }
            for number in range(self.one_of("ads", 1, 2, 3, otherwise=0))
        ]

    def response(self, included):
        """Return how people respond, beside the rates of clicks and views."""
        lifts = {
            audience_id: {"mean": self.rng.choice([0.5, 1, 2.5]), "standard_deviation": self.rng.choice([0, 0.4, 2])}
            for audience_id in included
            if self.happens("lifts", 0.7)
        }
        if "conversions" not in self.features:
            return {"lifts": lifts}
        return {
            "lifts": lifts,
            "conversion_rate": self.rng.choice([0, 0.2, 0.9, 1]),
            "view_conversion_rate": self.rng.choice([0, 0.2, 0.9, 1]),
            "conversion_delay_hours": self.rng.choice([0, 1.5, 24]),
            "click_window_days": self.rng.choice([1, 2, 30]),
            "view_window_days": self.rng.choice([1, 2]),
        }


@st.composite
def configs(draw, opportunities_per_account_day=0.4, pacing=PACING):
    """Whole configurations of one to three days and at most six ad groups."""
    features = {feature for feature in FEATURES if draw(st.booleans())}
    rng = Random(draw(st.integers(0, 2**32 - 1)))  # noqa: S311 # nothing here is secret
    return ConfigMaker(rng, features, pacing).config(opportunities_per_account_day)
