"""The platform's tables: what they hold, how they are opened, and how a universe of them is made."""

from workbench.universe.identities import synthesize_aaid, synthesize_email
from workbench.universe.opening import Universe, open_universe
from workbench.universe.schema import TABLES

__all__ = ["TABLES", "Universe", "open_universe", "synthesize_aaid", "synthesize_email"]
