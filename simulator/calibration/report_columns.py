"""The columns that a campaign report is read from: the platform's names, and the few that only the workbench has.

``_1`` means paid, ``MICRO_DOLLAR`` means micro-units of whatever currency the account uses. Names are compared without
regard to capitals, so a report of our own, whose own columns are in small letters, is read like any other.
"""

from typing import Final, NamedTuple


class CountColumn(NamedTuple):
    """A column of whole numbers.

    Attributes
    ----------
    name : str
        Its name in a report, in capitals.
    field : str
        What it is called here.
    meaning : str
        What it counts, for people.
    """

    name: str
    field: str
    meaning: str


DATE, HOUR = "DATE", "HOUR"
AD_GROUP_ID, AD_ID = "AD_GROUP_ID", "AD_ID"
SPEND_MICROS, SPEND = "SPEND_IN_MICRO_DOLLAR", "SPEND_IN_DOLLAR"
COUNTRY, TARGETING_TYPE, TARGETING_VALUE = "COUNTRY", "TARGETING_TYPE", "TARGETING_VALUE"
CURRENCY, TIME_ZONE = "CURRENCY", "TIME_ZONE"

IMPRESSIONS: Final = CountColumn("IMPRESSION_1", "impressions", "impressions")
COUNTS: Final = (
    IMPRESSIONS,
    CountColumn("CLICKTHROUGH_1", "clicks", "clicks"),
    CountColumn("VIDEO_MRC_VIEWS_1", "views", "video views"),
    CountColumn("TOTAL_CONVERSIONS", "conversions", "conversions"),
    CountColumn("CLICK_CONVERSIONS", "click_conversions", "conversions after a click"),
    CountColumn("VIEW_CONVERSIONS", "view_conversions", "conversions without a click"),
    CountColumn("TOTAL_IMPRESSION_USER", "reach", "people reached"),
)
"""Counts in the order of the rows that are made of them; all but impressions may be absent."""

WITHIN_IMPRESSIONS: Final = ("clicks", "views")
"""What there cannot be more of than impressions."""

KNOWN: Final = (
    *(DATE, HOUR, AD_GROUP_ID, AD_ID, SPEND_MICROS, SPEND),
    *(COUNTRY, TARGETING_TYPE, TARGETING_VALUE, CURRENCY, TIME_ZONE),
    *(column.name for column in COUNTS),
)
"""All columns that are read; of the platform's hundreds of others none is needed."""
