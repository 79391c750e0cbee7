"""Digests of identifiers: what a customer list is reduced to, and all that is ever kept of it.

An *identifier* (an e-mail address or an Android advertising id) exists in plain form only while a chunk of the file is
in memory. What remains is its *digest*, of one of three kinds, told apart by length alone.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_DIGEST_BYTES = 32


class ListType(StrEnum):
    """What a customer list holds; an account's identifiers are of the same two kinds."""

    EMAIL = "EMAIL"
    MAID = "MAID"


class DigestKind(StrEnum):
    """The hash functions that the platform accepts."""

    MD5 = "MD5"
    SHA1 = "SHA1"
    SHA256 = "SHA256"

    @property
    def n_bytes(self) -> int:
        """Length of a digest of this kind in bytes; in hexadecimal it is twice as long."""
        return _N_BYTES[self]

    @property
    def code(self) -> int:
        """The number that stands for this kind in `Digests.kinds`."""
        return _CODES[self]


_N_BYTES = {DigestKind.MD5: 16, DigestKind.SHA1: 20, DigestKind.SHA256: 32}
_CODES = {kind: code for code, kind in enumerate(DigestKind)}


class Digests:
    """The digests of a list's valid records, in file order; immutable.

    Parameters
    ----------
    kinds : uint8 array, shape (n,)
        `DigestKind.code` of every digest.
    values : uint8 array, shape (n, 32)
        The digests, padded with zeros on the right. Both arrays are taken over, not copied, and made read-only.

    Raises
    ------
    ValueError
        If the shapes disagree.
    """

    __slots__ = ("kinds", "values")

    kinds: NDArray[np.uint8]
    values: NDArray[np.uint8]

    def __init__(self, kinds: NDArray[np.uint8], values: NDArray[np.uint8]) -> None:
        if kinds.ndim != 1 or values.shape != (kinds.size, MAX_DIGEST_BYTES):
            raise ValueError(f"expected kinds (n,) and values (n, 32), got {kinds.shape} and {values.shape}")
        for name, array in (("kinds", kinds), ("values", values)):
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @classmethod
    def empty(cls) -> "Digests":
        """Return no digests."""
        return cls(np.empty(0, dtype=np.uint8), np.empty((0, MAX_DIGEST_BYTES), dtype=np.uint8))

    @classmethod
    def of_kind(cls, kind: DigestKind, values: NDArray[np.uint8]) -> "Digests":
        """Return digests that are all of one kind.

        Parameters
        ----------
        kind : DigestKind
            Kind of all of them.
        values : uint8 array, shape (n, kind.n_bytes)
            The digests, without padding.
        """
        padded = np.zeros((len(values), MAX_DIGEST_BYTES), dtype=np.uint8)
        padded[:, : kind.n_bytes] = values
        return cls(np.full(len(values), kind.code, dtype=np.uint8), padded)

    def select(self, kind: DigestKind) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """Return where the digests of one kind stand, and the digests.

        Returns
        -------
        positions : int64 array, shape (m,)
            Their positions among all digests, ascending.
        values : uint8 array, shape (m, kind.n_bytes)
            Their bytes, without padding.
        """
        positions = np.flatnonzero(self.kinds == kind.code)
        return positions, np.ascontiguousarray(self.values[positions, : kind.n_bytes])

    def rows_by_kind(self) -> Iterator[tuple[DigestKind, NDArray[np.int64] | None]]:
        """Yield each kind that occurs, with the rows that are of it, ascending; None stands for all rows."""
        for kind in DigestKind:
            is_of_kind = self.kinds == kind.code
            n_of_kind = np.count_nonzero(is_of_kind)
            if n_of_kind == len(self) > 0:
                yield kind, None
            elif n_of_kind:
                yield kind, np.flatnonzero(is_of_kind)

    def __len__(self) -> int:
        return int(self.kinds.size)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"digests cannot be changed, and {name!r} was; make new ones")

    def __reduce__(self) -> tuple[Any, tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
        return Digests, (np.array(self.kinds), np.array(self.values))

    def __repr__(self) -> str:
        return f"Digests(n={len(self)})"
