"""Targetings with a name, kept in the catalogue: save the one that is composed, take another one out."""

from __future__ import annotations

from typing import Any, Protocol

from ipywidgets import VBox

from workbench.audiences import TargetingSpec
from workbench.catalog import Catalog
from workbench.errors import DefinitionError, UnknownTargetingError
from workbench.widgets.layout import button, card, choice_field, row, text_field
from workbench.widgets.notice import Notice


class Composer(Protocol):
    """Whoever composes targetings."""

    targeting: TargetingSpec


class TargetingSets(VBox):
    """Saved targetings beside a composer.

    Parameters
    ----------
    catalog : Catalog
        Where they are kept.
    composer : Composer
        Whose targeting is saved, and set when one is taken out.
    """

    def __init__(self, catalog: Catalog, composer: Composer) -> None:
        self._sets, self._composer = catalog.targeting_sets, composer
        self._saved = choice_field("Use a saved targeting", [])
        self._name = text_field("Save this one as", placeholder="for example Loyal, without buyers")
        self._save, self._notice = button("Save"), Notice()
        super().__init__((card(self._saved, row(self._name, self._save), self._notice, title="Saved targetings"),))
        self._offer()
        self._save.on_click(self._notice.guarded(self._on_save))
        self._saved.observe(self._notice.guarded(self._on_chosen), names="value")

    def _offer(self) -> None:
        names = [saved.name for saved in self._sets.all()]
        self._saved.options = [("Choose…" if names else "None saved yet", ""), *((name, name) for name in names)]
        self._saved.value, self._saved.disabled = "", not names

    def _on_save(self, _button: Any) -> None:
        name = self._name.value.strip()
        if not name:
            raise DefinitionError("Please give the targeting a name, so that you find it again.")
        try:
            version = self._sets.get(name).version
        except UnknownTargetingError:
            version = None
        self._sets.save(name, self._composer.targeting, expected_version=version)
        self._offer()
        self._name.value = ""
        words = "Saved" if version is None else "Saved as a new version of"
        self._notice.say(f"{words} “{name}”.", tone="plain")

    def _on_chosen(self, _change: Any) -> None:
        if self._saved.value:
            self._composer.targeting = self._sets.get(self._saved.value).targeting
