"""The servers `bench.ingest` compares, side by side in one process: `python -m bench.webhooks FOLDER`.

/bare parses the JSON and answers. /webhook/telegram is the product's own: secret, update, lane, one row per
update in SQLite (WAL, synchronous=FULL) by group commit, answered when it is on disk.
Prints {"port": n} when it listens and leaves when stdin ends.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from aiohttp import web

from bench.load import SECRET
from hoso_bot.channels import telegram_updates
from hoso_bot.channels.telegram import Telegram
from hoso_bot.clock import SystemClock
from hoso_bot.store.db import Database
from hoso_bot.store.inbox import Arrival, GroupCommit, Inbox
from hoso_bot.web.server import application, telegram_webhook
from hoso_bot.workers.bell import Bell


async def bare(request: web.Request) -> web.Response:
    """What any webhook has to do at least."""
    await request.json()
    return web.Response(status=200)


def durable(db: Database, telegram: Telegram) -> tuple[web.RouteDef, GroupCommit]:
    """The product's route, joined as `app.py` does it, without the workers behind it."""
    writer, bell = GroupCommit(Inbox(db, SystemClock())), Bell()

    async def store(items: list[tuple[str, str, dict[str, Any]]]) -> None:
        await writer.keep([Arrival(telegram_updates.CHANNEL, *item) for item in items])
        bell.ring()

    route = telegram_webhook(telegram.receive, SECRET, store, telegram.answer_tap)
    return route, writer


async def serve(folder: Path) -> None:
    """Both routes on one free port of 127.0.0.1."""
    db, telegram = Database(f"sqlite:///{folder / 'bench.db'}"), Telegram("1:bench", "http://127.0.0.1:9")
    db.migrate()
    route, writer = durable(db, telegram)
    app = application(lambda: {"ok": True}, [web.post("/bare", bare), route])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(json.dumps({"port": runner.addresses[0][1]}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()
    writer.close()
    await telegram.close()
    db.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
