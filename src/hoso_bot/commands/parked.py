"""`hoso-bot parked …`: work and messages the bot gave up on, and plans whose signature it doubts."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from hoso_bot.clock import SystemClock
from hoso_bot.commands.options import Home, office_of
from hoso_bot.domain.errors import HosoError

if TYPE_CHECKING:
    from hoso_bot.domain.submission import Plan, Version
    from hoso_bot.office import Office
    from hoso_bot.store.inbox import Inbox, Kept
    from hoso_bot.store.outbox import Outbox, Undelivered

app = typer.Typer(help="Work and messages the bot gave up on, and plans with a doubted signature.")

CAUSES = {
    "FileNotFoundError": "a stored file is missing; bring it back from a backup",
    "SandboxFailed": "the file could not be looked at in time or memory",
    "SigningFailed": "no trustworthy signature came out",
    "PermissionError": "a file or folder may not be written; see that the bot owns its folder",
    "OSError": "the disk or the network did not do it",
    "OperationalError": "the database was away, locked or full",
    "KeyError": "something it needs is not there, deleted perhaps, or not as expected",
    "LookupError": "something it needs is not there, deleted perhaps",
    "NoResultFound": "something it needs is not there, deleted perhaps",
    "Conflict": "others changed the same thing again and again",
}
"""What the first word of an error means for who has to mend it."""
OUR_BUG = "a fault in the program; keep this line for who mends it"
NOT_TAKEN = "the platform did not take it"
UNWORDED = "cannot be rendered"
_ID = re.compile(r"(in|out)(\d+)")


@app.callback(invoke_without_command=True)
def parked(
    context: typer.Context,
    home: Home = None,
    retry: Annotated[bool, typer.Option("--retry", help="The same as `retry`.")] = False,
) -> None:
    """List it, as `list` does."""
    if context.invoked_subcommand is None:
        again([], home) if retry else show(home)


@app.command("list")
def show(home: Home = None) -> None:
    """Each with the reason; exit 1 while there is any."""
    with office_of(home) as office:
        piles = _Piles.of(office)
        for row, error in piles.work:
            what = row.payload.get("type", row.source)
            typer.echo(f"in{row.id}  {row.received_at}  {row.lane}  {what}: {why(error)}")
        for message in piles.messages:
            person = office.people.get(message.person_id) if message.person_id else None
            to = person.staff_id if person else message.address.chat_id
            reason = why(message.error, OUR_BUG if UNWORDED in message.error else NOT_TAKEN)
            typer.echo(f"out{message.id}  {message.created_at}  to {to}  {message.text}: {reason}")
        for plan, version in piles.doubted:
            typer.echo(f"{plan.code}  version {version.number}: a signature failed validation")
    if not piles.any:
        typer.echo("nothing is parked")
    raise typer.Exit(1 if piles.any else 0)


@app.command("retry")
def again(
    ids: Annotated[list[str] | None, typer.Argument(help="As listed: in12 out7; without any, all.")] = None,
    home: Home = None,
) -> None:
    """Try again once the cause is gone; without ids also verify doubted files anew."""
    with office_of(home) as office:
        piles = _Piles.of(office)
        chosen = _chosen(ids or [], piles)
        count = piles.inbox.retry(chosen["in"]) + piles.outbox.retry(chosen["out"])
        typer.echo(f"{count} tried again")
        if not ids:
            _look_again(piles.doubted, piles.inbox)


def why(error: str, otherwise: str = OUR_BUG) -> str:
    """An error column in words, the column itself behind them."""
    kind = re.split(r"[ :]", error, maxsplit=1)[0]
    return f"{CAUSES.get(kind, otherwise)} ({error[:200]})"


@dataclass(frozen=True)
class _Piles:
    """What is parked."""

    inbox: Inbox
    outbox: Outbox
    work: list[tuple[Kept, str]]
    messages: list[Undelivered]
    doubted: list[tuple[Plan, Version]]

    @classmethod
    def of(cls, office: Office) -> _Piles:
        """A school's."""
        from hoso_bot.store.inbox import Inbox
        from hoso_bot.store.outbox import Outbox
        from hoso_bot.store.plans import Plans

        inbox, outbox = Inbox(office.db, SystemClock()), Outbox(office.db, SystemClock())
        return cls(inbox, outbox, inbox.parked(), outbox.parked(), Plans(office.db).doubted())

    @property
    def any(self) -> bool:
        """Whether there is anything."""
        return bool(self.work or self.messages or self.doubted)


def _chosen(ids: list[str], piles: _Piles) -> dict[str, list[int]]:
    """Row ids by queue; all of both without a wish. Raises HosoError for what is not parked."""
    known = {"in": [row.id for row, _ in piles.work], "out": [message.id for message in piles.messages]}
    if not ids:
        return known
    wanted: dict[str, list[int]] = {"in": [], "out": []}
    for given in ids:
        found = _ID.fullmatch(given)
        if found is None or int(found[2]) not in known[found[1]]:
            raise HosoError(f"{given} is not parked; hoso-bot parked list shows what is")
        wanted[found[1]].append(int(found[2]))
    return wanted


def _look_again(doubted: list[tuple[Plan, Version]], inbox: Inbox) -> None:
    """Owed work for the running bot: verify, then release the plan or give it back to its signer."""
    from hoso_bot.domain.chain_events import DoubtRechecked
    from hoso_bot.domain.events import to_json
    from hoso_bot.store.inbox import INTERNAL, Arrival

    inbox.keep(
        [
            Arrival(
                INTERNAL,
                f"recheck:{secrets.token_hex(8)}",
                f"plan:{plan.id}",
                to_json(DoubtRechecked(version.id)),
            )
            for plan, version in doubted
        ]
    )
    for plan, _ in doubted:
        typer.echo(f"{plan.code} is verified again by the running bot; teacher and signer hear the outcome")
