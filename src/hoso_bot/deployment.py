"""A deployment: one folder and one database for many schools, whose own settings lie there, sealed.

DEPLOYMENT/hoso.toml says what they share (database, web server, master key), DEPLOYMENT/schools/ID holds a
school's files. A school's settings are a row under the master key; what it does not say the deployment says.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from hoso_bot import settings as one_school
from hoso_bot.domain.errors import SettingsError, SigningFailed
from hoso_bot.pdf.keys import master_key_from_text, unwrap, wrap
from hoso_bot.settings import Settings, given
from hoso_bot.store.db import Database
from hoso_bot.store.school_settings import SchoolSettings

SCHOOLS = "schools"
PLACE = ("home", "many_schools", "school_id", "database_url", "master_key")
SHARED = frozenset(
    list(PLACE) + [f"web.{name}" for name in ("host", "port", "share_port", "worker_port", "proxy")]
)
"""What no school says for itself."""
OWN = frozenset(
    ["telegram.token", "telegram.secret", "telegram.username", "zalo_bot.token", "zalo_bot.secret"]
    + [f"zalo_oa.{name}" for name in ("app_id", "app_secret", "oa_secret", "refresh_token")]
    + ["web.public_url", "signing.custody", "roles.records_admin", "roles.support", "files.prefix"]
)
"""What a deployment says for no school: it would be every one's."""

Own = dict[str, Any]
"""A school's own settings, as in a hoso.toml."""


@dataclass(frozen=True)
class Deployment:
    """Its own settings, and how they become a school's."""

    settings: Settings

    @classmethod
    def at(cls, home: Path) -> Deployment:
        """The one in this folder. Raises SettingsError."""
        found = one_school.load(home)
        if not found.many_schools:
            raise SettingsError(f"{home} is one school's folder; a deployment says: many_schools = true")
        if not found.database.startswith("postgresql"):
            raise SettingsError("many schools need a PostgreSQL database: database_url in hoso.toml")
        said = OWN & set(_names(found.model_dump(exclude_unset=True)))
        if said:
            names = ", ".join(sorted(said))
            raise SettingsError(f"{names}: a school's own (hoso-bot school set ID {min(said)}=…)")
        return cls(found)

    def home_of(self, school_id: str) -> Path:
        """The folder of a school's files, made where it is not there yet."""
        home = self.settings.home / SCHOOLS / school_id
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        return home

    def database(self, school_id: str) -> Database:
        """The school's rows."""
        return Database(self.settings.database, school_id)

    def settings_of(self, school_id: str, own: Own) -> Settings:
        """What holds for a school with these settings of its own. Raises SettingsError."""
        if said := SHARED & set(_names(own)):
            raise SettingsError(f"{', '.join(sorted(said))}: the deployment's, not a school's")
        shared = self.settings.model_dump(exclude_unset=True, exclude=set(PLACE))
        settings = given(
            f"the settings of {school_id}",
            **_merged(shared, own),
            home=self.home_of(school_id),
            school_id=school_id,
            database_url=self.settings.database,
            master_key=SecretStr(self.settings.master()),
        )
        public = urlsplit(settings.web.public_url)
        if public.path or (settings.web.public_url and not public.hostname):
            raise SettingsError("web.public_url: https:// and a host name of this school alone, no path")
        return settings

    def seal(self, school_id: str, own: Own) -> bytes:
        """A school's own settings as they lie in the database."""
        return wrap(self._master_key, json.dumps(own, ensure_ascii=False).encode(), _purpose(school_id))

    def unseal(self, school_id: str, sealed: bytes) -> Own:
        """Undo `seal`. Raises SettingsError for what another school's row or master key sealed."""
        try:
            return dict(json.loads(unwrap(self._master_key, sealed, _purpose(school_id))))
        except SigningFailed:
            raise SettingsError(f"the settings of {school_id} are under another master key") from None

    @property
    def _master_key(self) -> bytes:
        return master_key_from_text(self.settings.master())

    def own_of(self, school_id: str) -> Own:
        """What a school of this deployment says for itself. Raises SettingsError."""
        db = self.database(school_id)
        try:
            sealed = SchoolSettings(db).sealed()
        finally:
            db.close()
        if sealed is None:
            raise SettingsError(f"no school {school_id} here; hoso-bot school list shows which there are")
        return self.unseal(school_id, sealed)


def load(home: Path | None) -> Settings:
    """The settings of one school, in a folder of its own or one of many. Raises SettingsError."""
    folder = home or (Path(os.environ["HOSO_HOME"]) if os.environ.get("HOSO_HOME") else None)
    if folder and (around := _around(folder.resolve())):
        deployment = Deployment.at(around)
        return deployment.settings_of(folder.resolve().name, deployment.own_of(folder.resolve().name))
    settings = one_school.load(home)
    if settings.many_schools:
        raise SettingsError(f"many schools are here; name one: --home {settings.home / SCHOOLS / 'ID'}")
    return settings


def own_toml(settings: Settings) -> str:
    """A hoso.toml with which one of many schools would go on alone; '' for a school that has its own."""
    if not (around := _around(settings.home)):
        return ""
    own = Deployment.at(around).own_of(settings.school_id)
    return "\n".join(_lines({"school_id": settings.school_id, **own})) + "\n"


def _lines(values: Mapping[str, Any], table: str = "") -> list[str]:
    """As TOML: plain values first, then a table each."""
    parts = {name: value for name, value in values.items() if isinstance(value, dict)}
    lines = [f"[{table}]"] if table else []
    plain = {name: value for name, value in values.items() if name not in parts}
    lines += [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in plain.items()]
    for name, value in parts.items():
        lines += _lines(value, f"{table}.{name}" if table else name)
    return lines


def _around(folder: Path) -> Path | None:
    """The deployment this is a school's folder of."""
    around = folder.parent.parent
    is_one = folder.parent.name == SCHOOLS and (around / "hoso.toml").exists()
    return around if is_one and not (folder / "hoso.toml").exists() else None


def read_own(file: Path) -> Own:
    """A school's own settings from a TOML file. Raises SettingsError."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{file} cannot be read: {error}") from None


def changed(own: Own, changes: list[str]) -> Own:
    """With `telegram.token=…` and the like; nothing behind `=` takes a setting back. Raises SettingsError."""
    changed = json.loads(json.dumps(own))
    for change in changes:
        name, is_said, value = change.partition("=")
        *parts, last = name.strip().split(".")
        if not is_said or not last:
            raise SettingsError(f"{change!r} is not like telegram.token=…")
        inner = changed
        for part in parts:
            inner = inner.setdefault(part, {})
            if not isinstance(inner, dict):
                raise SettingsError(f"{name} is no setting")
        if value:
            inner[last] = _read(value)
        else:
            inner.pop(last, None)
    return dict(changed)


def _read(value: str) -> Any:
    """As TOML reads it; what is no TOML is a text."""
    try:
        return tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return value


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    joined = dict(under)
    for name, value in over.items():
        below = joined.get(name)
        joined[name] = _merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return joined


def _names(values: Mapping[str, Any], prefix: str = "") -> list[str]:
    found = []
    for name, value in values.items():
        found += _names(value, f"{prefix}{name}.") if isinstance(value, dict) else [f"{prefix}{name}"]
    return found


def _purpose(school_id: str) -> str:
    return f"settings of {school_id}"
