"""`hoso-bot parked`: work the bot gave up on, and plans whose signature it doubts."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Annotated

import typer

from hoso_bot.clock import SystemClock
from hoso_bot.commands.options import Home, office_of

if TYPE_CHECKING:
    from hoso_bot.domain.submission import Plan, Version
    from hoso_bot.store.inbox import Inbox


def parked(
    home: Home = None,
    retry: Annotated[
        bool, typer.Option("--retry", help="Try all of it again; doubted files are verified anew.")
    ] = False,
) -> None:
    """Work the bot gave up on, and plans with a doubted signature; exit 1 while there is any."""
    from hoso_bot.store.inbox import Inbox
    from hoso_bot.store.plans import Plans

    with office_of(home) as office:
        inbox = Inbox(office.db, SystemClock())
        rows, doubted = inbox.parked(), Plans(office.db).doubted()
        for row, error in rows:
            what = row.payload.get("type", row.source)
            typer.echo(f"{row.id}  {row.received_at}  {row.lane}  {what}: {error[:200]}")
        for plan, version in doubted:
            typer.echo(f"{plan.code}  version {version.number}: a signature failed validation")
        if retry:
            typer.echo(f"{inbox.retry([row.id for row, _ in rows])} tried again")
            _look_again(doubted, inbox)
    if not retry and not rows and not doubted:
        typer.echo("nothing is parked")
    raise typer.Exit(1 if (rows or doubted) and not retry else 0)


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
