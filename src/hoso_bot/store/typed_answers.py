"""What a person may type instead of pressing a button: a word and the number of the message.

A number belongs to one message of one chat. It is good for nothing in another chat, and the button behind it
says itself whether it still counts.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from hoso_bot.domain.events import Address
from hoso_bot.store.db import Database, moment
from hoso_bot.store.tables import typed_answers

KEPT = timedelta(days=60)
"""How long a number is kept, and not given to another message of the chat: so long it is known as old."""
FEW = 4_000


@dataclass(frozen=True)
class TypedAnswer:
    """One word of a message's number, and the button's token it stands for."""

    word: str
    token: str


class TypedAnswers:
    """One school's."""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    def number_for(
        self, address: Address, message_key: str, answers: Sequence[TypedAnswer], now: datetime
    ) -> str:
        """The message's number in this chat, given on the first call (its words with it), the same after."""
        rows = typed_answers.c
        mine = self._in(address)
        with self._db.write() as connection:
            known = sa.select(rows.number).where(*mine, rows.message_key == message_key)
            if number := connection.execute(known).scalar():
                return str(number)
            connection.execute(sa.delete(typed_answers).where(*mine, rows.created_at < moment(now - KEPT)))
            taken = connection.execute(sa.select(rows.number).where(*mine).distinct())
            number = _free({row.number for row in taken})
            row = {
                "school_id": self._school,
                "channel": address.channel,
                "chat_id": address.chat_id,
                "number": number,
                "message_key": message_key,
                "created_at": moment(now),
            }
            connection.execute(
                typed_answers.insert(), [{**row, "word": a.word, "token": a.token} for a in answers]
            )
        return number

    def of(self, address: Address, number: str) -> list[TypedAnswer]:
        """What this number of the chat stands for; empty when it was never given here."""
        rows = typed_answers.c
        query = sa.select(rows.word, rows.token).where(*self._in(address), rows.number == number)
        with self._db.read() as connection:
            return [TypedAnswer(r.word, r.token) for r in connection.execute(query)]

    def knows_word(self, address: Address, word: str) -> bool:
        """Whether this chat was ever told to type this word."""
        query = sa.select(typed_answers.c.number).where(*self._in(address), typed_answers.c.word == word)
        with self._db.read() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def newest(self, address: Address, word: str) -> str | None:
        """The token this word stood for last in this chat; None where it was never told the word."""
        rows = typed_answers.c
        query = sa.select(rows.token).where(*self._in(address), rows.word == word)
        with self._db.read() as connection:
            found = connection.execute(query.order_by(rows.created_at.desc()).limit(1)).scalar()
        return str(found) if found else None

    def _in(self, address: Address) -> tuple[sa.ColumnElement[bool], ...]:
        rows = typed_answers.c
        return (
            rows.school_id == self._school,
            rows.channel == address.channel,
            rows.chat_id == address.chat_id,
        )


def _free(taken: Collection[str]) -> str:
    """A random number of four digits that is not taken; of five for who got very many messages."""
    lowest = 1_000 if len(taken) < FEW else 10_000
    while True:
        number = str(lowest + secrets.randbelow(9 * lowest))
        if number not in taken:
            return number
