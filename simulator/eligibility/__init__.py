"""Who each ad group may reach and on which terms, as the arrays that auctions read."""

from simulator.eligibility.layout import Eligibility, State, bidding_order
from simulator.eligibility.offers import Offers

__all__ = ["Eligibility", "Offers", "State", "bidding_order"]
