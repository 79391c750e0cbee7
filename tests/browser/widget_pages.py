"""The pages that the widgets' browser tests share: several widgets, one kernel."""

import json
from collections.abc import Sequence
from pathlib import Path

WORKBENCH = (
    """
    from pathlib import Path

    from workbench.audiences import TargetingSpec, VisitorDefinition
    from workbench.catalog import Catalog
    from workbench.universe import SHOP_TAG_ID
    from workbench.widgets import (
        AudienceBuilder, AudienceInspector, AudienceShelf, CatalogTable, CustomerListPanel, OverlapExplorer,
        TargetingComposer, project_universe,
    )

    universe = project_universe()
    shelf = AudienceShelf(universe, catalog=Catalog.open("catalog.db", who="ana"), base_folder=Path())
    for name, fields in (("Visitors", {}), ("Carts", {"events": ("addtocart",)}), ("Nobody", {"urls": ("nowhere",)})):
        shelf.add(shelf.new_spec(name, VisitorDefinition(visitor_source_id=SHOP_TAG_ID, **fields)))
    """,
    "CustomerListPanel(universe, base_folder=Path())",
    "AudienceBuilder(shelf)",
    "CatalogTable(shelf)",
    "AudienceInspector(shelf)",
    "OverlapExplorer(shelf)",
    """
    first = shelf.audiences[0].spec.audience_id
    TargetingComposer(shelf, TargetingSpec(audience_include=(first,), location=("US",)))
    """,
)


SIMULATOR = (
    """
    from simulator.widgets import CalibrationPanel, SweepExplorer, project_scenario

    scenario = project_scenario()
    """,
    "CalibrationPanel(scenario)",
    "SweepExplorer(scenario)",
)


def write_page(path: Path, cells: Sequence[str]) -> None:
    """Write a page as a notebook that Voilà can serve."""
    written = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": "\n".join(line.removeprefix("    ") for line in code.strip("\n").splitlines()),
        }
        for number, code in enumerate(cells)
    ]
    heading = {"cell_type": "markdown", "id": "heading", "metadata": {}, "source": f"# {path.stem.title()}"}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {"cells": [heading, *written], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook), "utf-8")
