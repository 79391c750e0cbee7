"""Customer lists as uploads: the records go out as digests, in batches, and come back as an id.

    POST   customer_lists        the first batch, which makes the list            P1
    PATCH  customer_lists/{id}   further batches, ADD or REMOVE                   P2
    POST   audiences             the audience that an ad group can name           P3

*Replace* is the help page's alone. Here it is a removal of what is on the old list only, then an addition of what is on
the new one only. Because the platform keeps people and not records, the removal may take somebody away who is still on
the new list by another address; so what both lists have is added again, unless the caller says that only changes count.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Annotated, Final, Literal

import numpy as np
from pydantic import AfterValidator, Field

from workbench.customer_lists.list_records import ListRecords, RecordsEdit, Rows
from workbench.errors import FieldError
from workbench.export.api_object import ApiObject
from workbench.export.findings import Finding, FindingKind
from workbench.export.platform_ids import PlatformIds
from workbench.export.request import ApiRequest, Export, placeholder
from workbench.identity import DigestKind, Digests, ListProfile, ListType

RECORDS_PER_REQUEST: Final = 50_000
"""Some three megabytes of SHA-256 digests. The API's description sets no limit."""

_RECORD_LENGTHS: Final = frozenset(2 * kind.n_bytes for kind in DigestKind)
_HEX: Final = frozenset("0123456789abcdef")
_PERSONLESS: Final = {
    "9f89c84a559f573636a47ff8daed0d33",
    "b602d594afd2b0b327e07a06f36ca6a7e42546d0",
    "12b9377cbe7e5c94e8a70d9d23929523d14afa954793130f8a3959c7b849aca8",
    "d41d8cd98f00b204e9800998ecf8427e",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
}
"""The digests of the all-zero advertising id, which stands for an opt-out, and of nothing at all (Q17)."""


def _checked_records(records: str) -> str:
    parts = records.split(",")
    if not records:
        raise ValueError("expected at least one record, got an empty text, which the API's schema would take (P1)")
    if any(len(part) not in _RECORD_LENGTHS or not _HEX.issuperset(part) for part in parts):
        raise ValueError(
            "expected digests in lower-case hexadecimal (32, 40 or 64 digits), with commas and nothing else between "
            "them, got another text; hash every record, advertising ids too, and leave out blanks (P1, Q14)"
        )
    if not _PERSONLESS.isdisjoint(parts):
        raise ValueError(
            "expected digests of people, got that of an empty cell or of the advertising id that says 'opted out'; "
            "remove such records (Q17, S20)"
        )
    return records


Records = Annotated[str, AfterValidator(_checked_records)]
"""Digests of one kind of identifier, as one text with commas; the API takes no JSON list."""


class CustomerListCreate(ApiObject):
    """Body of ``customer_lists/create`` (P1)."""

    name: str = Field(min_length=1, description="what people call the list, at least one character; P1")
    list_type: Literal["EMAIL", "MAID"] = Field(
        description="EMAIL or MAID; IDFA is prohibited (S19), and the API's others are no lists of customers (P1)"
    )
    records: Records


class CustomerListUpdate(ApiObject):
    """Body of ``customer_lists/update`` (P2)."""

    operation_type: Literal["ADD", "REMOVE"] = Field(
        description="ADD or REMOVE; the API has no REPLACE, which takes one of each (P2, Q19)"
    )
    records: Records


@dataclass(frozen=True, slots=True)
class ListExporter:
    """Makes the requests that upload lists.

    Parameters
    ----------
    ids : PlatformIds
        The ad account, and the lists that the platform has already.
    profile : ListProfile
        Whose rules count: the help page forbids SHA-1 digests of e-mail addresses, the API takes them.
    records_per_request : int
        At most so many records in one request.
    """

    ids: PlatformIds
    profile: ListProfile = ListProfile.HELP_PAGE
    records_per_request: int = RECORDS_PER_REQUEST

    def __post_init__(self) -> None:
        if self.records_per_request < 1:
            raise FieldError(
                ("records_per_request",), f"expected a whole number from 1 up, got {self.records_per_request}"
            )

    def create(self, local_id: str, name: str, records: ListRecords) -> Export:
        """Make a list on the platform (P1), in the order in which it was edited here.

        Parameters
        ----------
        local_id : str
            Id of the list here; its id there is then known as ``customer_list:<local_id>``.
        name : str
            For people.
        records : ListRecords
            Its records, those of people who opted out left out; see `ListRecords.shared_with_platform`.

        Raises
        ------
        DefinitionError
            If nobody is on the list, or a rule of the platform forbids it.
        """
        edits = list(records.edits())
        if not edits:
            raise FieldError(("records",), "expected at least one record, got none; a list of nobody is refused (P1)")
        first, *further = _in_batches(edits, self.records_per_request)
        self._require_allowed(records)
        body = CustomerListCreate(name=name, list_type=first.list_type.value, records=_text(first.digests))
        request = ApiRequest(
            "POST",
            self.ids.path("customer_lists"),
            "customer_lists/create",
            body.body(),
            gives=f"customer_list:{local_id}",
        )
        created = Export((request,), tuple(self._findings(records)))
        return created + self._update(placeholder(request.gives), further)

    def add(self, local_id: str, records: ListRecords) -> Export:
        """Add people to a list of the platform (P2)."""
        return self._edit(local_id, records, is_adding=True)

    def remove(self, local_id: str, records: ListRecords) -> Export:
        """Remove people from a list of the platform (P2)."""
        return self._edit(local_id, records, is_adding=False)

    def replace(self, local_id: str, old: ListRecords, new: ListRecords, *, is_only_changes: bool = False) -> Export:
        """Put other people in the place of all who are on a list of the platform (P2).

        Parameters
        ----------
        local_id : str
            Id of the list here.
        old : ListRecords
            What the platform was sent, as it was kept here: it cannot be read back from there.
        new : ListRecords
            What shall be on the list.
        is_only_changes : bool
            That nothing is sent again. Then somebody who was on the old list by two records, of which the new one has
            one, leaves it.

        Raises
        ------
        DefinitionError
            If the list is not on the platform, nobody would be left on it, or a rule of the platform forbids it.
        """
        gone, come = old.minus(new), new.minus(old)
        if not new.n_held:
            raise FieldError(
                ("records",),
                "expected at least one record in place of the old ones, got none; remove the audience instead (P2, P6)",
            )
        self._require_allowed(new)
        edits = [edit._replace(is_adding=False) for edit in gone.edits()]
        is_sent_again = bool(edits) and not is_only_changes
        if is_sent_again and new.n_held < len(new.rows):
            edits += new.edits()  # with removals of its own, order matters: all of it is played back
        else:
            edits += come.edits()
            edits += new.minus(come).edits() if is_sent_again else ()
        findings = [*self._findings(new), *_replacing(edits, is_sent_again=is_sent_again)]
        return Export((), tuple(findings)) + self._update(self._list_id(local_id), self._batches(edits))

    def _edit(self, local_id: str, records: ListRecords, *, is_adding: bool) -> Export:
        edits = [edit._replace(is_adding=is_adding) for edit in records.edits()]
        if not edits:
            raise FieldError(("records",), "expected at least one record, got none (P2)")
        self._require_allowed(records)
        findings = Export((), tuple(self._findings(records)))
        return findings + self._update(self._list_id(local_id), self._batches(edits))

    def _batches(self, edits: list[RecordsEdit]) -> Iterator[RecordsEdit]:
        return _in_batches(edits, self.records_per_request)

    def _list_id(self, local_id: str) -> str:
        if local_id not in self.ids.customer_lists:
            raise FieldError(
                ("customer_lists",),
                f"expected the id that the platform gave list {local_id}, got none; create the list there first, "
                "then write down the id in its answer (P2)",
            )
        return self.ids.customer_lists[local_id]

    def _update(self, list_id: str, edits: "Iterator[RecordsEdit] | list[RecordsEdit]") -> Export:
        return Export(
            tuple(
                ApiRequest(
                    "PATCH",
                    self.ids.path("customer_lists", list_id),
                    "customer_lists/update",
                    CustomerListUpdate(
                        operation_type="ADD" if edit.is_adding else "REMOVE", records=_text(edit.digests)
                    ).body(),
                )
                for edit in edits
            )
        )

    def _require_allowed(self, records: ListRecords) -> None:
        if self.profile is ListProfile.HELP_PAGE and _has_sha1_email(records):
            raise FieldError(
                ("records",),
                "expected e-mail addresses hashed by SHA-256 or MD5, got SHA-1, which the help page does not allow "
                "(S23, Q13); export the list from plain addresses again, or choose the profile API, which does",
            )

    def _findings(self, records: ListRecords) -> Iterator[Finding]:
        if _has_sha1_email(records):
            yield Finding(
                FindingKind.ASSUMED,
                "records",
                "Q13",
                "SHA-1 digests of e-mail addresses go out as the API allows; the help page does not name them.",
            )
        yield from opt_out_findings(records)


def opt_out_findings(records: ListRecords) -> Iterator[Finding]:
    """Say which people who opted out cannot be told from those on a list by comparing digests."""
    held, out = records.rows[records.rows["is_held"]], records.opted_out
    if len(out) and _kinds(held) - _kinds(out):
        yield Finding(
            FindingKind.ADVICE,
            "records",
            "S20, Q17",
            "Some records cannot be compared with those of the people who opted out, because another function hashed "
            "them or they are of another kind; give a universe, whose accounts tell, or both lists unhashed.",
        )


def _replacing(edits: list[RecordsEdit], *, is_sent_again: bool) -> Iterator[Finding]:
    yield Finding(
        FindingKind.CHANGED,
        "operation_type",
        "P2, Q19",
        "The API has no REPLACE: what is on the old list only is removed, then what is on the new list only is added.",
    )
    if is_sent_again:
        yield Finding(
            FindingKind.ADVICE,
            "records",
            "P2, Q19",
            "What both lists have is added again at the end, because a removal takes a person away who may be on the "
            "new list by another record.",
        )
    elif any(not edit.is_adding for edit in edits):
        yield Finding(
            FindingKind.LOST,
            "records",
            "P2, Q19",
            "Somebody who is on the old list by two records, of which the new list has one, leaves the list.",
        )


def _in_batches(edits: list[RecordsEdit], n: int) -> Iterator[RecordsEdit]:
    return chain.from_iterable((edit._replace(digests=part) for part in _parts(edit.digests, n)) for edit in edits)


def _parts(digests: Digests, n: int) -> Iterator[Digests]:
    for start in range(0, len(digests), n):
        yield Digests(digests.kinds[start : start + n].copy(), digests.values[start : start + n].copy())


def _text(digests: Digests) -> str:
    texts = []
    for kind in DigestKind:
        values = digests.select(kind)[1]
        if len(values):
            texts.append(values.tobytes().hex(",", kind.n_bytes))
    return ",".join(texts)


def _kinds(rows: Rows) -> set[tuple[int, int]]:
    return set(zip(rows["list_type"].tolist(), rows["digest_kind"].tolist(), strict=True))


def _has_sha1_email(records: ListRecords) -> bool:
    sha1 = DigestKind.SHA1.code
    rows = records.rows
    is_email = rows["list_type"] == list(ListType).index(ListType.EMAIL)
    return bool(np.any(is_email & (rows["digest_kind"] == sha1) & rows["is_held"]))
