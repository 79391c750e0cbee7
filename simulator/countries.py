"""In which country every account is, as one small number an account."""

from typing import NamedTuple, Self, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.config import RunConfig
from workbench.universe import Universe

T = TypeVar("T", bound=np.generic)


class Countries(NamedTuple):
    """The countries of a universe.

    Attributes
    ----------
    names : tuple of str
        Countries that have an account, in the order of the alphabet.
    of_account : uint16 array, shape (n_accounts,)
        Place of each account's country among them.
    """

    names: tuple[str, ...]
    of_account: NDArray[np.uint16]

    @classmethod
    def of(cls, universe: Universe) -> Self:
        """Read the countries of a universe's accounts."""
        column = universe.accounts(columns=["country"])["country"]
        found = pd.Categorical(column).remove_unused_categories()
        names = sorted(found.categories)
        return cls(tuple(names), found.reorder_categories(names).codes.astype(np.uint16))

    def spread(self, of_country: NDArray[T]) -> NDArray[T]:
        """Give each account what its country has: an array of shape (n_accounts,) from one of (n_countries,)."""
        return of_country[self.of_account]


def warnings_about_countries(config: RunConfig, countries: Countries) -> tuple[str, ...]:
    """Return one sentence for each setting of traffic and market that is about nobody, or leaves nobody.

    Parameters
    ----------
    config : RunConfig
        Names countries.
    countries : Countries
        Those that there are.
    """
    traffic, market = config.traffic, config.market
    named = {
        "traffic.hourly_profiles": set(traffic.hourly_profiles),
        "traffic.country_weights": set(traffic.country_weights),
        "market.bid_floors_cpm_micros": set(market.bid_floors_cpm_micros),
        "market.landscapes": {each.country for each in market.landscapes if each.country is not None},
    }
    texts = [
        f"No account of this universe is in {country}, which {setting} names."
        for setting, found in named.items()
        for country in sorted(found - set(countries.names))
    ]
    if all(traffic.country_weights.get(country) == 0 for country in countries.names):
        texts.append("There is no traffic: traffic.country_weights gives 0 to every country of this universe.")
    return tuple(texts)
