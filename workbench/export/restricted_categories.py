"""What ads for housing, work and credit may not target: a check to ask for, since nobody can see what an ad is for.

The help page says nothing of it; the platform's Advertising Guidelines do. For such ads nobody may be reached or left
out by age, gender, postal code, or likeness to other people.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from workbench.audiences import AudienceSpec, AudienceType, TargetingSpec
from workbench.export.findings import Finding, FindingKind
from workbench.export.places import is_postal
from workbench.export.targeting_bodies import Targeting


class RestrictedCategory(StrEnum):
    """What an ad is for, where the platform restricts its targeting."""

    HOUSING = "HOUSING"
    EMPLOYMENT = "EMPLOYMENT"
    CREDIT = "CREDIT"


def restricted_targeting(
    category: RestrictedCategory, targeting: Targeting | TargetingSpec, specs: Mapping[str, AudienceSpec]
) -> tuple[Finding, ...]:
    """Say what a targeting holds that an ad of a restricted category may not use.

    Parameters
    ----------
    category : RestrictedCategory
        What the ad is for.
    targeting : Targeting or TargetingSpec
        With local audience ids.
    specs : mapping of str to AudienceSpec
        Audiences by id, as far as they are known; an unknown one cannot be looked into.

    Returns
    -------
    tuple of Finding
        Empty if nothing was found.
    """
    return tuple(
        Finding(FindingKind.ADVICE, field, "Q28", f"An ad for {category.lower()} may not target {what}; leave it out.")
        for field, what in _restricted(targeting, specs)
    )


def _restricted(targeting: Targeting | TargetingSpec, specs: Mapping[str, AudienceSpec]) -> Iterator[tuple[str, str]]:
    if targeting.age_bucket:
        yield "AGE_BUCKET", "by age"
    if targeting.minimum_age:
        yield "MINIMUM_AGE", "by age"
    if targeting.gender:
        yield "GENDER", "by gender"
    if targeting.geo and any(map(is_postal, targeting.geo)):
        yield "GEO", "by postal code"
    named = {"AUDIENCE_INCLUDE": targeting.audience_include, "AUDIENCE_EXCLUDE": targeting.audience_exclude}
    for field, audience_ids in named.items():
        for audience_id in audience_ids or ():
            if _is_of_likeness(audience_id, specs):
                yield field, f"people like others (audience {audience_id})"


def _is_of_likeness(audience_id: str, specs: Mapping[str, AudienceSpec]) -> bool:
    spec = specs.get(audience_id)
    if spec is None:
        return False
    if spec.audience_type is AudienceType.ACTALIKE:
        return True
    is_combined = spec.audience_type is AudienceType.COMBINATION
    return is_combined and any(_is_of_likeness(source, specs) for source in spec.definition.source_audience_ids)
