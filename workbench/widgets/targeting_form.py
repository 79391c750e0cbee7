"""The fields of a targeting: whom to include and exclude, where, how old, which gender, on which device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from workbench.audiences import TargetingSpec
from workbench.audiences.targeting_spec import US, AgeBucket, AppType, Gender
from workbench.widgets.audience_options import audience_options
from workbench.widgets.picks import Option, PickMany
from workbench.widgets.shelf import AudienceShelf

DEVICE_WORDS = {
    "android_mobile": "Android phone",
    "android_tablet": "Android tablet",
    "ipad": "iPad",
    "iphone": "iPhone",
    "web": "Web",
    "web_mobile": "Mobile web",
}
EVERYBODY = "Nothing picked means everybody."


class TargetingForm:
    """Fields that say a `TargetingSpec`; what it says besides them stays as it was filled in.

    Parameters
    ----------
    shelf : AudienceShelf
        Audiences to pick from.

    Attributes
    ----------
    audiences, places, people : tuple of Widget
        The fields, in three groups.
    """

    def __init__(self, shelf: AudienceShelf) -> None:
        self._shelf = shelf
        self._filled = TargetingSpec()
        none_yet = "No audiences yet – create one first."
        self._include = PickMany("Include", [], empty=none_yet, hint="People in any of them. None means everybody.")
        self._exclude = PickMany("Exclude", [], empty=none_yet, hint="Whoever is in one of these is left out.")
        self._countries = PickMany("Countries", [], hint="None picked means every country.")
        self._ages = PickMany("Age", [Option(age, age.replace("-", "–")) for age in get_args(AgeBucket)], "pills")
        self._genders = PickMany("Gender", [Option(each, each.capitalize()) for each in get_args(Gender)], "pills")
        devices = [Option(each, DEVICE_WORDS[each]) for each in get_args(AppType)]
        self._devices = PickMany("Device", devices, "pills", hint=EVERYBODY)
        self.audiences: tuple[Any, ...] = (self._include, self._exclude)
        self.places: tuple[Any, ...] = (self._countries,)
        self.people: tuple[Any, ...] = (self._ages, self._genders, self._devices)
        self.offer()

    def targeting(self) -> TargetingSpec:
        """Return what the fields say, and what they do not show of the targeting that was filled in."""
        filled = self._filled
        places = (*self._countries.value, *filled.metro_areas)
        said: dict[str, Any] = {
            "audience_include": self._include.value,
            "audience_exclude": self._exclude.value,
            "location": places,
            "age_bucket": self._ages.value,
            "gender": self._genders.value,
            "apptype": self._devices.value,
        }
        kept: dict[str, Any] = {"geo": filled.geo, "targeting_strategy": filled.targeting_strategy}
        if not self._ages.value:  # the two ways to say an age exclude each other
            kept |= {"minimum_age": filled.minimum_age, "maximum_age": filled.maximum_age}
        return TargetingSpec(**said, **kept)

    def fill(self, targeting: TargetingSpec) -> None:
        """Make the fields say ``targeting``."""
        self._filled = targeting
        self._include.value, self._exclude.value = targeting.audience_include, targeting.audience_exclude
        self._countries.value = targeting.countries
        self._ages.value, self._genders.value = targeting.age_bucket, targeting.gender
        self._devices.value = targeting.apptype
        self.offer()
        self._ages.hint = "" if targeting.minimum_age is None else _ages_hint(targeting)

    def offer(self) -> None:
        """Offer the audiences that there are, each on one side only, and the countries that accounts live in."""
        include, exclude, filled = self._include.value, self._exclude.value, self._filled
        self._include.offer(
            self._with_unknown(audience_options(self._shelf, disabled=exclude), filled.audience_include)
        )
        self._exclude.offer(
            self._with_unknown(audience_options(self._shelf, disabled=include), filled.audience_exclude)
        )
        lived_in = self._shelf.demographics.values("country")
        codes = sorted(lived_in | set(filled.countries), key=lambda code: (code != US, code))
        self._countries.offer([Option(code, hint=code, is_country=True) for code in codes])

    def on_change(self, callback: Callable[[Any], None]) -> None:
        """Call back when a field changes."""
        for field in (*self.audiences, *self.places, *self.people):
            field.observe(callback, names="value")

    def _with_unknown(self, options: list[Option], named: tuple[str, ...]) -> list[Option]:
        """Return options, and one for each audience that is named and not there: nobody is reached through it."""
        known = {option.value for option in options}
        gone = [
            Option(one, f"Audience {one}", "not here", pill="Unknown", tone="bad") for one in named if one not in known
        ]
        return [*options, *gone]


def _ages_hint(targeting: TargetingSpec) -> str:
    return f"Ages {targeting.minimum_age} to {targeting.maximum_age} are set; picking ages here takes their place."
