"""Plant addresses that exist nowhere else, do everything that can be done with a list, then look for them everywhere.

A fresh Python does the work, in a folder of its own, with every logger at its most talkative, and with tracebacks that
show the local variables of every frame, as debuggers and notebooks do. Whatever it writes, prints or pickles is
searched afterwards, also inside compressed tables and in the encodings that text hides in.
"""

import base64
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.workbench import everything_with_a_list as everything

PROJECT = Path(__file__).parents[2]
NEEDLES = [canary.encode() for canary in everything.CANARIES]


def disguises(needle: bytes) -> set[bytes]:
    """Return what a plain text looks like as it is, in UTF-16, in hexadecimal, in Base64 and as an array of bytes."""
    inside_base64 = set()
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + needle)
        inside_base64.add(encoded[-(-offset * 8 // 6) : (offset + len(needle)) * 8 // 6])
    as_numbers = {separator.join(map(str, needle)).encode() for separator in (", ", ",", " ")}
    return {needle, needle.decode().encode("utf-16-le"), needle.hex().encode()} | inside_base64 | as_numbers


DISGUISES = {form.lower() for needle in NEEDLES for form in disguises(needle)}


def finds(data: bytes) -> bool:
    """Tell whether a canary is in some bytes, whatever the case."""
    lowered = data.lower()
    return any(form in lowered for form in DISGUISES)


def contents(path: Path) -> list[bytes]:
    """Return all that is in a file: its bytes, and what they hold once unpacked."""
    parts = [path.read_bytes()]
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        parts += [
            buffer.to_pybytes() for c in table.columns for chunk in c.chunks for buffer in chunk.buffers() if buffer
        ]
        parts.append(str(table.schema.metadata).encode())
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            parts += [archive.read(name) for name in archive.namelist()]
    return parts


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[bytes]]:
    """Do everything once, in a fresh Python whose home, temporary files and results lie in one folder."""
    inputs, output = tmp_path_factory.mktemp("inputs"), tmp_path_factory.mktemp("output")
    everything.write_inputs(inputs)
    places = {name: str(output) for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_DATA_HOME", "JUPYTER_DATA_DIR")}
    environment = (
        os.environ | places | {"PYTHONPATH": str(PROJECT), "NUMBA_CACHE_DIR": os.environ.get("NUMBA_CACHE_DIR", "")}
    )
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-m", "tests.workbench.everything_with_a_list", str(inputs)],
        cwd=output,
        env=environment,
        capture_output=True,
        check=False,
    )
    return output, done


def test_everything_was_done(stage):
    output, done = stage
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    assert done.stdout.decode().splitlines()[-1] == "everything was done"
    assert sum(path.is_file() for path in output.rglob("*")) > 10


def test_no_canary_was_printed_or_logged(stage):
    _, done = stage
    assert not finds(done.stdout)
    assert not finds(done.stderr)


def test_no_canary_is_in_any_file(stage):
    output, _ = stage
    assert [path.name for path in output.rglob("*") if path.is_file() and any(map(finds, contents(path)))] == []
    assert [path.name for path in output.rglob("*") if finds(path.name.encode())] == []


def list_of_numbers(text: bytes) -> str:
    """Return bytes as NumPy shows a short array of them, and Python a list."""
    return str(list(text))


@pytest.mark.parametrize(
    "wrap", [bytes.upper, bytes.hex, base64.b64encode, lambda text: text.decode().encode("utf-16"), list_of_numbers]
)
@pytest.mark.parametrize("before", [b"", b"a", b"ab"])
def test_a_disguised_canary_is_found(wrap, before):
    wrapped = wrap(before + NEEDLES[0] + b"@shop.example")
    assert finds(wrapped if isinstance(wrapped, bytes) else wrapped.encode())


def test_a_canary_in_a_compressed_table_is_found(tmp_path):
    table = pa.table({"text": [everything.CANARIES[0]] * 100})
    pq.write_table(table, tmp_path / "t.parquet", compression="zstd")
    assert any(map(finds, contents(tmp_path / "t.parquet")))
