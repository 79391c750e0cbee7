"""What an analyst writes down for an actalike: of whom, where, and how many."""

from typing import Literal

from pydantic import Field, field_validator

from workbench.audiences.base import AudienceType, Definition
from workbench.validation import DigitId

MIN_PERCENTAGE = 1
MAX_PERCENTAGE = 10
NAMED_COUNTRIES = ("US", "CA", "GB")
"""Countries that the API's description names; it does not say that there are no others (reading Q25)."""


class ActalikeDefinition(Definition):
    """The people of a country who are most like the members of other audiences.

    Attributes
    ----------
    seed_audience_ids : tuple of str
        Ids of the source audiences, digits; their members together are the source. The help page knows one, the API
        several (reading Q24).
    country : str
        Where the people live, ISO 3166-1 alpha-2 in capitals.
    percentage : int
        How many, as a share of all accounts of the country, 1 to 10: 1 is the most alike, 10 the loosest (reading Q1).
    """

    type: Literal[AudienceType.ACTALIKE] = AudienceType.ACTALIKE
    seed_audience_ids: tuple[DigitId, ...] = Field(
        min_length=1, description="ids of the source audiences, at least one, none twice (S58, Q24)"
    )
    country: str = Field(
        pattern=r"^[A-Z]{2}$", description="a country as ISO 3166-1 alpha-2 in capitals, such as US, CA or GB (Q25)"
    )
    percentage: int = Field(
        ge=MIN_PERCENTAGE,
        le=MAX_PERCENTAGE,
        strict=True,
        description=f"share of the country's accounts, a whole number from {MIN_PERCENTAGE} to {MAX_PERCENTAGE} (Q1)",
    )

    @field_validator("seed_audience_ids")
    @classmethod
    def _each_once(cls, seed_audience_ids: tuple[str, ...]) -> tuple[str, ...]:
        twice = sorted({one for one in seed_audience_ids if seed_audience_ids.count(one) > 1})
        if twice:
            raise ValueError(f"expected every source audience once, got {twice[0]} twice")
        return seed_audience_ids

    @property
    def source_audience_ids(self) -> tuple[str, ...]:
        """The seed audiences."""
        return self.seed_audience_ids
