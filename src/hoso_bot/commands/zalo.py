"""`hoso-bot zalo-oa login`: the right to speak for the school's Official Account."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated
from urllib.parse import parse_qs, urlsplit

import typer

from hoso_bot.clock import SystemClock
from hoso_bot.commands.options import Home
from hoso_bot.domain.errors import SettingsError

if TYPE_CHECKING:
    from hoso_bot.zalo_account import ZaloAccount

app = typer.Typer(help="The school's Zalo Official Account.", no_args_is_help=True)

HOW = """\
1. Open this address in a browser where the OA's administrator is logged in, and agree (within 15 minutes):

{url}

2. Zalo then opens {public}/zalo-oa/login, and the running bot takes the answer.
   Is the bot not running, or the page not reached? Copy the whole address of that page:
   hoso-bot zalo-oa login --code "…"
"""


@app.callback()
def group() -> None:
    """A group with one command stays a group."""


@app.command("login")
def login(
    code: Annotated[
        str, typer.Option("--code", help="The code of Zalo's answer, or the whole address it came back to.")
    ] = "",
    home: Home = None,
) -> None:
    """Begin a login (prints where to agree), or finish one with the code."""
    from hoso_bot.deployment import load
    from hoso_bot.store.db import Database
    from hoso_bot.zalo_account import ZaloAccount

    settings = load(home)
    db = Database(settings.database, settings.school_id)
    try:
        db.migrate()
        account = ZaloAccount.of(settings, db, SystemClock())
        if account is None:
            raise SettingsError("no Zalo app: set HOSO_ZALO_OA__APP_ID, __APP_SECRET and __OA_SECRET")
        if not code:
            typer.echo(HOW.format(url=account.login_url(), public=settings.web.public_url))
            return
        asyncio.run(_finish(account, *_read(code)))
        typer.echo("connected; hoso-bot doctor checks it")
    finally:
        db.close()


async def _finish(account: ZaloAccount, code: str, state: str | None, oa_id: str | None) -> None:
    try:
        await account.tokens.finish_login(code, state, oa_id)
    finally:
        await account.api.close()


def _read(pasted: str) -> tuple[str, str | None, str | None]:
    """Code, state and OA id of a pasted address; of a code alone just that."""
    if "code=" not in pasted:
        return pasted.strip(), None, None
    given = parse_qs(urlsplit(pasted.strip()).query)
    found = [given.get(name, [None])[0] for name in ("code", "state", "oa_id")]
    return found[0] or "", found[1], found[2]
