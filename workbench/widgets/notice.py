"""The line under a control that says what went wrong, and the guard that every callback runs under.

An exception in a callback is otherwise invisible: Voilà shows nothing and JupyterLab hides it in a log. The guard turns
it into one plain sentence at the place where it happened. A refusal speaks for itself; anything unexpected gets a
reference that is also in the log. The log holds where it happened but not the exception's text, which might quote a
record of a customer list.
"""

import contextlib
import functools
import html
import logging
import os
import re
import secrets
import traceback
from collections.abc import Callable, Iterator
from typing import Literal, ParamSpec

from ipywidgets import HTML

from workbench.errors import CancelledError, WorkbenchError
from workbench.widgets.project import project_folder

P = ParamSpec("P")

_PLAIN_WORD = re.compile(r"[a-z][a-z-]* ")
_RULE_NUMBERS = re.compile(r" \((?:[SQP][0-9]+(?:, )?)+\)")

logger = logging.getLogger("workbench.widgets")


class Notice(HTML):
    """A line for one sentence; takes no room while it has none."""

    def __init__(self) -> None:
        super().__init__()
        self.add_class("wb-notice")

    def say(self, sentence: str, tone: Literal["bad", "plain"] = "bad") -> None:
        """Show a sentence; ``"bad"`` is announced by screen readers at once."""
        role = "alert" if tone == "bad" else "status"
        self.value = f'<p class="wb-{tone}" role="{role}">{html.escape(sentence)}</p>'

    def clear(self) -> None:
        """Show nothing."""
        self.value = ""

    def say_error(self, error: BaseException) -> None:
        """Show what became of work that ended with ``error``."""
        self.say(error_words(error), tone="plain" if isinstance(error, CancelledError) else "bad")

    @contextlib.contextmanager
    def guard(self) -> Iterator[None]:
        """Clear the line, run the block, and show its error if it has one."""
        self.clear()
        try:
            yield
        except Exception as error:  # the last place where an error can still be shown to the person it concerns
            self.say_error(error)

    def guarded(self, callback: Callable[P, object]) -> Callable[P, None]:
        """Return ``callback`` under the guard, for ``on_click`` and ``observe``."""

        @functools.wraps(callback)
        def run(*args: P.args, **kwargs: P.kwargs) -> None:
            with self.guard():
                callback(*args, **kwargs)

        return run


def error_words(error: BaseException) -> str:
    """Say in one sentence what became of work that ended with an error; what nobody expected is logged as well."""
    if isinstance(error, CancelledError):
        return "Stopped; nothing was changed."
    if isinstance(error, WorkbenchError):
        return screen_words(str(error))
    return f"Something went wrong (reference {_logged(error)}). Nothing was changed; please try again."


def screen_words(message: str) -> str:
    """Make a refusal or a warning fit to be read on a screen.

    Parameters
    ----------
    message : str
        As the command line says it.

    Returns
    -------
    str
        With a capital to begin with, unless that is the name of a field or file, which stays as it is spelled; with
        paths from the project's folder on; without the numbers of the rules that it rests on.
    """
    shortened = _RULE_NUMBERS.sub("", message.replace(f"{project_folder()}{os.sep}", ""))
    return shortened[:1].upper() + shortened[1:] if _PLAIN_WORD.match(shortened) else shortened


def _logged(error: BaseException) -> str:
    reference = secrets.token_hex(3)
    where = "".join(traceback.format_tb(error.__traceback__))
    logger.error("reference %s: %s (text withheld)\n%s", reference, type(error).__name__, where)
    return reference
