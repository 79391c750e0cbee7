import numpy as np
import pytest

from simulator.calibration.bid_log import NO_PRICE, read_bid_log
from simulator.config import AuctionFormat
from simulator.errors import CampaignDataError

SECOND, FIRST = AuctionFormat.SECOND_PRICE, AuctionFormat.FIRST_PRICE
HEADER = "bid_cpm_micros,won,price_cpm_micros,time,country"
GOOD = ["4000000,true,2500000,2026-11-02T10:15:00Z,US", "3000000,false,,2026-11-02T10:16:00Z,GB"]


@pytest.fixture
def log_of(tmp_path):
    def read(*lines: str, auction_format=SECOND):
        path = tmp_path / "bids.csv"
        path.write_text("\n".join(lines))
        return read_bid_log(path, auction_format)

    return read


def test_a_log_is_read(log_of):
    log = log_of(HEADER, *GOOD)
    assert log.bid_cpm_micros.tolist() == [4_000_000, 3_000_000]
    assert log.is_won.tolist() == [True, False]
    assert log.price_cpm_micros.tolist() == [2_500_000, NO_PRICE]
    assert log.time[0] == np.datetime64("2026-11-02T10:15:00")
    assert log.country.tolist() == ["US", "GB"]
    assert log.part(log.country == "GB").n_auctions == 1


def test_dollars_and_other_words_for_won_are_read(log_of):
    log = log_of("Bid_CPM_Dollars;Won;Price_CPM_Dollars", "4.00;WIN;2.5", "3;0;0")
    assert log.bid_cpm_micros.tolist() == [4_000_000, 3_000_000]
    assert log.price_cpm_micros.tolist() == [2_500_000, NO_PRICE]
    assert log.time is None
    assert log.country is None


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("0,true,0,2026-11-02,US", "expected a bid above 0, got 0"),
        ("x,true,0,2026-11-02,US", "bid_cpm_micros: expected a number"),
        (",true,0,2026-11-02,US", "bid_cpm_micros is empty"),
        ("1e15,true,0,2026-11-02,US", "is more than any bid can be"),
        ("4000000,maybe,0,2026-11-02,US", "won: expected true or false"),
        ("4000000,true,4000001,2026-11-02,US", "a price of 4.00 for a bid of 4.00"),
        ("4000000,true,-1,2026-11-02,US", "the price is negative"),
        ("4000000,true,,2026-11-02,US", "a won auction without a price"),
        ("4000000,false,3000000,2026-11-02,US", "for an auction that was lost"),
        ("4000000,false,,yesterday,US", "expected a time such as"),
        ("4000000,false,,2026-11-02,usa", "expected a country as two capitals"),
        ("4000000,false", "expected 5 cells"),
    ],
)
def test_an_impossible_row_is_refused_with_its_line(log_of, line, fault):
    with pytest.raises(CampaignDataError, match=fault) as refused:
        log_of(HEADER, *GOOD, line)
    assert {problem.line_number for problem in refused.value.problems} == {4}


def test_missing_columns_are_named(log_of):
    with pytest.raises(CampaignDataError, match=r"BID_CPM_DOLLARS \(did you mean your column BID_CPM\?"):
        log_of("bid_cpm,won,price_cpm_micros", "1,true,1")


def test_first_prices_need_no_price_and_refuse_lower_ones(log_of):
    assert log_of("bid_cpm_micros,won", "4000000,true", "3000000,false", auction_format=FIRST).n_auctions == 2
    with pytest.raises(CampaignDataError, match="prices that are the bids themselves"):
        log_of(HEADER, *GOOD, auction_format=FIRST)


def test_prices_that_are_the_bids_are_no_second_prices(log_of):
    with pytest.raises(CampaignDataError, match="got the bids themselves for prices"):
        log_of("bid_cpm_micros,won,price_cpm_micros", "4000000,true,4000000", "3000000,true,3000000")


def test_a_log_without_auctions_is_refused(log_of):
    with pytest.raises(CampaignDataError, match="a header alone"):
        log_of(HEADER)
