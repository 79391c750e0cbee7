"""A number to choose by sliding or typing: the browser's own controls, so keyboard and screen reader work."""

from typing import Any

import anywidget
import traitlets

from workbench.widgets.page import _FOLDER, page


class Slider(anywidget.AnyWidget):
    """A labelled range with a number field beside it; ``.value`` is always between ``low`` and ``high``.

    Parameters
    ----------
    **traits
        ``label``, ``unit`` ("$"; shown before the number), ``per`` ("CPM"; shown after it), ``hint``, ``value``,
        ``low``, ``high``, ``step``, ``is_disabled``.
    """

    _esm = _FOLDER / "slider.js"
    label = traitlets.Unicode().tag(sync=True)
    unit = traitlets.Unicode().tag(sync=True)
    per = traitlets.Unicode().tag(sync=True)
    hint = traitlets.Unicode().tag(sync=True)
    low = traitlets.Float(0.0).tag(sync=True)
    high = traitlets.Float(1.0).tag(sync=True)
    step = traitlets.Float(0.01).tag(sync=True)
    value = traitlets.Float().tag(sync=True)
    is_disabled = traitlets.Bool(False).tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        page()
        super().__init__(**traits)

    @traitlets.validate("value")
    def _within_limits(self, proposal: Any) -> float:
        return float(min(max(proposal["value"], self.low), self.high))


def nice_limit(value: float) -> float:
    """Round up to one digit, so that a slider ends at 20 and not at 18.4."""
    scale = 10.0 ** max(0, len(str(int(value))) - 1)
    return float(-(-value // scale) * scale)
