"""The catalogue of saved audiences: versions, sizes, history, notes and targeting sets, in SQLite or PostgreSQL.

`catalog` is the way in. Behind it `database` and `migrating` open, `transaction` holds the pen, `saving`, `deletion`,
`populations` and `targetings` write, `reading`, `listing` and `where_used` answer, `exchange` exports and imports.
"""

from workbench.catalog.catalog import Catalog
from workbench.catalog.exchange import CatalogExport, IdPolicy, ImportReport, read_export
from workbench.catalog.listing import Choice
from workbench.catalog.records import (
    Action,
    CatalogEvent,
    CountedSize,
    Note,
    Role,
    SavedAudience,
    SavedTargeting,
    SortKey,
    SubjectKind,
    Use,
)

__all__ = [
    "Action",
    "Catalog",
    "CatalogEvent",
    "CatalogExport",
    "Choice",
    "CountedSize",
    "IdPolicy",
    "ImportReport",
    "Note",
    "Role",
    "SavedAudience",
    "SavedTargeting",
    "SortKey",
    "SubjectKind",
    "Use",
    "read_export",
]
