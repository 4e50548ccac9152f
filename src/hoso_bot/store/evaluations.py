"""Frozen evaluations: their rows, what people say about them, the adjustments beside them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.evaluation import Adjustment, Dispute, Evaluation, Term
from hoso_bot.domain.figures import Row, row_of
from hoso_bot.domain.scheme import Scheme
from hoso_bot.store.commit import Rows
from hoso_bot.store.db import Database, from_moment, moment, new_id
from hoso_bot.store.tables import adjustments, disputes, evaluation_rows, evaluations


class Evaluations:
    """One school's evaluations: lookups, and the statements that change them."""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    # --- looking -----------------------------------------------------------------------------

    def of_year(self, year: str) -> tuple[Evaluation, ...]:
        """Every freeze of a school year: first semester, second, year."""
        return tuple(map(_evaluation, self._db.found(evaluations, evaluations.c.term, year=year)))

    def get(self, evaluation_id: str) -> Evaluation:
        """One freeze. Raises LookupError."""
        for row in self._db.found(evaluations, id=evaluation_id):
            return _evaluation(row)
        raise LookupError(f"no evaluation {evaluation_id}")

    def rows(self, evaluation_id: str) -> tuple[Row, ...]:
        """Its rows, in the order they were frozen in."""
        query = sa.select(evaluation_rows.c.row).where(*_of(self._school, evaluation_id))
        return tuple(row_of(row.row) for row in self._db.rows(query.order_by(evaluation_rows.c.position)))

    def row(self, evaluation_id: str, person_id: str) -> Row | None:
        """One person's row; None for who has none."""
        own = evaluation_rows.c.person_id == person_id
        query = sa.select(evaluation_rows.c.row).where(*_of(self._school, evaluation_id), own)
        return next((row_of(row.row) for row in self._db.rows(query)), None)

    def seen(self, evaluation_id: str) -> set[str]:
        """Ids of who has looked at the own row."""
        looked = evaluation_rows.c.seen_at.is_not(None)
        query = sa.select(evaluation_rows.c.person_id).where(*_of(self._school, evaluation_id), looked)
        return {row.person_id for row in self._db.rows(query)}

    def disputes(self, evaluation_id: str, person_id: str | None = None) -> tuple[Dispute, ...]:
        """What people say about it, oldest first."""
        conditions = [disputes.c.evaluation_id == evaluation_id]
        if person_id is not None:
            conditions.append(disputes.c.person_id == person_id)
        return self._disputes(*conditions)

    def dispute(self, dispute_id: str) -> Dispute:
        """One of them. Raises LookupError."""
        for found in self._disputes(disputes.c.id == dispute_id):
            return found
        raise LookupError(f"no dispute {dispute_id}")

    def _disputes(self, *conditions: Any) -> tuple[Dispute, ...]:
        query = sa.select(disputes).where(disputes.c.school_id == self._school, *conditions)
        return tuple(
            _dispute(row) for row in self._db.rows(query.order_by(disputes.c.made_at, disputes.c.id))
        )

    def adjustments(self, evaluation_id: str, person_id: str | None = None) -> tuple[Adjustment, ...]:
        """The signed lines beside the figures, oldest first."""
        query = sa.select(adjustments).where(
            adjustments.c.school_id == self._school, adjustments.c.evaluation_id == evaluation_id
        )
        if person_id is not None:
            query = query.where(adjustments.c.person_id == person_id)
        return tuple(
            Adjustment(r.person_id, r.figure, r.old, r.new, r.reason, r.made_by, from_moment(r.made_at))
            for r in self._db.rows(query.order_by(adjustments.c.made_at, adjustments.c.id))
        )

    # --- statements for a unit of work ---------------------------------------------------------

    def freeze(self, evaluation: Evaluation, rows: tuple[Row, ...]) -> list[Any]:
        """A new one with its rows; a second one for the same period is a conflict."""
        number, root = evaluation.log
        head = evaluations.insert().values(
            id=evaluation.id,
            school_id=self._school,
            year=evaluation.year,
            term=evaluation.term.value,
            version=evaluation.version,
            frozen_at=moment(evaluation.frozen_at),
            frozen_by=evaluation.frozen_by,
            closes_on=evaluation.closes_on.isoformat(),
            fingerprint=evaluation.fingerprint,
            log_number=number,
            log_hash=root,
            outages=list(evaluation.outages),
            scheme=asdict(evaluation.scheme),
        )
        lines = [
            {
                "school_id": self._school,
                "evaluation_id": evaluation.id,
                "person_id": row.person_id,
                "position": position,
                "row": row.as_json(),
            }
            for position, row in enumerate(rows)
        ]
        return [head, Rows(evaluation_rows, lines)]

    def see(self, evaluation_id: str, person_id: str, now: datetime) -> sa.Update:
        """The person looked at the own row; the first time counts."""
        own = evaluation_rows.c.person_id == person_id
        return (
            sa.update(evaluation_rows)
            .where(*_of(self._school, evaluation_id), own, evaluation_rows.c.seen_at.is_(None))
            .values(seen_at=moment(now))
        )

    def disagree(self, dispute: Dispute) -> sa.Insert:
        """Somebody's words, as they were written."""
        return disputes.insert().values(
            id=dispute.id,
            school_id=self._school,
            evaluation_id=dispute.evaluation_id,
            person_id=dispute.person_id,
            words=dispute.words,
            made_at=moment(dispute.at),
            answer="",
            reason="",
            answered_by="",
        )

    def answer(self, dispute: Dispute, answer: str, reason: str, by: str, now: datetime) -> sa.Update:
        """Guarded: changes no row when somebody answered meanwhile."""
        return (
            sa.update(disputes)
            .where(disputes.c.id == dispute.id, disputes.c.answer == dispute.answer)
            .values(answer=answer, reason=reason, answered_by=by, answered_at=moment(now))
        )

    def adjust(self, dispute: Dispute, adjustment: Adjustment) -> sa.Insert:
        """A line beside a figure."""
        return adjustments.insert().values(
            id=new_id(),
            school_id=self._school,
            evaluation_id=dispute.evaluation_id,
            person_id=adjustment.person_id,
            dispute_id=dispute.id,
            figure=adjustment.figure,
            old=adjustment.old,
            new=adjustment.new,
            reason=adjustment.reason,
            made_by=adjustment.by,
            made_at=moment(adjustment.at),
        )


def _of(school_id: str, evaluation_id: str) -> tuple[Any, Any]:
    return evaluation_rows.c.school_id == school_id, evaluation_rows.c.evaluation_id == evaluation_id


def _evaluation(r: Any) -> Evaluation:
    return Evaluation(
        id=r.id,
        year=r.year,
        term=Term(r.term),
        version=r.version,
        frozen_at=from_moment(r.frozen_at),
        frozen_by=r.frozen_by,
        closes_on=date.fromisoformat(r.closes_on),
        fingerprint=r.fingerprint,
        log=(r.log_number, r.log_hash),
        outages=tuple(r.outages),
        scheme=Scheme(**r.scheme),
    )


def _dispute(r: Any) -> Dispute:
    return Dispute(
        id=r.id,
        evaluation_id=r.evaluation_id,
        person_id=r.person_id,
        words=r.words,
        at=from_moment(r.made_at),
        answer=r.answer,
        reason=r.reason,
        answered_by=r.answered_by,
        answered_at=from_moment(r.answered_at) if r.answered_at else None,
    )
