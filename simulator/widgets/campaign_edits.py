"""Changing a campaign as a whole: ad groups come, go and are copied; every change gives a configuration that is legal.

The builder holds no state of its own: it reads the configuration and writes a new one through these functions.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from simulator.config import AdGroup, Campaign, RunConfig, absolute_path, parse_config
from simulator.errors import ConfigError
from workbench.audiences import AudienceSpec, CustomerListDefinition

WHERE = "this campaign"
MAX_NAME = 100
LARGEST_ID = 10**18


def campaign_of(config: RunConfig, ad_group_id: str) -> Campaign:
    """Return the campaign that an own ad group is part of."""
    return next(
        campaign
        for campaign in config.campaigns
        if any(ad_group.ad_group_id == ad_group_id for ad_group in campaign.ad_groups)
    )


def ad_group_of(config: RunConfig, ad_group_id: str) -> AdGroup:
    """Return one of the own ad groups."""
    return next(ad_group for ad_group in config.ad_groups if ad_group.ad_group_id == ad_group_id)


def with_ad_group(config: RunConfig, ad_group_id: str, changes: Mapping[str, Any]) -> RunConfig:
    """Return the configuration with some settings of one ad group changed.

    Parameters
    ----------
    config : RunConfig
        As it is.
    ad_group_id : str
        One of its own ad groups.
    changes : mapping of str to value
        Fields of `AdGroup` as JSON has them.

    Raises
    ------
    ConfigError
        If the ad group, or the whole, would not be legal; the field is named.
    """
    return _mapped(config, ad_group_id, lambda ad_group: [{**ad_group, **changes}])


def with_copy(config: RunConfig, ad_group_id: str) -> tuple[RunConfig, str]:
    """Return the configuration with one ad group twice, and the id of the copy, which stands behind the original."""
    new_id = str(max(int(ad_group.ad_group_id) for ad_group in config.all_ad_groups) + 1)
    if int(new_id) > LARGEST_ID:
        raise ConfigError(f"expected ids up to {LARGEST_ID}, got one above; give this ad group another id first")
    taken = {ad_group.name for ad_group in config.ad_groups}
    name = _free_name(ad_group_of(config, ad_group_id).name, taken)

    def twice(ad_group: dict[str, Any]) -> list[dict[str, Any]]:
        # Ads have ids that are theirs alone; the copy gets the single ad that stands for none.
        return [ad_group, {**ad_group, "ad_group_id": new_id, "name": name, "ads": []}]

    return _mapped(config, ad_group_id, twice), new_id


def without(config: RunConfig, ad_group_id: str) -> RunConfig:
    """Return the configuration without one ad group.

    Raises
    ------
    ConfigError
        If it is the last one of its campaign.
    """
    if len(campaign_of(config, ad_group_id).ad_groups) == 1:
        raise ConfigError("expected a campaign to keep at least one ad group; change this one instead of removing it")
    return _mapped(config, ad_group_id, lambda _ad_group: [])


def with_settings(config: RunConfig, changes: Mapping[str, Any]) -> RunConfig:
    """Return the configuration with other settings outside of its ad groups, such as ``{"flight": {...}}``.

    Raises
    ------
    ConfigError
        If the whole would not be legal; the field is named.
    """
    return parse_config({**config.model_dump(mode="json"), **changes}, WHERE)


def with_campaign(config: RunConfig, campaign_id: str, changes: Mapping[str, Any]) -> RunConfig:
    """Return the configuration with some settings of one campaign changed; see `with_settings`."""
    campaigns = [
        {**campaign, **(changes if campaign["campaign_id"] == campaign_id else {})}
        for campaign in config.model_dump(mode="json")["campaigns"]
    ]
    return with_settings(config, {"campaigns": campaigns})


def with_audiences(config: RunConfig, specs: Iterable[AudienceSpec], base_folder: Path) -> RunConfig:
    """Return the configuration with more audiences to pick from; those that it has already stay as they are.

    Parameters
    ----------
    config : RunConfig
        As it is.
    specs : iterable of AudienceSpec
        Audiences, also those that it has.
    base_folder : Path
        What the paths of their customer lists are relative to.

    Raises
    ------
    ConfigError
        If an id stands for one audience here and for another one there.
    """
    names = {audience.audience_id: audience.name for audience in config.audiences}
    added = []
    for spec in specs:
        if names.get(spec.audience_id, spec.name) != spec.name:
            raise ConfigError(
                f"expected audience {spec.audience_id} to be “{names[spec.audience_id]}”, as in {WHERE}, got "
                f"“{spec.name}”; begin the shelf with the campaign's audiences: shelf.add(*scenario.base.audiences)"
            )
        if spec.audience_id not in names:
            added.append(_with_whole_paths(spec, base_folder).model_dump(mode="json"))
    return with_settings(config, {"audiences": [*config.model_dump(mode="json")["audiences"], *added]})


def _with_whole_paths(spec: AudienceSpec, base_folder: Path) -> AudienceSpec:
    if not isinstance(spec.definition, CustomerListDefinition):
        return spec
    whole = spec.definition.with_paths(lambda path: absolute_path(path, base_folder))
    return spec.model_copy(update={"definition": whole})


def _mapped(config: RunConfig, ad_group_id: str, change: Any) -> RunConfig:
    campaigns = config.model_dump(mode="json")["campaigns"]
    for campaign in campaigns:
        campaign["ad_groups"] = [
            changed
            for ad_group in campaign["ad_groups"]
            for changed in (change(ad_group) if ad_group["ad_group_id"] == ad_group_id else [ad_group])
        ]
    return with_settings(config, {"campaigns": campaigns})


def _free_name(name: str, taken: set[str]) -> str:
    stem = name[: MAX_NAME - len(" (copy 999)")]
    names = [f"{stem} (copy)", *(f"{stem} (copy {number})" for number in range(2, len(taken) + 3))]
    return next(each for each in names if each not in taken)
