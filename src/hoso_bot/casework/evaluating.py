"""What the handlers of an evaluation share: who may decide, how figures are told, what is final."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from hoso_bot.domain.evaluation import Adjustment, Dispute, Evaluation, adjusted, is_final
from hoso_bot.domain.figures import Row
from hoso_bot.domain.rates import percent
from hoso_bot.domain.rights import Right, Rights
from hoso_bot.domain.roster import Person
from hoso_bot.unit_of_work import UnitOfWork

RATES = ("on_time_rate", "ready_rate", "own_part_rate", "first_pass_rate", "before_lesson_rate")


def may_decide(uow: UnitOfWork) -> bool:
    """Freezing and answering: the records-administering vice-principal and the principal."""
    return _rights(uow.actor, uow).may(Right.EVALUATE)


def may_answer(dispute: Dispute, uow: UnitOfWork) -> bool:
    """Nobody answers the own words (R57)."""
    return _rights(uow.actor, uow).may(Right.ANSWER_DISPUTE, uow.people.get(dispute.person_id))


def _rights(person: Person, uow: UnitOfWork) -> Rights:
    return Rights(person, uow.is_office(person))


def deciders(uow: UnitOfWork, about: Person) -> list[Person]:
    """Who answers somebody's words: never that person (R57)."""
    leaders = uow.people.leaders(uow.policy.records_admin)
    return [p for p in leaders if _rights(p, uow).may(Right.ANSWER_DISPUTE, about)]


def final(evaluation: Evaluation, uow: UnitOfWork) -> bool:
    """Whether its sheet is no draft any more."""
    return is_final(evaluation, uow.evaluations.disputes(evaluation.id), uow.now())


def figure_facts(row: Row, adjustments: tuple[Adjustment, ...]) -> dict[str, Any]:
    """Blanks: every figure as it counts, rates as whole percents (None of nothing), and what was adjusted."""
    figures = adjusted(row.figures, adjustments)
    rates = {name: percent(getattr(figures, name)) for name in RATES}
    return {
        "figures": {**asdict(figures), **rates, "approves": figures.approves},
        "adjustments": [adjustment_facts(one) for one in adjustments],
    }


def adjustment_facts(one: Adjustment) -> dict[str, Any]:
    """Blanks of a signed line."""
    return {
        "figure": one.figure,
        "old": one.old,
        "new": one.new,
        "reason": one.reason,
        "by": one.by,
        "at": one.at.isoformat(),
    }


def dispute_facts(dispute: Dispute) -> dict[str, Any]:
    """Blanks: the words as they were written, and the answer."""
    return {
        "words": dispute.words,
        "at": dispute.at.isoformat(),
        "answer": dispute.answer,
        "why": dispute.reason,
        "by": dispute.answered_by,
    }
