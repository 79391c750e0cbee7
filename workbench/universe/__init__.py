"""The platform's tables: what they hold, how they are opened, and how a universe of them is made."""

from workbench.universe.identities import synthesize_aaid, synthesize_email

__all__ = ["synthesize_aaid", "synthesize_email"]
