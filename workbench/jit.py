"""The one compile policy of both packages; Numba is imported nowhere else.

``fastmath`` stays off: money must be exact and results must not depend on the machine. ``nogil`` is on so that kernels
run in threads while a page keeps answering. ``error_model="numpy"`` drops the branch that checks every division, which
kernels do not need because they divide by validated positive numbers only.

Compiled code is kept between processes, in the ``__pycache__`` beside the kernel. Where that cannot be written, as in
an install for everybody, new code is kept in the user's own cache folder, and what lies beside the kernel is read.
``NUMBA_CACHE_DIR`` names another folder instead of both. Where nothing can be written, every process compiles. Code
counts as long as Numba, the processor and the source are the same: not only the kernel's own file, but those of all
that it imports from these packages (`workbench.source_digest`). A damaged file is as good as none.

A few kernels of `workbench.identity` name machine instructions that Numba has no words for; `intrinsic` and `types` are
what they need to do so. Code that names an instruction which the target lacks does not fail to compile: LLVM ends the
process. Such a kernel is therefore chosen by `has_cpu_feature`, at import, and never by trying.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar, cast

import numba
from numba import _dispatcher as dispatching
from numba import extending
from numba import types as types
from numba.core import caching, event
from numba.core.registry import cpu_target

from workbench.source_digest import source_digest

COMPILING: Final = "compiling for this machine, only this once"
"""What a screen says while it waits for kernels."""

P = ParamSpec("P")
R = TypeVar("R")

_settings: Any = numba.config  # whose attributes are set when Numba reads the environment

_BORROWING: Final = {"_nrt": False, "forceinline": True}
_WITHOUT_A_WAY_IN: Final = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}

IS_COMPILING: Final = not _settings.DISABLE_JIT
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
    return _compiled(function, {})


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
    return _compiled(function, _BORROWING)


def inner_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a borrowing kernel that kernels alone may call: calling it from Python raises a TypeError.

    Code that takes some dozen arrays over from Python is longer than most kernels, so compiling takes less than half
    the time where there is none.

    Parameters
    ----------
    function : callable
        As for `borrowing_kernel`.

    Returns
    -------
    callable
        What other kernels call; ordinary Python under ``NUMBA_DISABLE_JIT=1``.
    """
    return _kept_from_python(_compiled(function, _BORROWING | _WITHOUT_A_WAY_IN))


def rare_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile an inner kernel that is called seldom: its code stays apart from its callers'.

    An inner kernel's code goes into every caller, and there it takes registers from what is needed all the time.

    Parameters
    ----------
    function : callable
        As for `inner_kernel`.

    Returns
    -------
    callable
        As of `inner_kernel`.
    """
    return _kept_from_python(_compiled(function, {"_nrt": False} | _WITHOUT_A_WAY_IN))


def typed_once(function: Callable[P, R]) -> Callable[P, R]:
    """Return a kernel whose arguments are all of the types that those of its first call have.

    At each call Numba works out the types of all arguments. For the fifty arrays of an auction, in tuples in tuples,
    that takes 8 µs, where to hand them over takes less than one.

    Parameters
    ----------
    function : callable
        From `kernel` or `borrowing_kernel`.

    Returns
    -------
    callable
        The same, by position, for one caller whose arrays keep their dtypes, dimensions and layouts. Of others it makes
        nonsense, and says so only where their items have another size: then it raises a TypeError.
    """
    code: Callable[..., R] | None = None

    def call(*arguments: Any) -> R:
        nonlocal code
        if code is None:
            code = _code_of(function, arguments)
        return code(*arguments)

    return cast(Callable[P, R], call) if IS_COMPILING else function


_codes: dict[tuple[object, bytes], Callable[..., Any]] = {}
"""What kernels are compiled to, by kernel and types."""


def _code_of(dispatcher: Any, arguments: tuple[Any, ...]) -> Callable[..., Any]:
    """Return what a kernel is compiled to for arguments of these types; compile it if it is not yet."""
    key = dispatcher, dispatching.compute_fingerprint(arguments)
    if key not in _codes:
        _codes[key] = dispatcher.compile(tuple(map(numba.typeof, arguments)))
    return _codes[key]


def _kept_from_python(compiled: Callable[P, R]) -> Callable[P, R]:
    """Refuse calls from Python: Numba's dispatcher would jump to where there is no code."""
    if IS_COMPILING:

        def refuse(*_arguments: object, **_named: object) -> None:
            raise TypeError(f"expected a kernel to call {compiled.__name__}, got a call from Python; call it in one")

        dispatcher: Any = compiled
        dispatcher.add_overload = lambda made: dispatcher.overloads.update({tuple(made.signature.args): made})
        dispatcher._compile_for_args = refuse
    return compiled


def _compiled(function: Callable[P, R], options: dict[str, Any]) -> Callable[P, R]:
    compiled: Any = numba.njit(nogil=True, error_model="numpy", **options)(function)
    if IS_COMPILING:
        with suppress(RuntimeError):  # it has no file, or no folder can be written
            compiled._cache = _KernelCache(function)
    return cast(Callable[P, R], compiled)


class _KernelCache(caching.FunctionCache):
    """Where a kernel's compiled code is kept; the hooks that Numba has for it, and no more."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        name, stamp = self._impl.filename_base, source_digest(function.__module__)
        beside = Path(function.__code__.co_filename).with_name("__pycache__")
        self._cache_file = caching.IndexDataCacheFile(self.cache_path, name, stamp)
        self._is_read_beside = not _settings.CACHE_DIR and beside != Path(self.cache_path)
        self._beside = caching.IndexDataCacheFile(str(beside), name, stamp)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return what is kept for a signature, None if there is nothing."""
        try:
            found = super().load_overload(sig, target_context)
            if found is None and self._is_read_beside:
                kept = self._beside.load(self._index_key(sig, target_context.codegen()))
                found = None if kept is None else self._impl.rebuild(target_context, kept)
        except Exception:  # unpickling a damaged file may raise anything
            with suppress(OSError):
                self.flush()
            return None
        return found

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep compiled code; a full disk costs time and no result."""
        with suppress(OSError):
            super().save_overload(sig, data)


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
