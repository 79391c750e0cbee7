from datetime import timedelta

import pytest

from tests.workbench.audiences.tiny_universe import N_ACCOUNTS, email, write_universe
from tests.workbench.catalog.conftest import BEGIN
from workbench.audiences import (
    ActalikeDefinition,
    Audience,
    AudienceStatus,
    CustomerListDefinition,
    TargetingSpec,
    ThirdPartyDefinition,
    VisitorDefinition,
    resolve_targeting,
)
from workbench.audiences.combination import AnyOf, CombinationDefinition
from workbench.catalog import Action
from workbench.catalog.saving import uniform_draw
from workbench.errors import CancelledError, CatalogError, ConflictError, DefinitionError, UnknownAudienceError
from workbench.identity import AccountSet

VISITORS = VisitorDefinition(visitor_source_id="1001")
LIST = CustomerListDefinition(list_file="customers.csv", are_terms_acknowledged=True)
INITIALIZING, READY, TOO_SMALL = AudienceStatus


@pytest.fixture
def record(catalog, universe):
    """Record that an audience has its first so many accounts for members."""

    def record_members(audience_id: str, n_members: int) -> None:
        saved = catalog.get(audience_id)
        members = AccountSet.from_indices(range(n_members), universe.n_accounts)
        audience = Audience(saved.spec, members, {"n_matched_records": n_members})
        catalog.record_population(audience, universe, expected_version=saved.version)

    return record_members


@pytest.mark.parametrize(("definition", "least", "most"), [(VISITORS, 0, 24), (LIST, 24, 48)])
def test_a_size_is_known_after_the_platforms_delay_and_not_before(catalog, record, definition, least, most):
    saved = catalog.create("Audience", definition)
    record("1", 100)
    delay = saved.known_at - BEGIN
    assert timedelta(hours=least) < delay <= timedelta(hours=most)
    just_before = catalog.get("1", at=saved.known_at - timedelta(microseconds=1))
    assert (just_before.status, just_before.audience_size) == (INITIALIZING, None)
    known = catalog.get("1", at=saved.known_at)
    assert (known.status, known.audience_size) == (READY, 100)


def test_a_list_is_unknown_for_23_hours_and_59_minutes_and_known_after_48_whatever_the_draw(catalog, clock, record):
    for _ in range(20):
        saved = catalog.create("List", LIST)
        record(saved.audience_id, 99)
    clock.move(hours=23, minutes=59)
    assert {saved.status for saved in catalog.audiences()} == {INITIALIZING}
    clock.move(hours=24, minutes=1)
    assert {saved.status for saved in catalog.audiences()} == {TOO_SMALL}


def test_the_delay_depends_on_the_catalogues_rng_seed_and_the_audience_alone(new_address, clock):
    from workbench.catalog import Catalog

    def delays(rng_seed: int) -> list[object]:
        catalog = Catalog.open(new_address(), clock=clock, rng_seed=rng_seed)
        return [catalog.create("x", VISITORS).known_at for _ in range(3)]

    first = delays(7)
    assert len(set(first)) == 3
    assert delays(7) == first
    assert delays(8) != first


def test_draws_are_spread_evenly():
    draws = [uniform_draw(3, str(number), 1) for number in range(1000)]
    assert all(0 <= u < 1 for u in draws)
    assert [sum(u < tenth / 10 for u in draws) for tenth in range(11)] == pytest.approx(range(0, 1001, 100), abs=50)


def test_third_party_data_is_there_at_once(catalog, record):
    catalog.create("Segment", ThirdPartyDefinition(segment_id="5"))
    record("1", 100)
    assert catalog.get("1").status is READY


def test_what_is_made_from_a_new_list_is_never_known_before_it(catalog):
    catalog.create("List", LIST)
    catalog.create("Both", CombinationDefinition(rule=AnyOf(any_of=("1",))))
    assert catalog.get("2").known_at == catalog.get("1").known_at


def test_what_is_not_recorded_is_not_known_however_long_ago_it_was_made(catalog, clock, record):
    catalog.create("Visitors", VISITORS)
    clock.move(days=30)
    assert catalog.get("1").status is INITIALIZING
    record("1", 120)
    assert catalog.get("1").audience_size == 120


def test_members_come_back_as_they_were_for_the_universe_they_are_of(catalog, clock, record, universe, tmp_path):
    catalog.create("Visitors", VISITORS)
    record("1", 150)
    assert catalog.populated(universe, ["1"])["1"].members is None  # not known yet
    clock.move(hours=24)
    found = catalog.populated(universe, ["1"])["1"]
    assert list(found.members) == list(range(150))
    assert found.details == {"n_matched_records": 150}
    other = write_universe(tmp_path / "other", tag_events=[])
    accounts = other.table("accounts").to_pandas().assign(activity=2.0)
    accounts.to_parquet(other.table_path("accounts"))
    assert catalog.populated(other, ["1"])["1"].members is None


def test_a_new_definition_is_counted_anew_and_a_new_name_is_not(catalog, clock, record):
    catalog.create("Visitors", VISITORS)
    record("1", 150)
    clock.move(hours=24)
    assert catalog.update("1", expected_version=1, name="People").audience_size == 150
    wider = VISITORS.model_copy(update={"retention_days": 10})
    changed = catalog.update("1", expected_version=2, definition=wider)
    assert (changed.status, changed.known_at > clock.now) == (INITIALIZING, True)
    clock.move(hours=24)
    record("1", 40)
    assert catalog.get("1").status is TOO_SMALL


def test_undo_brings_size_and_members_back_at_once(catalog, clock, record, universe):
    catalog.create("Visitors", VISITORS)
    record("1", 150)
    clock.move(hours=24)
    catalog.update("1", expected_version=1, definition=VISITORS.model_copy(update={"retention_days": 10}))
    restored = catalog.undo("1", expected_version=2)
    assert (restored.status, restored.audience_size) == (READY, 150)
    assert len(catalog.populated(universe, ["1"])["1"].members) == 150


def test_an_edited_list_shows_its_old_size_until_the_platform_knows_the_new(catalog, clock, record):
    catalog.create("List", LIST)
    record("1", 150)
    clock.move(hours=48)
    record("1", 150)  # the same again is no edit
    record("1", 90)
    assert catalog.get("1").audience_size == 150
    clock.move(hours=24)
    assert catalog.get("1").audience_size == 150
    clock.move(hours=24)
    assert (catalog.get("1").audience_size, catalog.get("1").status) == (90, TOO_SMALL)


def test_visitors_are_kept_up_to_date_by_the_platform(catalog, clock, record):
    catalog.create("Visitors", VISITORS)
    record("1", 150)
    clock.move(hours=24)
    record("1", 160)
    assert catalog.get("1").audience_size == 160
    assert [size.audience_size for size in catalog.sizes("1")] == [150, 160]
    assert list(catalog.members("1", catalog.sizes("1")[0].population_number)) == list(range(150))
    words = [event.words for event in catalog.history("1") if event.action is Action.POPULATED]
    assert words == ["counted 150 members", "counted 160 members"]
    assert "audience_size='160'" in repr(catalog.get("1"))


def test_words_and_texts_hide_small_sizes(catalog, clock, record):
    catalog.create("Visitors", VISITORS)
    record("1", 99)
    clock.move(hours=24)
    assert catalog.history("1")[-1].words == "counted < 100 members"
    assert "audience_size='< 100'" in repr(catalog.get("1"))
    assert "audience_size='< 100'" in repr(catalog.sizes("1"))


def test_members_of_a_version_that_is_no_more_are_refused(catalog, universe):
    saved = catalog.create("Visitors", VISITORS)
    catalog.update("1", expected_version=1, name="People")
    nobody = Audience(saved.spec, AccountSet.empty(N_ACCOUNTS))
    with pytest.raises(ConflictError, match="found 2"):
        catalog.record_population(nobody, universe, expected_version=1)
    for audience in (Audience(saved.spec), Audience(saved.spec, AccountSet.empty(5))):
        with pytest.raises(ValueError, match="expected members among 300 accounts"):
            catalog.record_population(audience, universe, expected_version=2)
    with pytest.raises(UnknownAudienceError, match="the number of a count"):
        catalog.members("1", 5)


def test_everything_is_populated_sources_first(catalog, clock, universe, tmp_path):
    (tmp_path / "customers.csv").write_text("".join(f"{email(account)}\n" for account in range(120)))
    catalog.create("Customers", LIST)
    catalog.create("Both", CombinationDefinition(rule=AnyOf(any_of=("1",))))
    steps = []
    catalog.populate(universe, base_folder=tmp_path, on_progress=lambda *step: steps.append(step))
    assert list(dict.fromkeys(steps)) == [(0, 2), (1, 2), (2, 2)]
    clock.move(hours=48)
    assert [saved.audience_size for saved in catalog.audiences()] == [120, 120]
    assert catalog.populated(universe, ["1"])["1"].details["record_counts"]["valid"] == 120


def test_populating_can_be_stopped_and_keeps_what_is_done(catalog, universe, tmp_path):
    (tmp_path / "customers.csv").write_text("".join(f"{email(account)}\n" for account in range(120)))
    for _ in range(2):
        catalog.create("Customers", LIST)

    def stop_at_second(n_done: int, _n_total: int) -> None:
        if n_done:
            raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        catalog.populate(universe, base_folder=tmp_path, on_progress=stop_at_second)
    assert [len(catalog.sizes(audience_id)) for audience_id in "12"] == [1, 0]


def test_an_ad_group_whose_only_include_was_deleted_reaches_nobody(catalog, clock, record, universe):
    catalog.create("Visitors", VISITORS)
    record("1", 150)
    clock.move(hours=24)
    everyone_of = TargetingSpec(audience_include=("1",))
    catalog.ad_groups.save("900", everyone_of)
    reached = resolve_targeting(everyone_of, catalog.targeted(everyone_of, universe), universe)
    assert len(reached.members) == 150
    catalog.delete("1", confirmed=catalog.where_used("1"))
    targeting = catalog.ad_groups.get("900").targeting
    assert targeting == everyone_of
    reached = resolve_targeting(targeting, catalog.targeted(targeting, universe), universe)
    assert len(reached.members) == 0
    assert reached.warnings
    assert catalog.ad_groups.history("900")[-1].words.endswith(
        "none of the included audiences is left, so it reaches nobody"
    )


def test_an_actalike_of_a_new_source_waits_up_to_72_hours_and_one_of_too_few_people_is_not_made(catalog, clock, record):
    catalog.create("Visitors", VISITORS)
    like_visitors = ActalikeDefinition(seed_audience_ids=("1",), country="US", percentage=1)
    waiting = catalog.create("Like visitors", like_visitors)
    assert catalog.get("1").known_at <= waiting.known_at <= BEGIN + timedelta(hours=72)
    record("1", 99)
    clock.move(hours=24)
    with pytest.raises(DefinitionError, match="TOO_SMALL; choose another source, or let it grow first"):
        catalog.create("Like visitors again", like_visitors)
    assert catalog.get(waiting.audience_id).spec.definition == like_visitors
    assert [use.role for use in catalog.where_used("1")] == ["SOURCE"]


def test_members_that_were_damaged_are_refused(catalog, clock, record, universe):
    from sqlalchemy import update

    from workbench.catalog.tables import member_sets

    catalog.create("Visitors", VISITORS)
    record("1", 150)
    clock.move(hours=24)
    with catalog._pen.changing() as change:
        change.connection.execute(update(member_sets).values(members=b"ACST damaged"))
    with pytest.raises(CatalogError, match="members of audience 1 as they were recorded, found damage"):
        catalog.populated(universe, ["1"])
