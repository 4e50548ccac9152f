"""`/webhook/zalo-oa`, and `/zalo-oa/login` where the OA's administrator comes back to after agreeing."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from hoso_bot.domain.errors import HosoError
from hoso_bot.ports import Store, Verbatim
from hoso_bot.web.frame import language_of, page
from hoso_bot.web.limit import Limit, address_of
from hoso_bot.web.server import status_once_kept

log = logging.getLogger(__name__)

SIGNATURE_HEADER = "X-ZEvent-Signature"
WEBHOOK, LOGIN = "/webhook/zalo-oa", "/zalo-oa/login"
OUTCOMES = {"done": 200, "failed": 400}
"""What the page may say (also again, in the other language), each with its status."""

Receive = Callable[[dict[str, Any]], tuple[str, str, dict[str, Any]] | None]
FinishLogin = Callable[[str, str, str | None], Awaitable[None]]


def zalo_oa_webhook(
    is_signed: Callable[[str | None, bytes], bool], receive: Receive, store: Store
) -> web.RouteDef:
    """POST /webhook/zalo-oa: 200 only after the event is on disk, 503 when it could not be kept.

    What is not signed gets 200 too and leaves nothing: Zalo probes a new address with an unsigned request
    and takes no address that refuses it. So does what is signed but not for us, or malformed.
    """

    async def webhook(request: web.Request) -> web.Response:
        body = await request.read()
        if not is_signed(request.headers.get(SIGNATURE_HEADER), body):
            return web.Response(status=200)
        try:
            kept = receive(Verbatim(body.decode()))
        except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError, OSError):
            log.warning("action=zalo_oa.malformed bytes=%d", len(body))
            return web.Response(status=200)
        return web.Response(status=await status_once_kept(store, kept) if kept else 200)

    return web.post(WEBHOOK, webhook)


def zalo_oa_login(school: str, finish: FinishLogin) -> web.RouteDef:
    """GET /zalo-oa/login?code=…&state=…&oa_id=…: trades the code for tokens; the state is the whole right."""
    looks = Limit(10, 60.0)

    async def login(request: web.Request) -> web.Response:
        shown = request.query.get("shown")
        outcome = shown if shown in OUTCOMES else await _finished(request, finish, looks)
        language = language_of(request)
        other = f"?shown={outcome}&lang={'vi' if language == 'en' else 'en'}"
        blanks = {"school": school, "outcome": outcome, "other_language": other}
        return page("zalo_login.html", language, OUTCOMES[outcome], {}, **blanks)

    return web.get(LOGIN, login)


async def _finished(request: web.Request, finish: FinishLogin, looks: Limit) -> str:
    """Trade the code of this request; what came of it."""
    code, state = request.query.get("code", ""), request.query.get("state", "")
    if not (looks.allows(address_of(request)) and code and state):
        return "failed"
    try:
        await finish(code, state, request.query.get("oa_id"))
    except (HosoError, OSError) as error:
        log.warning("action=zalo_oa.login_failed %s", type(error).__name__)
        return "failed"
    return "done"
