"""Simulate the ad auction."""
