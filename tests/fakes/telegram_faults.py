"""What can go wrong between a bot and Telegram, on demand."""

from __future__ import annotations

import asyncio

from aiohttp import web
from telegram_world import Impossible, Json, Refused, World

FAULTS = ("429", "status", "drop", "lost", "slow", "garbage")


def schedule_fault(world: World, wish: Json, _: bytes | None) -> Json:
    """`kind` (see FAULTS) for `method` ("*" = any), `times` times after `after` good calls; `status`,
    `description`, `retry_after`, `seconds` (slow) and `chat_id` as needed."""
    if wish.get("kind") not in FAULTS:
        raise Impossible(f"kind must be one of {FAULTS}")
    world.faults.append({"method": "*", "times": 1, "after": 0, **wish})
    return {"faults": len(world.faults)}


def clear_faults(world: World, _: Json, __: bytes | None) -> Json:
    world.faults.clear()
    return {"faults": 0}


def next_fault(world: World, call: Json) -> Json:
    """The fault that hits this call, {} for none."""
    for fault in world.faults:
        if not _hits(fault, call) or fault["times"] < 1:
            continue
        if fault["after"] > 0:
            fault["after"] -= 1
            continue
        fault["times"] -= 1
        call["fault"] = fault["kind"]
        return fault
    return {}


def _hits(fault: Json, call: Json) -> bool:
    same_chat = "chat_id" not in fault or str(fault["chat_id"]) == call["params"].get("chat_id")
    return same_chat and fault["method"].lower() in ("*", call["method"].lower())


async def before(fault: Json, request: web.Request) -> web.StreamResponse | None:
    """What happens instead of the method, None when it is performed after all. Raises Refused."""
    match fault.get("kind"):
        case "429":
            seconds = fault.get("retry_after", 1)
            raise Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        case "status":
            status = int(fault.get("status", 500))
            raise Refused(status, fault.get("description", "Internal Server Error"))
        case "drop":
            return hang_up(request)
        case "garbage":
            return web.Response(text=fault.get("body", "<html>not the Bot API</html>"))
        case "slow":
            await asyncio.sleep(float(fault.get("seconds", 1)))
    return None


def hang_up(request: web.Request) -> web.Response:
    """Close the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=499)


async def half(request: web.Request, body: bytes) -> web.StreamResponse:
    """Announce all bytes, give half, close."""
    answer = web.StreamResponse(headers={"Content-Length": str(len(body))})
    await answer.prepare(request)
    await answer.write(body[: len(body) // 2])
    await asyncio.sleep(0.05)
    hang_up(request)
    return answer
