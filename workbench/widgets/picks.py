"""One of several, or several of many: the browser's own radio buttons and tick boxes, in a look that fits.

``cards`` have a line of explanation, ``segments`` switch a view, ``pills`` are for a handful of words, a ``list`` can
be searched, and a ``select`` drops down.
"""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import anywidget
import traitlets

from workbench.widgets.page import _FOLDER, page
from workbench.widgets.table import Tone

Look = Literal["cards", "segments", "pills", "list", "select"]


class Option(NamedTuple):
    """One thing to pick.

    Parameters
    ----------
    value : str
        What it is for the program.
    label : str
        What it is for people.
    hint : str
        A few more words.
    pill : str
        A status as a word, and
    tone : {"good", "warn", "bad", "plain"}
        the colour that goes with it.
    is_country : bool
        That the value is a country's ISO code, which the browser has the name for.
    is_disabled : bool
        That it cannot be picked.
    """

    value: str
    label: str = ""
    hint: str = ""
    pill: str = ""
    tone: Tone = "plain"
    is_country: bool = False
    is_disabled: bool = False


class _Picks(anywidget.AnyWidget):
    _esm = _FOLDER / "picks.js"
    label = traitlets.Unicode().tag(sync=True)
    hint = traitlets.Unicode().tag(sync=True)
    empty = traitlets.Unicode().tag(sync=True)
    look = traitlets.Unicode().tag(sync=True)
    options: Any = traitlets.List().tag(sync=True)
    is_single = traitlets.Bool().tag(sync=True)
    is_disabled = traitlets.Bool(False).tag(sync=True)

    def __init__(self, label: str, options: Sequence[Option], look: Look, **traits: Any) -> None:
        page()
        super().__init__(label=label, options=[option._asdict() for option in options], look=look, **traits)

    def offer(self, options: Sequence[Option]) -> None:
        """Offer these options instead of the present ones; of what is picked, what is still offered stays."""
        made = [option._asdict() for option in options]
        if made != self.options:
            with self.hold_sync():
                self.options = made
                self._keep_offered([option.value for option in options])

    def _keep_offered(self, offered: Sequence[str]) -> None:
        raise NotImplementedError


class PickOne(_Picks):
    """One of several.

    Parameters
    ----------
    label : str
        What is picked.
    options : sequence of Option
        Of which; the first is picked to begin with.
    look : {"cards", "segments", "pills", "list", "select"}
        How it looks.

    Attributes
    ----------
    value : str
        The one that is picked; empty while there is none to pick.
    """

    value = traitlets.Unicode().tag(sync=True)

    def __init__(self, label: str, options: Sequence[Option], look: Look = "cards", **traits: Any) -> None:
        first = options[0].value if options else ""
        super().__init__(label, options, look, is_single=True, **{"value": first, **traits})

    def _keep_offered(self, offered: Sequence[str]) -> None:
        if self.value not in offered:
            self.value = offered[0] if offered else ""


class PickMany(_Picks):
    """Any number of many, in the order they were picked.

    Parameters
    ----------
    label : str
        What is picked.
    options : sequence of Option
        Of which.
    look : {"pills", "list"}
        How it looks.

    Attributes
    ----------
    value : tuple of str
        Those that are picked.
    """

    value: Any = traitlets.Tuple().tag(sync=True)

    def __init__(self, label: str, options: Sequence[Option], look: Look = "list", **traits: Any) -> None:
        super().__init__(label, options, look, is_single=False, **traits)

    def _keep_offered(self, offered: Sequence[str]) -> None:
        self.value = tuple(value for value in self.value if value in offered)
