"""What an analyst sees: panels for lists, audiences and their overlap; the only place here that imports ipywidgets."""

from workbench.widgets.audience_builder import AudienceBuilder
from workbench.widgets.audience_inspector import AudienceInspector
from workbench.widgets.audience_table import AudienceTable
from workbench.widgets.catalog_table import CatalogTable
from workbench.widgets.catalog_view import CatalogView
from workbench.widgets.customer_list_panel import CustomerListPanel
from workbench.widgets.inspector_view import InspectorView
from workbench.widgets.overlap_explorer import OverlapExplorer
from workbench.widgets.overlap_view import OverlapView
from workbench.widgets.project import project_folder, project_universe, universe_path
from workbench.widgets.shelf import AudienceShelf
from workbench.widgets.targeting_composer import TargetingComposer
from workbench.widgets.vega_chart import VegaChart

__all__ = [
    "AudienceBuilder",
    "AudienceInspector",
    "AudienceShelf",
    "AudienceTable",
    "CatalogTable",
    "CatalogView",
    "CustomerListPanel",
    "InspectorView",
    "OverlapExplorer",
    "OverlapView",
    "TargetingComposer",
    "VegaChart",
    "project_folder",
    "project_universe",
    "universe_path",
]
