"""Second-price auctions, one after the other in the order of their opportunities.

An opportunity is one ad slot that one account sees. Every ad group that wants the account and can afford its bid
enters with its effective bid; the market enters with one rival bid, the highest of all advertisers who are not
simulated one by one. The highest bid wins and pays the next highest or the bid floor, whichever is more (Vickrey 1961,
with a reserve price). Fixed rules, so that results are exact and repeatable:

- an ad group enters only if what is left of its budget covers its whole bid: spend never passes a budget;
- an effective bid of nothing never enters, whatever the floor;
- among equal bids the ad group listed first wins, and any ad group wins against an equal rival;
- the ad groups are one advertiser's: they compete with each other, or the best of them alone enters;
- the data fee is added after the auction, on the clearing price, and was made room for by the lower effective bid.
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.kernels.draws import draw, lane_draw
from simulator.kernels.sampling import AliasTable, drawn_account
from simulator.money import data_fee_micros, effective_bid_micros
from workbench.jit import kernel

U64 = np.uint64
RIVAL_BITS = 12
N_RIVAL_QUANTILES = 1 << RIVAL_BITS
"""Entries of the rival-bid table, equally likely."""
_RIVAL_SHIFT = U64(64 - RIVAL_BITS)
_CLICK_SHIFT = U64(11)
CLICK_SCALE = 1 << 53
"""Click thresholds are click rates times this."""

NO_OFFER = -1
"""Marks an eligibility entry whose account is, for now, outside the ad group's targeting."""


class Column(IntEnum):
    """Columns of a tally; one row an ad group, all int64."""

    ELIGIBLE = 0
    BELOW_FLOOR = 1
    OUT_OF_BUDGET = 2
    ENTERED = 3
    IMPRESSIONS = 4
    CLICKS = 5
    BID_MICROS = 6
    EFFECTIVE_BID_MICROS = 7
    MEDIA_MICROS = 8
    DATA_FEE_MICROS = 9
    REDUNDANT_FEE_MICROS = 10
    HELD_BACK = 11


_ELIGIBLE = int(Column.ELIGIBLE)
_BELOW_FLOOR = int(Column.BELOW_FLOOR)
_OUT_OF_BUDGET = int(Column.OUT_OF_BUDGET)
_ENTERED = int(Column.ENTERED)
_IMPRESSIONS = int(Column.IMPRESSIONS)
_CLICKS = int(Column.CLICKS)
_BID = int(Column.BID_MICROS)
_EFFECTIVE_BID = int(Column.EFFECTIVE_BID_MICROS)
_MEDIA = int(Column.MEDIA_MICROS)
_DATA_FEE = int(Column.DATA_FEE_MICROS)
_REDUNDANT_FEE = int(Column.REDUNDANT_FEE_MICROS)
_HELD_BACK = int(Column.HELD_BACK)


class AuctionInputs(NamedTuple):
    """All that a batch of auctions reads.

    Attributes
    ----------
    account_key, rival_key, click_key : uint64
        Random streams of the run (`simulator.kernels.draws`).
    traffic : AliasTable
        Who the opportunities belong to.
    rival_bid_micros : int64 array, shape (N_RIVAL_QUANTILES,)
        Equally likely rival bids per impression, micro-currency.
    bid_floor_micros : int
        Least price the market accepts, micro-currency per impression.
    is_best_only : bool
        Whether only the best of the ad groups enters an auction.
    first_entry : int64 array, shape (n_accounts + 1,)
        Where each account's eligibility entries begin.
    entry_offer : int32 array, shape (n_entries,)
        Index of the offer an entry makes now, or `NO_OFFER`; within an account in the order of the ad groups.
    offer_ad_group : int32 array, shape (n_offers,)
        The ad group that an offer belongs to.
    offer_fee_bp : int64 array, shape (n_offers,)
        Data fee that falls due with the offer, basis points of the clearing price.
    offer_is_redundant : bool array, shape (n_offers,)
        Whether the fee is for somebody whom a first-party audience reaches as well.
    offer_bid_micros : int64 array, shape (n_offers,)
        Bid per impression submitted now, micro-currency; 0 while the ad group does not deliver.
    offer_effective_micros : int64 array, shape (n_offers,)
        The same bid lowered to make room for the fee, micro-currency.
    click_threshold : uint64 array, shape (n_ad_groups,)
        Click rate times `CLICK_SCALE`.
    """

    account_key: np.uint64
    rival_key: np.uint64
    click_key: np.uint64
    traffic: AliasTable
    rival_bid_micros: NDArray[np.int64]
    bid_floor_micros: int
    is_best_only: bool
    first_entry: NDArray[np.int64]
    entry_offer: NDArray[np.int32]
    offer_ad_group: NDArray[np.int32]
    offer_fee_bp: NDArray[np.int64]
    offer_is_redundant: NDArray[np.bool_]
    offer_bid_micros: NDArray[np.int64]
    offer_effective_micros: NDArray[np.int64]
    click_threshold: NDArray[np.uint64]


class AuctionOutputs(NamedTuple):
    """All that a batch of auctions changes, in place.

    Attributes
    ----------
    remaining_micros : int64 array, shape (n_ad_groups,)
        What is left of each budget, micro-currency.
    tally : int64 array, shape (n_ad_groups, len(Column))
        Counts and sums, added to.
    entry_impressions : uint32 array, shape (n_entries,)
        Impressions of each ad group to each of its accounts, added to.
    self_competition_micros : int64 array, shape (n_ad_groups, n_ad_groups)
        What the winner (row) paid more because of the next bid of another ad group (column), micro-currency, added to.
    """

    remaining_micros: NDArray[np.int64]
    tally: NDArray[np.int64]
    entry_impressions: NDArray[np.uint32]
    self_competition_micros: NDArray[np.int64]


@kernel
def submit_bids(ad_group_bid_micros: NDArray[np.int64], policy_code: int, inputs: AuctionInputs) -> None:
    """Write the bids of the coming auctions into the offers.

    Parameters
    ----------
    ad_group_bid_micros : int64 array, shape (n_ad_groups,)
        Bid per impression of each ad group, micro-currency; 0 for one that does not deliver.
    policy_code : int
        A value of `simulator.money.POLICY_CODES`.
    inputs : AuctionInputs
        Its ``offer_bid_micros`` and ``offer_effective_micros`` are filled in place.
    """
    for offer in range(inputs.offer_ad_group.size):
        bid = ad_group_bid_micros[inputs.offer_ad_group[offer]]
        inputs.offer_bid_micros[offer] = bid
        inputs.offer_effective_micros[offer] = effective_bid_micros(bid, inputs.offer_fee_bp[offer], policy_code)


@kernel
def ad_group_of(entry: int, inputs: AuctionInputs) -> int:
    """Return the ad group that an entry belongs to."""
    return int(inputs.offer_ad_group[inputs.entry_offer[entry]])


@kernel
def is_in(entry: int, inputs: AuctionInputs, outputs: AuctionOutputs) -> bool:
    """Tell whether an entry bids at all, reaches the floor and can pay its whole bid."""
    offer = inputs.entry_offer[entry]
    if offer < 0 or inputs.offer_bid_micros[offer] == 0:
        return False
    effective = inputs.offer_effective_micros[offer]
    remaining = outputs.remaining_micros[inputs.offer_ad_group[offer]]
    return bool(effective >= max(1, inputs.bid_floor_micros) and remaining >= inputs.offer_bid_micros[offer])


@kernel
def best_two(account: int, inputs: AuctionInputs, outputs: AuctionOutputs) -> tuple[int, int]:
    """Let the ad groups that want an account enter.

    Parameters
    ----------
    account : int
        Whose opportunity it is.
    inputs, outputs : AuctionInputs, AuctionOutputs
        As for `clear_auctions`.

    Returns
    -------
    (winner, second) : tuple of int
        The entries with the highest and the second highest effective bid; -1 for none.
    """
    winner = -1
    second = -1
    best = 0
    next_best = 0
    for entry in range(inputs.first_entry[account], inputs.first_entry[account + 1]):
        offer = inputs.entry_offer[entry]
        if offer < 0 or inputs.offer_bid_micros[offer] == 0:
            continue
        ad_group = inputs.offer_ad_group[offer]
        tally = outputs.tally[ad_group]
        tally[_ELIGIBLE] += 1
        bid = inputs.offer_effective_micros[offer]
        if bid < inputs.bid_floor_micros or bid == 0:
            tally[_BELOW_FLOOR] += 1
        elif outputs.remaining_micros[ad_group] < inputs.offer_bid_micros[offer]:
            tally[_OUT_OF_BUDGET] += 1
        else:
            tally[_ENTERED] += 1
            if bid > best:
                second, next_best = winner, best
                winner, best = entry, bid
            elif bid > next_best:
                second, next_best = entry, bid
    return winner, second


@kernel
def hold_back_others(account: int, winner: int, inputs: AuctionInputs, outputs: AuctionOutputs) -> None:
    """Take every ad group but the best out of an auction that they had entered.

    Parameters
    ----------
    account : int
        Whose opportunity it is.
    winner : int
        The entry that stays.
    inputs, outputs : AuctionInputs, AuctionOutputs
        As for `clear_auctions`.
    """
    for entry in range(inputs.first_entry[account], inputs.first_entry[account + 1]):
        if entry != winner and is_in(entry, inputs, outputs):
            tally = outputs.tally[inputs.offer_ad_group[inputs.entry_offer[entry]]]
            tally[_ENTERED] -= 1
            tally[_HELD_BACK] += 1


@kernel
def charge_winner(
    entry: int, price: int, opportunity: np.uint64, inputs: AuctionInputs, outputs: AuctionOutputs
) -> None:
    """Charge the winner the clearing price and its data fee, and draw whether the account clicks.

    Parameters
    ----------
    entry : int
        The winning entry.
    price : int
        The clearing price, micro-currency.
    opportunity : uint64
        Number of the opportunity in the run.
    inputs, outputs : AuctionInputs, AuctionOutputs
        As for `clear_auctions`.
    """
    offer = inputs.entry_offer[entry]
    ad_group = inputs.offer_ad_group[offer]
    fee = data_fee_micros(price, inputs.offer_fee_bp[offer])
    outputs.remaining_micros[ad_group] -= price + fee
    outputs.entry_impressions[entry] += np.uint32(1)
    tally = outputs.tally[ad_group]
    tally[_IMPRESSIONS] += 1
    tally[_BID] += inputs.offer_bid_micros[offer]
    tally[_EFFECTIVE_BID] += inputs.offer_effective_micros[offer]
    tally[_MEDIA] += price
    tally[_DATA_FEE] += fee
    if inputs.offer_is_redundant[offer]:
        tally[_REDUNDANT_FEE] += fee
    if (lane_draw(inputs.click_key, opportunity, U64(ad_group)) >> _CLICK_SHIFT) < inputs.click_threshold[ad_group]:
        tally[_CLICKS] += 1


@kernel
def clear_auctions(
    first_opportunity: np.uint64, n_opportunities: int, inputs: AuctionInputs, outputs: AuctionOutputs
) -> None:
    """Clear the auctions of consecutive opportunities, in order.

    Parameters
    ----------
    first_opportunity : uint64
        Number of the first opportunity in the run.
    n_opportunities : int64
        How many follow one another. Two calls for two halves do what one call for both does.
    inputs : AuctionInputs
        What is read.
    outputs : AuctionOutputs
        What is changed in place.
    """
    for step in range(n_opportunities):
        opportunity = first_opportunity + U64(step)
        account = drawn_account(draw(inputs.account_key, opportunity), inputs.traffic)
        if inputs.first_entry[account] == inputs.first_entry[account + 1]:
            continue
        entry, second = best_two(account, inputs, outputs)
        if entry < 0:
            continue
        if inputs.is_best_only and second >= 0:
            hold_back_others(account, entry, inputs, outputs)
            second = -1
        rival = inputs.rival_bid_micros[np.int64(draw(inputs.rival_key, opportunity) >> _RIVAL_SHIFT)]
        if rival > inputs.offer_effective_micros[inputs.entry_offer[entry]]:
            continue
        price = max(rival, inputs.bid_floor_micros)
        if second >= 0:
            price_beside = inputs.offer_effective_micros[inputs.entry_offer[second]]
            if price_beside > price:
                pair = ad_group_of(entry, inputs), ad_group_of(second, inputs)
                outputs.self_competition_micros[pair] += price_beside - price
                price = price_beside
        charge_winner(entry, price, opportunity, inputs, outputs)
