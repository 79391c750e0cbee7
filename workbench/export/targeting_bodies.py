"""Bodies of targeting: whom an ad group may reach, and the questions that the API answers about it.

All rules about two fields at once are prose in the API's description; its schema takes any mixture.
"""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from workbench.errors import FieldError
from workbench.export.api_object import ApiObject, EpochSeconds, Flag, PlatformId, WholeNumber
from workbench.export.audience_bodies import Currency, ObjectiveType
from workbench.export.places import Country, Geo, Location, is_postal

SMALLEST_MULTIPLIER = 0.1

AudienceIds = Annotated[tuple[PlatformId, ...], Field(min_length=1)]
AUDIENCE_IDS = "at least one id, 1 to 18 digits as text; left out, it means everybody or nobody; P7, Q22, Q23"
AgeBucket = Literal["18-24", "19+", "20+", "21+", "25-34", "35-44", "45-49", "50-54", "55-64", "65+"]
Micros = Annotated[int, Field(strict=True, ge=0, description="millionths of the account's currency, a whole number")]


def _checked_multiplier(multiplier: float) -> float:
    if 0 < multiplier < SMALLEST_MULTIPLIER:
        raise ValueError(f"expected 0, which stops bidding, or {SMALLEST_MULTIPLIER} to 10 (P7, P8)")
    return multiplier


Multiplier = Annotated[
    float, Field(ge=0, le=10, strict=True, description="0, or 0.1 to 10; P7, P8"), AfterValidator(_checked_multiplier)
]
BillableEvent = Literal["CLICKTHROUGH", "IMPRESSION", "VIDEO_V_50_MRC"]
PlacementGroup = Literal["ALL", "SEARCH", "BROWSE", "OTHER"]
CreativeType = Literal[
    "REGULAR", "VIDEO", "SHOPPING", "CAROUSEL", "MAX_VIDEO", "SHOP_THE_PIN", "COLLECTION", "IDEA", "SHOWCASE", "QUIZ",
    "COLLAGE", "MAX_WIDTH_REGULAR_COLLECTION", "MAX_WIDTH_VIDEO_COLLECTION",
]  # fmt: skip
SizedCreativeType = Literal[
    "REGULAR", "VIDEO", "SHOPPING", "CAROUSEL", "MAX_VIDEO", "SHOP_THE_PIN", "COLLECTION", "IDEA"
]

MAX_KEYWORD_LENGTH = 120
BID_IS_REQUIRED = {("AWARENESS", "IMPRESSION"), ("CONSIDERATION", "CLICKTHROUGH"), ("CATALOG_SALES", "CLICKTHROUGH")}


class ShoppingRetargeting(ApiObject):
    """People who looked at products."""

    lookback_window: WholeNumber | None = Field(default=None, ge=0, description="days, a whole number; P7")
    exclusion_window: WholeNumber | None = Field(default=None, ge=0, description="days, a whole number; P7")
    tag_types: tuple[WholeNumber, ...] | None = Field(default=None, description="numbers of event types; P7")


class Targeting(ApiObject, populate_by_name=True):
    """The API's targeting specification; audiences by local id until they are exported.

    Attributes
    ----------
    audience_include, audience_exclude : tuple of str
        In any of the first, in none of the second. Without the first the API reaches everybody.
    location, geo : tuple of str
        Countries and metro areas; regions or postal codes.
    gender, age_bucket, minimum_age, maximum_age, locale, interest, apptype, shopping_retargeting
        As the API names them.
    targeting_strategy : tuple of str
        RECONNECT_WITH_USERS is what the help page asks for with an engagement audience.
    """

    audience_include: AudienceIds | None = Field(default=None, alias="AUDIENCE_INCLUDE", description=AUDIENCE_IDS)
    audience_exclude: AudienceIds | None = Field(default=None, alias="AUDIENCE_EXCLUDE", description=AUDIENCE_IDS)
    location: tuple[Location, ...] | None = Field(default=None, alias="LOCATION")
    geo: tuple[Geo, ...] | None = Field(default=None, alias="GEO")
    gender: tuple[Literal["unknown", "male", "female"], ...] | None = Field(
        default=None, alias="GENDER", description="any of unknown, male, female; P7"
    )
    age_bucket: tuple[AgeBucket, ...] | None = Field(default=None, alias="AGE_BUCKET")
    minimum_age: str | None = Field(
        default=None, alias="MINIMUM_AGE", pattern="^(?:1[89]|[2-5][0-9]|6[0-5])$", description="'18' to '65'; P7"
    )
    maximum_age: str | None = Field(
        default=None,
        alias="MAXIMUM_AGE",
        pattern=r"^(?:1[89]|[2-5][0-9]|6[0-5]|65\+)$",
        description="'18' to '65+'; P7",
    )
    locale: tuple[Annotated[str, Field(pattern="^[a-z]{2}(?:-[A-Z]{2})?$")], ...] | None = Field(
        default=None, alias="LOCALE", description="languages as two letters of ISO 639-1, such as en; P7"
    )
    interest: tuple[Annotated[str, Field(pattern="^[0-9]+$")], ...] | None = Field(
        default=None, alias="INTEREST", description="ids of interests, digits as text; P7"
    )
    apptype: tuple[Literal["android_mobile", "android_tablet", "ipad", "iphone", "web", "web_mobile"], ...] | None = (
        Field(
            default=None,
            alias="APPTYPE",
            description="any of android_mobile, android_tablet, ipad, iphone, web, web_mobile; P7",
        )
    )
    shopping_retargeting: tuple[ShoppingRetargeting, ...] | None = Field(default=None, alias="SHOPPING_RETARGETING")
    targeting_strategy: tuple[Literal["CHOOSE_YOUR_OWN", "FIND_NEW_CUSTOMERS", "RECONNECT_WITH_USERS"], ...] | None = (
        Field(
            default=None,
            alias="TARGETING_STRATEGY",
            description="any of CHOOSE_YOUR_OWN, FIND_NEW_CUSTOMERS, RECONNECT_WITH_USERS; P7, S54",
        )
    )

    @field_validator(
        "location", "geo", "gender", "age_bucket", "locale", "interest", "apptype", "shopping_retargeting",
        "targeting_strategy", mode="after",
    )  # fmt: skip
    @classmethod
    def _empty_is_absent(cls, values: tuple[object, ...] | None) -> tuple[object, ...] | None:
        # Not for audiences: an emptied list of includes must never turn into everybody (Q23).
        return values or None

    @model_validator(mode="after")
    def _about_two_fields(self) -> Self:
        self._require_place()
        self._require_ages()
        both = sorted(set(self.audience_include or ()) & set(self.audience_exclude or ()))
        if both:
            raise FieldError(
                ("AUDIENCE_EXCLUDE",),
                f"expected audiences that are not included, got {both[0]}, which is; keep it on one side (P7, Q22)",
            )
        return self

    def _require_place(self) -> None:
        if not self.location and not self.geo:
            raise FieldError(
                ("LOCATION",),
                "expected at least one country or metro area, or a region or postal code in GEO, got none (P7)",
            )
        if self.geo and len({is_postal(code) for code in self.geo}) > 1:
            raise FieldError(("GEO",), "expected regions or postal codes, got both; make an ad group for each (P7)")

    def _require_ages(self) -> None:
        if self.age_bucket and (self.minimum_age or self.maximum_age):
            raise FieldError(
                ("AGE_BUCKET",),
                "expected age buckets, or MINIMUM_AGE and MAXIMUM_AGE, got both; use the latter, which are newer (P7)",
            )
        if (self.minimum_age is None) != (self.maximum_age is None):
            missing = "MINIMUM_AGE" if self.minimum_age is None else "MAXIMUM_AGE"
            raise FieldError((missing,), f"expected MINIMUM_AGE and MAXIMUM_AGE together, got one; add {missing} (P7)")
        if self.minimum_age and self.maximum_age and int(self.minimum_age) > int(self.maximum_age.rstrip("+")):
            raise FieldError(
                ("MINIMUM_AGE",),
                f"expected at most MAXIMUM_AGE, {self.maximum_age}, got {self.minimum_age}; swap them (P7)",
            )


class Keyword(ApiObject):
    """A keyword to look for or to leave out."""

    value: str = Field(min_length=1, max_length=MAX_KEYWORD_LENGTH, description="1 to 120 characters; P9")
    match_type: Literal["BROAD", "PHRASE", "EXACT", "EXACT_NEGATIVE", "PHRASE_NEGATIVE"]


class AdGroup(ApiObject):
    """Body of one ad group in ``ad_groups/create`` (P7); the campaign has to be on the platform already.

    Attributes
    ----------
    auto_targeting_enabled : bool
        False here, unlike the API's own default: true lets the platform reach people outside the audiences.
    """

    name: str = Field(min_length=1, description="at least one character; P7")
    campaign_id: str = Field(pattern="^C?[0-9]{1,18}$", description="the campaign's id, digits as text; P7")
    billable_event: BillableEvent = Field(description="CLICKTHROUGH, IMPRESSION or VIDEO_V_50_MRC; P7")
    status: Literal["ACTIVE", "PAUSED", "ARCHIVED", "DRAFT", "DELETED_DRAFT"] | None = None
    bid_in_micro_currency: Micros | None = None
    bid_strategy_type: Literal["AUTOMATIC_BID", "MAX_BID", "TARGET_AVG"] | None = None
    bid_multiplier: Multiplier | None = None
    budget_in_micro_currency: Micros | None = None
    budget_type: Literal["DAILY", "LIFETIME", "CBO_ADGROUP"] = "DAILY"
    pacing_delivery_type: Literal["STANDARD", "ACCELERATED"] = "STANDARD"
    placement_group: PlacementGroup | None = None
    lifetime_frequency_cap: WholeNumber | None = Field(default=None, ge=1, description="impressions, from 1; P7")
    start_time: EpochSeconds | None = None
    end_time: EpochSeconds | None = None
    auto_targeting_enabled: Flag | None = None
    targeting_spec: Targeting | None = None
    targeting_template_ids: tuple[PlatformId, ...] | None = Field(
        default=None, min_length=1, max_length=1, description="one id, as a list; P7"
    )

    @model_validator(mode="after")
    def _about_two_fields(self) -> Self:
        self._require_times()
        self._require_money()
        own = [name for name in ("targeting_spec", "auto_targeting_enabled", "placement_group") if self._has(name)]
        if self.targeting_template_ids and own:
            raise FieldError(
                (own[0],), "expected no targeting besides that of the template, got some; leave it out (P7)"
            )
        if not self.targeting_template_ids and self.targeting_spec is None:
            raise FieldError(
                ("targeting_spec",), "expected a targeting or targeting_template_ids, got neither; name a LOCATION (P7)"
            )
        return self

    def _has(self, name: str) -> bool:
        return getattr(self, name) is not None

    def _require_times(self) -> None:
        if self.budget_type == "LIFETIME" and self.end_time is None:
            raise FieldError(("end_time",), "expected a time, because the budget is for a LIFETIME, got none (P7)")
        if self.lifetime_frequency_cap is not None and self.end_time is None:
            raise FieldError(("end_time",), "expected a time, because lifetime_frequency_cap is set, got none (P7)")
        if self.lifetime_frequency_cap is not None and self.billable_event != "IMPRESSION":
            raise FieldError(
                ("lifetime_frequency_cap",),
                f"expected none unless IMPRESSION is billed, got one with {self.billable_event} (P7)",
            )
        if self.start_time is not None and self.end_time is not None and self.end_time <= self.start_time:
            raise FieldError(("end_time",), "expected a time after start_time, got one that is not (P7)")

    def _require_money(self) -> None:
        if self.bid_multiplier is not None and self.bid_strategy_type != "AUTOMATIC_BID":
            raise FieldError(
                ("bid_multiplier",), "expected none unless bid_strategy_type is AUTOMATIC_BID, got one (P7)"
            )
        is_cbo = self.budget_type == "CBO_ADGROUP"
        if is_cbo and self.pacing_delivery_type != "STANDARD":
            raise FieldError(
                ("pacing_delivery_type",),
                "expected STANDARD, because the campaign spreads the budget, got ACCELERATED (P7)",
            )
        if not is_cbo and self.budget_in_micro_currency is None:
            raise FieldError(
                ("budget_in_micro_currency",),
                "expected millionths of the account's currency, because the campaign spreads no budget, got none (P7)",
            )

    def require_bid(self, objective_type: str | None, bid_floor_micros: int | None) -> None:
        """Refuse a bid that the ad group lacks for its campaign's objective, or that is below the floor.

        Parameters
        ----------
        objective_type : str or None
            The campaign's; None if it is not known.
        bid_floor_micros : int or None
            As the platform answered to ``ad_groups_bid_floor/get``, micro-currency; None if it was not asked.

        Raises
        ------
        FieldError
            Naming the field.
        """
        bid = self.bid_in_micro_currency
        if bid is None and (objective_type, self.billable_event) in BID_IS_REQUIRED:
            raise FieldError(
                ("bid_in_micro_currency",),
                f"expected a bid for {objective_type} with {self.billable_event}, got none (P7)",
            )
        if objective_type == "VIDEO_COMPLETION" and self.bid_strategy_type not in (None, "AUTOMATIC_BID"):
            raise FieldError(
                ("bid_strategy_type",),
                f"expected AUTOMATIC_BID for VIDEO_COMPLETION, got {self.bid_strategy_type} (P7)",
            )
        if bid is not None and bid_floor_micros is not None and bid < bid_floor_micros:
            raise FieldError(
                ("bid_in_micro_currency",),
                f"expected at least the floor, {bid_floor_micros}, got {bid}; raise the bid (P7)",
            )


class TargetingTemplate(ApiObject):
    """Body of ``targeting_template/create`` (P9)."""

    name: str = Field(min_length=1, description="at least one character; P9")
    auto_targeting_enabled: Flag = False
    placement_group: PlacementGroup | None = None
    keywords: tuple[Keyword, ...] | None = None
    targeting_attributes: Targeting


class AudienceSizing(ApiObject):
    """Body of ``ad_groups/audience_sizing`` (P10): how many people a targeting may reach in a month."""

    auto_targeting_enabled: Flag = False
    placement_group: PlacementGroup | None = None
    creative_types: tuple[SizedCreativeType, ...] | None = None
    keywords: tuple[Keyword, ...] | None = None
    targeting_spec: Targeting


class BidFloorSpec(ApiObject):
    """One question for a floor."""

    billable_event: BillableEvent = Field(description="CLICKTHROUGH, IMPRESSION or VIDEO_V_50_MRC; P11")
    currency: Currency
    countries: tuple[Country, ...] | None = None
    objective_type: ObjectiveType | None = None
    creative_type: CreativeType | None = None


class BidFloorQuestion(ApiObject):
    """Body of ``ad_groups_bid_floor/get`` (P11)."""

    bid_floor_specs: tuple[BidFloorSpec, ...] = Field(min_length=1, description="at least one question; P11")
    targeting_spec: Targeting | None = None


class CampaignBidOptions(ApiObject):
    """How much more or less a campaign bids for the people of an audience."""

    audience_multipliers: dict[PlatformId, Multiplier]
    update_mask: tuple[Literal["AUDIENCE"]] = ("AUDIENCE",)


class CampaignMultipliers(ApiObject):
    """Body of one campaign in ``campaigns/update``, as far as it is about audiences (P8)."""

    id: PlatformId
    ad_account_id: PlatformId
    bid_options: CampaignBidOptions
