"""What a freeze takes from the record: boards of the period, and what stands beside them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from hoso_bot.domain.calendar import VN, Week
from hoso_bot.domain.evaluation import (
    WINDOW_DAYS,
    Evaluation,
    EvaluationRefused,
    Term,
    to_freeze,
    working_day_after,
)
from hoso_bot.domain.figures import Row, fingerprint
from hoso_bot.domain.measuring import Beside, measured
from hoso_bot.domain.scheme import Scheme
from hoso_bot.domain.support import TicketKind
from hoso_bot.domain.tally import VERSION
from hoso_bot.store.boards import Boards, RulesOf
from hoso_bot.store.db import Database, moment, new_id
from hoso_bot.store.evaluations import Evaluations
from hoso_bot.store.people import People
from hoso_bot.store.school import School
from hoso_bot.store.tables import delegations, tickets
from hoso_bot.store.tours import Tours
from hoso_bot.store.violations import Violations


class Freezing:
    """Makes evaluations of one school from its record; `rules`: in force at a week."""

    def __init__(self, db: Database, rules: RulesOf) -> None:
        self._db, self._school, self._rules = db, db.school_id, rules

    def possible(self, year: str, term: Term, now: datetime) -> list[Week]:
        """The weeks a freeze would count. Raises EvaluationRefused: too early, none, frozen already."""
        if any(one.term is term for one in Evaluations(self._db).of_year(year)):
            raise EvaluationRefused("evaluation.frozen_already", "this period is frozen already")
        table = School(self._db).weeks(year)
        counted = [week.number for week in table if week.number >= self._rules(week).effective_week]
        return to_freeze(table, term, now, counted)

    def freeze(
        self, year: str, term: Term, by: str, scheme: Scheme, now: datetime
    ) -> tuple[Evaluation, tuple[Row, ...]]:
        """A new evaluation and its rows, not written yet. by: who decides it. Raises EvaluationRefused."""
        weeks = self.possible(year, term, now)
        rows = self.measure(weeks, now)
        moved = {outage for week in weeks for outage in week.moved_by}
        today = now.astimezone(VN).date()
        table = School(self._db).weeks(year)
        evaluation = Evaluation(
            id=new_id(),
            year=year,
            term=term,
            version=VERSION,
            frozen_at=now,
            frozen_by=by,
            closes_on=working_day_after(today, WINDOW_DAYS, table),
            fingerprint=fingerprint(rows),
            log=Boards(self._db).log_head(),
            outages=tuple(outage.facts() for outage in sorted(moved, key=lambda one: one.start)),
            scheme=scheme,
        )
        return evaluation, rows

    def measure(self, weeks: Sequence[Week], now: datetime) -> tuple[Row, ...]:
        """The rows of these weeks as they stand now."""
        boards = Boards(self._db).of_weeks(weeks, self._rules, now)
        people = {person.id: person for person in People(self._db).all()}
        return measured(boards, people, self._beside(weeks), now)

    def _beside(self, weeks: Sequence[Week]) -> Beside:
        begins = datetime.combine(weeks[0].first - timedelta(days=7), time(), VN)
        ends = datetime.combine(weeks[-1].last + timedelta(days=1), time(), VN)
        trained = {who for who, mark in Tours(self._db).all().items() if not mark.skipped}
        given = (
            delegations.c.school_id == self._school,
            delegations.c.first <= weeks[-1].last.isoformat(),
            delegations.c.last >= weeks[0].first.isoformat(),
        )
        asked = (
            tickets.c.school_id == self._school,
            tickets.c.kind == TicketKind.QUESTION.value,
            tickets.c.opened_at >= moment(begins),
            tickets.c.opened_at < moment(ends),
        )
        return Beside(
            delegations=self._count(delegations.c.giver_id, given),
            trained=frozenset(trained),
            questions=self._count(tickets.c.person_id, asked),
            violations=self._violations(weeks[0].first, weeks[-1].last),
        )

    def _violations(self, first: date, last: date) -> dict[str, int] | None:
        """Confirmed records; None for a school that never opened a case."""
        cases = Violations(self._db)
        return cases.confirmed(first, last) if cases.all() else None

    def _count(
        self, person: sa.Column[str], conditions: tuple[sa.ColumnElement[bool], ...]
    ) -> dict[str, int]:
        query = sa.select(person, sa.func.count().label("n")).where(*conditions).group_by(person)
        with self._db.read() as connection:
            return {row[0]: row.n for row in connection.execute(query)}
