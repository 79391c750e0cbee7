"""The fields that say which customer list, whose rules, who opted out, and that the terms were read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workbench.audiences import CustomerListDefinition
from workbench.customer_lists.terms import TERMS_SENTENCE
from workbench.errors import DefinitionError
from workbench.identity import ListProfile, ListType
from workbench.widgets.layout import check_field, choice_field, row, text_field

LIST_TYPES = (("E-mail addresses", ListType.EMAIL), ("Android advertising ids", ListType.MAID))
PROFILES = (("Help page", ListProfile.HELP_PAGE), ("API (also SHA-1)", ListProfile.API))


class CustomerListForm:
    """Path and type of a list, and what an upload of it needs besides.

    Parameters
    ----------
    list_file : str
        Path to begin with.

    Attributes
    ----------
    fields : tuple of Widget
        From top to bottom.
    """

    def __init__(self, list_file: str = "") -> None:
        self._file = text_field("File on this computer", list_file, placeholder="for example customers.csv")
        self._type = choice_field("What it holds", LIST_TYPES)
        self._suppression = text_field("People who opted out (optional)", placeholder="a file of the same kind")
        self._profile = choice_field("Rules of", PROFILES)
        self._terms = check_field(TERMS_SENTENCE, value=False)
        self.fields: tuple[Any, ...] = (
            row(self._file, self._type),
            row(self._suppression, self._profile),
            self._terms,
        )

    def definition(self) -> CustomerListDefinition:
        """Return what the fields say."""
        return CustomerListDefinition(
            list_file=self._file.value.strip(),
            list_type=self._type.value,
            profile=self._profile.value,
            suppression_file=self._suppression.value.strip() or None,
            are_terms_acknowledged=self._terms.value,
        )

    def definition_to_check(self) -> CustomerListDefinition:
        """Return what the fields say, or ask for the file in words that suit a button."""
        if not self._file.value.strip():
            raise DefinitionError("Please say which file: its path on this computer.")
        return self.definition()

    def fill(self, definition: CustomerListDefinition) -> None:
        """Make the fields say ``definition``."""
        self._file.value, self._type.value = definition.list_file, definition.list_type
        self._profile.value = definition.profile
        self._suppression.value = definition.suppression_file or ""
        self._terms.value = definition.are_terms_acknowledged

    def on_acknowledgement(self, callback: Callable[[Any], None]) -> None:
        """Call back when the terms are acknowledged, or no longer."""
        self._terms.observe(callback, names="value")

    def on_change(self, callback: Callable[[Any], None]) -> None:
        """Call back when a field changes."""
        for field in (self._file, self._type, self._suppression, self._profile, self._terms):
            field.observe(callback, names="value")
