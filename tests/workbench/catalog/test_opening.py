import logging
import os
import sqlite3
import stat
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from tests.workbench.catalog import writers
from tests.workbench.catalog.test_audiences import VISITORS
from workbench.audiences import TargetingSpec
from workbench.catalog import Catalog, database, migrating
from workbench.catalog.database import CatalogDatabase
from workbench.catalog.tables import metadata
from workbench.errors import CatalogError, DefinitionError, WorkbenchError


def test_the_steps_make_the_tables_that_the_code_knows(address):
    Catalog.open(address)
    with CatalogDatabase(address).reading() as connection:
        options = {"version_table": migrating.VERSION_TABLE, "compare_type": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []


def test_the_steps_are_those_that_alembic_finds():
    config = Config()
    config.set_main_option("script_location", str(Path(migrating.__file__).parent / "migrations"))
    found = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(found)) == migrating.STEPS


def test_an_older_catalogue_is_brought_up_to_date_with_all_that_is_in_it(new_address, clock, monkeypatch):
    from alembic import command

    address = new_address()
    upgrade = command.upgrade
    with monkeypatch.context() as patch:
        patch.setattr(command, "upgrade", lambda config, _: upgrade(config, migrating.STEPS[0]))
        patch.setattr(migrating, "STEPS", migrating.STEPS[:1])
        Catalog.open(address, clock=clock)
    with CatalogDatabase(address).writing() as connection:  # as the older workbench did
        for statement in (
            "INSERT INTO catalog_audiences VALUES ('1', 'VISITOR', 1, 0, 'ana', 0, NULL)",
            "INSERT INTO catalog_audience_versions VALUES ('1', 1, 'Cart', '', "
            '\'{"type": "VISITOR", "visitor_source_id": "1001"}\', false, 1, 0, 0, \'ana\')',
            "UPDATE catalog_settings SET next_id = 2",
        ):
            connection.exec_driver_sql(statement)
    catalog = Catalog.open(address, clock=clock)
    assert [saved.spec.name for saved in catalog.audiences()] == ["Cart"]
    assert catalog.targeting_sets.save("All", TargetingSpec(audience_include=("1",))).targeting_id == "2"


def test_a_newer_catalogue_is_refused_with_what_to_do(new_address, clock):
    address = new_address()
    catalog = Catalog.open(address, clock=clock)
    with CatalogDatabase(address).writing() as connection:
        connection.execute(text(f"UPDATE {migrating.VERSION_TABLE} SET version_num = '0099'"))  # noqa: S608
    with pytest.raises(CatalogError, match=r"found .* at step 0099; a newer workbench made it: update this one"):
        Catalog.open(address, clock=clock)
    with pytest.raises(CatalogError, match="update this one"):  # nor does one that was open already write in it
        catalog.create("Cart", VISITORS)


def test_a_step_that_fails_leaves_nothing(new_address, clock, monkeypatch):
    from alembic import command

    address, upgrade = new_address(), command.upgrade

    def break_off(config: Config, target: str) -> None:
        upgrade(config, target)
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(command, "upgrade", break_off)
        with pytest.raises(MemoryError):
            Catalog.open(address, clock=clock)
    with CatalogDatabase(address).reading() as connection:
        assert migrating._step_if_any(connection, CatalogDatabase(address)) is None
    assert Catalog.open(address, clock=clock).audiences() == []


def test_many_may_open_a_new_catalogue_at_once(new_address):
    address = new_address()
    with writers.processes().Pool(4) as pool:
        ids = pool.map(writers.create_one, [address] * 8, chunksize=1)
    assert sorted(ids) == sorted("12345678")


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("name\n" * 100)
    with pytest.raises(CatalogError, match=r"found a file that is no database; name another file"):
        Catalog.open(path)
    assert path.read_text() == "name\n" * 100


def test_a_database_of_something_else_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "crm.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE customers (email TEXT)")
    connection.close()
    with pytest.raises(CatalogError, match="found a database of something else"):
        Catalog.open(path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("customers",)]
    connection.close()


def test_a_damaged_file_is_refused(catalog, tmp_path):
    catalog.create("Cart", VISITORS)
    for path in Path(tmp_path).glob("catalogue.sqlite"):
        content = bytearray(path.read_bytes())
        content[5000:] = b"\xff" * (len(content) - 5000)
        path.write_bytes(content)
        with pytest.raises(CatalogError, match=r"the file is damaged; restore it from a backup"):
            catalog.audiences()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "got an empty text"),
        (":memory:", "a catalogue is there to be kept"),
        ("sqlite:///:memory:", "a catalogue is there to be kept"),
        ("sqlite://", "got sqlite; name a file"),
        ("mysql://ana@db.example/x", "got mysql; name a file"),
        ("nonsense+driver://x/y", r"got nonsense\+driver"),
        ("postgresql+unheard://db.example/x", r"a driver for postgresql\+unheard, found none; install it"),
        ("postgresql://db.example:port/x", "got a text that is none"),
        ("nul\0.sqlite", "it cannot be the name of a file"),
        ("postgresql://ana@localhost:1/x", "no server answered; check the address"),
        ("postgresql://ana@no-such-host.invalid/x", "no server has that name; check the address"),
    ],
)
def test_an_address_that_cannot_be_is_refused(address, words):
    with pytest.raises(CatalogError, match=words):
        Catalog.open(address)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://ana:geheim@localhost:1/x",
        "postgresql://ana@localhost:1/x?password=geheim&connect_timeout=5",
        "mysql://ana:geheim@localhost/x",
        "postgresql://ana:geheim@localhost:port/x",
        "postgresql+unheard://ana:geheim@localhost:1/x",
        "${CATALOG_URL}",
    ],
)
def test_a_password_is_never_shown(address, monkeypatch, capfd, caplog):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("CATALOG_URL", "postgresql://ana:geheim@localhost:1/x")
    with pytest.raises(CatalogError) as refusal:
        Catalog.open(address)
    told = [repr(refusal.value), *traceback.format_exception(refusal.value), caplog.text, *capfd.readouterr()]
    assert not any("geheim" in words for words in told)


def test_a_variable_that_is_not_set_is_named(monkeypatch):
    monkeypatch.delenv("CATALOG_PASSWORD", raising=False)
    with pytest.raises(DefinitionError, match="variable CATALOG_PASSWORD, which the address of a database names"):
        Catalog.open("postgresql://ana:${CATALOG_PASSWORD}@localhost:1/x")


@pytest.mark.postgres
def test_a_variable_may_hold_the_password_and_a_wrong_one_is_told_so(postgres, monkeypatch):
    from tests.workbench.catalog.postgres_server import PASSWORD

    address = postgres.new_database()
    monkeypatch.setenv("CATALOG_PASSWORD", PASSWORD)
    assert Catalog.open(address.replace(PASSWORD, "${CATALOG_PASSWORD}")).audiences() == []
    for wrong, words in (
        (address.replace(PASSWORD, "geheim"), "did not accept user and password"),
        (address.replace(f":{PASSWORD}", ""), "asks for a password; name the variable"),
        (address.replace("/catalog_", "/no_"), "knows no such database"),
    ):
        with pytest.raises(CatalogError, match=words) as refusal:
            Catalog.open(wrong)
        assert PASSWORD not in str(refusal.value)
        assert "geheim" not in str(refusal.value)


@pytest.mark.postgres
def test_a_catalogue_may_share_a_database_with_something_else(postgres):
    import psycopg

    address = postgres.new_database()
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
    assert Catalog.open(address).create("Cart", VISITORS).audience_id == "1"


def test_places_where_no_file_can_be_are_refused(tmp_path):
    (tmp_path / "file").write_text("")
    os.mkfifo(tmp_path / "pipe")
    for path, words in (
        (tmp_path, "is a directory"),
        (tmp_path / "file" / "x.sqlite", "its folder is a file"),
        (tmp_path / "pipe", "no database|no such device"),
    ):
        with pytest.raises(CatalogError, match=words):
            Catalog.open(path)


def test_a_missing_file_is_made_unless_it_must_be_there(tmp_path):
    path = tmp_path / "new" / "audiences.sqlite"
    with pytest.raises(CatalogError, match=r"expected a catalogue at .*, found none"):
        Catalog.open(path, must_exist=True)
    assert not path.parent.exists()
    Catalog.open(path).create("Cart", VISITORS)
    Catalog.open(f"sqlite:///{path}", must_exist=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(("folder_mode", "file_mode"), [(0o555, None), (0o555, 0o644), (0o755, 0o444)])
def test_what_may_only_be_read_is_refused_in_a_sentence(tmp_path, folder_mode, file_mode):
    """A program of a user who owns nothing tries, because root may write anywhere."""
    folder = tmp_path / "shared"
    folder.mkdir()
    for parent in (tmp_path, *tmp_path.parents):
        if parent.stat().st_uid == os.geteuid() and "pytest" in parent.name:
            parent.chmod(0o755)
    if file_mode is not None:
        Catalog.open(folder / "a.sqlite")
        (folder / "a.sqlite").chmod(file_mode)
    folder.chmod(folder_mode)
    code = (
        "import os, sys\n"
        "from workbench.catalog import Catalog\n"
        "if os.geteuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "try: Catalog.open(sys.argv[1], who='x').audiences()\n"
        "except Exception as refusal: print(type(refusal).__name__, refusal)\n"
    )
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code, folder / "a.sqlite"], capture_output=True, text=True, check=True
    )
    folder.chmod(0o755)
    assert done.stdout.startswith("CatalogError expected to "), done.stdout + done.stderr
    assert any(words in done.stdout for words in ("permission denied", "no file can be opened", "only be read"))


def test_a_catalogue_that_another_program_holds_is_waited_for_and_then_told(catalog, address, monkeypatch):
    monkeypatch.setattr(database, "_PRAGMAS", ("PRAGMA busy_timeout = 50",))
    monkeypatch.setattr(database, "MOST_WAIT_SECONDS", 0.05)
    holding = Catalog.open(address)._pen.changing()
    holding.__enter__()
    with pytest.raises(CatalogError, match=r"another program has held it for more than 30 seconds"):
        catalog.create("Cart", VISITORS)
    assert catalog.audiences() == []  # who reads does not wait
    holding.__exit__(None, None, None)
    assert catalog.create("Cart", VISITORS).audience_id == "1"


def test_what_a_database_refuses_is_told_without_its_words(catalog):
    words = r"expected to write the catalogue .*; look into its own log"
    with pytest.raises(WorkbenchError, match=words), catalog._pen.database.writing() as connection:
        connection.execute(text("SELECT nonsense"))
