"""Saved sets: roaring bitmaps in their portable form, which other software reads and writes too."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from workbench.identity import AccountSet
from workbench.identity.kernels import roaring

HEADER_BYTES = 24
N_ACCOUNTS = [0, 1, 63, 64, 65, 65_535, 65_536, 65_537, 131_072, 400_000]


def sets_of(n_accounts):
    """Return sets that make every form of container: numbers, bits, runs, none."""
    rng = np.random.default_rng(n_accounts)
    uniforms = rng.random(n_accounts)
    clusters = np.repeat(rng.random(-(-n_accounts // 777)) < 0.4, 777)[:n_accounts]
    edges = np.zeros(n_accounts, dtype=np.bool_)
    edges[[i for i in (0, 65_535, 65_536, n_accounts - 1) if 0 <= i < n_accounts]] = True
    masks = [uniforms < density for density in (0, 1e-4, 0.01, 0.0624, 0.0626, 0.5, 1)] + [clusters, edges]
    masks.append(np.where(np.arange(n_accounts) < 65_536, uniforms < 0.5, clusters))
    return [AccountSet.from_mask(mask) for mask in masks]


def bitmap_of(members):
    bitmap = BitMap(members.indices().tolist())
    bitmap.run_optimize()
    return bitmap


@pytest.mark.parametrize("n_accounts", N_ACCOUNTS)
def test_roaring_reads_what_was_saved_and_needs_no_less_room(n_accounts):
    for members in sets_of(n_accounts):
        saved = members.to_bytes()
        bitmap = BitMap.deserialize(saved[HEADER_BYTES:])
        assert list(bitmap) == list(members)
        assert len(saved) - HEADER_BYTES <= len(bitmap_of(members).serialize())
        assert AccountSet.from_bytes(saved) == members


@pytest.mark.parametrize("n_accounts", N_ACCOUNTS)
def test_what_roaring_saved_is_read(n_accounts):
    for members in sets_of(n_accounts):
        for bitmap in (BitMap(members.indices().tolist()), bitmap_of(members)):
            words = np.zeros_like(members.words)
            data = np.frombuffer(bitmap.serialize(), dtype=np.uint8)
            assert roaring.read(data, n_accounts, words) == len(members)
            assert (words == members.words).all()


@given(
    st.sets(st.integers(0, 199_999)), st.lists(st.tuples(st.integers(0, 199_999), st.integers(0, 9_000)), max_size=4)
)
def test_any_set_comes_back(members, stretches):
    for begin, length in stretches:
        members = members | set(range(begin, min(begin + length, 200_000)))
    saved = AccountSet.from_indices(sorted(members), 200_000).to_bytes()
    assert set(AccountSet.from_bytes(saved)) == members


@settings(max_examples=300)
@given(st.data())
def test_bytes_that_were_changed_are_refused_or_mean_what_roaring_reads(data):
    """Without our checksum, to reach the reader of containers: it may never crash nor read past the end."""
    members = data.draw(st.sampled_from(sets_of(65_537)))
    payload = bytearray(members.to_bytes()[HEADER_BYTES:])
    for _ in range(data.draw(st.integers(1, 4))):
        if payload:
            place = data.draw(st.integers(0, min(len(payload), 60) - 1))
            payload[place] = data.draw(st.integers(0, 255))
    payload = payload[: data.draw(st.integers(0, len(payload)))] if data.draw(st.booleans()) else payload
    words = np.zeros(_n_words(65_537), dtype=np.uint64)
    n = roaring.read(np.frombuffer(bytes(payload), dtype=np.uint8), 65_537, words)
    if n >= 0:
        assert n == len(AccountSet(words, 65_537))
        assert list(BitMap.deserialize(bytes(payload))) == list(AccountSet(words, 65_537))


def _n_words(n_accounts):
    return -(-n_accounts // 64)


@pytest.mark.parametrize("cut", [0, 10, HEADER_BYTES - 1, HEADER_BYTES, 100, -1])
def test_bytes_that_are_cut_short_are_refused(cut):
    saved = AccountSet.from_indices(range(0, 5_000, 7), 5_000).to_bytes()
    with pytest.raises(ValueError, match="save the set again"):
        AccountSet.from_bytes(saved[:cut])


def test_a_bit_that_flipped_is_found():
    saved = bytearray(AccountSet.from_indices(range(0, 5_000, 7), 5_000).to_bytes())
    for place in range(len(saved)):
        saved[place] ^= 4
        with pytest.raises(ValueError, match="save the set again"):
            AccountSet.from_bytes(bytes(saved))
        saved[place] ^= 4
