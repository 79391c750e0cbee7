"""Actalikes as a rule of the API: sources, a country, a share of its people."""

from collections.abc import Iterator
from typing import Final

from workbench.audiences import ActalikeDefinition
from workbench.audiences.actalike_definition import NAMED_COUNTRIES
from workbench.export.audience_bodies import ActalikeRule
from workbench.export.findings import Finding, FindingKind

SOURCES: Final = "definition.seed_audience_ids"


def actalike_rule(definition: ActalikeDefinition, seed_ids: tuple[str, ...]) -> ActalikeRule:
    """Return the rule of an actalike, whose sources are named by their ids on the platform."""
    return ActalikeRule(seed_id=seed_ids, country=definition.country, percentage=definition.percentage)


def actalike_findings(definition: ActalikeDefinition) -> Iterator[Finding]:
    """Tell what becomes of an actalike that is exported, whatever its sources are."""
    yield Finding(
        FindingKind.CHANGED,
        "definition",
        "S58",
        "The platform finds similar people by a method of its own, so others will be in the audience there than here.",
    )
    yield Finding(
        FindingKind.ASSUMED,
        "definition.percentage",
        "Q1, S62",
        "The percentage goes out as a share of the country's people, as in the API; the help page says of the source.",
    )
    if definition.country not in NAMED_COUNTRIES:
        yield Finding(
            FindingKind.ADVICE,
            "definition.country",
            "Q25",
            f"The API's prose names {', '.join(NAMED_COUNTRIES)} alone; see whether it takes {definition.country}.",
        )
    if len(definition.seed_audience_ids) > 1:
        yield Finding(
            FindingKind.ASSUMED,
            SOURCES,
            "Q24",
            "The help page knows one source, the API several; they go out together, as the union that they are here.",
        )
