"""The index against a dictionary, with digests that were made to agree in what an index looks at first."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.identity.digest_index import DigestIndex, DistinctKeys, build_partition, sorted_keys
from workbench.identity.kernels.radix_index import n_bucket_bits

N_ACCOUNTS = 1 << 20


def index_of(digests, accounts, n_partition_bits):
    """Build an index in partitions from arrays, as the directory on disk does it from Parquet."""
    number = digests[:, 0] >> (8 - n_partition_bits) if n_partition_bits else np.zeros(len(digests), np.uint8)
    return DigestIndex(
        [
            build_partition(digests[number == p], accounts[number == p], n_partition_bits)
            for p in range(1 << n_partition_bits)
        ]
    )


def found_by(index, digests):
    keys = sorted_keys(digests, n_partition_bits=index.n_partition_bits)
    accounts = np.empty(len(digests), dtype=np.int64)
    accounts[keys.rows] = index.search(keys, np.diff(keys.ends))
    return accounts.tolist()


def lowest_accounts(digests, accounts):
    """The naive twin: a dictionary from the digest to its lowest account."""
    lowest = {}
    for digest, account in zip(map(bytes, digests), accounts.tolist(), strict=True):
        lowest[digest] = min(account, lowest.get(digest, account))
    return lowest


def check_against_twin(digests, accounts, wanted, n_partition_bits):
    lowest = lowest_accounts(digests, accounts)
    index = index_of(digests, accounts, n_partition_bits)
    assert found_by(index, wanted) == [lowest.get(bytes(digest), -1) for digest in wanted]
    distinct = DistinctKeys(wanted, n_partition_bits=n_partition_bits)
    words = np.zeros(N_ACCOUNTS // 64, dtype=np.uint64)
    matched = {bytes(digest) for digest in wanted} & lowest.keys()
    assert distinct.n_distinct == len({bytes(digest) for digest in wanted})
    assert distinct.mark_members(index, N_ACCOUNTS, words) == len(matched)
    members = np.flatnonzero(np.unpackbits(words.view(np.uint8), bitorder="little"))
    assert set(members.tolist()) == {lowest[digest] for digest in matched}


@pytest.mark.parametrize("n_partition_bits", [0, 1, 3, 6])
@pytest.mark.parametrize("n", [0, 1, 2, 255, 256, 257, 20_000, 70_000])
def test_search_agrees_with_a_dictionary_at_every_size(n, n_partition_bits):
    rng = np.random.default_rng(n)
    digests = rng.integers(0, 256, (n, 16), dtype=np.uint8)
    repeated = np.concatenate([digests, digests[: n // 3]])  # a third is shared by two accounts or more
    accounts = rng.permutation(len(repeated)).astype(np.int32)
    wanted = np.concatenate([repeated[::2], rng.integers(0, 256, (n // 2 + 3, 16), dtype=np.uint8), repeated[::5]])
    check_against_twin(repeated, accounts, wanted, n_partition_bits)


# Bytes 0 to 4 are the bucket's bits and most of the remainder, 5 to 7 what neither holds, 8 to 15 the low half.
NEARLY_EQUAL = st.builds(
    lambda first, middle, low: bytes([first]) * 5 + bytes([middle]) * 3 + bytes([low]) * 8,
    st.sampled_from([0, 255]),
    st.integers(0, 2),
    st.integers(0, 2),
)


@settings(max_examples=60)
@given(
    rows=st.lists(st.tuples(NEARLY_EQUAL, st.integers(0, 50)), max_size=60),
    wanted=st.lists(NEARLY_EQUAL, max_size=40),
    n_partition_bits=st.integers(0, 3),
)
def test_digests_that_agree_in_their_beginnings_are_told_apart(rows, wanted, n_partition_bits):
    digests = np.frombuffer(b"".join(digest for digest, _ in rows), np.uint8).reshape(-1, 16)
    accounts = np.array([account for _, account in rows], dtype=np.int32)
    wanted = np.frombuffer(b"".join(wanted), np.uint8).reshape(-1, 16)
    check_against_twin(digests, accounts, wanted, n_partition_bits)


@pytest.mark.parametrize("n", [10, 5_000])
def test_each_of_the_first_128_bits_is_compared(n):
    digests = np.random.default_rng(1).integers(0, 256, (n, 16), dtype=np.uint8)
    index = index_of(digests, np.arange(n, dtype=np.int32), 0)
    for bit in range(128):
        other = digests.copy()
        other[:, bit // 8] ^= np.uint8(128 >> bit % 8)
        assert set(found_by(index, other)) == {-1}, bit
    assert n_bucket_bits(n) >= 8  # and with the 32 and the 64 after them, 104 bits


def test_a_bucket_of_thousands_is_searched_to_its_end():
    # What a hash function never makes: all digests in one bucket, all remainders equal.
    digests = np.zeros((3_000, 16), dtype=np.uint8)
    digests[:, 14:] = np.arange(3_000, dtype=">u2").view(np.uint8).reshape(-1, 2)
    accounts = np.arange(3_000, dtype=np.int32)[::-1].copy()
    check_against_twin(digests, accounts, digests[::7], 0)


def test_the_order_of_the_table_changes_no_answer():
    rng = np.random.default_rng(3)
    digests = rng.integers(0, 256, (5_000, 16), dtype=np.uint8).repeat(2, axis=0)
    accounts = rng.permutation(10_000).astype(np.int32)
    order = rng.permutation(10_000)
    assert found_by(index_of(digests, accounts, 2), digests) == found_by(
        index_of(digests[order], accounts[order], 2), digests
    )


def test_an_index_takes_at_most_nine_bytes_an_account_to_search_and_seventeen_to_be_sure():
    n = 100_000
    digests = np.random.default_rng(4).integers(0, 256, (n, 16), dtype=np.uint8)
    index = build_partition(digests, np.arange(n, dtype=np.int32))
    n_hot = index.first.nbytes + index.remainders.nbytes + index.accounts.nbytes
    assert n_hot <= 9 * n
    assert n_hot + index.tails.nbytes <= 17 * n


def test_where_nothing_is_compiled_the_answers_are_the_same():
    code = (
        "from tests.workbench.identity.test_digest_index import *\n"
        "test_search_agrees_with_a_dictionary_at_every_size(700, 2)\n"
        "test_each_of_the_first_128_bits_is_compared(10)\n"
    )
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-W", "error", "-c", code]
    subprocess.run(command, env=environment, check=True)  # noqa: S603 - our own code
