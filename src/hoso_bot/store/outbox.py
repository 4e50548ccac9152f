"""Everything said, committed with the facts it tells about, delivered afterwards at least once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.events import Address
from hoso_bot.ports import Clock
from hoso_bot.store.db import Database, moment
from hoso_bot.store.leases import Leases, due_rows, oldest_open
from hoso_bot.store.tables import accounts, outbox

LEASE_SECONDS = 120
WAITS_FOR_AN_ANSWER = timedelta(minutes=5)
"""So long after a person's last sign of life they count as waiting for what is said."""


@dataclass(frozen=True)
class Crowded:
    """Channels near their calls a minute: in `slow` ones only who waits is served, in `full` ones nobody."""

    slow: tuple[str, ...] = ()
    full: tuple[str, ...] = ()


NOWHERE = Crowded()


@dataclass(frozen=True)
class Queued:
    """One message on its way; `message` is what `unit_of_work` packed, `edits` the ref to change.

    is_theirs: the chat is still linked to whom it is for, or it is for nobody in particular.
    """

    id: int
    key: str
    person_id: str | None
    address: Address
    message: dict[str, Any]
    edits: str | None
    attempts: int
    is_theirs: bool = True


@dataclass(frozen=True)
class Undelivered:
    """A parked message: for whom, where, which sentence (its text key), since when, and the last error."""

    id: int
    person_id: str | None
    address: Address
    text: str
    created_at: str
    error: str


@dataclass(frozen=True)
class Said:
    """An earlier message: where it went, to whom, and what it was."""

    address: Address
    person_id: str | None
    message: dict[str, Any]


def _due() -> sa.Select[Any]:
    """The oldest open message of every chat, when it is due, with what the message it changes became.

    `linked`: the person it is for, where the chat is theirs.
    """
    edited = outbox.alias("edited")
    oldest = oldest_open(outbox, outbox.c.channel, outbox.c.chat_id, working="sending")
    is_edited = sa.and_(edited.c.school_id == outbox.c.school_id, edited.c.key == outbox.c.edits)
    is_theirs = sa.and_(
        accounts.c.school_id == outbox.c.school_id,
        accounts.c.channel == outbox.c.channel,
        accounts.c.chat_id == outbox.c.chat_id,
        accounts.c.person_id == outbox.c.person_id,
    )
    slow = sa.bindparam("slow", expanding=True, type_=sa.String)
    full = sa.bindparam("full", expanding=True, type_=sa.String)
    lately = accounts.c.last_heard_at >= sa.bindparam("lately", type_=sa.String)
    waits = sa.or_(lately, outbox.c.person_id.is_(None))
    return due_rows(
        outbox,
        sa.select(outbox, edited.c.ref.label("edited_ref"), accounts.c.person_id.label("linked"))
        .join(oldest, outbox.c.id == oldest.c.id)
        .outerjoin(edited, is_edited)
        .outerjoin(accounts, is_theirs)
        .where(outbox.c.channel.not_in(full), sa.or_(outbox.c.channel.not_in(slow), waits)),
    )


def _sent() -> sa.Update:
    """The end of a delivered message's lease. Binds `row`, `as`, `at`."""
    held = outbox.c.id == sa.bindparam("row"), outbox.c.state == "sending"
    ref, at = sa.bindparam("as", type_=sa.String), sa.bindparam("at", type_=sa.String)
    return (
        sa.update(outbox).where(*held).values(state="sent", ref=ref, sent_at=at, error=None, lease_until=None)
    )


_DUE, _SENT = _due(), _sent()  # made once: SQLAlchemy knows them again


class Outbox(Leases):
    """One school's outbox."""

    def __init__(self, db: Database, clock: Clock) -> None:
        super().__init__(db, clock, outbox, "sending", LEASE_SECONDS)

    def row(
        self, key: str, person_id: str | None, address: Address, message: dict[str, Any], edits: str | None
    ) -> dict[str, Any]:
        """An insertable row, due now."""
        now = moment(self._clock.now())
        return {
            "school_id": self._school,
            "key": key,
            "person_id": person_id,
            "channel": address.channel,
            "chat_id": address.chat_id,
            "message": message,
            "edits": edits,
            "created_at": now,
            "try_at": now,
        }

    def claim(
        self,
        limit: int,
        busy: Collection[Address],
        crowded: Crowded = NOWHERE,
        delivered: Sequence[tuple[int, str]] = (),
    ) -> list[Queued]:
        """Lease the oldest unsent message of up to `limit` chats, none of them in `busy`.

        delivered: rows that arrived, with the channel's name for each; settled by the same commit.
        """
        if not delivered:
            with self._db.read() as connection:
                rows = self._due(connection, limit, busy, crowded)
            if rows:
                with self._db.write() as connection:
                    self._take(connection, [row.id for row in rows])
            return rows
        with self._db.write() as connection:
            self._settle_sent(connection, delivered)
            rows = self._due(connection, limit, busy, crowded)
            self._take(connection, [row.id for row in rows])
        return rows

    def _due(
        self, connection: sa.Connection, limit: int, busy: Collection[Address], crowded: Crowded
    ) -> list[Queued]:
        now = self._clock.now()
        given = {
            "school": self._school,
            "now": moment(now),
            "most": limit + len(busy),
            "slow": crowded.slow,
            "full": crowded.full,
            "lately": moment(now - WAITS_FOR_AN_ANSWER),
        }
        due = (self._queued(row) for row in connection.execute(_DUE, given))
        return [row for row in due if row.address not in busy][:limit]

    @staticmethod
    def _queued(row: Any) -> Queued:
        edits = None if row.edits is None else (row.edited_ref or "")
        address = Address(row.channel, row.chat_id)
        is_theirs = row.linked == row.person_id
        return Queued(
            row.id, row.key, row.person_id, address, row.message, edits, row.attempts + 1, is_theirs
        )

    def sent(self, row_id: int, ref: str) -> None:
        """Delivered; the channel calls it `ref`."""
        with self._db.write() as connection:
            self._settle_sent(connection, [(row_id, ref)])

    def _settle_sent(self, connection: sa.Connection, delivered: Sequence[tuple[int, str]]) -> None:
        at = moment(self._clock.now())
        connection.execute(_SENT, [{"row": row, "as": ref, "at": at} for row, ref in delivered])

    def give_up(self, row_id: int, error: str) -> None:
        """Nobody need hear it any more, or not here; the chat's later messages go on."""
        self._settle(row_id, state="gone", error=error)

    def park(self, row_id: int, error: str) -> None:
        """It could not be delivered: kept until a person looks; the chat's later messages go on."""
        self._settle(row_id, state="parked", error=error)

    def parked(self) -> list[Undelivered]:
        """Messages that could not be delivered, oldest first."""
        return [
            Undelivered(
                r.id, r.person_id, Address(r.channel, r.chat_id), r.message["text"], r.created_at, r.error
            )
            for r in self._parked()
        ]

    def hold_back(self, address: Address, why: str) -> sa.Update:
        """What still waits to be said in this chat is not said."""
        return (
            sa.update(outbox)
            .where(
                outbox.c.school_id == self._school,
                outbox.c.channel == address.channel,
                outbox.c.chat_id == address.chat_id,
                outbox.c.state == "todo",
            )
            .values(state="gone", error=why)
        )

    def find(self, key: str) -> Said | None:
        """An earlier message by its key."""
        for row in self._db.found(outbox, key=key):
            return Said(Address(row.channel, row.chat_id), row.person_id, row.message)
        return None

    def said_since(self, address: Address, since: str) -> int:
        """How many messages this chat was given since the moment `since`."""
        query = sa.select(sa.func.count()).where(
            outbox.c.school_id == self._school,
            outbox.c.channel == address.channel,
            outbox.c.chat_id == address.chat_id,
            outbox.c.created_at >= since,
        )
        with self._db.read() as connection:
            return connection.execute(query).scalar_one()
