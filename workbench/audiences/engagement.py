"""Engagement: people who did something with the advertiser's pins and ads on the platform.

The rule in set terms::

    members = accounts with an engagement in the window of `workbench.audiences.qualifying_events`
              whose action is one of the type's, by the version in force "now"
              and that was with the source, one of
                  pins, ads and campaigns by id       any of them; through the ads of a campaign
                  campaigns by objective              through their ads
                  claimed domains                     pins that link there, met with or without an ad
                  nothing of these                    all pins that the ad account published

An engagement with a promoted pin counts for the pin whether it happened through the ad or not, and for the ad only if
it did.
"""

from dataclasses import dataclass
from datetime import datetime

from workbench.audiences.base import Population
from workbench.audiences.condition import Sql, all_of, any_of
from workbench.audiences.engagement_actions import ActionVersion, read_action_table
from workbench.audiences.engagement_conversion import converted
from workbench.audiences.engagement_definition import EngagementDefinition
from workbench.audiences.engagement_sources import EngagementSource, find_source
from workbench.audiences.event_answers import accounts_with
from workbench.audiences.qualifying_events import QualifyingEvents, Window, membership_window
from workbench.events import EventQuestion
from workbench.identity import AccountSet
from workbench.universe import Universe


@dataclass(frozen=True, slots=True)
class Engagement:
    """A definition as one universe understands it.

    Parameters
    ----------
    definition : EngagementDefinition
        The definition, converted if it is from before 2 November 2021.
    source : EngagementSource
        The pins and ads it is about.
    version : ActionVersion
        The actions in force.
    events : QualifyingEvents
        What makes somebody a member.
    history_note : str
        What the definition was before it was converted; empty if it was not.
    """

    definition: EngagementDefinition
    source: EngagementSource
    version: ActionVersion
    events: QualifyingEvents
    history_note: str = ""


def populate_engagement(
    definition: EngagementDefinition,
    universe: Universe,
    *,
    created_at: datetime | None = None,
    as_of: datetime | None = None,
) -> Population:
    """Find who engaged.

    Parameters
    ----------
    definition : EngagementDefinition
        Type, source and window.
    universe : Universe
        Needs the table ``pin_engagements`` and those that tell whose a source is.
    created_at : datetime, optional
        When the audience was created, with its zone; "now" when absent. One from before 2 November 2021 is converted.
    as_of : datetime, optional
        Another "now" than the universe's, with its zone.

    Returns
    -------
    Population
        Members. Details: ``engagement_actions`` and ``actions_valid_from``, the version that was in force;
        ``n_source_pins`` and ``n_source_ads``; ``history_note``, if it was converted.

    Raises
    ------
    UniverseError
        If the universe lacks a table or column that the source needs.
    DefinitionError
        If the source is not the account's own, or a time has no zone.
    """
    engagement = understand_engagement(definition, universe, created_at=created_at, as_of=as_of)
    return engagement_population(engagement, accounts_with(engagement.events, universe))


def engagement_population(engagement: Engagement, members: AccountSet) -> Population:
    """Say what there is to say of the people who engaged.

    Parameters
    ----------
    engagement : Engagement
        What they did.
    members : AccountSet
        Who has a qualifying event.

    Returns
    -------
    Population
        As of `populate_engagement`.
    """
    details = {
        "engagement_actions": list(engagement.version.actions(engagement.definition.engager_type)),
        "actions_valid_from": engagement.version.valid_from.isoformat(),
        "n_source_pins": len(engagement.source.pin_ids),
        "n_source_ads": len(engagement.source.ad_ids),
    }
    if engagement.history_note:
        details["history_note"] = engagement.history_note
    return Population(members, details)


def understand_engagement(
    definition: EngagementDefinition,
    universe: Universe,
    *,
    created_at: datetime | None = None,
    as_of: datetime | None = None,
) -> Engagement:
    """Find out what a definition means in a universe; parameters and errors as `populate_engagement`."""
    window = membership_window(
        universe,
        retention_days=definition.retention_days,
        prefill=definition.prefill,
        created_at=created_at,
        as_of=as_of,
    )
    definition, history_note = converted(definition, universe, created_at or window.until)
    source = find_source(definition, universe)
    version = read_action_table(universe).in_force(window.until)
    actions = tuple(version.actions(definition.engager_type))
    action: Sql = ("action IN (SELECT unnest(?::VARCHAR[]))", (list(actions),))
    events = QualifyingEvents(
        "pin_engagements", all_of([action, _with_source(source)]), window, _questions(source, actions, window)
    )
    return Engagement(definition, source, version, events, history_note)


def _questions(
    source: EngagementSource, actions: tuple[str, ...], window: Window
) -> tuple[tuple[str, EventQuestion], ...]:
    """Return the same as questions of indexes: one about pins and one about ads, as far as the source has any."""
    ids = {"pin_engagements": tuple(source.pin_ids), "ad_engagements": tuple(source.ad_ids)}
    return tuple((name, EventQuestion(of_source, actions, *window)) for name, of_source in ids.items() if of_source)


def _with_source(source: EngagementSource) -> Sql:
    pins: Sql = ("pin_id IN (SELECT unnest(?::VARCHAR[]))", (list(source.pin_ids),))
    ads: Sql = ("coalesce(ad_id IN (SELECT unnest(?::VARCHAR[])), false)", (list(source.ad_ids),))
    return any_of([pins, ads])
