r"""Money: integer micro-currency, the bid reduction and the third-party data fee.

The help page makes three promises about third-party data: the bid is lowered by at most 15 % in the auction; a win
costs the auction price plus the data fee, a share of that price; and nobody pays more than they bid. Write *b* for
the bid, *r* for the reduction, *f* for the fee. Any clearing price up to *b* (1 - *r*) can occur, so the third promise
holds exactly when (1 - *r*)(1 + *f*) <= 1. With *r* <= 15 % that is possible while *f* <= 3/17, about 17.65 %; a
segment that costs more is refused.

Amounts are int64 micro-currency and rates are basis points (1/100 %), so nothing here rounds twice. Rounding the
effective bid *down* is what makes the promise hold to the last micro: for integers *p* and *b*, ``p + p*f <= b`` bounds
``p*f`` by the integer ``b - p``, and no rounding of the fee can then pass it.

A CPM bid is for 1,000 impressions. It is turned into a price per impression once, before any other arithmetic.
"""

from enum import StrEnum

from simulator.errors import DataFeeError
from workbench.data_fee import BASIS_POINTS, MAX_BID_REDUCTION_BP, MAX_DATA_FEE_BP, is_coverable
from workbench.jit import kernel

MICROS = 1_000_000
"""Micro-currency units in one unit of the account's currency."""

IMPRESSIONS_PER_CPM = 1_000
"""Impressions that a CPM bid or price is for."""

MAX_BID_CPM_MICROS = 1_000_000 * MICROS
"""Largest bid accepted. It is absurd as a price, and small enough that no product here leaves int64."""

MAX_ACTION_BID_MICROS = 10_000 * MICROS
"""Largest bid for one click or view, for the same reasons; also what a bid comes to at most with its multiplier."""


class BidReductionPolicy(StrEnum):
    """How far a bid is lowered when a third-party data fee may fall due.

    The help page says only "at most 15 %"; each of these keeps that and never overcharges.
    """

    EXACT = "exact"
    """r = f / (1 + f), the least that covers the fee: the worst case charges exactly the bid."""

    AS_FEE = "as_fee"
    """r = f, capped at 15 %: the rate that the fee itself has."""

    FLAT = "flat"
    """r = 15 % whenever a fee may fall due."""


POLICY_CODES: dict[BidReductionPolicy, int] = {
    BidReductionPolicy.EXACT: 0,
    BidReductionPolicy.AS_FEE: 1,
    BidReductionPolicy.FLAT: 2,
}
"""The policies as the small integers that compiled code compares."""

_EXACT = POLICY_CODES[BidReductionPolicy.EXACT]
_AS_FEE = POLICY_CODES[BidReductionPolicy.AS_FEE]


def require_coverable(data_fee_rate_bp: int, segment_name: str) -> None:
    """Refuse a fee that no permitted bid reduction can cover.

    Parameters
    ----------
    data_fee_rate_bp : int
        Fee as a share of the clearing price, basis points.
    segment_name : str
        What to call the segment in the refusal.

    Raises
    ------
    DataFeeError
        If the fee is negative or above `MAX_DATA_FEE_BP`.
    """
    if not is_coverable(data_fee_rate_bp):
        raise DataFeeError(
            f"expected a data fee of 0 to {MAX_DATA_FEE_BP / 100:.2f} % for {segment_name!r}, got "
            f"{data_fee_rate_bp / 100:.2f} %: lowering the bid by at most 15 % could not keep the charge within the "
            "bid; choose another segment"
        )


def bid_per_impression_micros(bid_cpm_micros: int) -> int:
    """Turn a bid for 1,000 impressions into a bid for one, rounded down.

    Parameters
    ----------
    bid_cpm_micros : int
        Bid per 1,000 impressions, micro-currency.

    Returns
    -------
    int
        Bid per impression, micro-currency.
    """
    return bid_cpm_micros // IMPRESSIONS_PER_CPM


@kernel
def effective_bid_micros(bid_micros: int, data_fee_rate_bp: int, policy_code: int) -> int:
    """Lower a bid so that price plus data fee cannot exceed it.

    Parameters
    ----------
    bid_micros : int64
        Bid per impression, micro-currency.
    data_fee_rate_bp : int64
        Fee as a share of the clearing price, basis points, 0 to `MAX_DATA_FEE_BP`; 0 leaves the bid as it is.
    policy_code : int64
        A value of `POLICY_CODES`.

    Returns
    -------
    int64
        ``floor(bid * (1 - r))``, micro-currency: the bid that is ranked.
    """
    if data_fee_rate_bp == 0:
        return bid_micros
    if policy_code == _EXACT:
        return bid_micros * BASIS_POINTS // (BASIS_POINTS + data_fee_rate_bp)
    if policy_code == _AS_FEE:
        return bid_micros * (BASIS_POINTS - min(data_fee_rate_bp, MAX_BID_REDUCTION_BP)) // BASIS_POINTS
    return bid_micros * (BASIS_POINTS - MAX_BID_REDUCTION_BP) // BASIS_POINTS


@kernel
def data_fee_micros(clearing_price_micros: int, data_fee_rate_bp: int) -> int:
    """Compute the data fee on a clearing price, rounded half up.

    Parameters
    ----------
    clearing_price_micros : int64
        Media price of one impression, micro-currency.
    data_fee_rate_bp : int64
        Fee as a share of that price, basis points.

    Returns
    -------
    int64
        The fee, micro-currency.
    """
    return (clearing_price_micros * data_fee_rate_bp + BASIS_POINTS // 2) // BASIS_POINTS
