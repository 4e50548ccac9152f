"""Signers' PINs: the closed secret of each key, and the wrong tries that restarts do not forget."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.events import Address, Event, from_json
from hoso_bot.domain.pin import TRIES_BEFORE_BLOCK, TRIES_ELSEWHERE, Tries
from hoso_bot.domain.signing import PinSet
from hoso_bot.store.db import Database, from_moment, moment
from hoso_bot.store.tables import accounts, pins, questions


@dataclass(frozen=True)
class PinRow:
    """One person's: `closed` opens with the PIN made with `salt`; without a PIN yet the salt is empty.

    Nothing is closed here where a token or a service has key and PIN: then only the tries count.
    """

    person_id: str
    closed: bytes
    salt: bytes
    tries: Tries

    @property
    def is_set(self) -> bool:
        """Whether the person has chosen a PIN."""
        return bool(self.salt)

    @property
    def is_elsewhere(self) -> bool:
        """Whether the PIN is a token's or a service's own."""
        return not self.closed


class Pins:
    """One school's."""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    def of(self, person_id: str) -> PinRow | None:
        """The row of a person; None for one without a key under a PIN."""
        for row in self._db.found(pins, person_id=person_id):
            paused = from_moment(row.paused_until) if row.paused_until else None
            most = TRIES_BEFORE_BLOCK if row.closed else TRIES_ELSEWHERE
            return PinRow(row.person_id, row.closed, row.salt, Tries(row.wrong_tries, paused, most))
        return None

    def may_hear_one(self, address: Address) -> bool:
        """Whether this chat was asked for a PIN last (in time or not), or belongs to somebody who has one."""
        has_one = (
            sa.select(pins.c.person_id)
            .join(accounts, accounts.c.person_id == pins.c.person_id)
            .where(*self._at(accounts, address), pins.c.set_at.is_not(None))
        )
        with self._db.read() as connection:
            found = connection.execute(has_one).first() is not None
        return found or any(getattr(event, "secret", False) for event in self._asked(address))

    def may_hear_foreign_one(self, address: Address) -> bool:
        """Whether this chat was asked last for a PIN that a token or a service made up."""
        return any(getattr(event, "kept", "") for event in self._asked(address))

    def _asked(self, address: Address) -> list[Event]:
        asked = sa.select(questions.c.event).where(*self._at(questions, address))
        with self._db.read() as connection:
            return [from_json(row.event) for row in connection.execute(asked)]

    def _at(self, table: sa.Table, address: Address) -> tuple[Any, ...]:
        return (
            table.c.school_id == self._school,
            table.c.channel == address.channel,
            table.c.chat_id == address.chat_id,
        )

    def count_try(self, row: PinRow, now: datetime) -> Tries | None:
        """Count a try as wrong, durably, before it is made: a kill gives no free guess.

        None when another try was counted meanwhile.
        """
        tries = row.tries.one_more(now)
        with self._db.write() as connection:
            done = connection.execute(self._guarded(row).values(**_columns(tries)))
        return tries if done.rowcount else None

    # --- statements ----------------------------------------------------------------------------

    def enrol(self, person_id: str, closed: bytes) -> list[Any]:
        """A new key: no PIN yet; an earlier one opens nothing any more."""
        new = pins.insert().values(person_id=person_id, school_id=self._school, closed=closed, salt=b"")
        return [self._without(person_id), new]

    def enrol_elsewhere(self, person_id: str, now: datetime) -> list[Any]:
        """A key whose PIN a token or a service keeps: set already, and here are only its tries."""
        new = pins.insert().values(
            person_id=person_id,
            school_id=self._school,
            closed=b"",
            salt=secrets.token_bytes(16),
            set_at=moment(now),
        )
        return [self._without(person_id), new]

    def drop(self, person_id: str) -> Any:
        """Nothing of this person's is under a PIN any more."""
        return self._without(person_id)

    def _without(self, person_id: str) -> Any:
        return sa.delete(pins).where(pins.c.school_id == self._school, pins.c.person_id == person_id)

    def set_pin(self, row: PinRow, new: PinSet, now: datetime) -> sa.Update:
        """Guarded: only the first PIN counts."""
        return self._guarded(row).values(
            closed=new.closed, salt=new.salt, set_at=moment(now), **_columns(Tries())
        )

    def forget_tries(self, person_id: str, back_to: Tries = Tries()) -> sa.Update:  # noqa: B008 - frozen
        """The right PIN, the office's word, or (`back_to`) a try that was none."""
        return (
            sa.update(pins)
            .where(pins.c.school_id == self._school, pins.c.person_id == person_id)
            .values(**_columns(back_to))
        )

    def _guarded(self, row: PinRow) -> sa.Update:
        return sa.update(pins).where(
            pins.c.school_id == self._school,
            pins.c.person_id == row.person_id,
            pins.c.salt == row.salt,
            pins.c.wrong_tries == row.tries.wrong,
        )


def _columns(tries: Tries) -> dict[str, Any]:
    paused = moment(tries.paused_until) if tries.paused_until else None
    return {"wrong_tries": tries.wrong, "paused_until": paused}
