"""The forms of the audience types: each gives one definition and can be filled from one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from ipywidgets import Widget

from workbench.audiences import AudienceType
from workbench.widgets.actalike_form import ActalikeForm
from workbench.widgets.combination_form import CombinationForm
from workbench.widgets.customer_list_form import CustomerListForm
from workbench.widgets.engagement_form import EngagementForm
from workbench.widgets.shelf import AudienceShelf
from workbench.widgets.third_party_form import ThirdPartyForm
from workbench.widgets.visitor_form import VisitorForm


class DefinitionForm(Protocol):
    """Fields of one audience type."""

    fields: tuple[Widget, ...]

    def definition(self) -> Any:
        """Return what the fields say; DefinitionError if they do not say enough."""

    def fill(self, definition: Any) -> None:
        """Make the fields say ``definition``."""

    def on_change(self, callback: Callable[[Any], None]) -> None:
        """Call back when a field changes."""


FORMS: dict[AudienceType, Callable[[AudienceShelf], DefinitionForm]] = {
    AudienceType.CUSTOMER_LIST: lambda shelf: CustomerListForm(shelf.base_folder),
    AudienceType.VISITOR: VisitorForm,
    AudienceType.ENGAGEMENT: lambda shelf: EngagementForm(shelf.universe),
    AudienceType.ACTALIKE: ActalikeForm,
    AudienceType.THIRD_PARTY: ThirdPartyForm,
    AudienceType.COMBINATION: CombinationForm,
}
"""In the order that they are offered."""
