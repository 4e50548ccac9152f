"""A PIN typed in a chat is sealed before it is kept: the inbox, its backups and logs never hold one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from hoso_bot.domain.events import Address, ChatEvent, TextSent
from hoso_bot.domain.pin import (
    NO_PIN,
    looks_like_foreign_pin,
    looks_like_pin,
    may_be_foreign_pin,
    may_be_pin,
)
from hoso_bot.ports import Signer

Item = tuple[str, str, dict[str, Any]]


class Chats(Protocol):
    """Whose words may be a PIN (`store.pins`)."""

    def may_hear_one(self, address: Address) -> bool:
        """Whether this chat was asked for a PIN last, or belongs to somebody who has one."""
        ...

    def may_hear_foreign_one(self, address: Address) -> bool:
        """Whether this chat was asked last for a PIN that a token or a service made up."""
        ...


class Words(NamedTuple):
    """How a channel's raw updates are read, and written with other words."""

    parse: Callable[[dict[str, Any]], ChatEvent | None]
    with_text: Callable[[dict[str, Any], str], dict[str, Any]]


class PinGuard:
    """Stands between a channel and the inbox. words: of the channels where people type."""

    def __init__(self, chats: Chats, signer: Signer, words: Mapping[str, Words]) -> None:
        self._chats, self._signer, self._words = chats, signer, words

    async def sealed(self, source: str, items: list[Item]) -> list[Item]:
        """The updates with every typed PIN sealed; a mistyped one is dropped, other words stay."""
        words = self._words.get(source)
        return [await self._guarded(item, words) for item in items] if words else items

    async def _guarded(self, item: Item, words: Words) -> Item:
        found = _plain_words(words, item[2])
        if found is None or not (may_be_pin(found[1]) or may_be_foreign_pin(found[1])):
            return item
        hidden = await asyncio.to_thread(self._hidden, *found)
        return (item[0], item[1], words.with_text(item[2], hidden)) if hidden else item

    def _hidden(self, address: Address, words: str) -> str:
        """What is kept instead of these words; empty: they may stay."""
        if may_be_foreign_pin(words) and self._chats.may_hear_foreign_one(address):
            return self._signer.seal(words) if looks_like_foreign_pin(words) else NO_PIN
        if may_be_pin(words) and self._chats.may_hear_one(address):
            return self._signer.seal(words) if looks_like_pin(words) else NO_PIN
        return ""


def _plain_words(words: Words, raw: dict[str, Any]) -> tuple[Address, str] | None:
    """Chat and words of a plain text message; None for everything else, commands too. Never raises."""
    try:
        event = words.parse(raw)
    except Exception:
        return None
    return (event.origin, event.text) if isinstance(event, TextSent) else None
