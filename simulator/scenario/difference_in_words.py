"""Saying in words how two scenarios differ: "New people: bid $2.00 → $2.60 CPM", "Third-party data off".

Every setting that differs is told: those that people have words for in these words, others by their path.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from simulator.ad_group_amounts import Bid, bid_of
from simulator.config import BudgetType, RunConfig
from simulator.money import MICROS
from simulator.scenario.differences import ABSENT, Difference, Way, differences
from simulator.scenario.lever_kinds import LEVER_KINDS, Unit
from simulator.scenario.scenario import Scenario
from simulator.scenario.settings import EVERY, id_of
from workbench.audiences import tell_apart
from workbench.charts.numbers import shown_dollars, shown_percent

ARROW: Final = " → "
NOTHING: Final = "none"
MAX_LISTED: Final = 6
"""Of longer lists only is told how many values differ."""

UNITS: Final = {
    "_cpm_micros": Unit.DOLLARS_CPM,
    "_micros": Unit.DOLLARS,
    "_rate": Unit.SHARE,
    "_days": Unit.DAYS,
    "_hours": Unit.HOURS,
}
"""Ends of names that say a unit, the longer first."""

MEMBERS: Final = {
    "ad_groups": "ad group",
    "ads": "ad",
    "audiences": "audience",
    "campaigns": "campaign",
    "rival_campaigns": "rival campaign",
}
BY_AUDIENCE: Final = ("bid_multipliers", "lifts")
"""Tables whose entries are named by the id of an audience."""

PERIODS: Final = {BudgetType.DAILY: "a day", BudgetType.LIFETIME: "for the flight"}
BID_FIELDS: Final = ("bid_cpm_micros", "bid_micros")
BUDGET_FIELDS: Final = ("budget_micros", "budget_type")
_KINDS: Final = {kind.path: kind for kind in LEVER_KINDS}


class _Phrase(NamedTuple):
    """What is told, and of whom: the way to the ad group, campaign, ad or audience; empty for the whole."""

    owner: Way
    text: str


def describe_difference(before: Scenario | RunConfig, after: Scenario | RunConfig) -> list[str]:
    """Tell in words what is different in another scenario.

    Parameters
    ----------
    before, after : Scenario or RunConfig
        What is compared; of scenarios the configurations with all levers pulled.

    Returns
    -------
    list of str
        One phrase a difference: of ad groups and campaigns first, then of audiences, then of everything else. Empty if
        the configurations are the same.

    Raises
    ------
    LeverError, ConfigError
        If a scenario's levers are refused.
    """
    configs = [each.config if isinstance(each, Scenario) else each for each in (before, after)]
    return _Words(*configs).sentences()


class _Words:
    """Puts the differences of two configurations into words."""

    def __init__(self, before: RunConfig, after: RunConfig) -> None:
        self._before, self._after = before, after
        self._names = {what: member_names(what, before, after) for what in MEMBERS}

    def sentences(self) -> list[str]:
        by_owner: dict[Way, list[Difference]] = {}
        for difference in differences(self._before, self._after):
            by_owner.setdefault(difference.owner, []).append(difference)
        phrases = [
            _Phrase(owner, text) for owner, of_owner in by_owner.items() for text in self._texts(owner, of_owner)
        ]
        return [self._sentence(phrase) for phrase in _gathered(phrases, self._after)]

    def _texts(self, owner: Way, of_owner: list[Difference]) -> list[str]:
        """Tell the differences of one owner: bid and budget as one thing each, all others one by one."""
        if of_owner[0].rest == ():
            return ["added" if of_owner[0].before is ABSENT else "removed"]
        texts = []
        fields = {difference.rest[0] for difference in of_owner}
        told: set[str] = set()
        if owner[-2:-1] == ("ad_groups",) and fields & set(BID_FIELDS):
            bids = [bid_of(_member(side, owner)) for side in (self._before, self._after)]
            texts.append(f"bid {_bid_step(*bids)}")
            told |= {*BID_FIELDS, "billable_event" if all(bids) else "bid_strategy_type"}
        if owner and "budget_micros" in fields:
            texts.append(_budget_step(*(_member(side, owner) for side in (self._before, self._after))))
            told |= set(BUDGET_FIELDS)
        return texts + [self._text(difference) for difference in of_owner if difference.rest[0] not in told]

    def _text(self, difference: Difference) -> str:
        """Tell one difference by its label, else by its path."""
        owner, rest, before, after = difference
        if rest[-1] in MEMBERS and isinstance(before, list):
            return f"{MEMBERS[rest[-1]]}s in another order"
        label, unit = _label_and_unit(owner, rest)
        if rest[0] in BY_AUDIENCE and len(rest) > 1:
            label = f"{label.replace(f'.{rest[1]}', '')} for {self._names['audiences'].get(rest[1], rest[1])}"
        if unit is Unit.SWITCH and isinstance(after, bool):
            return f"{label} {shown_setting(after, unit)}"
        if unit is Unit.AUDIENCES:
            names = self._names["audiences"]
            before, after = ([names.get(an_id, an_id) for an_id in side] for side in (before, after))
        if isinstance(before, list) and isinstance(after, list):
            return f"{label} {_list_step(before, after)}"
        return f"{label} {_step(before, after, unit)}"

    def _sentence(self, phrase: _Phrase) -> str:
        owner, text = phrase
        if owner == ():
            is_path = bool({".", "_"} & set(text.split(" ", 1)[0]))
            return text if is_path else text[0].upper() + text[1:]
        if text in ("added", "removed"):
            return f"{MEMBERS[owner[-2]].capitalize()} {self._names[owner[-2]][owner[-1]]} {text}"
        return f"{self._subject(owner)}: {text}"

    def _subject(self, owner: Way) -> str:
        if owner == (EVERY,):
            return "All ad groups"
        *outer, what, an_id = owner
        name = self._names[what][an_id]
        if what == "ads":
            return f"{self._subject(tuple(outer))}, ad {name}"
        if what == "audiences":
            return f"Audience {name}"
        return f"Rival {name}" if owner[0] == "rival_campaigns" else name


def member_names(what: str, *sides: RunConfig) -> dict[str, str]:
    """Return the names of all members of a kind by id, told apart.

    Parameters
    ----------
    what : {"ad_groups", "ads", "audiences", "campaigns", "rival_campaigns"}
        The kind.
    *sides : RunConfig
        Whose members; where several have one, the first one's name counts.
    """
    names: dict[str, str] = {}
    for side in reversed(sides):
        members: dict[str, Sequence[Any]] = {
            "ad_groups": side.all_ad_groups,
            "ads": [ad for ad_group in side.all_ad_groups for ad in ad_group.ads],
            "audiences": side.audiences,
            "campaigns": side.all_campaigns,
            "rival_campaigns": side.rival_campaigns,
        }
        names |= {id_of(dict(member)) or "": member.name for member in members[what]}
    return tell_apart(names)


def _member(side: RunConfig, owner: Way) -> Any:
    """Return the ad group or campaign that a way leads to."""
    members: Sequence[Any] = side.all_ad_groups if owner[-2] == "ad_groups" else side.all_campaigns
    return next(member for member in members if id_of(dict(member)) == owner[-1])


def _gathered(phrases: Iterable[_Phrase], config: RunConfig) -> list[_Phrase]:
    """Say once what is said of every one of several own ad groups."""
    own = {
        ("campaigns", campaign.campaign_id, "ad_groups", ad_group.ad_group_id)
        for campaign in config.campaigns
        for ad_group in campaign.ad_groups
    }
    owners: dict[str, set[Way]] = {}
    for phrase in (phrases := list(phrases)):
        owners.setdefault(phrase.text, set()).add(phrase.owner)
    gathered = [
        _Phrase((EVERY,), text) if len(own) > 1 and owner in own and own <= owners[text] else _Phrase(owner, text)
        for owner, text in phrases
    ]
    return list(dict.fromkeys(gathered))


def _label_and_unit(owner: Way, rest: Way) -> tuple[str, Unit | None]:
    """Return what people call a setting and what its value is; its path and nothing, where they have no word for it."""
    inner = (rest[0], EVERY) if rest[0] in BY_AUDIENCE and len(rest) == len(BY_AUDIENCE) else rest
    outer = owner[-2].removeprefix("rival_") if owner else ""
    path = ".".join([outer, EVERY, *inner] if owner else inner)
    if path in _KINDS:
        return _KINDS[path].label, _KINDS[path].unit
    name = rest[-1]
    if name.startswith("is_"):
        return ".".join((*rest[:-1], name.removeprefix("is_"))), Unit.SWITCH
    end = next((end for end in UNITS if name.endswith(end)), None)
    if end is None:
        return ".".join(rest), None
    return ".".join((*rest[:-1], name.removesuffix(end))), UNITS[end]


def _step(before: Any, after: Any, unit: Unit | None) -> str:
    """Write both values; in full, should the way in which people write them not tell them apart."""
    texts = [shown_setting(side, unit) for side in (before, after)]
    if texts[0] == texts[1]:
        texts = [NOTHING if side is ABSENT else json.dumps(side) for side in (before, after)]
    behind = {Unit.DOLLARS_CPM: " CPM", Unit.DAYS: " days", Unit.HOURS: " hours"}.get(unit, "") if unit else ""
    return ARROW.join(texts) + ("" if texts[1] == NOTHING else behind)


def shown_setting(value: Any, unit: Unit | None) -> str:
    """Write a setting's value for people; what its unit says behind it, such as "days", is left to the caller."""
    if value is None or value is ABSENT:
        return NOTHING
    match unit:
        case Unit.DOLLARS_CPM | Unit.DOLLARS:
            return shown_dollars(value / MICROS)
        case Unit.SHARE:
            return shown_percent(value)
        case Unit.SWITCH:
            return "on" if value else "off"
    if isinstance(value, list):
        return ", ".join(map(_plain, value)) if 0 < len(value) <= MAX_LISTED else f"{len(value)} values"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else _plain(value)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _list_step(before: list[Any], after: list[Any]) -> str:
    if sorted(map(_plain, before)) == sorted(map(_plain, after)):
        return "in another order"
    if max(len(before), len(after)) <= MAX_LISTED:
        return ARROW.join(shown_setting(side or None, None) for side in (before, after))
    if len(before) == len(after):
        places = [place for place, (one, other) in enumerate(zip(before, after, strict=True)) if one != other]
        first = f"{_plain(before[places[0]])}{ARROW}{_plain(after[places[0]])}"
        return f"{len(places)} of {len(after)} values differ, the first {first}"
    return f"{len(before)}{ARROW}{len(after)} values"


def _bid_step(before: Bid | None, after: Bid | None) -> str:
    if before is not None and after is not None and before.per == after.per:
        return f"{_amounts(before.micros, after.micros)} {after.per}"
    shown = (f"{shown_dollars(each.micros / MICROS)} {each.per}" if each else "automatic" for each in (before, after))
    return ARROW.join(shown)


def _budget_step(before: Any, after: Any) -> str:
    """Tell how the budget of an ad group or a campaign changes, and the period that it is for."""
    periods = [side.budget_type for side in (before, after)]
    if periods[0] == periods[1]:
        return f"{periods[1].value.lower()} budget {_amounts(before.budget_micros, after.budget_micros)}"
    return "budget " + ARROW.join(
        f"{_amount(side.budget_micros)} {PERIODS[side.budget_type]}" for side in (before, after)
    )


def _amounts(before: int | None, after: int | None) -> str:
    texts = [_amount(side) for side in (before, after)]
    if texts[0] == texts[1] and before is not None and after is not None:
        texts = [f"${side / MICROS:.6f}" for side in (before, after)]
    return ARROW.join(texts)


def _amount(micros: int | None) -> str:
    return NOTHING if micros is None else shown_dollars(micros / MICROS)
