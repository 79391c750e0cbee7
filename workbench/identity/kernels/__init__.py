"""Compiled loops of the identity core: plain arrays in, plain arrays out, no objects.

Each has a naive twin in ``tests/workbench/identity``. Where a kernel names machine instructions, a portable one with
the same signature stands beside it, and the choice is made once, at import.
"""
