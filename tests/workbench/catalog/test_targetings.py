import pytest

from tests.workbench.catalog.test_audiences import SEGMENT, VISITORS, any_of
from workbench.audiences import TargetingSpec
from workbench.catalog import Action, Role, SubjectKind, Use
from workbench.errors import (
    ConflictError,
    DefinitionError,
    FieldError,
    InUseError,
    UnknownAudienceError,
    UnknownTargetingError,
)

AMERICANS = TargetingSpec(audience_include=("1",), location=("US",))
GERMANS = TargetingSpec(audience_include=("1",), audience_exclude=("2",), location=("DE",), gender=("female",))


@pytest.fixture
def catalog(open_catalog):
    """A catalogue with two audiences."""
    catalog = open_catalog()
    catalog.create("Cart", VISITORS)
    catalog.create("Segment", SEGMENT)
    return catalog


def test_a_targeting_set_is_kept_by_name_in_versions(catalog, open_catalog):
    saved = catalog.targeting_sets.save("Spring", AMERICANS)
    assert (saved.targeting_id, saved.name, saved.version, saved.targeting) == ("3", "Spring", 1, AMERICANS)
    changed = open_catalog("ben").targeting_sets.save("Spring", GERMANS, expected_version=1)
    assert (changed.targeting_id, changed.version, changed.saved_by) == ("3", 2, "ben")
    assert catalog.targeting_sets.get("Spring").targeting == GERMANS
    assert catalog.targeting_sets.get("Spring", version=1) == saved
    assert [event.words for event in catalog.targeting_sets.history("Spring")] == [
        'created "Spring"',
        'audience_exclude: added "2"; location: added "DE", removed "US"; gender: added "female"',
    ]
    assert catalog.targeting_sets.save("Spring", GERMANS, expected_version=2).version == 2  # the same is no change
    assert catalog.targeting_sets.all() == [changed]


def test_nobody_overwrites_a_set_unseen(catalog):
    catalog.targeting_sets.save("Spring", AMERICANS)
    with pytest.raises(
        ConflictError, match=r"no targeting set Spring yet, found version 1, saved by ana .*=1 to change"
    ):
        catalog.targeting_sets.save("Spring", GERMANS)
    catalog.targeting_sets.save("Spring", GERMANS, expected_version=1)
    with pytest.raises(ConflictError, match=r"version 1 of targeting set Spring, found version 2.*read it again"):
        catalog.targeting_sets.save("Spring", AMERICANS, expected_version=1)
    with pytest.raises(UnknownTargetingError, match="to be there in version 1, found none"):
        catalog.targeting_sets.save("Autumn", AMERICANS, expected_version=1)


def test_a_deleted_set_frees_its_name(catalog):
    catalog.targeting_sets.save("Spring", AMERICANS)
    catalog.targeting_sets.delete("Spring")
    with pytest.raises(UnknownTargetingError, match="got Spring; there are: none"):
        catalog.targeting_sets.get("Spring")
    assert catalog.where_used("1") == ()
    assert catalog.targeting_sets.save("Spring", GERMANS).targeting_id == "4"


def test_an_ad_group_keeps_its_id_and_goes_on_counting(catalog):
    saved = catalog.ad_groups.save("900", AMERICANS, name="Carts")
    assert (saved.targeting_id, saved.name, saved.version) == ("900", "Carts", 1)
    assert catalog.ad_groups.save("900", GERMANS, expected_version=1).name == "Carts"
    catalog.ad_groups.delete("900")
    assert catalog.ad_groups.save("900", AMERICANS).version == 3
    with pytest.raises(FieldError, match="ad_group_id: expected an id of 1 to 18 digits"):
        catalog.ad_groups.save("nine", AMERICANS)
    with pytest.raises(UnknownTargetingError, match="a version of 900 from 1 to 3, got 4"):
        catalog.ad_groups.get("900", version=4)


def test_a_targeting_names_audiences_that_are_there_and_may_be_targeted(catalog):
    for named, words in (("7", "got 7"), ("2", "deleted")):
        catalog.get("2").deleted_at or catalog.delete("2")
        with pytest.raises(UnknownAudienceError, match=words):
            catalog.targeting_sets.save("Spring", TargetingSpec(audience_include=(named,)))
    catalog.create("Watched", VISITORS, is_compare_only=True)
    with pytest.raises(DefinitionError, match=r"got 3 \(Watched\), which is for comparison only"):
        catalog.ad_groups.save("900", TargetingSpec(audience_exclude=("3",)))


def test_an_audience_in_a_targeting_cannot_become_compare_only(catalog):
    catalog.ad_groups.save("900", AMERICANS)
    with pytest.raises(DefinitionError, match=r"but 1 is in: ad group 900 \(900\) as include"):
        catalog.update("1", expected_version=1, is_compare_only=True)
    catalog.ad_groups.save("900", TargetingSpec(location=("US",)), expected_version=1)
    assert catalog.update("1", expected_version=1, is_compare_only=True).spec.is_compare_only
    with pytest.raises(DefinitionError, match="comparison only"):
        catalog.ad_groups.save("900", AMERICANS, expected_version=2)


def test_where_used_tells_all_that_uses_an_audience_also_through_others(catalog):
    catalog.create("One", any_of("1"))
    catalog.create("Two", any_of("3", "1"))
    catalog.targeting_sets.save("Spring", TargetingSpec(audience_include=("4",)))
    catalog.ad_groups.save("12", TargetingSpec(audience_include=("2",), audience_exclude=("1",)), name="Group")
    assert set(catalog.where_used("1")) == {
        Use(SubjectKind.AD_GROUP, "12", "Group", Role.EXCLUDE),
        Use(SubjectKind.AUDIENCE, "3", "One", Role.SOURCE),
        Use(SubjectKind.AUDIENCE, "4", "Two", Role.SOURCE),
        Use(SubjectKind.AUDIENCE, "4", "Two", Role.SOURCE, ("3",)),
        Use(SubjectKind.TARGETING_SET, "5", "Spring", Role.INCLUDE, ("4",)),
    }
    assert str(catalog.where_used("1")[-1]) == "targeting set 5 (Spring) as include through audience 4"
    assert catalog.where_used("2") == (Use(SubjectKind.AD_GROUP, "12", "Group", Role.INCLUDE),)
    assert catalog.use_counts() == {"1": 3, "2": 1, "3": 1, "4": 1}
    catalog.targeting_sets.delete("Spring")
    assert catalog.use_counts() == {"1": 3, "2": 1, "3": 1}
    with pytest.raises(UnknownAudienceError):
        catalog.where_used("77")


def test_deleting_what_is_used_shows_the_users_first_and_wants_them_confirmed(catalog):
    catalog.create("One", any_of("1"))
    catalog.ad_groups.save("900", GERMANS, name="Carts")
    with pytest.raises(InUseError, match=r"ad group 900 \(Carts\) as include; audience 3 \(One\) as source") as refusal:
        catalog.delete("1")
    assert refusal.value.uses == catalog.where_used("1")
    catalog.targeting_sets.save("Spring", AMERICANS)
    with pytest.raises(InUseError, match=r"found: targeting set 4 \(Spring\) as include; see"):
        catalog.delete("1", confirmed=refusal.value.uses)  # one more since then
    assert catalog.get("1").deleted_at is None
    catalog.delete("1", confirmed=catalog.where_used("1"))
    assert catalog.history("1")[-1].words == 'deleted "Cart", which was used by 3'
    assert catalog.history("3")[-1].action is Action.SOURCE_DELETED
    assert catalog.history("3")[-1].words == "audience 1 (Cart), used as source, was deleted"


def test_what_names_a_deleted_audience_may_be_changed_and_still_names_it(catalog):
    catalog.ad_groups.save("900", AMERICANS)
    catalog.delete("1", confirmed=catalog.where_used("1"))
    moved = TargetingSpec(audience_include=("1",), location=("DE",))
    assert catalog.ad_groups.save("900", moved, expected_version=1).targeting == moved
    catalog.targeting_sets.save("Other", TargetingSpec(audience_include=("2",)))
    with pytest.raises(UnknownAudienceError):
        catalog.targeting_sets.save("Other", moved, expected_version=1)


def test_an_excluded_audience_that_goes_is_told_as_well(catalog):
    catalog.ad_groups.save("900", GERMANS)
    catalog.delete("2", confirmed=catalog.where_used("2"))
    assert catalog.ad_groups.history("900")[-1].words == "audience 2 (Segment), used as exclude, was deleted"
