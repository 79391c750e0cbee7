"""Ad groups' targeting as requests, with audiences by the ids that they have on the platform."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from workbench.audiences import AudienceType, TargetingSpec
from workbench.audiences.targeting_spec import OLDEST
from workbench.errors import FieldError
from workbench.export.api_object import ApiObject, Body
from workbench.export.audience_book import AudienceBook
from workbench.export.findings import Finding, FindingKind
from workbench.export.include_exclude import InexpressibleError, of_targeting
from workbench.export.places import is_american
from workbench.export.request import ApiRequest, Export
from workbench.export.targeting_bodies import (
    AdGroup,
    AudienceSizing,
    BidFloorQuestion,
    CampaignBidOptions,
    CampaignMultipliers,
    Targeting,
    TargetingTemplate,
)

MAX_AD_GROUPS: Final = 30
"""Ad groups that one request takes (P7)."""

_Owner = TypeVar("_Owner", bound=ApiObject)


def targeting_of(spec: TargetingSpec) -> Targeting:
    """Return a targeting of the workbench as the API's, still with local audience ids.

    Raises
    ------
    FieldError
        If it breaks a rule of the API, such as one place at least.
    """
    written = {name: value for name, value in spec.model_dump(mode="json", by_alias=True).items() if value}
    for name in ("MINIMUM_AGE", "MAXIMUM_AGE"):
        if name in written:
            written[name] = str(written[name])
    if written.get("MAXIMUM_AGE") == str(OLDEST):
        written["MAXIMUM_AGE"] += "+"  # here the oldest have no upper end; there they are 65 and no older
    if "TARGETING_STRATEGY" in written:
        written["TARGETING_STRATEGY"] = [written["TARGETING_STRATEGY"]]
    return Targeting(**written)


@dataclass(frozen=True, slots=True)
class TargetingExporter:
    """Makes the requests of ad groups, templates and questions about a targeting.

    Parameters
    ----------
    book : AudienceBook
        The audiences that targetings name.
    """

    book: AudienceBook

    def ad_groups(
        self,
        ad_groups: Sequence[AdGroup],
        *,
        objective_type: str | None = None,
        bid_floor_micros: int | None = None,
    ) -> Export:
        """Create ad groups, up to 30 in a request (P7).

        Parameters
        ----------
        ad_groups : sequence of AdGroup
            With local audience ids.
        objective_type : str, optional
            Of their campaign, so that bids can be checked.
        bid_floor_micros : int, optional
            What the platform answered when it was asked for the floor, micro-currency.

        Raises
        ------
        FieldError
            If there are none, or one breaks a rule.
        """
        if not ad_groups:
            raise FieldError(("ad_groups",), "expected at least one ad group, got none (P7)")
        bodies: list[Body] = []
        findings: list[Finding] = []
        for ad_group in ad_groups:
            ad_group.require_bid(objective_type, bid_floor_micros)
            ad_group = self._with_campaign(_named_only(ad_group))
            exported, found = self._with_platform_ids(ad_group, "targeting_spec")
            bodies.append(exported.body())
            findings += found
        path = self.book.ids.path("ad_groups")
        requests = tuple(
            ApiRequest("POST", path, "ad_groups/create", bodies[start : start + MAX_AD_GROUPS])
            for start in range(0, len(bodies), MAX_AD_GROUPS)
        )
        return Export(requests, tuple(dict.fromkeys(findings)))

    def template(self, template: TargetingTemplate) -> Export:
        """Save a targeting on the platform under a name (P9)."""
        exported, findings = self._with_platform_ids(template, "targeting_attributes")
        path = self.book.ids.path("targeting_templates")
        return Export((ApiRequest("POST", path, "targeting_template/create", exported.body()),), findings)

    def sizing(self, sizing: AudienceSizing) -> Export:
        """Ask the platform how many people a targeting may reach in a month (P10)."""
        exported, findings = self._with_platform_ids(sizing, "targeting_spec")
        path = self.book.ids.path("ad_groups", "audience_sizing")
        return Export((ApiRequest("POST", path, "ad_groups/audience_sizing", exported.body()),), findings)

    def bid_floor(self, question: BidFloorQuestion) -> Export:
        """Ask the platform for the least bid (P11)."""
        exported, findings = self._with_platform_ids(question, "targeting_spec")
        path = self.book.ids.path("bid_floor")
        return Export((ApiRequest("POST", path, "ad_groups_bid_floor/get", exported.body()),), findings)

    def audience_multipliers(self, campaign_id: str, multipliers: Mapping[str, float]) -> Export:
        """Have a campaign bid more or less for the people of some audiences (P8).

        Parameters
        ----------
        campaign_id : str
            Local id, or the platform's.
        multipliers : mapping of str to float
            By local audience id: 0 stops bidding for them, 1 changes nothing, 10 is the most.

        Raises
        ------
        FieldError
            If a multiplier is out of range, or an audience cannot be named or used.
        """
        field = "audience_multipliers"
        for audience_id in multipliers:
            self.book.require_usable(audience_id, field)
        by_id = {
            platform_id: multiplier
            for audience_id, multiplier in multipliers.items()
            for platform_id in self._ids((audience_id,), field)
        }
        body = CampaignMultipliers(
            id=self.book.ids.campaigns.get(campaign_id, campaign_id),
            ad_account_id=self.book.ids.ad_account_id,
            bid_options=CampaignBidOptions(audience_multipliers=by_id),
        )
        return Export((ApiRequest("PATCH", self.book.ids.path("campaigns"), "campaigns/update", [body.body()]),))

    def targeting(self, targeting: Targeting) -> tuple[Targeting, tuple[Finding, ...]]:
        """Put the platform's ids in the place of local ones.

        Parameters
        ----------
        targeting : Targeting
            With local audience ids, combinations and audiences of several parts among them.

        Returns
        -------
        targeting : Targeting
            With ids of the platform, or what stands for them.
        findings : tuple of Finding
            What to know of it.

        Raises
        ------
        FieldError
            If an audience cannot be named or used, or a combination cannot be said with two lists.
        """
        named = {
            "AUDIENCE_INCLUDE": targeting.audience_include or (),
            "AUDIENCE_EXCLUDE": targeting.audience_exclude or (),
        }
        for field, audience_ids in named.items():
            for audience_id in audience_ids:
                self.book.require_usable(audience_id, field)
        try:
            form = of_targeting(targeting.audience_include, targeting.audience_exclude, self.book.specs)
        except InexpressibleError as inexpressible:
            raise FieldError(("AUDIENCE_INCLUDE",), f"{inexpressible} (P7, Q22)") from None
        self._require_country(targeting, (*(form.include or ()), *form.exclude))
        lists = {
            "AUDIENCE_INCLUDE": None if form.include is None else self._ids(form.include, "AUDIENCE_INCLUDE"),
            "AUDIENCE_EXCLUDE": self._ids(form.exclude, "AUDIENCE_EXCLUDE") or None,
        }
        others = targeting.model_dump(by_alias=True, exclude=set(_FIELDS))
        is_same = (form.include or (), form.exclude) == tuple(named.values())
        return Targeting(**lists, **others), tuple(self._findings(form.include, form.exclude, is_same=is_same))

    def _with_platform_ids(self, owner: _Owner, field: str) -> tuple[_Owner, tuple[Finding, ...]]:
        local = getattr(owner, field)
        if local is None:
            return owner, ()
        try:
            targeting, findings = self.targeting(local)
        except FieldError as refusal:
            raise FieldError((field, *refusal.place), refusal.fault) from None
        return owner.model_copy(update={field: targeting}), findings

    def _with_campaign(self, ad_group: AdGroup) -> AdGroup:
        campaigns = self.book.ids.campaigns
        return ad_group.model_copy(update={"campaign_id": campaigns.get(ad_group.campaign_id, ad_group.campaign_id)})

    def _ids(self, audience_ids: Iterable[str], field: str) -> tuple[str, ...]:
        found = (platform_id for local in audience_ids for platform_id in self.book.platform_ids(local, field))
        return tuple(dict.fromkeys(found))

    def _require_country(self, targeting: Targeting, audience_ids: Iterable[str]) -> None:
        abroad = [code for code in (*(targeting.location or ()), *(targeting.geo or ())) if not is_american(code)]
        for audience_id in audience_ids:
            spec = self.book.specs.get(audience_id)
            if abroad and spec is not None and spec.audience_type is AudienceType.THIRD_PARTY:
                raise FieldError(
                    ("LOCATION",),
                    f"expected the United States alone, because audience {audience_id} is third-party data, which is "
                    f"offered there only, got {abroad[0]}; make an ad group without it for other countries (S65, Q3)",
                )

    def _findings(
        self, include: tuple[str, ...] | None, exclude: tuple[str, ...], *, is_same: bool
    ) -> Iterable[Finding]:
        if not is_same:
            yield Finding(
                FindingKind.CHANGED,
                "AUDIENCE_INCLUDE",
                "Q10, Q22",
                f"Combinations became two lists: include {', '.join(include or ()) or 'everybody'}, exclude "
                f"{', '.join(exclude) or 'nobody'}.",
            )
        for audience_id in (*(include or ()), *exclude):
            field = "AUDIENCE_EXCLUDE" if audience_id in exclude else "AUDIENCE_INCLUDE"
            if not self.book.is_on_platform(audience_id):
                yield Finding(
                    FindingKind.ADVICE,
                    field,
                    "P7, S32",
                    f"Audience {audience_id} has to be created and READY on the platform first, which takes up to 72 "
                    "hours.",
                )
            elif audience_id not in self.book.statuses:
                yield Finding(
                    FindingKind.ADVICE,
                    field,
                    "P7, S32, S33",
                    f"Look whether audience {audience_id} is READY on the platform: with fewer than 100 people it is "
                    "not used.",
                )


_FIELDS: Final = ("audience_include", "audience_exclude")


def _named_only(ad_group: AdGroup) -> AdGroup:
    """Return an ad group that reaches exactly its targeting, unless it says that the platform may widen it."""
    if ad_group.targeting_template_ids or ad_group.auto_targeting_enabled is not None:
        return ad_group
    return ad_group.model_copy(update={"auto_targeting_enabled": False})
