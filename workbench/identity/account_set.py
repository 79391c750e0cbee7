"""Sets of accounts as bitsets: one bit per account of a universe, 64 to a word.

An audience, the accounts that a targeting admits and the accounts that an ad group can bid on are all the same kind of
thing, so they share this one type. A bitset over 200,000 accounts is 25 kB; union, intersection and difference are one
NumPy pass over the words. The set is immutable, so it can be handed to threads and kept as a dictionary key.

What is deliberately absent: names, ids and anything else about an account. Member number ``i`` is row ``i`` of the
universe's accounts table and nothing more.
"""

import struct
from collections.abc import Iterable, Iterator
from operator import index
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

WORD_BITS = 64

# Serialised form: this mark, a format version, the number of accounts, then the words, all little-endian.
_MARK = b"ACST"
_VERSION = 1
_HEADER = struct.Struct("<4sIQ")
_WORD = np.dtype("<u8")


class AccountSet:
    """An immutable set of accounts ``0 .. n_accounts - 1``.

    Build one with `from_indices`, `from_mask`, `empty` or `full`. Sets of universes of different size never mix:
    every operator on them raises ValueError, except ``==``, which is simply False.

    Parameters
    ----------
    words : uint64 array, shape (ceil(n_accounts / 64),)
        Bit ``i % 64`` of word ``i // 64`` says whether account ``i`` is a member; bits past the last account are 0.
        The array is copied.
    n_accounts : int
        Number of accounts in the universe, 0 or more.

    Raises
    ------
    ValueError
        If the words do not fit ``n_accounts``.
    """

    __slots__ = ("_n_accounts", "_size", "_words")

    def __init__(self, words: ArrayLike, n_accounts: int) -> None:
        own_words = np.array(words, dtype=_WORD)
        n_words = _n_words(n_accounts)
        if own_words.shape != (n_words,):
            raise ValueError(f"expected {n_words} words for {n_accounts} accounts, got shape {own_words.shape}")
        if n_accounts % WORD_BITS and int(own_words[-1]) >> (n_accounts % WORD_BITS):
            raise ValueError(f"expected no member past the last of {n_accounts} accounts, got one; clear its bit")
        own_words.flags.writeable = False
        self._words = own_words
        self._n_accounts = n_accounts
        self._size = int(np.bitwise_count(own_words).sum(dtype=np.int64))

    @classmethod
    def empty(cls, n_accounts: int) -> "AccountSet":
        """Return the set without members."""
        return cls(np.zeros(_n_words(n_accounts), dtype=_WORD), n_accounts)

    @classmethod
    def full(cls, n_accounts: int) -> "AccountSet":
        """Return the set of every account."""
        return cls.from_mask(np.ones(_checked_n_accounts(n_accounts), dtype=np.bool_))

    @classmethod
    def from_mask(cls, mask: ArrayLike) -> "AccountSet":
        """Return the accounts where a mask is true.

        Parameters
        ----------
        mask : bool array, shape (n_accounts,)
            One entry per account.

        Raises
        ------
        ValueError
            If the mask is not a one-dimensional bool array; an array of account numbers goes to `from_indices`.
        """
        mask = np.asarray(mask)
        if mask.dtype != np.bool_ or mask.ndim != 1:
            raise ValueError(
                f"expected a bool array with one dimension, got {mask.dtype} with {mask.ndim}; "
                "use from_indices for account numbers"
            )
        packed = np.zeros(_n_words(mask.size) * _WORD.itemsize, dtype=np.uint8)
        packed[: -(-mask.size // 8)] = np.packbits(mask, bitorder="little")
        return cls(packed.view(_WORD), mask.size)

    @classmethod
    def from_indices(cls, indices: Iterable[int] | ArrayLike, n_accounts: int) -> "AccountSet":
        """Return the accounts with the given numbers.

        Parameters
        ----------
        indices : int array or iterable of int, shape (n,)
            Account numbers in any order; repeats count once.
        n_accounts : int
            Number of accounts in the universe.

        Raises
        ------
        ValueError
            If a number is below 0, not below ``n_accounts``, or not a whole number.
        """
        numbers = np.asarray(indices if isinstance(indices, np.ndarray) else list(indices))  # type: ignore[arg-type]
        if numbers.size and numbers.dtype.kind not in "iu":
            raise ValueError(f"expected account numbers (integers), got {numbers.dtype}; use from_mask for a mask")
        if numbers.size and not (numbers.min() >= 0 and numbers.max() < n_accounts):
            raise ValueError(
                f"expected account numbers from 0 to {n_accounts - 1}, got {numbers.min()} to {numbers.max()}"
            )
        mask = np.zeros(_checked_n_accounts(n_accounts), dtype=np.bool_)
        mask[numbers.astype(np.int64)] = True
        return cls.from_mask(mask)

    @property
    def n_accounts(self) -> int:
        """Number of accounts in the universe, members or not."""
        return self._n_accounts

    @property
    def words(self) -> NDArray[np.uint64]:
        """The bits themselves, read-only: uint64 array, shape (ceil(n_accounts / 64),)."""
        return self._words

    def indices(self) -> NDArray[np.int64]:
        """Return the member accounts, ascending: int64 array, shape (len(self),)."""
        return np.flatnonzero(self.mask()).astype(np.int64, copy=False)

    def mask(self) -> NDArray[np.bool_]:
        """Return membership as a bool array, shape (n_accounts,)."""
        bits = np.unpackbits(self._words.view(np.uint8), count=self._n_accounts, bitorder="little")
        return bits.view(np.bool_)

    def n_overlap(self, other: "AccountSet") -> int:
        """Return how many accounts are in both sets, without building the intersection's set."""
        self._require_same_universe(other)
        return int(np.bitwise_count(self._words & other._words).sum(dtype=np.int64))

    def isdisjoint(self, other: "AccountSet") -> bool:
        """Return whether no account is in both sets."""
        self._require_same_universe(other)
        return not bool(np.any(self._words & other._words))

    def to_bytes(self) -> bytes:
        """Return a compact form that `from_bytes` reads on any machine."""
        return _HEADER.pack(_MARK, _VERSION, self._n_accounts) + self._words.tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> "AccountSet":
        """Return the set that `to_bytes` wrote.

        Raises
        ------
        ValueError
            If the bytes are cut short, damaged or of another version.
        """
        mark, version, n_accounts = _HEADER.unpack_from(data) if len(data) >= _HEADER.size else (b"", 0, 0)
        if (mark, version) != (_MARK, _VERSION):
            raise ValueError("expected the bytes of a saved account set, got something else; save the set again")
        n_bytes = _HEADER.size + _n_words(n_accounts) * _WORD.itemsize
        if len(data) != n_bytes:
            raise ValueError(f"expected a saved account set of {n_bytes} bytes, got {len(data)}; save the set again")
        return cls(np.frombuffer(data, dtype=_WORD, offset=_HEADER.size), n_accounts)

    def __len__(self) -> int:
        return self._size

    def __contains__(self, account: object) -> bool:
        try:
            number = index(account)  # type: ignore[arg-type]
        except TypeError:
            return False
        if not 0 <= number < self._n_accounts:
            return False
        return bool((int(self._words[number // WORD_BITS]) >> (number % WORD_BITS)) & 1)

    def __iter__(self) -> Iterator[int]:
        return iter(self.indices().tolist())

    def __or__(self, other: object) -> "AccountSet":
        if not isinstance(other, AccountSet):
            return NotImplemented
        self._require_same_universe(other)
        return AccountSet(self._words | other._words, self._n_accounts)

    def __and__(self, other: object) -> "AccountSet":
        if not isinstance(other, AccountSet):
            return NotImplemented
        self._require_same_universe(other)
        return AccountSet(self._words & other._words, self._n_accounts)

    def __sub__(self, other: object) -> "AccountSet":
        if not isinstance(other, AccountSet):
            return NotImplemented
        self._require_same_universe(other)
        return AccountSet(self._words & ~other._words, self._n_accounts)

    def __le__(self, other: object) -> bool:
        if not isinstance(other, AccountSet):
            return NotImplemented
        self._require_same_universe(other)
        return not bool(np.any(self._words & ~other._words))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AccountSet):
            return NotImplemented
        return self._n_accounts == other._n_accounts and bool(np.array_equal(self._words, other._words))

    def __hash__(self) -> int:
        return hash((self._n_accounts, self._words.tobytes()))

    def __reduce__(self) -> tuple[Any, tuple[bytes]]:
        return AccountSet.from_bytes, (self.to_bytes(),)

    def __repr__(self) -> str:
        return f"AccountSet(n_accounts={self._n_accounts}, size={self._size})"

    def _require_same_universe(self, other: "AccountSet") -> None:
        if self._n_accounts != other._n_accounts:
            raise ValueError(
                f"expected two sets of the same universe, got {self._n_accounts} and {other._n_accounts} accounts; "
                "populate both audiences from one universe"
            )


def _checked_n_accounts(n_accounts: int) -> int:
    if n_accounts < 0:
        raise ValueError(f"expected 0 or more accounts, got {n_accounts}")
    return n_accounts


def _n_words(n_accounts: int) -> int:
    return -(-_checked_n_accounts(n_accounts) // WORD_BITS)
