"""The one column of a query, read without a trace of its rows."""

import gc
import logging
import sqlite3
import traceback
import uuid

import pytest

from tests.workbench.audiences.tiny_universe import aaid, email
from workbench.customer_lists import query
from workbench.customer_lists.query import read_query
from workbench.customer_lists.source_link import QuerySource, SourceLink
from workbench.database_address import address_of, holds_secret
from workbench.errors import CancelledError, DefinitionError, InputFileError, ListFileError, WorkbenchError
from workbench.identity import ListProfile, SuppressionList, hash_email, read_list

CANARY = "zqcanary@shop.example"


@pytest.fixture
def crm(tmp_path):
    """Make a database of one table and return what reads a query on it."""

    def ask(
        rows, sql="SELECT email FROM customers", *, column="email", url=None, on_progress=lambda *_: None, **options
    ):
        path = tmp_path / "crm.db"
        path.unlink(missing_ok=True)
        connection = sqlite3.connect(path)
        with connection:
            connection.execute(f'CREATE TABLE customers ("{column}" BLOB, name TEXT)')
            connection.executemany("INSERT INTO customers VALUES (?, 'x')", [(row,) for row in rows])
        connection.close()
        suppression = options.pop("suppression", None)
        source = QuerySource(url=url or f"sqlite:///{path}", query=sql)
        return read_query(source, SourceLink(source=source, **options), suppression, on_progress)

    return ask


def test_rows_are_read_as_a_files_are(crm, tmp_path):
    rows = [email(0), f'"{email(1)}"', email(2).upper(), f"{email(3)} ", "nobody", "a@b@c.example", email(0)]
    (tmp_path / "list.csv").write_text("\n".join(rows) + "\n")
    from_file, from_query = read_list(tmp_path / "list.csv", "EMAIL"), crm(rows)
    assert from_query.record_counts == from_file.record_counts
    assert from_query.error_counts == from_file.error_counts
    assert from_query.record_errors == from_file.record_errors
    assert from_query.warnings == from_file.warnings
    assert from_query.digests.values.tobytes() == from_file.digests.values.tobytes()


def test_many_batches_are_one_list(crm, monkeypatch):
    monkeypatch.setattr(query, "N_ROWS_AT_A_TIME", 7)
    told = []
    checked = crm(map(email, range(100)), on_progress=lambda n_done, n_total: told.append((n_done, n_total)))
    assert checked.record_counts.valid == len(checked.digests) == 100
    assert told[0] == (7, 0)
    assert told[-1] == (100, 0)


def test_a_first_row_that_is_no_identifier_is_a_record_and_no_title(crm):
    assert crm(["email", email(0)]).record_counts.invalid == 1


def test_bytes_are_digests_and_uuids_are_ids(crm):
    assert crm([hash_email(email(0))]).record_counts.valid == 1
    link = SourceLink(source=QuerySource(url="sqlite://", query="-"), list_type="MAID")
    reader = query.RowReader("here", link, None)
    assert reader.read([[uuid.UUID(aaid(2)), aaid(4)]], lambda *_: None).record_counts.valid == 2


def test_profile_and_suppression_apply(crm, tmp_path):
    (tmp_path / "opted_out.csv").write_text(f"{email(1)}\n")
    suppression = SuppressionList.read(tmp_path / "opted_out.csv", "EMAIL")
    checked = crm([email(0), email(1), "a1" * 20], profile=ListProfile.API, suppression=suppression)
    assert [str(error.error_code) for error in checked.record_errors] == ["SUPPRESSED"]
    assert checked.record_counts.valid == 2


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([email(0), None], "BLANK_ROW"),
        ([email(0), ""], "BLANK_ROW"),
        ([email(0), f" {CANARY}"], "INDENTED_ROW"),
        ([email(0), f"{CANARY};x"], "SECOND_COLUMN"),
        ([email(0), "a" * 2_000], "LINE_TOO_LONG"),
        ([], "EMPTY_FILE"),
        (["nobody"], "NO_VALID_RECORDS"),
    ],
)
def test_what_refuses_a_file_refuses_a_query(crm, rows, code):
    with pytest.raises(ListFileError, match=rf"\({code}\)") as refusal:
        crm(rows)
    assert refusal.value.error_code == code
    assert CANARY not in str(refusal.value)


@pytest.mark.parametrize("name", ["idfa", "iOS_email", "email_ios"])
def test_a_column_that_says_ios_is_refused(crm, name):
    with pytest.raises(ListFileError, match="IOS_SOURCE"):
        crm([email(0)], f'SELECT "{name}" FROM customers', column=name)  # noqa: S608 - our own names


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        ("SELECT email, name FROM customers", "one column, got 2"),
        ("DELETE FROM customers", "one column, got 0"),
        ("SELECT email FROM customers WHERE name = :name", "without parameters"),
        ("SELECT 7", "bytes of a digest, got a int"),
    ],
)
def test_a_query_that_gives_no_identifiers_is_refused(crm, sql, sentence):
    with pytest.raises(DefinitionError, match=sentence):
        crm([email(0)], sql)


def test_a_query_changes_nothing(crm, tmp_path):
    with pytest.raises(DefinitionError):
        crm([email(0)], "DELETE FROM customers")
    rows = sqlite3.connect(tmp_path / "crm.db")
    assert rows.execute("SELECT count(*) FROM customers").fetchone() == (1,)
    rows.close()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("nonsense", "address that SQLAlchemy can read"),
        ("nosuch://host/db", "driver is installed"),
        ("oracle+oracledb://host/db", "driver is installed"),
        ("sqlite:////no/such/folder/crm.db", r"refusal \(OperationalError, OperationalError\)"),
        ("${CRM_URL_THAT_IS_NOT_SET}", "environment variable CRM_URL_THAT_IS_NOT_SET"),
    ],
)
def test_a_database_that_cannot_be_reached_is_one_sentence(crm, url, sentence):
    with pytest.raises(WorkbenchError, match=sentence):
        crm([], url=url)


# -- nothing of a row is left ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error", [RuntimeError(CANARY), KeyboardInterrupt(), MemoryError(), CancelledError("stopped"), SystemExit(1)]
)
def test_an_exception_in_the_middle_holds_no_row(crm, error):
    def stop(*_arguments):
        raise error

    with pytest.raises(BaseException) as caught:  # noqa: PT011 - each of them
        crm([CANARY] * 50, on_progress=stop)
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    # The frames of this test hold the rows; those of the reading are looked at.
    frames = [
        part for part in shown.split("  File ") if "customer_lists" in part.split("\n")[0] and "tests" not in part
    ]
    assert CANARY not in "".join(frames)
    if type(error) is RuntimeError:
        assert isinstance(caught.value, InputFileError)
        assert CANARY not in str(caught.value)
        assert caught.value.__context__ is None


def test_text_that_is_none_is_refused_without_being_quoted(crm):
    with pytest.raises(InputFileError, match="OperationalError") as caught:
        crm([email(0)], f"SELECT CAST(x'{CANARY.encode().hex()}ff' AS TEXT)")
    assert "zqcanary" not in str(caught.value)


def test_a_log_at_debug_holds_no_row(crm, caplog):
    caplog.set_level(logging.DEBUG)
    crm([CANARY] * 3)
    assert CANARY not in caplog.text
    assert "SELECT" not in caplog.text


def test_readers_do_not_outlive_a_refusal(crm):
    gc.collect()
    with pytest.raises(ListFileError):
        crm([CANARY, None])
    gc.collect()
    assert not [thing for thing in gc.get_objects() if isinstance(thing, query.RowReader)]


# -- addresses without a secret ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://reader:geheim@crm.example/sales",
        "postgresql+psycopg://reader:ge#h/e?im@crm.example/sales",
        "mysql://reader:${A}x@crm.example/sales",
        "postgresql://crm.example/sales?password=geheim",
        "postgresql://crm.example/sales?sslmode=require&sslpassword=geheim",
        "mssql+pyodbc://?odbc_connect=DRIVER%3Dx%3BPWD%3Dgeheim",
        "snowflake://reader@crm.example/sales?token=geheim",
        "bigquery://project?credentials_base64=geheim",
    ],
)
def test_an_address_that_holds_a_password_is_refused_and_not_repeated(url):
    assert holds_secret(url)
    with pytest.raises(DefinitionError, match=r"put the password into an environment variable") as refusal:
        QuerySource(url=url, query="SELECT email FROM customers")
    assert "geheim" not in str(refusal.value)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///crm.db",
        "postgresql://reader@crm.example/sales",
        "postgresql://reader:@crm.example/sales",
        "postgresql://reader:${CRM_PASSWORD}@crm.example/sales?sslmode=require",
        "postgresql://crm.example/sales?password=${CRM_PASSWORD}",
        "${CRM_URL}",
    ],
)
def test_an_address_may_name_the_variable_that_holds_it(url):
    assert QuerySource(url=url, query="SELECT 1").url == url


def test_variables_are_read_when_the_query_is_asked(crm, tmp_path, monkeypatch):
    monkeypatch.setenv("CRM_FILE", str(tmp_path / "crm.db"))
    monkeypatch.setenv("CRM_URL", f"sqlite:///{tmp_path / 'crm.db'}")
    for url in ("sqlite:///${CRM_FILE}", "${CRM_URL}"):
        assert crm([email(0)], url=url).record_counts.valid == 1


def test_a_password_reaches_the_driver_as_it_is(monkeypatch):
    monkeypatch.setenv("CRM_PASSWORD", "p@ss:/w?rd&#%41")
    source = QuerySource(
        url="postgresql://reader:${CRM_PASSWORD}@crm.example/sales?password=${CRM_PASSWORD}", query="SELECT 1"
    )
    address = address_of(source.url)
    assert [address.password, address.query["password"]] == ["p@ss:/w?rd&#%41"] * 2
    assert "p@ss" not in repr(source)
