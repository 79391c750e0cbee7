from dataclasses import replace

from tests.workbench.audiences_for_charts import three_audiences
from workbench.widgets import AudienceTable


def texts(table) -> list[list[str]]:
    return [[cell["text"] for cell in row] for row in table.cells]


def test_audience_table_shows_words_and_safe_sizes():
    table = AudienceTable(three_audiences())
    assert [row[2:4] for row in texts(table._table)] == [["1,000", "Ready"], ["200", "Ready"], ["< 100", "Too small"]]
    assert [row[2]["order"] for row in table._table.cells] == [1000, 200, 0]
    assert "40" not in str(table._chart.spec["datasets"])


def test_two_audiences_of_one_name_are_told_apart_wherever_they_are_shown():
    same = [
        replace(audience, spec=audience.spec.model_copy(update={"name": "Same"})) for audience in three_audiences()[:2]
    ]
    table = AudienceTable(same)
    assert [row[0] for row in texts(table._table)] == ["Same (1)", "Same (2)"]
    assert "Same (2)" in str(table._chart.spec)
