"""A PostgreSQL server of the run's own, on a free port of 127.0.0.1, and a database for every school."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg import sql
from tests.ports import free_port

INSTALL = "PostgreSQL is not installed; on Debian and Ubuntu: sudo apt install postgresql"
ON_POSTGRES = os.environ.get("HOSO_TEST_ENGINE") == "postgresql"
"""Whether every school of this run lies on a server."""
ADMIN, USER = "postgres", "hoso"
_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin")
_NOBODY = 65534
_JSON_EXTRACT = """\
CREATE FUNCTION json_extract(given json, path text) RETURNS text IMMUTABLE LANGUAGE sql
AS $$ SELECT given #>> string_to_array(substr(path, 3), '.') $$"""
"""What tests look into JSON with, as SQLite has it."""


def programs() -> Path | None:
    """The folder of the newest `initdb`, None when there is no PostgreSQL here."""
    folders = [found for place in _PLACES for found in Path("/").glob(place[1:])]
    if on_path := shutil.which("initdb"):
        folders.append(Path(on_path).resolve().parent)
    whole = [folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()]
    return max(whole, key=_version, default=None)


def _version(folder: Path) -> list[int]:
    return [int(part) for part in folder.parts if part.isdigit()]


class PostgresServer:
    """Use `with PostgresServer():`. Durability is off: what a test kills is the bot, never this server."""

    def __init__(self, durable: bool = False) -> None:
        self._fsync = "on" if durable else "off"
        folder = programs()
        assert folder, INSTALL
        self._programs, self._numbers = folder, count(1)

    def __enter__(self) -> Self:
        in_memory = self._fsync == "off" and os.access("/dev/shm", os.W_OK)
        room = "/dev/shm" if in_memory else None
        self._folder = Path(tempfile.mkdtemp(prefix="hoso-postgres-", dir=room))
        if _is_root():
            os.chown(self._folder, _NOBODY, _NOBODY)
        self._data = self._folder / "data"
        self._runs(
            "initdb", "--username", ADMIN, "--auth=trust", "--no-sync", "--locale=C", "--encoding=UTF8"
        )
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(free_port()),
            "unix_socket_directories": "",
            "fsync": self._fsync,
            "max_connections": "300",
            "shared_buffers": "32MB",
        }
        self._port = settings["port"]
        self._options = " ".join(f"-c {name}={value or repr('')}" for name, value in settings.items())
        self.start()
        with psycopg.connect(self.url("template1", ADMIN)) as connection:
            connection.execute(_JSON_EXTRACT)
            connection.execute(f"CREATE ROLE {USER} LOGIN NOSUPERUSER NOBYPASSRLS")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        """Come (back) up, on the same port."""
        self._runs("pg_ctl", "-w", "-l", str(self._folder / "log"), "-o", self._options, "start")

    def stop(self) -> None:
        """Go down at once, whoever is connected."""
        self._runs("pg_ctl", "-w", "-m", "fast", "stop")

    def _runs(self, program: str, *options: str) -> None:
        """Somebody else than root, whom PostgreSQL refuses."""
        command = [str(self._programs / program), "-D", str(self._data), *options]
        other: dict[str, Any] = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if _is_root() else {}
        done = subprocess.run(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=120,
            cwd=self._folder,
            check=False,
            **other,
        )
        assert done.returncode == 0, f"{program}: {done.stderr.decode()}"

    def url(self, name: str, user: str = USER) -> str:
        """The address of one database, for the bot's own role unless said otherwise."""
        return f"postgresql://{user}@127.0.0.1:{self._port}/{name}"

    def create(self, like: str = "template1") -> str:
        """A new database, a copy of another one that nobody uses now; its name."""
        name = f"school{next(self._numbers)}"
        self._executes(sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}"), name, USER, like)
        return name

    def drop(self, url: str) -> None:
        """Away with a database, whoever still uses it."""
        self._executes(sql.SQL("DROP DATABASE {} WITH (FORCE)"), url.rpartition("/")[2])

    def _executes(self, statement: sql.SQL, *names: str) -> None:
        with psycopg.connect(self.url("postgres", ADMIN), autocommit=True) as connection:
            connection.execute(statement.format(*map(sql.Identifier, names)))


def _is_root() -> bool:
    return os.geteuid() == 0
