"""Boards from the record: everything a period's boards need, read once, judged by `domain/board`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.board import Board, Draft, Filed, board
from hoso_bot.domain.bundle import Item, Scope, items
from hoso_bot.domain.calendar import Week
from hoso_bot.domain.expected import HandedIn, as_of, expected
from hoso_bot.domain.roster import Person
from hoso_bot.domain.rules import Rules
from hoso_bot.domain.submission import REGISTER, PlanState, UploadState
from hoso_bot.store import audit
from hoso_bot.store.db import Database, from_moment, insert_new, moment
from hoso_bot.store.obligations import Obligations
from hoso_bot.store.people import People
from hoso_bot.store.plan_rows import read_plan, read_step, read_version
from hoso_bot.store.school import School
from hoso_bot.store.tables import plans, portal_marks, steps, uploads, versions

RulesOf = Callable[[Week], Rules]


class Boards:
    """One school's boards."""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    def of_week(self, week: Week, rules: RulesOf, at: datetime) -> Board:
        """One week's board at the moment `at` (now: the record keeps no earlier states)."""
        return self.of_weeks([week], rules, at)[0]

    def of_weeks(
        self, weeks: Sequence[Week], rules: RulesOf, at: datetime, only: Person | None = None
    ) -> tuple[Board, ...]:
        """The boards of these weeks of one school year, in their order; only: this person's part of them."""
        if not weeks:
            return ()
        obligations = Obligations(self._db)
        people = [only] if only else People(self._db).all()
        posts, stays = obligations.posts(), obligations.stays()
        exemptions, drafts = obligations.exemptions(weeks[0].year), self._drafts(weeks[0].year)
        filed = self.filed(weeks[0].year, [week.number for week in weeks], only)
        boards = []
        for week in weeks:
            own, rule = filed.get(week.number, {}), rules(week)
            staff = [as_of(person, posts, week) for person in people]
            handed_in = {
                who: [_handed_in(one) for one in found if not one.plan.instead_of]
                for who, found in own.items()
            }
            dues = expected(week, staff, stays, exemptions, handed_in, rule.effective_week, rule.unit)
            boards.append(board(week, dues, own, drafts, at, week.number < rule.effective_week))
        return tuple(boards)

    def filed(
        self, year: str, numbers: Sequence[int], only: Person | None = None
    ) -> dict[int, dict[str, list[Filed]]]:
        """Lesson plans of these weeks by week number and person id, each with versions and chains."""
        of_one = () if only is None else (plans.c.person_id == only.id,)
        numbered = plans.c.week.in_(list(numbers))
        found: dict[int, dict[str, list[Filed]]] = {}
        for one in self._filed(plans.c.year == year, plans.c.register == REGISTER, numbered, *of_one):
            found.setdefault(one.plan.week, {}).setdefault(one.plan.person_id, []).append(one)
        return found

    def waiting(self) -> list[Filed]:
        """Every plan of any register and week whose current version waits for somebody."""
        return self._filed(plans.c.state == PlanState.PENDING.value)

    def plan(self, plan_id: str) -> Filed:
        """One plan with its whole history. Raises LookupError."""
        for one in self._filed(plans.c.id == plan_id):
            return one
        raise LookupError(f"no plan {plan_id}")

    def coded(self, beginning: str, most: int) -> list[Filed]:
        """Plans whose record code begins so, by code."""
        of_school = (plans.c.school_id == self._school, plans.c.code.startswith(beginning, autoescape=True))
        query = sa.select(plans.c.id).where(*of_school).order_by(plans.c.code).limit(most)
        return sorted(self._filed(plans.c.id.in_(query)), key=lambda one: one.plan.code)

    def _filed(self, *conditions: sa.ColumnElement[bool]) -> list[Filed]:
        """Plans under these conditions, each with its versions, their chains and when each file came."""
        of_school = (plans.c.school_id == self._school, *conditions)
        with self._db.read() as connection:
            every_plan = list(connection.execute(sa.select(plans).where(*of_school)))
            joined = (
                sa.select(versions, uploads.c.sent_at)
                .join(plans, plans.c.id == versions.c.plan_id)
                .outerjoin(uploads, uploads.c.id == versions.c.upload_id)
                .where(*of_school)
            )
            every_version = list(connection.execute(joined.order_by(versions.c.number)))
            chains = (
                sa.select(steps)
                .join(versions, versions.c.id == steps.c.version_id)
                .join(plans, plans.c.id == versions.c.plan_id)
                .where(*of_school)
            )
            every_step = list(connection.execute(chains.order_by(steps.c.number)))
        marked = self.portal_marks()
        by_version, by_plan = _by(every_step, "version_id"), _by(every_version, "plan_id")
        found = []
        for row in every_plan:
            rows = by_plan.get(row.id, ())
            own = tuple(read_version(version) for version in rows)
            chained = {v.id: tuple(read_step(step) for step in by_version.get(v.id, ())) for v in own}
            sent = {version.id: from_moment(version.sent_at) for version in rows if version.sent_at}
            one = Filed(read_plan(row), own, chained, sent=sent)
            if one.approved and one.approved.id in marked:
                one = replace(one, on_portal=marked[one.approved.id])
            found.append(one)
        return found

    def items(self, scope: Scope) -> list[Item]:
        """The plans of a bundle, each with its teacher as of that week."""
        table = School(self._db).weeks(scope.year)
        weeks = [week for week in table if scope.week in (None, week.number)]
        filed = self.filed(scope.year, [week.number for week in weeks])
        people, posts = People(self._db).all(), Obligations(self._db).posts()
        found: list[Item] = []
        for week in weeks:
            staff = {person.id: as_of(person, posts, week) for person in people}
            found += items((one for own in filed.get(week.number, {}).values() for one in own), staff, scope)
        return found

    def portal_marks(self) -> dict[str, datetime]:
        """Since when somebody says a version is on the sector's portal, by version id."""
        return {row.version_id: from_moment(row.marked_at) for row in self._db.found(portal_marks)}

    def portal_mark(self, version_id: str) -> tuple[str, datetime] | None:
        """(staff id of who said so, when) where somebody says a version is on the sector's portal."""
        for row in self._db.found(portal_marks, version_id=version_id):
            return row.marked_by, from_moment(row.marked_at)
        return None

    def log_head(self) -> tuple[int, str]:
        """Number and hash of the newest log entry, for a report's foot."""
        with self._db.read() as connection:
            return audit.head(connection, self._school)

    def mark_portal(self, version_id: str, by: str, at: datetime) -> Any:
        """Somebody (staff id) says so; the first word stays."""
        return insert_new(portal_marks).values(
            school_id=self._school, version_id=version_id, marked_by=by, marked_at=moment(at)
        )

    def unmark_portal(self, version_ids: Sequence[str]) -> sa.Delete:
        """It was a mistake."""
        return sa.delete(portal_marks).where(
            portal_marks.c.school_id == self._school, portal_marks.c.version_id.in_(list(version_ids))
        )

    def _drafts(self, year: str) -> list[Draft]:
        """Files of lesson plans whose card waits for `Trình ký`, where the week was read."""
        query = sa.select(uploads.c.person_id, uploads.c.week, uploads.c.part).where(
            uploads.c.school_id == self._school,
            uploads.c.state == UploadState.READY.value,
            uploads.c.year == year,
            uploads.c.week.is_not(None),
            sa.or_(uploads.c.register.is_(None), uploads.c.register == REGISTER),
            uploads.c.instead_of == "",
        )
        with self._db.read() as connection:
            return [Draft(row.person_id, year, row.week, row.part) for row in connection.execute(query)]


def _by(rows: Iterable[Any], column: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(getattr(row, column), []).append(row)
    return found


def _handed_in(one: Filed) -> HandedIn:
    late = one.kept[0].minutes_late if one.kept else 0
    return HandedIn(one.plan.state, late, one.plan.part)
