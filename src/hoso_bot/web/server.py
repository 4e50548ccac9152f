"""The HTTP side: health, readiness and the Telegram webhook."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import structlog
from aiohttp import web

from hoso_bot import texts
from hoso_bot.domain.errors import FilesAway, outline
from hoso_bot.ports import Store, Verbatim
from hoso_bot.web.limit import PROXY, Network

log = structlog.get_logger(__name__)

MAX_BODY = 1024 * 1024
WEBHOOKS = "/webhook/"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105

ONE_LINE_SECONDS = 60.0
"""How often a line tells of refused webhooks, however many come."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Receive = Callable[[dict[str, Any]], tuple[str, str, dict[str, Any]]]


def application(
    ready: Callable[[], dict[str, Any]],
    extra_routes: Iterable[web.AbstractRouteDef] = (),
    school: str = "",
    proxy: Network | None = None,
) -> web.Application:
    """The aiohttp application. `ready` tells the state of every part, with `ok` for the whole.

    school: the id that may stand behind a webhook's path as well; another one is not found.
    proxy: from where a proxy on another machine forwards, so that limits count its callers.
    """
    app = web.Application(client_max_size=MAX_BODY, middlewares=[while_files_are_away, telling_of_refusals()])
    if proxy:
        app[PROXY] = proxy
    routes = list(extra_routes)
    app.router.add_routes([*operators_routes(ready), *routes, *_with_school(routes, school)])
    return app


def operators_routes(ready: Callable[[], dict[str, Any]]) -> list[web.RouteDef]:
    """Health and readiness."""

    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def readyz(_request: web.Request) -> web.Response:
        try:
            state = await asyncio.to_thread(ready)
        except Exception as error:
            state = {"ok": False, "error": outline(error)}
        return web.json_response(state, status=200 if state["ok"] else 503)

    return [web.get("/healthz", healthz), web.get("/readyz", readyz)]


@web.middleware
async def while_files_are_away(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Scripts try again, people read why."""
    try:
        return await handler(request)
    except FilesAway:
        headers = {"Retry-After": "15", "Cache-Control": "no-store"}
        return web.Response(status=503, text=texts.render("filing.page_away"), headers=headers)


def telling_of_refusals(clock: Callable[[], float] = time.monotonic) -> Any:
    """A middleware: webhooks that were refused leave no row, but a line in the log (ASVS 16.3.3)."""
    count, quiet_until = 0, 0.0

    def refused(status: int) -> None:
        nonlocal count, quiet_until
        count += 1
        if clock() >= quiet_until:
            log.warning("webhook.refused", count=count, status=status)
            count, quiet_until = 0, clock() + ONE_LINE_SECONDS

    @web.middleware
    async def watched(request: web.Request, handler: Handler) -> web.StreamResponse:
        is_hook = request.path.startswith(WEBHOOKS)
        try:
            response = await handler(request)
        except web.HTTPClientError as error:
            if is_hook:
                refused(error.status)
            raise
        if is_hook and 400 <= response.status < 500:
            refused(response.status)
        return response

    return watched


def _with_school(routes: Iterable[web.AbstractRouteDef], school: str) -> list[web.RouteDef]:
    """Every webhook once more, with the school's id behind its path."""
    hooks = [r for r in routes if school and isinstance(r, web.RouteDef) and r.path.startswith(WEBHOOKS)]
    return [web.route(hook.method, f"{hook.path}/{school}", hook.handler) for hook in hooks]


def secret_matches(given: str | None, expected: str) -> bool:
    """Whether the secret in a webhook's header is ours, in constant time; never for ''."""
    return bool(expected) and hmac.compare_digest((given or "").encode(), expected.encode())


def telegram_webhook(
    receive: Receive,
    secret: str,
    store: Store,
    after: Callable[[dict[str, Any]], None],
) -> web.RouteDef:
    """POST /webhook/telegram: 200 only after the update is on disk, 503 when it could not be kept.

    Anything without the secret, not JSON, or not an update gets 403 or 400 and leaves no row.
    `after` answers the tap at once, best effort.
    """

    async def webhook(request: web.Request) -> web.Response:
        if not secret_matches(request.headers.get(SECRET_HEADER), secret):
            return web.Response(status=403)
        try:
            raw = Verbatim(await request.text())
            kept = receive(raw)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return web.Response(status=400)
        status = await status_once_kept(store, kept)
        if status == 200:
            after(raw)
        return web.Response(status=status)

    return web.post("/webhook/telegram", webhook)


async def status_once_kept(store: Store, item: tuple[str, str, dict[str, Any]]) -> int:
    """200 after the update is on disk, 503 when it could not be kept: most platforms then say it again."""
    try:
        await store([item])
    except Exception:
        return 503
    return 200
