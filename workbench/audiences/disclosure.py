"""How sizes are shown, so that no screen or export singles anybody out.

Two rules, both about what a person reads; the sets themselves stay exact:

- fewer than 100 people, none included, read ``< 100``;
- more are rounded down to tens, so that every number shown stands for ten possible sizes.

The difference of two numbers shown is then a multiple of ten that stands for at least ten possible differences. Who
subtracts "all customers" from "all customers but one" learns nothing about the one. A share is computed from the counts
as they are shown, so it says nothing that they do not say, and a share of or out of a hidden count is hidden as well.

What this does not prevent: somebody who can add people of their choice to a list one by one sees when the number shown
moves on. The platform's own 100-member status has the same property.
"""

from workbench.audiences.base import MIN_AUDIENCE_SIZE

SIZE_STEP = 10
NOT_COUNTED = "\N{EN DASH}"
HIDDEN_SIZE = f"< {MIN_AUDIENCE_SIZE}"
HIDDEN_SHARE = "hidden"


def safe_size(n: int | None) -> int | None:
    """Return a count as it may be shown.

    Parameters
    ----------
    n : int or None
        Number of accounts; None when not counted yet.

    Returns
    -------
    int or None
        The count rounded down to tens, or None when it is hidden or not known.
    """
    return None if n is None or n < MIN_AUDIENCE_SIZE else n - n % SIZE_STEP


def safe_share(part: int | None, whole: int | None) -> float | None:
    """Return the share of one count in another as it may be shown.

    Parameters
    ----------
    part, whole : int or None
        Numbers of accounts, ``part`` among ``whole``.

    Returns
    -------
    float or None
        0 to 1, computed from the counts as shown; None when either is hidden or not known.
    """
    safe_part, safe_whole = safe_size(part), safe_size(whole)
    return None if safe_part is None or safe_whole is None else safe_part / safe_whole


def shown_size(n: int | None) -> str:
    """Return the text for a count: ``–`` (not counted yet), ``< 100`` or, rounded down to tens, ``1,240``."""
    if n is None:
        return NOT_COUNTED
    safe = safe_size(n)
    return HIDDEN_SIZE if safe is None else f"{safe:,}"


def shown_share(part: int | None, whole: int | None) -> str:
    """Return the text for a share: ``–`` (not counted yet), ``hidden`` or ``34 %``."""
    if part is None or whole is None:
        return NOT_COUNTED
    safe = safe_share(part, whole)
    return HIDDEN_SHARE if safe is None else f"{safe:.0%}".replace("%", " %")
