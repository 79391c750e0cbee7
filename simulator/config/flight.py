"""The days that are simulated."""

from datetime import UTC, datetime, timedelta
from typing import Self

from pydantic import Field, model_validator

from workbench.validation import Written

HOURS_PER_DAY = 24
FIRST_YEAR, LAST_YEAR = 1990, 2100
MAX_HOURS_BEFORE_START = 10 * 366 * HOURS_PER_DAY
"""Ten years: what happened longer ago makes no difference to a flight."""


class Flight(Written):
    """The days that are simulated.

    Attributes
    ----------
    start : datetime
        Midnight UTC that the first day begins with; a time without a zone is read as UTC.
    n_days : int
        1 to 366.
    """

    start: datetime = datetime(2026, 11, 2, tzinfo=UTC)
    n_days: int = Field(default=7, ge=1, le=366)

    @model_validator(mode="after")
    def _starts_at_midnight(self) -> Self:
        start = self.start if self.start.tzinfo else self.start.replace(tzinfo=UTC)
        if start.utcoffset():
            raise ValueError("a flight is in UTC, as its hours and reports are; give its start with Z")
        if start.hour or start.minute or start.second or start.microsecond:
            raise ValueError("a flight starts at midnight, because budgets are for whole days")
        if not FIRST_YEAR <= start.year <= LAST_YEAR:
            raise ValueError(f"a flight starts in the years {FIRST_YEAR} to {LAST_YEAR}")
        object.__setattr__(self, "start", start)
        return self

    @property
    def n_hours(self) -> int:
        """Length of the flight in hours."""
        return self.n_days * HOURS_PER_DAY

    def time_at(self, hour: float) -> datetime:
        """Return the calendar time of a simulated hour."""
        return self.start + timedelta(hours=hour)

    def hour_of(self, time: datetime) -> float:
        """Return the simulated hour of a calendar time; negative before the flight."""
        return (time - self.start) / timedelta(hours=1)
