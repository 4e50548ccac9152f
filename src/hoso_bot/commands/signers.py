"""`hoso-bot staff enrol|unlock`: what the office does for signers and their keys (custody `pin`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hoso_bot.clock import SystemClock
from hoso_bot.commands.options import Home

if TYPE_CHECKING:
    from hoso_bot.office import Office

StaffId = Annotated[str, typer.Argument(metavar="MÃ")]
Passphrase = Annotated[
    str,
    typer.Option(
        "--passphrase",
        envvar="HOSO_OFFICE_PASSPHRASE",
        show_envvar=True,
        help="The office passphrase: needed where a certificate has to be made.",
    ),
]


@contextmanager
def _office(home: Path | None, passphrase: str = "") -> Iterator[Office]:
    from hoso_bot.office import Office
    from hoso_bot.settings import load

    desk = Office(load(home), SystemClock(), passphrase)
    try:
        yield desk
    finally:
        desk.close()


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
    with _office(home, passphrase) as desk:
        if staff_id:
            person = desk.enrol_anew(staff_id)
            typer.echo(
                f"{person.staff_id}\t{person.name}\tnew certificate; chooses a new PIN at the next approval"
            )
            return
        if desk.lock_authority():
            typer.echo("the certificate authority is under the office passphrase from now on")
        typer.echo(f"{desk.ensure_keys()} certificates made")
        tell_without_key(desk)


def unlock(staff_id: StaffId, home: Home = None) -> None:
    """Let a signer try the PIN again after too many wrong tries."""
    with _office(home) as desk:
        person = desk.unlock_pin(staff_id)
    typer.echo(f"{person.staff_id}\t{person.name}\tmay try again")


def tell_without_key(desk: Office) -> None:
    """A line on stderr while approvers wait for the office passphrase."""
    if waiting := desk.without_key():
        names = ", ".join(person.staff_id for person in waiting)
        typer.echo(f"No certificate yet: {names}. Run: hoso-bot staff enrol --passphrase …", err=True)
