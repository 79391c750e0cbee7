"""Actalike: the people of a country who are most like a source audience, ranked.

    EngagementMatrix → fit_space → learn_seed → rank_country → members(percentage)
    what people did    once        per source   one scan       nested by construction

The method knows account numbers and what accounts did, nothing of definitions or names. How it was chosen and how good
it is, beside named alternatives, is in DESIGN.md and measured by tests/benchmarks/test_actalike_quality.py.
"""

from workbench.actalike.engagement_matrix import EngagementMatrix
from workbench.actalike.explanation import Driver, explain
from workbench.actalike.forecast import QualityForecast
from workbench.actalike.ranking import Ranking, rank_country
from workbench.actalike.seed_model import SeedModel, learn_seed
from workbench.actalike.space import ActalikeSpace, fit_space
from workbench.actalike.space_folder import open_space, save_space

__all__ = [
    "ActalikeSpace",
    "Driver",
    "EngagementMatrix",
    "QualityForecast",
    "Ranking",
    "SeedModel",
    "explain",
    "fit_space",
    "learn_seed",
    "open_space",
    "rank_country",
    "save_space",
]
