"""What a page needs once, however many widgets it shows: the style sheet and the chart library.

The browser gets both from one invisible widget, about 0.9 MB, instead of from every chart, and never from a network.
vl-convert carries Vega; turning it into one script takes over a second, so the script is kept in the user's cache
folder, one file a version.
"""

import contextlib
import os
from functools import cache
from importlib.metadata import version
from pathlib import Path

import anywidget
import traitlets

from workbench.charts.theme import TOKENS_PATH, vega_lite_version
from workbench.whole_file import write_whole_file

_FOLDER = Path(__file__).parent
_OWN_SHEETS = ("style.css", "table.css", "picks.css", "files.css", "catalog.css", "overlap.css")
_STYLE_SHEETS = (TOKENS_PATH, *(_FOLDER / name for name in _OWN_SHEETS))


class Page(anywidget.AnyWidget):
    """The invisible widget behind every other one; it has nothing to show and no state to save."""

    _esm = _FOLDER / "page.js"
    _css = "\n".join(sheet.read_text(encoding="utf-8") for sheet in _STYLE_SHEETS)
    vega_bundle = traitlets.Unicode().tag(sync=True)


@cache
def page() -> Page:
    """Return this kernel's `Page`, made on first use: a kernel talks to one page of a browser at a time."""
    return Page(vega_bundle=vega_bundle(cache_folder()))


def cache_folder() -> Path:
    """Return where files that can be made again are kept: ``$XDG_CACHE_HOME`` or ``~/.cache``, and in it our own."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "audience-workbench"


def vega_bundle(folder: Path) -> str:
    """Return the script that defines ``window.workbenchVegaEmbed``.

    Parameters
    ----------
    folder : Path
        Where to keep it. A folder that cannot be written only costs the second it takes to make the script.

    Returns
    -------
    str
        JavaScript of about 0.9 MB.
    """
    import vl_convert

    path = folder / f"vega-{version('vl-convert-python')}-{vega_lite_version()}.js"
    with contextlib.suppress(OSError):
        return path.read_text(encoding="utf-8")
    script: str = vl_convert.javascript_bundle("window.workbenchVegaEmbed = vegaEmbed;", vega_lite_version())
    with contextlib.suppress(OSError):
        write_whole_file(path, script, "the chart library")
    return script
