"""The ledger of reminders: what was due for whom, and which message it became.

A line without a message waits: it was asked for (`Nhắc tôi sau 2 giờ`), announced, or its message could not
go out in time and was taken back. A line with an empty message was settled without a word.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.calendar import Week
from hoso_bot.domain.reminder_times import NOTICES, Kind
from hoso_bot.domain.reminders import Call, Draft, Return
from hoso_bot.domain.submission import PlanState, UploadState
from hoso_bot.store.commit import Rows
from hoso_bot.store.db import Database, from_moment, moment, new_id
from hoso_bot.store.tables import (
    outbox,
    people,
    plans,
    reminder_rounds,
    reminders,
    steps,
    uploads,
    versions,
)

SILENT = ""


def _call(r: Any) -> Call:
    return Call(
        r.person_id,
        r.year,
        r.week,
        r.subject,
        Kind(r.kind),
        from_moment(r.due_at),
        from_moment(r.stale_at),
        r.id,
    )


class Reminders:
    """One school's ledger: lookups, and the statements that write it."""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    # --- looking -----------------------------------------------------------------------------

    def until(self) -> datetime | None:
        """Up to when the moments of the weeks were dealt with; None before the first time."""
        rows = self._db.rows(
            sa.select(reminder_rounds.c.until).where(reminder_rounds.c.school_id == self._school)
        )
        return from_moment(rows[0].until) if rows else None

    def waiting(self, now: datetime) -> list[Call]:
        """Lines that are due, still make sense, and have no message."""
        query = sa.select(reminders).where(
            reminders.c.school_id == self._school,
            reminders.c.message_key.is_(None),
            reminders.c.due_at <= moment(now),
            reminders.c.stale_at > moment(now),
        )
        return [_call(row) for row in self._db.rows(query.order_by(reminders.c.due_at, reminders.c.id))]

    def open(self, now: datetime) -> list[Call]:
        """Every line that still makes sense, dealt with or not."""
        query = sa.select(reminders).where(
            reminders.c.school_id == self._school, reminders.c.stale_at > moment(now)
        )
        return [_call(row) for row in self._db.rows(query)]

    def told_since(self, since: datetime) -> dict[str, datetime]:
        """Who got a reminder after `since`, and when last."""
        query = (
            sa.select(reminders.c.person_id, sa.func.max(reminders.c.settled_at).label("at"))
            .where(
                reminders.c.school_id == self._school,
                reminders.c.stale_at > moment(since),
                reminders.c.settled_at > moment(since),
                reminders.c.message_key != SILENT,
                reminders.c.kind.not_in([kind.value for kind in NOTICES]),
            )
            .group_by(reminders.c.person_id)
        )
        return {row.person_id: from_moment(row.at) for row in self._db.rows(query)}

    def sent(self, person_id: str, week: Week) -> list[datetime]:
        """When this person was reminded of this week."""
        query = sa.select(reminders.c.settled_at).where(
            reminders.c.school_id == self._school,
            reminders.c.person_id == person_id,
            reminders.c.year == week.year,
            reminders.c.week == week.number,
            reminders.c.settled_at.is_not(None),
            reminders.c.message_key != SILENT,
            reminders.c.kind.not_in([kind.value for kind in NOTICES]),
        )
        return sorted({from_moment(row.settled_at) for row in self._db.rows(query)})

    def snoozed(self, person_id: str, week: Week, now: datetime) -> datetime | None:
        """When this person asked to be reminded of this week again, if that is still to come."""
        query = sa.select(sa.func.min(reminders.c.due_at)).where(
            reminders.c.school_id == self._school,
            reminders.c.person_id == person_id,
            reminders.c.year == week.year,
            reminders.c.week == week.number,
            reminders.c.kind == Kind.SNOOZED.value,
            reminders.c.message_key.is_(None),
            reminders.c.due_at > moment(now),
        )
        with self._db.read() as connection:
            found = connection.execute(query).scalar()
        return from_moment(found) if found else None

    def digests(self, person_id: str, now: datetime) -> tuple[bool, datetime | None]:
        """Whether a digest for this person waits for its time, and when the last list of cards went."""
        mine = (reminders.c.school_id == self._school, reminders.c.person_id == person_id)
        planned = sa.select(sa.func.count()).where(
            *mine,
            reminders.c.kind == Kind.DIGEST.value,
            reminders.c.message_key.is_(None),
            reminders.c.stale_at > moment(now),
        )
        told = sa.select(sa.func.max(reminders.c.settled_at)).where(
            *mine,
            reminders.c.kind.in_([Kind.DIGEST.value, Kind.SUMMARY.value]),
            reminders.c.message_key != SILENT,
        )
        with self._db.read() as connection:
            last = connection.execute(told).scalar()
            return bool(connection.execute(planned).scalar_one()), from_moment(last) if last else None

    def asked(self, heads: Collection[str]) -> dict[str, tuple[datetime, datetime]]:
        """When each of these heads was last due to be asked to delegate, and until when that makes sense."""
        query = sa.select(reminders.c.person_id, reminders.c.due_at, reminders.c.stale_at).where(
            reminders.c.school_id == self._school,
            reminders.c.person_id.in_(heads),
            reminders.c.kind == Kind.SILENT.value,
        )
        rows = self._db.rows(query.order_by(reminders.c.due_at))
        return {row.person_id: (from_moment(row.due_at), from_moment(row.stale_at)) for row in rows}

    def of_message(self, key: str) -> list[Call]:
        """The lines that became this message."""
        return [_call(row) for row in self._db.found(reminders, message_key=key)]

    def sent_about(self, person_id: str, year: str, week: int) -> list[datetime]:
        """When reminders of this week were delivered to this person, in order of time."""
        query = (
            sa.select(sa.func.max(reminders.c.settled_at).label("at"))
            .join(
                outbox,
                sa.and_(outbox.c.school_id == reminders.c.school_id, outbox.c.key == reminders.c.message_key),
            )
            .where(
                reminders.c.school_id == self._school,
                reminders.c.person_id == person_id,
                reminders.c.year == year,
                reminders.c.week == week,
                reminders.c.kind.not_in([kind.value for kind in NOTICES]),
                outbox.c.state == "sent",
            )
            .group_by(reminders.c.message_key)
        )
        return sorted(from_moment(row.at) for row in self._db.rows(query))

    def drafts(self, since: datetime, person_id: str | None = None) -> list[Draft]:
        """Files that came after `since` and wait for `Trình ký`, newest first."""
        query = sa.select(uploads).where(
            uploads.c.school_id == self._school,
            uploads.c.state == UploadState.READY.value,
            uploads.c.instead_of == "",
            uploads.c.sent_at > moment(since),
        )
        if person_id is not None:
            query = query.where(uploads.c.person_id == person_id)
        return [
            Draft(r.id, r.person_id, r.name, from_moment(r.sent_at), r.year, r.week, r.part)
            for r in self._db.rows(query.order_by(uploads.c.sent_at.desc()))
        ]

    def returns(self, year: str, register: str, week: int, person_id: str | None = None) -> list[Return]:
        """Why the plans of a week that came back did."""
        leader = people.alias("leader")
        query = (
            sa.select(plans.c.person_id, plans.c.part, steps.c.reason, steps.c.decided_at, leader.c.name)
            .join(
                versions,
                sa.and_(
                    versions.c.school_id == self._school,
                    versions.c.plan_id == plans.c.id,
                    versions.c.number == plans.c.version,
                ),
            )
            .join(steps, sa.and_(steps.c.version_id == versions.c.id, steps.c.reason.is_not(None)))
            .join(leader, leader.c.id == sa.func.coalesce(steps.c.decided_by, steps.c.signer_id))
            .where(
                plans.c.school_id == self._school,
                plans.c.year == year,
                plans.c.register == register,
                plans.c.week == week,
                plans.c.instead_of == "",
                plans.c.state.in_([PlanState.REJECTED.value, PlanState.RETURNED.value]),
            )
        )
        if person_id is not None:
            query = query.where(plans.c.person_id == person_id)
        return [
            Return(r.person_id, r.part, r.reason, r.name, from_moment(r.decided_at))
            for r in self._db.rows(query)
        ]

    # --- statements for a unit of work ---------------------------------------------------------

    def advance(self, before: datetime | None, now: datetime) -> Any:
        """The moments up to `now` are dealt with; guarded, so only one of several processes did."""
        if before is None:
            return reminder_rounds.insert().values(school_id=self._school, until=moment(now))
        return (
            sa.update(reminder_rounds)
            .where(
                reminder_rounds.c.school_id == self._school,
                reminder_rounds.c.until == moment(before),
            )
            .values(until=moment(now))
        )

    def add(self, lines: Iterable[tuple[Call, str | None]], now: datetime) -> Rows:
        """New lines, each with the key of its message, None to let it wait; a line that exists conflicts."""
        return Rows(reminders, [self._row(call, key, now) for call, key in lines])

    def _row(self, call: Call, message_key: str | None, now: datetime) -> dict[str, Any]:
        return {
            "id": new_id(),
            "school_id": self._school,
            "person_id": call.person_id,
            "year": call.year,
            "week": call.week,
            "subject": call.subject,
            "kind": call.kind.value,
            "due_at": moment(call.at),
            "stale_at": moment(call.stale_at),
            "message_key": message_key,
            "settled_at": None if message_key is None else moment(now),
        }

    def settle(self, call: Call, message_key: str, now: datetime) -> sa.Update:
        """A waiting line became a message; guarded, so it becomes one only once."""
        return (
            sa.update(reminders)
            .where(reminders.c.id == call.row_id, reminders.c.message_key.is_(None))
            .values(message_key=message_key, settled_at=moment(now))
        )

    def take_back(self, row_id: int, key: str) -> None:
        """A message on its way that must not go out now: it will not, and its lines wait again."""
        with self._db.write() as connection:
            held = connection.execute(
                sa.update(outbox)
                .where(outbox.c.id == row_id, outbox.c.state == "sending")
                .values(state="gone", error="taken back", lease_until=None)
            )
            if held.rowcount:
                connection.execute(
                    sa.update(reminders)
                    .where(reminders.c.school_id == self._school, reminders.c.message_key == key)
                    .values(message_key=None, settled_at=None)
                )
