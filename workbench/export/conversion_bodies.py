"""Bodies of conversion events (P13): what a site or shop tells the platform that people did there.

Only what may be used for audiences can be written: nothing from an iOS device (S19), nobody who opted out (S20), and
people by their digests alone. The API also takes a person's internet address; here it would be a plain identifier in a
file, so it has no field.
"""

from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from workbench.errors import FieldError
from workbench.export.api_object import ApiObject, EpochSeconds, Flag, WholeNumber

EVENT_NAMES: Final = (
    "add_payment_info", "add_to_cart", "add_to_wishlist", "app_install", "checkout", "custom", "initiate_checkout",
    "lead", "page_visit", "search", "signup", "subscribe", "view_category", "view_content", "watch_video",
)  # fmt: skip
MAX_EVENTS: Final = 1000

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Sha256s = Annotated[tuple[Sha256, ...], Field(min_length=1)]
SHA256S = "a list of SHA-256 digests in lower-case hexadecimal; P13"


def conversion_event_name(event: str) -> str:
    """Return how conversion events spell an event of a tag: ``addtocart`` and ``ADD_TO_CART`` are ``add_to_cart``.

    Raises
    ------
    FieldError
        If there is none.
    """
    plain = event.replace("_", "").lower()
    for name in EVENT_NAMES:
        if name.replace("_", "") == plain:
            return name
    raise FieldError(("event_name",), f"expected one of {', '.join(EVENT_NAMES)}, got another text (P13)")


class UserData(ApiObject):
    """Whom an event is about: digests of addresses, of advertising ids, or both."""

    em: Sha256s | None = Field(default=None, description=SHA256S)
    hashed_maids: Sha256s | None = Field(default=None, description=SHA256S)
    external_id: Sha256s | None = Field(default=None, description=SHA256S)

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if self.em is None and self.hashed_maids is None:
            raise FieldError(("em",), "expected digests in em or in hashed_maids, got neither (P13)")
        return self


class CustomData(ApiObject):
    """What happened, in more detail."""

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = None
    value: str | None = Field(
        default=None, pattern=r"^[0-9]+(?:\.[0-9]+)?$", description="a text such as '72.39', not a number; P13"
    )
    content_ids: tuple[str, ...] | None = None
    num_items: WholeNumber | None = None
    order_id: str | None = None
    search_string: str | None = None


class ConversionEvent(ApiObject):
    """One event of ``events/create``."""

    event_name: str
    action_source: Literal["app_android", "web", "offline"] = Field(
        description="app_android, web or offline; nothing from iOS devices may be used for audiences; P13, S19"
    )
    event_time: EpochSeconds = Field(description="seconds since 1970, a whole number; P13")
    event_id: str = Field(min_length=1, description="a text that tells the event from all others; P13")
    event_source_url: str | None = None
    opt_out: Flag = Field(default=False, description="false; P13, S20")
    user_data: UserData
    custom_data: CustomData | None = None

    @field_validator("event_name", mode="before")
    @classmethod
    def _spelled_as_in_conversions(cls, event: Any) -> Any:
        if not isinstance(event, str):
            return event
        try:
            return conversion_event_name(event)
        except FieldError as refusal:
            raise ValueError(refusal.fault) from None

    @model_validator(mode="after")
    def _nobody_who_opted_out(self) -> Self:
        if self.opt_out:
            raise FieldError(
                ("opt_out",),
                "expected false, got true; people who opted out may not be used for audiences, so leave them out "
                "(P13, S20)",
            )
        return self


class ConversionEvents(ApiObject):
    """Body of ``events/create``."""

    data: tuple[ConversionEvent, ...] = Field(min_length=1, max_length=MAX_EVENTS, description="1 to 1,000 events; P13")
