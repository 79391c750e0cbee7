"""What somebody looks at among overlaps: one value to print, to save and to come back to."""

from typing import Final, Literal

from workbench.validation import DigitId, Written

PAIRS: Final = "pairs"
COMBINATIONS: Final = "combinations"


class OverlapView(Written):
    """Which audiences are compared, how, and which of their people are looked at.

    Attributes
    ----------
    audience_ids : tuple of str
        The audiences; the first ready ones when empty.
    shown : {"pairs", "combinations"}
        A heat map of pairs, or all combinations at once.
    include, exclude : tuple of str
        The people who are looked at: those in all of the first and, of combinations, in none of the second.
    """

    audience_ids: tuple[DigitId, ...] = ()
    shown: Literal["pairs", "combinations"] = PAIRS
    include: tuple[DigitId, ...] = ()
    exclude: tuple[DigitId, ...] = ()
