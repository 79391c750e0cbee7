"""Statuses and audience types in words and colours."""

from workbench.audiences import AudienceStatus, AudienceType
from workbench.widgets.layout import pill_html
from workbench.widgets.table import Tone

STATUS_WORDS: dict[AudienceStatus, tuple[str, Tone]] = {
    AudienceStatus.READY: ("Ready", "good"),
    AudienceStatus.TOO_SMALL: ("Too small", "bad"),
    AudienceStatus.INITIALIZING: ("Populating", "warn"),
}

TYPE_WORDS = {
    AudienceType.CUSTOMER_LIST: "Customer list",
    AudienceType.VISITOR: "Site visitors",
    AudienceType.ENGAGEMENT: "Engagement",
    AudienceType.ACTALIKE: "Actalike",
    AudienceType.THIRD_PARTY: "Third-party data",
    AudienceType.COMBINATION: "Combination",
}

TYPE_HINTS = {
    AudienceType.CUSTOMER_LIST: "People you know, from a file",
    AudienceType.VISITOR: "What people did on your site",
    AudienceType.ENGAGEMENT: "Who engaged with your pins and ads",
    AudienceType.ACTALIKE: "People like an audience you have",
    AudienceType.THIRD_PARTY: "A provider’s segment, at a fee",
    AudienceType.COMBINATION: "Audiences with and, or, not",
}


def status_pill_html(status: AudienceStatus) -> str:
    """Return a status as a pill of HTML."""
    return pill_html(*STATUS_WORDS[status])
