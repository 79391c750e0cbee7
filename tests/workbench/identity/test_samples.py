"""The committed sample lists are what their script writes, and each shows what the README says it shows."""

import importlib.util
import sys
from pathlib import Path

import pytest

from workbench.errors import ListFileError
from workbench.identity import ErrorCode, read_list

FOLDER = Path(__file__).parents[3] / "data" / "samples"


def load_script():
    specification = importlib.util.spec_from_file_location("sample_lists", FOLDER / "build.py")
    module = importlib.util.module_from_spec(specification)
    sys.modules["sample_lists"] = module  # dataclasses look their module up
    specification.loader.exec_module(module)
    return module


SCRIPT = load_script()
SAMPLES = SCRIPT.samples()


def test_the_committed_files_are_exactly_what_the_script_writes():
    written = SCRIPT.sample_files()
    lists = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.csv")}
    assert lists | {"README.md"} == set(written)
    assert [name for name, data in written.items() if (FOLDER / name).read_bytes() != data] == []


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_sample_shows_what_it_says(sample):
    if isinstance(sample.expected, ErrorCode):
        with pytest.raises(ListFileError) as refusal:
            read_list(FOLDER / sample.name, sample.list_type)
        assert refusal.value.error_code == sample.expected
        return
    checked = read_list(FOLDER / sample.name, sample.list_type)
    counts = checked.record_counts
    assert (counts.processed, counts.valid, counts.invalid) == sample.expected
    assert sorted(error.error_code for error in checked.record_errors) == sorted(sample.record_codes)


def test_every_error_code_has_a_sample_of_its_own():
    bad = [sample for sample in SAMPLES if sample.name.startswith("bad/")]
    shown = [{*sample.record_codes} or {sample.expected} for sample in bad]
    codes = sorted(code for codes in shown for code in codes)
    assert set(codes) | {ErrorCode.SUPPRESSED} == set(ErrorCode)  # which takes a second file to show
    assert len(codes) == len(set(codes))
