"""Filling entries with offers: all of them, or those of the ad groups for which something changed."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from simulator.eligibility.offers import AdGroupOffers, first_offers, offer_type
from simulator.kernels.entries import fill_entries, refill_entries, renumber_offers

Found = tuple[AdGroupOffers, NDArray[np.unsignedinteger]]
"""What an ad group offers, and which of it each of its members gets."""

MembersAt = Callable[[int], NDArray[np.int32]]
"""Lists the accounts that have an entry of the ad group at a place in the order of entries."""


def filled(
    first_entry: NDArray[np.integer],
    n_ad_groups: int,
    members_at: MembersAt,
    find: Callable[[int, NDArray[np.int32]], Found],
) -> tuple[NDArray[np.unsignedinteger], tuple[AdGroupOffers, ...]]:
    """Fill all entries, one ad group after the other.

    Parameters
    ----------
    first_entry : uint32 or int64 array, shape (n_accounts + 1,)
        Where each account's entries begin.
    n_ad_groups : int
        Number of ad groups.
    members_at : callable
        Lists the members of the ad group at a place.
    find : callable
        Finds what the ad group at a place offers to them.

    Returns
    -------
    uint16 or uint32 array, shape (n_entries,)
        Offer of each entry.
    tuple of AdGroupOffers
        Of each ad group, in the order of entries.
    """
    entry_offer = np.zeros(int(first_entry[-1]), dtype=offer_type(0))
    next_entry = first_entry[:-1].copy()
    parts: list[AdGroupOffers] = []
    first_offer = 0
    for place in range(n_ad_groups):
        members = members_at(place)
        part, own = find(place, members)
        wanted = offer_type(first_offer + len(part.terms))
        entry_offer = entry_offer.astype(wanted, copy=False)
        fill_entries(members, own, first_offer, next_entry, entry_offer)
        parts.append(part)
        first_offer += len(part.terms)
    return entry_offer, tuple(parts)


def refilled(
    first_entry: NDArray[np.integer],
    before: tuple[NDArray[np.unsignedinteger], Sequence[AdGroupOffers]],
    changed: Mapping[int, Found],
    members_at: MembersAt,
) -> tuple[NDArray[np.unsignedinteger], tuple[AdGroupOffers, ...]]:
    """Fill the entries of some ad groups, and take those of the others over under their new numbers.

    Parameters
    ----------
    first_entry : uint32 or int64 array, shape (n_accounts + 1,)
        Where each account's entries begin.
    before : tuple
        The entries and parts of another state, as `filled` or this function returned them.
    changed : mapping of int to (AdGroupOffers, unsigned integer array)
        What the ad groups at some places offer now, and which of it each of their members gets.
    members_at : callable
        Lists the members of the ad group at a place.

    Returns
    -------
    uint16 or uint32 array, shape (n_entries,)
        What `filled` would return.
    tuple of AdGroupOffers
        The same.
    """
    old_entry_offer, old_parts = before
    parts = tuple(changed[place][0] if place in changed else part for place, part in enumerate(old_parts))
    first_offer = first_offers(parts)
    kind = offer_type(first_offer[-1])
    # An offer of an ad group that changed becomes its idle one, until its entries are filled anew.
    new_number = [
        first if place in changed else first + own
        for place, (first, part) in enumerate(zip(first_offer, old_parts, strict=False))
        for own in range(len(part.terms))
    ]
    entry_offer = np.empty(old_entry_offer.size, dtype=kind)
    renumber_offers(old_entry_offer, np.array(new_number, dtype=kind), entry_offer)
    for place, (_, own) in changed.items():
        refill_entries(members_at(place), own, first_offer[place], first_entry, entry_offer)
    return entry_offer, parts
