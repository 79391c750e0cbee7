"""What becomes of a definition before it is saved: who would be in it, and what its author should know.

An estimate is no guess: it is the count itself, made early. It is an estimate because the platform counts hours later.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workbench.audiences.audience import Audience, AudienceSpec
from workbench.audiences.populating import NO_AUDIENCES, populate
from workbench.audiences.unmet_rules import unmet_rules
from workbench.audiences.visitor import VisitorDefinition
from workbench.progress import Progress, ignore_progress
from workbench.universe import Universe


@dataclass(frozen=True, slots=True)
class Estimate:
    """Who would be in an audience now.

    Parameters
    ----------
    audience : Audience
        As `populate` returns it.
    advice : tuple of str
        One sentence each, to be shown: warnings of populating, and rules that nothing ever met.
    """

    audience: Audience
    advice: tuple[str, ...] = ()


def estimate(
    spec: AudienceSpec,
    universe: Universe,
    *,
    sources: Mapping[str, Audience] = NO_AUDIENCES,
    base_folder: Path | None = None,
    on_progress: Progress = ignore_progress,
) -> Estimate:
    """Count who would be in an audience; parameters and errors are those of `populate`."""
    audience = populate(spec, universe, sources=sources, base_folder=base_folder, on_progress=on_progress)
    warnings = [str(warning) for warning in audience.details.get("warnings", ()) if isinstance(warning, str)]
    unmet = unmet_rules(spec.definition, universe) if isinstance(spec.definition, VisitorDefinition) else ()
    return Estimate(audience, (*warnings, *unmet))
