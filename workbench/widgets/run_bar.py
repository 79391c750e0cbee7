"""Run, Cancel, how far it is, and what went wrong: the same four things wherever something takes long."""

from collections.abc import Callable

from ipywidgets import HTML, Box, Button, VBox

from workbench.jit import COMPILING
from workbench.widgets.layout import button, progress_html, row
from workbench.widgets.notice import Notice


class RunBar(VBox):
    """Progress and notice below a pair of buttons; put ``.buttons`` where they belong.

    Parameters
    ----------
    run_button : Button
        Starts the work.
    what : str
        What is going on while it runs, for example "Reading the list".
    """

    def __init__(self, run_button: Button, what: str) -> None:
        self._run, self._what = run_button, what
        self._cancel = button("Cancel")
        self._cancel.disabled = True
        self._progress = HTML()
        self.notice = Notice()
        self.buttons: Box = row(run_button, self._cancel, name="buttons")
        super().__init__((self._progress, self.notice))
        self.add_class("wb-run")

    def on_run(self, callback: Callable[[Button], object]) -> None:
        """Call back when the work is asked for."""
        self._run.on_click(callback)

    def on_cancel(self, callback: Callable[[Button], object]) -> None:
        """Call back when it shall stop."""
        self._cancel.on_click(callback)

    def begin(self) -> None:
        """Show that work has begun."""
        self.notice.clear()
        self._run.disabled, self._cancel.disabled = True, False
        self._progress.value = progress_html(self._what, None)

    def show_progress(self, n_done: int, n_total: int) -> None:
        """Show how far it is."""
        self._progress.value = progress_html(self._what, n_done / n_total if n_total else None)

    def show_compiling(self, is_compiling: bool) -> None:
        """Show that kernels are being compiled, or what was going on before."""
        self._progress.value = progress_html(f"{self._what} ({COMPILING})" if is_compiling else self._what, None)

    def end(self, error: Exception | None = None) -> None:
        """Show that it is over, and the error if there was one."""
        self._run.disabled, self._cancel.disabled = False, True
        self._progress.value = ""
        if error is not None:
            self.notice.say_error(error)


class ShowsWork:
    """A panel that shows its work on a run bar; `Work` tells it."""

    _run_bar: RunBar

    def on_progress(self, n_done: int, n_total: int) -> None:
        """Show how far it is."""
        self._run_bar.show_progress(n_done, n_total)

    def on_compiling(self, is_compiling: bool) -> None:
        """Show that kernels are being compiled."""
        self._run_bar.show_compiling(is_compiling)

    def on_failed(self, error: Exception) -> None:
        """Show why there is nothing new; what was there stays."""
        self._run_bar.end(error)
