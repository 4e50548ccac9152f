"""A school begins: its folder, its rows and its certificate authority; and a folder for many schools."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from hoso_bot.domain.calendar import VN, default_weeks, school_year
from hoso_bot.domain.errors import HosoError, SettingsError
from hoso_bot.pdf import keys
from hoso_bot.ports import Clock
from hoso_bot.settings import SCHOOL_ID, Custody
from hoso_bot.store.audit import Entry
from hoso_bot.store.commit import Changes, commit
from hoso_bot.store.db import Database, moment
from hoso_bot.store.revocations import Revocations
from hoso_bot.store.school import School

CONFIG = """\
# hoso-bot: a school's settings. The environment (HOSO_TELEGRAM__TOKEN, …) wins over this file.

# Messages arrive without a sound in these hours (Vietnam); empty: never quiet.
quiet = "21:00-06:30"

[telegram]
# token = "…"            # from @BotFather; better: the environment variable HOSO_TELEGRAM__TOKEN

[school]
authority = {authority}   # above the school's name on printed documents: "UBND xã …"
place = {place}       # before the date on printed documents: "…, ngày …"

[roles]
# records_admin = "PHT01"  # staff id of the vice-principal who signs last (default: the first one)
# support = "PHT01"        # staff id of who answers questions in the bot (default: the records admin)
# support_name = "…"       # whom /hotro names instead, with phone and Zalo number
# support_phone = "…"
# support_zalo = "…"
{roles}
[signing]
custody = "{custody}"  # "pin": each key opens with its signer's own PIN; "server": with this machine's

[rules]
effective_week = 1       # weeks before it are never late
open_weeks = 2           # how many unfinished weeks one teacher may have handed in
"""
DEPLOYMENT_CONFIG = """\
# hoso-bot: many schools. What stands here holds for all of them; a school's own settings lie in the database:
# hoso-bot school add, hoso-bot school set.
many_schools = true
database_url = {database_url}

[web]
host = "127.0.0.1"
port = 8080
"""


class AlreadyThere(HosoError):
    """There is a school in this folder already; nothing was changed."""


@dataclass(frozen=True)
class Where:
    """In which database a new school's rows lie, under which id; by default alone in a file of its folder."""

    school_id: str = SCHOOL_ID
    database_url: str = ""

    def new_database(self, home: Path) -> Database:
        """Raises AlreadyThere when the school is in it."""
        db = Database(self.database_url or f"sqlite:///{home.resolve() / 'hoso.db'}", self.school_id)
        if self.database_url:
            db.migrate()
            if School(db).exists():
                raise AlreadyThere(f"that database holds {self.school_id} already; choose another --id")
        return db

    def lines(self) -> str:
        """The first lines of hoso.toml."""
        is_alone = self.school_id == SCHOOL_ID
        said = {"school_id": "" if is_alone else self.school_id, "database_url": self.database_url}
        return "".join(f"{name} = {json.dumps(value)}\n" for name, value in said.items() if value)


def init(
    home: Path,
    name: str,
    clock: Clock,
    roles: str = "",
    passphrase: str = "",
    custody: Custody = "pin",
    authority: str = "",
    place: str = "",
    where: Where | None = None,
) -> None:
    """Make a school folder: hoso.toml, master key, database with CA and this year's weeks.

    With a passphrase the CA enrols nobody without it, which custody `pin` is worth little without. authority,
    place: of the letterhead. where: for one of several schools on a server.
    Raises AlreadyThere when `home` or the database holds it, SettingsError when it cannot be written.
    """
    _refuse_taken(home)
    where = where or Where()
    db = where.new_database(home)
    above = {
        name: json.dumps(said, ensure_ascii=False)
        for name, said in (("authority", authority), ("place", place))
    }
    config = where.lines() + CONFIG.format(roles=roles, custody=custody, **above)
    master = _make_folder(home, config)
    db.migrate()
    found(db, name, clock.now(), master, passphrase)
    db.close()


def init_deployment(home: Path, database_url: str) -> None:
    """Make a folder for many schools: hoso.toml, master key, tables; `found` puts schools into it.

    Raises AlreadyThere, SettingsError.
    """
    _refuse_taken(home)
    if not database_url.startswith("postgresql"):
        raise SettingsError("many schools need a PostgreSQL database: --database postgresql://…")
    db = Database(database_url, "deployment")
    db.migrate()
    db.close()
    _make_folder(home, DEPLOYMENT_CONFIG.format(database_url=json.dumps(database_url)))


def _refuse_taken(home: Path) -> None:
    if (home / "hoso.toml").exists() or (home / "hoso.db").exists():
        raise AlreadyThere(f"{home} holds a school already; choose an empty folder")


def _make_folder(home: Path, config: str) -> bytes:
    """The folder with hoso.toml and a new master key, which is returned. Raises SettingsError."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        home.chmod(0o700)
        master = keys.new_master_key()
        _write_secret(home / "master.key", keys.master_key_to_text(master))
        path = home / "hoso.toml"
        path.touch(mode=0o600)
        path.write_text(config, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"cannot write to {home}: {error}") from None
    return master


def found(
    db: Database, name: str, now: datetime, master: bytes, passphrase: str = "", more: Sequence[Any] = ()
) -> None:
    """A new school's rows: its CA, under the passphrase where there is one, this year's weeks, and `more`."""
    ca = keys.create_authority(name, now, master, passphrase)
    school = School(db)
    weeks = default_weeks(school_year(now.astimezone(VN).date()))
    create = school.create(name, ca.ca_pem, ca.wrapped_key, now)
    ca_key = keys.open_authority(ca, master, passphrase)
    crl_signer = keys.create_crl_signer(ca.ca_pem, ca_key, master, now)
    lists = Revocations(db).set_crl_signer(crl_signer)
    made = [create, lists, *school.add_weeks(weeks), *more]
    commit(db, moment(now), Changes(statements=made, entries=[Entry("office", "school.created", name)]))


def _write_secret(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text + "\n", encoding="ascii")
