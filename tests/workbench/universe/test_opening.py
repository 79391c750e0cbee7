import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from workbench.errors import InputFileError, UniverseError
from workbench.universe import TABLES, Universe, build_sample, import_engagement_log, open_universe


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Universe:
    return build_sample(tmp_path_factory.mktemp("small") / "sample", n_accounts=1_000)


class OwnTables:
    """A copy of a universe that a test may spoil."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, name: str) -> pa.Table:
        return pq.read_table(self.path / f"{name}.parquet", partitioning=None)

    def write(self, name: str, table: pa.Table, **options) -> None:
        pq.write_table(table, self.path / f"{name}.parquet", **options)

    def replace(self, name: str, column: str, values, **options) -> None:
        table = self.read(name)
        self.write(name, table.set_column(table.schema.get_field_index(column), column, values), **options)

    def with_first(self, name: str, column: str, value) -> None:
        """Put a value into the first row of a column."""
        plain = self.read(name)[column]
        if pa.types.is_dictionary(plain.type):
            plain = plain.cast(pa.string())
        first = pa.chunked_array([pa.array([value], plain.type)])
        self.replace(name, column, pa.chunked_array([*first.chunks, *plain.slice(1).chunks]))

    def open(self) -> Universe:
        return open_universe(self.path)


@pytest.fixture
def tables(small, tmp_path) -> OwnTables:
    shutil.copytree(small.path, tmp_path / "own")
    return OwnTables(tmp_path / "own")


def test_a_universe_says_what_it_is(small):
    assert small.n_accounts == 1_000
    assert small.as_of == datetime(2026, 11, 1, tzinfo=UTC)
    assert small.provenance["kind"] == "synthetic sample"
    with pytest.raises(TypeError):
        small.provenance["kind"] = "real"
    with pytest.raises(AttributeError):
        small.n_accounts = 5


def test_tables_come_in_the_types_of_the_schema(small):
    for name, table in TABLES.items():
        assert small.table(name).schema.equals(table.arrow_schema), name
    assert small.table("accounts", ["gender", "account"]).column_names == ["gender", "account"]
    assert small.accounts(["activity"]).index.equals(small.accounts()["account"].rename(None).to_frame().index)


def test_the_directory_is_built_once(small):
    assert small.directory is small.directory
    assert small.directory.n_accounts == 1_000


def test_a_query_sees_every_table_and_takes_parameters(small):
    answer = small.query("SELECT count(*) AS n, max(event_time) AS last FROM tag_events WHERE event <> ?", ["custom"])
    assert answer["n"].item() > 100
    assert str(answer["last"].dtype.tz) == "UTC"
    assert answer["last"].item() <= small.as_of


@pytest.mark.parametrize(
    "sql", ["SELECT * FROM people", "SELECT shoe_size FROM accounts", "SELEKT 1", "SELECT 'a'::INT"]
)
def test_a_wrong_query_is_refused_in_one_sentence(small, sql):
    with pytest.raises(UniverseError, match="expected SQL over the tables"):
        small.query(sql)


def test_a_query_cannot_write(small):
    with pytest.raises(UniverseError):
        small.query("DELETE FROM accounts")
    assert small.query("SELECT count(*) AS n FROM accounts")["n"].item() == 1_000


@pytest.mark.parametrize("name", ["it's [mine]", "a*b?", "country=US", "größe"])
def test_a_folder_may_have_any_name(small, tmp_path, name):
    shutil.copytree(small.path, tmp_path / name)
    universe = open_universe(str(tmp_path / name))
    assert universe.query("SELECT count(*) AS n FROM accounts")["n"].item() == 1_000
    assert set(universe.accounts()["country"]) > {"US", "GB"}


def test_own_tables_in_other_but_safe_types_read_the_same(small, tables):
    accounts = tables.read("accounts")
    tables.write(
        "accounts",
        pa.table(
            {
                "remark": pa.array(["own column"] * 1_000),
                "activity": accounts["activity"].cast(pa.float64()),
                "account": accounts["account"].cast(pa.uint64()),
                "country": accounts["country"].cast(pa.large_string()),
                "region": accounts["region"].cast(pa.string()).dictionary_encode(),
                "age_bucket": accounts["age_bucket"].cast(pa.string()),
                "gender": accounts["gender"].cast(pa.string()).cast(pa.string_view()),
                "device": accounts["device"],
            }
        ),
        write_statistics=False,
    )
    event_time = tables.read("tag_events")["event_time"]
    tables.replace("tag_events", "event_time", event_time.cast(pa.timestamp("ns", "Europe/Amsterdam")))
    tables.replace("identifiers", "sha256", tables.read("identifiers")["sha256"].cast(pa.large_binary()))
    own = tables.open()
    for name in ("accounts", "tag_events", "identifiers"):
        assert own.table(name).schema.equals(TABLES[name].arrow_schema)
        assert own.table(name).to_pylist() == small.table(name).to_pylist()
    counts = "SELECT country, count(*) AS n, min(activity) AS least FROM accounts GROUP BY ALL ORDER BY ALL"
    assert own.query(counts).equals(small.query(counts))


def test_optional_tables_may_be_missing_until_they_are_needed(tables):
    for table in TABLES.values():
        if not table.is_required:
            (tables.path / table.file_name).unlink()
    universe = tables.open()
    assert not universe.has_table("tag_events")
    assert universe.segments().empty
    with pytest.raises(UniverseError, match=r"no tag_events\.parquet; add the file"):
        universe.table("tag_events")
    with pytest.raises(UniverseError, match=r"expected the table 'tag_events' .* no tag_events\.parquet; add the file"):
        universe.query("SELECT * FROM tag_events")


@pytest.mark.parametrize("name", ["accounts", "identifiers"])
def test_a_required_table_may_not_be_missing(tables, name):
    (tables.path / f"{name}.parquet").unlink()
    with pytest.raises(UniverseError, match=f"expected the table '{name}' in .* found no such file"):
        tables.open()


def test_a_file_that_is_no_parquet_is_refused(tables):
    (tables.path / "pins.parquet").write_bytes(b"pin_id,interest\n1,cars\n")
    with pytest.raises(UniverseError, match="expected the table 'pins' as a Parquet file"):
        tables.open()


@pytest.mark.parametrize(
    ("name", "column"),
    [(name, each.name) for name, t in TABLES.items() for each in t.columns if not each.is_nullable or each.is_account],
)
def test_every_column_that_has_to_be_there_is_missed_by_name(tables, name, column):
    tables.write(name, tables.read(name).drop_columns([column]))
    with pytest.raises(UniverseError, match=f"table '{name}', column '{column}': expected .* found no such column"):
        tables.open()


def nullable_columns(name: str) -> list[str]:
    return [column.name for column in TABLES[name].columns if column.is_nullable and not column.is_account]


@pytest.mark.parametrize("name", [name for name in TABLES if nullable_columns(name)])
def test_a_column_whose_values_may_be_missing_may_be_left_out_and_reads_as_missing(tables, name):
    absent = nullable_columns(name)
    kept = tables.read(name)
    tables.write(name, kept.drop_columns(absent))
    universe = tables.open()
    whole, only = universe.table(name), universe.table(name, absent[:1])
    assert whole.schema.equals(TABLES[name].arrow_schema)
    assert only.num_rows == whole.num_rows == kept.num_rows
    assert [whole[column].null_count for column in absent] == [kept.num_rows] * len(absent)
    counts = ", ".join(f'count("{column}")' for column in absent)
    assert set(universe.query(f"SELECT {counts} FROM {name}").iloc[0]) == {0}  # noqa: S608 (names of the schema)
    assert not any(universe.has_column(name, column) for column in absent)
    assert universe.has_column(name, next(column.name for column in TABLES[name].columns if not column.is_nullable))


@pytest.mark.parametrize("other", ["URL", "Url", "u_r_l"])
def test_a_column_that_is_only_spelled_otherwise_is_not_taken_for_absent(tables, other):
    pages = tables.read("tag_events")
    names = [other if name == "url" else name for name in pages.column_names]
    tables.write("tag_events", pages.rename_columns(names))
    with pytest.raises(UniverseError, match=f"column 'url': expected .* found a column called '{other}'; call it url"):
        tables.open()


def test_a_universe_without_a_table_has_none_of_its_columns(tables):
    (tables.path / "pin_engagements.parquet").unlink()
    assert not tables.open().has_column("pin_engagements", "ad_id")
    with pytest.raises(KeyError):
        tables.open().has_column("pin_engagements", "shoe_size")


def test_a_column_twice_is_refused(tables):
    pins = tables.read("pins")
    tables.write("pins", pins.append_column("domain", pins["domain"]))
    with pytest.raises(
        UniverseError, match="column 'domain': expected one column, found 2 columns of this name; keep one of them"
    ):
        tables.open()


@pytest.mark.parametrize(
    ("name", "column", "wrong_type", "found"),
    [
        ("accounts", "account", pa.float64(), "double"),
        ("accounts", "activity", pa.string(), "string"),
        ("accounts", "activity", pa.float16(), "halffloat"),
        ("identifiers", "account", pa.string(), "string"),
        ("segments", "data_fee_rate_bp", pa.float32(), "float"),
        ("tag_events", "event_time", pa.int64(), "int64"),
        ("tag_events", "event_time", pa.timestamp("us"), r"timestamp\[us\]"),
        ("tag_events", "value_micros", pa.float64(), "double"),
    ],
)
def test_a_mistyped_column_is_named_with_both_types(tables, name, column, wrong_type, found):
    tables.replace(name, column, tables.read(name)[column].cast(wrong_type))
    with pytest.raises(UniverseError, match=f"table '{name}', column '{column}': expected .*, found {found}; "):
        tables.open()


def test_ids_that_are_numbers_are_refused_because_they_lose_zeros(tables):
    tables.replace("pins", "pin_id", pc.cast(tables.read("pins")["pin_id"], pa.int64()))
    with pytest.raises(UniverseError, match="column 'pin_id': expected string, found int64; cast"):
        tables.open()


def test_digests_of_the_wrong_width_are_refused(tables):
    digests = tables.read("identifiers")["sha256"]
    tables.replace("identifiers", "sha256", pa.array([value.hex().encode() for value in digests.to_pylist()]))
    with pytest.raises(UniverseError, match=r"column 'sha256': expected binary\(32\), found a value of 64 bytes"):
        tables.open()
    tables.replace("identifiers", "sha256", tables.read("identifiers")["md5"])
    with pytest.raises(UniverseError, match=r"column 'sha256': expected binary\(32\), found binary\(16\)"):
        tables.open()


@pytest.mark.parametrize(
    ("name", "column", "value", "message"),
    [
        ("accounts", "account", 7, "expected 0 in row 0 .* found 7; number the accounts"),
        ("accounts", "account", None, "expected a value in every row, found 1 missing"),
        ("accounts", "country", "usa", r"expected texts like \[A-Z\]\{2\}, found 'usa'"),
        ("accounts", "age_bucket", "19+", "expected one of 18-24, .*, found '19\\+'; map it"),
        ("accounts", "gender", "Female", "found 'Aaaaaa'"),
        ("accounts", "device", None, "found 1 missing; fill them in"),
        ("accounts", "activity", -0.5, "expected values from 0 to 1,000,000, found -0.5"),
        ("accounts", "activity", float("nan"), "expected values from 0 to 1,000,000, found nan"),
        ("accounts", "activity", float("inf"), "expected values from 0 to 1,000,000, found inf"),
        ("accounts", "activity", 3e38, "expected values from 0 to 1,000,000, found 3"),
        ("accounts", "gender", "anna@real.test", "found 'aaaa@aaaa.aaaa'"),
        ("accounts", "gender", "Anna", "found 'Aaaa'"),
        ("accounts", "gender", "Anna Jansen", "found 'Aaaa\\?Aaaaaa'"),
        ("accounts", "country", "0612345678", "found '9999999999'"),
        (
            "tag_events",
            "tag_id",
            "38400000-8cf0-11bd-b23e-10b96e40000d",
            "found '99999999-9aa9-99aa-a99a-99a99a99999a'",
        ),
        ("identifiers", "account", 1_000, "expected values from 0 to 999, found 1000; drop or renumber"),
        ("identifiers", "identifier_kind", "IDFA", "expected one of EMAIL, MAID, found 'IDFA'"),
        ("tag_events", "account", -1, "expected values from 0 to 999, found -1"),
        ("tag_events", "event", "add_to_cart", "found 'add_to_cart'; map it to one of pagevisit"),
        ("tag_events", "tag_id", "tag 1", "found 'aaa\\?9'; write ids as texts of digits"),
        ("tag_events", "event_time", None, "expected a value in every row"),
        (
            "tag_events",
            "event_time",
            datetime(1970, 1, 21, tzinfo=UTC),
            "from 1990-01-01 to 2100-01-01, found 1970-01-21",
        ),
        (
            "tag_events",
            "event_time",
            datetime(2100, 1, 2, tzinfo=UTC),
            "from 1990-01-01 to 2100-01-01, found 2100-01-02",
        ),
        ("tag_events", "value_micros", -5, "expected values of 0 or more, found -5"),
        ("pin_engagements", "action", "repin", "found 'repin'"),
        ("pins", "pin_id", "٣", "write ids as texts of digits"),
        ("campaigns", "objective_type", "VIDEO_VIEW", "found 'VIDEO_VIEW'"),
        ("segments", "country", "GB", "expected 'US' only, found 'GB'; drop these rows"),
        ("segments", "data_fee_rate_bp", 10_001, "expected values from 0 to 10,000, found 10001"),
        ("segments", "data_fee_rate_bp", -1, "expected values from 0 to 10,000, found -1"),
        ("segment_records", "segment_id", "99", "expected segments of the table 'segments', found '99'"),
    ],
)
def test_a_wrong_value_is_named_with_table_and_column(tables, name, column, value, message):
    tables.with_first(name, column, value)
    with pytest.raises(UniverseError, match=f"table '{name}', column '{column}': .*{message}"):
        tables.open()


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("write_statistics", [True, False])
@pytest.mark.parametrize("value", [-(2**62), 1_767_225_600, 2**62])
def test_a_time_of_another_century_is_refused_in_every_unit(tables, unit, write_statistics, value):
    times = pa.array([value] * tables.read("tag_events").num_rows, pa.timestamp(unit, "UTC"))
    tables.replace("tag_events", "event_time", times, write_statistics=write_statistics)
    with pytest.raises(
        UniverseError, match="column 'event_time': expected values from 1990-01-01 to 2100-01-01, found"
    ):
        tables.open()


@pytest.mark.parametrize("kind", [pa.float32(), pa.float64(), pa.int32()])
def test_accounts_none_of_whom_is_active_are_refused(tables, kind):
    tables.replace("accounts", "activity", pa.array([0] * 1_000, kind))
    with pytest.raises(
        UniverseError, match="column 'activity': expected a value above 0 in some row, found 0 in every"
    ):
        tables.open()


def test_activity_that_is_0_in_the_precision_of_readers_is_refused(tables):
    tables.replace("accounts", "activity", pa.array([1e-300] * 1_000))
    with pytest.raises(UniverseError, match="expected a value above 0 in some row"):
        tables.open()


def spoil_pages(path: Path, column: str) -> None:
    """Overwrite the bytes in which a column's values are."""
    metadata = pq.read_metadata(path).row_group(0)
    chunk = next(metadata.column(i) for i in range(metadata.num_columns) if metadata.column(i).path_in_schema == column)
    content = bytearray(path.read_bytes())
    start = chunk.dictionary_page_offset or chunk.data_page_offset
    content[start : start + chunk.total_compressed_size] = b"\xa5" * chunk.total_compressed_size
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("accounts", "account"),
        ("accounts", "gender"),
        ("accounts", "activity"),
        ("tag_events", "event"),
        ("pins", "pin_id"),
    ],
)
def test_damaged_pages_are_found_at_opening(tables, name, column):
    spoil_pages(tables.path / f"{name}.parquet", column)
    with pytest.raises(UniverseError, match=rf"{name}\.parquet, but the file is damaged; write it again"):
        tables.open()


@pytest.mark.parametrize("column", ["url", "value_micros"])
def test_damaged_pages_are_found_when_they_are_read(tables, column):
    universe = tables.open()
    spoil_pages(tables.path / "tag_events.parquet", column)
    with pytest.raises(UniverseError, match="but the file is damaged; write it again"):
        universe.table("tag_events")
    with pytest.raises(UniverseError, match="is damaged; write it again"):
        universe.query(f"SELECT {column} FROM tag_events ORDER BY ALL")  # noqa: S608
    spoil_pages(tables.path / "accounts.parquet", "device")
    with pytest.raises(UniverseError, match=r"accounts\.parquet, but the file is damaged; write it again"):
        universe.accounts()


def test_texts_in_another_encoding_are_damage(tables):
    n = tables.read("pins").num_rows
    latin_1 = pa.array([b"caf\xe9"] * n, pa.binary())
    not_text = pa.Array.from_buffers(pa.string(), n, latin_1.buffers())
    tables.replace("pins", "domain", not_text)
    universe = tables.open()
    for read in (lambda: universe.table("pins"), lambda: universe.query("SELECT domain FROM pins")):
        with pytest.raises(UniverseError, match="is damaged; write it again") as refusal:
            read()
        assert refusal.value.__cause__ is None


def test_a_table_that_is_gone_since_opening_is_refused_as_missing_and_not_as_damaged(tables):
    universe = tables.open()
    (tables.path / "accounts.parquet").unlink()
    with pytest.raises(UniverseError, match=r"no accounts\.parquet"):
        universe.accounts()


def make_folder(path: Path) -> None:
    path.mkdir()


def make_dangling_link(path: Path) -> None:
    path.symlink_to("nowhere")


@pytest.mark.parametrize("make", [make_folder, make_dangling_link, os.mkfifo])
def test_a_table_that_is_no_file_is_refused_and_not_taken_for_absent(tables, make):
    path = tables.path / "tag_events.parquet"
    path.unlink()
    make(path)
    with pytest.raises(UniverseError, match="expected the table 'tag_events' as a file, found something else"):
        tables.open()


def impossible_paths(folder: Path) -> dict[str, str]:
    """Return paths at which no universe can be, by what the refusal says."""
    (folder / "loop").symlink_to("loop")
    return {
        "empty name": "",
        "null character": f"{folder}/a\0b",
        "not in UTF-8": os.fsdecode(bytes(folder) + b"/caf\xe9"),
        "too long": f"{folder}/new/{'x' * 300}",
        "file name too long": f"{folder}{'/x' * 3_000}",
        "symbolic links": f"{folder}/loop",
    }


@pytest.mark.parametrize(
    "reason", ["empty name", "null character", "not in UTF-8", "too long", "file name too long", "symbolic links"]
)
def test_a_path_that_no_folder_can_have_is_refused_in_one_sentence(tmp_path, reason):
    path = impossible_paths(tmp_path)[reason]
    (tmp_path / "log.csv").write_text("1,7\n2,8\n")
    there = sorted(tmp_path.iterdir())
    for use in (
        open_universe,
        lambda path: build_sample(path, n_accounts=10),
        lambda path: import_engagement_log(tmp_path / "log.csv", path, layout="pairs"),
    ):
        with pytest.raises(InputFileError, match=reason) as refusal:
            use(path)
        assert len(str(refusal.value)) < 300
    assert sorted(tmp_path.iterdir()) == there


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_may_not_be_read_is_refused(tables):
    tables.path.chmod(0)
    with pytest.raises(InputFileError, match="permission denied"):
        tables.open()
    tables.path.chmod(0o755)


def test_wrong_values_are_found_without_statistics_too(tables):
    accounts = pa.array([5_000, *range(1, tables.read("identifiers").num_rows)], pa.int64())
    tables.replace("identifiers", "account", accounts, write_statistics=False)
    with pytest.raises(UniverseError, match="expected values from 0 to 999"):
        tables.open()


def test_accounts_out_of_order_or_none_at_all_are_refused(tables):
    accounts = tables.read("accounts")
    tables.write("accounts", accounts.sort_by([("account", "descending")]))
    with pytest.raises(UniverseError, match=r"expected 0 in row 0 .* found 999; .* sort the table"):
        tables.open()
    tables.write("accounts", accounts.slice(0, 0))
    with pytest.raises(UniverseError, match="expected at least one account, found an empty table"):
        tables.open()


def test_an_id_twice_is_refused(tables):
    segments = tables.read("segments")
    tables.write("segments", pa.concat_tables([segments, segments.slice(0, 1)]))
    with pytest.raises(UniverseError, match="expected each value once, found '110000000001' 2 times"):
        tables.open()


@pytest.mark.parametrize(
    ("description", "message"),
    [
        (None, r"expected universe\.json in .* found none; write one"),
        ("{", "expected JSON"),
        ("[1]", "expected a JSON object"),
        ('{"format_version": 1, "as_of": "2026-11-01T00:00:00Z", "provenance": "mine"}', "provenance too"),
        ('{"format_version": 2, "as_of": "2026-11-01T00:00:00Z"}', "expected format_version 1 .* found 2"),
        ('{"format_version": 1}', "expected as_of .* found None"),
        ('{"format_version": 1, "as_of": "2026-11-01T00:00:00"}', "a time with its zone"),
        ('{"format_version": 1, "as_of": "yesterday"}', "a time with its zone"),
        ('{"format_version": 1, "as_of": "1970-01-01T00:00:00Z"}', "between 1990 and 2100"),
        ('{"format_version": 1, "as_of": "2100-01-01T00:00:01Z"}', "between 1990 and 2100"),
        ('{"format_version": 1, "as_of": "9999-12-31T23:59:59-12:00"}', "between 1990 and 2100"),
        ('{"format_version": 1, "as_of": "2026-11-01T00:00:00Z", "provenance": {"x": NaN}}', "expected JSON"),
        ('{"format_version": 1, "as_of": "2026-11-01T00:00:00Z", "provenance": {"x": 1e999}}', "expected JSON"),
        ('{"format_version": 1, "as_of": "2026-11-01T00:00:00Z", "provenance": {"x": "\\ud800"}}', "expected JSON"),
        (
            '{"format_version": 1, "as_of": "2026-11-01T00:00:00Z", "n_accounts": 5}',
            "expected 5 accounts, .* 1000 rows",
        ),
    ],
)
def test_the_description_is_checked(tables, description, message):
    (tables.path / "universe.json").unlink()
    if description is not None:
        (tables.path / "universe.json").write_text(description)
    with pytest.raises(UniverseError, match=message):
        tables.open()


def test_the_least_description_is_enough(tables):
    (tables.path / "universe.json").write_text(json.dumps({"format_version": 1, "as_of": "2026-11-01T02:00:00+02:00"}))
    assert tables.open().as_of == datetime(2026, 11, 1, tzinfo=UTC)


def test_a_description_may_begin_with_a_byte_order_mark(tables):
    path = tables.path / "universe.json"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert tables.open().n_accounts == 1_000


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(InputFileError, match=r"expected the folder of a universe at .* found nothing"):
        open_universe(tmp_path / "nowhere")
