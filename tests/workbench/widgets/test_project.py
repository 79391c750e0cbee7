import pytest

from workbench.errors import UniverseError
from workbench.widgets.project import UNIVERSE_VARIABLE, project_folder, project_universe, universe_path


@pytest.fixture
def notebook_folder(tmp_path, monkeypatch):
    folder = tmp_path / "notebooks" / "analyst"
    folder.mkdir(parents=True)
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv(UNIVERSE_VARIABLE, raising=False)
    return folder


def test_a_notebook_finds_the_project_above_it(notebook_folder):
    assert project_folder() == notebook_folder.parent.parent
    assert universe_path() == notebook_folder.parent.parent / "data" / "generated" / "sample"


@pytest.mark.usefixtures("notebook_folder")
def test_the_variable_names_another_universe(monkeypatch, sample_universe):
    monkeypatch.setenv(UNIVERSE_VARIABLE, str(sample_universe.path))
    assert project_universe().n_accounts == sample_universe.n_accounts


@pytest.mark.usefixtures("notebook_folder")
def test_an_absent_universe_is_one_sentence_that_says_what_to_run():
    with pytest.raises(UniverseError, match="make demo") as refusal:
        project_universe()
    assert refusal.value._render_traceback_() == [str(refusal.value)]
