"""Targeting as requests: platform ids, combinations as two lists, and the rules about two fields at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workbench.export.api_schema import schema_faults
from tests.workbench.export.conftest import AD_ACCOUNT, spec, visitor
from workbench.audiences import AudienceSpec, AudienceStatus, TargetingSpec
from workbench.errors import FieldError
from workbench.export import AudienceBook, PlatformIds, TargetingExporter, check_body, targeting_of
from workbench.export.targeting_bodies import (
    AdGroup,
    AudienceSizing,
    BidFloorQuestion,
    BidFloorSpec,
    Targeting,
    TargetingTemplate,
)

IDS = PlatformIds(
    ad_account_id=AD_ACCOUNT,
    audiences={"1": "101", "2": "102", "3": ["103", "203"], "9": "109"},
    campaigns={"5001": "626736533506"},
)
SEGMENT = spec("9", {"type": "THIRD_PARTY", "segment_id": "11"})


def exporter(*specs: AudienceSpec, ids: PlatformIds = IDS, **statuses: AudienceStatus) -> TargetingExporter:
    found = {audience_id.removeprefix("a"): status for audience_id, status in statuses.items()}
    return TargetingExporter(AudienceBook(ids, {one.audience_id: one for one in specs}, found))


def targeting(**fields: object) -> Targeting:
    return Targeting(**{"location": ["US"]} | fields)


def ad_group(**fields: object) -> AdGroup:
    return AdGroup(
        **{
            "name": "Reconnect",
            "campaign_id": "5001",
            "billable_event": "IMPRESSION",
            "budget_in_micro_currency": 15_000_000,
            "targeting_spec": targeting(audience_include=["1"]),
        }
        | fields
    )


def exported(spec: Targeting, of: TargetingExporter | None = None) -> dict:
    return (of or exporter()).targeting(spec)[0].body()


def require_valid(export) -> None:
    for request in export.requests:
        assert schema_faults(request.operation_id, request.body) == []
        check_body(request.operation_id, request.body)


# -- ids ---------------------------------------------------------------------------------------------------------------


def test_audiences_go_out_by_the_ids_that_they_have_on_the_platform():
    body = exported(targeting(audience_include=["1", "3"], audience_exclude=["2"]))
    assert body == {"AUDIENCE_INCLUDE": ["101", "103", "203"], "AUDIENCE_EXCLUDE": ["102"], "LOCATION": ["US"]}


def test_an_audience_that_will_be_created_is_a_placeholder_in_all_its_parts():
    split = visitor("4", events=["lead", "signup"])
    body = exported(targeting(audience_exclude=["4"]), exporter(split))
    assert body["AUDIENCE_EXCLUDE"] == ["${audience:4.1}", "${audience:4.2}"]


def test_an_include_never_vanishes():
    with pytest.raises(
        FieldError, match="AUDIENCE_INCLUDE: expected audiences that are on the platform or defined here"
    ):
        exported(targeting(audience_include=["77"]))
    with pytest.raises(FieldError, match=r"everybody or nobody.*Q23"):
        targeting(audience_include=[])


def test_a_combination_becomes_two_lists_and_says_so():
    combined = spec("7", {"type": "COMBINATION", "rule": {"all_of": ["1", {"none_of": ["2"]}]}})
    found, findings = exporter(visitor("1"), combined).targeting(targeting(audience_include=["7"]))
    assert (found.audience_include, found.audience_exclude) == (("101",), ("102",))
    assert "include 1, exclude 2" in findings[0].sentence
    both = spec("8", {"type": "COMBINATION", "rule": {"all_of": ["1", "2"]}})
    with pytest.raises(FieldError, match=r"AUDIENCE_INCLUDE: .*both in 1 and in 2.*Q22"):
        exported(targeting(audience_include=["8"]), exporter(both))


def test_two_audiences_that_are_one_on_the_platform_are_not_on_both_sides():
    one = PlatformIds(ad_account_id=AD_ACCOUNT, audiences={"1": "101", "2": "101"})
    with pytest.raises(FieldError, match=r"AUDIENCE_EXCLUDE.*101"):
        exported(targeting(audience_include=["1"], audience_exclude=["2"]), exporter(ids=one))


# -- what an ad group can use ------------------------------------------------------------------------------------------


def test_only_ready_audiences_are_named():
    for status in (AudienceStatus.TOO_SMALL, AudienceStatus.INITIALIZING):
        with pytest.raises(FieldError, match=f"got 1, which is {status.value}.*S32"):
            exported(targeting(audience_include=["1"]), exporter(a1=status))
        with pytest.raises(FieldError, match="AUDIENCE_EXCLUDE"):
            exported(targeting(audience_exclude=["1"]), exporter(a1=status))
    assert exporter(a1=AudienceStatus.READY).targeting(targeting(audience_include=["1"]))[1] == ()
    assert "READY" in exporter().targeting(targeting(audience_include=["1"]))[1][0].sentence


def test_an_audience_for_comparison_only_is_not_named():
    with pytest.raises(FieldError, match="comparison only"):
        exported(targeting(audience_include=["1"]), exporter(visitor("1").model_copy(update={"is_compare_only": True})))


@pytest.mark.parametrize(
    "places", [{"location": ["US", "807"]}, {"location": None, "geo": ["US-CA"]}, {"geo": ["US-94107"]}]
)
def test_third_party_data_is_named_by_its_id_in_the_united_states(places):
    assert exported(targeting(audience_include=["9"], **places), exporter(SEGMENT))["AUDIENCE_INCLUDE"] == ["109"]


@pytest.mark.parametrize("places", [{"location": ["US", "DE"]}, {"geo": ["BE-VOV"]}])
def test_third_party_data_is_refused_elsewhere(places):
    with pytest.raises(FieldError, match=r"LOCATION: expected the United States alone.*S65, Q3"):
        exported(targeting(audience_include=["9"], **places), exporter(SEGMENT))


def test_third_party_data_cannot_be_made():
    nowhere = PlatformIds(ad_account_id=AD_ACCOUNT)
    with pytest.raises(FieldError, match=r"third-party audience 9.*sales contact.*S70"):
        exported(targeting(audience_include=["9"]), exporter(SEGMENT, ids=nowhere))


# -- from the workbench's own targeting --------------------------------------------------------------------------------


def test_ages_and_strategy_take_the_types_of_the_api():
    spec_here = TargetingSpec(
        location=["NL"], minimum_age=30, maximum_age=65, targeting_strategy="RECONNECT_WITH_USERS", gender=["female"]
    )
    assert targeting_of(spec_here).body() == {
        "LOCATION": ["NL"],
        "GENDER": ["female"],
        "MINIMUM_AGE": "30",
        "MAXIMUM_AGE": "65+",
        "TARGETING_STRATEGY": ["RECONNECT_WITH_USERS"],
    }


def test_a_targeting_without_a_place_is_refused_for_the_platform_alone():
    with pytest.raises(FieldError, match="LOCATION: expected at least one country"):
        targeting_of(TargetingSpec())


SPECS = st.builds(
    TargetingSpec,
    audience_include=st.sampled_from([(), ("1",), ("1", "3")]),
    audience_exclude=st.sampled_from([(), ("2",)]),
    location=st.sets(st.sampled_from(["US", "NL", "807"]), min_size=1).map(sorted),
    geo=st.sampled_from([(), ("BE-VOV",), ("US-94107",)]),
    gender=st.sets(st.sampled_from(["female", "male", "unknown"])).map(sorted),
    age_bucket=st.sets(st.sampled_from(["18-24", "65+"])).map(sorted),
    apptype=st.sets(st.sampled_from(["iphone", "web"])).map(sorted),
    targeting_strategy=st.sampled_from([None, "FIND_NEW_CUSTOMERS"]),
)


@given(spec_here=SPECS)
def test_every_targeting_of_the_workbench_becomes_bodies_that_the_schema_takes(spec_here):
    api = targeting_of(spec_here)
    require_valid(exporter().template(TargetingTemplate(name="x", targeting_attributes=api)))
    require_valid(exporter().sizing(AudienceSizing(targeting_spec=api)))
    require_valid(exporter().ad_groups([ad_group(targeting_spec=api)]))


# -- requests ----------------------------------------------------------------------------------------------------------


def test_ad_groups_go_out_thirty_at_a_time_and_reach_nobody_else():
    export = exporter().ad_groups([ad_group(name=f"Group {n}") for n in range(31)])
    require_valid(export)
    assert [len(request.body) for request in export.requests] == [30, 1]
    body = export.requests[0].body[0]
    assert export.requests[0].path == f"/ad_accounts/{AD_ACCOUNT}/ad_groups"
    assert (body["campaign_id"], body["auto_targeting_enabled"]) == ("626736533506", False)
    assert body["targeting_spec"] == {"AUDIENCE_INCLUDE": ["101"], "LOCATION": ["US"]}
    widened = exporter().ad_groups([ad_group(auto_targeting_enabled=True)]).requests[0].body[0]
    assert widened["auto_targeting_enabled"] is True
    with pytest.raises(FieldError, match="at least one ad group"):
        exporter().ad_groups([])


def test_an_ad_group_of_a_template_has_no_targeting_of_its_own():
    group = ad_group(targeting_spec=None, targeting_template_ids=["643"])
    export = exporter().ad_groups([group])
    require_valid(export)
    assert not {"targeting_spec", "auto_targeting_enabled"} & set(export.requests[0].body[0])
    with pytest.raises(FieldError, match="neither"):
        ad_group(targeting_spec=None)


@pytest.mark.parametrize(
    ("fields", "options", "words"),
    [
        ({}, {"objective_type": "AWARENESS"}, "bid_in_micro_currency: expected a bid for AWARENESS"),
        (
            {"bid_in_micro_currency": 5},
            {"bid_floor_micros": 6},
            "bid_in_micro_currency: expected at least the floor, 6",
        ),
        (
            {"bid_strategy_type": "MAX_BID"},
            {"objective_type": "VIDEO_COMPLETION"},
            "bid_strategy_type: .*AUTOMATIC_BID",
        ),
    ],
)
def test_a_bid_fits_the_campaign_and_the_floor(fields, options, words):
    with pytest.raises(FieldError, match=words):
        exporter().ad_groups([ad_group(**fields)], **options)
    good = {"bid_in_micro_currency": 6, "bid_strategy_type": "AUTOMATIC_BID"}
    require_valid(exporter().ad_groups([ad_group(**good)], **options))


def test_a_refusal_inside_a_targeting_says_where():
    with pytest.raises(FieldError) as refusal:
        exporter().ad_groups([ad_group(targeting_spec=targeting(audience_include=["77"]))])
    assert refusal.value.place == ("targeting_spec", "AUDIENCE_INCLUDE")


def test_the_floor_is_asked_for():
    question = BidFloorQuestion(
        bid_floor_specs=[BidFloorSpec(billable_event="IMPRESSION", currency="USD", countries=["US"])],
        targeting_spec=targeting(audience_include=["1"]),
    )
    export = exporter().bid_floor(question)
    require_valid(export)
    assert export.requests[0].operation_id == "ad_groups_bid_floor/get"
    require_valid(exporter().bid_floor(question.model_copy(update={"targeting_spec": None})))


def test_a_campaign_bids_more_for_some_audiences():
    export = exporter().audience_multipliers("5001", {"1": 2.0, "3": 0.0})
    require_valid(export)
    assert export.requests[0].body == [
        {
            "id": "626736533506",
            "ad_account_id": AD_ACCOUNT,
            "bid_options": {
                "audience_multipliers": {"101": 2.0, "103": 0.0, "203": 0.0},
                "update_mask": ["AUDIENCE"],
            },
        }
    ]
    with pytest.raises(FieldError, match=r"0.1 to 10 \(P7, P8\)"):
        exporter().audience_multipliers("5001", {"1": 0.05})
