"""A definition in plain words, for people who decide whether it says what they meant."""

from pathlib import PurePath

from workbench.audiences import AudienceDefinition, CustomerListDefinition, ThirdPartyDefinition, VisitorDefinition
from workbench.identity import ListType

EVENT_WORDS = {
    "pagevisit": "visited a page",
    "signup": "signed up",
    "checkout": "checked out",
    "viewcategory": "viewed a category",
    "search": "searched",
    "addtocart": "added to the cart",
    "watchvideo": "watched a video",
    "lead": "became a lead",
    "custom": "did the custom event",
}


def definition_sentence(definition: AudienceDefinition, *, segment_name: str = "") -> str:
    """Say who belongs in an audience.

    Parameters
    ----------
    definition : AudienceDefinition
        Any of them.
    segment_name : str
        Name of a third-party segment where it is known; its id is said otherwise.
    """
    match definition:
        case CustomerListDefinition():
            kind = "e-mail addresses" if definition.list_type is ListType.EMAIL else "advertising ids"
            opted_out = definition.suppression_file
            less = f", without the people in {PurePath(opted_out).name}" if opted_out else ""
            return f"{kind} in {PurePath(definition.list_file).name}{less}"
        case VisitorDefinition():
            did = [EVENT_WORDS.get(event, event) for event in definition.events]
            did += [f"saw {url}" for url in definition.urls]
            days = definition.retention_days
            past = "" if definition.prefill else ", from now on"
            return f"{' or '.join(did) or 'did anything on the site'} in the last {days} day{'s' * (days != 1)}{past}"
        case ThirdPartyDefinition():
            return segment_name or f"segment {definition.segment_id}"
