"""What was paid for messages: noted before each goes out, never more in a month than the school allows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from hoso_bot.domain.paying import Fare, month_of
from hoso_bot.store.db import Database, insert_new, moment, new_id
from hoso_bot.store.tables import outbox, paid_messages, paid_months


@dataclass(frozen=True)
class Noted:
    """A price that was noted. spent: of its month, with it."""

    id: str
    month: str
    price: int
    spent: int


class Spending:
    """One school's paid messages of one channel; amounts in VND."""

    def __init__(self, db: Database, channel: str) -> None:
        self._db, self._school, self._channel = db, db.school_id, channel

    def _month(self, month: str) -> tuple[sa.ColumnElement[bool], ...]:
        rows = paid_months.c
        return rows.school_id == self._school, rows.channel == self._channel, rows.month == month

    def spent(self, month: str) -> int:
        """How much of this month's budget is gone."""
        query = sa.select(paid_months.c.spent).where(*self._month(month))
        with self._db.read() as connection:
            return int(connection.execute(query).scalar() or 0)

    def note(self, message_key: str, fare: Fare, price: int, most: int, now: datetime) -> Noted | None:
        """Take the price out of the month's budget before the message goes; None: it does not fit in.

        One guarded update decides, so several processes together never spend more than `most`.
        """
        month = month_of(now)
        mine = {"school_id": self._school, "channel": self._channel, "month": month}
        spent = paid_months.c.spent
        take = sa.update(paid_months).where(*self._month(month), spent + price <= most)
        note_id, row = new_id(), {"message_key": message_key, "fare": fare.value, "price": price}
        with self._db.write() as connection:
            connection.execute(insert_new(paid_months), [{**mine, "spent": 0}])
            if not connection.execute(take.values(spent=spent + price)).rowcount:
                return None
            connection.execute(
                paid_messages.insert(),
                [{**mine, **row, "id": note_id, "state": "noted", "made_at": moment(now)}],
            )
            total = connection.execute(sa.select(spent).where(*self._month(month))).scalar_one()
        return Noted(note_id, month, price, int(total))

    def template_since(self, person_id: str, since: datetime) -> bool:
        """Whether this person was told by a template that something waits, or that may be so."""
        rows = paid_messages.c
        same = sa.and_(outbox.c.school_id == rows.school_id, outbox.c.key == rows.message_key)
        query = (
            sa.select(rows.id)
            .join(outbox, same)
            .where(
                rows.school_id == self._school,
                rows.channel == self._channel,
                rows.fare == Fare.TEMPLATE.value,
                rows.state != "refused",
                rows.made_at >= moment(since),
                outbox.c.person_id == person_id,
                outbox.c.state == "gone",
            )
        )
        with self._db.read() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def keep(self, noted: Noted) -> None:
        """The message was delivered."""
        with self._db.write() as connection:
            connection.execute(self._settled(noted, "sent"))

    def give_back(self, noted: Noted) -> None:
        """The platform refused the message: nothing was paid. Twice is once."""
        back = sa.update(paid_months).where(*self._month(noted.month))
        with self._db.write() as connection:
            if connection.execute(self._settled(noted, "refused")).rowcount:
                connection.execute(back.values(spent=paid_months.c.spent - noted.price))

    def _settled(self, noted: Noted, state: str) -> sa.Update:
        rows = paid_messages.c
        mine = rows.school_id == self._school, rows.id == noted.id, rows.state == "noted"
        return sa.update(paid_messages).where(*mine).values(state=state)
