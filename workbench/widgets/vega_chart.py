"""Shows an Altair chart: offline, in the page's own colours, as wide as its card, and redrawn without a flicker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from workbench.charts.theme import colours
from workbench.widgets.page import _FOLDER, page

if TYPE_CHECKING:
    from workbench.charts.theme import AnyChart


class VegaChart(anywidget.AnyWidget):
    """A chart on a page.

    Parameters
    ----------
    chart : alt.Chart or a composition of charts
        A chart of at most about 2,000 rows; `workbench.charts` and `simulator.charts` make them. Set ``.chart`` to show
        another one in the same place.

    Attributes
    ----------
    picked : str
        The ``key`` of the mark that was clicked last, of charts whose marks have one.

    Notes
    -----
    The element has ``vegaView``, the running Vega view, so that a test can read the data that is drawn.
    """

    _esm = _FOLDER / "vega_chart.js"
    spec = traitlets.Dict().tag(sync=True)
    tokens = traitlets.Dict().tag(sync=True)
    picked = traitlets.Unicode().tag(sync=True)

    def __init__(self, chart: AnyChart, **traits: Any) -> None:
        page()
        self._chart = chart
        super().__init__(
            spec=chart.to_dict(), tokens={value.light: name for name, value in colours().items()}, **traits
        )

    @property
    def chart(self) -> AnyChart:
        """The chart that is shown."""
        return self._chart

    @chart.setter
    def chart(self, chart: AnyChart) -> None:
        self._chart = chart
        self.spec = chart.to_dict()
