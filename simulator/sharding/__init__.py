"""Runs that outgrow a thread: the accounts shared out over shards, which meet once a tick."""

from simulator.sharding.on_cluster import simulate_on_cluster
from simulator.sharding.running import BudgetSharing, simulate_in_shards

__all__ = ["BudgetSharing", "simulate_in_shards", "simulate_on_cluster"]
