"""What an ad group says about whom it wants to reach, in the API's words, and which of them go together.

The API's schema takes almost anything here; the rules that its text states are held by this model. Who is reached is
`workbench.audiences.targeting`'s business.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from workbench.validation import DigitId, Written

PlaceCode = Annotated[str, Field(pattern=r"^([A-Z]{2}|[0-9]{3})$")]
GeoCode = Annotated[str, Field(pattern=r"^[A-Z]{2}-[A-Z0-9 -]{1,10}$")]
AgeBucket = Literal["18-24", "25-34", "35-44", "45-49", "50-54", "55-64", "65+"]
Gender = Literal["female", "male", "unknown"]
AppType = Literal["android_mobile", "android_tablet", "ipad", "iphone", "web", "web_mobile"]
Strategy = Literal["CHOOSE_YOUR_OWN", "FIND_NEW_CUSTOMERS", "RECONNECT_WITH_USERS"]

US = "US"
YOUNGEST, OLDEST = 18, 65
_LONGEST_REGION = len("US-") + 3


class TargetingSpec(Written, populate_by_name=True):
    """Whom an ad group wants to reach; in JSON its fields also have the API's upper-case names.

    Attributes
    ----------
    audience_include, audience_exclude : tuple of str
        Audience ids. No include means everyone, no exclude means nobody is left out.
    location : tuple of str
        Countries, ISO 3166-1 alpha-2 in capitals, or Nielsen DMA codes of the United States.
    geo : tuple of str
        Regions (ISO 3166-2, such as ``BE-VOV``) or postal codes (``US-94107``), never both. A region narrows its own
        country and leaves the other countries whole.
    age_bucket, gender, apptype : tuple of str
        The API's values; ``apptype`` is the device.
    minimum_age, maximum_age : int or None
        Years, 18 to 65, both or none and never beside ``age_bucket``; a maximum of 65 has no upper end. The API writes
        them as texts such as ``"65+"``, which are read as well.
    targeting_strategy : str or None
        How the platform's guided flow began; ``RECONNECT_WITH_USERS`` is for audiences of people who know the brand.
    """

    audience_include: tuple[DigitId, ...] = Field(default=(), alias="AUDIENCE_INCLUDE", description="audience ids")
    audience_exclude: tuple[DigitId, ...] = Field(default=(), alias="AUDIENCE_EXCLUDE", description="audience ids")
    location: tuple[PlaceCode, ...] = Field(
        default=(), alias="LOCATION", description="countries as two capitals, such as US, or three-digit DMA codes"
    )
    geo: tuple[GeoCode, ...] = Field(
        default=(), alias="GEO", description="regions such as BE-VOV, or postal codes such as US-94107"
    )
    age_bucket: tuple[AgeBucket, ...] = Field(default=(), alias="AGE_BUCKET")
    gender: tuple[Gender, ...] = Field(default=(), alias="GENDER")
    apptype: tuple[AppType, ...] = Field(default=(), alias="APPTYPE")
    minimum_age: int | None = Field(
        default=None, alias="MINIMUM_AGE", ge=YOUNGEST, le=OLDEST, description=f"years, {YOUNGEST} to {OLDEST}"
    )
    maximum_age: int | None = Field(
        default=None, alias="MAXIMUM_AGE", ge=YOUNGEST, le=OLDEST, description=f"years, {YOUNGEST} to {OLDEST}"
    )
    targeting_strategy: Strategy | None = Field(default=None, alias="TARGETING_STRATEGY")

    @field_validator("*", mode="before")
    @classmethod
    def _null_is_absent(cls, value: object, info: Any) -> object:
        is_list = cls.model_fields[info.field_name].default == ()
        return () if value is None and is_list else value  # the API's keys are nullable

    @field_validator("minimum_age", "maximum_age", mode="before")
    @classmethod
    def _age_is_text_in_the_api(cls, value: object) -> object:
        return value.removesuffix("+") if isinstance(value, str) else value

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        both = sorted(set(self.audience_include) & set(self.audience_exclude))
        if both:
            raise ValueError(f"audience {both[0]} is both included and excluded; keep it on one side")
        if self.regions and self.postal_codes:
            raise ValueError("expected regions or postal codes in geo, got both; the API takes one of the two")
        if (self.minimum_age is None) != (self.maximum_age is None):
            raise ValueError("expected minimum_age and maximum_age together, got one; give both or none")
        if self.minimum_age is not None and self.maximum_age is not None:
            if self.age_bucket:
                raise ValueError("expected age_bucket or minimum_age and maximum_age, got both; keep one of the two")
            if self.minimum_age > self.maximum_age:
                raise ValueError(
                    f"expected a minimum_age of at most the maximum_age {self.maximum_age}, got {self.minimum_age}"
                )
        return self

    @property
    def countries(self) -> tuple[str, ...]:
        """The countries in ``location``."""
        return tuple(code for code in self.location if not code.isdigit())

    @property
    def metro_areas(self) -> tuple[str, ...]:
        """The DMA codes in ``location``, all in the United States."""
        return tuple(code for code in self.location if code.isdigit())

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions in ``geo``."""
        return tuple(code for code in self.geo if len(code) <= _LONGEST_REGION)

    @property
    def postal_codes(self) -> tuple[str, ...]:
        """The postal codes in ``geo``."""
        return tuple(code for code in self.geo if len(code) > _LONGEST_REGION)

    @property
    def is_in_us_only(self) -> bool:
        """Whether every place that is named is in the United States, and at least one is."""
        places = [*self.countries, *(code[:2] for code in self.geo), *(US for _ in self.metro_areas)]
        return set(places) == {US}
