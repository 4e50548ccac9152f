"""A PIN typed in a chat is sealed before it is kept: the inbox, its backups and logs never hold one."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from hoso_bot.channels import telegram_updates
from hoso_bot.domain.events import Address
from hoso_bot.domain.pin import NO_PIN, looks_like_pin, may_be_pin
from hoso_bot.ports import Signer

Item = tuple[str, str, dict[str, Any]]


class Chats(Protocol):
    """Whose words may be a PIN (`store.pins`)."""

    def may_hear_one(self, address: Address) -> bool:
        """Whether this chat was asked for a PIN last, or belongs to somebody who has one."""
        ...


class PinGuard:
    """Stands between a channel and the inbox."""

    def __init__(self, chats: Chats, signer: Signer) -> None:
        self._chats, self._signer = chats, signer

    async def sealed(self, source: str, items: list[Item]) -> list[Item]:
        """The updates with every typed PIN sealed; a mistyped one is dropped, other words stay."""
        if source != telegram_updates.CHANNEL:
            return items
        return [await self._guarded(item) for item in items]

    async def _guarded(self, item: Item) -> Item:
        found = telegram_updates.private_text(item[2])
        if found is None or not may_be_pin(found[1]):
            return item
        address, words = found
        if not await asyncio.to_thread(self._chats.may_hear_one, address):
            return item
        hidden = self._signer.seal(words) if looks_like_pin(words) else NO_PIN
        return (item[0], item[1], telegram_updates.with_text(item[2], hidden))
