import pytest

from tests.workbench.audiences_for_charts import three_audiences
from workbench.audiences import (
    ActalikeDefinition,
    Audience,
    AudienceSpec,
    TargetingSpec,
    ThirdPartyDefinition,
    VisitorDefinition,
    estimate_reach,
)
from workbench.catalog import Catalog
from workbench.identity import AccountSet
from workbench.widgets import AudienceShelf, TargetingComposer


def made(audience_id, name, size, universe, definition=None):
    spec = AudienceSpec(
        audience_id=audience_id, name=name, definition=definition or VisitorDefinition(visitor_source_id="7")
    )
    return Audience(spec, AccountSet.from_indices(range(size), universe.n_accounts))


@pytest.fixture
def shelf(sample_universe) -> AudienceShelf:
    shelf = AudienceShelf(sample_universe)
    shelf.audiences = tuple(
        made(a.spec.audience_id, a.spec.name, len(a.members), sample_universe) for a in three_audiences()
    )
    return shelf


@pytest.fixture
def composer(shelf) -> TargetingComposer:
    return TargetingComposer(shelf)


def test_the_form_is_one_value_both_ways(composer):
    spec = TargetingSpec(
        audience_include=("1",), audience_exclude=("2",), location=("US",), age_bucket=("25-34",), gender=("male",),
        apptype=("web",),
    )  # fmt: skip
    composer.targeting = spec
    assert composer._form.targeting() == spec
    composer._form._genders.set_state({"value": ["male", "female"]})
    assert composer.targeting == spec.model_copy(update={"gender": ("male", "female")})
    assert TargetingComposer(composer._shelf, composer.targeting).targeting == composer.targeting


def test_what_the_form_does_not_show_stays(composer):
    spec = TargetingSpec(
        location=("US", "501"), geo=("CA-QC",), minimum_age=21, maximum_age=45, targeting_strategy="FIND_NEW_CUSTOMERS"
    )
    composer.targeting = spec
    assert "Ages 21 to 45" in composer._form._ages.hint
    composer._form._devices.set_state({"value": ["ipad"]})
    assert composer.targeting == spec.model_copy(update={"apptype": ("ipad",)})
    composer._form._ages.set_state({"value": ["65+"]})
    assert (composer.targeting.minimum_age, composer.targeting.age_bucket) == (None, ("65+",))


def test_reach_follows_the_form_and_is_that_of_the_audiences_package(composer, shelf):
    everybody = composer.reach
    composer._form._include.set_state({"value": ["2"]})
    assert composer.reach.high == 200
    assert composer.reach == estimate_reach(composer.targeting, shelf.by_id, shelf.demographics)
    assert "200 people" in composer._answer.value
    composer._form._include.set_state({"value": []})
    assert composer.reach == everybody


def test_an_audience_is_offered_on_one_side_only(composer):
    composer._form._include.set_state({"value": ["1"]})
    assert [option["is_disabled"] for option in composer._form._exclude.options] == [True, False, False]
    assert not any(option["is_disabled"] for option in composer._form._include.options)


def test_an_include_that_cannot_be_used_is_warned_about_and_its_size_is_hidden(composer):
    composer._form._include.set_state({"value": ["3"]})
    assert "nobody is reached through it" in composer._warnings.value
    assert "fewer than 100 people" in composer._answer.value
    shown = str(composer._form._include.options) + composer._answer.value + composer._warnings.value
    assert "40" not in shown
    assert "Too small" in shown


def test_an_audience_that_is_not_there_is_named_and_refused_in_place(composer):
    composer.targeting = TargetingSpec(audience_include=("99",))
    assert composer._form._include.options[-1]["pill"] == "Unknown"
    assert composer.reach is None
    assert "known audience" in composer._notice.value
    composer._form._include.set_state({"value": []})
    assert composer.reach is not None
    assert composer._notice.value == ""


def test_third_party_data_outside_the_united_states_is_refused_in_place(composer, shelf, sample_universe):
    segment = made("9", "Segment", 500, sample_universe, ThirdPartyDefinition(segment_id="1"))
    shelf.audiences = (*shelf.audiences, segment)
    composer.targeting = TargetingSpec(audience_include=("9",), location=("DE",))
    assert composer.reach is None
    assert "Third-party audience 9 needs the location US alone" in composer._notice.value
    composer._form._countries.set_state({"value": ["US"]})
    assert composer.reach.steps[-1].n_left < 500
    assert composer._notice.value == ""


def test_restricted_categories_are_warned_about_in_place(composer, shelf, sample_universe):
    like = made(
        "9", "Like them", 500, sample_universe, ActalikeDefinition(seed_audience_ids=("1",), country="US", percentage=1)
    )
    shelf.audiences = (*shelf.audiences, like)
    composer.targeting = TargetingSpec(audience_include=("9",), location=("US",), gender=("male",))
    assert composer._warnings.value == ""
    composer._category.set_state({"index": 1})
    assert "may not target by gender" in composer._warnings.value
    assert "people like others" in composer._warnings.value


def test_what_the_platform_would_refuse_is_said(composer):
    assert "The platform would refuse this ad group" in composer._warnings.value
    composer._form._countries.set_state({"value": ["US"]})
    assert "refuse" not in composer._warnings.value


def test_new_audiences_are_offered_and_what_is_composed_stays(composer, shelf, sample_universe):
    composer._form._include.set_state({"value": ["2"]})
    shelf.audiences = (*shelf.audiences, made("4", "New", 300, sample_universe))
    assert [option["label"] for option in composer._form._include.options] == ["Wide", "Narrow", "Few", "New"]
    assert composer.targeting.audience_include == ("2",)


def test_targetings_are_kept_by_name_and_taken_out_again(sample_universe, tmp_path):
    shelf = AudienceShelf(sample_universe, catalog=Catalog.open(tmp_path / "catalog.db", who="ana"))
    composer = TargetingComposer(shelf, TargetingSpec(location=("US",), gender=("male",)))
    sets = composer._sets
    sets._save.click()
    assert "give the targeting a name" in sets._notice.value
    sets._name.set_state({"value": "Men"})
    sets._save.click()
    assert "Saved “Men”" in sets._notice.value
    composer._form._genders.set_state({"value": []})
    sets._saved.set_state({"index": 1})
    assert composer.targeting.gender == ("male",)
    sets._name.set_state({"value": "Men"})
    sets._save.click()
    assert "new version" in sets._notice.value
    assert shelf.catalog.targeting_sets.get("Men").targeting == composer.targeting
