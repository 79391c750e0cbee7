"""Who wants whom, and on which terms."""

import math
from dataclasses import dataclass
from statistics import NormalDist

from tests.simulator.naive.draws import MASK, uniform

MIN_AUDIENCE_SIZE = 100


@dataclass
class Terms:
    """On which terms an ad group wants a person.

    fee_bp : data fee in basis points of the price; is_redundant : whether a first-party audience qualifies the person
    too; qualifying : included audiences that do; lift : factor on the chances of an action; multiplier_bp : on the bid.
    """

    fee_bp: int
    is_redundant: bool
    qualifying: list
    lift: float
    multiplier_bp: int


class Offers:
    """The audiences of a run and what follows from them.

    members : dict of audience id → list of (from which hour, set of accounts), the newest last; fees_bp : dict of
    audience id → basis points, third-party audiences only; people : list of dicts with country, age_bucket, gender,
    device.
    """

    def __init__(self, config, members, fees_bp, people):
        self.config = config
        self.members = members
        self.fees_bp = fees_bp
        self.people = people

    def is_usable_member(self, audience_id, account, tick):
        """Tell whether an audience holds a person, is populated and READY, and the advertiser may use it."""
        now = [accounts for from_hour, accounts in self.members[audience_id] if from_hour <= tick]
        is_allowed = audience_id not in self.fees_bp or self.config.third_party_data.is_enabled
        return is_allowed and bool(now) and len(now[-1]) >= MIN_AUDIENCE_SIZE and account in now[-1]

    def terms(self, ad_group, account, tick):
        """Return on which terms an ad group wants a person, None: not at all."""
        targeting = ad_group.targeting
        if not self.has_attributes(targeting, account):
            return None
        if any(self.is_usable_member(audience_id, account, tick) for audience_id in targeting.audience_exclude):
            return None
        qualifying = [an_id for an_id in targeting.audience_include if self.is_usable_member(an_id, account, tick)]
        if targeting.audience_include and not qualifying:
            return None
        multiplier_bp = self.multiplier_bp(ad_group, account, tick)
        if multiplier_bp == 0:
            return None
        fee_bp, is_redundant = self.fee(qualifying)
        lifts = [self.lift(ad_group, audience_id) for audience_id in qualifying if audience_id in ad_group.lifts]
        return Terms(fee_bp, is_redundant, qualifying, max(lifts, default=1), multiplier_bp)

    def has_attributes(self, targeting, account):
        person = self.people[account]
        asked = {
            "country": targeting.location,
            "age_bucket": targeting.age_bucket,
            "gender": targeting.gender,
            "device": targeting.apptype,
        }
        return all(not values or person[column] in values for column, values in asked.items())

    def fee(self, qualifying):
        fee_bp = max((self.fees_bp.get(audience_id, 0) for audience_id in qualifying), default=0)
        is_reached_anyway = any(audience_id not in self.fees_bp for audience_id in qualifying)
        if is_reached_anyway and self.config.third_party_data.fee_rule == "only_when_needed":
            return 0, False
        return fee_bp, fee_bp > 0 and is_reached_anyway

    def multiplier_bp(self, ad_group, account, tick):
        factors = [
            factor
            for audience_id, factor in ad_group.bid_multipliers.items()
            if self.is_usable_member(audience_id, account, tick)
        ]
        if 0 in factors:
            return 0
        return round(max(factors, default=1) * 10_000)

    def lift(self, ad_group, audience_id):
        """Draw the lift that a run believes an audience to have."""
        mean, deviation = ad_group.lifts[audience_id].mean, ad_group.lifts[audience_id].standard_deviation
        if deviation == 0:
            return mean
        counter = (int(audience_id) ^ (int(ad_group.ad_group_id) << 1)) & MASK
        chance = min(1 - 1e-9, max(1e-9, uniform(self.config.rng_seed, "lift", counter)))
        variance = math.log1p((deviation / mean) ** 2)
        return math.exp(math.log(mean) - variance / 2 + math.sqrt(variance) * NormalDist().inv_cdf(chance))
