from pathlib import Path

import pytest

from simulator.calibration.saved_calibration import SavedCalibration
from simulator.scenario import Lever, Scenario, load_scenario
from simulator.what_if import ParameterDraws
from workbench.universe import Universe

SCENARIO = Path(__file__).parents[3] / "data" / "samples" / "scenario.json"


@pytest.fixture(autouse=True)
def _own_cache_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture
def scenario(sample_universe: Universe) -> Scenario:
    loaded = load_scenario(SCENARIO)
    # Amounts of its own, so that the sample scenario may change without its tests.
    (campaign,) = loaded.base.campaigns
    amounts = ((4_500_000, 15_000_000), (5_000_000, 50_000_000))
    ad_groups = tuple(
        group.model_copy(update={"bid_cpm_micros": bid, "budget_micros": budget})
        for group, (bid, budget) in zip(campaign.ad_groups, amounts, strict=True)
    )
    update = {
        "universe": str(sample_universe.path),
        "flight": loaded.base.flight.model_copy(update={"n_days": 2}),
        "campaigns": (campaign.model_copy(update={"ad_groups": ad_groups}),),
    }
    return Scenario(name="Test", base=loaded.base.model_copy(update=update))


@pytest.fixture
def calibration() -> SavedCalibration:
    """What a report said of the market: rivals bid more than the scenario assumes, how much more is not known well."""
    median = "market.rival_bid_cpm_micros"
    draws = ParameterDraws.of(*({median: 4_000_000 + 20_000 * number} for number in range(60)))
    return SavedCalibration(
        scenario="Test",
        report="last-month.csv",
        n_days=14,
        levers=(Lever(path=median, value=4_500_000),),
        draws=draws,
        not_identified=("Spread of rivals' bids (one bid says nothing of it)",),
    )
