"""Small worlds for tests: a universe of a few hundred accounts and audiences whose members the test chooses."""

from collections.abc import Mapping, Sequence

from simulator.audience_versions import AudienceVersion
from simulator.config import RunConfig
from simulator.world import World
from workbench.audiences import Audience
from workbench.identity import AccountSet
from workbench.universe import Universe

TYPES = {
    "CUSTOMER_LIST": {"type": "CUSTOMER_LIST", "list_file": "unread.csv", "list_type": "EMAIL"},
    "VISITOR": {"type": "VISITOR", "visitor_source_id": "800000000001"},
    "THIRD_PARTY": {"type": "THIRD_PARTY", "segment_id": "110000000001"},
    "COMBINATION": {"type": "COMBINATION", "rule": {"any_of": ["1001", "1002"]}},
}


def audience_spec(audience_id: str, audience_type: str, created_hours_before_start: float = 72) -> dict:
    return {
        "audience_id": audience_id,
        "name": f"Audience {audience_id}",
        "definition": TYPES[audience_type],
        "created_hours_before_start": created_hours_before_start,
    }


def ad_group(ad_group_id: str = "2001", **settings) -> dict:
    defaults = {"name": f"Ad group {ad_group_id}", "bid_cpm_micros": 6_000_000, "budget_micros": 10**9}
    return {"ad_group_id": ad_group_id, **defaults, **settings}


def run_config(*ad_groups: dict, audiences=(), campaign=(), **settings) -> RunConfig:
    """Build a two-day configuration of one campaign."""
    campaign = {"campaign_id": "5001", "name": "Campaign", **dict(campaign), "ad_groups": list(ad_groups)}
    defaults = {"universe": "unopened", "flight": {"n_days": 2}, "traffic": {"opportunities_per_account_day": 0.5}}
    return RunConfig.model_validate({**defaults, **settings, "audiences": list(audiences), "campaigns": [campaign]})


def world_of(
    config: RunConfig,
    universe: Universe,
    members: Mapping[str, set[int]],
    fees_bp: Mapping[str, int] | None = None,
    changes: Mapping[str, Sequence[tuple[float, set[int]]]] | None = None,
) -> World:
    """Give every audience of a configuration the members that a test chose, and others from some hours on."""
    details = {an_id: {"data_fee_rate_bp": fee_bp} for an_id, fee_bp in (fees_bp or {}).items()}
    specs = {spec.audience_id: spec for spec in config.audiences}
    sets = {an_id: account_set(chosen, universe) for an_id, chosen in members.items()}
    later = {
        an_id: tuple(
            AudienceVersion(
                hour, Audience(specs[an_id], account_set(chosen, universe), details.get(an_id, {})), *made_of
            )
            for hour, chosen, *made_of in versions
        )
        for an_id, versions in (changes or {}).items()
    }
    return World.of_members(config, universe, sets, details, later)


def account_set(accounts: set[int], universe: Universe) -> AccountSet:
    return AccountSet.from_indices(sorted(accounts), universe.n_accounts)
