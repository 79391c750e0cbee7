"""The pacer: once a tick it sets the bids of all ad groups for the traffic that is to come."""

from collections.abc import Generator

import simpy

from simulator.config import HOURS_PER_DAY, Traffic
from simulator.delivery import TICK_HOURS, Delivery, TrafficShare
from simulator.pacing import TRAFFIC_SHARE_SCALE


def pacer(env: simpy.Environment, delivery: Delivery) -> Generator[simpy.Event, None, None]:
    """Steer every STANDARD ad group towards its share of the day's or the flight's traffic."""
    passed_ppm = cumulative_share_ppm(delivery.config.traffic)
    n_days = delivery.config.flight.n_days
    while True:
        yield env.timeout(TICK_HOURS)
        day, hour_of_day = divmod(int(env.now), HOURS_PER_DAY)
        last_hour = (hour_of_day - TICK_HOURS) % HOURS_PER_DAY
        last_ppm = passed_ppm[last_hour + 1] - passed_ppm[last_hour]
        remaining_ppm = TRAFFIC_SHARE_SCALE - passed_ppm[hour_of_day]
        delivery.pace(
            day=TrafficShare(last_ppm, remaining_ppm),
            flight=TrafficShare(last_ppm, (n_days - day - 1) * TRAFFIC_SHARE_SCALE + remaining_ppm),
        )


def cumulative_share_ppm(traffic: Traffic) -> list[int]:
    """Return the share of a day's expected traffic that has passed at each full hour, 0 to 24, in millionths."""
    shares = [traffic.share_of_day(hour) for hour in range(HOURS_PER_DAY)]
    return [round(sum(shares[:hour]) * TRAFFIC_SHARE_SCALE) for hour in range(HOURS_PER_DAY + 1)]
