"""What somebody looks at of an audience: one value to print, to save and to come back to."""

from typing import Final, Literal

from workbench.validation import DigitId, Written

PEOPLE: Final = "people"
INTERESTS: Final = "interests"
STAYING: Final = "staying"
ORIGIN: Final = "origin"

EVERYBODY: Final = "everybody"
SAME_COUNTRIES: Final = "same_countries"


class InspectorView(Written):
    """Which audience is looked at, what of it, and against whom.

    Attributes
    ----------
    audience_id : str or None
        The audience; the first one when None.
    shown : {"people", "interests", "staying", "origin"}
        Who its members are, what they like, how long they stay, or how they were found.
    compared_with : {"everybody", "same_countries"}
        Everybody on the platform, or those who live where members live.
    """

    audience_id: DigitId | None = None
    shown: Literal["people", "interests", "staying", "origin"] = PEOPLE
    compared_with: Literal["everybody", "same_countries"] = EVERYBODY
