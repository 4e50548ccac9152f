"""`hoso-bot staff …`: the staff list, invitations, absences."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hoso_bot import texts
from hoso_bot.clock import SystemClock
from hoso_bot.commands import expected
from hoso_bot.commands.options import AsJson, Home, Passphrase, office_of, print_json
from hoso_bot.commands.signers import tell_without_key
from hoso_bot.domain.calendar import VN
from hoso_bot.domain.errors import RosterError

if TYPE_CHECKING:
    from hoso_bot.office import NewInvite, Office
    from hoso_bot.store.people import Account
    from hoso_bot.store.tours import Training

app = typer.Typer(help="The staff list and invitations.", no_args_is_help=True)
app.command("exempt")(expected.exempt)


@app.command("import")
def import_staff(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The staff list, .xlsx or .csv.")],
    home: Home = None,
    passphrase: Passphrase = "",
) -> None:
    """Make the staff exactly this list (a later import updates it)."""
    from hoso_bot.store.roster_file import read_roster

    with office_of(home, passphrase) as office:
        try:
            listed, added, left = office.import_staff(read_roster(file))
            tell_without_key(office)
        except RosterError as error:
            typer.echo(f"{error}\nNothing was imported.", err=True)
            raise typer.Exit(1) from None
    typer.echo(f"{listed} people listed, {added} new, {left} left.")


@app.command("invite")
def invite(
    staff_ids: Annotated[
        list[str] | None, typer.Argument(metavar="[MÃ]...", help="Only these people (default: all unlinked).")
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
    pdf: Annotated[Path | None, typer.Option(help="Write a sheet to print and cut.")] = None,
    zalo: Annotated[bool, typer.Option("--zalo", help="Short codes to type into the school's Zalo.")] = False,
    passphrase: Passphrase = "",
) -> None:
    """Make fresh one-time codes; older unused codes of the same people stop working."""
    if zalo:
        if pdf:
            raise typer.BadParameter("--pdf is the sheet of the long codes; --zalo has none")
        _invite_to_zalo(tuple(staff_ids or ()), home, as_json)
        return
    with office_of(home, passphrase) as office:
        office.signers.ensure_keys()
        tell_without_key(office)
        invites = office.invite(tuple(staff_ids or ()))
        if pdf and invites:
            _write_sheet(pdf, office, invites)
    if as_json:
        print_json([_as_json(i) for i in invites])
        return
    for i in invites:
        typer.echo(f"{i.person.staff_id}\t{i.person.name}\t{i.telegram_link or i.code}")
    if not invites:
        typer.echo("Everybody is linked; name people to invite them again.")


def _invite_to_zalo(staff_ids: tuple[str, ...], home: Path | None, as_json: bool) -> None:
    """One line a person: what to type, and until when."""
    with office_of(home) as office:
        invites = office.invite_to_zalo(staff_ids)
    if as_json:
        print_json(
            [
                {
                    "staff_id": i.person.staff_id,
                    "name": i.person.name,
                    "code": i.typed,
                    "zalo_link": i.link,
                    "expires": i.expires.isoformat(),
                }
                for i in invites
            ]
        )
        return
    for i in invites:
        until = f"{i.expires.astimezone(VN):%H:%M %d/%m}"
        typer.echo(
            "\t".join((i.person.staff_id, i.person.name, i.typed, f"until {until}", i.link or "")).rstrip()
        )
    if not invites:
        typer.echo("Everybody is on Zalo; name people to invite them again.")


def _as_json(invite: NewInvite) -> dict[str, Any]:
    person = invite.person
    return {
        "staff_id": person.staff_id,
        "name": person.name,
        "code": invite.code,
        "telegram_link": invite.telegram_link,
    }


def _write_sheet(target: Path, office: Office, invites: list[NewInvite]) -> None:
    from hoso_bot.pdf.invite_sheet import Invite, SheetWords, write_sheet

    rows = [
        Invite(i.person.staff_id, i.person.name, i.person.group, i.code, i.telegram_link, i.expires)
        for i in invites
    ]
    words = SheetWords(
        scan_steps=tuple(texts.raw("sheet.scan_steps").splitlines()),
        type_steps=tuple(texts.raw("sheet.type_steps").splitlines()),
        any_bot=texts.raw("sheet.any_bot"),
        code=texts.raw("sheet.code"),
        expires=texts.raw("sheet.expires"),
    )
    row = office.school.row()
    write_sheet(target, row.name, row.telegram_username, rows, words)
    typer.echo(f"Sheet written: {target}", err=True)


@app.command("list")
def list_staff(home: Home = None, as_json: AsJson = False) -> None:
    """Everybody: their chats (* : chosen for reminders), and whether they took the first-use tour."""
    with office_of(home) as office:
        chats, training = office.people.all_accounts(), office.tours.all()
        rows: list[dict[str, Any]] = [
            {
                "staff_id": person.staff_id,
                "name": person.name,
                "role": person.role.value,
                "group": person.group,
                "linked": person.id in chats,
                "chats": [_chat(account) for account in chats.get(person.id, ())],
                "tour": _tour(training.get(person.id)),
            }
            for person in office.people.all()
            if person.active
        ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        linked = ", ".join(f"{chat['channel']}{'*' if chat['chosen'] else ''}" for chat in row["chats"])
        state = f"linked: {linked}" if linked else "not linked"
        typer.echo("\t".join((row["staff_id"], row["name"], state, f"tour {row['tour'] or 'open'}")))


def _chat(account: Account) -> dict[str, Any]:
    return {
        "channel": account.address.channel,
        "reachable": account.reachable,
        "chosen": account.chosen,
    }


def _tour(training: Training | None) -> str:
    """`done 2026-09-01`, `skipped 2026-09-01`, or nothing."""
    if training is None:
        return ""
    return f"{'skipped' if training.skipped else 'done'} {training.ended_at.astimezone(VN):%Y-%m-%d}"


@app.command("absent")
def absent(
    staff_id: Annotated[str, typer.Argument(metavar="MÃ")],
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"])] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"])] = None,
    undo: Annotated[bool, typer.Option("--undo", help="They are back.")] = False,
    home: Home = None,
) -> None:
    """Mark a leader absent from a day to a day (default: today); who comes after them may sign for them."""
    today = SystemClock().now().astimezone(VN).date()
    begins = first.date() if first else today
    ends = last.date() if last else begins
    with office_of(home) as office:
        person = office.absent(staff_id, begins, ends, undo)
    typer.echo(f"{person.staff_id}\t{person.name}\t{'present' if undo else f'absent {begins} to {ends}'}")
