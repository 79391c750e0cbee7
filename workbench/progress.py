"""How long work tells its caller how far it is, and how the caller stops it.

One mechanism serves both: work calls ``on_progress(n_done, n_total)`` at every step, and a caller who wants it to stop
raises `workbench.errors.CancelledError` from inside that call. There is no second channel to keep in step.
"""

from typing import Protocol


class Progress(Protocol):
    """A callback that long work calls at every step, and that may raise ``CancelledError``."""

    def __call__(self, n_done: int, n_total: int, /) -> None:
        """Take note that ``n_done`` of ``n_total`` steps are done."""


def ignore_progress(n_done: int, n_total: int, /) -> None:
    """Take no note: the default of every ``on_progress``."""
