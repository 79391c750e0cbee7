"""A list on disk is whole, private to its owner, and edited by one program at a time."""

import contextlib
import json
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.workbench.customer_lists.conftest import emails
from workbench.customer_lists import SavedList, list_folder
from workbench.customer_lists.private_file import private_file
from workbench.errors import InputFileError, UniverseError
from workbench.folder_lock import locked


def test_whatever_the_umask_says_only_the_owner_may_look(tmp_path, upload):
    before = os.umask(0)
    try:
        saved = SavedList.create(tmp_path / "list", "Customers", upload(emails(range(3))))
        saved.add(upload(emails([4])))
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in saved.folder.iterdir()}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(saved.folder.stat().st_mode) == 0o700


def test_a_folder_holds_a_description_a_lock_and_two_files_of_records_however_often_it_was_edited(saved, upload):
    for account in range(6, 9):
        saved.add(upload(emails([account])))
    assert sorted(path.name.split("-")[0] for path in saved.folder.iterdir()) == [
        "list.json",
        "lock",
        "opted_out",
        "rows",
    ]


def test_the_description_speaks_the_apis_names(saved):
    described = json.loads((saved.folder / "list.json").read_text())["customer_list"]
    assert {"num_batches", "num_uploaded_user_records", "num_removed_user_records", "created_time"} <= set(described)


def damage(saved, name, data):
    path = next(path for path in saved.folder.iterdir() if path.name.startswith(name))
    path.write_bytes(data(path.read_bytes()))


@pytest.mark.parametrize("name", ["rows", "opted_out"])
@pytest.mark.parametrize(
    "change", [lambda d: d[:-1], lambda _: b"", lambda d: d[:100] + bytes([d[100] ^ 1]) + d[101:], lambda d: d + b"\0"]
)
def test_records_that_are_not_as_written_are_refused_with_what_to_do(saved, universe, upload, name, change):
    damage(saved, name, change)
    for use in (lambda: saved.match(universe.directory), lambda: saved.add(upload(emails([1])))):
        with pytest.raises(InputFileError, match=r"found other bytes.*restore the folder"):
            use()


@pytest.mark.parametrize(
    "change",
    [
        lambda _: b"",
        lambda d: d[:-20],
        lambda _: b"[]",
        lambda _: b"\xff\xfe",
        lambda d: d.replace(b'"format_version": 1', b'"format_version": 2'),
        lambda d: d.replace(b'"num_batches": 1', b'"num_batches": -1'),
        lambda d: d.replace(b'"num_batches": 1', b'"num_batches": "1"'),
        lambda d: d.replace(b'"rows-', b'"../rows-'),
        lambda d: d.replace(b'"name": "Customers",', b""),
    ],
)
def test_a_damaged_description_is_refused_with_what_to_do(saved, change):
    damage(saved, "list.json", change)
    with pytest.raises(InputFileError, match=r"description of a list in list\.json.*restore the folder"):
        SavedList.open(saved.folder)


def test_lost_records_are_refused(saved, universe):
    next(saved.folder.glob("rows-*")).unlink()
    with pytest.raises(InputFileError, match="none at"):
        saved.match(universe.directory)


@pytest.mark.parametrize("name", ["", "nowhere"])
def test_what_is_no_saved_list_is_refused(tmp_path, name):
    with pytest.raises(InputFileError, match="expected the folder of a saved customer list"):
        SavedList.open(tmp_path / name)


def test_a_second_editor_is_refused_and_the_first_is_not_disturbed(saved, upload):
    more = upload(emails([9]))
    with locked(saved.folder, "the list"), pytest.raises(InputFileError, match="another program is editing it"):
        saved.add(more)
    saved.add(more)


def test_a_lock_goes_with_the_program_that_held_it(saved, upload):
    code = f"""
import os, pathlib
from workbench.folder_lock import locked
with locked(pathlib.Path({str(saved.folder)!r}), "the list"):
    print("locked", flush=True)
    input()
    os._exit(1)
"""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code], **pipes) as other:  # noqa: S603 - our own code
        assert other.stdout.readline() == b"locked\n"
        with pytest.raises(InputFileError):
            saved.add(upload(emails([9])))
        other.communicate(b"\n")
    saved.add(upload(emails([9])))
    assert saved.customer_list.num_batches == 2


def test_whoever_reads_during_edits_meets_the_list_before_or_after_them(saved, universe, upload):
    def size():
        return len(saved.match(universe.directory).members)

    with ThreadPoolExecutor(2) as pool:
        edits = pool.submit(lambda: [saved.add(upload(emails([account]))) for account in range(5, 15)])
        sizes = [size()]
        while not edits.done():
            sizes.append(size())
        edits.result()
    assert sorted(sizes) == sizes
    assert size() == 15


def test_editors_who_wait_for_each_other_lose_nothing(saved, upload):
    def add(account):
        while True:
            with contextlib.suppress(InputFileError):
                return SavedList.open(saved.folder).add(upload_of[account])

    upload_of = {account: upload(emails([account])) for account in range(5, 17)}
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, upload_of))
    assert saved.customer_list.num_batches == 13
    assert saved.records().n_held == 17


def test_a_write_that_fails_leaves_the_list_as_it_was(saved, upload, monkeypatch):
    def fail(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    before = {path.name: path.read_bytes() for path in saved.folder.iterdir()}
    more = upload(emails([9]))
    monkeypatch.setattr(list_folder.np, "save", fail)
    with pytest.raises(InputFileError, match="no space left on device"):
        saved.add(more)
    after = {path.name: path.read_bytes() for path in saved.folder.iterdir()}
    assert {name: data for name, data in after.items() if name != "lock"} == before


def test_a_private_file_is_whole_or_not_there(tmp_path):
    def write_half():
        with private_file(tmp_path / "a", "it") as file:
            file.write(b"half")
            raise UniverseError("stopped")

    with pytest.raises(UniverseError):
        write_half()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InputFileError, match="expected to write it"), private_file(tmp_path / "no" / "a", "it"):
        pass


def test_records_survive_being_written(saved, upload):
    saved.remove(upload(emails([3, 7])))
    records = saved.records()
    assert records.rows["batch"].tolist().count(2) == 2
    assert np.array_equal(records.rows, SavedList.open(saved.folder).records().rows)
