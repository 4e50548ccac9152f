"""Another chat of the same person, for a message that its own chat did not take."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from hoso_bot.domain.events import Address
from hoso_bot.ports import Clock
from hoso_bot.store.db import Database, from_moment, moment
from hoso_bot.store.outbox import Queued
from hoso_bot.store.people import People
from hoso_bot.store.tables import accounts, buttons, outbox

SILENT = "silent: "
"""How the error of a message begins that was given up because its reader was silent for too long."""
KEPT = timedelta(days=7)
"""So old such a message may be and still be said when its reader writes again."""
NEVER = datetime(2000, 1, 1, tzinfo=UTC)
TRIED = "tried"
"""Where a message on its way remembers the channels that did not take it."""


class OtherWays:
    """One school's."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._school, self._clock = db, db.school_id, clock
        self._people = People(db)

    def silence(self, address: Address) -> timedelta | None:
        """How long whoever is linked to this chat gave no sign of life in it; None where nobody is linked."""
        query = sa.select(accounts.c.last_heard_at).where(
            accounts.c.school_id == self._school,
            accounts.c.channel == address.channel,
            accounts.c.chat_id == address.chat_id,
        )
        with self._db.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        return self._clock.now() - (from_moment(row.last_heard_at) if row.last_heard_at else NEVER)

    def was_silent(self, address: Address, window: timedelta) -> bool:
        """Whether whoever is linked to this chat gave no sign of life in it for so long."""
        silence = self.silence(address)
        return silence is not None and silence > window

    def taking_up_again(self, address: Address) -> sa.Update:
        """The statement after which what was given up for the silence of this chat is said, in its order.

        To be committed with the end of the silence: no later look would find that there was one.
        """
        now = self._clock.now()
        again = {"state": "todo", "attempts": 0, "lease_until": None, "error": None, "try_at": moment(now)}
        waiting = sa.update(outbox).where(
            outbox.c.school_id == self._school,
            outbox.c.channel == address.channel,
            outbox.c.chat_id == address.chat_id,
            outbox.c.state == "gone",
            outbox.c.error.startswith(SILENT),
            outbox.c.created_at >= moment(now - KEPT),
        )
        return waiting.values(**again)

    def try_again_now(self, address: Address) -> None:
        """The reader of this chat wrote: what a night ban or trouble put off is tried at once, in order."""
        now = moment(self._clock.now())
        put_off = (
            outbox.c.school_id == self._school,
            outbox.c.channel == address.channel,
            outbox.c.chat_id == address.chat_id,
            outbox.c.state == "todo",
            outbox.c.try_at > now,
        )
        with self._db.read() as connection:  # mostly there is nothing, and writers queue
            if connection.execute(sa.select(outbox.c.id).where(*put_off).limit(1)).first() is None:
                return
        with self._db.write() as connection:
            connection.execute(sa.update(outbox).where(*put_off).values(try_at=now, attempts=0))

    def others(self, row: Queued, channels: frozenset[str]) -> list[Address]:
        """Other chats of the person that were not tried yet; channels: those that run here."""
        tried = {*row.message.get(TRIED, ()), row.address.channel}
        return [
            account.address
            for account in self._people.accounts(row.person_id or "")
            if account.reachable and account.address.channel in channels - tried
        ]

    def turn(self, row: Queued, channels: frozenset[str]) -> Address | None:
        """Put the message (being sent) into another chat of the person; None when there is none left.

        channels: those that run here. Its buttons, and what was to change it later, go with it.
        """
        others = self.others(row, channels)
        if not others:
            return None
        tried = {*row.message.get(TRIED, ()), row.address.channel}
        to = {"channel": others[0].channel, "chat_id": others[0].chat_id}
        mine = outbox.c.school_id == self._school
        message = {**row.message, TRIED: sorted(tried)}
        now = moment(self._clock.now())
        again = {"state": "todo", "attempts": 0, "lease_until": None, "try_at": now}
        with self._db.write() as connection:
            connection.execute(
                sa.update(outbox).where(mine, outbox.c.id == row.id).values(**to, **again, message=message)
            )
            connection.execute(
                sa.update(outbox)
                .where(mine, outbox.c.edits == row.key, outbox.c.state.in_(["todo", "sending"]))
                .values(**to)
            )
            connection.execute(
                sa.update(buttons)
                .where(buttons.c.school_id == self._school, buttons.c.message_key == row.key)
                .values(**to)
            )
        return others[0]
