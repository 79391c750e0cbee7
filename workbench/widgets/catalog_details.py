"""One audience of the catalogue: what it is, where it is used, what happened to it, and what can be done with it."""

from __future__ import annotations

import html
from collections.abc import Callable

from ipywidgets import HTML, VBox

from workbench.audiences import AudienceStatus
from workbench.catalog import Catalog, SavedAudience, Use
from workbench.charts import shown_people
from workbench.errors import InUseError
from workbench.progress import Progress
from workbench.widgets.catalog_story import CatalogStory
from workbench.widgets.catalog_words import loss_words, shown_time
from workbench.widgets.definition_sentence import definition_sentence
from workbench.widgets.layout import button, card, empty_html, figures_html, pill_html, row
from workbench.widgets.run_bar import RunBar, ShowsWork
from workbench.widgets.shelf import AudienceShelf
from workbench.widgets.status import TYPE_WORDS, status_pill_html
from workbench.widgets.work import Work

NOTHING_CHOSEN = "Choose an audience to see its history and where it is used."


class CatalogDetails(ShowsWork, VBox):
    """The card beside the catalogue's table.

    Parameters
    ----------
    shelf : AudienceShelf
        Whose universe audiences are counted in.
    catalog : Catalog
        Of the shelf.
    on_change : callable
        Called when something was changed here.
    is_read_only : bool
        That nothing can be.
    """

    def __init__(
        self, shelf: AudienceShelf, catalog: Catalog, on_change: Callable[[], None], *, is_read_only: bool
    ) -> None:
        self._shelf, self._catalog, self._on_change = shelf, catalog, on_change
        self._saved: SavedAudience | None = None
        self._uses: tuple[Use, ...] = ()
        self._head = HTML(empty_html(NOTHING_CHOSEN))
        self._undo, self._delete = button("Undo latest change"), button("Delete…")
        self._run_bar = RunBar(button("Count again"), "Counting")
        self._question, self._confirm, self._keep = HTML(), button("Delete audience"), button("Keep it")
        self._confirm.add_class("wb-danger")
        self._asking = card(self._question, row(self._confirm, self._keep, name="buttons"))
        self._asking.add_class("wb-asking")
        self._story = CatalogStory(catalog, self._restored, is_read_only=is_read_only)
        self._actions = row(self._run_bar.buttons, self._undo, self._delete, name="buttons")
        self._is_read_only = is_read_only
        self._work: Work[list[SavedAudience]] = Work(self)
        super().__init__((self._head, self._actions, self._asking, self._run_bar, self._story))
        self.add_class("wb-card")
        self._watch()
        self.show(None)

    def show(self, audience_id: str | None) -> None:
        """Show an audience, or that none is chosen."""
        is_other = self._saved is None or self._saved.audience_id != audience_id
        if is_other:
            self._run_bar.notice.clear()
        self._saved = None if audience_id is None else self._catalog.get(audience_id)
        self._show_parts()
        if self._saved is None:
            self._head.value = empty_html(NOTHING_CHOSEN)
            return
        self._uses = self._catalog.where_used(self._saved.audience_id)
        self._head.value = self._head_html(self._saved)
        self._undo.disabled = self._saved.version == 1 and self._saved.deleted_at is None
        self._undo.description = "Restore" if self._saved.deleted_at is not None else "Undo latest change"
        self._story.show(self._saved, self._uses)

    def on_done(self, _counted: list[SavedAudience]) -> None:
        """Show the new count."""
        self._run_bar.end()
        self._tell_all()
        self._run_bar.notice.say("Counted. The platform shows the size from the time given above.", tone="plain")

    def _watch(self) -> None:
        guarded = self._run_bar.notice.guarded
        self._run_bar.on_run(guarded(lambda _button: self._count()))
        self._run_bar.on_cancel(lambda _button: self._work.cancel())
        self._undo.on_click(guarded(lambda _button: self._take_back()))
        self._delete.on_click(guarded(lambda _button: self._ask()))
        self._keep.on_click(guarded(lambda _button: self._show_parts()))
        self._confirm.on_click(guarded(lambda _button: self._delete_it()))

    def _show_parts(self, *, is_asking: bool = False) -> None:
        saved = self._saved
        can_change = saved is not None and not self._is_read_only
        is_there = saved is not None and saved.deleted_at is None
        shown = {
            self._actions: can_change and not is_asking,
            self._asking: can_change and is_asking,
            self._delete: is_there,
            self._run_bar.buttons: is_there,
            self._story: saved is not None,
        }
        for widget, is_shown in shown.items():
            widget.layout.display = None if is_shown else "none"

    def _count(self) -> None:
        if self._saved is None:
            return
        audience_id, shelf = self._saved.audience_id, self._shelf

        def job(on_progress: Progress) -> list[SavedAudience]:
            return self._catalog.populate(
                shelf.universe, [audience_id], base_folder=shelf.base_folder, on_progress=on_progress
            )

        self._run_bar.begin()
        self._work.start(job)

    def _ask(self) -> None:
        if self._saved is None:
            return
        self._uses = self._catalog.where_used(self._saved.audience_id)
        losses = "".join(f"<li>{html.escape(loss_words(use))}.</li>" for use in self._uses)
        used = f"<p>It is used:</p><ul>{losses}</ul>" if losses else "<p>Nothing uses it.</p>"
        name = html.escape(self._saved.spec.name)
        kept = "<p>Its history stays, and it can be restored.</p>"
        self._question.value = f'<div role="alert"><h3>Delete “{name}”?</h3>{used}{kept}</div>'
        self._show_parts(is_asking=True)

    def _delete_it(self) -> None:
        saved = self._saved
        if saved is None:
            return
        try:
            self._catalog.delete(saved.audience_id, confirmed=self._uses)
        except InUseError:
            self._ask()
            self._run_bar.notice.say("Something else uses it since you were asked; look again.")
            return
        self._tell_all()
        self._run_bar.notice.say(f"Deleted “{saved.spec.name}”. “Restore” brings it back.", tone="plain")

    def _take_back(self) -> None:
        if self._saved is None:
            return
        was_deleted = self._saved.deleted_at is not None
        restored = self._catalog.undo(self._saved.audience_id, expected_version=self._saved.version)
        self._tell_all()
        words = "Restored" if was_deleted else f"Went back to version {restored.version - 1} of"
        self._run_bar.notice.say(f"{words} “{restored.spec.name}”.", tone="plain")

    def _restored(self, words: str) -> None:
        self._tell_all()
        self._run_bar.notice.say(words, tone="plain")

    def _tell_all(self) -> None:
        """Let the other panels see it, and this one."""
        self._shelf.refresh()
        self._on_change()
        self.show(None if self._saved is None else self._saved.audience_id)

    def _head_html(self, saved: SavedAudience) -> str:
        names = self._shelf.names
        is_deleted = saved.deleted_at is not None
        pill = pill_html("Deleted", "plain") if is_deleted else status_pill_html(saved.status)
        figures = [("Size", shown_people(saved.audience_size)), ("Version", str(saved.version))]
        sentence = definition_sentence(saved.spec.definition, audience_names=names)
        since = shown_time(saved.spec.created_at or saved.updated_at)
        lines = [f"{TYPE_WORDS[saved.audience_type]}, created by {saved.created_by} on {since} UTC."]
        if saved.status is AudienceStatus.INITIALIZING and not is_deleted:
            lines.append(f"The platform shows its size from {shown_time(saved.known_at)} UTC on, once it is counted.")
        hints = "".join(f'<p class="wb-hint">{html.escape(line)}</p>' for line in lines)
        name = f'<p class="wb-name">{html.escape(saved.spec.name)}</p>'
        rule = f'<p class="wb-rule">Everyone: {html.escape(sentence)}.</p>'
        return f'{name}{figures_html(figures, status=pill)}<div class="wb-lines">{rule}{hints}</div>'
