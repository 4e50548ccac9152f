"""`hoso-bot staff enrol|unlock`: what the office does for signers and their keys (custody `pin`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hoso_bot.commands.options import Home, Passphrase, office_of

if TYPE_CHECKING:
    from hoso_bot.office import Office

StaffId = Annotated[str, typer.Argument(metavar="MÃ")]


def enrol(
    staff_id: Annotated[
        str | None, typer.Argument(metavar="[MÃ]", help="This signer anew (forgotten PIN).")
    ] = None,
    home: Home = None,
    passphrase: Passphrase = "",
) -> None:
    """Make the certificates that approvers still lack; with a staff id, a new key that needs a new PIN.

    With custody `pin` the first run puts the school's certificate authority under the passphrase.
    """
    with office_of(home, passphrase) as desk:
        if staff_id:
            person = desk.person(staff_id)
            desk.signers.enrol_anew(person)
            pin = "; chooses a new PIN at the next approval" if desk.signers.custody == "pin" else ""
            typer.echo(f"{person.staff_id}\t{person.name}\tnew certificate{pin}")
            return
        if desk.signers.lock_authority():
            typer.echo("the certificate authority is under the office passphrase from now on")
            typer.echo("custody pin: every approver chooses a PIN at the next approval; restart the bot")
        typer.echo(f"{desk.signers.ensure_keys()} certificates made")
        tell_without_key(desk)


def unlock(staff_id: StaffId, home: Home = None) -> None:
    """Let a signer try the PIN again after too many wrong tries."""
    with office_of(home) as desk:
        person = desk.person(staff_id)
        desk.signers.unlock_pin(person)
    typer.echo(f"{person.staff_id}\t{person.name}\tmay try again")


def revoke(staff_id: StaffId, home: Home = None) -> None:
    """A lost phone or account: chats, codes, signing window and certificate of this person end at once."""
    with office_of(home) as desk:
        person = desk.person(staff_id)
        chats = desk.signers.revoke(person)
    typer.echo(f"{person.staff_id}\t{person.name}\t{chats} chats unlinked, certificate revoked")
    typer.echo(f"When the person is safe again: hoso-bot staff enrol, then hoso-bot staff invite {staff_id}")


def tell_without_key(desk: Office) -> None:
    """What to do on stderr while approvers wait for the office passphrase."""
    if waiting := desk.signers.without_key():
        names = ", ".join(person.staff_id for person in waiting)
        typer.echo(
            f"No certificate yet: {names}. They cannot sign until you run, with the passphrase that", err=True
        )
        typer.echo("`hoso-bot init` printed:  hoso-bot staff enrol --passphrase …", err=True)
