"""Counter-based random draws: every draw is a function of what it is for, not of what was drawn before it.

A draw is ``mix(key + counter * odd)``, where the key names the run and the purpose and the counter names the
opportunity. Nothing is advanced, so splitting a tick into batches, running replications in threads or skipping draws
that cannot matter changes no result, and two scenarios with the same run seed meet the same people and the same rivals:
their difference is caused by what was changed.

``mix`` is the finaliser of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
"""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from workbench.jit import kernel

U64 = np.uint64

GOLDEN = U64(0x9E3779B97F4A7C15)
_MIX_1 = U64(0xBF58476D1CE4E5B9)
_MIX_2 = U64(0x94D049BB133111EB)
_LANE = U64(0xD1342543DE82EF95)
_S27 = U64(27)
_S30 = U64(30)
_S31 = U64(31)
_ONE = U64(1)
_MASK_64 = (1 << 64) - 1


class Stream(IntEnum):
    """What a draw is for. A purpose keeps its number for ever: changing one changes every result."""

    TRAFFIC = 1
    ACCOUNT = 2
    RIVAL_BID = 3
    CLICK = 4
    REVIEW = 5
    POPULATION = 6
    REPLICATION = 7
    CANDIDATE = 8
    RESPONSE = 9
    IN_VIEW = 10
    AD = 11
    LIFT = 12
    REFRESH = 13
    COUNTRY = 14


_STREAMS = {int(stream): stream for stream in Stream}
_N_STREAMS = max(_STREAMS) + 1


def stream_key(rng_seed: int, stream: Stream) -> np.uint64:
    """Derive the key of one purpose in one run.

    Parameters
    ----------
    rng_seed : int
        Seed of the run, 0 to 2**63 - 1.
    stream : Stream
        The purpose.

    Returns
    -------
    uint64
        The key that draws of that purpose start from.
    """
    return U64(scalar_mix(scalar_mix(rng_seed) + int(stream) * int(GOLDEN)))


def stream_keys(rng_seed: int) -> NDArray[np.uint64]:
    """Derive the keys of all purposes in one run: uint64 array, indexed by `Stream`."""
    return np.array(
        [stream_key(rng_seed, _STREAMS[number]) if number in _STREAMS else U64(0) for number in range(_N_STREAMS)], U64
    )


def scalar_mix(value: int) -> int:
    """Mix one Python integer: the same function as `mix`, for the few draws made outside compiled code."""
    value &= _MASK_64
    value = ((value ^ (value >> 30)) * int(_MIX_1)) & _MASK_64
    value = ((value ^ (value >> 27)) * int(_MIX_2)) & _MASK_64
    return value ^ (value >> 31)


def scalar_uniform(rng_seed: int, stream: Stream, counter: int) -> float:
    """Draw one number uniform on [0, 1), with 53 random bits."""
    return (scalar_mix(int(stream_key(rng_seed, stream)) + counter * int(GOLDEN)) >> 11) / (1 << 53)


def replication_seed(rng_seed: int, replication: int) -> int:
    """Derive the seed of one replication; the same replication of two scenarios gets the same seed."""
    return scalar_mix(int(stream_key(rng_seed, Stream.REPLICATION)) + replication * int(GOLDEN)) >> 1


@kernel
def mix(value: np.uint64) -> np.uint64:
    """Scramble 64 bits (SplitMix64 finaliser)."""
    value = (value ^ (value >> _S30)) * _MIX_1
    value = (value ^ (value >> _S27)) * _MIX_2
    return value ^ (value >> _S31)


@kernel
def draw(key: np.uint64, counter: np.uint64) -> np.uint64:
    """Draw 64 random bits for one opportunity."""
    return mix(key + counter * GOLDEN)


@kernel
def lane_offset(lane: np.uint64) -> np.uint64:
    """Return where a lane lies from the draw of an opportunity; mixing the sum of both is `lane_mix`."""
    return (lane + _ONE) * _LANE


@kernel
def lane_mix(base: np.uint64, lane: np.uint64) -> np.uint64:
    """Draw 64 random bits for one lane of an opportunity whose own draw is at hand."""
    return mix(base + lane_offset(lane))


@kernel
def lane_draw(key: np.uint64, counter: np.uint64, lane: np.uint64) -> np.uint64:
    """Draw 64 random bits for one opportunity and one lane of it, such as an ad group."""
    return lane_mix(draw(key, counter), lane)
