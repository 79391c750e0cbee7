"""A PostgreSQL of the tests' own: from the system's programs, at 127.0.0.1, in a folder that goes with it."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

PASSWORD = secrets.token_hex(8)
USER = "analyst"
ENDED_WITHIN_SECONDS = 60


def programs() -> Path:
    """Return the folder of PostgreSQL's programs, the newest if there are several."""
    on_path = shutil.which("initdb")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name))
    found = [folder for folder in folders if (folder / "initdb").is_file()]
    if found:
        return found[-1]
    assert on_path, "these tests need PostgreSQL's programs; make postgresql installs them or says how"
    return Path(on_path).resolve().parent


class PostgresServer:
    """A server; it refuses to be run by root, so root hands it to the user ``postgres``, or to nobody."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="catalog-postgres-"))
        self._owner = self._other_user()
        self._n_databases = 0
        self._shared = ""
        self.port = 0
        self._give(self._folder)
        (self._folder / "password").write_text(PASSWORD)
        self._give(self._folder / "password")
        self._run("initdb", "-D", str(self._data), "-U", USER, "-A", "scram-sha-256", "-E", "UTF8", "--locale=C",
                  f"--pwfile={self._folder / 'password'}", "-N")  # fmt: skip
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def start(self) -> None:
        self.port = self.port or free_port()
        options = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": "", "fsync": "off"}
        arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with (self._folder / "log").open("ab") as log:
            self._server = subprocess.Popen(  # noqa: S603 - the system's own program
                [programs() / "postgres", "-D", self._data, *arguments],
                stdout=log,
                stderr=log,
                cwd=self._folder,
                **self._owner,
            )
        deadline = time.monotonic() + ENDED_WITHIN_SECONDS
        while not self._answers():
            assert self._server.poll() is None, (self._folder / "log").read_text()
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.05)

    def new_database(self) -> str:
        """Make an empty database; return its address, with the password in it."""
        import psycopg

        self._n_databases += 1
        name = f"catalog_{self._n_databases}"
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self._address(name)

    def empty_catalog(self) -> str:
        """Empty the one catalogue that tests share who do not care how one comes to be; return its address."""
        import psycopg

        from workbench.catalog import Catalog
        from workbench.catalog.tables import metadata

        if not self._shared:
            self._shared = self.new_database()
            Catalog.open(self._shared)
        tables = ", ".join(name for name in metadata.tables if name != "catalog_settings")
        with psycopg.connect(self._shared) as connection:
            connection.execute(f"TRUNCATE {tables} RESTART IDENTITY")
            connection.execute("UPDATE catalog_settings SET next_id = 1")
        return self._shared

    def end(self, how: signal.Signals = signal.SIGINT) -> None:
        """End the server: SIGINT in good order, SIGQUIT as a crash would."""
        if self._server is not None:
            self._server.send_signal(how)
            self._server.wait(ENDED_WITHIN_SECONDS)
            self._server = None

    def remove(self) -> None:
        self.end(signal.SIGQUIT)  # at once: what it would write goes anyway
        shutil.rmtree(self._folder)

    def _address(self, database: str) -> str:
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def _answers(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self._address("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603 - the system's own program
            [programs() / program, *arguments], capture_output=True, check=False, cwd=self._folder, **self._owner
        )
        assert done.returncode == 0, done.stderr.decode()

    def _other_user(self) -> dict[str, object]:
        if os.geteuid() != 0:
            return {}
        known = {entry.pw_name: entry for entry in pwd.getpwall()}
        entry = known.get("postgres") or known["nobody"]
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}

    def _give(self, path: Path) -> None:
        if self._owner:
            os.chown(path, self._owner["user"], self._owner["group"])


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
