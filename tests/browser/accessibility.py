"""What axe-core, the rule engine of the trade, finds wrong for people who do not see the page or do not use a mouse.

Use it on any page in one line: ``assert serious_findings(page) == []``.
"""

from collections.abc import Sequence

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Moderate and minor findings are matters of taste (a heading's level); these two keep somebody out.
KEEP_SOMEBODY_OUT = ("serious", "critical")

_axe = Axe()  # a script that the package brings along; nothing is fetched


def serious_findings(page: Page, *, within: str | None = None, schemes: Sequence[str] = ("light", "dark")) -> list[str]:
    """Return what is wrong on a page that shows its result, in each colour scheme; the scheme is put back afterwards.

    Parameters
    ----------
    page : Page
        Left as it was found.
    within : str, optional
        CSS selector of the part to look at, for what JupyterLab puts around a widget is not ours; else everything.
    schemes : sequence of str
        Colour schemes to look in. A theme that does not follow the system's scheme has to be set by the caller.

    Returns
    -------
    list of str
        One line for each element: scheme, rule, place, and what to do.
    """
    is_dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    found = []
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        page.evaluate(
            "Promise.allSettled(document.getAnimations().filter(a => a.effect.getTiming().iterations === 1)"
            ".map(a => a.finished))"
        )
        violations = _axe.run(page, context=within).response["violations"]
        found += [f"{scheme}: {line}" for violation in violations for line in _lines(violation)]
    page.emulate_media(color_scheme="dark" if is_dark else "light")
    return found


def _lines(violation: dict) -> list[str]:
    if violation["impact"] not in KEEP_SOMEBODY_OUT:
        return []
    return [f"{violation['id']} at {node['target'][-1]}: {node['failureSummary']}" for node in violation["nodes"]]
