"""What all audience types share: their names, their states, the 100-member rule and how long population takes.

An audience is like a jar with a label. The label (`Definition`) says who belongs in it; filling it takes the platform
hours (`population_delay_hours`); and an ad may only use it when at least `MIN_AUDIENCE_SIZE` people are in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import SerializerFunctionWrapHandler, model_serializer

from workbench.identity import AccountSet
from workbench.validation import Written

MIN_AUDIENCE_SIZE = 100
"""Distinct matched accounts an audience needs before an ad can use it (help page; the API says every type)."""

HOURS_PER_DAY = 24


class AudienceType(StrEnum):
    """The kinds of audiences; the API's names, and one that only the workbench has."""

    CUSTOMER_LIST = "CUSTOMER_LIST"
    VISITOR = "VISITOR"
    ENGAGEMENT = "ENGAGEMENT"
    ACTALIKE = "ACTALIKE"
    THIRD_PARTY = "THIRD_PARTY"
    """A provider's segment. The API has no such type: it can be targeted by id, but not exported."""


class AudienceStatus(StrEnum):
    """Whether an ad can use an audience."""

    INITIALIZING = "INITIALIZING"
    """Not counted yet; an ad cannot use it."""

    READY = "READY"
    """At least `MIN_AUDIENCE_SIZE` members (green)."""

    TOO_SMALL = "TOO_SMALL"
    """Fewer (red)."""

    @classmethod
    def of_size(cls, audience_size: int | None) -> "AudienceStatus":
        """Return the status of an audience with that many members; None is not counted yet."""
        if audience_size is None:
            return cls.INITIALIZING
        return cls.READY if audience_size >= MIN_AUDIENCE_SIZE else cls.TOO_SMALL


class Definition(Written):
    """The rule that says who belongs in an audience; each type adds its fields and a literal ``type``."""

    @model_serializer(mode="wrap")
    def _always_with_type(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # It is a default, but JSON without it could not be read again: nothing else tells the types apart.
        fields: dict[str, Any] = serialize(self)
        return {"type": getattr(self, "type", None)} | fields


@dataclass(frozen=True, slots=True)
class Population:
    """Who a definition admits in one universe.

    Parameters
    ----------
    members : AccountSet
        The accounts.
    details : mapping
        What else came to light, as plain values that JSON can hold; never an identifier.
    """

    members: AccountSet
    details: Mapping[str, Any] = field(default_factory=dict)


def population_delay_hours(audience_type: AudienceType, u: float) -> float:
    """Return how long after its creation the platform knows an audience's size.

    The help page gives bounds only (a list "within 24 to 48 hours", visitors, engagement and actalikes "within 24
    hours"); a time between them is taken in proportion to ``u``. Third-party segments are populated by their provider
    and are there at once.

    Parameters
    ----------
    audience_type : AudienceType
        Type of the audience.
    u : float
        Uniform draw, 0 ≤ u < 1.

    Returns
    -------
    float
        Hours: (24, 48] for a customer list, (0, 24] for the types that the platform computes, 0 for third-party data.

    Raises
    ------
    ValueError
        If ``u`` is outside its range.
    """
    if not 0 <= u < 1:
        raise ValueError(f"expected a uniform draw from 0 up to but not including 1, got {u}")
    if audience_type is AudienceType.THIRD_PARTY:
        return 0.0
    within_a_day = HOURS_PER_DAY * (1 - u)
    return HOURS_PER_DAY + within_a_day if audience_type is AudienceType.CUSTOMER_LIST else within_a_day
