"""What processors do and Numba has no words for: comparing many words at once."""

from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from workbench.jit import intrinsic, types

N_COMPARED = 16
"""Words that `n_before_equal` compares."""

_WORD, _ADDRESS = ir.IntType(32), ir.IntType(64)
_WORDS = ir.VectorType(_WORD, N_COMPARED)


@intrinsic
def n_before_equal(_context: Any, _address: Any, _word: Any) -> Any:
    """Return how many words from an address on come before the first that is equal to one.

    Parameters
    ----------
    address : uintp
        Of `N_COMPARED` words (uint32) that may be read.
    word : uint32
        What to compare them with.

    Returns
    -------
    int64
        0 to `N_COMPARED`; the latter if none of them is equal.
    """
    return types.int64(types.uintp, types.uint32), _write_compare


def _write_compare(_context: Any, builder: ir.IRBuilder, _signature: Any, arguments: Sequence[ir.Value]) -> ir.Value:
    address, word = arguments
    words = builder.load(builder.inttoptr(address, _WORDS.as_pointer()), align=4)
    undefined = ir.Constant(_WORDS, ir.Undefined)
    lowest = builder.insert_element(undefined, word, _WORD(0))
    spread = builder.shuffle_vector(lowest, undefined, ir.Constant(_WORDS, [0] * N_COMPARED))
    bits = builder.bitcast(builder.icmp_unsigned("==", words, spread), ir.IntType(N_COMPARED))
    with_end = builder.or_(builder.zext(bits, _WORD), _WORD(1 << N_COMPARED))
    return builder.zext(builder.cttz(with_end, ir.IntType(1)(1)), _ADDRESS)
