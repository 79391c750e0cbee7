"""Targeting: whom an ad group may reach.

In set terms, with everybody where a part is left out::

    reached = (union of includes − union of excludes) ∩ location ∩ age_bucket ∩ gender ∩ apptype

Exclude wins over include. Only READY audiences count, and the two sides fail in opposite directions, both of which cost
money if they go unnoticed, so both are warned about: an include that is not READY reaches nobody through it, an exclude
that is not READY stops excluding. An ad group with includes of which none is usable, deleted ones among them, reaches
nobody; it never turns into "everyone", as it would for the API when the key is left out.
"""

import difflib
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, field_validator, model_validator

from workbench.audiences.audience import Audience
from workbench.audiences.base import MIN_AUDIENCE_SIZE, AudienceStatus, AudienceType
from workbench.audiences.disclosure import HIDDEN_SIZE
from workbench.audiences.third_party import THIRD_PARTY_COUNTRY
from workbench.errors import DefinitionError, UnknownAudienceError
from workbench.identity import AccountSet
from workbench.universe import Universe
from workbench.validation import DigitId, Written

CountryCode = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
AgeBucket = Literal["18-24", "25-34", "35-44", "45-49", "50-54", "55-64", "65+"]
Gender = Literal["female", "male", "unknown"]
AppType = Literal["android_mobile", "android_tablet", "ipad", "iphone", "web", "web_mobile"]

DAYS_PER_MONTH = 30
SIGNIFICANT_DIGITS = 2


class TargetingSpec(Written, populate_by_name=True):
    """Whom an ad group wants to reach; in JSON its fields also have the API's upper-case names.

    Attributes
    ----------
    audience_include, audience_exclude : tuple of str
        Audience ids. No include means everyone, no exclude means nobody is left out.
    location : tuple of str
        Countries, ISO 3166-1 alpha-2 in capitals.
    age_bucket, gender, apptype : tuple of str
        The API's values; ``apptype`` is the device.
    """

    audience_include: tuple[DigitId, ...] = Field(default=(), alias="AUDIENCE_INCLUDE", description="audience ids")
    audience_exclude: tuple[DigitId, ...] = Field(default=(), alias="AUDIENCE_EXCLUDE", description="audience ids")
    location: tuple[CountryCode, ...] = Field(
        default=(), alias="LOCATION", description="countries as two capitals, such as US"
    )
    age_bucket: tuple[AgeBucket, ...] = Field(default=(), alias="AGE_BUCKET")
    gender: tuple[Gender, ...] = Field(default=(), alias="GENDER")
    apptype: tuple[AppType, ...] = Field(default=(), alias="APPTYPE")

    @field_validator("*", mode="before")
    @classmethod
    def _null_is_absent(cls, value: object) -> object:
        return () if value is None else value  # the API's keys are nullable

    @model_validator(mode="after")
    def _includes_or_excludes(self) -> Self:
        both = sorted(set(self.audience_include) & set(self.audience_exclude))
        if both:
            raise ValueError(f"audience {both[0]} is both included and excluded; keep it on one side")
        return self


@dataclass(frozen=True, slots=True)
class ResolvedTargeting:
    """Who a targeting reaches, and what the analyst has to know about it.

    Parameters
    ----------
    members : AccountSet
        The accounts that may be shown the ad.
    warnings : tuple of str
        One sentence each, to be shown: audiences that could not be used, countries without accounts.
    """

    members: AccountSet
    warnings: tuple[str, ...] = ()


def resolve_targeting(spec: TargetingSpec, audiences: Mapping[str, Audience], universe: Universe) -> ResolvedTargeting:
    """Find out whom a targeting reaches.

    Parameters
    ----------
    spec : TargetingSpec
        The targeting.
    audiences : mapping of str to Audience
        Audiences by id, at least those that the targeting names.
    universe : Universe
        The one that the audiences were populated from.

    Returns
    -------
    ResolvedTargeting
        Members and warnings.

    Raises
    ------
    UnknownAudienceError
        If an id names none of the audiences.
    DefinitionError
        If an audience is for comparison only, or a third-party segment is attached and the location is not the United
        States alone.
    """
    includes = [_find(audience_id, audiences) for audience_id in spec.audience_include]
    excludes = [_find(audience_id, audiences) for audience_id in spec.audience_exclude]
    _require_for_targeting([*includes, *excludes])
    _require_country_of_third_parties(spec, [*includes, *excludes])

    everyone = AccountSet.full(universe.n_accounts)
    # Whoever names audiences to include and can use none of them reaches nobody, not everybody.
    admitted = _usable(includes) or [AccountSet.empty(universe.n_accounts)] if includes else [everyone]
    members = AccountSet.combined(admitted, _usable(excludes)) & _of_demographics(spec, universe)
    return ResolvedTargeting(members, tuple(_warnings(spec, includes, excludes, universe)))


def potential_reach(
    spec: TargetingSpec,
    audiences: Mapping[str, Audience],
    universe: Universe,
    *,
    opportunities_per_account_day: float = 1.0,
) -> tuple[int, int]:
    """Estimate how many people a targeting could reach in a month, whatever the bid and budget.

    The upper bound is everybody who may be shown the ad. The lower bound is how many of them are expected to be around:
    with opportunities arriving at random at a person's own rate, someone of relative activity x has at least one in 30
    days with probability 1 - exp(-30 · x · rate). Both are then rounded outwards to two significant digits, and to 0
    and 100 below 100, so that a range never singles anybody out.

    Parameters
    ----------
    spec, audiences, universe
        As for `resolve_targeting`.
    opportunities_per_account_day : float
        Ad opportunities a day of an account of activity 1. An assumption: the platform publishes none.

    Returns
    -------
    (low, high) : tuple of int
        Accounts.

    Raises
    ------
    UnknownAudienceError, DefinitionError
        As `resolve_targeting`.
    """
    members = resolve_targeting(spec, audiences, universe).members
    activity = universe.accounts(columns=["activity"])["activity"].to_numpy(dtype=np.float64)[members.mask()]
    n_expected = float(-np.expm1(-DAYS_PER_MONTH * opportunities_per_account_day * activity).sum())
    return _round_outwards(n_expected, math.floor), _round_outwards(len(members), math.ceil)


def _find(audience_id: str, audiences: Mapping[str, Audience]) -> Audience:
    if audience_id not in audiences:
        close = difflib.get_close_matches(audience_id, audiences, n=1)
        known = ", ".join(audiences) or "none"
        hint = f"did you mean {close[0]}?" if close else "add it or correct the id"
        raise UnknownAudienceError(
            f"expected the id of a known audience, got {audience_id}; known are: {known}; {hint}"
        )
    return audiences[audience_id]


def _require_for_targeting(attached: Iterable[Audience]) -> None:
    for audience in attached:
        if audience.spec.is_compare_only:
            raise DefinitionError(
                f"expected audiences that an ad group may use, got {audience.spec.audience_id} "
                f"({audience.spec.name}), which is for comparison only; leave it out or lift is_compare_only"
            )


def _require_country_of_third_parties(spec: TargetingSpec, attached: Iterable[Audience]) -> None:
    for audience in attached:
        if audience.spec.audience_type is AudienceType.THIRD_PARTY and set(spec.location) != {THIRD_PARTY_COUNTRY}:
            raise DefinitionError(
                f"third-party audience {audience.spec.audience_id} needs the location {THIRD_PARTY_COUNTRY} alone, "
                f"because third-party data is offered there only, got {', '.join(spec.location) or 'every country'}; "
                f"set the location to {THIRD_PARTY_COUNTRY} or leave the audience out"
            )


def _usable(audiences: Iterable[Audience]) -> list[AccountSet]:
    """Return the members of the audiences that an ad can use."""
    return [audience.usable_members for audience in audiences if audience.usable_members is not None]


def _of_demographics(spec: TargetingSpec, universe: Universe) -> AccountSet:
    """Return who has the attributes asked for; columns that nothing is asked of are not read."""
    asked = {
        "country": spec.location,
        "age_bucket": spec.age_bucket,
        "gender": spec.gender,
        "device": spec.apptype,
    }
    asked = {column: values for column, values in asked.items() if values}
    mask = np.ones(universe.n_accounts, dtype=np.bool_)
    if asked:
        accounts = universe.accounts(columns=list(asked))
        for column, values in asked.items():
            mask &= accounts[column].isin(values).to_numpy(dtype=np.bool_)
    return AccountSet.from_mask(mask)


def _warnings(
    spec: TargetingSpec, includes: list[Audience], excludes: list[Audience], universe: Universe
) -> Iterable[str]:
    for audience in includes:
        if audience.usable_members is None:
            yield f"Audience {_label(audience)}: nobody is reached through it."
    for audience in excludes:
        if audience.usable_members is None:
            yield f"Excluded audience {_label(audience)}: it stops excluding, so its people can be reached at a cost."
    if includes and all(audience.usable_members is None for audience in includes):
        yield "None of the included audiences can be used, so this targeting reaches nobody."
    if spec.location:
        countries = set(universe.accounts(columns=["country"])["country"].unique())
        for country in sorted(set(spec.location) - countries):
            yield f"No account of this universe is in {country}."


def _label(audience: Audience) -> str:
    if audience.is_deleted:
        return f"{audience.spec.audience_id} ({audience.spec.name}) was deleted"
    why = "not counted yet" if audience.status is AudienceStatus.INITIALIZING else f"{HIDDEN_SIZE} members"
    return f"{audience.spec.audience_id} ({audience.spec.name}) is {audience.status} ({why})"


def _round_outwards(n: float, to_whole: Callable[[float], int]) -> int:
    """Round down or up to two significant digits, and to 0 or 100 below 100."""
    step = 10 ** max(2, len(str(int(n))) - SIGNIFICANT_DIGITS) if n >= MIN_AUDIENCE_SIZE else MIN_AUDIENCE_SIZE
    return to_whole(n / step) * step
