"""What scripts are told: the JSON of ``run``, ``compare`` and ``demo``.

The counterpart of `simulator.briefing` for programs: numbers stay numbers, and what must not be shown is null. Sizes of
audiences and reach follow the same rule as on every screen, and no path says how a machine is laid out.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from simulator.briefing import Answer, in_words, safe_match_rate
from simulator.config import RunConfig
from simulator.reports import report_by_ad_group, report_totals
from simulator.run import RunResult
from simulator.scenario import Scenario, describe_difference
from simulator.what_if import Comparison
from simulator.world import World
from workbench.audiences import Audience, AudienceType, overlap_matrix, safe_size, shown_overlap

Payload = dict[str, Any]

OVERLAP_COLUMNS = ["audience_id_a", "audience_id_b", "n_overlap", "overlap_share", "jaccard"]


def run_payload(scenario: Scenario, world: World, result: RunResult, report: pd.DataFrame) -> Payload:
    """Tell what a run did.

    Parameters
    ----------
    scenario : Scenario
        What was run.
    world : World
        Its universe and audiences.
    result : RunResult
        The run.
    report : DataFrame
        A report of it, from `simulator.reports`.

    Returns
    -------
    dict
        Ready for JSON.
    """
    return {
        "scenario": scenario.name,
        **_source(result.config),
        "n_accounts": world.universe.n_accounts,
        "audiences": [_audience(audience) for audience in world.audiences.values()],
        "report": _records(report),
        "totals": _records(report_totals(result))[0],
        "warnings": list(result.warnings),
    }


def comparison_payload(comparison: Comparison) -> Payload:
    """Tell what a comparison found.

    Parameters
    ----------
    comparison : Comparison
        Base and alternative over paired runs.

    Returns
    -------
    dict
        Ready for JSON.
    """
    return {
        "base": comparison.base.name,
        "alternative": comparison.alternative.name,
        **_source(comparison.base.config),
        "differences": describe_difference(comparison.base, comparison.alternative),
        **_findings(comparison),
    }


def demo_payload(
    scenario: Scenario, world: World, result: RunResult, answers: Sequence[Answer], report_path: Path
) -> Payload:
    """Tell what the main job brought to light: what `run_payload` tells, with lists, overlap and answers.

    Parameters
    ----------
    scenario, world, result
        As for `run_payload`.
    answers : sequence of Answer
        Comparisons with the scenario.
    report_path : Path
        Where the HTML report is.

    Returns
    -------
    dict
        Ready for JSON.
    """
    audiences = world.audiences
    return {
        **run_payload(scenario, world, result, report_by_ad_group(result)),
        "lists": [_list(a) for a in audiences.values() if a.spec.audience_type is AudienceType.CUSTOMER_LIST],
        "overlap": _records(shown_overlap(overlap_matrix(list(audiences.values())))[OVERLAP_COLUMNS]),
        "answers": [
            {"question": answer.question.text, "sentence": in_words(answer), **_findings(answer.comparison)}
            for answer in answers
        ],
        "report_path": str(report_path),
    }


def _source(config: RunConfig) -> Payload:
    return {"universe": Path(config.universe).resolve().name, "rng_seed": config.rng_seed}


def _findings(comparison: Comparison) -> Payload:
    return {
        "n_replications": comparison.n_replications,
        "ending": comparison.ending.value,
        "n_runs": 2 * comparison.n_replications,
        "n_runs_reused": comparison.n_reused,
        "has_draws": comparison.has_draws,
        "metrics": _records(comparison.table),
        "warnings": list(comparison.warnings),
    }


def _audience(audience: Audience) -> Payload:
    return {
        "audience_id": audience.spec.audience_id,
        "name": audience.spec.name,
        "audience_type": audience.spec.audience_type.value,
        "audience_size": safe_size(audience.audience_size),
        "status": audience.status.value,
    }


def _list(audience: Audience) -> Payload:
    details: Mapping[str, Any] = audience.details
    return {
        "audience_id": audience.spec.audience_id,
        "name": audience.spec.name,
        **details["record_counts"],
        "error_counts": details["error_counts"],
        "warnings": details["warnings"],
        "match_rate": safe_match_rate(audience),
    }


def _records(frame: pd.DataFrame) -> list[Payload]:
    """Return rows with None where there is no finite number, because JSON has neither NaN nor infinity."""
    return [
        {str(name): None if pd.isna(value) or value in (math.inf, -math.inf) else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]
