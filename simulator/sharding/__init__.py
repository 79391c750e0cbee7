"""Runs that outgrow a process: the accounts in shards, on threads or on the workers of a Dask cluster."""

from simulator.sharding.running import BudgetSharing, simulate_in_shards

__all__ = ["BudgetSharing", "simulate_in_shards"]
