"""Outbox -> channel: one message per chat at a time, in order, until it is delivered or hopeless."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import structlog

from hoso_bot import story, texts
from hoso_bot.domain.errors import FilesAway, outline
from hoso_bot.domain.events import Address, MessageParked, MessageUndeliverable, to_json
from hoso_bot.domain.messages import (
    ERASED,
    NOTHING_NEW,
    Abilities,
    Gone,
    Key,
    Later,
    Outcome,
    OutOfWindow,
    Parcel,
    Sent,
    Waits,
)
from hoso_bot.domain.quiet import Quiet
from hoso_bot.ports import Channel, Clock, FileStore, Pace
from hoso_bot.store.db import is_away
from hoso_bot.store.inbox import INTERNAL, Arrival, Inbox
from hoso_bot.store.other_ways import SILENT, OtherWays
from hoso_bot.store.outbox import Crowded, Outbox, Queued
from hoso_bot.store.typed_answers import TypedAnswer, TypedAnswers
from hoso_bot.workers.bell import Bell
from hoso_bot.workers.patience import FILES_AGAIN, Patience
from hoso_bot.workers.persistence import Persistence
from hoso_bot.workers.rest import SHORT, rest
from hoso_bot.workers.toll import Toll
from hoso_bot.workers.typed_footer import footer, with_page, worded

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 20
MAX_EDIT_ATTEMPTS = 3  # an old card's new words are a courtesy; what comes after them is not
MAX_DELAY = 300.0


def _is_courtesy(row: Queued) -> bool:
    return row.edits is not None or row.message["text"] == ERASED


def _most_attempts(row: Queued) -> int:
    return MAX_EDIT_ATTEMPTS if _is_courtesy(row) else MAX_ATTEMPTS


def _needs_page(row: Queued, abilities: Abilities) -> bool:
    """Whether its buttons cannot be pressed in this chat, or its file cannot be read there."""
    file, most = row.message["attachment"], abilities.sends_up_to
    return not abilities.buttons or (file is not None and most is not None and file["size"] > most)


def retry_delay(outcome: Later, attempts: int) -> float:
    """Seconds until the next try: what the platform asked for, else 1, 2, 4 … up to five minutes."""
    return outcome.after if outcome.after is not None else min(MAX_DELAY, 2.0 ** (attempts - 1))


class Sender:
    """Delivers to up to `slots` chats at once.

    still_wanted: asked before a `Message.fleeting`; it settles the row itself when the answer is no.
    tolls: by channel, what is paid for beyond the free window.
    typed, page_of, other_ways: for channels whose abilities are not those of Telegram, and for people with
    two chats. page_of: a fresh link to the page of a message, '' where there can be none.
    paces: of channels whose platform counts calls, by name.
    """

    def __init__(
        self,
        outbox: Outbox,
        inbox: Inbox,
        channels: Mapping[str, Channel],
        files: FileStore,
        clock: Clock,
        quiet: Quiet,
        bell: Bell,
        dispatcher_bell: Bell,
        slots: int = 8,
        still_wanted: Callable[[Queued], bool] = lambda row: True,
        typed: TypedAnswers | None = None,
        page_of: Callable[[Queued], str] = lambda row: "",
        other_ways: OtherWays | None = None,
        paces: Mapping[str, Pace] | None = None,
        tolls: Mapping[str, Toll] | None = None,
        longest_rest: float = SHORT,
    ) -> None:
        self._longest_rest = longest_rest
        self._outbox, self._inbox, self._channels, self._files = outbox, inbox, channels, files
        self._clock, self._quiet, self._bell, self._dispatcher_bell = clock, quiet, bell, dispatcher_bell
        self._slots, self._still_wanted = slots, still_wanted
        self._typed, self._page_of, self._other_ways = typed, page_of, other_ways
        self._paces = paces or {}
        self._tolls = tolls or {}
        self._persistence = Persistence()
        self._busy: dict[Address, asyncio.Task[None]] = {}
        self._delivered: list[tuple[Queued, str]] = []
        self.patience = Patience()

    async def run(self) -> None:
        """Until cancelled; messages on their way are finished first."""
        try:
            while True:
                rows = await self._next()
                for row in rows:
                    self._busy[row.address] = asyncio.create_task(self._chat_work(row))
                if not rows:
                    await rest(self._bell, self._outbox, self.patience, self._longest_rest)
        finally:
            await asyncio.gather(*self._busy.values(), return_exceptions=True)
            for row, ref in self._delivered:
                await asyncio.to_thread(self._outbox.sent, row.id, ref)

    async def _next(self) -> list[Queued]:
        """What to send now. What arrived since the last time is settled with the same commit.

        Until then its chat stays busy: the next message there may change it.
        """
        delivered = list(self._delivered)
        busy = set(self._busy) - {row.address for row, _ in delivered}
        free = self._slots - len(busy)
        if not free and not delivered:
            return []
        rows = await self.patience.ask(partial(self._claim, free, busy, delivered))
        del self._delivered[: len(delivered)]
        for row, _ in delivered:
            del self._busy[row.address]
        return rows

    def _claim(
        self, free: int, busy: Collection[Address], delivered: Sequence[tuple[Queued, str]]
    ) -> list[Queued]:
        slow = tuple(name for name, pace in self._paces.items() if pace.is_slow())
        full = tuple(name for name in slow if self._paces[name].is_full())
        arrived = [(row.id, ref) for row, ref in delivered]
        return self._outbox.claim(free, busy, Crowded(slow, full), arrived)

    async def _chat_work(self, row: Queued) -> None:
        with story.about(plan=row.message.get("plan")):
            await self._work(row)

    async def _work(self, row: Queued) -> None:
        ref = None
        try:
            if not row.is_theirs:
                await asyncio.to_thread(self._outbox.give_up, row.id, "the chat is no longer this person's")
                return
            if row.message.get("fleeting") and not await asyncio.to_thread(self._still_wanted, row):
                return
            outcome = await self._deliver(row)
            if isinstance(outcome, Sent):
                ref = outcome.ref
            else:
                await self.patience.ask(partial(self._settle, row, outcome))
        except FilesAway as away:
            log.info("message.waits", message=row.id, why=outline(away))
            await self.patience.ask(partial(self._outbox.put_off, row.id, outline(away), FILES_AGAIN))
        except Exception as error:
            if is_away(error):
                await self.patience.ask(partial(self._settle, row, Later(outline(error))))
            else:
                log.exception("message.bookkeeping_failed", message=row.id)
        finally:
            if ref is None:
                del self._busy[row.address]
            else:
                self._arrived(row, ref)
            self._bell.ring()

    def _arrived(self, row: Queued, ref: str) -> None:
        self._persistence.delivered(row)
        self._delivered.append((row, ref))
        log.info("message.sent", message=row.id, text=row.message["text"])

    async def _deliver(self, row: Queued) -> Outcome:
        channel = self._channels.get(row.address.channel)
        if channel is None:
            return Later("channel is not running here", MAX_DELAY)
        if row.edits == "":
            return Gone("the message to change was never delivered")
        abilities = channel.abilities
        if row.edits is not None and not abilities.edits and row.message.get(NOTHING_NEW):
            return Sent(row.edits)
        silence = await self._silence(row, abilities)
        toll = self._tolls.get(row.address.channel) if silence else None
        if silence and (toll is None or await self._has_other_way(row)):
            return OutOfWindow(f"nothing heard for {abilities.free_window}")
        try:
            parcel = await self._parcel_for(row, abilities)
        except Exception as error:
            if is_away(error) or isinstance(error, FilesAway):
                raise
            return Gone(f"{row.message['text']} cannot be rendered: {outline(error)}")
        return await (toll.deliver(row, parcel, silence) if toll and silence else channel.send(parcel))

    async def _silence(self, row: Queued, abilities: Abilities) -> timedelta | None:
        """How long the reader has been silent, where that is too long to write for free.

        Asked about linked people only: whoever is not is being answered.
        """
        if abilities.free_window is None or self._other_ways is None or row.person_id is None:
            return None
        silence = await asyncio.to_thread(self._other_ways.silence, row.address)
        return silence if silence is not None and silence > abilities.free_window else None

    async def _has_other_way(self, row: Queued) -> bool:
        """Whether another chat would take it for nothing."""
        if self._other_ways is None:
            return False
        return bool(await asyncio.to_thread(self._other_ways.others, row, frozenset(self._channels)))

    async def _parcel_for(self, row: Queued, abilities: Abilities) -> Parcel:
        """The parcel as this channel can take it: perhaps new words instead of a change, and what to type."""
        reads = row.message["attachment"] or row.message.get("picture")
        parcel = (
            await asyncio.to_thread(self._parcel, row, abilities) if reads else self._parcel(row, abilities)
        )
        if parcel.erases and not abilities.erases:
            return Parcel(parcel.chat_id, texts.render("typed.erase_yourself"))
        if not abilities.edits:
            parcel = replace(parcel, edits=None)
        if parcel.keys and (abilities.typed_answers or _needs_page(row, abilities)):
            below = await asyncio.to_thread(self._below, row, parcel, abilities)
            parcel = replace(parcel, footer=below)
        return parcel if abilities.buttons else replace(parcel, keys=())

    def _below(self, row: Queued, parcel: Parcel, abilities: Abilities) -> str:
        """Other ways to press: a page with the buttons, and what to type."""
        link = self._page_of(row) if _needs_page(row, abilities) else ""
        typed = ""
        if abilities.typed_answers and self._typed:
            typed = self._footer(row, parcel, abilities, self._typed)
        return with_page(link, typed)

    def _footer(self, row: Queued, parcel: Parcel, abilities: Abilities, typed: TypedAnswers) -> str:
        keys = [key for line in parcel.keys for key in line]
        label_keys = [button["label"] for line in row.message["buttons"] for button in line]
        choices = worded([(name, key.label) for name, key in zip(label_keys, keys, strict=True)])
        answers = [TypedAnswer(choice.word, key.token) for choice, key in zip(choices, keys, strict=True)]
        number = typed.number_for(row.address, row.key, answers, self._clock.now())
        return footer(choices, number, buttons=abilities.buttons)

    def _parcel(self, row: Queued, abilities: Abilities) -> Parcel:
        message, here = row.message, {"files_arrive": abilities.receives_files}
        if message["text"] == ERASED:
            return Parcel(row.address.chat_id, "", erases=message["facts"]["ref"])
        keys = tuple(
            tuple(Key(texts.render(b["label"], **b["facts"]), b["token"]) for b in line)
            for line in message["buttons"]
        )
        file = message["attachment"]
        return Parcel(
            chat_id=row.address.chat_id,
            text=texts.render(message["text"], **{**here, **message["facts"]}) if message["text"] else "",
            keys=keys,
            path=str(self._files.path(file["sha256"])) if file else None,
            file_name=file["name"] if file else None,
            edits=row.edits,
            picture=self._picture(message),
            silent=message.get("silent", False) or self._quiet.holds(self._clock.now()),
        )

    def _picture(self, message: dict[str, Any]) -> str | None:
        """Where the picture lies; one that is gone is left out."""
        picture = message.get("picture")
        try:
            return str(self._files.path(picture["sha256"])) if picture else None
        except FileNotFoundError:
            return None

    def _settle(self, row: Queued, outcome: Outcome) -> None:
        match outcome:
            case Later(why) if not self._is_hopeless(row):
                self._outbox.postpone(row.id, why, retry_delay(outcome, row.attempts))
                log.info("message.later", message=row.id, why=why)
            case Waits(why):
                self._outbox.give_up(row.id, f"{SILENT}{why}")
            case Later(why) | Gone(why) | OutOfWindow(why):
                self._not_delivered(row, outcome, why)

    def _is_hopeless(self, row: Queued) -> bool:
        """Whether enough was tried here; without another way it waits as long as its channel is silent."""
        alone = self._persistence.failed(row)
        return row.attempts >= _most_attempts(row) and (alone or _is_courtesy(row) or self._may_turn(row))

    def _not_delivered(self, row: Queued, outcome: Outcome, why: str) -> None:
        """The person's other chat takes it; without one, the office hears who cannot be reached.

        The office is told first: a kill in between tells it again under the same name, which is once.
        """
        self._persistence.forget(row)
        if self._other_ways and self._may_turn(row):
            self._note_gone(row, outcome, why)
            to = self._other_ways.turn(row, frozenset(self._channels))
            log.warning("message.turned", message=row.id, why=why, to=to.channel if to else "")
            return
        log.warning("message.gone", message=row.id, text=row.message["text"], why=why)
        if isinstance(outcome, OutOfWindow):
            self._note_silence(row, why)
            self._outbox.give_up(row.id, f"{SILENT}{why}")
        elif _is_courtesy(row) or (isinstance(outcome, Gone) and outcome.person_left):
            self._note_gone(row, outcome, why)
            self._outbox.give_up(row.id, why)
        else:
            self._owe(row, MessageParked(row.person_id or ""))
            self._outbox.park(row.id, why)

    def _may_turn(self, row: Queued) -> bool:
        """Whether the person has another chat that it was not tried in."""
        if _is_courtesy(row) or not row.person_id or not self._other_ways:
            return False
        return bool(self._other_ways.others(row, frozenset(self._channels)))

    def _note_silence(self, row: Queued, why: str) -> None:
        if not _is_courtesy(row) and row.person_id:
            fleeting = bool(row.message.get("fleeting"))
            self._owe(row, MessageUndeliverable(row.person_id, why, silent=True, fleeting=fleeting))

    def _note_gone(self, row: Queued, outcome: Outcome, why: str) -> None:
        if isinstance(outcome, Gone) and outcome.person_left and row.person_id:
            self._owe(row, MessageUndeliverable(row.person_id, why, row.address.channel))

    def _owe(self, row: Queued, event: MessageUndeliverable | MessageParked) -> None:
        external = f"out{row.id}:{row.address.channel}:gone"
        lane = "office" if isinstance(event, MessageParked) else f"person:{row.person_id}"
        arrival = Arrival(INTERNAL, external, lane, to_json(event))
        self._inbox.keep([arrival])
        self._dispatcher_bell.ring()
