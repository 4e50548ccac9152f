"""`hoso-bot school …`: the schools of a deployment."""

from __future__ import annotations

import secrets
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hoso_bot.clock import SystemClock
from hoso_bot.commands.options import AsJson, Passphrase, print_json
from hoso_bot.domain.errors import HosoError, SettingsError

if TYPE_CHECKING:
    from hoso_bot.deployment import Deployment, Own

app = typer.Typer(help="The schools of a deployment: add, list, change, stop.", no_args_is_help=True)

DeploymentHome = Annotated[
    Path | None,
    typer.Option("--home", envvar="HOSO_HOME", help="The deployment's folder.", show_envvar=True),
]
SchoolId = Annotated[str, typer.Argument(metavar="ID", help="Letters, digits and '-', such as hoa-sen.")]
SettingsFile = Annotated[
    Path | None, typer.Option("--settings", help="A TOML file with its settings, as in a hoso.toml.")
]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="One setting: telegram.token=…, or nothing behind =."),
]


@app.command()
def add(
    school_id: SchoolId,
    name: Annotated[str, typer.Option(help="The school's name.")],
    settings: SettingsFile = None,
    changes: Changes = None,
    authority: Annotated[str, typer.Option(help="Who is above the school: UBND xã …")] = "",
    place: Annotated[str, typer.Option(help="Where the school is, before a document's date.")] = "",
    passphrase: Passphrase = "",
    home: DeploymentHome = None,
) -> None:
    """Make a school; a running deployment takes it up within seconds."""
    from hoso_bot import founding
    from hoso_bot.deployment import changed, read_own
    from hoso_bot.pdf.keys import master_key_from_text, new_passphrase
    from hoso_bot.store.school import School
    from hoso_bot.store.school_settings import SchoolSettings

    deployment = _deployment(home)
    own = changed(read_own(settings) if settings else {}, changes or [])
    for key, said in (("authority", authority), ("place", place)):
        if said:
            own.setdefault("school", {})[key] = said
    _complete(own)
    _check(deployment, school_id, own)
    invented = new_passphrase() if own["signing"]["custody"] == "pin" and not passphrase else ""
    master, now = master_key_from_text(deployment.settings.master()), SystemClock().now()
    with closing(deployment.database(school_id)) as db:
        db.migrate()
        if School(db).exists():
            raise HosoError(
                f"there is a school {school_id} already; hoso-bot school set changes its settings"
            )
        row = SchoolSettings(db).keep(deployment.seal(school_id, own), now)
        under = passphrase or invented if own["signing"]["custody"] == "pin" else ""
        founding.found(db, name, now, master, under, row)
    folder = deployment.home_of(school_id)
    typer.echo(f"School {school_id} is there: {name}")
    if invented:
        typer.echo("  passphrase   of its office, for making signers; shown only now, kept nowhere:")
        typer.echo(f"               {invented}")
    typer.echo(f"Next: hoso-bot staff import LIST.xlsx --home {folder}")


@app.command("list")
def listing(home: DeploymentHome = None, json: AsJson = False) -> None:
    """Every school: its id, its host, its chats, whether it is stopped."""
    deployment = _deployment(home)
    rows = [_told(deployment, one) for one in _listed(deployment)]
    if json:
        print_json(rows)
        return
    for row in rows:
        typer.echo(f"{row['id']:20} {row['public_url'] or '-':40} {', '.join(row['chats'])}{_state(row)}")


@app.command("set")
def change(
    school_id: SchoolId,
    changes: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME=VALUE…", help="Such as telegram.token=…; nothing behind =: none."),
    ] = None,
    settings: SettingsFile = None,
    home: DeploymentHome = None,
) -> None:
    """Change settings; a running deployment begins the school anew with them. --settings replaces all."""
    from hoso_bot.deployment import changed, read_own

    deployment = _deployment(home)
    before = deployment.own_of(school_id)
    own = changed(read_own(settings) if settings else before, changes or [])
    if settings:
        own.setdefault("signing", {}).setdefault("custody", before["signing"]["custody"])
    _complete(own)
    _check(deployment, school_id, own)
    _write(deployment, school_id, sealed=deployment.seal(school_id, own))
    typer.echo(f"Settings of {school_id} changed.")


@app.command()
def stop(school_id: SchoolId, home: DeploymentHome = None) -> None:
    """No process runs the school any more; everything stays as it is, chats wait at their platforms."""
    deployment = _deployment(home)
    deployment.own_of(school_id)
    _write(deployment, school_id, stopped=True)
    typer.echo(f"{school_id} is stopped. Nothing was removed; hoso-bot school start runs it again.")


@app.command()
def start(school_id: SchoolId, home: DeploymentHome = None) -> None:
    """A stopped school runs again."""
    deployment = _deployment(home)
    deployment.own_of(school_id)
    _write(deployment, school_id, stopped=False)
    typer.echo(f"{school_id} runs again within seconds.")


def _deployment(home: Path | None) -> Deployment:
    from hoso_bot.deployment import Deployment

    if home is None:
        raise SettingsError("which deployment? give --home DIR or set HOSO_HOME")
    return Deployment.at(home)


def _complete(own: Own) -> None:
    """What `init` writes for a school of its own, and a secret for webhooks that name none."""
    own.setdefault("signing", {}).setdefault("custody", "pin")
    for chat in ("telegram", "zalo_bot"):
        if own.get(chat, {}).get("mode") == "webhook":
            own[chat].setdefault("secret", secrets.token_urlsafe(24))


def _check(deployment: Deployment, school_id: str, own: Own) -> None:
    """Raises SettingsError for what cannot run, and for a host or a bot that another school has."""
    from hoso_bot.web.schools import host_of

    deployment.database(school_id).close()  # its id is one
    mine = deployment.settings_of(school_id, own)
    for other in _listed(deployment):
        if other.school_id == school_id:
            continue
        theirs = deployment.unseal(other.school_id, other.sealed)
        host = host_of(mine.web.public_url)
        if host and host == host_of(theirs.get("web", {}).get("public_url", "")):
            raise SettingsError(f"web.public_url: {host} is {other.school_id}'s; each school has its own")
        for chat in ("telegram", "zalo_bot"):
            if (token := own.get(chat, {}).get("token")) and token == theirs.get(chat, {}).get("token"):
                raise SettingsError(f"{chat}.token: {other.school_id} has this bot; each school has its own")


def _listed(deployment: Deployment) -> list[Any]:
    from hoso_bot.store.school_settings import Directory

    deployment.database("deployment").migrate()
    with closing(Directory(deployment.settings.database)) as directory:
        return directory.all()


def _told(deployment: Deployment, one: Any) -> dict[str, Any]:
    own = deployment.unseal(one.school_id, one.sealed)
    chats = [chat for chat in ("telegram", "zalo_oa", "zalo_bot") if own.get(chat)]
    public = own.get("web", {}).get("public_url", "")
    return {"id": one.school_id, "public_url": public, "chats": chats, "stopped": one.stopped}


def _state(row: dict[str, Any]) -> str:
    return "  (stopped)" if row["stopped"] else ""


def _write(deployment: Deployment, school_id: str, sealed: bytes = b"", stopped: bool | None = None) -> None:
    from hoso_bot.store.audit import Entry
    from hoso_bot.store.commit import Changes as Committed
    from hoso_bot.store.commit import commit
    from hoso_bot.store.db import moment
    from hoso_bot.store.school_settings import SchoolSettings

    now = SystemClock().now()
    with closing(deployment.database(school_id)) as db:
        row = SchoolSettings(db)
        statements = row.keep(sealed, now) if sealed else [row.stop(now if stopped else None)]
        what = "school.settings_changed" if sealed else "school.stopped" if stopped else "school.started"
        commit(db, moment(now), Committed(statements=statements, entries=[Entry("office", what, school_id)]))
