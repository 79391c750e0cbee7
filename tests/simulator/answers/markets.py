"""Markets in which answers are known in closed form: rivals who all bid the same, or anything up to a highest bid."""

HIGHEST_RIVAL = 10_000_000
"""Micro-currency per 1,000; uniform rivals bid anything from 0 to this, each as likely."""

FIXED_PRICE = 2_000_000

UNIFORM = {
    "bid_floor_cpm_micros": 0,
    "n_rival_bids": 1,
    "landscapes": [{"bids_cpm_micros": [0, HIGHEST_RIVAL]}],
}
ALL_THE_SAME = {
    "bid_floor_cpm_micros": 0,
    "n_rival_bids": 1,
    "rival_bid_cpm_micros": FIXED_PRICE,
    "rival_bid_sigma": 0,
}
PLENTY = 10**12
EVERYBODY = set(range(600))
