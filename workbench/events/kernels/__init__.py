"""Compiled loops over runs of events: plain arrays in, plain arrays out, no objects.

Each has a naive twin in ``tests/workbench/events``.
"""
