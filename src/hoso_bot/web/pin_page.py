"""`/pin/{token}`: the one-time page where a signer types the PIN, so that it never stands in a chat.

The token in the link is the whole right to open the page; the PIN is the whole right to sign. What is typed
is sealed to the signing desk before it is kept and answered by the same handlers as in the chat.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from aiohttp import web

from hoso_bot.domain.events import Address, InternalEvent
from hoso_bot.domain.pin import looks_like_foreign_pin, looks_like_pin, normal
from hoso_bot.domain.pin_events import PinFromPage
from hoso_bot.lookups import Desk
from hoso_bot.store.links import Link, Links, Purpose
from hoso_bot.store.people import People
from hoso_bot.store.pins import Pins
from hoso_bot.store.school import School
from hoso_bot.web.frame import language_of, page
from hoso_bot.web.limit import Limit, address_of

ANSWER_SECONDS, LOOK_AGAIN_SECONDS = 8.0, 0.1
MOST_TYPED = 32
_TOKEN = re.compile(r"[\w-]{22}", re.ASCII)
OUTCOMES = (
    "accepted",
    "passed_on",
    "wrong",
    "weak",
    "differs",
    "lost",
    "shape",
    "paused",
    "blocked",
    "no_key",
)
SHOWN_AS = {"pin.blocked_elsewhere": "blocked"}
TONES = {"accepted": "good", "passed_on": "good", "blocked": "bad", "paused": "bad"}

Owe = Callable[[str, str, InternalEvent], Awaitable[None]]
"""Keeps owed work: (external id, lane, event); a second one with the same id is the first."""


_BLANK = Link("", Purpose.PIN, "", Address("", ""), {}, datetime.fromtimestamp(0, UTC), None)


@dataclass
class PinDesk:
    """What the page needs."""

    desk: Desk
    owe: Owe
    looks: Limit = field(default_factory=lambda: Limit(30, 60.0))

    def __post_init__(self) -> None:
        self.links = Links(self.desk.db)
        self.pins = Pins(self.desk.db)
        self.people = People(self.desk.db)


def pin_pages(desk: PinDesk) -> list[web.RouteDef]:
    """GET and POST of /pin/{token}."""

    async def show(request: web.Request) -> web.Response:
        return await _show(desk, request)

    async def typed(request: web.Request) -> web.Response:
        return await _typed(desk, request)

    return [web.get("/pin/{token}", show), web.post("/pin/{token}", typed)]


async def _show(desk: PinDesk, request: web.Request) -> web.Response:
    link, refusal = await _open(desk, request)
    return refusal or _form(desk, request, link, await _is_new(desk, link))


async def _typed(desk: PinDesk, request: web.Request) -> web.Response:
    """Seal, keep, wait for what comes of it."""
    link, refusal = await _open(desk, request)
    if refusal:
        return refusal
    form = await request.post()
    pin, again = (str(form.get(name, ""))[:MOST_TYPED] for name in ("pin", "again"))
    is_new = await _is_new(desk, link)
    if problem := await _shape_problem(desk, link, pin):
        return _form(desk, request, link, is_new, problem)
    if is_new and normal(again) != normal(pin):
        return _form(desk, request, link, is_new, "differs")
    seal = desk.desk.signer.seal
    event = PinFromPage(link.id, seal(pin), seal(again) if is_new else "")
    await desk.owe(f"pin:{link.id}", f"{link.address.channel}:{link.address.chat_id}", event)
    return _answer(desk, request, 200, await _outcome(desk, link))


async def _open(desk: PinDesk, request: web.Request) -> tuple[Link, web.Response | None]:
    """The link of the path, and the page that helps on where it cannot be used (then the link is a blank)."""
    if not desk.looks.allows(address_of(request)):
        return _BLANK, _answer(desk, request, 429, "too_often")
    link = await asyncio.to_thread(desk.links.by_token, Purpose.PIN, request.match_info["token"])
    if link is None or link.expires_at <= desk.desk.clock.now() or not await _is_theirs(desk, link):
        return _BLANK, _answer(desk, request, 404, "gone")
    return link, _answer(desk, request, 200, _shown(link.outcome)) if link.outcome else None


async def _is_theirs(desk: PinDesk, link: Link) -> bool:
    """Whether the chat the PIN was asked in still is this person's."""
    person = await asyncio.to_thread(desk.people.at, link.address)
    return person is not None and person.id == link.person_id


async def _is_new(desk: PinDesk, link: Link) -> bool:
    row = await asyncio.to_thread(desk.pins.of, link.person_id)
    return row is not None and not row.is_set


async def _shape_problem(desk: PinDesk, link: Link, pin: str) -> str:
    """Not six digits where the PIN is ours; not one word where a token or a service made it up."""
    row = await asyncio.to_thread(desk.pins.of, link.person_id)
    if row and row.is_elsewhere:
        return "" if looks_like_foreign_pin(pin) else "shape_elsewhere"
    return "" if looks_like_pin(pin) else "shape"


async def _outcome(desk: PinDesk, link: Link) -> str:
    """What the handlers said, as soon as they did."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + ANSWER_SECONDS
    while loop.time() < deadline:
        found = await asyncio.to_thread(desk.links.get, link.id)
        if found and found.outcome:
            return _shown(found.outcome)
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
    return "later"


def _shown(outcome: str) -> str:
    """The page's word for a text key the chat was given."""
    name = SHOWN_AS.get(outcome, outcome.removeprefix("pin."))
    return name if name in OUTCOMES else "away" if outcome.startswith(("token.", "remote.")) else "gone"


def _form(desk: PinDesk, request: web.Request, link: Link, is_new: bool, problem: str = "") -> web.Response:
    return _page(desk, request, 200, facts=link.facts, is_new=is_new, notice=problem, tone="warn")


def _answer(desk: PinDesk, request: web.Request, status: int, outcome: str) -> web.Response:
    return _page(
        desk, request, status, facts=None, is_new=False, notice=outcome, tone=TONES.get(outcome, "warn")
    )


def _page(desk: PinDesk, request: web.Request, status: int, **blanks: object) -> web.Response:
    school = School(desk.desk.db).row().name
    language = language_of(request)
    other = "?lang=vi" if language == "en" else "?lang=en"
    back = _back(desk, request)
    blanks |= {"school": school, "other_language": other, "back": back}
    return page("enter_pin.html", language, status, {}, **blanks)


def _back(desk: PinDesk, request: web.Request) -> str:
    """The page of the message the person came from; '' for who came from the chat."""
    token = request.query.get("ve", "")
    return f"{urlsplit(desk.desk.policy.public_url).path}/the/{token}" if _TOKEN.fullmatch(token) else ""
