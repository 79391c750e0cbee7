"""Division that cannot fail: controllers must survive a tick without spend and an hour without traffic."""

from workbench.jit import kernel


@kernel
def bounded_ratio(numerator: float, denominator: float, least: float, most: float) -> float:
    """Divide, and stay within bounds.

    The bounds are compared before dividing, so neither 0 nor a tiny denominator ever divides.

    Parameters
    ----------
    numerator, denominator : float
        Not negative.
    least, most : float
        Bounds of the result, not negative.

    Returns
    -------
    float
        ``numerator / denominator`` between the bounds; ``most`` where both are 0.
    """
    if numerator >= most * denominator:
        return most
    if numerator <= least * denominator:
        return least
    return numerator / denominator
