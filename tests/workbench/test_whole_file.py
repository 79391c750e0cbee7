import os
from pathlib import Path

import pytest

from workbench.errors import InputFileError
from workbench.whole_file import check_file_destination, write_whole_file

NOT_FILES = {"empty": "an empty one", "folder": "a folder", "fifo": "a pipe or device", "device": "a pipe or device"}


@pytest.fixture
def not_a_file(request, tmp_path) -> str:
    os.mkfifo(tmp_path / "fifo")
    return {"empty": "", "folder": str(tmp_path), "fifo": str(tmp_path / "fifo"), "device": os.devnull}[request.param]


@pytest.mark.parametrize(("not_a_file", "complaint"), NOT_FILES.items(), indirect=["not_a_file"], ids=list(NOT_FILES))
def test_what_is_no_file_is_refused_before_any_work(not_a_file, complaint):
    with pytest.raises(InputFileError, match=f"expected a file name for the report, got .*{complaint}"):
        check_file_destination(not_a_file, "the report")


@pytest.mark.parametrize("name", ["blocked/report.html", "loop/report.html", "a\0b", "n" * 300])
def test_a_place_that_cannot_be_written_is_refused_and_nothing_is_left(tmp_path, name):
    (tmp_path / "blocked").write_text("in the way")
    (tmp_path / "loop").symlink_to("loop")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(InputFileError, match=r"expected to write the report to .*but: ") as refusal:
        write_whole_file(f"{tmp_path}/{name}", "text", "the report")
    assert "\n" not in str(refusal.value)
    assert sorted(tmp_path.iterdir()) == before


def test_folders_are_made_and_links_are_followed(tmp_path):
    (tmp_path / "link.html").symlink_to("made/report.html")
    write_whole_file(tmp_path / "link.html", "ä", "the report")
    assert (tmp_path / "link.html").is_symlink()
    assert (tmp_path / "made/report.html").read_bytes() == "ä".encode()
    assert os.listdir(tmp_path / "made") == ["report.html"]  # noqa: PTH208 - hidden files too


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt(), MemoryError()])
def test_a_failure_half_way_keeps_the_old_file_and_leaves_no_other(tmp_path, monkeypatch, failure):
    path = tmp_path / "report.html"
    path.write_text("old")

    def fail(*_):
        raise failure

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(InputFileError if isinstance(failure, OSError) else type(failure)):
        write_whole_file(path, "new", "the report")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_who_may_read_it_is_the_users_choice(tmp_path):
    before = os.umask(0o027)
    try:
        write_whole_file(tmp_path / "report.html", "text", "the report")
    finally:
        os.umask(before)
    assert (tmp_path / "report.html").stat().st_mode & 0o777 == 0o640
