"""The platform's tables: what they hold, how they are opened, and how a universe of them is made."""

from workbench.universe.catalogue import SHOP_AD_ACCOUNT_ID, SHOP_DOMAIN, SHOP_TAG_ID
from workbench.universe.engagement_log import import_engagement_log
from workbench.universe.identifiers import IDENTITY_RNG_SEED
from workbench.universe.identities import synthesize_aaid, synthesize_email
from workbench.universe.opening import Universe, open_universe
from workbench.universe.sample import build_sample
from workbench.universe.schema import TABLES

__all__ = [
    "IDENTITY_RNG_SEED",
    "SHOP_AD_ACCOUNT_ID",
    "SHOP_DOMAIN",
    "SHOP_TAG_ID",
    "TABLES",
    "Universe",
    "build_sample",
    "import_engagement_log",
    "open_universe",
    "synthesize_aaid",
    "synthesize_email",
]
