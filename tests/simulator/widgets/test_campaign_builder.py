import pytest

from simulator.config import BillableEvent, BudgetType, EntityStatus, PacingDeliveryType
from simulator.errors import ConfigError
from simulator.scenario import Lever, Scenario, save_scenario
from simulator.widgets import CampaignBuilder
from simulator.widgets.campaign_edits import with_copy, with_settings, without
from tests.simulator.worlds import ad_group, audience_spec, run_config
from workbench.audiences import Audience, AudienceSpec, CustomerListDefinition
from workbench.widgets import AudienceShelf

AUDIENCES = [audience_spec("1001", "VISITOR"), audience_spec("1002", "VISITOR"), audience_spec("1004", "THIRD_PARTY")]


@pytest.fixture
def two_groups() -> Scenario:
    first = ad_group(
        "2001",
        name="First",
        targeting={"AUDIENCE_INCLUDE": ["1001", "1004"], "LOCATION": ["US"]},
        lifts={"1004": {"mean": 1.5}},
        ads=[{"ad_id": "3001", "name": "Only"}],
    )
    return Scenario(name="Test", base=run_config(first, ad_group("2002", name="Second"), audiences=AUDIENCES))


@pytest.fixture
def builder(two_groups) -> CampaignBuilder:
    return CampaignBuilder(two_groups)


def shown(builder: CampaignBuilder):
    return next(each for each in builder.scenario.base.ad_groups if each.ad_group_id == builder._list.value)


def test_opening_and_looking_around_changes_nothing(builder, two_groups):
    for ad_group_id in ("2002", "2001"):
        builder._list.set_state({"value": ad_group_id})
        assert builder._form.changes() == {}
    assert builder.scenario == two_groups
    assert builder._notice.value == ""


def test_every_field_is_a_setting_of_the_ad_group(builder):
    form = builder._form
    form._name.value = "Renamed"
    form._status.set_state({"value": "PAUSED"})
    form._bid.set_state({"value": 6.25})
    form._budget.set_state({"value": 30.0})
    form._period.set_state({"value": "LIFETIME"})
    form._pacing.set_state({"value": "adaptive"})
    form._cap.set_state({"value": 4.0})
    form._exclude.set_state({"value": ["1002"]})
    assert builder._notice.value == ""
    group = shown(builder)
    assert (group.name, group.status) == ("Renamed", EntityStatus.PAUSED)
    assert (group.bid_cpm_micros, group.budget_micros) == (6_250_000, 30_000_000)
    assert (group.budget_type, group.pacing_delivery_type) == (BudgetType.LIFETIME, PacingDeliveryType.ADAPTIVE)
    assert group.frequency_cap.max_impressions == 4
    assert group.targeting.audience_exclude == ("1002",)
    assert group.targeting.location == ("US",)
    assert builder.scenario.base.ad_groups[1].name == "Second"


def test_whoever_pays_for_something_else_bids_for_it(builder):
    builder._form._event.set_state({"value": "CLICKTHROUGH"})
    group = shown(builder)
    assert (group.billable_event, group.bid_cpm_micros, group.bid_micros) == (
        BillableEvent.CLICKTHROUGH,
        None,
        500_000,
    )
    assert builder._form._bid.value == 0.5
    builder._form._strategy.set_state({"value": "AUTOMATIC_BID"})
    assert (shown(builder).bid_micros, builder._form._bid.is_disabled) == (None, True)
    builder._form._strategy.set_state({"value": "MAX_BID"})
    assert (shown(builder).bid_micros, builder._form._bid.is_disabled) == (500_000, False)


def test_an_audience_that_goes_takes_its_lift_along(builder):
    builder._form._include.set_state({"value": ["1001"]})
    assert builder._notice.value == ""
    assert (shown(builder).targeting.audience_include, shown(builder).lifts) == (("1001",), {})


def test_what_is_illegal_is_said_and_changes_nothing(builder, two_groups):
    builder._form._budget.set_state({"value": 0.0})
    assert "needs a budget_micros" in builder._notice.value
    assert builder.scenario == two_groups
    builder._form._budget.set_state({"value": 12.0})
    assert (builder._notice.value, shown(builder).budget_micros) == ("", 12_000_000)


def test_ad_groups_are_copied_and_removed(builder):
    builder._copy.click()
    first, copy, second = builder.scenario.base.ad_groups
    assert (copy.ad_group_id, copy.name, copy.ads) == ("2003", "First (copy)", ())
    assert copy.targeting == first.targeting
    assert (builder._list.value, second.name) == ("2003", "Second")
    builder._remove.click()
    assert [group.ad_group_id for group in builder.scenario.base.ad_groups] == ["2001", "2002"]
    builder._remove.click()
    assert builder._remove.disabled
    with pytest.raises(ConfigError, match="at least one ad group"):
        without(builder.scenario.base, builder._list.value)


def test_copies_of_copies_have_names_of_their_own(two_groups):
    config = two_groups.base
    for _ in range(3):
        config, _new_id = with_copy(config, "2001")
    assert sorted(group.name for group in config.ad_groups) == [
        "First",
        "First (copy 2)",
        "First (copy 3)",
        "First (copy)",
        "Second",
    ]


def test_the_campaign_has_fields_too(builder):
    builder._name.value = "Autumn"
    builder._days.set_state({"value": 14.0})
    builder._third_party.set_state({"value": False})
    base = builder.scenario.base
    assert (base.campaigns[0].name, base.flight.n_days, base.third_party_data.is_enabled) == ("Autumn", 14, False)
    builder._name.value = ""
    assert "name" in builder._notice.value
    assert builder.scenario.base is base


def test_levers_become_settings(builder, two_groups):
    pulled = two_groups.with_levers("Higher", Lever(path="ad_groups.2001.bid_cpm_micros", value=9_000_000))
    builder.scenario = pulled
    assert (builder.scenario.levers, builder._form._bid.value) == ((), 9.0)
    assert CampaignBuilder(pulled).scenario.base == pulled.config


def test_a_long_flight_is_kept(two_groups):
    long = Scenario(name="Long", base=with_settings(two_groups.base, {"flight": {"n_days": 200}}))
    assert CampaignBuilder(long).scenario == long


@pytest.fixture
def shelf(two_groups, sample_universe, tmp_path) -> AudienceShelf:
    """A shelf that knows the campaign's audiences; nobody is counted here."""
    shelf = AudienceShelf(sample_universe, base_folder=tmp_path)
    shelf.audiences = tuple(Audience(spec) for spec in two_groups.base.audiences)
    return shelf


def test_an_audience_of_the_shelf_comes_into_the_campaign_when_it_is_picked(two_groups, shelf, tmp_path):
    builder = CampaignBuilder(two_groups, shelf=shelf)
    listed = CustomerListDefinition(list_file="lists/new", suppression_file="out.csv", are_terms_acknowledged=True)
    spec = AudienceSpec(audience_id="1007", name="New customers", definition=listed)
    shelf.audiences = (*shelf.audiences, Audience(spec))
    assert builder.scenario == two_groups
    assert "New customers" in [option["label"] for option in builder._form._include.options]
    builder._form._include.set_state({"value": ["1001", "1004", "1007"]})
    assert builder._notice.value == ""
    assert shown(builder).targeting.audience_include == ("1001", "1004", "1007")
    added = builder.scenario.base.audiences[-1]
    assert added.name == "New customers"
    assert added.definition.list_file == str(tmp_path / "lists/new")
    assert added.definition.suppression_file == str(tmp_path / "out.csv")


def test_a_shelf_of_other_audiences_is_refused(two_groups, shelf):
    first, *rest = shelf.audiences
    shelf.audiences = (Audience(first.spec.model_copy(update={"name": "Somebody else"})), *rest)
    with pytest.raises(ConfigError, match="begin the shelf with the campaign's audiences"):
        CampaignBuilder(two_groups, shelf=shelf)


def test_a_changed_campaign_is_the_next_version_of_its_file(two_groups, tmp_path):
    builder = CampaignBuilder(save_scenario(two_groups, tmp_path / "campaign.json"))
    builder._form._name.value = "Renamed"
    assert save_scenario(builder.scenario, tmp_path / "campaign.json").version == 2
    assert save_scenario(builder.scenario, tmp_path / "campaign.json").version == 2
