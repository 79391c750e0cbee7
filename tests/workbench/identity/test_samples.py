"""The committed sample lists are what their script writes, and each shows what the README says it shows."""

import importlib.util
import sys
from pathlib import Path

import pytest

from workbench.customer_lists import CLEANING, Cleaning, clean_list
from workbench.errors import ListFileError
from workbench.identity import ErrorCode, SuppressionList, read_list

FOLDER = Path(__file__).parents[3] / "data" / "samples"


def load_script():
    specification = importlib.util.spec_from_file_location("sample_lists", FOLDER / "build.py")
    module = importlib.util.module_from_spec(specification)
    sys.modules["sample_lists"] = module  # dataclasses look their module up
    specification.loader.exec_module(module)
    return module


LISTS = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.csv"))
BAD = [name for name in LISTS if name.startswith("bad/")]


@pytest.fixture(scope="module")
def script():
    return load_script()


@pytest.fixture(scope="module")
def samples(script):
    return {sample.name: sample for sample in script.samples()}


def suppression_of(sample):
    return SuppressionList.read(FOLDER / sample.suppression, sample.list_type) if sample.suppression else None


def test_the_committed_files_are_exactly_what_the_script_writes(script):
    written = script.sample_files()
    assert {*LISTS, "README.md"} == set(written)
    assert [name for name, data in written.items() if (FOLDER / name).read_bytes() != data] == []


@pytest.mark.parametrize("name", LISTS)
def test_a_sample_shows_what_it_says(samples, name):
    sample = samples[name]
    if isinstance(sample.expected, ErrorCode):
        with pytest.raises(ListFileError) as refusal:
            read_list(FOLDER / sample.name, sample.list_type)
        assert refusal.value.error_code == sample.expected
        return
    suppression = suppression_of(sample)
    checked = read_list(FOLDER / sample.name, sample.list_type, suppression=suppression)
    counts = checked.record_counts
    assert (counts.processed, counts.valid, counts.invalid) == sample.expected
    assert sorted(error.error_code for error in checked.record_errors) == sorted(sample.record_codes)


def test_every_error_code_has_a_sample_of_its_own(samples):
    shown = [{*samples[name].record_codes} or {samples[name].expected} for name in BAD]
    codes = sorted(code for codes in shown for code in codes)
    assert set(codes) == set(ErrorCode)
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("name", BAD)
def test_cleaning_a_sample_does_what_the_table_says(tmp_path, samples, name):
    sample = samples[name]
    code = sample.record_codes[0] if sample.record_codes else sample.expected
    cleaned, suppression = tmp_path / "cleaned.csv", suppression_of(sample)
    if CLEANING[code] is Cleaning.REFUSED:
        with pytest.raises(ListFileError) as refusal:
            clean_list(FOLDER / sample.name, cleaned, sample.list_type, suppression=suppression)
        assert refusal.value.error_code == code
        return
    report = clean_list(FOLDER / sample.name, cleaned, sample.list_type, suppression=suppression)
    assert code in (report.mended if CLEANING[code] is Cleaning.MENDED else report.left_out)
    assert len(read_list(cleaned, sample.list_type).digests) == report.n_written >= 3
