"""Asking for memory before it is needed: a word that processors know and Numba does not."""

from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from workbench.jit import intrinsic, types

_WORD = ir.IntType(32)
_TO_READ, _TO_KEEP, _AS_DATA = _WORD(0), _WORD(3), _WORD(1)


@intrinsic
def prefetch(_context: Any, _address: Any) -> Any:
    """Ask for the memory at an address; a hint, which changes no result and cannot fail.

    Parameters
    ----------
    address : uintp
        Any address.
    """
    return types.void(types.uintp), _write_prefetch


def _write_prefetch(context: Any, builder: ir.IRBuilder, _signature: Any, arguments: Sequence[ir.Value]) -> ir.Value:
    place = builder.inttoptr(arguments[0], ir.IntType(8).as_pointer())
    name = "llvm.prefetch.p0"
    function = builder.module.globals.get(name)
    if function is None:
        function_type = ir.FunctionType(ir.VoidType(), [place.type, _WORD, _WORD, _WORD])
        function = ir.Function(builder.module, function_type, name)
    builder.call(function, [place, _TO_READ, _TO_KEEP, _AS_DATA])
    return context.get_dummy_value()
