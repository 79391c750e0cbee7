"""The platform's rule on third-party data cost, as rates: how high a fee may be.

With bid b, bid reduction r and fee f, a share of the auction price, the dearest charge is b(1 - r)(1 + f). The help
page promises r of at most 15 % and a charge of at most b; both hold as long as f is at most 3/17, about 17.65 %.
Audiences refuse dearer segments, and the simulator's money builds on the same numbers.
"""

BASIS_POINTS = 10_000
"""Basis points in one whole."""

MAX_BID_REDUCTION_BP = 1_500
"""Largest bid reduction, basis points (help page: at most 15 %)."""

MAX_DATA_FEE_BP = BASIS_POINTS * MAX_BID_REDUCTION_BP // (BASIS_POINTS - MAX_BID_REDUCTION_BP)
"""Largest fee that the largest reduction covers, basis points of the auction price: 3/17 rounded down."""


def is_coverable(data_fee_rate_bp: int) -> bool:
    """Return whether some permitted bid reduction keeps the charge within the bid.

    Parameters
    ----------
    data_fee_rate_bp : int
        Data fee, basis points of the auction price.
    """
    return 0 <= data_fee_rate_bp <= MAX_DATA_FEE_BP
