"""Records against dictionaries, with digests that somebody chose to be alike."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workbench.customer_lists.list_records import ListRecords, SyncChange
from workbench.identity import DigestKind, Digests, ListType

# Few enough to meet often, and some that differ only behind their first eight bytes, or only in kind.
VALUES = [bytes([n % 3] * 8 + [n] + [0] * 7) for n in range(7)]
digests = st.lists(st.tuples(st.sampled_from([DigestKind.MD5, DigestKind.SHA1]), st.sampled_from(VALUES)), max_size=8)
list_types = st.sampled_from(ListType)


def as_digests(pairs):
    kinds = np.array([kind.code for kind, _ in pairs], dtype=np.uint8)
    values = np.zeros((len(pairs), 32), dtype=np.uint8)
    for row, (_, value) in zip(values, pairs, strict=True):
        row[:16] = list(value)
    return Digests(kinds, values)


def as_dictionary(records):
    """Return what is known of each digest: held, linked, batch."""
    return {
        (
            ListType.MAID if row["list_type"] else ListType.EMAIL,
            int(row["digest_kind"]),
            row["digest"].tobytes()[:16],
        ): (
            bool(row["is_held"]),
            bool(row["is_linked"]),
            int(row["batch"]),
        )
        for row in records.rows
    }


def keys(list_type, pairs):
    return {(list_type, kind.code, value) for kind, value in pairs}


@given(st.lists(st.tuples(st.sampled_from(["add", "remove", "replace", "sync"]), list_types, digests), max_size=6))
def test_edits_do_to_records_what_they_do_to_dictionaries(edits):
    records, twin = ListRecords.empty(), {}
    for batch, (edit, list_type, pairs) in enumerate(edits, start=1):
        named = keys(list_type, pairs)
        match edit:
            case "add" | "remove":
                edited = records.added if edit == "add" else records.removed
                records = edited(list_type, as_digests(pairs), batch)
                twin |= {key: (edit == "add", twin.get(key, (0, False))[1], batch) for key in named}
            case "replace":
                records = records.replaced(list_type, as_digests(pairs), batch)
                twin = dict.fromkeys(named, (True, False, batch))
            case "sync":
                before = {key for key, (_, is_linked, _) in twin.items() if is_linked}
                records, change = records.synced(list_type, as_digests(pairs), batch)
                assert change == SyncChange(len(named - before), len(before - named), len(named & before))
                twin = {key: value for key, value in twin.items() if not (key in before - named and value[0])}
                twin |= {key: (False, False, twin[key][2]) for key in before - named if key in twin}
                twin |= dict.fromkeys(named - before, (True, True, batch))
        assert as_dictionary(records) == twin
        assert records.n_held == sum(is_held for is_held, _, _ in twin.values())
        assert records.n_linked == sum(is_linked for _, is_linked, _ in twin.values())


@given(list_types, digests, digests)
def test_shared_records_are_counted_once(list_type, held, named):
    records = ListRecords.empty().added(list_type, as_digests(held), 1)
    assert records.n_shared(list_type, as_digests(named)) == len(set(held) & set(named))


@given(list_types, st.permutations(VALUES))
def test_the_same_records_are_the_same_bytes_in_whatever_order_they_came(list_type, values):
    def records(order):
        return ListRecords.empty().added(list_type, as_digests([(DigestKind.MD5, value) for value in order]), 1)

    assert records(values).rows.tobytes() == records(VALUES).rows.tobytes()
