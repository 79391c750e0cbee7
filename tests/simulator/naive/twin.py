"""The naive twin of a run: the whole model in plain Python, one auction at a time, no arrays, no SimPy, no Numba.

It is written from the rules, not from the code it checks, and shares with it only what is an input to both: who is in
an audience and when, what people are like, the tables accounts are drawn from, and the Poisson number of opportunities
in a tick.
"""

from dataclasses import dataclass, field

from tests.simulator.naive import auction, bidding, lifecycle, response
from tests.simulator.naive.budgets import Frequency, Purse, frequency_of, purse_of
from tests.simulator.naive.draws import key, lane_draw
from tests.simulator.naive.offers import Offers, Terms
from tests.simulator.naive.pace import Pacer
from tests.simulator.naive.record import AD_COLUMNS, AUDIENCE_COLUMNS, Record, add
from tests.simulator.naive.tables import lognormal_bid_knots, person_factor_knots, quantile_bid_knots, value_at
from tests.simulator.naive.traffic import drawn_account


@dataclass
class Group:
    """An ad group while it runs; own_purse or campaign_purse may be None, never both."""

    number: int
    setting: object
    campaign: object
    is_own: bool
    own_purse: Purse | None
    campaign_purse: Purse | None
    frequency: Frequency
    pacer: Pacer
    live_ads: list = field(default_factory=list)
    newcomer_bp: int = 10_000

    @property
    def purses(self):
        return [purse for purse in (self.own_purse, self.campaign_purse) if purse is not None]

    def covers(self, bid):
        return all(purse.remaining >= bid for purse in self.purses)

    def can_learn(self):
        """Tell whether an opportunity that goes by says anything: to win nothing says nothing to who cannot pay."""
        learning = self.pacer.learning
        return learning is not None and self.covers(learning.paced(learning.highest_bid))


@dataclass
class Entrant:
    """An ad group in one auction."""

    group: Group
    terms: Terms
    bid: int
    person_factor: int
    candidate: auction.Candidate


@dataclass
class Twin:
    """A run in plain Python.

    members, fees_bp, people : as for `Offers`; classes : list of PeopleClass; expected, arrivals : numbers of
    opportunities by tick, as they are expected and as they come.
    """

    config: object
    members: dict
    fees_bp: dict
    people: list
    classes: list
    expected: list
    arrivals: list

    def __post_init__(self):
        config = self.config
        self.offers = Offers(config, self.members, self.fees_bp, self.people)
        self.factor_knots = person_factor_knots(config.auction.action_rate_sigma)
        market = config.market
        self.bid_knots = lognormal_bid_knots(market.rival_bid_cpm_micros, market.rival_bid_sigma)
        self.landscape_knots = [quantile_bid_knots(landscape.bids_cpm_micros) for landscape in market.landscapes]
        self.effects = [round(effect * 2**16) for effect in config.auction.position_effects]
        self.groups = self.started_groups()
        self.record = Record(n_opportunities=list(self.arrivals))

    def started_groups(self):
        groups = []
        for campaign in self.config.all_campaigns:
            shared, is_own = purse_of(campaign), campaign in self.config.campaigns
            for setting in campaign.ad_groups:
                purse, frequency = purse_of(setting), frequency_of(setting)
                pacer = Pacer(self.config, setting, purse or shared, self.expected)
                groups.append(Group(len(groups), setting, campaign, is_own, purse, shared, frequency, pacer))
        return groups

    def run(self):
        for tick, n_opportunities in enumerate(self.arrivals):
            self.begin_tick(tick)
            for position in range(n_opportunities):
                self.page(tick, tick * 2**32 + position)
                for group in self.groups:
                    if group.live_ads and group.can_learn():
                        group.pacer.learning.pass_by()
        last_day = (len(self.arrivals) - 1) // 24
        for group in self.groups:
            for account in group.frequency.days:
                self.record.counters[account, group.number] = group.frequency.in_window(account, last_day), True
        return self.record

    def begin_tick(self, tick):
        purses = {id(purse): purse for group in self.groups for purse in group.purses}.values()
        if tick % 24 == 0:
            for starting in (*purses, *(group.pacer for group in self.groups)):
                starting.begin_day()
        for group in self.groups:
            group.live_ads = []
            if lifecycle.is_scheduled(self.config.flight, group.setting, tick):
                group.live_ads = lifecycle.live_ads(self.config.rng_seed, group.campaign, group.setting, tick)
            if group.live_ads:
                group.newcomer_bp = group.frequency.newcomer_bp()
                group.pacer.begin_tick(tick)
                self.record.pace[tick, group.number] = group.pacer.pace
        for purse in purses:
            purse.spent_in_tick = 0

    def page(self, tick, opportunity):
        """Sell the slots of one page."""
        account = drawn_account(self.config.rng_seed, self.classes, opportunity)
        entrants = self.entrants(tick, opportunity, account)
        if not entrants:
            return
        floor = self.floor_per_impression(account)
        rivals = [auction.landscape_bid(bid) for bid in self.rival_bids(tick, opportunity, account) if bid >= floor]
        ranking = auction.rank([*(entrant.candidate for entrant in entrants.values()), *rivals])
        prices = auction.prices(ranking, self.config.auction.format, self.effects)
        for slot, price in enumerate(prices):
            if price is not None:
                self.settle(tick, opportunity, account, entrants, ranking, slot, price)

    def entrants(self, tick, opportunity, account):
        """Return who takes part, by number of the ad group, and count what kept the others out."""
        entrants = {}
        for group in self.groups:
            terms = self.offers.terms(group.setting, account, tick) if group.live_ads else None
            if terms is None:
                continue
            entrant, participation_bits = self.offer(group, terms, tick, opportunity, account)
            self.census(tick, opportunity, group, "OPPORTUNITIES")
            lost_to = self.lost_to(entrant, participation_bits, tick, account)
            if lost_to is None:
                entrants[group.number] = entrant
            else:
                self.census(tick, opportunity, group, lost_to)
        if self.config.self_competition == "best_only":
            own = auction.rank([entrant.candidate for entrant in entrants.values() if entrant.group.is_own])
            for candidate in own[1:]:
                self.census(tick, opportunity, entrants.pop(candidate.number).group, "HELD_BACK")
        for entrant in entrants.values():
            self.census(tick, opportunity, entrant.group, "ENTERED")
        return entrants

    def census(self, tick, opportunity, group, column):
        if opportunity % 2**32 % self.config.census_every == 0:
            add(self.record.counts, (tick, group.number, column), self.config.census_every)

    def offer(self, group, terms, tick, opportunity, account):
        """Return what an ad group would enter with, and the random bits that decide whether it takes part."""
        setting = group.setting
        bits = lane_draw(key(self.config.rng_seed, "candidate"), opportunity, group.number)
        person_factor = value_at(self.factor_knots, bits)
        bid = bidding.multiplied(bidding.base_bid(setting, self.config.market), terms.multiplier_bp)
        bid = group.pacer.paced(bid)
        effective = bidding.effective_bid(bid, terms.fee_bp, self.config.third_party_data.bid_reduction_policy)
        is_newcomer = group.frequency.in_window(account, tick // 24) == 0
        quality = bidding.quality(setting, terms.lift, person_factor, group.newcomer_bp if is_newcomer else 10_000)
        candidate = auction.Candidate(
            score=bidding.score(effective, quality),
            number=group.number,
            quality=quality,
            effective=effective,
            floor=bidding.floor_per_event(setting, self.floor_per_impression(account), terms.lift),
            is_own=group.is_own,
        )
        return Entrant(group, terms, bid, person_factor, candidate), bits % 2**32

    def lost_to(self, entrant, participation_bits, tick, account):
        """Return the first thing that keeps an ad group out, None where nothing does."""
        group, candidate = entrant.group, entrant.candidate
        if group.frequency.is_full(account, tick // 24):
            return "LOST_TO_CAP"
        if candidate.effective < max(1, candidate.floor):
            return "LOST_TO_FLOOR"
        if not group.covers(entrant.bid):
            return "LOST_TO_BUDGET"
        if participation_bits >= group.pacer.pace[1] * 2**32 // 10_000:
            return "LOST_TO_PACING"
        return None

    def floor_per_impression(self, account):
        """Return the least that is accepted for an impression for a person, micro-currency."""
        market, country = self.config.market, self.people[account]["country"]
        return market.bid_floors_cpm_micros.get(country, market.bid_floor_cpm_micros) // 1000

    def rival_bids(self, tick, opportunity, account):
        """Draw the bids of the market's landscape, micro-currency per impression."""
        knots = self.knots_for(tick, account)
        rivals = key(self.config.rng_seed, "rival_bid")
        n_rivals = self.config.market.n_rival_bids
        return [value_at(knots, lane_draw(rivals, opportunity, rival)) for rival in range(n_rivals)]

    def knots_for(self, tick, account):
        """Return what rivals bid for a person: the first landscape that fits, audiences taken as before the flight."""
        for landscape, knots in zip(self.config.market.landscapes, self.landscape_knots, strict=True):
            if landscape.country is not None and landscape.country != self.people[account]["country"]:
                continue
            if landscape.hours is not None and tick % 24 not in landscape.hours:
                continue
            if landscape.audience_id is None or account in self.members[landscape.audience_id][0][1]:
                return knots
        return self.bid_knots

    def settle(self, tick, opportunity, account, entrants, ranking, slot, price):
        """Show the ad in one slot, see what the person does and charge for it."""
        entrant = entrants[ranking[slot].number]
        group = entrant.group
        if not group.covers(entrant.bid):
            return  # a better slot of this page went to an ad group that shares its campaign's budget
        add(self.record.counts, (tick, group.number, "WON"), 1)
        self.census(tick, opportunity, group, "CENSUS_WON")
        if not self.is_in_view(opportunity, slot):
            return
        is_first = group.frequency.see(account, tick // 24)
        add(self.record.counts, (tick, group.number, "REACHED"), int(is_first))
        happened = self.impression(tick, opportunity, entrant, price)
        raised = auction.raised_by(ranking, slot, self.config.auction.format, self.effects)
        if "BILLED" in happened and raised is not None:
            add(self.record.self_competition, (group.number, raised[0]), raised[1])

    def is_in_view(self, opportunity, slot):
        bits = lane_draw(key(self.config.rng_seed, "in_view"), opportunity, slot)
        return self.effects[slot] == 2**16 or bits >> 48 < self.effects[slot]

    def impression(self, tick, opportunity, entrant, price):
        """Record an impression with all that follows from it and return it, amounts by column."""
        group = entrant.group
        ad = response.drawn_ad(self.config.rng_seed, opportunity, group.number, group.live_ads)
        response_factor = group.setting.ads[ad].response_factor if group.setting.ads else 1
        answer = response.respond(
            self.config.rng_seed,
            opportunity,
            group.number,
            group.setting,
            entrant.terms.lift,
            response_factor,
            entrant.person_factor,
        )
        happened = {"IMPRESSIONS": 1}
        if answer.is_click:
            happened["CLICKS"] = 1
        if answer.is_view:
            happened["VIEWS"] = 1
        if answer.delay_hours is not None and tick + answer.delay_hours < len(self.arrivals):
            happened["CLICK_CONVERSIONS" if answer.is_click else "VIEW_CONVERSIONS"] = 1
            add(self.record.conversions, (tick + answer.delay_hours, group.number), 1)
        if {"IMPRESSION": "IMPRESSIONS", "CLICKTHROUGH": "CLICKS", "VIDEO_V_50_MRC": "VIEWS"}[
            group.setting.billable_event
        ] in happened:
            happened |= self.charge(entrant, price)
        self.count(tick, group, ad, entrant.terms, happened)
        return happened

    def charge(self, entrant, price):
        fee = bidding.data_fee(price, entrant.terms.fee_bp)
        for purse in entrant.group.purses:
            purse.charge(price + fee)
        if entrant.group.pacer.learning is not None:
            entrant.group.pacer.learning.pay(price + fee)
        return {
            "BILLED": 1,
            "BID_MICROS": entrant.bid,
            "EFFECTIVE_BID_MICROS": entrant.candidate.effective,
            "MEDIA_MICROS": price,
            "DATA_FEE_MICROS": fee,
            "REDUNDANT_FEE_MICROS": fee * entrant.terms.is_redundant,
        }

    def count(self, tick, group, ad, terms, happened):
        for column, amount in happened.items():
            add(self.record.counts, (tick, group.number, column), amount)
            if column in AD_COLUMNS:
                add(self.record.by_ad, (group.number, ad, column), amount)
            if column in AUDIENCE_COLUMNS and group.is_own:
                for audience_id in terms.qualifying:
                    add(self.record.by_audience, (group.number, audience_id, column), amount)
