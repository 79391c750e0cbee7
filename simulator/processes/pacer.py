"""The pacer: once a tick it compares what was spent with the traffic that has passed, for all ad groups at once."""

from collections.abc import Generator

import simpy

from simulator.config import HOURS_PER_DAY, Traffic
from simulator.delivery import TICK_HOURS, Delivery
from simulator.kernels.pacing import TRAFFIC_SHARE_SCALE


def pacer(env: simpy.Environment, delivery: Delivery) -> Generator[simpy.Event, None, None]:
    """Steer every STANDARD ad group towards its share of the day's or the flight's traffic."""
    passed_by_hour = cumulative_share_ppm(delivery.config.traffic)
    n_days = delivery.config.flight.n_days
    while True:
        day, hour_of_day = divmod(int(env.now), HOURS_PER_DAY)
        day_share = passed_by_hour[hour_of_day]
        delivery.pace(day_share, (day * TRAFFIC_SHARE_SCALE + day_share) // n_days)
        yield env.timeout(TICK_HOURS)


def cumulative_share_ppm(traffic: Traffic) -> list[int]:
    """Return the share of a day's expected traffic that has passed when each hour begins, in millionths."""
    shares = [traffic.share_of_day(hour) for hour in range(HOURS_PER_DAY)]
    return [round(sum(shares[:hour]) * TRAFFIC_SHARE_SCALE) for hour in range(HOURS_PER_DAY)]
