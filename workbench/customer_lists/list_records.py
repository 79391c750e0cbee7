"""The records of a saved list: digests, and the last that was said of each.

The platform matches an upload to accounts, keeps the accounts and deletes the upload. The workbench keeps the digests
instead, for two reasons: accounts mean something in one universe only, and a list has to be matched anew when the
universe is another one or has grown; and an upload cannot be undone account by account when two records led to one.
Digests are what is left of an upload in any case; they cannot be read back, and the one way out is the upload itself:
the request bodies of `workbench.export`, which is asked for with the platform's terms acknowledged.

For the same result as the platform's, which *acts on people*, each digest keeps the number of the edit that named it
last, and whether that edit added or removed it. Whether an account is a member is decided by the latest edit that named
any of its digests. Take somebody who was added by the SHA-256 digest of an address and removed by its MD5 digest: the
two cannot be compared, but both match the account, and the removal was later. A digest that was removed is therefore
kept as well; `ListRecords.replaced` forgets it.

The digests of people who opted out are kept apart. They take their accounts out of every match, whatever is added.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.identity import AccountDirectory, AccountSet, Digests, ListType, MatchResult
from workbench.identity.digests import MAX_DIGEST_BYTES
from workbench.identity.matching import match_digests

RECORD: Final = np.dtype(
    [
        ("list_type", "u1"),  # place in ListType
        ("digest_kind", "u1"),  # DigestKind.code
        ("is_held", "?"),  # added, and not removed since
        ("is_linked", "?"),  # in the source that the list is linked to, when it was last read
        ("batch", "<i4"),  # the edit that named it last
        ("digest", "u1", (MAX_DIGEST_BYTES,)),  # padded with zeros on the right
    ]
)
"""One record on disk and in memory: 40 bytes."""

Rows = NDArray[Any]
_TYPES: Final = tuple(ListType)


class SyncChange(NamedTuple):
    """How a source differs from what it was at the last sync, in distinct records."""

    n_added: int
    n_removed: int
    n_unchanged: int


class RecordsEdit(NamedTuple):
    """Records of one type that were added one after the other, or removed."""

    is_adding: bool
    list_type: ListType
    digests: Digests


@dataclass(frozen=True, slots=True, repr=False)
class ListRecords:
    """All records of a list; every edit makes new ones.

    Parameters
    ----------
    rows : RECORD array, shape (n,)
        Each digest once, by list type, kind and value.
    opted_out : RECORD array, shape (m,)
        The digests of people who opted out, likewise; only the first two columns and the digest mean anything.
    """

    rows: Rows
    opted_out: Rows

    @classmethod
    def empty(cls) -> "ListRecords":
        """Return no records."""
        return cls(np.empty(0, dtype=RECORD), np.empty(0, dtype=RECORD))

    @property
    def n_held(self) -> int:
        """Distinct records on the list."""
        return int(np.count_nonzero(self.rows["is_held"]))

    @property
    def n_linked(self) -> int:
        """Distinct records of the source that the list is linked to, when it was last read."""
        return int(np.count_nonzero(self.rows["is_linked"]))

    def added(self, list_type: ListType, digests: Digests, batch: int) -> "ListRecords":
        """Return the records after an upload was added."""
        return self._edited(_as_rows(list_type, digests, batch, is_held=True))

    def removed(self, list_type: ListType, digests: Digests, batch: int) -> "ListRecords":
        """Return the records after an upload was removed, whether or not its digests were on the list."""
        return self._edited(_as_rows(list_type, digests, batch, is_held=False))

    def replaced(self, list_type: ListType, digests: Digests, batch: int) -> "ListRecords":
        """Return the records after an upload took the place of all others; of those nothing is left."""
        return replace(self, rows=_latest(_as_rows(list_type, digests, batch, is_held=True)))

    def without_opted_out(self, list_type: ListType, digests: Digests) -> "ListRecords":
        """Return the records with these people as the ones who opted out, as far as they are named by that type."""
        others = self.opted_out[self.opted_out["list_type"] != _TYPES.index(list_type)]
        opted_out = _latest(_as_rows(list_type, digests, 0, is_held=False))
        return replace(self, opted_out=_latest(np.concatenate([others, opted_out])))

    def synced(self, list_type: ListType, digests: Digests, batch: int) -> tuple["ListRecords", SyncChange]:
        """Return the records after the linked source was read again, and what changed.

        What is new in the source is added, what is gone from it is forgotten, and what is neither stays as edits by
        hand left it: somebody who was removed by hand is not brought back by a source that still has the record.
        Gone from a source means less than removed. A person whose second address it still has is still in it.

        Parameters
        ----------
        list_type : ListType
            What the source holds.
        digests : Digests
            Its valid records.
        batch : int
            Number of the edit that adds the new ones.
        """
        wanted = _latest(_as_rows(list_type, digests, batch, is_held=True))
        wanted["is_linked"] = True
        places = _places(self.rows, wanted)
        is_known = places >= 0
        is_new = ~is_known
        is_new[is_known] = ~self.rows["is_linked"][places[is_known]]
        is_gone = self.rows["is_linked"].copy()
        is_gone[places[is_known]] = False
        kept = self.rows.copy()
        kept["is_linked"][is_gone] = False
        kept = kept[~(is_gone & kept["is_held"])]
        n_new = int(np.count_nonzero(is_new))
        change = SyncChange(n_new, int(np.count_nonzero(is_gone)), len(wanted) - n_new)
        return replace(self, rows=_latest(np.concatenate([kept, wanted[is_new]]))), change

    def unlinked(self) -> "ListRecords":
        """Return the records as if each had been added by hand."""
        rows = self.rows.copy()
        rows["is_linked"] = False
        return replace(self, rows=rows)

    def has_same_opted_out(self, other: "ListRecords") -> bool:
        """Return whether the same people have opted out of two lists."""
        return bool(np.array_equal(self.opted_out, other.opted_out))

    def n_shared(self, list_type: ListType, digests: Digests) -> int:
        """Return how many distinct digests of an upload are on the list."""
        places = _places(self.rows, _latest(_as_rows(list_type, digests, 0, is_held=True)))
        return int(np.count_nonzero(self.rows["is_held"][places[places >= 0]]))

    def minus(self, other: "ListRecords") -> "ListRecords":
        """Return the records on this list that are not on another."""
        held = self.rows[self.rows["is_held"]]
        return replace(self, rows=held[_places(other.rows[other.rows["is_held"]], held) < 0])

    def shared_with_platform(self, directory: AccountDirectory | None = None) -> "ListRecords":
        """Return the records without those of people who opted out, which may not be uploaded.

        Parameters
        ----------
        directory : AccountDirectory, optional
            Accounts, which tell that two digests are of one person although they cannot be compared, because different
            functions made them or they are of different identifiers. Without it equal digests alone count.
        """
        is_out = np.zeros(len(self.rows), dtype=np.bool_)
        places = _places(self.rows, self.opted_out)
        is_out[places[places >= 0]] = True
        if directory is not None and len(self.opted_out):
            is_out |= _is_of(self.rows, _accounts_of(self.opted_out, directory), directory)
        return replace(self, rows=self.rows[~(is_out & self.rows["is_held"])])

    def edits(self) -> Iterator[RecordsEdit]:
        """Yield the edits that make this list anew, in order, each digest once.

        A digest that was removed is among them if something had been added before: what it removed is a person, who
        may have been added by another digest.
        """
        words = 2 * self.rows["batch"].astype(np.int64) + ~self.rows["is_held"]
        rows = self.rows[np.argsort(words, kind="stable")]
        rows = rows[np.argmax(rows["is_held"]) :] if rows["is_held"].any() else rows[:0]
        turns = np.flatnonzero(rows["is_held"][1:] != rows["is_held"][:-1]) + 1
        for part in np.split(rows, turns) if len(rows) else ():
            for list_type, digests in _by_type(_latest(part)):
                yield RecordsEdit(bool(part["is_held"][0]), list_type, digests)

    def match(self, directory: AccountDirectory) -> MatchResult:
        """Match the records against the accounts of a universe.

        Parameters
        ----------
        directory : AccountDirectory
            The accounts' digests.

        Returns
        -------
        MatchResult
            The accounts whose latest edit added them, less those of people who opted out. Records are counted by
            distinct digest, as they are in a file.
        """
        held = self.rows[self.rows["is_held"]]
        parts = [match_digests(list_type, digests, directory) for list_type, digests in _by_type(held)]
        members = AccountSet.empty(directory.n_accounts)
        if len(held) == len(self.rows):
            for part in parts:
                members |= part.members
        else:
            members = self._last_word(directory)
        for list_type, digests in _by_type(self.opted_out):
            members -= match_digests(list_type, digests, directory).members
        return MatchResult(members, len(held), sum(part.n_matched_records for part in parts))

    def _last_word(self, directory: AccountDirectory) -> AccountSet:
        latest = np.zeros(directory.n_accounts, dtype=np.int32)
        for list_type, digests in _by_type(self.rows):
            rows = self.rows[self.rows["list_type"] == _TYPES.index(list_type)]
            accounts = directory.match_digests(list_type, digests)
            is_matched = accounts >= 0
            # Odd numbers are removals; where one edit says both, the removal counts.
            word = 2 * rows["batch"] + ~rows["is_held"]
            np.maximum.at(latest, accounts[is_matched], word[is_matched])
        return AccountSet.from_mask((latest > 0) & (latest % 2 == 0))

    def _edited(self, edit: Rows) -> "ListRecords":
        edit = _latest(edit)
        places = _places(self.rows, edit)
        is_known = places >= 0
        edit["is_linked"][is_known] = self.rows["is_linked"][places[is_known]]
        return replace(self, rows=_latest(np.concatenate([self.rows, edit])))

    def __repr__(self) -> str:
        return f"ListRecords(n={len(self.rows)}, n_held={self.n_held}, n_opted_out={len(self.opted_out)})"


def _as_rows(list_type: ListType, digests: Digests, batch: int, *, is_held: bool) -> Rows:
    rows = np.zeros(len(digests), dtype=RECORD)
    rows["list_type"] = _TYPES.index(list_type)
    rows["digest_kind"], rows["digest"] = digests.kinds, digests.values
    rows["is_held"], rows["batch"] = is_held, batch
    return rows


def _by_type(rows: Rows) -> Iterator[tuple[ListType, Digests]]:
    return (typed for _, typed in _by_code(rows))


def _by_code(rows: Rows) -> Iterator[tuple[int, tuple[ListType, Digests]]]:
    for code, list_type in enumerate(_TYPES):
        of_type = rows[rows["list_type"] == code]
        if len(of_type):
            yield code, (list_type, Digests(of_type["digest_kind"].copy(), np.ascontiguousarray(of_type["digest"])))


def _accounts_of(rows: Rows, directory: AccountDirectory) -> NDArray[np.bool_]:
    """Return which accounts digests are of: bool array, shape (n_accounts,)."""
    is_of = np.zeros(directory.n_accounts, dtype=np.bool_)
    for list_type, digests in _by_type(rows):
        accounts = directory.match_digests(list_type, digests)
        is_of[accounts[accounts >= 0]] = True
    return is_of


def _is_of(rows: Rows, accounts: NDArray[np.bool_], directory: AccountDirectory) -> NDArray[np.bool_]:
    """Return which digests are of any of these accounts: bool array, shape (n,)."""
    is_of = np.zeros(len(rows), dtype=np.bool_)
    for code, (list_type, digests) in _by_code(rows):
        found = directory.match_digests(list_type, digests)
        is_of[rows["list_type"] == code] = (found >= 0) & accounts[np.maximum(found, 0)]
    return is_of


def _latest(rows: Rows) -> Rows:
    """Return each digest once, in order, as the last of its rows has it."""
    order, is_repeat = _in_order(rows)
    is_last = np.ones(len(rows), dtype=np.bool_)
    is_last[:-1] = ~is_repeat
    latest: Rows = rows[order[is_last]]
    return latest


def _places(rows: Rows, wanted: Rows) -> NDArray[np.int64]:
    """Return where each wanted digest stands among the rows, or -1; both hold each digest once."""
    order, is_repeat = _in_order(np.concatenate([rows, wanted]))
    places = np.full(len(wanted), -1, dtype=np.int64)
    places[order[1:][is_repeat] - len(rows)] = order[:-1][is_repeat]  # the order is stable: rows before wanted ones
    return places


def _in_order(rows: Rows) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the stable order by type, kind and digest, and which of its neighbours are the same, shape (n - 1,)."""
    words = np.ascontiguousarray(rows["digest"]).view(">u8").astype(np.uint64)
    kinds = rows["list_type"].astype(np.uint16) << 8 | rows["digest_kind"]
    order = np.lexsort((words[:, 0], kinds))
    is_repeat = _is_like_the_one_before(order, words, kinds)
    if not np.array_equal(is_repeat, _is_like_the_one_before(order, words[:, :1], kinds)):
        # Digests that differ only behind their first eight bytes come of chance hardly ever, but of design they may.
        order = np.lexsort((*words.T[::-1], kinds))
        is_repeat = _is_like_the_one_before(order, words, kinds)
    return order, is_repeat


def _is_like_the_one_before(
    order: NDArray[np.int64], words: NDArray[np.uint64], kinds: NDArray[np.uint16]
) -> NDArray[np.bool_]:
    words, kinds = words[order], kinds[order]
    is_like: NDArray[np.bool_] = (words[1:] == words[:-1]).all(axis=1) & (kinds[1:] == kinds[:-1])
    return is_like
