"""Forged webhooks: no row, no flood of lines, but a line that says how many."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from tests.fakes.clock import FakeClock
from tests.school import NOW

from hoso_bot.web import server

Client = TestClient[web.Request, web.Application]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
async def client(clock: FakeClock) -> AsyncIterator[Client]:
    """A web server whose webhook refuses as its body says, and a page that refuses everybody."""

    async def hook(request: web.Request) -> web.Response:
        if (status := int(await request.text())) == 413:
            raise web.HTTPRequestEntityTooLarge(1, 2)
        return web.Response(status=status)

    async def page(_request: web.Request) -> web.Response:
        return web.Response(status=403)

    app = web.Application(middlewares=[server.telling_of_refusals(lambda: clock.now().timestamp())])
    app.router.add_routes([web.post("/webhook/telegram", hook), web.get("/v/x", page)])
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        yield client


async def test_however_many_come_a_minute_has_one_line(client: Client, clock: FakeClock) -> None:
    with structlog.testing.capture_logs() as lines:
        for status in (403, 403, 400, 413, 404):
            assert (await client.post("/webhook/telegram", data=str(status))).status == status
        assert [(line["event"], line["count"]) for line in lines] == [("webhook.refused", 1)]
        clock.skip(timedelta(seconds=server.ONE_LINE_SECONDS))
        await client.post("/webhook/telegram", data="403")
    assert [(line["count"], line["status"]) for line in lines] == [(1, 403), (5, 403)]


async def test_what_is_kept_and_what_is_no_webhook_is_no_refusal(client: Client) -> None:
    with structlog.testing.capture_logs() as lines:
        for status in (200, 503):
            await client.post("/webhook/telegram", data=str(status))
        await client.get("/v/x")
    assert lines == []
