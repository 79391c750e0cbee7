"""One lever of a sweep: which it is, and the values it takes; its state is one value, ``.lever``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import traitlets
from ipywidgets import VBox

from simulator.errors import LeverError
from simulator.sweeps import LeverRange, LeverValues, OfferedLever
from simulator.sweeps.offered_levers import offer_of
from simulator.sweeps.swept_lever import MAX_VALUES, SweptLever
from workbench.widgets.follows_state import FollowsState
from workbench.widgets.layout import check_field, number_field, row
from workbench.widgets.notice import Notice
from workbench.widgets.picks import Option, PickMany, PickOne

NOTHING = ""


class SweptLeverField(FollowsState, VBox):
    """A lever to pick, with its ends and how many values lie between, or the choices that it takes.

    Parameters
    ----------
    label : str
        What is picked.
    is_optional : bool
        Whether there may be none.

    Attributes
    ----------
    lever : LeverRange or LeverValues or None
        Set it and the controls follow; None if there is none. While what is typed is no lever, the field says why and
        the lever stays what it was.
    is_sound : bool
        Whether the controls say what ``lever`` says.
    """

    lever: Any = traitlets.Any(allow_none=True)
    is_sound = traitlets.Bool(True)

    def __init__(self, label: str, *, is_optional: bool = False) -> None:
        self._offered: tuple[OfferedLever, ...] = ()
        self._is_optional = is_optional
        self._which = PickOne(label, (), "select")
        self._low, self._high = number_field("From", 0.0), number_field("To", 1.0)
        self._n_values = number_field("Points", 7)
        self._range = row(self._low, self._high, self._n_values, name="thirds")
        self._is_logarithmic = check_field("Equal ratios instead of equal steps", value=False)
        self._choices = PickMany("Values", (), "pills")
        self._notice = Notice()
        super().__init__((self._which, self._range, self._is_logarithmic, self._choices, self._notice))
        self.add_class("wb-fields")
        self.observe(self._notice.guarded(lambda _change: self._follow()), names="lever")
        self._which.observe(self._soundly(self._on_which), names="value")
        for control in (self._low, self._high, self._n_values, self._is_logarithmic, self._choices):
            control.observe(self._soundly(self._on_values), names="value")

    def offer(self, offered: Sequence[OfferedLever]) -> None:
        """Offer these levers; the lever is left alone."""
        self._offered = tuple(offered)
        with self._following():
            options = [Option(_key(each.path, each.usual.is_factor), each.name) for each in offered]
            self._which.offer([*([Option(NOTHING, "None")] if self._is_optional else []), *options])
        self._follow()

    @property
    def _offer(self) -> OfferedLever | None:
        return None if self.lever is None else offer_of(self._offered, self.lever)

    def _soundly(self, callback: Callable[[], None]) -> Callable[[Any], None]:
        """Return a callback that tells whether what is typed is a lever."""

        def run(_change: Any) -> None:
            try:
                callback()
            except Exception:
                self.is_sound = False
                raise
            self.is_sound = True

        return self._when_moved(run)

    def _on_which(self) -> None:
        picked = next(
            (each for each in self._offered if _key(each.path, each.usual.is_factor) == self._which.value), None
        )
        self.lever = None if picked is None else picked.usual

    def _on_values(self) -> None:
        offer = self._offer
        if offer is None:
            return
        if isinstance(offer.usual, LeverValues):
            picked = tuple(value for value in offer.usual.values if str(value) in self._choices.value)
            self.lever = LeverValues(path=offer.path, values=picked)
            return
        n_values = self._n_values.value
        if n_values != int(n_values) or not 2 <= n_values <= MAX_VALUES:
            raise LeverError(f"expected a whole number of points, 2 to {MAX_VALUES:,}, got {n_values:g}")
        self.lever = LeverRange(
            path=offer.path,
            low=self._low.value * offer.scale,
            high=self._high.value * offer.scale,
            n_values=int(n_values),
            is_logarithmic=self._is_logarithmic.value,
            is_factor=offer.usual.is_factor,
        )

    def _follow(self) -> None:
        """Make the controls say what the lever says."""
        offer = self._offer
        with self._following():
            self._which.value = NOTHING if offer is None else _key(offer.path, offer.usual.is_factor)
            has_range = offer is not None and isinstance(offer.usual, LeverRange)
            for control in (self._range, self._is_logarithmic):
                control.layout.display = None if has_range else "none"
            self._choices.layout.display = None if offer is not None and not has_range else "none"
            if offer is not None and has_range:
                self._follow_range(offer, self.lever)
            elif offer is not None and isinstance(offer.usual, LeverValues):
                self._choices.offer([Option(str(value), offer.shown(value)) for value in offer.usual.values])
                self._choices.value = tuple(str(value) for value in self.lever.values)
        self.is_sound = True

    def _follow_range(self, offer: OfferedLever, lever: SweptLever) -> None:
        """Show a range; of values of its own, the ends and how many they are, until something is typed."""
        if isinstance(lever, LeverRange):
            low, high, n_values, is_logarithmic = lever.low, lever.high, lever.n_values or 0, lever.is_logarithmic
        else:
            numbers = [value for value in lever.values if isinstance(value, int | float)]
            low, high, n_values, is_logarithmic = min(numbers), max(numbers), len(numbers), False
        sign = "×" if offer.usual.is_factor else offer.sign
        sign = sign.split()[0] if sign.startswith("×") else sign  # three fields stand side by side
        unit = f", {sign}" if sign else ""
        self._low.description, self._high.description = f"From{unit}", f"To{unit}"
        self._low.value, self._high.value = round(low / offer.scale, 6), round(high / offer.scale, 6)
        self._n_values.value, self._is_logarithmic.value = n_values, is_logarithmic


def _key(path: str, is_factor: bool) -> str:
    return f"{path}×" if is_factor else path
