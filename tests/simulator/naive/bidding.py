"""From a bid to its rank: the bid of an offer, how likely the billable event is, and the score of the two."""

ONE = 2**20
MAX_BID_CPM_MICROS = 10**12
MAX_ACTION_BID_MICROS = 10**10
AUTOMATIC_CEILING = 5
"""The most that an automatic bid may be, as a multiple of the market's median bid."""


def action_rate(ad_group):
    """Return the chance of the billable event, before any lift."""
    return {"IMPRESSION": 1, "CLICKTHROUGH": ad_group.click_rate, "VIDEO_V_50_MRC": ad_group.view_rate}[
        ad_group.billable_event
    ]


def event_rate(ad_group, lift):
    """Return the chance of the billable event in 2^-20, at least 1."""
    if ad_group.billable_event == "IMPRESSION":
        return ONE
    return min(ONE, max(1, round(action_rate(ad_group) * lift * ONE)))


def base_bid(ad_group, market):
    """Return the most to be paid for one billable event, micro-currency."""
    if ad_group.bid_strategy_type == "MAX_BID":
        return ad_group.bid_cpm_micros // 1000 if ad_group.billable_event == "IMPRESSION" else ad_group.bid_micros
    times = 1 if ad_group.pacing_delivery_type == "none" else AUTOMATIC_CEILING
    per_impression = min(MAX_BID_CPM_MICROS, times * market.rival_bid_cpm_micros) // 1000
    return min(MAX_ACTION_BID_MICROS, max(1, per_impression * ONE // event_rate(ad_group, 1)))


def multiplied(bid, multiplier_bp):
    """Return a bid times a factor of audiences, at most the largest bid that there is."""
    return min(MAX_ACTION_BID_MICROS, bid * multiplier_bp // 10_000)


def highest_bid(ad_group, market):
    """Return the most that an ad group may bid for whoever it is, micro-currency."""
    highest_bp = max(10_000, round(max(ad_group.bid_multipliers.values(), default=1) * 10_000))
    return multiplied(base_bid(ad_group, market), highest_bp)


def effective_bid(bid, fee_bp, policy):
    """Return a bid lowered so that price and data fee together never pass it."""
    if fee_bp == 0:
        return bid
    if policy == "exact":
        return bid * 10_000 // (10_000 + fee_bp)
    if policy == "as_fee":
        return bid * (10_000 - min(fee_bp, 1_500)) // 10_000
    return bid * 8_500 // 10_000


def is_personal(ad_group):
    """Tell whether an ad group bids more for who is likelier to act."""
    return ad_group.optimization_goal != "IMPRESSION" or ad_group.billable_event != "IMPRESSION"


def quality(ad_group, lift, person_factor, newcomer_bp=10_000):
    """Return what an ad group multiplies its bid with, in 2^-20."""
    factor = event_rate(ad_group, lift)
    if is_personal(ad_group):
        factor = max(1, factor * person_factor >> 20)
    return max(1, factor * newcomer_bp // 10_000)


def score(effective, a_quality):
    """Return what candidates are ranked by, in 2^-8 micro-currency per impression."""
    return effective * a_quality >> 12


def floor_per_event(ad_group, floor_per_impression, lift):
    """Return the least that may be paid for a billable event, rounded up."""
    return -(-floor_per_impression * ONE // event_rate(ad_group, lift))


def data_fee(price, fee_bp):
    """Return the data fee on a price, rounded half up."""
    return (price * fee_bp + 5_000) // 10_000
