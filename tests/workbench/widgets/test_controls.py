import math

import pandas as pd

from workbench.charts import list_check_bars
from workbench.widgets.layout import figures_html, pill_html, progress_html
from workbench.widgets.slider import Slider
from workbench.widgets.table import Cell, Column, Table
from workbench.widgets.vega_chart import VegaChart


def test_slider_stays_within_its_limits():
    slider = Slider(label="Bid", low=1, high=20, value=5)
    slider.set_state({"value": 99})
    assert slider.value == 20


def test_table_takes_plain_texts_and_cells():
    table = Table((Column("name", "Name"), Column("size", "Size", "figure")), title="Audiences", empty="None yet.")
    table.show_rows([{"name": "A", "size": Cell("1,240", 1240)}], note="1 audience")
    assert [[cell["text"] for cell in row] for row in table.cells] == [["A", "1,240"]]
    assert table.cells[0][1]["order"] == 1240
    assert table.note == "1 audience"


def test_table_has_nothing_to_sort_by_where_a_number_is_missing():
    table = Table((Column("size", "Size", "figure"),), title="Audiences", empty="None yet.")
    table.show_rows([{"size": Cell("–", math.nan)}, {"size": Cell("∞", math.inf)}, {"size": Cell("0", 0.0)}])
    assert [row[0]["order"] for row in table.cells] == [None, None, 0.0]


def test_a_row_is_chosen_by_its_key_and_forgotten_when_it_goes():
    table = Table((Column("name", "Name"),), title="Audiences", empty="None yet.", has_filter=True)
    table.show_rows([{"name": "A"}, {"name": "B"}], keys=("1", "2"))
    table.set_state({"selected": "2", "filter": "b", "sorting": {"column": "name", "is_descending": True}})
    assert table.selected == "2"
    table.show_rows([{"name": "B"}], keys=("2",))
    assert (table.selected, table.filter, table.sorting["column"]) == ("2", "b", "name")
    table.show_rows([{"name": "A"}], keys=("1",))
    assert table.selected == ""
    assert set(table.get_state()) >= {"cells", "row_keys", "selected", "_model_module"}


def test_chart_is_replaced_in_place():
    records = pd.DataFrame({"label": ["Valid"], "count": [3], "is_valid": [True]})
    shown = VegaChart(list_check_bars(records.head(0)))
    assert "usermeta" in shown.spec
    shown.chart = list_check_bars(records)
    assert "layer" in shown.spec
    assert shown.tokens["#3548c8"] == "accent"


def test_texts_from_data_are_never_read_as_html():
    assert "<b>" not in figures_html([("<b>", "<b>")]) + pill_html("<b>", "good") + progress_html("<b>", 0.5)


def test_progress_tells_screen_readers_how_far_it_is():
    assert 'aria-valuenow="50"' in progress_html("Reading", 0.5)
    assert "aria-valuenow" not in progress_html("Reading", None)
