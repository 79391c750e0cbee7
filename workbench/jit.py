"""The one compile policy of both packages; Numba is imported nowhere else.

``fastmath`` stays off: money must be exact and results must not depend on the machine. ``nogil`` is on so that kernels
run in threads while a page keeps answering. ``error_model="numpy"`` drops the branch that checks every division, which
kernels do not need because they divide by validated positive numbers only. ``cache`` keeps compiled code between
processes.
"""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


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
