"""Audiences made by hand, for tests of what is drawn and shown."""

from workbench.audiences import Audience, AudienceSpec, VisitorDefinition
from workbench.identity import AccountSet

N_ACCOUNTS = 2_000


def three_audiences() -> tuple[Audience, Audience, Audience]:
    """A wide one, a narrow one inside it, and one that is too small to show."""
    return _audience("1", "Wide", 1_000), _audience("2", "Narrow", 200), _audience("3", "Few", 40)


def _audience(audience_id: str, name: str, size: int) -> Audience:
    spec = AudienceSpec(audience_id=audience_id, name=name, definition=VisitorDefinition(visitor_source_id="7"))
    return Audience(spec, AccountSet.from_indices(range(size), N_ACCOUNTS))
