"""Numbers as people read them: 1.24 M, $3.40, 38.4 %, ± 0.6 pt.

The thin space between number and unit keeps them on one line. `shown_people` alone decides whether a number may be
shown; sizes of audiences go through it, or through `workbench.audiences.shown_size`.
"""

import math

from workbench.audiences.disclosure import safe_size, shown_size

THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"

CENTS_THAT_SAY_ENOUGH = 0.1
"""Below it, dollars, two digits after the point are too few to tell prices apart."""

_SCALES = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


def shown_count(value: float, *, is_signed: bool = False) -> str:
    """Write a count: whole and grouped below 10,000, three digits and a scale above.

    Parameters
    ----------
    value : float
        Any count or mean of counts; NaN reads "–".
    is_signed : bool
        Put a plus sign before a positive number, as in a difference.

    Returns
    -------
    str
        For example ``8,120``, ``81.2 k``, ``1.24 M``.
    """
    if not math.isfinite(value):
        return "–"
    return _signed(value, _magnitude(abs(value)), is_signed)


def shown_people(n: int | None) -> str:
    """Write the size of an audience: as `shown_size` does below 10,000, three digits and a scale above.

    Parameters
    ----------
    n : int or None
        Number of accounts, exact; None when not counted yet.

    Returns
    -------
    str
        For example ``–``, ``< 100``, ``8,120``, ``81.2 k``.
    """
    safe = safe_size(n)
    return shown_size(n) if safe is None else shown_count(safe)


def shown_dollars(value: float, *, is_signed: bool = False) -> str:
    """Write an amount in dollars: cents below 1,000, whole dollars below 100,000, a scale above.

    Parameters
    ----------
    value : float
        Dollars; NaN reads "–".
    is_signed : bool
        Put a plus sign before a positive number.
    """
    if not math.isfinite(value):
        return "–"
    size = abs(value)
    if size < 1_000:
        digits = f"{size:,.2f}"
    elif size < 100_000:
        digits = f"{size:,.0f}"
    else:
        digits = _magnitude(size)
    return _signed(value, f"${digits}", is_signed)


def shown_price(value: float, *, is_signed: bool = False) -> str:
    """Write what one of something costs: as `shown_dollars` does, with four digits after the point below 10 cents.

    Parameters
    ----------
    value : float
        Dollars; NaN reads "–".
    is_signed : bool
        Put a plus sign before a positive number.
    """
    if not abs(value) < CENTS_THAT_SAY_ENOUGH:
        return shown_dollars(value, is_signed=is_signed)
    return _signed(value, f"${abs(value):.4f}", is_signed)


def shown_percent(share: float, *, is_signed: bool = False, unit: str = "%") -> str:
    """Write a share in per cent, one digit after the point.

    Parameters
    ----------
    share : float
        0–1; NaN reads "–".
    is_signed : bool
        Put a plus sign before a positive number.
    unit : str
        ``"%"``, or ``"pt"`` for the difference of two shares.
    """
    if not math.isfinite(share):
        return "–"
    return _signed(share, f"{abs(share) * 100:.1f}{THIN_SPACE}{unit}", is_signed)


def shown_ratio(value: float, *, is_signed: bool = False) -> str:
    """Write how many times one amount another is, such as a return on spend: ``2.04``; NaN reads "–"."""
    return _signed(value, f"{abs(value):,.2f}", is_signed) if math.isfinite(value) else "–"


def _magnitude(size: float) -> str:
    if size < 9_999.5:
        return f"{size:,.0f}" if size >= 100 or round(size, 1) == int(size) else f"{size:.1f}"
    # 999,950 would read "1000 k": take the scale that the rounded number needs.
    scale, letter = next(((s, c) for s, c in _SCALES if size >= 0.9995 * s), _SCALES[-1])
    scaled = size / scale
    digits = 2 if scaled < 9.995 else 1 if scaled < 99.95 else 0
    return f"{scaled:.{digits}f}{THIN_SPACE}{letter}"


def _signed(value: float, digits: str, is_signed: bool) -> str:
    if not any(digit in digits for digit in "123456789"):
        return digits  # a difference that rounds to nothing has no direction
    if value < 0:
        return MINUS + digits
    return f"+{digits}" if is_signed else digits
