"""The arrays that an auction reads and changes, and the names of their columns.

Kernels see arrays only, so what a configuration says in words stands here in rows: one for an offer, one for an ad
group. Ranking glances at columns of a few bytes an offer (`Glances`); what it reads of the offers that it looks at is a
row of eight numbers, one line of the processor's cache; what only winners need stands apart, in their *terms*.
"""

from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.kernels.sampling import TrafficTable

MAX_AD_GROUPS: Final = 65_534
"""What the 16 bits of a rank key can tell apart, beside the rivals of the landscape."""

NOBODY: Final = -1
"""In place of an entry: a rival of the landscape, or no further bidder."""

RATE_BITS: Final = 20
RATE_ONE: Final = 1 << RATE_BITS
"""Event rates, personal factors and response factors are whole multiples of 2**-20."""

SCORE_BITS: Final = 8
"""Scores are in 2**-8 micro-currency for an impression."""

CHANCE_BITS: Final = 32
CHANCE_ONE: Final = 1 << CHANCE_BITS
"""Chances of what happens after an impression are whole multiples of 2**-32."""

POSITION_BITS: Final = 16
POSITION_ONE: Final = 1 << POSITION_BITS
"""Position effects are whole multiples of 2**-16."""

EVER: Final = 0x80
"""Bit of an entry's counter that says that the account has ever had an impression of the ad group."""

IN_WINDOW: Final = 0x7F
"""Bits of an entry's counter that hold the impressions of its window."""


class Column(IntEnum):
    """Columns of a tally; one row an ad group and tick, all int64.

    Those from ``OPPORTUNITIES`` to ``CENSUS_WON`` are counted in the census; the others are exact. The eight that every
    win touches come first and fill a line of the processor's cache.
    """

    WON = 0
    IMPRESSIONS = 1
    BILLED = 2
    BID_MICROS = 3
    EFFECTIVE_BID_MICROS = 4
    MEDIA_MICROS = 5
    DATA_FEE_MICROS = 6
    REACHED = 7
    """Accounts that had their first impression of the ad group."""

    REDUNDANT_FEE_MICROS = 8
    VIEWS = 9
    CLICKS = 10
    CLICK_CONVERSIONS = 11
    VIEW_CONVERSIONS = 12
    OPPORTUNITIES = 13
    LOST_TO_CAP = 14
    LOST_TO_FLOOR = 15
    LOST_TO_BUDGET = 16
    LOST_TO_PACING = 17
    HELD_BACK = 18
    ENTERED = 19
    CENSUS_WON = 20


N_TALLY_COLUMNS: Final = 24
"""Columns that a tally has room for: three whole lines of the cache."""


class Offer(IntEnum):
    """Columns of the offers: what ranking reads of those that it looks at, a line of the processor's cache."""

    EFFECTIVE = 0
    """Effective bid for an event, micro-currency."""

    RATE = 1
    """Expected billable events of an impression, in 2**-20."""

    AD_GROUP = 2
    TRAITS = 3
    """Sum of `Trait`."""

    BID = 4
    """Bid for an event, micro-currency; 0 while its ad group does not bid."""

    FEE_BP = 5
    """Data fee on the price, basis points."""

    PARTICIPATION = 6
    """Of 2**32 draws, how many let it take part."""

    MAX_IMPRESSIONS = 7
    """Impressions in an account's window with which it is shown no more."""


class Trait(IntEnum):
    """What is particular about an offer, as bits; without them ranking has less to look up."""

    PERSONAL = 1
    """Its rate differs from person to person."""

    ADAPTIVE = 2
    """Its bid learns from every opportunity."""

    HAS_FREQUENCY_GOAL = 4
    IS_RIVAL = 8
    """It is another advertiser's."""

    IS_CAPPED = 16
    IS_THROTTLED = 32


class Term(IntEnum):
    """Columns of the terms of an offer; what is read once it has won."""

    IS_REDUNDANT = 0
    CLICK_CHANCE = 1
    VIEW_CHANCE = 2
    VIEW_CONVERSION_CHANCE = 3
    IS_IDLE = 4


class Group(IntEnum):
    """Columns of the ad groups; the eight that every win touches come first and fill a line of the cache."""

    CAMPAIGN = 0
    BILLABLE_EVENT = 1
    CONVERSION_CHANCE = 2
    HIGHEST_BID = 3
    """Of its offers, micro-currency: with this much left its budget can pay for any of them."""

    CAMPAIGN_HIGHEST_BID = 4
    """The same of all offers of its campaign."""

    FIRST_AD = 5
    N_LIVE_ADS = 6
    RECORDS = 7
    """Sum of `Record`."""

    DELAYS = 8
    """Row of the table of delays."""

    CLICK_WINDOW_HOURS = 9
    VIEW_WINDOW_HOURS = 10
    NEWCOMER_BP = 11
    """Factor on the rank of accounts without an impression in their window, basis points."""


N_GROUP_COLUMNS: Final = 16
"""Columns that there is room for: two whole lines of the cache."""


class Record(IntEnum):
    """What is kept of an ad group's impressions beside the tally, as bits; without them a win has less to write."""

    BY_OFFER = 1
    """It makes several offers."""

    BY_AD = 2
    """It has several ads."""

    BY_ENTRY = 4
    """Its impressions will leave the accounts' windows during the flight."""

    BY_CHARGE = 8
    """Its charges are of interest to others who draw on the same budget."""


class Learner(IntEnum):
    """Columns of what adaptive pacing knows of an ad group."""

    MU = 0
    N_SEEN = 1
    """Opportunities of the tick when MU was last brought up to date."""

    STEP = 2
    GAIN = 3
    GAIN_SHIFT = 4
    MU_MAX = 5
    WHOLE_BID = 6
    """The most that the ad group bids with μ = 0, micro-currency; while less is left of a budget μ does not fall."""


class Billed(IntEnum):
    """Codes of billable events."""

    IMPRESSION = 0
    CLICK = 1
    VIEW = 2


class Format(IntEnum):
    """Codes of auction formats; second price is GSP with one slot."""

    FIRST_PRICE = 0
    GSP = 1
    VCG = 2


class Share(IntEnum):
    """Columns of what is told by audience and by ad."""

    IMPRESSIONS = 0
    VIEWS = 1
    CLICKS = 2
    CLICK_CONVERSIONS = 3
    VIEW_CONVERSIONS = 4
    MEDIA_MICROS = 5
    DATA_FEE_MICROS = 6
    REDUNDANT_FEE_MICROS = 7


class Rules(NamedTuple):
    """What holds for every auction of a run.

    Attributes
    ----------
    keys : uint64 array, indexed by `simulator.kernels.draws.Stream`
        Random streams.
    personal : int32 array, shape (N_KNOTS,)
        Distribution of the personal factor, in 2**-20.
    is_personal : bool
        Whether it differs from 1 anywhere.
    position_effects : int64 array, shape (n_slots,)
        Chances that a slot comes into view, in 2**-16.
    format : int
        A `Format`.
    policy_code : int
        A value of `simulator.money.POLICY_CODES`.
    is_best_only : bool
        Whether only the best of the own ad groups enters.
    n_rival_bids : int
        Rivals of the landscape.
    n_own : int
        Own ad groups; numbers from there on are other advertisers'.
    n_ad_groups : int
    census_every : int
        One opportunity in this many is counted in full.
    n_ticks : int
        Ticks of the flight.
    delays : int32 array, shape (n_tables, N_KNOTS)
        Hours from an action to its conversion.
    response_factors : int64 array, shape (n_ads,)
        Factors of ads on the chances of clicks and views, in 2**-20.
    highest_response : int
        What no ad's factor times a personal one passes, in 2**-20.
    """

    keys: NDArray[np.uint64]
    personal: NDArray[np.int32]
    is_personal: bool
    position_effects: NDArray[np.int64]
    format: int
    policy_code: int
    is_best_only: bool
    n_rival_bids: int
    n_own: int
    n_ad_groups: int
    census_every: int
    n_ticks: int
    delays: NDArray[np.int32]
    response_factors: NDArray[np.int64]
    highest_response: int


class Inputs(NamedTuple):
    """What the auctions of one tick read.

    Attributes
    ----------
    rules : Rules
    tick : int
    traffic : TrafficTable
        Who the opportunities belong to.
    class_cuts : uint64 array, shape (n_classes,)
        Shares of the classes of countries in this tick.
    first_entry : uint32 or int64 array, shape (n_accounts + 1,)
        Where each account's entries begin.
    account_kind : uint16 array, shape (n_accounts,) or (0,)
        For whom the same part of the landscape and the same floor hold; empty where there is one kind.
    entry_offer : uint16 or uint32 array, shape (n_entries,)
        Offer of each entry; those of an account in falling order of their ad groups' bounds.
    glances : Glances
        What tells that an offer cannot matter.
    offers : int64 array, shape (n_offers, len(Offer))
    terms : int64 array, shape (n_offers, len(Term))
    groups : int64 array, shape (n_ad_groups, N_GROUP_COLUMNS)
    first_offer : int64 array, shape (n_ad_groups + 1,)
        Where the offers of each ad group begin in ``offers_of_groups``.
    offers_of_groups : int64 array, shape (n_offers,)
        Offers, ad group by ad group.
    first_group : int64 array, shape (n_campaigns + 1,)
        First ad group of each campaign.
    live_ads : int64 array
        Numbers of the ads that may be shown, ad group by ad group.
    knots : int32 array, shape (n_tables, N_KNOTS)
        Rival bids for an impression, micro-currency, by part of the landscape.
    table_of_kind : int32 array, shape (n_kinds,)
        Row of ``knots`` for each kind of account at this hour.
    floors_micros : int64 array, shape (n_kinds,)
        Least price of an impression for each kind of account, micro-currency.
    """

    rules: Rules
    tick: int
    traffic: TrafficTable
    class_cuts: NDArray[np.uint64]
    first_entry: NDArray[np.integer]
    account_kind: NDArray[np.uint16]
    entry_offer: NDArray[np.uint16]
    glances: "Glances"
    offers: NDArray[np.int64]
    terms: NDArray[np.int64]
    groups: NDArray[np.int64]
    first_offer: NDArray[np.int64]
    offers_of_groups: NDArray[np.int64]
    first_group: NDArray[np.int64]
    live_ads: NDArray[np.int64]
    knots: NDArray[np.int32]
    table_of_kind: NDArray[np.int32]
    floors_micros: NDArray[np.int64]


class Glances(NamedTuple):
    """What tells at a glance that an offer cannot matter; see `simulator.kernels.glances`.

    Attributes
    ----------
    bounds : float32 array, shape (n_offers,)
        Scores that an offer and all after it in the order of ad groups do not pass.
    promises : float32 array, shape (n_offers,)
        Scores for the average person, rounded upwards; negative while an offer does not bid or no budget
        covers its bid.
    lanes : uint64 array, shape (n_offers,)
        Where the draws of each offer's ad group lie, from `simulator.kernels.draws.lane_offset`.
    factors : float32 array, shape (N_KNOTS - 1,)
        Highest personal factor in each step of its distribution, rounded upwards.
    """

    bounds: NDArray[np.float32]
    promises: NDArray[np.float32]
    lanes: NDArray[np.uint64]
    factors: NDArray[np.float32]


class Outputs(NamedTuple):
    """What auctions change, in place.

    Attributes
    ----------
    remaining_micros : int64 array, shape (n_ad_groups,)
        What is left of each ad group's budget, micro-currency.
    campaign_remaining_micros : int64 array, shape (n_campaigns,)
        What is left of each campaign's.
    learners : int64 array, shape (n_ad_groups, len(Learner))
        Adaptive pacing.
    tally : int64 array, shape (n_ad_groups, N_TALLY_COLUMNS)
        Counts and sums of the tick, added to.
    counts : uint8 array, shape (n_entries,)
        Impressions by pair of account and ad group: those of the window, and whether ever.
    offer_shares : int64 array, shape (n_offers, len(Share))
        What became of each offer, added to.
    ad_shares : int64 array, shape (n_ads, len(Share))
        What became of each ad, added to.
    conversions : int64 array, shape (n_ticks, n_ad_groups)
        Conversions by their own time, added to.
    raised : PairSums
        What own ad groups cost each other.
    shown : ShownLog
        Entries whose impressions will leave their window.
    charged : ChargeLog
        What was charged, as far as it is logged.
    """

    remaining_micros: NDArray[np.int64]
    campaign_remaining_micros: NDArray[np.int64]
    learners: NDArray[np.int64]
    tally: NDArray[np.int64]
    counts: NDArray[np.uint8]
    offer_shares: NDArray[np.int64]
    ad_shares: NDArray[np.int64]
    conversions: NDArray[np.int64]
    raised: "PairSums"
    shown: "ShownLog"
    charged: "ChargeLog"


class PairSums(NamedTuple):
    """Sums by pair of ad groups; see `simulator.kernels.pair_sums`.

    Attributes
    ----------
    places : int64 array, shape (n_places, 2), a power of two of them
        ``payer * n_own + raiser + 1`` and the sum in micro-currency; both 0 where a place is free.
    n_used : int64 array, shape (1,)
        Places taken.
    waiting : int64 array, shape (QUEUE, 2)
        ``payer * n_own + raiser`` and an amount that is still to be added; none between two calls of the kernel.
    n_waiting : int64 array, shape (1,)
        Amounts that came into the queue since it was empty.
    """

    places: NDArray[np.int64]
    n_used: NDArray[np.int64]
    waiting: NDArray[np.int64]
    n_waiting: NDArray[np.int64]


class ShownLog(NamedTuple):
    """A list of entries, in the order of their impressions.

    Attributes
    ----------
    entries : int64 array
        Its first ``n[0]`` elements are taken.
    n : int64 array, shape (1,)
    """

    entries: NDArray[np.int64]
    n: NDArray[np.int64]


class ChargeLog(NamedTuple):
    """A list of charges, in the order in which they were made.

    Attributes
    ----------
    keys : int64 array
        Position of the opportunity in its tick and, in the lowest 16 bits, number of the ad group; the first ``n[0]``
        elements are taken.
    micros : int64 array
        The charges, micro-currency.
    n : int64 array, shape (1,)
    """

    keys: NDArray[np.int64]
    micros: NDArray[np.int64]
    n: NDArray[np.int64]


CHARGE_SHIFT: Final = 16
"""Where the position begins in the key of a charge."""

CHARGE_MASK: Final = (1 << CHARGE_SHIFT) - 1
"""Bits of the key of a charge that hold the ad group."""
