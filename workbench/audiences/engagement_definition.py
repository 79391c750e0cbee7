"""What an engagement audience is asked for: a type, one type of source, and a window."""

from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from workbench.audiences.base import AudienceType, Definition
from workbench.audiences.engagement_actions import EngagerType
from workbench.audiences.qualifying_events import DEFAULT_RETENTION_DAYS, RetentionDays
from workbench.validation import DigitId

ObjectiveType = Literal["AWARENESS", "CONSIDERATION", "WEB_CONVERSION", "CATALOG_SALES", "VIDEO_COMPLETION"]
LegacyEngagementType = Literal["click", "save", "closeup", "comment", "like"]
"""What audiences from before 2 November 2021 could be made of; unset was all of it."""
_WORDS_OF_TYPE: Final = {"any": 1, "optimised": 2, "optimized": 2}


def _separated(value: object) -> object:
    """Read ids as the platform's form takes them: several separated by commas (S51)."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _site(value: object) -> object:
    """Read a site as people paste it: ``https://www.shop.example/`` is ``shop.example``."""
    return value.strip().lower().split("//")[-1].split("/")[0].removeprefix("www.") if isinstance(value, str) else value


def _number_of_type(value: object) -> object:
    return _WORDS_OF_TYPE.get(value.lower(), value) if isinstance(value, str) else value


Ids = Annotated[tuple[DigitId, ...], BeforeValidator(_separated)]
Site = Annotated[
    str,
    BeforeValidator(_site),
    Field(pattern=r"^[^\s@/]+\.[^\s@/]+$"),
]


class EngagementDefinition(Definition):
    """The people who engaged with an advertiser's content.

    Attributes
    ----------
    ad_account_id : str
        The ad account whose content it is, digits.
    engager_type : EngagerType
        1, any engagement action, or 2, optimised engagement actions; the words ``any`` and ``optimised`` are read too.
    pin_ids, ad_ids, campaign_ids : tuple of str
        First type of source: ids of the account's own, digits; a text with commas is read as several.
    objective_types : tuple of str
        Second type: the account's campaigns with one of these objectives.
    engagement_domains : tuple of str
        Third type: sites that the account has claimed.
    retention_days : int
        How many days a person stays after the last qualifying engagement, 1 to 540.
    prefill : bool
        Whether past engagements count. Without them the audience starts empty.
    engagement_type : str or None
        What an audience from before 2 November 2021 was made of; such an audience is converted (Q9).
    """

    type: Literal[AudienceType.ENGAGEMENT] = AudienceType.ENGAGEMENT
    ad_account_id: DigitId
    engager_type: Annotated[EngagerType, BeforeValidator(_number_of_type)] = Field(
        default=EngagerType.ANY, description="1, any engagement, or 2, optimised engagement (S46, Q6)"
    )
    pin_ids: Ids = Field(default=(), description="ids of own pins (S49)")
    ad_ids: Ids = Field(default=(), description="ids of own ads (S49)")
    campaign_ids: Ids = Field(default=(), description="ids of own campaigns (S49)")
    objective_types: tuple[ObjectiveType, ...] = Field(default=(), description="objectives of own campaigns (S51)")
    engagement_domains: Annotated[tuple[Site, ...], BeforeValidator(_separated)] = Field(
        default=(), description="sites that the ad account has claimed, such as shop.example (S50)"
    )
    retention_days: RetentionDays = DEFAULT_RETENTION_DAYS
    prefill: bool = Field(default=True, description="whether past engagements count")
    engagement_type: LegacyEngagementType | None = None

    @model_validator(mode="after")
    def _one_type_of_source(self) -> Self:
        types = {
            "ids of pins, ads and campaigns": self.pin_ids or self.ad_ids or self.campaign_ids,
            "objective_types": self.objective_types,
            "engagement_domains": self.engagement_domains,
        }
        given = [name for name, values in types.items() if values]
        if len(given) > 1:
            raise ValueError(
                f"{' and '.join(given)}: expected one type of source; keep one, or none for all own pins (S51, Q8)"
            )
        return self
