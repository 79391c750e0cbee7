"""Controls that follow a value: what the widget says to them is not what a person says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from workbench.widgets.notice import Notice


class FollowsState:
    """Mixed into a widget whose controls are set when its state is, and whose state changes when a person moves one.

    Attributes
    ----------
    _notice : Notice
        The widget's own; it shows what a person's move is refused for.
    """

    _notice: Notice
    _is_following = False

    @contextmanager
    def _following(self) -> Iterator[None]:
        """Set the controls in this context; nothing that they report in it is taken for a person's move."""
        was_following, self._is_following = self._is_following, True
        try:
            yield
        finally:
            self._is_following = was_following

    def _when_moved(self, callback: Callable[[Any], None]) -> Callable[[Any], None]:
        """Return a callback for what a person does to a control, deaf to what the widget does while it follows."""

        def run(change: Any) -> None:
            if not self._is_following:
                callback(change)

        return self._notice.guarded(run)
