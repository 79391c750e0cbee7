"""Markets for measuring the auction's kernel alone: many ad groups, each wanting a random part of the accounts."""

from dataclasses import dataclass

import numpy as np

from simulator.kernels.tables import RATE_ONE
from tests.simulator.kernel_tables import CENSUS_ONCE, PLENTY, Auctions, Bidder, Page, lognormal_knots, uniform_knots

BASE_BID = 5_000
SPREAD_OF_BIDS = 1.0
SPREAD_OF_PERSONS = 0.3


@dataclass(frozen=True)
class Market:
    """How many ad groups want which part of how many accounts, and what is particular about them."""

    n_ad_groups: int = 1_000
    density: float = 0.05
    n_accounts: int = 100_000
    n_slots: int = 1
    is_own: bool = False
    has_equal_bids: bool = False
    has_iid_bids: bool = False
    budget: int = PLENTY
    census_every: int = CENSUS_ONCE
    rng_seed: int = 1

    def auctions(self) -> Auctions:
        """Lay the market out for the kernel."""
        rng = np.random.default_rng(self.rng_seed)
        bids = (np.exp(rng.normal(0, SPREAD_OF_BIDS, self.n_ad_groups)) * BASE_BID).astype(np.int64)
        if self.has_equal_bids or self.has_iid_bids:
            bids[:] = BASE_BID
        personal = uniform_knots(RATE_ONE) if self.has_iid_bids else lognormal_knots(SPREAD_OF_PERSONS, RATE_ONE)
        bidders = [
            Bidder(int(bid), budget=self.budget, click_chance=0.01, is_personal=True, is_rival=not self.is_own)
            for bid in bids
        ]
        page = Page(
            n_accounts=self.n_accounts,
            effects=(1.0, 0.8, 0.6)[: self.n_slots],
            floor=BASE_BID // 5,
            market=lognormal_knots(0.6, BASE_BID * 0.4),
            personal=personal,
            wants=rng.random((self.n_accounts, self.n_ad_groups), dtype=np.float32) < self.density,
            census_every=self.census_every,
            rng_seed=self.rng_seed,
        )
        return Auctions(bidders, page)
