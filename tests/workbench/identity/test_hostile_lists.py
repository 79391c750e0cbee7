"""Files that mean harm, or that somebody else is still writing: a clear refusal, in little memory, and soon."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from workbench.errors import InputFileError
from workbench.identity import DigestKind, ErrorCode, list_file, read_list
from workbench.identity.digests import MAX_DIGEST_BYTES

JAN, PIET = "jan@shop.example", "piet@shop.example"
LONG_AGO = 1_000_000_000
MAX_MEMORY_BYTES = 48 << 20  # on top of what the imports take; the files have up to 1 GB

HOSTILE_FILES = {
    "one_line.csv": ErrorCode.LINE_TOO_LONG,
    "one_line_later.csv": ErrorCode.LINE_TOO_LONG,
    "nil_lines.csv": ErrorCode.WRONG_ENCODING,
    "columns.csv": ErrorCode.LINE_TOO_LONG,
    "few_columns.csv": ErrorCode.SECOND_COLUMN,
    "zip_bomb.csv": ErrorCode.WRONG_ENCODING,
    "blank_lines.csv": ErrorCode.BLANK_ROW,
    "invalid.csv": ErrorCode.NO_VALID_RECORDS,
}

READ_THEM = """
import json, re, sys
from pathlib import Path
from workbench.errors import ListFileError
from workbench.identity import list_file, read_list

def peak_bytes():
    return 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

folder, *names = sys.argv[1:]
Path(folder, "warm.csv").write_text("jan@shop.example\\n" * 100_000)
read_list(Path(folder, "warm.csv"), "EMAIL")
before, refusals = peak_bytes(), {}
for name in names:
    try:
        read_list(Path(folder, name), "EMAIL")
    except ListFileError as error:
        refusals[name] = error.error_code
print(json.dumps([refusals, peak_bytes() - before]))
"""


def write_hostile_files(folder):
    """Write files that are large but take no place on the disk."""
    valid = f"{JAN}\n".encode() * 100_000
    sparse = {
        "one_line.csv": b"x" * 2_000_000,
        "one_line_later.csv": valid + b"x" * 2_000,
        "nil_lines.csv": valid + b"\0\n",
    }
    for name, beginning in sparse.items():
        (folder / name).write_bytes(beginning)
        os.truncate(folder / name, 1_000_000_000)
    (folder / "columns.csv").write_bytes(valid + b"," * 10_000_000 + b"\n")
    (folder / "few_columns.csv").write_bytes(valid + b"," * 1_000 + b"\n" + valid)
    (folder / "blank_lines.csv").write_bytes(valid + b"\n" * 10_000_000)
    (folder / "invalid.csv").write_bytes(b"x\n" * 5_000_000)
    with zipfile.ZipFile(folder / "zip_bomb.csv", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("list.csv", bytes(100_000_000))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="this system does not tell a process's peak memory")
def test_harmful_files_are_refused_in_little_memory(tmp_path):
    write_hostile_files(tmp_path)
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", READ_THEM, str(tmp_path), *HOSTILE_FILES], capture_output=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    refusals, n_bytes = json.loads(done.stdout)
    assert refusals == HOSTILE_FILES
    assert n_bytes < MAX_MEMORY_BYTES


@pytest.mark.parametrize("compiled_from", [0, sys.maxsize])
def test_nothing_grows_with_the_file_but_33_bytes_a_valid_record(tmp_path, monkeypatch, compiled_from):
    monkeypatch.setattr(list_file, "COMPILED_FROM_BYTES", compiled_from)
    path = tmp_path / "list.csv"
    path.write_text(f"{JAN}\nx\n" * 2_000)
    digests = read_list(path, "EMAIL").digests
    assert digests.kinds.nbytes + digests.values.nbytes == (1 + MAX_DIGEST_BYTES) * 2_000


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no such devices")
@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/full"])
def test_a_device_is_refused(tmp_path, device):
    path = tmp_path / "list.csv"
    path.symlink_to(device)
    with pytest.raises(InputFileError, match="expected a regular file, got a pipe or device"):
        read_list(path, "EMAIL")


@pytest.mark.skipif(not Path("/proc/cpuinfo").exists(), reason="this system shows nothing as files of no length")
def test_what_a_system_only_shows_as_a_file_is_not_read_in_part(tmp_path):
    path = tmp_path / "list.csv"
    path.symlink_to("/proc/sys/kernel/ostype")
    with pytest.raises(InputFileError, match=r"expected 0 bytes in .*, got another number"):
        read_list(path, "EMAIL")


def test_a_file_that_may_not_be_read_is_refused(tmp_path, monkeypatch):
    def refuse(_path, _flags):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(InputFileError, match="no permission to read"):
        read_list(tmp_path / "list.csv", "EMAIL")


def cut(path):
    os.truncate(path, 50)


def grow(path):
    with path.open("a") as file:
        file.write(f"{PIET}\n")


def rewrite(path):
    path.write_text(f"{PIET}\n" * 10 + " " * (20 * (len(JAN) + 1) - 10 * (len(PIET) + 1)))


def spoil(path):
    path.write_bytes(b"\0" * 1_000)


@pytest.mark.parametrize("compiled_from", [0, sys.maxsize])
@pytest.mark.parametrize("change", [cut, grow, rewrite, spoil])
def test_a_file_that_changes_while_it_is_read_is_refused_as_such(tmp_path, monkeypatch, change, compiled_from):
    monkeypatch.setattr(list_file, "CHUNK_BYTES", 64)
    monkeypatch.setattr(list_file, "COMPILED_FROM_BYTES", compiled_from)
    path = tmp_path / "list.csv"
    path.write_text(f"{JAN}\n" * 20)
    os.utime(path, (LONG_AGO, LONG_AGO))
    with pytest.raises(InputFileError, match=r"changed while it was read; wait until it is complete"):
        read_list(path, "EMAIL", on_progress=lambda _n_done, _n_total: change(path))


def test_a_file_that_is_replaced_while_it_is_read_stays_the_one_that_was_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(list_file, "CHUNK_BYTES", 64)
    path, other = tmp_path / "list.csv", tmp_path / "other.csv"
    path.write_text(f"{JAN}\n" * 20)

    def replace(_n_done, _n_total):
        other.write_text("something else")
        other.replace(path)

    checked = read_list(path, "EMAIL", on_progress=replace)
    assert checked.record_counts.valid == 20
    assert set(checked.digests.kinds.tolist()) == {DigestKind.SHA256.code}
