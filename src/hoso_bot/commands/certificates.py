"""`hoso-bot staff certificate`: who signs with what, and certificates that another authority issued."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hoso_bot.clock import SystemClock
from hoso_bot.commands.options import Home, Passphrase, office_of
from hoso_bot.commands.signers import tell_without_key
from hoso_bot.domain.calendar import VN
from hoso_bot.domain.vietnamese import fold

if TYPE_CHECKING:
    from hoso_bot.domain.roster import Person
    from hoso_bot.domain.signing import SigningKey
    from hoso_bot.office import Office

KEPT = {
    "server": "by this server",
    "pin": "under their PIN",
    "own": "own tool",
    "token": "on a token",
    "remote": "at the remote service",
}


def certificate(
    staff_id: Annotated[str | None, typer.Argument(metavar="[MÃ]")] = None,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Their certificate: .pem, .cer, .crt or .p7b.")
    ] = None,
    chain: Annotated[Path | None, typer.Option(help="The issuers, where FILE does not hold them.")] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Back to a certificate of the school.")] = False,
    home: Home = None,
    passphrase: Passphrase = "",
) -> None:
    """Who signs with what. With FILE: this person signs with their own tool and this certificate from now on.

    The certificate comes from another authority (VGCA, SmartCA, …) and counts alone: others of the same
    authority count for nothing. What was signed stays valid when it is changed or removed.
    """
    with office_of(home, passphrase) as desk:
        if file and staff_id:
            _register(desk, desk.person(staff_id), file, chain)
        elif remove and staff_id:
            desk.signers.unregister(desk.person(staff_id))
            desk.signers.ensure_keys()
            tell_without_key(desk)
        elif remove or chain:
            raise typer.BadParameter("say whose: hoso-bot staff certificate MÃ …")
        for person, key in desk.signers.approvers():
            if staff_id in (None, person.staff_id):
                typer.echo(_line(person, key))


def _register(desk: Office, person: Person, file: Path, chain: Path | None) -> None:
    from hoso_bot.pdf.outside_certificate import facts_of, read_outside_key

    key = read_outside_key(file, chain, SystemClock().now())
    desk.signers.register(person, key)
    named = facts_of(key.certificate_pem).name
    if fold(named) != fold(person.name):
        typer.echo(f"Note: the certificate names “{named}”; the staff list says “{person.name}”.", err=True)


def _line(person: Person, key: SigningKey | None) -> str:
    from hoso_bot.pdf.outside_certificate import facts_of

    if key is None:
        return f"{person.staff_id}\t{person.name}\tno certificate"
    facts = facts_of(key.certificate_pem)
    until = f"{facts.until.astimezone(VN):%Y-%m-%d}"
    kept = KEPT.get(key.custody, key.custody)
    return f"{person.staff_id}\t{person.name}\t{kept}\t{facts.issuer}\tuntil {until}"
