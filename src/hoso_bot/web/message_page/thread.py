"""What the page shows: the message as it stands, and what the bot answered to the last press."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from hoso_bot import texts
from hoso_bot.store.inbox import INTERNAL
from hoso_bot.store.shown_messages import ShownMessage
from hoso_bot.web.message_page.visit import MessageDesk, Refused, Visit

_ADDRESS = re.compile(r"https?://\S+")
_MAIN = ("submit", "replace", "approve", "confirm_approval", "agree", "pin", "confirm")
_GRAVE = ("reject", "cancel", "disagree")
_WAYS = ("pin", "bang", "f", "nop", "the")
_OWN = "message_page."
"""The page's own words in the chat (codes) are not repeated on it."""


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
        news = [one for one in told if one.text and not one.text.startswith(_OWN)]
    busy = bool(pressed) and not desk.inbox.is_settled(INTERNAL, pressed)
    answers = [_said(one, desk) for one in news]
    return {
        "token": visit.token,
        "person": visit.person.name,
        "card": _said(card, desk),
        "card_id": card.id,
        "answers": answers,
        "busy": busy,
        "asks": not busy and _asks(visit),
        "buttons": [] if busy else _buttons(card, news),
        "revision": f"{uow.shown_messages.newest(link.address)}-{int(busy)}",
        "open": any(card.buttons),
    }


def _asks(visit: Visit) -> bool:
    """Whether words are waited for that the last press asked for, and none that are a secret."""
    pressed_at = visit.link.facts.get("pressed_at")
    question = visit.uow.people.question(visit.link.address, visit.now)
    until = visit.uow.people.question_until(visit.link.address)
    if not pressed_at or question is None or until is None or getattr(question, "secret", False):
        return False
    asked_at = until - timedelta(minutes=visit.uow.policy.question_minutes)
    return asked_at >= datetime.fromisoformat(pressed_at)


def _buttons(card: ShownMessage, news: list[ShownMessage]) -> list[list[dict[str, str]]]:
    """Those of the last answer that has any; else the card's own."""
    for message in (*reversed(news), card):
        if message.buttons:
            return [[_button(b) for b in line] for line in message.buttons]
    return []


def _button(button: dict[str, Any]) -> dict[str, str]:
    name = button["label"].rpartition(".")[2]
    kind = "main" if name in _MAIN else "grave" if name in _GRAVE else ""
    return {"label": texts.render(button["label"], **button["facts"]), "token": button["token"], "kind": kind}


def _said(message: ShownMessage, desk: MessageDesk) -> dict[str, Any]:
    words = texts.render(message.text, **{"files_arrive": False, **message.facts})
    public_url = desk.desk.policy.public_url
    ways = [found for found in _ADDRESS.findall(words) if public_url and found.startswith(f"{public_url}/")]
    lines = [line for line in words.split("\n") if line.strip() not in ways]
    return {
        "id": message.id,
        "words": _linked("\n".join(lines).strip()),
        "ways": [_way(found) for found in ways if found in words],
        "file": message.attachment,
        "picture": message.picture is not None,
        "changed": message.changed,
    }


def _way(address: str) -> dict[str, str]:
    """A page of ours, as a button: its address below ours, and what it is for."""
    path = urlsplit(address).path
    kind = next((part for part in path.split("/") if part in _WAYS), "the")
    return {"href": address, "kind": kind}


def _linked(words: str) -> Markup:
    """Escaped, with what is an address as a link."""
    done, at = Markup(""), 0
    for found in _ADDRESS.finditer(words):
        done += escape(words[at : found.start()])
        done += Markup('<a href="{0}" rel="noreferrer">{0}</a>').format(found[0])
        at = found.end()
    return done + escape(words[at:])
