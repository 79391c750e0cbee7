"""Ledgers for tests to write into by hand."""

from simulator.config import RunConfig
from simulator.eligibility import Eligibility
from simulator.ledger import Ledger, LedgerShape


def blank_ledger(config: RunConfig, eligibility: Eligibility) -> Ledger:
    shape = LedgerShape(
        n_ticks=config.flight.n_hours,
        n_ad_groups=len(config.all_ad_groups),
        n_entries=eligibility.n_entries,
        n_ads=sum(len(ad_group.ads) or 1 for ad_group in config.all_ad_groups),
        n_audience_pairs=sum(len(ad_group.targeting.audience_include) for ad_group in config.ad_groups),
    )
    return Ledger.blank(shape)
