"""A space that is kept: the same answers, and no other space in its place."""

import json

import numpy as np
import pytest

from tests.workbench.actalike.tastes import fans
from workbench.actalike import learn_seed, open_space, rank_country, save_space
from workbench.errors import InputFileError


@pytest.fixture
def folder(space, tmp_path):
    save_space(space, tmp_path / "actalike", origin="tables of today")
    return tmp_path / "actalike"


def test_a_kept_space_answers_as_the_one_that_was_made(two_countries, tmp_path):
    save_space(two_countries, tmp_path / "kept")
    opened = open_space(tmp_path / "kept", is_verified=True)
    source = fans(3, 60)
    models = [learn_seed(one, source, "US") for one in (two_countries, opened)]
    assert models[0].feature_weights.tobytes() == models[1].feature_weights.tobytes()
    rankings = [rank_country(one, models[0], source) for one in (two_countries, opened)]
    np.testing.assert_array_equal(rankings[0].best, rankings[1].best)
    assert not opened.rows.data.flags.writeable


def test_the_same_space_is_kept_in_the_same_bytes(space, folder, tmp_path):
    save_space(space, tmp_path / "again", origin="tables of today")
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


def test_a_space_of_other_tables_is_refused(folder):
    open_space(folder, origin="tables of today")
    with pytest.raises(InputFileError, match="made from the tables as they are"):
        open_space(folder, origin="tables of tomorrow")


def test_a_space_is_replaced_only_when_asked(space, folder):
    with pytest.raises(InputFileError, match="no actalike space at"):
        save_space(space, folder)
    save_space(space, folder, overwrite=True)
    open_space(folder, origin="")


def test_a_folder_of_something_else_is_never_replaced(space, tmp_path):
    (tmp_path / "letters.txt").write_text("dear")
    with pytest.raises(InputFileError, match="choose another place"):
        save_space(space, tmp_path, overwrite=True)
    assert (tmp_path / "letters.txt").read_text() == "dear"


@pytest.mark.parametrize("name", ["weights.npy", "basis.npy", "row_ends.npy"])
def test_a_shortened_file_is_refused(folder, name):
    (folder / name).write_bytes((folder / name).read_bytes()[:-1])
    with pytest.raises(InputFileError, match=name):
        open_space(folder)


def test_a_changed_byte_is_found_when_asked_for(folder):
    data = bytearray((folder / "lengths.npy").read_bytes())
    data[-1] ^= 1
    (folder / "lengths.npy").write_bytes(data)
    with pytest.raises(InputFileError, match=r"lengths.npy as it was written"):
        open_space(folder, is_verified=True)


@pytest.mark.parametrize(
    "change",
    [
        lambda fields: fields.update(format_version=2),
        lambda fields: fields.update(n_features=3),
        lambda fields: fields.pop("sha256"),
        lambda fields: fields["countries"].append("BE"),
    ],
)
def test_another_description_is_refused(folder, change):
    fields = json.loads((folder / "actalike.json").read_text())
    change(fields)
    (folder / "actalike.json").write_text(json.dumps(fields))
    with pytest.raises(InputFileError, match="make it again"):
        open_space(folder)


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", "{"])
def test_a_description_that_is_none_is_refused(folder, text):
    (folder / "actalike.json").write_text(text)
    with pytest.raises(InputFileError, match="make it again"):
        open_space(folder)


def test_a_folder_without_a_space_is_refused(tmp_path):
    with pytest.raises(InputFileError, match="none or an unfinished one"):
        open_space(tmp_path)
