"""A bid log: what was bid in one auction after another, whether it won, and what it paid.

No platform has a format of its own for it, so the columns are the workbench's: ``bid_cpm_micros`` (or
``bid_cpm_dollars``), ``won``, ``price_cpm_micros`` (or ``price_cpm_dollars``) where it won, and optionally ``time`` and
``country``. All amounts are for 1,000 impressions.
"""

import os
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from simulator.calibration.csv_table import CsvTable, as_numbers, parse_csv_table, read_csv_table, shown_word
from simulator.calibration.row_problems import RowProblems
from simulator.config import AuctionFormat
from simulator.errors import CampaignDataError
from simulator.money import MAX_BID_CPM_MICROS, MICROS

BID: Final = ("BID_CPM_MICROS", "BID_CPM_DOLLARS")
PRICE: Final = ("PRICE_CPM_MICROS", "PRICE_CPM_DOLLARS")
WON, TIME, COUNTRY = "WON", "TIME", "COUNTRY"
NO_PRICE: Final = -1
"""Price of an auction that tells none."""

_TRUE: Final = frozenset({"true", "1", "yes", "won", "win"})
_FALSE: Final = frozenset({"false", "0", "no", "lost", "loss"})
_ADVICE: Final = (
    "a bid log has the columns bid_cpm_micros or bid_cpm_dollars, won, price_cpm_micros or price_cpm_dollars, and may "
    "have time and country"
)
_FIRST_PRICE_SHARE: Final = 0.99


@dataclass(frozen=True, eq=False)
class BidLog:
    """Auctions that were bid in.

    Attributes
    ----------
    source : str
        Name of the file.
    bid_cpm_micros : int64 array, shape (n_auctions,)
        What was bid.
    is_won : bool array, shape (n_auctions,)
        Whether the bid won.
    price_cpm_micros : int64 array, shape (n_auctions,)
        What a won auction cost; `NO_PRICE` for a lost one.
    time : datetime64[us] array, shape (n_auctions,), or None
        When it was, where the log tells.
    country : object array of str, shape (n_auctions,), or None
        Where the person was, where the log tells.
    """

    source: str
    bid_cpm_micros: NDArray[np.int64]
    is_won: NDArray[np.bool_]
    price_cpm_micros: NDArray[np.int64]
    time: NDArray[np.datetime64] | None
    country: NDArray[np.object_] | None

    @property
    def n_auctions(self) -> int:
        """Auctions in the log."""
        return int(self.bid_cpm_micros.size)

    def part(self, chosen: NDArray[np.bool_]) -> "BidLog":
        """Return some of the auctions."""
        return BidLog(
            self.source,
            self.bid_cpm_micros[chosen],
            self.is_won[chosen],
            self.price_cpm_micros[chosen],
            None if self.time is None else self.time[chosen],
            None if self.country is None else self.country[chosen],
        )


def read_bid_log(path: str | os.PathLike[str], auction_format: AuctionFormat) -> BidLog:
    """Read a bid log.

    Parameters
    ----------
    path : path-like
        A CSV file with the columns that the module names.
    auction_format : AuctionFormat
        How auctions are priced: it decides what a price tells.

    Returns
    -------
    BidLog

    Raises
    ------
    InputFileError
        If the file is missing or cannot be read.
    CampaignDataError
        If columns are missing or rows cannot be: no bid, neither won nor lost, a price above the bid, a won auction
        without a price where the price is not the bid. It has every such row with its line.
    """
    return _log_of(read_csv_table(path), auction_format)


def bid_log_of(frame: pd.DataFrame, auction_format: AuctionFormat, source: str = "bid log") -> BidLog:
    """Take a table for a bid log; its rows count as lines from 2 on. See `read_bid_log`."""
    return _log_of(parse_csv_table(frame.to_csv(index=False).encode(), source), auction_format)


def _log_of(table: CsvTable, auction_format: AuctionFormat) -> BidLog:
    is_first_price = auction_format is AuctionFormat.FIRST_PRICE
    table.require_columns([BID, (WON,), *([] if is_first_price else [PRICE])], _ADVICE)
    problems = table.problems()
    bid = _amounts(table, BID, problems)
    problems.add(bid <= 0, lambda row: f"expected a bid above 0, got {bid[row]:,g}")
    problems.add(bid > MAX_BID_CPM_MICROS, lambda row: f"a bid of {bid[row] / MICROS:,.0f} is more than any bid can be")
    is_won = _outcomes(table, problems)
    price = _prices(table, bid, is_won, problems, is_needed=not is_first_price)
    time = _times(table, problems) if TIME in table.columns else None
    country = _countries(table, problems) if COUNTRY in table.columns else None
    problems.refuse_if_any()
    if not table.n_rows:
        raise CampaignDataError(f"{table.source}: expected auctions, got a header alone; {_ADVICE}")
    log = BidLog(table.source, bid.astype(np.int64), is_won, price, time, country)
    _refuse_other_format(log, is_first_price)
    return log


def _amounts(table: CsvTable, names: tuple[str, str], problems: RowProblems) -> NDArray[np.float64]:
    """Read amounts per 1,000 impressions in whole micros; NaN where the cell is empty or wrong."""
    name = next((name for name in names if name in table.columns), None)
    if name is None:
        return np.full(table.n_rows, np.nan)
    cells, numbers = table.columns[name], as_numbers(table.columns[name])
    problems.add(
        numbers.is_text, lambda row: f"{name.lower()}: expected a number, got {shown_word(cells[row].as_py())}"
    )
    if names is BID:
        problems.add(numbers.is_blank, lambda _row: f"{name.lower()} is empty")
    return np.rint(numbers.amounts * (1 if name == names[0] else MICROS))


def _outcomes(table: CsvTable, problems: RowProblems) -> NDArray[np.bool_]:
    cells = pc.utf8_lower(table.columns[WON])
    is_won, is_lost = (
        pc.is_in(cells, pa.array(sorted(words), pa.string())).to_numpy(zero_copy_only=False)
        for words in (_TRUE, _FALSE)
    )
    problems.add(
        ~is_won & ~is_lost,
        lambda row: f"won: expected true or false, got {shown_word(table.columns[WON][row].as_py())}",
    )
    outcomes: NDArray[np.bool_] = is_won
    return outcomes


def _prices(
    table: CsvTable,
    bid: NDArray[np.float64],
    is_won: NDArray[np.bool_],
    problems: RowProblems,
    *,
    is_needed: bool,
) -> NDArray[np.int64]:
    price = _amounts(table, PRICE, problems)
    problems.add(price < 0, lambda row: f"the price is negative, {price[row] / MICROS:,.2f}")
    problems.add(
        is_won & (price > bid),
        lambda row: f"a price of {price[row] / MICROS:,.2f} for a bid of {bid[row] / MICROS:,.2f}",
    )
    problems.add(
        ~is_won & (price > 0), lambda row: f"a price of {price[row] / MICROS:,.2f} for an auction that was lost"
    )
    if is_needed:
        problems.add(
            is_won & np.isnan(price) & ~problems.is_wrong,
            lambda _row: "a won auction without a price; give what it paid",
        )
    return np.where(is_won, np.nan_to_num(price, nan=NO_PRICE), NO_PRICE).astype(np.int64)


def _times(table: CsvTable, problems: RowProblems) -> NDArray[np.datetime64]:
    cells = table.columns[TIME]
    read = pd.to_datetime(cells.to_pandas(), format="ISO8601", errors="coerce", utc=True)
    problems.add(
        read.isna().to_numpy(),
        lambda row: f"expected a time such as 2026-11-02T13:45:00Z, got {shown_word(cells[row].as_py())}",
    )
    times: NDArray[np.datetime64] = read.dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    return times


def _countries(table: CsvTable, problems: RowProblems) -> NDArray[np.object_]:
    cells = table.columns[COUNTRY]
    is_country = pc.match_substring_regex(cells, "^[A-Z]{2}$").to_numpy(zero_copy_only=False)
    problems.add(
        ~is_country, lambda row: f"expected a country as two capitals, such as US, got {shown_word(cells[row].as_py())}"
    )
    countries: NDArray[np.object_] = cells.to_numpy(zero_copy_only=False)
    return countries


def _refuse_other_format(log: BidLog, is_first_price: bool) -> None:
    """Refuse a log whose prices show that it is of another format than the scenario's auctions."""
    priced = log.is_won & (log.price_cpm_micros != NO_PRICE)
    if not priced.any():
        return
    share_at_bid = float((log.price_cpm_micros[priced] == log.bid_cpm_micros[priced]).mean())
    if not is_first_price and share_at_bid > _FIRST_PRICE_SHARE:
        raise CampaignDataError(
            f"{log.source}: expected prices below bids, as the scenario's auctions are not first price, got the bids "
            "themselves for prices; set auction.format to first_price or give the prices that were paid"
        )
    if is_first_price and share_at_bid < 1 - _FIRST_PRICE_SHARE:
        raise CampaignDataError(
            f"{log.source}: expected prices that are the bids themselves, as in the scenario's first-price auctions, "
            "got lower ones; set auction.format to second_price or leave the prices out"
        )
