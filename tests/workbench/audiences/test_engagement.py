from datetime import UTC, datetime, timedelta

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workbench.audiences import naive
from tests.workbench.audiences.engagement_universe import (
    CATALOGUE,
    INSTANT,
    OTHER,
    OWN,
    engagement,
    generated_engagements,
)
from tests.workbench.audiences.tiny_universe import AS_OF, write_universe
from workbench.audiences import AudienceSpec, EngagementDefinition, EngagerType, populate
from workbench.audiences.engagement import populate_engagement
from workbench.audiences.engagement_actions import ActionTable, ActionVersion, read_action_table
from workbench.audiences.engagement_conversion import converted
from workbench.errors import DefinitionError, UniverseError
from workbench.universe import SHOP_AD_ACCOUNT_ID, SHOP_DOMAIN

ENGAGEMENTS = generated_engagements()
ACTIONS = {
    EngagerType.ANY: ("pin_click", "outbound_click", "save", "comment", "video_view"),
    EngagerType.OPTIMISED: ("outbound_click", "save"),
}
SOURCES = st.sampled_from(
    [
        {},
        {"pin_ids": ("901",)},
        {"ad_ids": ("651", "652")},
        {"campaign_ids": ("602",)},
        {"pin_ids": ("902", "903"), "ad_ids": ("651",), "campaign_ids": ("602",)},
        {"objective_types": ("AWARENESS",)},
        {"objective_types": ("AWARENESS", "WEB_CONVERSION")},
        {"engagement_domains": ("own.example",)},
    ]
)


@pytest.fixture(scope="module")
def universe(tmp_path_factory):
    return write_universe(tmp_path_factory.mktemp("engaged") / "universe", pin_engagements=ENGAGEMENTS, **CATALOGUE)


def definition_of(source=(), **fields):
    return EngagementDefinition(**{"ad_account_id": OWN, **dict(source), **fields})


def members(universe, *, created_at=None, **fields):
    return set(populate_engagement(definition_of(**fields), universe, created_at=created_at).members)


@settings(max_examples=30)
@given(
    definition=st.builds(
        definition_of,
        source=SOURCES,
        engager_type=st.sampled_from(EngagerType),
        retention_days=st.sampled_from([1, 7, 29, 30, 31, 540]),
        prefill=st.booleans(),
    ),
    created_days_ago=st.none() | st.sampled_from([0, 1, 10, 30, 400]),
)
def test_engagement_agrees_with_walking_through_it(universe, definition, created_days_ago):
    created_at = None if created_days_ago is None else AS_OF - timedelta(days=created_days_ago)
    found = populate_engagement(definition, universe, created_at=created_at).members
    actions = ACTIONS[definition.engager_type]
    assert set(found) == naive.engaged(ENGAGEMENTS, CATALOGUE, definition, actions, AS_OF, created_at)


@settings(max_examples=10)
@given(source=SOURCES, retention_days=st.integers(1, 540))
def test_golden_check_7_any_engagement_holds_optimised_engagement(universe, source, retention_days):
    any_one, optimised = (
        members(universe, **source, retention_days=retention_days, engager_type=kind) for kind in EngagerType
    )
    assert optimised <= any_one


def test_any_and_optimised_are_not_the_same(universe):
    optimised, any_one = (members(universe, engager_type=kind, retention_days=2) for kind in ("optimised", "any"))
    assert optimised < any_one


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"pin_ids": ("904",)}, r"pin_ids: .*ad account 701 published, got 904, which is not that account's pin.*S49"),
        ({"pin_ids": ("905",)}, r"got 905, which is not that account's pin; there are: 901, 902, 903"),
        ({"pin_ids": ("901", "77")}, r"got 77, which is no pin of this universe; there are: 901, 902, 903"),
        ({"ad_ids": ("653",)}, r"ad_ids: .*ad account 701 made, got 653, which is not that account's ad; there are"),
        ({"campaign_ids": ("603",)}, r"campaign_ids: .*got 603, which is not that account's campaign; there a"),
    ],
)
def test_golden_check_7_foreign_pins_ads_and_campaigns_are_refused(universe, fields, sentence):
    with pytest.raises(DefinitionError, match=sentence):
        members(universe, **fields)


def test_a_pin_with_one_digit_wrong_is_taken_for_the_one_that_was_meant(sample_universe):
    own = sample_universe.query("SELECT pin_id FROM pins WHERE ad_account_id = ?", [SHOP_AD_ACCOUNT_ID])["pin_id"]
    wrong = own[0][:-1] + str((int(own[0][-1]) + 1) % 10)
    with pytest.raises(DefinitionError, match=rf"got {wrong}, .* did you mean 9\d+\?"):
        populate_engagement(EngagementDefinition(ad_account_id=SHOP_AD_ACCOUNT_ID, pin_ids=(wrong,)), sample_universe)


def test_golden_check_7_an_unclaimed_domain_is_refused_with_what_was_meant(universe):
    with pytest.raises(DefinitionError, match=r"claimed, got own\.exampel; did you mean own\.example\? \(S50\)"):
        members(universe, engagement_domains=("own.exampel",))
    with pytest.raises(DefinitionError, match=r"claimed, got other\.example; "):
        members(universe, engagement_domains=("other.example",))


def test_golden_check_7_nothing_chosen_is_everybody_who_engaged_with_own_pins(universe):
    own = {"901", "902", "903"}
    month = [row for row in ENGAGEMENTS if timedelta(0) <= AS_OF - row["event_time"] <= timedelta(days=30)]
    assert members(universe, retention_days=30) == {row["account"] for row in month if row["pin_id"] in own}


@pytest.mark.parametrize(
    ("created_at", "account", "is_converted"),
    [
        ("2021-11-01T12:00:00+00:00", OTHER, True),
        ("2021-11-01T23:59:59.999999+00:00", OTHER, True),
        ("2021-11-02T00:00:00+00:00", OTHER, False),
        ("2021-11-02T12:00:00+00:00", OTHER, False),
        ("2021-11-02T03:59:59.999999+00:00", OWN, True),  # New York is four hours behind on that day
        ("2021-11-02T04:00:00+00:00", OWN, False),
    ],
)
def test_golden_check_7_audiences_from_before_2_november_2021_are_converted(
    universe, created_at, account, is_converted
):
    optimised = EngagementDefinition(ad_account_id=account, engager_type=2)
    now, note = converted(optimised, universe, datetime.fromisoformat(created_at))
    assert now.engager_type is (EngagerType.ANY if is_converted else EngagerType.OPTIMISED)
    assert bool(note) == is_converted
    assert ("it was" in note.lower() and "engager_type 2" in note) == is_converted


def test_a_converted_audience_is_populated_by_any_engagement_and_keeps_what_it_was(universe):
    legacy = definition_of(engagement_type="save", engagement_domains=("own.example",))
    old = AudienceSpec(audience_id="1", name="x", definition=legacy, created_at=datetime(2021, 11, 1, tzinfo=UTC))
    audience = populate(old, universe)
    assert set(audience.members) == members(universe, engagement_domains=("own.example",), engager_type="any")
    assert "kind 'save'" in audience.details["history_note"]


def test_a_later_audience_cannot_be_made_of_one_kind_of_engagement(universe):
    with pytest.raises(DefinitionError, match=r"^engagement_type: .*got save; choose engager_type 1 .any. or 2"):
        members(universe, engagement_type="save")


def test_an_audience_needs_no_claimed_site(universe, tmp_path):
    unclaimed = {name: rows for name, rows in CATALOGUE.items() if name != "claimed_domains"}
    without = write_universe(tmp_path / "u", pin_engagements=ENGAGEMENTS, **unclaimed)
    assert members(without) == members(universe)


def test_an_ad_counts_what_happened_through_it_and_its_pin_counts_all(tmp_path):
    rows = [engagement(0, "901"), engagement(1, "901", ad_id="651"), engagement(2, "901", "comment", ad_id="651")]
    universe = write_universe(tmp_path / "u", pin_engagements=rows, **CATALOGUE)
    assert members(universe, pin_ids="901") == {0, 1, 2}
    assert members(universe, ad_ids="651") == {1, 2}
    assert members(universe, campaign_ids=("601",), engager_type=2) == {1}
    assert members(universe, engagement_domains="own.example") == {0, 1, 2}
    assert members(universe, objective_types=("WEB_CONVERSION",)) == set()


def test_ids_and_sites_are_read_as_people_paste_them():
    definition = definition_of(pin_ids="901, 902,,903 ", engagement_domains=(), ad_ids=["651"])
    assert (definition.pin_ids, definition.ad_ids) == (("901", "902", "903"), ("651",))
    pasted = definition_of(engagement_domains="https://www.Own.example/shop/ , own.example")
    assert pasted.engagement_domains == ("own.example", "own.example")
    assert definition_of(engager_type="optimized").engager_type is EngagerType.OPTIMISED


def test_retention_and_past_engagement_work_as_for_visitors(tmp_path):
    ages = [timedelta(days=30) + INSTANT, timedelta(days=30), timedelta(days=2), timedelta(0), -INSTANT]
    universe = write_universe(
        tmp_path / "u", pin_engagements=[engagement(n, "901", age=age) for n, age in enumerate(ages)], **CATALOGUE
    )
    assert members(universe, retention_days=30) == {1, 2, 3}
    assert members(universe, retention_days=30, prefill=False) == set()
    assert members(universe, prefill=False, created_at=AS_OF - timedelta(days=2)) == {3}
    rolled_off = populate_engagement(definition_of(retention_days=30), universe, as_of=AS_OF + INSTANT).members
    assert set(rolled_off) == {2, 3, 4}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"pin_ids": ("1",), "objective_types": ("AWARENESS",)},
            r"ids of pins, ads and campaigns and objective_types: ",
        ),
        (
            {"objective_types": ("AWARENESS",), "engagement_domains": ("a.example",)},
            r"expected one type of source; keep one, or none for all own pins \(S51, Q8\)",
        ),
        ({"engager_type": 3}, r"^engager_type: expected 1 or 2"),
        ({"engager_type": "some"}, r"^engager_type: .*1, any engagement, or 2, optimised engagement"),
        ({"pin_ids": "12x"}, r"^pin_ids.0: expected an id of 1 to 18 digits"),
        ({"objective_types": ("SALES",)}, r"^objective_types.0: expected 'AWARENESS', "),
        ({"engagement_domains": ("anna@mail.example",)}, r"^engagement_domains.0: expected sites .* such as shop"),
        ({"retention_days": 541}, r"^retention_days: .*whole number from 1 to 540"),
        ({"ad_account_id": "x"}, r"^ad_account_id: expected an id"),
        ({"engagement_type": "like it"}, r"^engagement_type: expected 'click', 'save', 'closeup', 'comment' or 'like'"),
    ],
)
def test_a_wrong_definition_is_refused_by_field(fields, sentence):
    with pytest.raises(DefinitionError, match=sentence) as refusal:
        definition_of(**fields)
    assert "anna" not in str(refusal.value)


def test_an_unknown_ad_account_and_a_foreign_objective_are_refused(universe):
    with pytest.raises(DefinitionError, match=r"^ad_account_id: .*got 7011; did you mean 701\?"):
        members(universe, ad_account_id="7011")
    with pytest.raises(
        DefinitionError, match=r"^objective_types: .*got CATALOG_SALES; its campaigns have: AWARENESS, W"
    ):
        members(universe, objective_types=("CATALOG_SALES",))


def test_without_knowing_ads_only_what_needs_them_is_refused(tmp_path):
    universe = write_universe(tmp_path / "u", pin_engagements=[engagement(0, "901")], **CATALOGUE)
    kept = universe.table("pin_engagements").drop_columns(["ad_id"])
    pq.write_table(kept, tmp_path / "u" / "pin_engagements.parquet")
    assert members(universe) == members(universe, engagement_domains="own.example") == {0}
    for source in ({"ad_ids": ("651",)}, {"campaign_ids": ("601",)}, {"objective_types": ("AWARENESS",)}):
        with pytest.raises(UniverseError, match=r"column 'ad_id' in .* take pins or a claimed domain"):
            members(universe, **source)


def test_a_time_zone_that_is_none_is_refused(tmp_path):
    accounts = [{"ad_account_id": OWN, "country": "US", "currency": "USD", "time_zone": "Mars/Olympus"}]
    universe = write_universe(tmp_path / "u", pin_engagements=[], **CATALOGUE | {"ad_accounts": accounts})
    with pytest.raises(UniverseError, match=r"'time_zone': expected a name of the IANA database"):
        members(universe)


def versions_of(universe_rows):
    return [
        {"valid_from": time, "engager_type": kind, "action": action}
        for time, kinds in universe_rows
        for kind, actions in kinds.items()
        for action in actions
    ]


def test_the_version_of_the_actions_in_force_populates_the_audience(tmp_path):
    later = AS_OF - timedelta(days=10)
    table = versions_of(
        [
            (later, {"any": ("save", "comment"), "optimised": ("comment",)}),
            (later - timedelta(days=100), {"any": ("save", "pin_click"), "optimised": ("save",)}),
        ]
    )
    rows = [
        engagement(n, "901", action, age=timedelta(days=20))
        for n, action in enumerate(("save", "comment", "pin_click"))
    ]
    universe = write_universe(tmp_path / "u", pin_engagements=rows, engagement_actions=table, **CATALOGUE)
    assert members(universe, engager_type=1) == {0, 1}
    assert members(universe, engager_type=2) == {1}
    before = populate_engagement(definition_of(), universe, as_of=later - INSTANT)
    assert set(before.members) == {0, 2}
    assert before.details["actions_valid_from"] == (later - timedelta(days=100)).isoformat()
    assert before.details["engagement_actions"] == ["save", "pin_click"]
    assert read_action_table(universe).in_force(AS_OF - timedelta(days=900)).optimised == ("save",)


@pytest.mark.parametrize(
    ("kinds", "sentence"),
    [
        ({"any": ("save",), "optimised": ("comment",)}, r"expected actions that are any engagement too, got comment"),
        ({"any": ("save",)}, r"optimised: expected a list of at least 1, got 0"),
    ],
)
def test_a_version_whose_optimised_actions_are_not_among_any_is_refused(tmp_path, kinds, sentence):
    table = versions_of([(AS_OF, kinds)])
    universe = write_universe(tmp_path / "u", pin_engagements=[], engagement_actions=table, **CATALOGUE)
    with pytest.raises(UniverseError, match=rf"^table 'engagement_actions': .*{sentence}"):
        members(universe)


def test_versions_are_in_order():
    version = ActionVersion(valid_from=AS_OF, any_action=("save",), optimised=("save",))
    with pytest.raises(DefinitionError, match="expected the oldest first and no two of the same time"):
        ActionTable(versions=(version, version))
    with pytest.raises(DefinitionError, match="versions: expected a list of at least 1"):
        ActionTable(versions=())


def test_a_definition_survives_json_with_the_apis_number_of_the_type():
    definition = definition_of(engager_type="optimised", campaign_ids="601", retention_days=30)
    spec = AudienceSpec(audience_id="1", name="x", definition=definition)
    assert AudienceSpec.model_validate_json(spec.model_dump_json()) == spec
    assert spec.model_dump(mode="json")["definition"]["engager_type"] == 2


def test_the_samples_shop_has_engagement_of_every_source(sample_universe):
    sources = [
        {},
        {"engagement_domains": (SHOP_DOMAIN,)},
        {"objective_types": ("CONSIDERATION",)},
        {"campaign_ids": ("600000000003",)},
    ]
    sizes = []
    for source in sources:
        definition = EngagementDefinition(ad_account_id=SHOP_AD_ACCOUNT_ID, **source)
        sizes.append(len(populate_engagement(definition, sample_universe).members))
    assert sizes[1] > sizes[0] > sizes[2] > 0
    assert all(size >= 100 for size in sizes)


def test_a_universe_without_engagement_is_refused(tmp_path):
    with pytest.raises(UniverseError, match="expected the table 'pin_engagements'"):
        members(write_universe(tmp_path / "u", **CATALOGUE))
