"""What the page shows: the message as it stands, and what the bot answered to the last press."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from hoso_bot import texts
from hoso_bot.store.inbox import INTERNAL
from hoso_bot.store.links import Purpose
from hoso_bot.store.shown_messages import ShownMessage
from hoso_bot.web.message_page.reading import reading_of
from hoso_bot.web.message_page.visit import MessageDesk, Visit
from hoso_bot.web.refusal import Refused

_ADDRESS = re.compile(r"https?://\S+")
_MAIN = ("submit", "replace", "approve", "confirm_approval", "agree", "pin", "confirm")
_GRAVE = ("reject", "cancel", "disagree")
_GOOD = ("sign.done", "sign.finished", "submit.done", "decide.rejected", "card.approved", "card.submitted")
_WORKING = ("decide.signing", "pin.accepted")
"""Text keys of what ends well, and of what is being done."""
_WAYS = ("pin", "bang", "f", "nop", "the")
_OWN = "message_page."
MOST_IN_A_BAR = 3


def thread(desk: MessageDesk, visit: Visit) -> dict[str, Any]:
    """Blanks of the page. Raises Refused where the message is no longer kept."""
    uow, link = visit.uow, visit.link
    card = uow.shown_messages.find(link.address, link.facts["message"])
    if card is None or not card.text:
        raise Refused(410, "gone")
    pressed = link.facts.get("pressed", "")
    news: list[ShownMessage] = []
    if pressed:
        told = uow.shown_messages.after(link.address, visit.person.id, link.facts["said_before"])
        news = [one for one in reversed(told) if one.text and not _is_over(one, visit)]
    busy = bool(pressed) and desk.inbox.state_of(INTERNAL, pressed) in ("todo", "doing")
    answers = [_said(one, visit) for one in news]
    facts = {
        "token": visit.token,
        "person": visit.person.name,
        "card": _said(card, visit),
        "answers": [one for one in answers if one is answers[0] or one["tone"] != "working"],
        "pressed": bool(pressed),
        "busy": busy,
        "asks": not busy and _asks(visit),
    }
    return {**facts, "revision": hashlib.sha256(repr(facts).encode()).hexdigest()[:16]}


def _is_over(message: ShownMessage, visit: Visit) -> bool:
    """The page's own words in the chat (codes), and the question for a PIN that was typed."""
    kind, _, token = urlsplit(str(message.facts.get("link", ""))).path.rpartition("/")
    pin = visit.uow.links.by_token(Purpose.PIN, token) if kind.endswith("/pin") else None
    return message.text.startswith(_OWN) or (pin is not None and pin.outcome is not None)


def _asks(visit: Visit) -> bool:
    """Whether words are waited for that the last press asked for, and none that are a secret."""
    pressed_at = visit.link.facts.get("pressed_at")
    question = visit.uow.prompts.question(visit.link.address, visit.now)
    until = visit.uow.prompts.question_until(visit.link.address)
    if not pressed_at or question is None or until is None or getattr(question, "secret", False):
        return False
    asked_at = until - timedelta(minutes=visit.uow.policy.question_minutes)
    return asked_at >= datetime.fromisoformat(pressed_at)


def _said(message: ShownMessage, visit: Visit) -> dict[str, Any]:
    """One message as blanks: its words, the pages of ours it leads to, its file, its buttons."""
    words = texts.render(message.text, **{"files_arrive": False, **message.facts})
    public_url = visit.uow.policy.public_url
    ours = [way for way in _ADDRESS.findall(words) if public_url and way.startswith(f"{public_url}/")]
    lines = [line for line in words.split("\n") if line.strip() not in ours]
    title, _, rest = "\n".join(lines).strip().partition("\n")
    reading = reading_of(message, visit.uow)
    return {
        "id": message.id,
        "title": _linked(title),
        "rest": _linked(rest.strip("\n")),
        "ways": [_way(way, visit.token) for way in ours],
        "pages": reading.pages if reading else 0,
        "file": {"name": reading.name, "pdf": reading.is_pdf, "mb": _megabytes(reading.size)}
        if reading
        else None,
        "picture": message.picture is not None and (reading is not None or message.attachment is None),
        "changed": message.changed,
        "tone": "good" if message.text in _GOOD else "working" if message.text in _WORKING else "",
        "buttons": [[_button(b) for b in line] for line in message.buttons],
        "bar": 0 < sum(map(len, message.buttons)) <= MOST_IN_A_BAR,
    }


def _button(button: dict[str, Any]) -> dict[str, str]:
    name = button["label"].rpartition(".")[2]
    kind = "main" if name in _MAIN else "grave" if name in _GRAVE else ""
    return {"label": texts.render(button["label"], **button["facts"]), "token": button["token"], "kind": kind}


def _way(address: str, token: str) -> dict[str, str]:
    """A page of ours, as a button: what it is for, and from where one comes back here."""
    kind = next((part for part in urlsplit(address).path.split("/") if part in _WAYS), "the")
    return {"href": f"{address}?ve={token}" if kind == "pin" else address, "kind": kind}


def _linked(words: str) -> Markup:
    """Escaped, with what is an address as a link."""
    done, at = Markup(""), 0
    for found in _ADDRESS.finditer(words):
        done += escape(words[at : found.start()])
        done += Markup('<a href="{0}" rel="noreferrer">{0}</a>').format(found[0])
        at = found.end()
    return done + escape(words[at:])


def _megabytes(size: int) -> float:
    return max(0.1, round(size / 1_000_000, 1))
