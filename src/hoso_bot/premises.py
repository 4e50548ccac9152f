"""What both sides of a running school stand on: rows, files, chats, queues, and the bells between them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import structlog

from hoso_bot import texts
from hoso_bot.channels import telegram_updates, zalo_bot_events, zalo_oa_events
from hoso_bot.channels.pin_guard import PinGuard, Words
from hoso_bot.choices import policy
from hoso_bot.domain.errors import FilesAway, SettingsError
from hoso_bot.domain.events import InternalEvent, to_json
from hoso_bot.lookups import Desk
from hoso_bot.ports import Channel, Clock, FileStore, Inspector, Signer, Store
from hoso_bot.settings import Settings
from hoso_bot.signers import Signers
from hoso_bot.store.db import Database
from hoso_bot.store.inbox import INTERNAL, Arrival, GroupCommit, Inbox
from hoso_bot.store.outbox import Outbox
from hoso_bot.store.pins import Pins
from hoso_bot.telegram_account import TelegramAccount
from hoso_bot.zalo_account import TroubleTold
from hoso_bot.zalo_chats import ZaloChats

log = structlog.get_logger(__name__)

REFUSALS = range(300, 500)
LEAVES_WITHIN = 10.0
"""Seconds after its claim is gone in which a worker of this machine has ended."""
ABANDONED_SECONDS = 3600.0
"""How old a file in the making is that no process works on any more."""
LONGEST_SILENCE = 60.0
"""Seconds between two looks for rings that another process shall hear."""
WORDS = {
    telegram_updates.CHANNEL: Words(telegram_updates.parse, telegram_updates.with_text),
    zalo_oa_events.CHANNEL: Words(zalo_oa_events.parse, zalo_oa_events.with_text),
    zalo_bot_events.CHANNEL: Words(zalo_bot_events.parse, zalo_bot_events.with_text),
}


@dataclass(frozen=True)
class Bells:
    """inbox, outbox: rung when there may be work there, in this process or for another one; thread-safe."""

    inbox: Callable[[], None]
    outbox: Callable[[], None]


class Premises:
    """One school's. Use `Premises(…)` inside the stack that closes it."""

    def __init__(
        self,
        settings: Settings,
        desk: Desk,
        bells: Bells,
        stack: contextlib.AsyncExitStack,
        extra_channels: tuple[Channel, ...] = (),
    ) -> None:
        """Raises SettingsError where the settings name no chat, or half of one."""
        self.settings, self.desk, self.bells = settings, desk, bells
        self.inbox, self.outbox = Inbox(desk.db, desk.clock), Outbox(desk.db, desk.clock)
        self.writer = GroupCommit(self.inbox)
        stack.callback(self.writer.close)
        self._pins = PinGuard(Pins(desk.db), desk.signer, WORDS)
        self.zalo = ZaloChats.of(settings, desk, self._told)
        self.telegram = TelegramAccount.of(settings, desk.db)
        self.channels = {c.name: c for c in self._chats(stack, extra_channels)}

    def _chats(self, stack: contextlib.AsyncExitStack, extra: tuple[Channel, ...]) -> Iterator[Channel]:
        if not (self.telegram or self.zalo or extra):
            raise SettingsError(
                "no chat: set HOSO_TELEGRAM__TOKEN, or telegram.token of one of many (from @BotFather)"
            )
        ours = [*([self.telegram.channel] if self.telegram else []), *self.zalo.channels()]
        for channel in ours:
            stack.push_async_callback(channel.close)
        yield from (*ours, *extra)

    def _told(self, channel: str) -> TroubleTold:
        return TroubleTold(channel, self.inbox, self.desk.clock, self.bells.inbox)

    def store(self, source: str) -> Store:
        """Keeps what comes from a channel, PINs sealed, and rings."""

        async def keep(items: list[tuple[str, str, dict[str, Any]]]) -> None:
            items = await self._pins.sealed(source, items)
            await self.writer.keep([Arrival(source, *item) for item in items])
            self.bells.inbox()

        return keep

    async def owe(self, external_id: str, lane: str, event: InternalEvent) -> None:
        """Work that a page brought; the same id again is the same work."""
        await self.writer.keep([Arrival(INTERNAL, external_id, lane, to_json(event))])
        self.bells.inbox()

    def state(self, well: bool = True, **more: Any) -> dict[str, Any]:
        """`ok` while all is well and files can be had, rows per state of both queues, and `more`.

        Raises what the database raises.
        """
        away = self.desk.files.trouble()
        queues = {"inbox": self.inbox.counts(), "outbox": self.outbox.counts()}
        return {"ok": well and not away, **more, **queues, **({"files": away} if away else {})}


def _prove(files: FileStore) -> None:
    """A wrong key, bucket or prefix stops the start; a store that does not answer is waited for."""
    try:
        files.prove()
    except FilesAway as away:
        if away.status in REFUSALS:
            raise SettingsError(f"{away} (hoso-bot doctor)") from None
        log.warning("files.away", error=away.why)


def see_to_keys(signers: Signers, **where: str) -> None:
    """See that approvers have keys; the log names who lacks a certificate."""
    signers.ensure_keys()
    for person in signers.without_key():
        mend = "hoso-bot staff enrol"
        log.warning("signer.without_certificate", staff_id=person.staff_id, mend=mend, **where)


async def until_one_ends(tasks: list[asyncio.Task[None]]) -> None:
    """Until one of them ends by itself; its error is raised."""
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()


async def stop(tasks: list[asyncio.Task[None]]) -> None:
    """Cancel them and wait until they have ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def desk_of(
    settings: Settings, db: Database, clock: Clock, files: FileStore, inspector: Inspector, signer: Signer
) -> Desk:
    """The school's desk, by its settings. Raises SettingsError."""
    _prove(files)
    rules = policy(settings, Signers(db, settings, clock).custody)
    return Desk(db, clock, files, inspector, signer, texts.render, rules)
