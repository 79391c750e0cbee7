"""What runs share: a universe, its audiences in all their versions, and the answers made from them."""

from datetime import timedelta

import numpy as np
import pytest

from simulator.audience_versions import AudienceVersion, populate_versions
from simulator.scenario import Lever, with_levers_pulled
from simulator.world import World
from tests.simulator.plain_universe import plain_universe
from tests.simulator.worlds import ad_group, audience_spec, run_config
from tests.workbench.audiences.test_visitor import event
from tests.workbench.audiences.tiny_universe import AS_OF, N_ACCOUNTS, email, write_universe
from workbench.audiences import Audience, VisitorDefinition
from workbench.audiences.visitor import populate_visitor
from workbench.errors import CancelledError, UniverseError
from workbench.identity import AccountSet

N_DAYS = 10
VISITORS = {"type": "VISITOR", "visitor_source_id": "1", "retention_days": 7}


@pytest.fixture(scope="module")
def universe(tmp_path_factory):
    visits = [event(n * 7 % N_ACCOUNTS, age=timedelta(hours=5 * n)) for n in range(150)]
    return write_universe(tmp_path_factory.mktemp("world") / "universe", tag_events=visits)


@pytest.fixture
def lists(tmp_path):
    """Return the files of three uploads: accounts 0–149, 50–199 and a list too small for an ad."""
    found = []
    for number, accounts in enumerate((range(150), range(50, 200), range(20))):
        file = tmp_path / f"list{number}.csv"
        file.write_text("\n".join(email(account) for account in accounts) + "\n")
        found.append(str(file))
    return found


def visitors(**settings):
    return {"audience_id": "1001", "name": "Visitors", "definition": VISITORS, **settings}


def customers(lists, **settings):
    definition = {"type": "CUSTOMER_LIST", "list_file": lists[0], "list_type": "EMAIL", "are_terms_acknowledged": True}
    refreshes = [
        {"uploaded_at_hour": 30, "list_file": lists[1]},
        {"uploaded_at_hour": 80.5, "list_file": lists[2]},
    ]
    return {"audience_id": "1002", "name": "Buyers", "definition": definition, "refreshes": refreshes, **settings}


def config_of(universe, *audiences, n_days=N_DAYS, **settings):
    return run_config(
        ad_group(), audiences=audiences, universe=str(universe.path), flight={"n_days": n_days}, **settings
    )


def members_on(versions, hour):
    """Return who is in the version that holds at an hour."""
    return [version.audience.members for version in versions if (version.from_hour or 0) <= hour][-1]


def test_expiring_members_are_those_whom_populating_finds_on_each_day_when_nobody_came_back(universe):
    versions = World.open(config_of(universe, visitors(membership="expiring"))).versions["1001"]
    definition = VisitorDefinition.model_validate(VISITORS)
    for day in range(N_DAYS):
        later = populate_visitor(definition, universe, as_of=AS_OF + timedelta(days=day)).members
        assert members_on(versions, 24 * day) == later
        assert members_on(versions, 24 * day + 23.9) == later
    # A version for each day on which somebody leaves; the retention is over before the flight is.
    assert [version.from_hour for version in versions] == [None, *(24.0 * day for day in range(1, 9))]
    assert len(versions[-1].audience.members) == 0


def test_a_steady_audience_stays_as_it_was_counted(universe):
    [version] = World.open(config_of(universe, visitors())).versions["1001"]
    assert version.from_hour is None
    assert len(version.audience.members) > 30


def test_a_list_that_is_uploaded_anew_takes_the_place_of_the_old_one(universe, lists):
    world = World.open(config_of(universe, customers(lists)))
    versions = world.versions["1002"]
    assert [version.from_hour for version in versions] == [None, 30, 80.5]
    assert [set(version.audience.members) for version in versions] == [
        set(range(150)),
        set(range(50, 200)),
        set(range(20)),
    ]
    assert [version.audience.status.value for version in versions] == ["READY", "READY", "TOO_SMALL"]
    assert world.audiences["1002"] is versions[0].audience


def union_of(audience_id, *source_ids):
    definition = {"type": "COMBINATION", "rule": {"any_of": source_ids}}
    return {"audience_id": audience_id, "name": "Either", "definition": definition}


def test_a_combination_follows_the_audiences_that_it_is_made_from_through_another_one(universe, lists):
    either, and_again = union_of("1003", "1001", "1002"), union_of("1004", "1003")
    config = config_of(universe, and_again, either, visitors(membership="expiring"), customers(lists))
    versions = World.open(config).versions
    hours = [version.from_hour for version in versions["1003"]]
    assert hours == [None, *sorted(hours[1:])]
    assert {30.0, 80.5} <= set(hours[1:])
    for hour in [0, *hours[1:], 24 * N_DAYS]:
        visited, bought = members_on(versions["1001"], hour), members_on(versions["1002"], hour)
        assert members_on(versions["1003"], hour) == members_on(versions["1004"], hour) == visited | bought
    of_last_upload = next(version for version in versions["1003"] if version.from_hour == 80.5)
    assert of_last_upload.made_of == (("1001", 3), ("1002", 2))
    assert versions["1004"][-1].made_of == (("1003", len(versions["1003"]) - 1),)


def test_a_combination_of_audiences_that_stay_stays(universe):
    versions = World.open(config_of(universe, visitors(), union_of("1003", "1001"))).versions
    assert [version.made_of for version in versions["1003"]] == [()]


def test_an_actalike_is_learned_anew_after_the_last_change_of_a_week_while_there_is_enough_to_learn_from(
    universe, monkeypatch
):
    definition = {"type": "ACTALIKE", "seed_audience_ids": ["1001"], "country": "US", "percentage": 1}
    alike = {"audience_id": "1003", "name": "Alike", "definition": definition}
    sizes = {24.0: 250, 120.0: 200, 168.0: 180, 216.0: 150, 360.0: 90, 504.0: 80}

    def populated(specs, *_, **__):
        return {spec.audience_id: Audience(spec, AccountSet.from_indices(range(300), N_ACCOUNTS)) for spec in specs}

    def with_fewer_each_day(_, __, first, *___):
        members = {hour: AccountSet.from_indices(range(size), N_ACCOUNTS) for hour, size in sizes.items()}
        return [AudienceVersion(hour, Audience(first.spec, members[hour])) for hour in sizes]

    def learned(spec, *_, sources, **__):
        return Audience(spec, sources["1001"].members)

    monkeypatch.setattr("simulator.audience_versions.populate_all", populated)
    monkeypatch.setattr("simulator.audience_versions._expiring", with_fewer_each_day)
    monkeypatch.setattr("simulator.audience_versions.populate", learned)
    versions = populate_versions(config_of(universe, visitors(membership="expiring"), alike, n_days=30), universe)
    learned_anew = [(version.from_hour, len(version.audience.members)) for version in versions["1003"][1:]]
    assert learned_anew == [(120.0, 200), (216.0, 150)]


def test_opening_tells_how_far_it_is_and_can_be_stopped(universe, lists):
    config = config_of(universe, visitors(membership="expiring"), customers(lists))
    told = []
    World.open(config, lambda n_done, n_total: told.append((n_done, n_total)))
    assert told == sorted(told)
    assert told[0][0] == 0
    assert told[-1] == (5, 5)

    def stop(n_done, _):
        if n_done == 4:
            raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        World.open(config, stop)


def test_a_world_fits_whoever_has_the_same_people_in_its_audiences(universe, lists):
    expiring, buyers = visitors(membership="expiring"), customers(lists)
    world = World.open(config_of(universe, expiring, buyers))
    assert world.fits(config_of(universe, expiring, buyers, rng_seed=9))
    assert world.fits(config_of(universe, expiring))
    assert world.fits(config_of(universe, expiring | {"created_hours_before_start": 5}, buyers))
    assert world.fits(config_of(universe, expiring, n_days=N_DAYS - 1))
    assert not world.fits(config_of(universe, visitors()))
    assert not world.fits(config_of(universe, customers(lists, refreshes=[])))
    assert not world.fits(config_of(universe, visitors() | {"audience_id": "1009"}))
    assert not world.fits(config_of(universe, expiring, n_days=N_DAYS + 1))
    assert world.fits(config_of(universe, buyers, n_days=N_DAYS + 1))
    assert not world.fits(config_of(universe, buyers).model_copy(update={"universe": "elsewhere"}))


PLAIN = plain_universe(600)
EVERYBODY = AccountSet.full(600)


def plain_config(**settings):
    audiences = [audience_spec("1001", "CUSTOMER_LIST"), audience_spec("1002", "VISITOR")]
    return run_config(ad_group(**settings), audiences=audiences)


def plain_world(config, **settings):
    return World.of_members(config, PLAIN, {"1001": EVERYBODY, "1002": EVERYBODY}, **settings)


def test_a_world_of_chosen_members_may_have_later_versions():
    config = plain_config(targeting={"AUDIENCE_INCLUDE": ["1001"]})
    fewer = AccountSet.from_indices(range(120), 600)
    later = {"1001": (AudienceVersion(24.0, Audience(config.audiences[0], fewer)),)}
    eligibility = plain_world(config, later=later).eligibility(config)
    for version, n_offered in ((0, 600), (1, 120)):
        offers = eligibility.offers(frozenset({("1001", version)}))
        assert (~offers.offer_is_idle[offers.entry_offer]).sum() == n_offered


def test_one_answer_serves_all_runs_that_it_fits():
    config = plain_config()
    world = plain_world(config)
    eligibility = world.eligibility(config)
    assert world.eligibility(config.model_copy(update={"rng_seed": 5})) is eligibility
    assert world.eligibility(plain_config(budget_micros=5)) is eligibility
    assert world.eligibility(plain_config(bid_cpm_micros=7_000_000)) is eligibility  # the order is the same
    assert world.eligibility(plain_config(bid_multipliers={"1001": 2})) is not eligibility
    assert world.eligibility(plain_config(targeting={"AUDIENCE_INCLUDE": ["1001"]})) is not eligibility
    without = config.third_party_data.model_copy(update={"is_enabled": False})
    assert world.eligibility(config.model_copy(update={"third_party_data": without})) is not eligibility
    assert world.landscape(config) is world.landscape(plain_config(budget_micros=5))
    assert world.traffic_classes(config) is world.traffic_classes(plain_config(budget_micros=5))
    assert world.flight_traffic(config) is world.flight_traffic(plain_config(budget_micros=5))


def test_the_order_of_bids_is_part_of_what_eligibility_depends_on():
    two = [run_config(ad_group("1"), ad_group("2", bid_cpm_micros=bid)) for bid in (1_000_000, 9_000_000)]
    world = World.of_members(two[0], PLAIN, {})
    assert [world.eligibility(config).order.tolist() for config in two] == [[0, 1], [1, 0]]


def test_activity_that_means_nothing_is_refused():
    universe = plain_universe(3, activity=np.array([0.0, 0.0, 0.0], dtype=np.float32))
    config = run_config(ad_group())
    with pytest.raises(UniverseError, match="table accounts, column activity"):
        World.of_members(config, universe, {}).traffic_classes(config)


def test_settings_for_countries_without_accounts_are_warned_of():
    config = run_config(
        ad_group(),
        traffic={"hourly_profiles": {"US": [1] * 24, "JP": [1] * 24}, "country_weights": {"FR": 2}},
        market={"bid_floors_cpm_micros": {"DE": 1}, "landscapes": [{"bids_cpm_micros": [0, 1], "country": "CA"}]},
    )
    world = World.of_members(config, PLAIN, {})
    assert world.warnings(config) == (
        "No account of this universe is in JP, which traffic.hourly_profiles names.",
        "No account of this universe is in FR, which traffic.country_weights names.",
        "No account of this universe is in DE, which market.bid_floors_cpm_micros names.",
        "No account of this universe is in CA, which market.landscapes names.",
    )
    silent = run_config(ad_group(), traffic={"country_weights": {"US": 0}})
    assert world.warnings(silent) == (
        "There is no traffic: traffic.country_weights gives 0 to every country of this universe.",
    )
    assert world.warnings(run_config(ad_group())) == ()


class TestOpenedAnew:
    """A world for another configuration takes over what it has in common, and is what it would be anew."""

    @pytest.fixture
    def populated(self, monkeypatch):
        """Note which audiences are really populated."""
        seen = []

        def populate(config, *rest):
            seen.append([spec.audience_id for spec in config.audiences])
            return populate_versions(config, *rest)

        monkeypatch.setattr("simulator.world.populate_versions", populate)
        return seen

    @pytest.fixture
    def base(self, universe, lists):
        combined = {
            "audience_id": "1003",
            "name": "Either",
            "definition": {"type": "COMBINATION", "rule": {"any_of": ["1001", "1002"]}},
        }
        return config_of(universe, visitors(membership="expiring"), customers(lists), combined)

    @pytest.mark.parametrize(
        ("levers", "anew"),
        [
            ({"audiences.1001.definition.retention_days": 3}, ["1001", "1002", "1003"]),
            ({"audiences.1001.name": "Others", "audiences.1002.created_hours_before_start": 30}, []),
            ({"flight.n_days": 4}, ["1001", "1002", "1003"]),
            ({"audiences.1001.membership": "steady", "flight.n_days": 4}, ["1001", "1002", "1003"]),
        ],
    )
    def test_it_is_what_it_would_be_anew(self, base, populated, levers, anew):
        world = World.open(base)
        other = with_levers_pulled(base, [Lever(path=path, value=value) for path, value in levers.items()], "x")
        taken_over, opened = world.opened_anew(other), World.open(other)
        assert populated[1] == anew
        assert taken_over.fits(other)
        for spec in other.audiences:
            assert taken_over.fingerprint_of(spec.audience_id) == opened.fingerprint_of(spec.audience_id)
            pairs = zip(taken_over.versions[spec.audience_id], opened.versions[spec.audience_id], strict=True)
            assert all(one.audience.spec == two.audience.spec for one, two in pairs)
        assert taken_over.accounts is world.accounts
        assert taken_over.opened_for == other

    def test_only_what_has_other_people_is_populated(self, universe, lists, populated):
        base = config_of(universe, visitors(), customers(lists))
        other = config_of(universe, customers(lists), visitors(definition=VISITORS | {"retention_days": 3}), n_days=20)
        anew = World.open(base).opened_anew(other)
        assert populated == [["1001", "1002"], ["1001"]]
        assert list(anew.audiences) == ["1002", "1001"]

    def test_chosen_members_stay_chosen(self, universe, lists):
        base = config_of(universe, visitors())
        chosen = {"1001": AccountSet.from_indices(range(120), N_ACCOUNTS)}
        other = config_of(universe, visitors(), customers(lists))
        world = World.of_members(base, universe, chosen).opened_anew(other)
        assert world.audiences["1001"].members == chosen["1001"]
        assert world.opened_for is None

    def test_another_universe_is_opened(self, universe, tmp_path):
        world = World.open(config_of(universe, visitors()))
        elsewhere = write_universe(tmp_path / "elsewhere", tag_events=[event(1, age=timedelta(hours=1))])
        assert world.opened_anew(config_of(elsewhere, visitors())).universe.path == elsewhere.path
