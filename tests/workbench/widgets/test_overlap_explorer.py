from dataclasses import replace

import pytest

from tests.workbench.audiences_for_charts import three_audiences
from workbench.audiences import AllOf, Audience, CombinationDefinition, NoneOf
from workbench.identity import AccountSet
from workbench.widgets import AudienceShelf, OverlapExplorer, OverlapView


@pytest.fixture
def shelf(sample_universe) -> AudienceShelf:
    """Wide (1,000), Narrow (200, inside it), Few (40, inside both), Beside (150, half in Wide)."""
    shelf = AudienceShelf(sample_universe)
    made = [
        Audience(each.spec, AccountSet.from_indices(range(len(each.members)), sample_universe.n_accounts))
        for each in three_audiences()
    ]
    spec = made[0].spec.model_copy(update={"audience_id": "4", "name": "Beside"})
    beside = AccountSet.from_indices(range(850, 1_150), sample_universe.n_accounts)
    shelf.audiences = (*made, Audience(spec, beside))
    return shelf


@pytest.fixture
def explorer(shelf) -> OverlapExplorer:
    return OverlapExplorer(shelf)


def grid(explorer) -> list[list[str]]:
    return [[cell["text"] for cell in row] for row in explorer._grid.cells]


def test_those_that_are_ready_are_compared_at_first_and_shares_are_not_symmetric(explorer):
    assert explorer._grid.labels == ["Wide", "Narrow", "Beside"]
    assert grid(explorer) == [["1,000", "20 %", "15 %"], ["100 %", "200", "hidden"], ["50 %", "hidden", "300"]]
    assert explorer._grid.cells[1][0]["sentence"] == "100 % of “Narrow” are also in “Wide” (200)"
    assert explorer._grid.cells[1][2]["share"] is None


def test_what_is_looked_at_is_one_value_both_ways(explorer, shelf):
    explorer._compared.set_state({"value": ["1", "4"]})
    explorer._shown.set_state({"value": "combinations"})
    explorer._table.set_state({"selected": "1"})
    assert explorer.view == OverlapView(audience_ids=("1", "4"), shown="combinations", include=("1",), exclude=("4",))
    again = OverlapExplorer(shelf, OverlapView.model_validate_json(explorer.view.model_dump_json()))
    assert again.view == explorer.view
    assert again._choice._words.value == explorer._choice._words.value
    assert again._table.selected == "1"


def test_a_cell_becomes_an_audience(explorer, shelf):
    explorer._grid.set_state({"chosen": [0, 2]})
    words = explorer._choice._words.value
    assert "15 % of “Wide” are also in “Beside”" in words
    assert "50 % of “Beside” are also in “Wide”" in words
    both, without, other = explorer._choice._buttons.children
    assert without.description == "Create “Wide without Beside”"
    without.click()
    derived = shelf.audiences[-1]
    assert derived.spec.definition == CombinationDefinition(rule=AllOf(all_of=("1", NoneOf(none_of=("4",)))))
    assert derived.audience_size == 850
    assert "Created “Wide without Beside” with 850 people" in explorer._choice._notice.value
    both.click()
    other.click()
    assert [audience.audience_size for audience in shelf.audiences[-2:]] == [150, 150]


def test_the_same_audience_twice_gets_another_name(explorer, shelf):
    explorer._grid.set_state({"chosen": [0, 1]})
    explorer._choice._buttons.children[0].click()
    explorer._choice._buttons.children[0].click()
    assert [audience.spec.name for audience in shelf.audiences[-2:]] == ["Wide and Narrow", "Wide and Narrow (2)"]


def test_all_combinations_are_a_plot_and_a_table_of_the_same(explorer, shelf):
    explorer._compared.set_state({"value": ["1", "2", "4"]})
    explorer._shown.set_state({"value": "combinations"})
    assert [[cell["text"] for cell in row] for row in explorer._table.cells] == [
        ["“Wide”", "650"],
        ["“Wide” and “Narrow”", "200"],
        ["“Wide” and “Beside”", "150"],
        ["“Beside”", "150"],
    ]
    explorer._chart.set_state({"picked": "1+4"})
    assert "150 people" in explorer._choice._words.value
    only, whole = explorer._choice._buttons.children
    only.click()
    assert shelf.audiences[-1].spec.definition == CombinationDefinition(
        rule=AllOf(all_of=("1", "4", NoneOf(none_of=("2",))))
    )
    whole.click()
    assert shelf.audiences[-1].spec.definition == CombinationDefinition(rule=AllOf(all_of=("1", "4")))


def test_small_audiences_can_be_compared_and_stay_hidden(explorer):
    explorer._compared.set_state({"value": ["2", "3"]})
    assert grid(explorer) == [["200", "hidden"], ["hidden", "< 100"]]
    explorer._grid.set_state({"chosen": [0, 1]})
    explorer._shown.set_state({"value": "combinations"})
    shown = explorer._choice._words.value + str(explorer._table.cells) + str(explorer._chart.spec)
    assert "40" not in shown.replace("#4", "")


def test_audiences_that_go_are_compared_no_longer(explorer, shelf):
    explorer._grid.set_state({"chosen": [0, 2]})
    shelf.audiences = shelf.audiences[:2]
    assert explorer._grid.labels == ["Wide", "Narrow"]
    shelf.audiences = ()
    assert explorer._grid.labels == []
    assert "Choose a cell" in explorer._choice._words.value


def test_two_of_one_name_are_told_apart(shelf):
    a, b, *_ = shelf.audiences
    shelf.audiences = (a, replace(b, spec=b.spec.model_copy(update={"name": "Wide"})))
    assert OverlapExplorer(shelf)._grid.labels == ["Wide (1)", "Wide (2)"]
