"""How many people saw ads how often, read off a run's counters in one pass."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.kernels.tables import EVER, IN_WINDOW
from workbench.jit import kernel

MAX_FREQUENCY: Final = 10
"""Accounts with this many impressions or more are counted together."""

_EVER, _IN_WINDOW = int(EVER), int(IN_WINDOW)


@kernel
def count_people(
    first_entry: NDArray[np.integer],
    entry_counts: NDArray[np.uint8],
    entry_offer: NDArray[np.unsignedinteger],
    offer_ad_group: NDArray[np.int32],
    people: NDArray[np.int64],
) -> None:
    """Count accounts by how often they saw the ads of each ad group, and of all together.

    Parameters
    ----------
    first_entry : uint32 or int64 array, shape (n_accounts + 1,)
        Where each account's entries begin.
    entry_counts : uint8 array, shape (n_entries,)
        Impressions in the window, and whether there ever was one, as of `simulator.ledger.Ledger`.
    entry_offer : uint16 or uint32 array, shape (n_entries,)
        Offer of each entry in any state of the audiences; its ad group is the same in all.
    offer_ad_group : int32 array, shape (n_offers,)
        Ad group of each offer.
    people : int64 array, shape (n_own_ad_groups + 1, MAX_FREQUENCY + 1)
        Filled in place: accounts that ever saw an ad, by impressions in the window; the last row is of all own ad
        groups together, their impressions added up.
    """
    n_own = people.shape[0] - 1
    for account in range(first_entry.size - 1):
        is_reached, n_seen = False, 0
        for entry in range(first_entry[account], first_entry[account + 1]):
            count = int(entry_counts[entry])
            if count & _EVER == 0:
                continue
            ad_group = offer_ad_group[entry_offer[entry]]
            if ad_group < n_own:
                in_window = count & _IN_WINDOW
                people[ad_group, min(in_window, MAX_FREQUENCY)] += 1
                is_reached, n_seen = True, n_seen + in_window
        if is_reached:
            people[n_own, min(n_seen, MAX_FREQUENCY)] += 1
