"""The fields that say which customer list, whose rules, who opted out, and that the terms were read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from workbench.audiences import CustomerListDefinition
from workbench.customer_lists.list_folder import DESCRIPTION_FILE
from workbench.customer_lists.terms import TERMS_SENTENCE
from workbench.errors import DefinitionError
from workbench.identity import ListProfile, ListType
from workbench.widgets.file_picker import FilePicker
from workbench.widgets.layout import check_field, choice_field, row

LIST_TYPES = (("E-mail addresses", ListType.EMAIL), ("Android advertising ids", ListType.MAID))
PROFILES = (("Help page", ListProfile.HELP_PAGE), ("API (also SHA-1)", ListProfile.API))


class CustomerListForm:
    """File and type of a list, and what an upload of it needs besides.

    Parameters
    ----------
    base_folder : Path
        Where lists can be picked.
    list_file : str
        What is picked to begin with, relative to it.
    label : str
        What to call the field for the file.

    Attributes
    ----------
    fields : tuple of Widget
        From top to bottom.
    picker, terms : FilePicker, Checkbox
        Two of them.
    """

    def __init__(self, base_folder: Path, list_file: str = "", *, label: str = "List") -> None:
        kept = frozenset({DESCRIPTION_FILE})
        self.picker = FilePicker(label, base_folder, list_file, picks_folders=kept)
        self._type = choice_field("What it holds", LIST_TYPES)
        self._suppression = FilePicker("People who opted out (optional)", base_folder)
        self._profile = choice_field("Rules of", PROFILES)
        self.terms = check_field(TERMS_SENTENCE, value=False)
        self.fields: tuple[Any, ...] = (self.picker, row(self._type, self._profile), self._suppression, self.terms)

    @property
    def list_type(self) -> ListType:
        """What the list holds."""
        return ListType(self._type.value)

    @property
    def profile(self) -> ListProfile:
        """Whose rules it is held against."""
        return ListProfile(self._profile.value)

    def suppression_path(self) -> Path | None:
        """Return the file of the people who opted out, if there is one."""
        return self._suppression.path() if self._suppression.value else None

    def definition(self) -> CustomerListDefinition:
        """Return what the fields say."""
        if not self.picker.value:
            raise DefinitionError("Please pick the file that holds the list.")
        self.picker.path()  # refuses what is outside of the folder
        return CustomerListDefinition(
            list_file=self.picker.value,
            list_type=self.list_type,
            profile=self.profile,
            suppression_file=self._suppression.value or None,
            are_terms_acknowledged=self.terms.value,
        )

    def fill(self, definition: CustomerListDefinition) -> None:
        """Make the fields say ``definition``."""
        self.picker.value, self._type.value = definition.list_file, definition.list_type
        self._profile.value = definition.profile
        self._suppression.value = definition.suppression_file or ""
        self.terms.value = definition.are_terms_acknowledged

    def on_change(self, callback: Callable[[Any], None]) -> None:
        """Call back when a field changes."""
        for field in (self.picker, self.terms):
            field.observe(callback, names="value")
        self.on_rules(callback)

    def on_rules(self, callback: Callable[[Any], None]) -> None:
        """Call back when what a list is held against changes: its type, whose rules, who opted out."""
        for field in (self._type, self._suppression, self._profile):
            field.observe(callback, names="value")
