import os

import pytest

from workbench.errors import InputFileError
from workbench.rooted_folder import RootedFolder


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "root"
    (root / "lists" / "old").mkdir(parents=True)
    (root / "b.csv").write_text("12345", "utf-8")
    (root / "A.csv").write_text("", "utf-8")
    (root / ".hidden").write_text("", "utf-8")
    (tmp_path / "secret.csv").write_text("", "utf-8")
    (root / "way_out").symlink_to(tmp_path)
    (root / "circle").symlink_to(root / "circle")
    (root / "way_in").symlink_to(root / "b.csv")
    os.mkfifo(root / "pipe")
    return RootedFolder(root)


def test_folders_come_first_and_nothing_hidden_outside_or_odd_is_shown(folder):
    assert [(entry.name, entry.is_folder, entry.n_bytes) for entry in folder.entries()] == [
        ("lists", True, 0),
        ("A.csv", False, 0),
        ("b.csv", False, 5),
        ("way_in", False, 5),
    ]
    assert [entry.path for entry in folder.entries("lists")] == ["lists/old"]


@pytest.mark.parametrize(
    "path", ["..", "../secret.csv", "lists/../../secret.csv", "way_out", "way_out/secret.csv", "/", "\0"]
)
def test_nobody_gets_out(folder, path):
    with pytest.raises(InputFileError, match="inside the folder") as refusal:
        folder.inside(path)
    assert "secret" not in str(refusal.value)
    with pytest.raises(InputFileError):
        folder.entries(path)


def test_inside_paths_may_be_written_in_any_way(folder, tmp_path):
    assert folder.inside("lists/../b.csv") == tmp_path / "root" / "b.csv"
    assert folder.inside(str(tmp_path / "root" / "new.csv")) == tmp_path / "root" / "new.csv"
    assert folder.relative(tmp_path / "root" / "lists" / "old") == "lists/old"
    assert folder.relative(tmp_path / "root") == ""
    assert folder.relative(tmp_path / "secret.csv") == ""


def test_a_folder_that_is_not_there_is_one_sentence_without_a_path(folder, tmp_path):
    with pytest.raises(InputFileError, match="nowhere") as refusal:
        folder.entries("nowhere")
    assert str(tmp_path) not in str(refusal.value)
