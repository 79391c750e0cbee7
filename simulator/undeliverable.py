"""Ad groups that cannot deliver, or not to everybody, whoever comes by: told before somebody looks for the reason."""

import numpy as np
from numpy.typing import NDArray

from simulator.config import RunConfig
from simulator.fixed_point import base_bid_micros, event_rate
from simulator.kernels.tables import RATE_ONE
from simulator.money import POLICY_CODES, bid_per_impression_micros, effective_bid_micros


def warnings_about_schedules(
    config: RunConfig, hourly_opportunities: NDArray[np.float64], may_run: NDArray[np.bool_]
) -> list[str]:
    """Warn about own ad groups whose schedule has nothing in common with the flight's traffic.

    Parameters
    ----------
    config : RunConfig
        What is run.
    hourly_opportunities : float64 array, shape (n_hours,)
        Opportunities that each hour of the flight is expected to bring.
    may_run : bool array, shape (n_hours, n_all_ad_groups)
        From `simulator.schedule.hours_to_run`.

    Returns
    -------
    list of str
        One sentence each; none where there is no traffic at all.
    """
    has_traffic = hourly_opportunities > 0
    meets_traffic = np.any(may_run[has_traffic], axis=0)
    return [
        f"Ad group {ad_group.ad_group_id} never runs: its start_time, end_time and active_hours leave no hour of this "
        "flight that has traffic; correct one of them."
        for number, ad_group in enumerate(config.ad_groups)
        if has_traffic.any() and not meets_traffic[number]
    ]


def warnings_about_floors(config: RunConfig, fees_bp: list[set[int]]) -> list[str]:
    """Warn about bids that the market never accepts, as they are or once they are lowered for a data fee.

    Parameters
    ----------
    config : RunConfig
        What is run.
    fees_bp : list of set of int
        Data fees that each own ad group may have to pay, basis points.

    Returns
    -------
    list of str
        One sentence each.
    """
    floor_cpm = min([config.market.bid_floor_cpm_micros, *config.market.bid_floors_cpm_micros.values()])
    policy_code = POLICY_CODES[config.third_party_data.bid_reduction_policy]
    warnings = []
    for number, ad_group in enumerate(config.ad_groups):
        bid, rate = base_bid_micros(ad_group, config.market), event_rate(ad_group)
        floor_micros = -(-bid_per_impression_micros(floor_cpm) * RATE_ONE // rate)
        too_dear = [fee for fee in fees_bp[number] if effective_bid_micros(bid, fee, policy_code) < floor_micros]
        if bid < floor_micros:
            warnings.append(
                f"Ad group {ad_group.ad_group_id} bids below the market's floor and cannot deliver; raise its bid."
            )
        elif too_dear:
            warnings.append(
                f"Ad group {ad_group.ad_group_id}: lowered for a data fee of {min(too_dear) / 100:.1f} % its bid is "
                "below the market's floor, so people reached through that segment see nothing; raise its bid."
            )
    return warnings
