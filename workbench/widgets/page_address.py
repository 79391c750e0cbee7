"""What stands behind the "?" of a dashboard's address, so that what somebody sees can be sent as a link.

The address is read in the browser and not by the server: a kernel may be ready before anybody has opened the page.
"""

import anywidget
import traitlets

from workbench.widgets.page import _FOLDER, page

MAX_QUERY = 8_000
"""Letters that an address may have; browsers and proxies get difficult with more."""


class PageAddress(anywidget.AnyWidget):
    """A button that copies the page's address; in JupyterLab, whose address is its own, there is nothing to see.

    Parameters
    ----------
    label : str
        What the button says.

    Attributes
    ----------
    query : str
        What stands behind the "?". Set it and the address changes, without loading the page anew.
    is_known : bool
        Whether a browser has said what stands there.
    """

    _esm = _FOLDER / "page_address.js"
    label = traitlets.Unicode().tag(sync=True)
    query = traitlets.Unicode().tag(sync=True)
    is_known = traitlets.Bool(False).tag(sync=True)

    def __init__(self, label: str = "Copy link") -> None:
        page()
        super().__init__(label=label)

    @traitlets.validate("query")
    def _within_limits(self, proposal: dict[str, str]) -> str:
        query = proposal["value"]
        return query if len(query) <= MAX_QUERY else ""
