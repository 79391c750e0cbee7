"""The people who opted out: a list of them, and the question whether a record is of one.

The platform forbids uploading anybody who opted out of targeted advertising. Who did is the advertiser's to know, and
is kept in a file of the same form as a customer list. The two files need not agree on plain or hashed: a plain record
on either side is hashed with every function that the other side uses. Only digests by different functions cannot be
compared; there the accounts that they match have to tell (see `workbench.customer_lists`).

Nobody's choice may be lost to a formality, so this file is read as the API reads lists: SHA-1 digests of e-mail
addresses count here, although an upload may not hold them.
"""

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.errors import DefinitionError
from workbench.identity.checked_list import CheckedList
from workbench.identity.classification import ListProfile, Verdict
from workbench.identity.digests import MAX_DIGEST_BYTES, DigestKind, Digests, ListType
from workbench.identity.hashing import hash_canonical
from workbench.identity.incoming_file import IncomingFile
from workbench.identity.list_file import ListReader, checked_list_type
from workbench.identity.record_columns import padded
from workbench.progress import Progress, ignore_progress


class SuppressionList:
    """The people who opted out, as digests; immutable.

    Attributes
    ----------
    checked : CheckedList
        What the file held: counts, errors by line, warnings. Each record that was refused may be a person who will not
        be left out, so whoever reads the file should look at them.
    list_type : ListType
        EMAIL or MAID.
    digests : Digests
        One digest a valid record, in file order.
    further_kinds : tuple of DigestKind
        By which functions besides SHA-256 a plain record must be hashed to be found here.
    """

    __slots__ = ("_members", "checked", "further_kinds")

    checked: CheckedList
    further_kinds: tuple[DigestKind, ...]
    _members: dict[DigestKind, "_DigestSet"]

    def __init__(self, checked: CheckedList, further_digests: Digests) -> None:
        kinds = (checked.digests.kinds, further_digests.kinds)
        values = (checked.digests.values, further_digests.values)
        members = {
            kind: _DigestSet(np.concatenate([v[k == kind.code] for k, v in zip(kinds, values, strict=True)]))
            for kind in DigestKind
        }
        hashed_kinds = tuple(
            kind for kind in DigestKind if kind is not DigestKind.SHA256 and kind.code in checked.digests.kinds
        )
        for name, value in (("checked", checked), ("further_kinds", hashed_kinds), ("_members", members)):
            object.__setattr__(self, name, value)

    @classmethod
    def read(
        cls,
        path: str | os.PathLike[str] | IncomingFile,
        list_type: ListType | str,
        *,
        on_progress: Progress = ignore_progress,
    ) -> "SuppressionList":
        """Read the file of the people who opted out; the rules are those of customer lists.

        Parameters
        ----------
        path : path-like or IncomingFile
            A regular file of plain text, one identifier per line, plain or hashed; or one that is on its way.
        list_type : ListType or str
            What it holds: ``"EMAIL"`` or ``"MAID"``.
        on_progress : Progress
            Called after every chunk with the bytes read and the bytes in the file.

        Returns
        -------
        SuppressionList
            Digests only.

        Raises
        ------
        InputFileError, ListFileError, DefinitionError
            As in `read_list`.
        """
        reader = ListReader(path, checked_list_type(list_type), ListProfile.API)
        collector = _FurtherDigests()
        reader.person_filter = collector
        checked = reader.read(on_progress)
        return cls(checked, collector.digests())

    @property
    def list_type(self) -> ListType:
        """What the file was said to hold."""
        return self.checked.list_type

    @property
    def digests(self) -> Digests:
        """One digest a valid record, in file order."""
        return self.checked.digests

    def check_type(self, list_type: ListType) -> None:
        """Refuse a list whose records are of another kind: no record of it could be found here.

        Parameters
        ----------
        list_type : ListType
            What the list holds.

        Raises
        ------
        DefinitionError
            If this list holds the other kind.
        """
        if self.list_type is not list_type:
            raise DefinitionError(
                f"expected a suppression list of type {list_type}, got one of type {self.list_type}; "
                "name the one that belongs to the list"
            )

    def leaves_out_record(self, text: str, verdict: Verdict) -> bool:
        """Return whether a valid record is of somebody on this list.

        Parameters
        ----------
        text : str
            The record.
        verdict : Verdict
            What it is.
        """
        if self.leaves_out(verdict.digest_kind, _one(verdict.digest))[0]:
            return True
        return verdict.is_plain and any(
            self.leaves_out(kind, _one(hash_canonical(text.lower(), kind)))[0] for kind in self.further_kinds
        )

    def leaves_out(self, kind: DigestKind, values: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Return which digests are of somebody on this list.

        Parameters
        ----------
        kind : DigestKind
            Kind of all of them.
        values : uint8 array, shape (n, 32)
            The digests, padded with zeros.

        Returns
        -------
        bool array, shape (n,)
            True for the people on this list, as far as digests of one kind can tell.
        """
        return self._members[kind].holds(values)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a suppression list cannot be changed, and {name!r} was; read another one")

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        return f"SuppressionList(list_type={self.list_type.value}, n={len(self.digests)})"


class _FurtherDigests:
    """Leave nobody out, and collect the digests of plain records by the functions other than SHA-256."""

    further_kinds = (DigestKind.MD5, DigestKind.SHA1)

    def __init__(self) -> None:
        self._values: dict[DigestKind, list[NDArray[np.uint8]]] = {kind: [] for kind in self.further_kinds}

    def leaves_out_record(self, text: str, verdict: Verdict) -> bool:
        if verdict.is_plain:
            for kind in self.further_kinds:
                self.leaves_out(kind, _one(hash_canonical(text.lower(), kind)))
        return False

    def leaves_out(self, kind: DigestKind, values: NDArray[np.uint8]) -> NDArray[np.bool_]:
        if kind in self._values:
            self._values[kind].append(values)
        return np.zeros(len(values), dtype=np.bool_)

    def digests(self) -> Digests:
        blocks = {kind: np.concatenate([_NOTHING, *values]) for kind, values in self._values.items()}
        kinds = [np.full(len(values), kind.code, dtype=np.uint8) for kind, values in blocks.items()]
        return Digests(np.concatenate(kinds), np.concatenate(list(blocks.values())))


class _DigestSet:
    """Distinct digests in ascending order, found by their first eight bytes and told by all of them.

    Most of those asked about are no member. A table of the leading bits that members have says so of three in four,
    at the cost of one look.

    Parameters
    ----------
    values : uint8 array, shape (n, 32)
        Digests of one kind, padded with zeros.
    """

    def __init__(self, values: NDArray[np.uint8]) -> None:
        distinct = np.unique(np.ascontiguousarray(values).view(f"S{MAX_DIGEST_BYTES}"))
        self._values = distinct.view(np.uint8).reshape(-1, MAX_DIGEST_BYTES)
        self._keys = _keys_of(self._values)
        n_bits = min(_TABLE_BITS_BEYOND + self._keys.size.bit_length(), _MAX_TABLE_BITS)
        self._shift = np.uint64(64 - n_bits)
        self._has_leading_bits = np.zeros(1 << n_bits, dtype=np.bool_)
        self._has_leading_bits[self._keys >> self._shift] = True

    def holds(self, values: NDArray[np.uint8]) -> NDArray[np.bool_]:
        is_member = np.zeros(len(values), dtype=np.bool_)
        keys = _keys_of(values)
        doubtful = np.flatnonzero(self._has_leading_bits[keys >> self._shift])
        places = np.zeros(len(values), dtype=np.int64)
        places[doubtful] = np.searchsorted(self._keys, keys[doubtful])
        while doubtful.size:  # again only where digests differ behind eight equal bytes
            doubtful = doubtful[places[doubtful] < self._keys.size]
            doubtful = doubtful[self._keys[places[doubtful]] == keys[doubtful]]
            is_member[doubtful] = (self._values[places[doubtful]] == values[doubtful]).all(axis=1)
            doubtful = doubtful[~is_member[doubtful]]
            places[doubtful] += 1
        return is_member


_TABLE_BITS_BEYOND = 2  # than members have: four to eight places a member
_MAX_TABLE_BITS = 28

_NOTHING = np.empty((0, MAX_DIGEST_BYTES), dtype=np.uint8)


def _keys_of(values: NDArray[np.uint8]) -> NDArray[np.uint64]:
    return values.view(">u8")[:, 0].astype(np.uint64)


def _one(digest: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(padded(digest), dtype=np.uint8).reshape(1, MAX_DIGEST_BYTES)
