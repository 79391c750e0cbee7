"""What follows an impression: a click, a view, a conversion and when."""

from dataclasses import dataclass

from tests.simulator.naive.draws import key, lane_draw
from tests.simulator.naive.tables import delay_hours

CERTAIN = 2**32


@dataclass
class Response:
    """What one person does; delay_hours is None where there is no conversion that counts."""

    is_click: bool
    is_view: bool
    delay_hours: int | None


def chance_of_action(rate, lift, response_factor, person_factor):
    """Return the chance of a click or a view, in 2^-32."""
    chance = int(min(1.0, rate * lift) * CERTAIN)
    chance = chance * round(response_factor * 2**20) >> 20
    return min(CERTAIN, chance * person_factor >> 20)


def respond(rng_seed, opportunity, number, ad_group, lift, response_factor, person_factor):
    """Draw what a person does who sees an ad of ad group ``number``."""

    def chance_of(rate):
        return chance_of_action(rate, lift, response_factor, person_factor)

    responses = key(rng_seed, "response")
    is_click = lane_draw(key(rng_seed, "click"), opportunity, number) >> 32 < chance_of(ad_group.click_rate)
    is_view = lane_draw(responses, opportunity, 4 * number) >> 32 < chance_of(ad_group.view_rate)
    if is_click:
        conversion, window_days = int(ad_group.conversion_rate * CERTAIN), ad_group.click_window_days
    else:
        conversion = int(min(1.0, ad_group.view_conversion_rate * lift) * CERTAIN)
        window_days = ad_group.view_window_days
    delay = None
    if lane_draw(responses, opportunity, 4 * number + 1) >> 32 < conversion:
        delay = delay_hours(ad_group.conversion_delay_hours, lane_draw(responses, opportunity, 4 * number + 2))
    return Response(is_click, is_view, delay if delay is not None and delay <= window_days * 24 else None)


def drawn_ad(rng_seed, opportunity, number, live):
    """Return which of the live ads is shown."""
    return live[(lane_draw(key(rng_seed, "ad"), opportunity, number) >> 32) * len(live) >> 32]
