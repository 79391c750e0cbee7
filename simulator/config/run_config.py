"""A whole configuration, and reading one from outside."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError, model_validator

from simulator.config.ad_group import AdGroup
from simulator.config.auction import AuctionRules
from simulator.config.campaign import Campaign
from simulator.config.flight import Flight
from simulator.config.market import Market
from simulator.config.simulated_audience import SimulatedAudience
from simulator.config.third_party_data import ThirdPartyData
from simulator.config.traffic import Traffic
from simulator.errors import ConfigError
from workbench.audiences import CustomerListDefinition, require_country_of_third_parties
from workbench.errors import DefinitionError, UnknownAudienceError
from workbench.validation import Written, complaint

MAX_CENSUS = 4_096
MAX_SPEND_MICROS = 1 << 61
"""The most that all budgets may come to over a flight: sums of money are int64, and this leaves them room."""


class SelfCompetition(StrEnum):
    """What happens where several ad groups of the one advertiser want the same person; the help page does not say."""

    COMPETE = "compete"
    """All of them bid, so one may raise the price that another pays."""

    BEST_ONLY = "best_only"
    """The one with the highest effective bid enters alone."""


class RunConfig(Written):
    """Everything a run depends on.

    Attributes
    ----------
    universe : str
        Folder of the universe; in a scenario file relative to that file.
    rng_seed : int
        Start of every random stream; the same seed gives the same run to the last bit.
    self_competition : SelfCompetition
        What happens where ad groups of ``campaigns`` meet.
    census_every : int
        One opportunity in this many is looked at in full, to count which ad groups could have bid for it and what kept
        the others out; 1 counts them all. What is won, shown, paid and answered is exact in any case. With hundreds of
        ad groups for each person most of the work is this census, so a long run may do with a part.
    campaigns : tuple of Campaign
        The advertiser's own.
    rival_campaigns : tuple of Campaign
        Those of others, each of another advertiser: they bid, spend and are paced like the own ones, in the same
        universe and beside the market's landscape. Reports leave them out.
    """

    universe: str = Field(min_length=1)
    rng_seed: int = Field(default=1, ge=0, lt=2**63)
    flight: Flight = Flight()
    traffic: Traffic = Traffic()
    market: Market = Market()
    auction: AuctionRules = AuctionRules()
    third_party_data: ThirdPartyData = ThirdPartyData()
    self_competition: SelfCompetition = SelfCompetition.COMPETE
    census_every: int = Field(default=1, ge=1, le=MAX_CENSUS)
    audiences: tuple[SimulatedAudience, ...] = ()
    campaigns: tuple[Campaign, ...] = Field(min_length=1)
    rival_campaigns: tuple[Campaign, ...] = ()

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        ad_groups = self.all_ad_groups
        for what, ids in (
            ("audience", [audience.audience_id for audience in self.audiences]),
            ("campaign", [campaign.campaign_id for campaign in self.all_campaigns]),
            ("ad group", [ad_group.ad_group_id for ad_group in ad_groups]),
            ("ad", [ad.ad_id for ad_group in ad_groups for ad in ad_group.ads]),
        ):
            repeated = [an_id for an_id, count in Counter(ids).items() if count > 1]
            if repeated:
                raise ValueError(f"expected every {what} id once, got {repeated[0]!r} more than once")
        return self

    @model_validator(mode="after")
    def _audiences_are_known(self) -> Self:
        audience_ids = [audience.audience_id for audience in self.audiences]
        known = ", ".join(audience_ids) or "none"
        for audience in self.audiences:
            for source_id in audience.definition.source_audience_ids:
                if source_id not in audience_ids:
                    raise UnknownAudienceError(
                        f"audience {audience.audience_id} is made from audience {source_id}, which the scenario does "
                        "not define; add it to audiences or correct the id"
                    )
        for ad_group in self.all_ad_groups:
            targeting = ad_group.targeting
            for audience_id in (*targeting.audience_include, *targeting.audience_exclude, *ad_group.bid_multipliers):
                if audience_id not in audience_ids:
                    raise UnknownAudienceError(
                        f"ad group {ad_group.ad_group_id} targets audience {audience_id}, which the scenario does not "
                        f"define (it defines: {known}); add it to audiences or correct the id"
                    )
        for landscape in self.market.landscapes:
            if landscape.audience_id is not None and landscape.audience_id not in audience_ids:
                raise UnknownAudienceError(
                    f"market.landscapes name audience {landscape.audience_id}, which the scenario does not define (it "
                    f"defines: {known}); add it to audiences or correct the id"
                )
        return self

    @model_validator(mode="after")
    def _third_parties_are_in_their_country(self) -> Self:
        audiences = {audience.audience_id: audience for audience in self.audiences}
        for ad_group in self.all_ad_groups if self.third_party_data.is_enabled else ():
            targeting = ad_group.targeting
            attached = (audiences[an_id] for an_id in (*targeting.audience_include, *targeting.audience_exclude))
            try:
                require_country_of_third_parties(targeting, attached)
            except DefinitionError as refusal:
                raise DefinitionError(f"ad group {ad_group.ad_group_id}: {refusal}") from None
        return self

    @model_validator(mode="after")
    def _budgets_can_be_added_up(self) -> Self:
        spend = sum(campaign.highest_spend_micros(self.flight.n_days) for campaign in self.all_campaigns)
        if spend > MAX_SPEND_MICROS:
            raise ValueError(
                f"expected budgets of at most {MAX_SPEND_MICROS:,} micro-currency over the flight, all of them "
                f"together, got {spend:,}; lower budget_micros or n_days"
            )
        return self

    @property
    def ad_groups(self) -> tuple[AdGroup, ...]:
        """The advertiser's own ad groups, in the order of their campaigns."""
        return tuple(ad_group for campaign in self.campaigns for ad_group in campaign.ad_groups)

    @property
    def all_campaigns(self) -> tuple[Campaign, ...]:
        """The own campaigns and then those of rivals."""
        return (*self.campaigns, *self.rival_campaigns)

    @property
    def all_ad_groups(self) -> tuple[AdGroup, ...]:
        """The own ad groups and then those of rivals; kernels number them by this order."""
        return tuple(ad_group for campaign in self.all_campaigns for ad_group in campaign.ad_groups)


def parse_config(payload: object, source: str) -> RunConfig:
    """Check a configuration that came from outside.

    Parameters
    ----------
    payload : object
        What JSON held.
    source : str
        What to call it in a refusal.

    Returns
    -------
    RunConfig

    Raises
    ------
    ConfigError
        With the first field that is wrong, what was expected there, and how many more are.
    UnknownAudienceError
        If a targeting names an audience that is not defined.
    """
    with refusing_as_config_error(source):
        return RunConfig.model_validate(payload)


@contextmanager
def refusing_as_config_error(source: str) -> Iterator[None]:
    """Turn a refusal of a model into a `ConfigError` that names where the value came from."""
    try:
        yield
    except ValidationError as refusal:
        raise ConfigError(f"{source}: {complaint(refusal)}") from None
    except DefinitionError as refusal:
        raise ConfigError(f"{source}: {refusal}") from None


def with_paths(config: RunConfig, change: Callable[[str], str]) -> RunConfig:
    """Return a configuration with other paths of its universe and of its customer lists.

    Parameters
    ----------
    config : RunConfig
        Any.
    change : callable
        Makes the new path from the old one.
    """
    audiences = tuple(_with_list_paths(audience, change) for audience in config.audiences)
    return config.model_copy(update={"universe": change(config.universe), "audiences": audiences})


def _with_list_paths(audience: SimulatedAudience, change: Callable[[str], str]) -> SimulatedAudience:
    definition = audience.definition
    if not isinstance(definition, CustomerListDefinition):
        return audience
    refreshes = tuple(
        refresh.model_copy(update={"list_file": change(refresh.list_file)}) for refresh in audience.refreshes
    )
    return audience.model_copy(update={"definition": definition.with_paths(change), "refreshes": refreshes})


def absolute_path(path: str, folder: Path) -> str:
    """Return a path as an absolute one, reading a relative one from ``folder``.

    Raises
    ------
    ConfigError
        If it cannot be the path of anything: it holds a NUL byte, or leads round in a circle.
    """
    try:
        return str((folder / path).resolve())
    except (OSError, RuntimeError, ValueError):
        raise ConfigError("expected a path that can lead to a file, got one that cannot; correct it") from None
