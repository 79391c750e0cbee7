"""Sets of accounts as bitsets: one bit per account of a universe, 64 to a word.

An audience, the accounts that a targeting admits and the accounts that an ad group can bid on are all the same kind of
thing, so they share this one type. A bitset over 200,000 accounts is 25 kB; union, intersection and difference are one
NumPy pass over the words. The set is immutable, so it can be handed to threads and kept as a dictionary key.

What is deliberately absent: names, ids and anything else about an account. Member number ``i`` is row ``i`` of the
universe's accounts table and nothing more.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from operator import index
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import ArrayLike, NDArray

WORD_BITS = 64

# Serialised form: this mark, a format version, the number of accounts and a CRC-32 of what follows, little-endian.
_MARK = b"ACST"
_VERSION = 2
_HEADER = struct.Struct("<4sIQQ")
_MAX_SAVED = 1 << 32

_UNCOUNTED = -1
_ITERATED_WORDS = 1024
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
        self._adopt(own_words, n_accounts)

    def _adopt(self, words: NDArray[np.uint64], n_accounts: int) -> None:
        words.flags.writeable = False
        self._words = words
        self._n_accounts = n_accounts
        self._size = _UNCOUNTED

    @classmethod
    def _of_own(cls, words: NDArray[np.uint64], n_accounts: int) -> "AccountSet":
        """Return the set of words that were made here, that fit, and that nobody else holds."""
        made = object.__new__(cls)
        made._adopt(words, n_accounts)
        return made

    @classmethod
    def empty(cls, n_accounts: int) -> "AccountSet":
        """Return the set without members."""
        return cls._of_own(np.zeros(_n_words(n_accounts), dtype=_WORD), n_accounts)

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
        return cls._of_own(packed.view(_WORD), mask.size)

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

    @classmethod
    def combined(cls, include: Sequence["AccountSet"], exclude: Sequence["AccountSet"] = ()) -> "AccountSet":
        """Return the accounts that are in any of some sets and in none of others, in one pass over all of them.

        Parameters
        ----------
        include : sequence of AccountSet
            At least one.
        exclude : sequence of AccountSet
            Exclude wins.

        Raises
        ------
        ValueError
            If there is nothing to include, or the sets are of different universes.
        """
        if not include:
            raise ValueError("expected at least one set to include, got none; use AccountSet.empty for nobody")
        for other in (*include, *exclude):
            include[0]._require_same_universe(other)
        from workbench.identity.kernels.bitsets import combine  # imported late: few programs combine many sets

        words = np.empty_like(include[0].words)
        combine([one.words for one in include], [one.words for one in exclude], words)
        return cls._of_own(words, include[0].n_accounts)

    @property
    def n_accounts(self) -> int:
        """Number of accounts in the universe, members or not."""
        return self._n_accounts

    def has_members(self, accounts: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
        """Tell of many accounts at once whether they are members.

        Parameters
        ----------
        accounts : int array, shape (n,)
            Account numbers from 0 to ``n_accounts - 1``.

        Returns
        -------
        bool array, shape (n,)
            Membership of each.

        Raises
        ------
        ValueError
            If a number is out of range.
        """
        if accounts.size and not (accounts.min() >= 0 and accounts.max() < self._n_accounts):
            raise ValueError(
                f"expected account numbers from 0 to {self._n_accounts - 1}, got {accounts.min()} to {accounts.max()}"
            )
        places = accounts.astype(np.uint64)
        bits: NDArray[np.uint64] = self._words[places >> np.uint64(6)] >> (places & np.uint64(63)) & np.uint64(1)
        return bits.astype(np.bool_)

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
        """Return a compact form that `from_bytes` reads on any machine.

        After 24 bytes of our own (a mark, the format's version, the number of accounts, a checksum) it is a roaring
        bitmap in its portable form, which other software reads: a few bytes for a set without members, two or fewer
        for each member of a sparse set, an eighth for each account in a dense one, and next to nothing for neighbours.

        Raises
        ------
        ValueError
            If the universe has more than 2**32 accounts, for which the portable form has no room.
        """
        if self._n_accounts > _MAX_SAVED:
            raise ValueError(
                f"expected at most {_MAX_SAVED:,} accounts to save a set of them, got {self._n_accounts:,}"
            )
        from workbench.identity.kernels import roaring  # imported late: few programs save sets

        n_chunks = -(-self._n_accounts // roaring.CHUNK_BITS)
        keys, sizes, n_runs = (np.empty(n_chunks, dtype=np.int64) for _ in range(3))
        n = roaring.plan(self._words, keys, sizes, n_runs)
        containers = keys[:n], sizes[:n], n_runs[:n]
        out = np.zeros(roaring.n_bytes(*containers[1:]), dtype=np.uint8)
        roaring.write(self._words, *containers, out)
        payload = out.tobytes()
        return _HEADER.pack(_MARK, _VERSION, self._n_accounts, _checksum(self._n_accounts, payload)) + payload

    @classmethod
    def from_bytes(cls, data: bytes) -> "AccountSet":
        """Return the set that `to_bytes` wrote.

        Raises
        ------
        ValueError
            If the bytes are cut short, damaged or of another version.
        """
        from workbench.identity.kernels import roaring  # imported late: few programs read sets

        mark, version, n_accounts, checksum = _HEADER.unpack_from(data) if len(data) >= _HEADER.size else (b"", 0, 0, 0)
        if (mark, version) != (_MARK, _VERSION):
            raise ValueError("expected the bytes of a saved account set, got something else; save the set again")
        if n_accounts > _MAX_SAVED or _checksum(n_accounts, data[_HEADER.size :]) != checksum:
            raise ValueError("expected a saved account set as it was written, got a damaged one; save the set again")
        words = np.zeros(_n_words(n_accounts), dtype=_WORD)
        if roaring.read(np.frombuffer(data, dtype=np.uint8, offset=_HEADER.size), n_accounts, words) < 0:
            raise ValueError("expected the members of a saved account set, got something else; save the set again")
        return cls._of_own(words, n_accounts)

    def __len__(self) -> int:
        if self._size == _UNCOUNTED:  # two threads that both find it so count the same
            self._size = int(np.bitwise_count(self._words).sum(dtype=np.int64))
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
        # Piece by piece: a loop that stops early, or runs over millions, should not hold a list of all of them.
        for first in range(0, self._words.size, _ITERATED_WORDS):
            bits = np.unpackbits(self._words[first : first + _ITERATED_WORDS].view(np.uint8), bitorder="little")
            yield from (np.flatnonzero(bits) + first * WORD_BITS).tolist()

    def __or__(self, other: object) -> "AccountSet":
        if not isinstance(other, AccountSet):
            return NotImplemented
        self._require_same_universe(other)
        return AccountSet._of_own(self._words | other._words, self._n_accounts)

    def __and__(self, other: object) -> "AccountSet":
        if not isinstance(other, AccountSet):
            return NotImplemented
        self._require_same_universe(other)
        return AccountSet._of_own(self._words & other._words, self._n_accounts)

    def __sub__(self, other: object) -> "AccountSet":
        if not isinstance(other, AccountSet):
            return NotImplemented
        self._require_same_universe(other)
        return AccountSet._of_own(self._words & ~other._words, self._n_accounts)

    def __xor__(self, other: object) -> "AccountSet":
        if not isinstance(other, AccountSet):
            return NotImplemented
        self._require_same_universe(other)
        return AccountSet._of_own(self._words ^ other._words, self._n_accounts)

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
        return f"AccountSet(n_accounts={self._n_accounts}, size={len(self)})"

    def _require_same_universe(self, other: "AccountSet") -> None:
        if self._n_accounts != other._n_accounts:
            raise ValueError(
                f"expected two sets of the same universe, got {self._n_accounts} and {other._n_accounts} accounts; "
                "populate both audiences from one universe"
            )


def _checksum(n_accounts: int, payload: bytes) -> int:
    return crc32(payload, crc32(n_accounts.to_bytes(8, "little")))


def _checked_n_accounts(n_accounts: int) -> int:
    if n_accounts < 0:
        raise ValueError(f"expected 0 or more accounts, got {n_accounts}")
    return n_accounts


def _n_words(n_accounts: int) -> int:
    return -(-_checked_n_accounts(n_accounts) // WORD_BITS)
