"""Lists of charges that shards tell each other."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.kernels.tables import CHARGE_MASK, CHARGE_SHIFT


class Charges(NamedTuple):
    """Charges in the order of their opportunities.

    Attributes
    ----------
    keys : int64 array, shape (n,)
        Position in the tick and ad group, see `simulator.kernels.tables.ChargeLog`; ascending, each once.
    micros : int64 array, shape (n,)
        What was charged, micro-currency.
    """

    keys: NDArray[np.int64]
    micros: NDArray[np.int64]

    @classmethod
    def none(cls) -> "Charges":
        """Return no charges."""
        return cls(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))

    @classmethod
    def joined(cls, parts: Sequence["Charges"]) -> "Charges":
        """Join lists into one."""
        keys, micros = (np.concatenate(column) for column in zip(cls.none(), *parts, strict=True))
        order = np.argsort(keys)
        return cls(keys[order], micros[order])

    @property
    def positions(self) -> NDArray[np.int64]:
        """Positions of the opportunities in their tick: int64 array, shape (n,)."""
        return self.keys >> CHARGE_SHIFT

    def where(self, is_kept: NDArray[np.bool_]) -> "Charges":
        """Return some of the charges: bool array, shape (n,)."""
        return Charges(self.keys[is_kept], self.micros[is_kept])

    def of(self, is_meant: NDArray[np.bool_]) -> "Charges":
        """Return the charges of some ad groups: bool array, shape (n_ad_groups,)."""
        return self.where(is_meant[self.keys & CHARGE_MASK])

    def since(self, position: int) -> "Charges":
        """Return the charges at a position and after it."""
        first = int(np.searchsorted(self.keys, position << CHARGE_SHIFT))
        return Charges(self.keys[first:], self.micros[first:])

    def first_difference(self, other: "Charges") -> int | None:
        """Return the first position at which two lists do not say the same; None if they do everywhere."""
        n = min(self.keys.size, other.keys.size)
        differs = (self.keys[:n] != other.keys[:n]) | (self.micros[:n] != other.micros[:n])
        if differs.any():
            place = int(differs.argmax())
            return int(min(self.keys[place], other.keys[place])) >> CHARGE_SHIFT
        rest = (self if self.keys.size > n else other).keys[n:]
        return int(rest[0]) >> CHARGE_SHIFT if rest.size else None
