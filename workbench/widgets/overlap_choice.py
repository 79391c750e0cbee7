"""The people who were chosen among overlaps, and what can be made of them: audiences of their own."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import NamedTuple

from ipywidgets import HTML, VBox

from workbench.audiences import Audience, CombinationDefinition, safe_size, shown_share
from workbench.audiences.overlap_combinations import combination_of
from workbench.charts import shown_people
from workbench.charts.upset import combination_sentence
from workbench.widgets.layout import button, empty_html
from workbench.widgets.notice import Notice
from workbench.widgets.shelf import AudienceShelf

NOTHING_CHOSEN = "Choose a cell or a bar to see who that is and to make an audience of them."
_LONGEST_NAME = 80


class Derived(NamedTuple):
    """An audience that could be made."""

    name: str
    definition: CombinationDefinition


class OverlapChoice(VBox):
    """The card beside the overlaps.

    Parameters
    ----------
    shelf : AudienceShelf
        Where audiences that are made go.
    """

    def __init__(self, shelf: AudienceShelf) -> None:
        self._shelf = shelf
        self._words = HTML(empty_html(NOTHING_CHOSEN))
        self._buttons, self._notice = VBox(), Notice()
        self._buttons.add_class("wb-derive")
        super().__init__((self._words, self._buttons, self._notice))
        self.add_class("wb-card")

    def show_nothing(self) -> None:
        """Show that nothing is chosen."""
        self._words.value = empty_html(NOTHING_CHOSEN)
        self._buttons.children = ()

    def show_pair(self, a: Audience, b: Audience) -> None:
        """Show two audiences and what they have in common."""
        names = self._shelf.names
        name_a, name_b = (names[audience.spec.audience_id] for audience in (a, b))
        if a is b:
            self._words.value = _heading(name_a) + f"<p>{shown_people(a.audience_size)} people.</p>"
            self._buttons.children = ()
            return
        self._words.value = _heading(f"{name_a} and {name_b}") + _pair_html(a, b, name_a, name_b)
        id_a, id_b = a.spec.audience_id, b.spec.audience_id
        self._offer(
            (
                Derived(f"{name_a} and {name_b}", combination_of((id_a, id_b))),
                Derived(f"{name_a} without {name_b}", combination_of((id_a,), (id_b,))),
                Derived(f"{name_b} without {name_a}", combination_of((id_b,), (id_a,))),
            )
        )

    def show_combination(self, include: Sequence[str], exclude: Sequence[str], shown_size: str) -> None:
        """Show the people in all of some audiences and in none of others."""
        names = self._shelf.names
        inside = tuple(names[one] for one in include)
        words = combination_sentence(inside, len(include) + len(exclude))
        self._words.value = _heading(f"People {words}") + f"<p>{html.escape(shown_size)} people.</p>"
        joined = " and ".join(inside)
        only = Derived(f"{joined} only" if exclude else joined, combination_of(include, exclude))
        whole = (Derived(joined, combination_of(include)),) if exclude and len(include) > 1 else ()
        self._offer((only, *whole))

    def create(self, derived: Derived) -> None:
        """Make an audience and put it on the shelf; set algebra, so it takes no time worth a thread."""
        name = _free_name(derived.name, {audience.spec.name for audience in self._shelf.audiences})
        audience = self._shelf.keep(self._shelf.populate(self._shelf.new_spec(name, derived.definition)))
        self._notice.say(f"Created “{name}” with {shown_people(audience.audience_size)} people.", tone="plain")

    def _offer(self, derived: Sequence[Derived]) -> None:
        self._notice.clear()
        buttons = []
        for each in derived:
            made = button(f"Create “{_shortened(each.name)}”")
            made.on_click(self._notice.guarded(lambda _button, each=each: self.create(each)))
            buttons.append(made)
        self._buttons.children = tuple(buttons)


def _heading(words: str) -> str:
    return f'<p class="wb-name">{html.escape(words)}</p>'


def _pair_html(a: Audience, b: Audience, name_a: str, name_b: str) -> str:
    if a.members is None or b.members is None:
        return "<p>One of them is not counted yet.</p>"
    size_a, size_b, both = len(a.members), len(b.members), a.members.n_overlap(b.members)
    rows = [
        (f"{shown_share(both, size_a)} of “{name_a}” are also in “{name_b}”."),
        (f"{shown_share(both, size_b)} of “{name_b}” are also in “{name_a}”."),
    ]
    sentences = "".join(f"<p>{html.escape(row)}</p>" for row in rows)
    return _bar_html(size_a, size_b, both, name_a, name_b) + f'<div class="wb-lines">{sentences}</div>'


def _bar_html(size_a: int, size_b: int, both: int, name_a: str, name_b: str) -> str:
    """Draw two audiences as one bar, what they share in the middle, by sizes as they are shown."""
    safe_a, safe_b, safe_both = (safe_size(size) or 0 for size in (size_a, size_b, both))
    parts = [
        ("wb-a", max(safe_a - safe_both, 0), f"only {name_a}"),
        ("wb-both", safe_both, "both"),
        ("wb-b", max(safe_b - safe_both, 0), f"only {name_b}"),
    ]
    bar = "".join(f'<i class="{kind}" style="flex-grow:{width}"></i>' for kind, width, _ in parts)
    words = [(name_a, size_a), ("In both", both), (name_b, size_b)]
    legend = "".join(
        f"<div><dt>{html.escape(name)}</dt><dd>{html.escape(shown_people(size))}</dd></div>" for name, size in words
    )
    return f'<div class="wb-venn" aria-hidden="true">{bar}</div><div class="wb-figures"><dl>{legend}</dl></div>'


def _free_name(name: str, taken: set[str]) -> str:
    short = _shortened(name)
    numbered = [f"{short} ({number})" for number in range(2, len(taken) + 3)]
    return next(each for each in (short, *numbered) if each not in taken)


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
