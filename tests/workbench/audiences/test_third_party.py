from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workbench.audiences.tiny_universe import N_ACCOUNTS, aaid, email, is_american, write_universe
from workbench.audiences import AudienceSpec, TargetingSpec, ThirdPartyDefinition, populate
from workbench.data_fee import is_coverable
from workbench.errors import DefinitionError
from workbench.identity import hash_email, hash_maid

FEES = {"9001": 1_000, "9002": 1_764, "9003": 1_765, "9004": 0}


def by_email(segment_id, account):
    return {"segment_id": segment_id, "identifier_kind": "EMAIL", "sha256": hash_email(email(account))}


def by_maid(segment_id, account):
    return {"segment_id": segment_id, "identifier_kind": "MAID", "sha256": hash_maid(aaid(account))}


@pytest.fixture(scope="module")
def universe(tmp_path_factory):
    records = [by_email("9001", account) for account in range(N_ACCOUNTS + 50)]  # 50 people have no account
    records += [by_email("9002", 10), by_maid("9002", 10), by_maid("9002", 12), by_maid("9002", 13)]
    return write_universe(
        tmp_path_factory.mktemp("third_party") / "universe",
        segments=[{"segment_id": segment_id, "data_fee_rate_bp": fee} for segment_id, fee in FEES.items()],
        segment_records=records,
    )


def audience_of(universe, segment_id):
    definition = ThirdPartyDefinition(segment_id=segment_id)
    return populate(AudienceSpec(audience_id="1", name="x", definition=definition), universe)


def test_members_are_matched_and_american_only(universe):
    expected = {account for account in range(N_ACCOUNTS) if is_american(account)}
    audience = audience_of(universe, "9001")
    assert set(audience.members) == expected
    assert audience.status == "READY"


def test_email_and_advertising_id_of_one_person_are_one_member(universe):
    # Account 13 is odd, so its advertising id is not on file.
    assert set(audience_of(universe, "9002").members) == {10, 12}


def test_a_segment_without_records_is_empty(universe):
    assert audience_of(universe, "9004").audience_size == 0


def test_details_carry_the_fee_and_the_provider(universe):
    assert audience_of(universe, "9001").details == {
        "segment_name": "Segment 9001",
        "provider": "Invented Data",
        "data_fee_rate_bp": 1_000,
    }


def test_a_fee_up_to_3_17ths_is_accepted_and_the_next_refused(universe):
    assert audience_of(universe, "9002").details["data_fee_rate_bp"] == 1_764
    with pytest.raises(DefinitionError, match=r"9003 cannot be used: .*17\.64 %.*got 17\.65 %"):
        audience_of(universe, "9003")


@given(st.integers(0, 10_000))
def test_a_fee_is_coverable_when_15_percent_less_bid_leaves_room_for_it(data_fee_rate_bp):
    dearest_charge = (1 - Fraction(15, 100)) * (1 + Fraction(data_fee_rate_bp, 10_000))
    assert is_coverable(data_fee_rate_bp) == (dearest_charge <= 1)


@pytest.mark.parametrize(("segment_id", "hint"), [("901", "did you mean 9001"), ("5", "the catalogue has: 9001, 9002")])
def test_an_unknown_segment_is_refused_with_what_there_is(universe, segment_id, hint):
    with pytest.raises(DefinitionError, match=hint):
        audience_of(universe, segment_id)


def test_a_universe_without_segments_says_so(tmp_path):
    with pytest.raises(DefinitionError, match="the catalogue has: none"):
        audience_of(write_universe(tmp_path / "u"), "9001")


@pytest.mark.parametrize(("ad_account_id", "is_warned"), [("1", False), ("2", True), ("3", False), (None, False)])
def test_an_ad_account_from_outside_the_united_states_is_warned(tmp_path, ad_account_id, is_warned):
    accounts = [
        {"ad_account_id": an_id, "country": country, "currency": "USD"} for an_id, country in (("1", "US"), ("2", "NL"))
    ]
    universe = write_universe(tmp_path / "u", segments=[{"segment_id": "9001"}], ad_accounts=accounts)
    definition = ThirdPartyDefinition(segment_id="9001", ad_account_id=ad_account_id)
    details = populate(AudienceSpec(audience_id="1", name="x", definition=definition), universe).details
    assert ("Ad account 2 is in NL" in "".join(details.get("warnings", []))) == is_warned


@pytest.mark.parametrize(
    ("places", "is_offered"),
    [
        ({"location": ("US",)}, True),
        ({"location": ("807",)}, True),  # a metro area
        ({"geo": ("US-CA",)}, True),
        ({"location": ("US",), "geo": ("US-94107",)}, True),
        ({}, False),
        ({"location": ("US", "CA")}, False),
        ({"location": ("US",), "geo": ("BE-VOV",)}, False),
        ({"location": ("PR",)}, False),
    ],
)
def test_third_party_data_is_offered_in_the_united_states_alone(places, is_offered):
    assert TargetingSpec(**places).is_in_us_only == is_offered
