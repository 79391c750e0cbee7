"""In which country every account is, as one small number an account."""

from typing import NamedTuple, Self, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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
