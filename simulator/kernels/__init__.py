"""Compiled loops: arrays in, arrays out, no objects, no randomness of their own."""
