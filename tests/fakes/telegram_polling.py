"""How updates leave: getUpdates and the webhook settings, as in tdlib/telegram-bot-api Client.cpp."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time

from telegram_call import Call
from telegram_world import Json, Refused, World

HOOKED = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)
OTHER_POLLER = (
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
)
CONFLICT_PACE = 3.0


async def get_updates(call: Call) -> list[Json]:
    world = call.world
    if world.webhook.get("url"):
        raise await _conflict(world, HOOKED)
    _remember_kinds(call)
    offset, limit, timeout = _paced(world, call)
    world.confirm(offset)
    if timeout and not world.waiting():
        await _wait(world, timeout)
    return [item.update for item in world.waiting()[:limit]]


def _paced(world: World, call: Call) -> tuple[int, int, float]:
    """(offset, limit, timeout); a client that repeats an offset at once is slowed down."""
    offset, limit = call.whole("offset"), call.between("limit", 100, 1, 100)
    timeout = float(call.between("timeout", 0, 0, 50))
    now = time.monotonic()
    same, since = world.last_poll[0] == offset, now - world.last_poll[1]
    world.last_poll = (offset, now)
    if same and since < 3 and timeout < 3:
        timeout = 3.0
    return offset, (1 if same and since < 0.5 else limit), timeout


async def _wait(world: World, timeout: float) -> None:
    """Until something waits; a newer long poll, or a webhook, ends an older long poll with 409."""
    world.poller += 1
    mine = world.poller
    await world.wake()

    def ready() -> bool:
        return world.poller != mine or bool(world.waiting()) or bool(world.webhook.get("url"))

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timeout), world.changed:
            await world.changed.wait_for(ready)
    if world.webhook.get("url"):
        raise await _conflict(world, "Conflict: terminated by setWebhook request")
    if world.poller != mine:
        raise await _conflict(world, OTHER_POLLER)


async def _conflict(world: World, description: str) -> Refused:
    """A 409; the second within three seconds is kept back, so that fighting pollers slow down."""
    now = time.monotonic()
    if now < world.next_conflict:
        await asyncio.sleep(CONFLICT_PACE)
    else:
        world.next_conflict = now + CONFLICT_PACE
    return Refused(409, description)


async def set_webhook(call: Call) -> bool:
    world, url = call.world, call.text("url")
    if not url:
        return await delete_webhook(call)
    if time.monotonic() < world.next_webhook:
        raise Refused(429, "Too Many Requests: retry after 1", retry_after=1)
    world.next_webhook = time.monotonic() + 1
    if not re.match(r"https?://[^/\s]+", url):
        raise Refused(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
    secret = call.text("secret_token")
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
        raise Refused(400, "Bad Request: secret token contains unallowed characters")
    _remember_kinds(call)
    _drop_pending(call)
    world.webhook = {
        "url": url,
        "secret": secret,
        "max_connections": call.between("max_connections", 40, 1, 100),
    }
    return True


async def delete_webhook(call: Call) -> bool:
    call.world.webhook = {}
    _drop_pending(call)
    return True


def _remember_kinds(call: Call) -> None:
    if "allowed_updates" in call.params:
        call.world.allowed_updates = call.data("allowed_updates", [])


def _drop_pending(call: Call) -> None:
    if call.flag("drop_pending_updates"):
        call.world.pending = []


async def get_webhook_info(call: Call) -> Json:
    world = call.world
    shown = {k: v for k, v in world.webhook.items() if k not in ("secret", "url")}
    return {
        "url": world.webhook.get("url", ""),
        "has_custom_certificate": False,
        "pending_update_count": len(world.waiting()),
        **({"allowed_updates": world.allowed_updates} if world.allowed_updates else {}),
        **shown,
    }
