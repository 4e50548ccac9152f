"""`hoso-bot staff enrol|token|remote|unlock|revoke`: what the office does for signers and their keys."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hoso_bot.commands.options import Home, Passphrase, office_of
from hoso_bot.domain.errors import HosoError, PinRefused, SignerAway

if TYPE_CHECKING:
    from hoso_bot.keys_elsewhere import TheirCertificate
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


TheirsOption = Annotated[
    bool, typer.Option("--theirs", help="Use the certificate beside the key, of another authority.")
]
ChainOption = Annotated[
    Path | None, typer.Option("--chain", help="With --theirs: its issuers, where they do not lie there too.")
]


def _theirs(wanted: bool, chain: Path | None) -> TheirCertificate | None:
    from hoso_bot.keys_elsewhere import TheirCertificate

    if chain and not wanted:
        raise typer.BadParameter("--chain goes with --theirs")
    return TheirCertificate(chain) if wanted else None


def token(
    staff_id: StaffId,
    module: Annotated[str, typer.Option("--module", help="The token's PKCS#11 library.", metavar="FILE.so")],
    label: Annotated[str, typer.Option("--token", help="The token's label.")],
    key: Annotated[str, typer.Option("--key", help="The key's label on the token.")],
    pin: Annotated[
        str, typer.Option("--pin", envvar="HOSO_TOKEN_PIN", show_envvar=True, help="The token's user PIN.")
    ],
    theirs: TheirsOption = False,
    chain: ChainOption = None,
    home: Home = None,
    passphrase: Passphrase = "",
) -> None:
    """This signer signs with a PKCS#11 token: the key is found or made there and certified by the school.

    The key never leaves the token; signing asks for the token's own PIN.
    """
    with office_of(home, passphrase) as desk:
        person = desk.person(staff_id)
        try:
            pair = desk.keys_elsewhere.on_token(person, (module, label, key), pin, _theirs(theirs, chain))
        except (PinRefused, SignerAway) as refused:
            raise HosoError(TOKEN_TROUBLE.get(refused.text_key, str(refused))) from None
    made = "new key made on the token" if pair.made else "key found on the token"
    by = "with the certificate beside it" if theirs else "certified by the school"
    typer.echo(f"{person.staff_id}\t{person.name}\t{made}, {by}")


def remote(
    staff_id: StaffId,
    credential: Annotated[str, typer.Option("--credential", help="The credential's id at the service.")],
    theirs: TheirsOption = False,
    chain: ChainOption = None,
    home: Home = None,
    passphrase: Passphrase = "",
) -> None:
    """This signer signs with the remote service of the settings (CSC API); the school certifies the key.

    The key never leaves the service; signing asks for the PIN or one-time code that the service wants.
    """
    with office_of(home, passphrase) as desk:
        person = desk.person(staff_id)
        found = desk.keys_elsewhere.at_service(person, credential, _theirs(theirs, chain))
    wanted = " and ".join(
        name for name, is_wanted in (("PIN", found.wants_pin), ("OTP", found.wants_otp)) if is_wanted
    )
    typer.echo(f"{person.staff_id}\t{person.name}\tsigns with the remote service, by {wanted}")


TOKEN_TROUBLE = {
    "pin.wrong": "the token refuses this PIN; every wrong try counts on the token",
    "token.absent": "no such token is plugged in; see --token, --module and [signing] token_environment",
    "token.locked": "the token is locked; its vendor's software unlocks it",
    "token.last_try": "one more wrong PIN would lock the token; log in once with its vendor's software first",
    "token.no_key": "the token keeps no single key pair under this label",
}


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
