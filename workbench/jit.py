"""The one compile policy of both packages; Numba is imported nowhere else.

``fastmath`` stays off: money must be exact and results must not depend on the machine. ``nogil`` is on so that kernels
run in threads while a page keeps answering. ``error_model="numpy"`` drops the branch that checks every division, which
kernels do not need because they divide by validated positive numbers only. ``cache`` keeps compiled code between
processes.

A few kernels of `workbench.identity` name machine instructions that Numba has no words for; `intrinsic` and `types` are
what they need to do so. Code that names an instruction which the target lacks does not fail to compile: LLVM ends the
process. Such a kernel is therefore chosen by `has_cpu_feature`, at import, and never by trying.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, ParamSpec, TypeVar, cast

import numba
from numba import extending
from numba import types as types
from numba.core import event
from numba.core.registry import cpu_target

COMPILING: Final = "compiling for this machine, only this once"
"""What a screen says while it waits for kernels."""

P = ParamSpec("P")
R = TypeVar("R")

IS_COMPILING: Final = not numba.config.DISABLE_JIT  # type: ignore[attr-defined] # set when Numba reads the environment
"""False under ``NUMBA_DISABLE_JIT=1``: then kernels are ordinary Python, and machine instructions are out of reach."""


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function of plain arrays and numbers; it stays ordinary Python under ``NUMBA_DISABLE_JIT=1``.

    Parameters
    ----------
    function : callable
        Module-level function of NumPy arrays and scalars. A closure would miss the cache on every start.

    Returns
    -------
    callable
        The compiled function, same signature.
    """
    compiled: Any = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    return cast(Callable[P, R], compiled)


def borrowing_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function that makes no arrays and keeps none: it counts no references to those it is given.

    Counting them costs more than a whole auction where many small kernels hand many arrays to each other.

    Parameters
    ----------
    function : callable
        As for `kernel`; arrays are parameters, never results, and memory to work in is a parameter too.

    Returns
    -------
    callable
        The compiled function, same signature.
    """
    options: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False, "forceinline": True}
    compiled: Any = numba.njit(**options)(function)
    return cast(Callable[P, R], compiled)


def intrinsic(write: Callable[..., Any]) -> Callable[..., Any]:
    """Give kernels a function whose code is written in LLVM's language; it cannot run outside of a kernel.

    Parameters
    ----------
    write : callable
        Module-level function of the typing context and the types of the arguments, to the signature and the function
        that writes the code; see `numba.extending.intrinsic`.

    Returns
    -------
    callable
        What kernels call, without the context.
    """
    made: Callable[..., Any] = extending.intrinsic(write)
    return made


def has_cpu_feature(name: str) -> bool:
    """Return whether compiled code may use a feature of the processor.

    The compile target is asked and not the processor, since ``NUMBA_CPU_NAME`` and ``NUMBA_CPU_FEATURES`` may make the
    target the lesser of the two.

    Parameters
    ----------
    name : str
        LLVM's name, such as ``"sha"`` or ``"avx2"``.
    """
    if not IS_COMPILING:
        return False
    _, _, features = cpu_target.target_context.codegen().magic_tuple()
    return f"+{name}" in features.split(",")


@contextmanager
def telling_of_compilation(tell: Callable[[bool], None]) -> Iterator[None]:
    """Call back whenever compilation begins and ends, so that a screen can say what the wait is for.

    Compiled code is kept between processes, so this happens once on a machine; what comes from the cache is not told.

    Parameters
    ----------
    tell : callable
        Takes True when something begins to compile, and False when it is done; called on the thread that compiles.
    """
    with event.install_listener("numba:compile", _Compilations(tell)):
        yield


class _Compilations(event.Listener):
    """Pass on the outermost of nested compilations: a kernel that calls others compiles them on its way."""

    def __init__(self, tell: Callable[[bool], None]) -> None:
        self._tell = tell
        self._depth = 0

    def on_start(self, event: object) -> None:  # noqa: ARG002 - Numba's listeners take it
        """Take note of one more."""
        self._depth += 1
        if self._depth == 1:
            self._tell(True)

    def on_end(self, event: object) -> None:  # noqa: ARG002
        """Take note that the innermost is done."""
        self._depth -= 1
        if self._depth == 0:
            self._tell(False)
