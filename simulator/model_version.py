"""The version of the model: a number that rises whenever one and the same configuration gives other results."""

from typing import Final

MODEL_VERSION: Final = 3
"""Kept results and saved scenarios carry it. A test holds the figures of a run against this number, so that whoever
changes what a run does raises it, and nothing of before is taken for something of now."""
