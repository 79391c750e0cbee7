"""The offers that ad groups make while the audiences stay as they are, and which of them each entry names.

An offer is a way of reaching somebody: through these audiences, at this multiple of the bid, with this data fee. Every
ad group has as many as occur for some account, and an idle one for those whom it does not bid for now. So the auction
finds all terms by one small number an entry.

Offers are numbered in the order of entries, each ad group's idle one first: a function of the state of the audiences
alone, whichever state came before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.eligibility.reach import IDLE, AdGroupReach, ReachNow, Terms
from simulator.kernels.entries import list_members, mark_members
from workbench.identity import AccountSet

MAX_SMALL_OFFERS: Final = 1 << 16
"""With more offers than that, entries name them by 32 bits and not by 16."""

_CHUNK_SETS: Final = 12
_ADMITTED: Final = 1
"""Bit of an account's pattern that says that the targeting admits it; those above stand for audiences."""


@dataclass(frozen=True, eq=False)
class Offers:
    """What every entry offers for as long as no further audience is populated.

    Attributes
    ----------
    entry_offer : uint16 or uint32 array, shape (n_entries,)
        Offer of each entry, one of its ad group's; where it makes none now, the ad group's idle offer.
    offer_ad_group : int32 array, shape (n_offers,)
        Ad group of each offer.
    offer_is_idle : bool array, shape (n_offers,)
        Whether it stands for making none.
    offer_fee_bp : int64 array, shape (n_offers,)
        Data fee, basis points of the clearing price.
    offer_is_redundant : bool array, shape (n_offers,)
        Whether that fee is for somebody whom a first-party audience reaches as well.
    offer_multiplier_bp : int64 array, shape (n_offers,)
        Factor on the bid, basis points; 0 where the offer is idle.
    offer_audiences : tuple of tuple of str
        Included audiences that qualify whoever gets the offer, in the targeting's order.
    warnings : tuple of str
        What a reader of the report should know, such as an audience too small to be used.
    """

    entry_offer: NDArray[np.unsignedinteger]
    offer_ad_group: NDArray[np.int32]
    offer_is_idle: NDArray[np.bool_]
    offer_fee_bp: NDArray[np.int64]
    offer_is_redundant: NDArray[np.bool_]
    offer_multiplier_bp: NDArray[np.int64]
    offer_audiences: tuple[tuple[str, ...], ...]
    warnings: tuple[str, ...]


class AdGroupOffers(NamedTuple):
    """What one ad group offers in one state of the audiences.

    Attributes
    ----------
    terms : tuple of Terms
        Of its offers, the idle one first.
    warnings : tuple of str
        What a reader of the report should know.
    """

    terms: tuple[Terms, ...]
    warnings: tuple[str, ...]


def own_offers(
    reach: AdGroupReach, members: NDArray[np.int32], now: ReachNow
) -> tuple[AdGroupOffers, NDArray[np.unsignedinteger]]:
    """Find what one ad group offers to whom.

    Parameters
    ----------
    reach : AdGroupReach
        Gives the terms.
    members : int32 array, shape (n_members,)
        The accounts that have an entry of it.
    now : ReachNow
        Whom it reaches now.

    Returns
    -------
    AdGroupOffers
        All that occur.
    unsigned integer array, shape (n_members,)
        Which of them each account gets.
    """
    codes, patterns = _patterns(members, [now.members, *now.sets.values()])
    terms = [_terms(pattern, reach, tuple(now.sets)) for pattern in patterns]
    offers = (IDLE, *sorted(set(terms) - {IDLE}))
    places = {each: place for place, each in enumerate(offers)}
    offer_of_code = np.array([places[each] for each in terms], dtype=np.min_scalar_type(len(offers)))
    return AdGroupOffers(offers, now.warnings), offer_of_code[codes]


def first_offers(parts: Sequence[AdGroupOffers]) -> list[int]:
    """Return the number of each ad group's first offer, and that behind the last."""
    return list(accumulate((len(part.terms) for part in parts), initial=0))


def offer_type(n_offers: int) -> np.dtype[np.unsignedinteger]:
    """Return the smallest type that names so many offers."""
    return np.dtype(np.uint16 if n_offers <= MAX_SMALL_OFFERS else np.uint32)


def tabulated(
    entry_offer: NDArray[np.unsignedinteger], order: NDArray[np.int32], parts: Sequence[AdGroupOffers]
) -> Offers:
    """Put the offers of all ad groups into one table.

    Parameters
    ----------
    entry_offer : uint16 or uint32 array, shape (n_entries,)
        Offer of each entry; read-only from now on.
    order : int32 array, shape (n_ad_groups,)
        The ad groups in the order of entries.
    parts : sequence of AdGroupOffers
        Theirs, in the same order.
    """
    entry_offer.flags.writeable = False
    terms = [each for part in parts for each in part.terms]
    in_order_of_number = sorted(zip(order.tolist(), parts, strict=True), key=lambda numbered: numbered[0])
    return Offers(
        entry_offer=entry_offer,
        offer_ad_group=np.repeat(order, [len(part.terms) for part in parts]),
        offer_is_idle=np.array([each.is_idle for each in terms], dtype=np.bool_),
        offer_fee_bp=np.array([each.fee_bp for each in terms], dtype=np.int64),
        offer_is_redundant=np.array([each.is_redundant for each in terms], dtype=np.bool_),
        offer_multiplier_bp=np.array([each.multiplier_bp for each in terms], dtype=np.int64),
        offer_audiences=tuple(each.audiences for each in terms),
        warnings=tuple(chain.from_iterable(part.warnings for _, part in in_order_of_number)),
    )


def listed(accounts: AccountSet) -> NDArray[np.int32]:
    """Return the members of a set, ascending: int32 array, shape (n_members,)."""
    members = np.empty(len(accounts), dtype=np.int32)
    list_members(accounts.words, members)
    return members


def _terms(pattern: int, reach: AdGroupReach, audience_ids: Sequence[str]) -> Terms:
    """Return the terms for accounts that are in the sets which a pattern names."""
    if not pattern & _ADMITTED:
        return IDLE
    return reach.terms(an_id for place, an_id in enumerate(audience_ids, start=1) if pattern >> place & 1)


def _patterns(members: NDArray[np.int32], sets: Sequence[AccountSet]) -> tuple[NDArray[np.uint32], list[int]]:
    """Tell of every account which of some sets it is in.

    Returns
    -------
    codes : uint32 array, shape (n_members,)
        A number for each account; the same for accounts of the same sets.
    patterns : list of int
        What each number stands for: bit ``i`` says that it is in set ``i``. Only such as occur.
    """
    codes, patterns = np.zeros(members.size, dtype=np.uint32), [0]
    for first in range(0, len(sets), _CHUNK_SETS):
        chunk = sets[first : first + _CHUNK_SETS]
        found = np.zeros(members.size, dtype=np.uint32)
        for bit, accounts in enumerate(chunk):
            mark_members(members, accounts.words, bit, found)
        met, codes = _occurring(codes.astype(np.int64) << len(chunk) | found, len(patterns) << len(chunk))
        before, now = met >> len(chunk), met & ((1 << len(chunk)) - 1)
        patterns = [patterns[old] | new << first for old, new in zip(before.tolist(), now.tolist(), strict=True)]
    return codes, patterns


def _occurring(keys: NDArray[np.int64], n_keys: int) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Return the keys that occur, ascending, and the place of each key among them."""
    if n_keys > max(keys.size, 1 << _CHUNK_SETS):
        met, places = np.unique(keys, return_inverse=True)
        return met, places.astype(np.uint32)
    met = np.flatnonzero(np.bincount(keys, minlength=n_keys))
    place_of = np.zeros(n_keys, dtype=np.uint32)
    place_of[met] = np.arange(met.size, dtype=np.uint32)
    return met, place_of[keys]
