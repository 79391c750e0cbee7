"""What a dashboard says about itself, read from its notebook, so that a new one appears on the index by being there.

A notebook's metadata hold ``title`` and, under ``dashboard``, ``question``, ``summary`` and ``order``; a picture is an
SVG of the same name beside it. What is missing is taken from the notebook's first heading and paragraph, so that a
notebook that was only just dropped into the folder has a card too.
"""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

LAST = 1_000
NO_PICTURE = (
    '<svg viewBox="0 0 320 120" aria-hidden="true"><path d="M24 96h272" stroke="var(--wb-line-strong)"/>'
    '<path d="M32 84 92 60l56 12 60-40 80 16" fill="none" stroke="var(--wb-accent)" stroke-width="3"/></svg>'
)


class Dashboard(NamedTuple):
    """One dashboard, as its card on the index shows it."""

    slug: str  # its place in an address: campaign-what-if of campaign_what_if.ipynb
    notebook: str  # file name
    title: str
    question: str
    summary: str
    picture: str  # SVG, decoration only
    order: float


def dashboards_in(folder: Path) -> list[Dashboard]:
    """Return the dashboards of a folder, in their order; folders below it are not looked into.

    Parameters
    ----------
    folder : Path
        Notebooks that cannot be read are left out: half of a file that is just being copied is no dashboard yet.
    """
    found = (_dashboard(path) for path in folder.glob("*.ipynb") if not path.name.startswith("."))
    return sorted(filter(None, found), key=lambda dashboard: (dashboard.order, dashboard.title.casefold()))


def _dashboard(path: Path) -> Dashboard | None:
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        metadata, (heading, paragraph) = notebook["metadata"], _opening_words(notebook["cells"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    about = metadata.get("dashboard", {})
    return Dashboard(
        slug=path.stem.replace("_", "-").lower(),
        notebook=path.name,
        title=metadata.get("title") or heading or path.stem.replace("_", " ").capitalize(),
        question=about.get("question", ""),
        summary=about.get("summary") or paragraph,
        picture=_picture(path.with_suffix(".svg")),
        order=about.get("order", LAST),
    )


def _opening_words(cells: list[dict[str, Any]]) -> tuple[str, str]:
    """Return the first heading and the first paragraph of the text at the top."""
    text = "".join(cells[0]["source"]) if cells and cells[0]["cell_type"] == "markdown" else ""
    heading = re.search(r"^# +(.+)$", text, re.MULTILINE)
    paragraphs = (part.strip() for part in re.split(r"\n\s*\n", text))
    plain = (part for part in paragraphs if part and not part.startswith("#"))
    return (heading[1].strip() if heading else ""), " ".join(next(plain, "").split())


def _picture(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else NO_PICTURE
