"""What a card says comes from the notebook; whatever is missing is found or left out."""

import json
from pathlib import Path

from tests.house.project_files import ROOT
from workbench.serving import Dashboard, dashboards_in
from workbench.serving.dashboard import NO_PICTURE


def write_notebook(folder: Path, name: str, text: str = "", **metadata: object) -> None:
    cells = [{"cell_type": "markdown", "source": text}] if text else []
    (folder / name).write_text(json.dumps({"cells": cells, "metadata": metadata}), "utf-8")


def test_a_card_says_what_the_metadata_say(tmp_path):
    about = {"question": "How many?", "summary": "Counts.", "order": 2}
    write_notebook(tmp_path, "data_cost.ipynb", "# Else\n\nElse.", title="Overlap and data cost", dashboard=about)
    (tmp_path / "data_cost.svg").write_text("<svg></svg>", "utf-8")
    expected = Dashboard(
        "data-cost", "data_cost.ipynb", "Overlap and data cost", "How many?", "Counts.", "<svg></svg>", 2
    )
    assert dashboards_in(tmp_path) == [expected]


def test_without_metadata_the_first_words_of_the_notebook_speak(tmp_path):
    write_notebook(tmp_path, "new_one.ipynb", "# A new one\n\nSays what\nit is.\n\nMore.")
    write_notebook(tmp_path, "wordless.ipynb")
    new, wordless = dashboards_in(tmp_path)
    assert (new.title, new.summary, new.picture) == ("A new one", "Says what it is.", NO_PICTURE)
    assert (wordless.title, wordless.summary) == ("Wordless", "")


def test_cards_come_in_their_order_and_then_by_title(tmp_path):
    for name, order in (("a", 3), ("b", 1)):
        write_notebook(tmp_path, f"{name}.ipynb", title=name, dashboard={"order": order})
    for name in ("z", "Y"):
        write_notebook(tmp_path, f"{name}.ipynb", title=name)
    assert [dashboard.title for dashboard in dashboards_in(tmp_path)] == ["b", "a", "Y", "z"]


def test_what_is_no_whole_notebook_has_no_card(tmp_path):
    (tmp_path / "half.ipynb").write_text('{"cells": [', "utf-8")
    (tmp_path / "list.ipynb").write_text("[]", "utf-8")
    (tmp_path / "voila").mkdir()
    write_notebook(tmp_path / "voila", "below.ipynb")
    write_notebook(tmp_path, ".hidden.ipynb")
    assert dashboards_in(tmp_path) == []


def test_the_project_s_own_dashboards_say_everything_about_themselves():
    for dashboard in dashboards_in(ROOT / "notebooks" / "dashboards"):
        assert dashboard.question.endswith("?"), f"{dashboard.notebook}: give its metadata a dashboard.question"
        assert dashboard.picture != NO_PICTURE, f"{dashboard.notebook}: draw a small SVG of the same name beside it"
        assert dashboard.title
        assert dashboard.summary
        assert "_" not in dashboard.title
