"""What a reader should know of an export: what gets lost, what takes another form, and what rests on a reading."""

from dataclasses import asdict, dataclass
from enum import StrEnum


class FindingKind(StrEnum):
    """What becomes of a part of what was defined."""

    REFUSED = "REFUSED"
    """The API cannot hold it, and an export without it would mean something else: nothing is exported."""

    LOST = "LOST"
    """It stays behind; what is exported means the same to the platform without it."""

    CHANGED = "CHANGED"
    """It is exported in another form."""

    ASSUMED = "ASSUMED"
    """The API's description does not say what it means; the export rests on a reading."""

    ADVICE = "ADVICE"
    """Something to do or to look at besides the export."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know of an export.

    Parameters
    ----------
    kind : FindingKind
        What becomes of the part.
    field : str
        The field of the definition or of the request.
    rule : str
        Where the rule comes from: S the help page, Q a reading of it, P a request of the API.
    sentence : str
        For people.
    """

    kind: FindingKind
    field: str
    rule: str
    sentence: str

    def as_json(self) -> dict[str, str]:
        """Return it as plain values."""
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.field}: {self.sentence} ({self.rule})"
