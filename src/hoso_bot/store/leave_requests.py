"""Requests for a week off (`Tuần này tôi nghỉ`) and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hoso_bot.store.db import Database, moment, new_id
from hoso_bot.store.tables import leave_requests

WAITING, GRANTED, DECLINED = "waiting", "granted", "declined"


@dataclass(frozen=True)
class LeaveRequest:
    """One person's request for one week. state: waiting, granted or declined."""

    id: str
    person_id: str
    year: str
    week: int
    state: str


class LeaveRequests:
    """One school's requests: lookups, and the guarded statements that move them."""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    def _find(self, *conditions: Any) -> list[LeaveRequest]:
        query = sa.select(leave_requests).where(leave_requests.c.school_id == self._school, *conditions)
        with self._db.read() as connection:
            rows = connection.execute(query)
            return [LeaveRequest(r.id, r.person_id, r.year, r.week, r.state) for r in rows]

    def get(self, request_id: str) -> LeaveRequest:
        """One request. Raises LookupError."""
        for request in self._find(leave_requests.c.id == request_id):
            return request
        raise LookupError(f"no request {request_id}")

    def of(self, person_id: str, year: str, week: int) -> LeaveRequest | None:
        """What this person asked for this week, if anything."""
        own = leave_requests.c.person_id == person_id
        found = self._find(own, leave_requests.c.year == year, leave_requests.c.week == week)
        return found[0] if found else None

    def waiting(self, year: str, week: int) -> set[str]:
        """Ids of the people whose request for this week nobody answered yet."""
        found = self._find(
            leave_requests.c.year == year,
            leave_requests.c.week == week,
            leave_requests.c.state == WAITING,
        )
        return {request.person_id for request in found}

    # --- statements for a unit of work ---------------------------------------------------------

    def ask(self, person_id: str, year: str, week: int, now: datetime) -> tuple[str, sa.Insert]:
        """A new request and its id; a second one for the same week is a conflict."""
        request_id = new_id()
        return request_id, leave_requests.insert().values(
            id=request_id,
            school_id=self._school,
            person_id=person_id,
            year=year,
            week=week,
            asked_at=moment(now),
            state=WAITING,
        )

    def decide(self, request: LeaveRequest, state: str, by: str, now: datetime) -> sa.Update:
        """Guarded: changes no row when somebody decided before."""
        return (
            sa.update(leave_requests)
            .where(leave_requests.c.id == request.id, leave_requests.c.state == request.state)
            .values(state=state, decided_by=by, decided_at=moment(now))
        )
