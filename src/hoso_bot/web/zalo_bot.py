"""`/webhook/zalo-bot`: what Zalo's Bot Platform posts."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from aiohttp import web

from hoso_bot.ports import Store, Verbatim
from hoso_bot.web.server import secret_matches, status_once_kept

log = logging.getLogger(__name__)

WEBHOOK = "/webhook/zalo-bot"
SECRET_HEADER = "X-Bot-Api-Secret-Token"  # noqa: S105

Receive = Callable[[dict[str, Any]], tuple[str, str, dict[str, Any]] | None]


def zalo_bot_webhook(secret: str, receive: Receive, store: Store) -> web.RouteDef:
    """POST /webhook/zalo-bot: 200 only after the update is on disk, 503 when it could not be kept.

    An empty body is Zalo's probe of a new address and gets its 200; without the secret it is 403 and nothing
    is kept. What is malformed or not for us gets 200 too, for the same would come again.
    """

    async def webhook(request: web.Request) -> web.Response:
        body = await request.read()
        if not body:
            return web.Response(status=200)
        if not secret_matches(request.headers.get(SECRET_HEADER), secret):
            return web.Response(status=403)
        try:
            kept = receive(Verbatim(body.decode()))
        except (
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
            IndexError,
            OverflowError,
            OSError,
            RecursionError,
        ):
            log.warning("action=zalo_bot.malformed bytes=%d", len(body))
            return web.Response(status=200)
        return web.Response(status=await status_once_kept(store, kept) if kept else 200)

    return web.post(WEBHOOK, webhook)
