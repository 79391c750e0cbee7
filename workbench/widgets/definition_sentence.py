"""A definition in plain words, for people who decide whether it says what they meant."""

from collections.abc import Mapping
from pathlib import PurePath
from types import MappingProxyType

from workbench.audiences import (
    ActalikeDefinition,
    AllOf,
    AnyOf,
    AudienceDefinition,
    CombinationDefinition,
    CustomerListDefinition,
    EngagementDefinition,
    EngagerType,
    ThirdPartyDefinition,
    VisitorDefinition,
)
from workbench.audiences.combination import Part, parts_of
from workbench.audiences.condition import AnyRule, NumberCondition, TextCondition
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
_OPERATOR_WORDS = {
    "=": "is",
    "!=": "is not",
    "contains": "contains",
    "not_contains": "does not contain",
    "<": "is below",
    "<=": "is at most",
    ">": "is above",
    ">=": "is at least",
}
_SOURCE_WORDS = {
    "web": "on the web",
    "mobile": "on a phone",
    "offline": "in a store",
    "tag": "seen by the tag",
    "mmp": "told by the app's measurement partner",
    "file_upload": "told in a file",
    "conversions_api": "told by the server",
}


NO_NAMES: Mapping[str, str] = MappingProxyType({})


def definition_sentence(
    definition: AudienceDefinition, *, segment_name: str = "", audience_names: Mapping[str, str] = NO_NAMES
) -> str:
    """Say who belongs in an audience.

    Parameters
    ----------
    definition : AudienceDefinition
        Any of them.
    segment_name : str
        Name of a third-party segment where it is known; its id is said otherwise.
    audience_names : mapping of str to str
        Names of audiences by id; of one without a name the id is said.
    """
    match definition:
        case CustomerListDefinition():
            kind = "e-mail addresses" if definition.list_type is ListType.EMAIL else "advertising ids"
            opted_out = definition.suppression_file
            less = f", without the people in {PurePath(opted_out).name}" if opted_out else ""
            return f"{kind} in {PurePath(definition.list_file).name}{less}"
        case VisitorDefinition():
            return _visitor_sentence(definition)
        case EngagementDefinition():
            return _engagement_sentence(definition)
        case ThirdPartyDefinition():
            return segment_name or f"segment {definition.segment_id}"
        case ActalikeDefinition():
            named = [_rule_words(one, audience_names) for one in definition.seed_audience_ids]
            return f"the {definition.percentage} % of {definition.country} most like {' or '.join(named)}"
        case CombinationDefinition():
            return _rule_words(definition.rule, audience_names)


def _rule_words(part: Part, audience_names: Mapping[str, str]) -> str:
    if isinstance(part, str):
        return f"“{audience_names[part]}”" if part in audience_names else f"audience {part}"
    words = [_inner_words(inner, audience_names) for inner in parts_of(part)]
    match part:
        case AllOf():
            return " and ".join(words)
        case AnyOf():
            return " or ".join(words)
        case _:
            return f"not in {words[0] if len(words) == 1 else '(' + ' or '.join(words) + ')'}"


def _inner_words(part: Part, audience_names: Mapping[str, str]) -> str:
    words = _rule_words(part, audience_names)
    is_plain = isinstance(part, str) or words.startswith("not in ") or len(parts_of(part)) == 1
    return words if is_plain else f"({words})"


def _visitor_sentence(definition: VisitorDefinition) -> str:
    events = " or ".join(EVENT_WORDS.get(event, event) for event in definition.events)
    if definition.event_data is not None:
        data = [f"{name.replace('_', ' ')} {rule_words(rule)}" for name, rule in definition.event_data.rules()]
        events = f"{events} with {' and '.join(data)}"
    did = [events] if events else []
    did += [f"saw {url}" if isinstance(url, str) else f"saw a page that {rule_words(url)}" for url in definition.urls]
    where = [_SOURCE_WORDS[source] for source in (*definition.event_source, *definition.ingestion_source)]
    place = f" ({', '.join(where)})" if where else ""
    return f"{' or '.join(did) or 'did anything on the site'}{place} {_window_words(definition)}"


def _engagement_sentence(definition: EngagementDefinition) -> str:
    is_any = definition.engager_type is EngagerType.ANY
    did = "engaged in any way" if is_any else "engaged with high intent (saves, outbound clicks and the like)"
    parts = [
        *(f"{kind} {', '.join(ids)}" for kind, ids in (("pin", definition.pin_ids), ("ad", definition.ad_ids)) if ids),
        *([f"campaign {', '.join(definition.campaign_ids)}"] if definition.campaign_ids else []),
        *(f"ads of campaigns for {_in_words(objective)}" for objective in definition.objective_types),
        *(f"pins and ads of {domain}" for domain in definition.engagement_domains),
    ]
    source = " or ".join(parts) or f"any pin of ad account {definition.ad_account_id}"
    return f"{did} with {source} {_window_words(definition)}"


def _in_words(name: str) -> str:
    return name.replace("_", " ").lower()


def _window_words(definition: VisitorDefinition | EngagementDefinition) -> str:
    days = definition.retention_days
    past = "" if definition.prefill else ", from now on"
    return f"in the last {days} day{'s' * (days != 1)}{past}"


def rule_words(rule: AnyRule) -> str:
    """Say what a text or number has to be like, such as ``contains /cart`` or ``at least 50``."""
    if not isinstance(rule, TextCondition | NumberCondition):
        return f"is {rule}"
    return " and ".join(
        f"{_OPERATOR_WORDS[sign]} {' or '.join(map(str, values)) if isinstance(values, tuple) else values}"
        for sign, values in rule.operators.items()
    )
