"""How often people give an opportunity to show an ad, by hour and country."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from simulator.config.flight import HOURS_PER_DAY
from workbench.validation import Written

# fmt: off
EVENING_PROFILE = (
    1.4, 0.9, 0.6, 0.5, 0.5, 0.7, 1.4, 2.4, 3.3, 3.9, 4.3, 4.7,
    5.0, 5.0, 4.9, 5.0, 5.3, 5.8, 6.6, 7.6, 8.6, 8.8, 7.2, 4.6,
)
# fmt: on
"""Relative traffic by hour of the day (UTC), midnight first: an illustrative evening-heavy day, not measured data."""

Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="a country as two capitals, such as US")]
HourlyProfile = Annotated[
    tuple[Annotated[float, Field(ge=0, le=1_000_000)], ...], Field(min_length=HOURS_PER_DAY, max_length=HOURS_PER_DAY)
]


class Traffic(Written):
    """How often people give an opportunity to show an ad: a page with one slot or several.

    Attributes
    ----------
    opportunities_per_account_day : float
        Opportunities that an average account gives a day; activity makes some accounts give many more.
    hourly_profile : tuple of 24 floats
        Relative traffic by hour of the day (UTC), midnight first; only the proportions matter.
    hourly_profiles : dict of country to tuple of 24 floats
        The same for countries whose day is another one.
    country_weights : dict of country to float
        How active the average account of a country is against one of the others, which have 1.
    """

    opportunities_per_account_day: float = Field(default=2.0, gt=0, le=1_000)
    hourly_profile: HourlyProfile = EVENING_PROFILE
    hourly_profiles: dict[Country, HourlyProfile] = Field(default_factory=dict)
    country_weights: dict[Country, Annotated[float, Field(ge=0, le=1_000)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_traffic(self) -> Self:
        for country, profile in {"": self.hourly_profile, **self.hourly_profiles}.items():
            if sum(profile) <= 0:
                of_country = f" for {country}" if country else ""
                raise ValueError(f"an hourly profile{of_country} needs traffic in at least one hour")
        return self

    def profile_of(self, country: str) -> tuple[float, ...]:
        """Return the hourly profile of one country."""
        return self.hourly_profiles.get(country, self.hourly_profile)

    def share_of_day(self, hour_of_day: int) -> float:
        """Return the share of a day's traffic that falls into one hour, where a country has no profile of its own."""
        return self.hourly_profile[hour_of_day] / sum(self.hourly_profile)
