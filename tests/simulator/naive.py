"""The naive twin of a run: the same model in plain Python, one auction at a time, no arrays, no SimPy, no Numba.

It is written from the rules, not from the code it checks, and shares with it only what is an input to both: who is in
an audience, the table accounts are drawn from, and the Poisson number of opportunities in a tick.
"""

import math
from dataclasses import dataclass, field
from math import isqrt
from statistics import NormalDist

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
STREAM_NUMBERS = {"traffic": 1, "account": 2, "rival": 3, "click": 4, "review": 5, "population": 6}


def mix(value):
    value &= MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


def key(rng_seed, stream):
    return mix(mix(rng_seed) + STREAM_NUMBERS[stream] * GOLDEN)


def draw(a_key, counter):
    return mix(a_key + counter * GOLDEN)


def uniform(rng_seed, stream, counter):
    return (draw(key(rng_seed, stream), counter) >> 11) / 2**53


@dataclass
class Group:
    """An ad group while it runs."""

    setting: object
    campaign: object
    remaining: int = 0
    multiplier: int = 10_000
    last_spend: int = 0


@dataclass
class Record:
    """What a run leaves behind, by (tick, ad group number) and by (account, ad group number)."""

    counts: dict = field(default_factory=dict)
    multipliers: dict = field(default_factory=dict)
    shown: dict = field(default_factory=dict)
    raised: dict = field(default_factory=dict)

    def add(self, tick, number, what, amount=1):
        if amount:
            self.counts[tick, number, what] = self.counts.get((tick, number, what), 0) + amount


@dataclass
class Twin:
    """A run in plain Python.

    members : dict of audience id → set of accounts; fees : dict of audience id → basis points (third-party only);
    people : list of dicts with country, age_bucket, gender, device; columns : (threshold, alias) lists of the table
    that accounts are drawn from; arrivals : list of numbers of opportunities by tick.
    """

    config: object
    members: dict
    fees: dict
    people: list
    columns: tuple
    arrivals: list
    known: dict = field(default_factory=dict)

    def run(self):
        config = self.config
        groups = [Group(ad_group, campaign) for campaign in config.campaigns for ad_group in campaign.ad_groups]
        for group in groups:
            group.remaining = group.setting.budget_micros
        record = Record()
        for tick, n_opportunities in enumerate(self.arrivals):
            if tick % 24 == 0:
                for group in groups:
                    if group.setting.budget_type == "DAILY":
                        group.remaining = group.setting.budget_micros
            if tick > 0:
                self.pace(groups, tick)
            for group in groups:
                group.last_spend = 0
            for number, group in enumerate(groups):
                record.multipliers[tick, number] = group.multiplier
            for position in range(n_opportunities):
                self.auction(groups, tick, tick * 2**32 + position, record)
        return record

    def is_approved(self, campaign, tick):
        at = -campaign.launched_hours_before_start
        for attempt in range(len(campaign.rejections) + 1):
            hours = campaign.review_hours
            if hours is None:
                hours = 24 * (1 - uniform(self.config.rng_seed, "review", int(campaign.campaign_id) + attempt * 2**60))
            at += hours
            if attempt < len(campaign.rejections):
                if campaign.rejections[attempt].resubmitted_after_hours is None:
                    return False
                at += campaign.rejections[attempt].resubmitted_after_hours
        return at <= tick

    def usable(self, audience_id, tick):
        """Return an audience's members if an ad can use it at that tick, else None."""
        if (audience_id, tick) not in self.known:
            self.known[audience_id, tick] = self.find_usable(audience_id, tick)
        return self.known[audience_id, tick]

    def find_usable(self, audience_id, tick):
        spec = next(spec for spec in self.config.audiences if spec.audience_id == audience_id)
        kind = spec.definition.type
        chance = uniform(self.config.rng_seed, "population", int(audience_id))
        delay = {"CUSTOMER_LIST": 48 - 24 * chance, "VISITOR": 24 * (1 - chance), "THIRD_PARTY": 0}[kind]
        if delay - spec.created_hours_before_start > tick or len(self.members[audience_id]) < 100:
            return None
        if kind == "THIRD_PARTY" and not self.config.third_party_data.is_enabled:
            return None
        return self.members[audience_id]

    def wants(self, group, account, tick):
        """Return None if the ad group does not want the account, else the fee that falls due and if it is redundant."""
        targeting, person = group.setting.targeting, self.people[account]
        asked = {
            "country": targeting.location,
            "age_bucket": targeting.age_bucket,
            "gender": targeting.gender,
            "device": targeting.apptype,
        }
        if any(values and person[column] not in values for column, values in asked.items()):
            return None
        for audience_id in targeting.audience_exclude:
            if account in (self.usable(audience_id, tick) or ()):
                return None
        qualifying = [an_id for an_id in targeting.audience_include if account in (self.usable(an_id, tick) or ())]
        if targeting.audience_include and not qualifying:
            return None
        fee = max((self.fees.get(audience_id, 0) for audience_id in qualifying), default=0)
        is_reached_anyway = any(audience_id not in self.fees for audience_id in qualifying)
        if is_reached_anyway and self.config.third_party_data.fee_rule == "only_when_needed":
            return 0, False
        return fee, fee > 0 and is_reached_anyway

    def effective(self, bid, fee):
        policy = self.config.third_party_data.bid_reduction_policy
        if fee == 0:
            return bid
        if policy == "exact":
            return bid * 10_000 // (10_000 + fee)
        if policy == "as_fee":
            return bid * (10_000 - min(fee, 1_500)) // 10_000
        return bid * 8_500 // 10_000

    def drawn_account(self, opportunity):
        bits = draw(key(self.config.rng_seed, "account"), opportunity)
        threshold, alias = self.columns
        column = ((bits >> 32) * len(alias)) >> 32
        return column if (bits & 0xFFFFFFFF) < threshold[column] else alias[column]

    def rival(self, opportunity):
        market = self.config.market
        step = draw(key(self.config.rng_seed, "rival"), opportunity) >> 52
        score = NormalDist().inv_cdf((step + 0.5) / 4096)
        return int(market.rival_bid_cpm_micros / 1_000 * math.exp(market.rival_bid_sigma * score))

    def auction(self, groups, tick, opportunity, record):
        account, floor = self.drawn_account(opportunity), self.config.market.bid_floor_cpm_micros // 1_000
        bids = []
        for number, group in enumerate(groups):
            terms = self.wants(group, account, tick)
            bid = max(1, group.setting.bid_cpm_micros // 1_000 * group.multiplier // 10_000)
            if terms is None or not self.is_approved(group.campaign, tick):
                continue
            record.add(tick, number, "ELIGIBLE")
            effective = self.effective(bid, terms[0])
            if effective < max(floor, 1):
                record.add(tick, number, "BELOW_FLOOR")
            elif group.remaining < bid:
                record.add(tick, number, "OUT_OF_BUDGET")
            else:
                bids.append((-effective, number, bid, terms))
        bids.sort()
        if self.config.self_competition == "best_only":
            for _, number, _, _ in bids[1:]:
                record.add(tick, number, "HELD_BACK")
            bids = bids[:1]
        for _, number, _, _ in bids:
            record.add(tick, number, "ENTERED")
        if not bids or self.rival(opportunity) > -bids[0][0]:
            return
        alone = max(self.rival(opportunity), floor)
        price = max([*(-bid[0] for bid in bids[1:]), alone])
        if price > alone:
            pair = bids[0][1], bids[1][1]
            record.raised[pair] = record.raised.get(pair, 0) + price - alone
        self.charge(groups, tick, opportunity, account, bids[0], price, record)

    def charge(self, groups, tick, opportunity, account, winning, price, record):
        effective, number, bid, (fee_bp, is_redundant) = -winning[0], *winning[1:]
        fee = (price * fee_bp + 5_000) // 10_000
        groups[number].remaining -= price + fee
        groups[number].last_spend += price + fee
        record.add(tick, number, "IMPRESSIONS")
        record.add(tick, number, "BID_MICROS", bid)
        record.add(tick, number, "EFFECTIVE_BID_MICROS", effective)
        record.add(tick, number, "MEDIA_MICROS", price)
        record.add(tick, number, "DATA_FEE_MICROS", fee)
        record.add(tick, number, "REDUNDANT_FEE_MICROS", fee * is_redundant)
        record.shown[account, number] = record.shown.get((account, number), 0) + 1
        lane = draw(key(self.config.rng_seed, "click"), opportunity) + (number + 1) * 0xD1342543DE82EF95
        if (mix(lane) >> 11) < int(groups[number].setting.click_rate * 2**53):
            record.add(tick, number, "CLICKS")

    def pace(self, groups, tick):
        profile = [share / sum(self.config.traffic.hourly_profile) for share in self.config.traffic.hourly_profile]
        passed = [round(sum(profile[:hour]) * 1_000_000) for hour in range(25)]
        day, hour = divmod(tick, 24)
        last_hour = (hour - 1) % 24
        last = passed[last_hour + 1] - passed[last_hour]
        left_today = 1_000_000 - passed[hour]
        for group in groups:
            if group.setting.pacing_delivery_type != "STANDARD" or not self.is_approved(group.campaign, tick):
                continue
            left = left_today
            if group.setting.budget_type == "LIFETIME":
                left += (self.config.flight.n_days - day - 1) * 1_000_000
            if last == 0 or left == 0:
                continue
            step = 12_500
            if group.last_spend:
                step = isqrt(group.remaining * last * 10_000**2 // (group.last_spend * left))
                step = min(12_500, max(8_000, step))
            group.multiplier = min(10_000, max(500, group.multiplier * step // 10_000))
