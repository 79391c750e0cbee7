"""Customer lists that are kept: saved, edited, linked to a source, and cleaned before they are shared.

`saved_list` is the list with the platform's edits, `list_records` says what is kept of it and why, `list_folder` how.
`source_link`, `sources` and `sync` keep a list in step with a CRM; `cleaning` mends a file where that is safe.
"""

from workbench.customer_lists.cleaning import CLEANING, Cleaning, CleaningReport, clean_list, cleaning_command
from workbench.customer_lists.customer_list import CustomerList, ListStatus
from workbench.customer_lists.saved_list import Edit, SavedList
from workbench.customer_lists.terms import TERMS, require_acknowledgement
from workbench.customer_lists.upload import ReadUpload, Upload, UploadInMemory

__all__ = [
    "CLEANING",
    "TERMS",
    "Cleaning",
    "CleaningReport",
    "CustomerList",
    "Edit",
    "ListStatus",
    "ReadUpload",
    "SavedList",
    "Upload",
    "UploadInMemory",
    "clean_list",
    "cleaning_command",
    "require_acknowledgement",
]
