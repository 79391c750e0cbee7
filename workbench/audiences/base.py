"""What all audience types share: their names, their states and the 100-member rule.

An audience is like a jar with a label. The label (`Definition`) says who belongs in it; filling it takes the platform
hours (`workbench.audiences.lifecycle`); and an ad may only use it when at least `MIN_AUDIENCE_SIZE` people are in it.
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
    """The kinds of audiences; the API's names, and two that only the workbench has."""

    CUSTOMER_LIST = "CUSTOMER_LIST"
    VISITOR = "VISITOR"
    ENGAGEMENT = "ENGAGEMENT"
    ACTALIKE = "ACTALIKE"
    THIRD_PARTY = "THIRD_PARTY"
    """A provider's segment. The API has no such type: it can be targeted by id, but not exported."""

    COMBINATION = "COMBINATION"
    """Other audiences with AND, OR and NOT. Only the workbench has it."""


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

    @property
    def source_audience_ids(self) -> tuple[str, ...]:
        """Ids of the audiences that this one is made from; most types are made from none."""
        return ()

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
