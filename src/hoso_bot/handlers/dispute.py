"""What people say about their figures is answered: kept, or adjusted by a signed line; both with a reason."""

from __future__ import annotations

import re

from hoso_bot.casework.evaluating import dispute_facts, figure_facts, may_answer
from hoso_bot.domain import evaluation_events as eev
from hoso_bot.domain.evaluation import (
    ADJUSTED,
    KEPT,
    Adjustment,
    Dispute,
    adjustables,
    adjusted,
    adjustment_problem,
)
from hoso_bot.domain.figures import Figures
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.reasons import clean, reason_problem
from hoso_bot.unit_of_work import UnitOfWork

DROP = Button("button.not_now", eev.FreezeDropped())
_NEW_NUMBER = re.compile(r"\s*(\d{1,4})(?!\d)[\s,.:;–-]*(.*)", re.DOTALL)


def show_all(event: eev.DisputesAsked, uow: UnitOfWork) -> None:
    """Everybody's words, those without an answer first."""
    evaluation = uow.evaluations.get(event.evaluation_id)
    found = sorted(uow.evaluations.disputes(evaluation.id), key=lambda one: bool(one.answer))
    named = [{**dispute_facts(one), "name": uow.people.get(one.person_id).name} for one in found]
    buttons = tuple(
        (Button("evaluation.button.open", eev.DisputeOpened(one.id), {"name": facts["name"]}),)
        for one, facts in zip(found, named, strict=True)
        if may_answer(one, uow)
    )
    uow.reply(Message("evaluation.disputes", {**evaluation.facts(), "disputes": named}, buttons))


def show(event: eev.DisputeOpened, uow: UnitOfWork) -> None:
    """One person's words beside the figures they are about."""
    dispute = _mine_to_answer(event.dispute_id, uow)
    if dispute:
        uow.reply(_card(dispute, uow))


def _mine_to_answer(dispute_id: str, uow: UnitOfWork) -> Dispute | None:
    dispute = uow.evaluations.dispute(dispute_id)
    if may_answer(dispute, uow):
        return dispute
    uow.reply(Message("evaluation.not_yours"))
    return None


def _card(dispute: Dispute, uow: UnitOfWork) -> Message:
    evaluation, person = uow.evaluations.get(dispute.evaluation_id), uow.people.get(dispute.person_id)
    row = uow.evaluations.row(evaluation.id, person.id)
    assert row is not None
    facts = {
        **evaluation.facts(),
        **figure_facts(row, uow.evaluations.adjustments(evaluation.id, person.id)),
        **dispute_facts(dispute),
        "name": person.name,
        "group": row.group,
    }
    keep = Button("evaluation.button.keep", eev.KeepAsked(dispute.id))
    adjust = Button("evaluation.button.adjust", eev.AdjustAsked(dispute.id))
    answers = (adjust,) if dispute.answer == ADJUSTED else (keep, adjust)
    return Message("evaluation.dispute", facts, (answers,) if dispute.answer != KEPT else ())


# --- kept ------------------------------------------------------------------------------------------


def ask_keep(event: eev.KeepAsked, uow: UnitOfWork) -> None:
    """`Giữ nguyên`: why?"""
    if dispute := _open(event.dispute_id, uow):
        _ask_keep(dispute, "evaluation.why_kept", uow)


def _open(dispute_id: str, uow: UnitOfWork) -> Dispute | None:
    """One that waits for an answer, this person's to give; None, with a word, for any other."""
    dispute = _mine_to_answer(dispute_id, uow)
    if dispute is None or not dispute.answer:
        return dispute
    uow.reply(Message("evaluation.answered_already", dispute_facts(dispute)))
    return None


def _ask_keep(dispute: Dispute, text: str, uow: UnitOfWork) -> None:
    uow.ask(eev.FigureKept(dispute.id))
    uow.reply(Message(text, {}, ((DROP,),)))


def keep(event: eev.FigureKept, uow: UnitOfWork) -> None:
    """The reason is given: the figures stay, the person hears why."""
    dispute = _open(event.dispute_id, uow)
    if dispute is None:
        return
    if reason_problem(event.typed):
        _ask_keep(dispute, "evaluation.reason_too_short", uow)
        return
    _answer(dispute, KEPT, clean(event.typed), uow)


def _answer(dispute: Dispute, answer: str, reason: str, uow: UnitOfWork) -> None:
    """The answer, its entry in the log, and a word to both."""
    evaluation, person = uow.evaluations.get(dispute.evaluation_id), uow.people.get(dispute.person_id)
    uow.stop_asking()
    uow.change(
        uow.evaluations.answer(dispute, answer, reason, uow.actor.name, uow.now()),
    )
    subject = f"{evaluation.year}-{evaluation.term.value}"
    uow.record("evaluation.answered", subject, dispute=dispute.id, answer=answer)
    facts = {**evaluation.facts(), "name": person.name, "by": uow.actor.name, "why": reason}
    look = Button(
        "evaluation.button.own", eev.OwnFiguresAsked(evaluation.id), {"term": evaluation.term.value}
    )
    uow.say(person, Message(f"evaluation.you.{answer}", facts, ((look,),)))
    uow.reply(Message(f"evaluation.was.{answer}", facts))


# --- adjusted ----------------------------------------------------------------------------------------


def ask_figure(event: eev.AdjustAsked, uow: UnitOfWork) -> None:
    """`Điều chỉnh`: which figure?"""
    dispute = _mine_to_answer(event.dispute_id, uow)
    if dispute:
        figures = _figures(dispute, uow)
        buttons = tuple(
            (Button("evaluation.button.figure", eev.FigureChosen(dispute.id, name), _named(figures, name)),)
            for name in adjustables(figures)
        )
        uow.reply(Message("evaluation.which_figure", {}, (*buttons, (DROP,))))


def _figures(dispute: Dispute, uow: UnitOfWork) -> Figures:
    row = uow.evaluations.row(dispute.evaluation_id, dispute.person_id)
    assert row is not None
    return adjusted(row.figures, uow.evaluations.adjustments(dispute.evaluation_id, dispute.person_id))


def _named(figures: Figures, name: str) -> dict[str, object]:
    return {"figure": name, "old": getattr(figures, name)}


def ask_number(event: eev.FigureChosen, uow: UnitOfWork) -> None:
    """The figure is chosen: which number, and why?"""
    dispute = _mine_to_answer(event.dispute_id, uow)
    if dispute:
        _ask_number(dispute, event.figure, "evaluation.which_number", {}, uow)


def _ask_number(dispute: Dispute, figure: str, text: str, more: dict[str, object], uow: UnitOfWork) -> None:
    uow.ask(eev.AdjustmentTyped(dispute.id, figure))
    uow.reply(Message(text, {**_named(_figures(dispute, uow), figure), **more}, ((DROP,),)))


def ask_confirmation(event: eev.AdjustmentTyped, uow: UnitOfWork) -> None:
    """`11 vì tuần 5 mất điện`: the last look."""
    dispute = _mine_to_answer(event.dispute_id, uow)
    if dispute is None:
        return
    typed, figures = _NEW_NUMBER.fullmatch(event.typed), _figures(dispute, uow)
    if typed is None or reason_problem(typed[2]):
        _ask_number(dispute, event.figure, "evaluation.number_and_reason", {}, uow)
        return
    new, reason = int(typed[1]), clean(typed[2])
    if problem := adjustment_problem(figures, event.figure, new):
        _ask_number(dispute, event.figure, problem[0], problem[1], uow)
        return
    uow.stop_asking()
    old = getattr(figures, event.figure)
    yes = Button(
        "evaluation.button.confirm", eev.AdjustmentConfirmed(dispute.id, event.figure, old, new, reason)
    )
    facts = {"figure": event.figure, "old": old, "new": new, "why": reason}
    name = uow.people.get(dispute.person_id).name
    uow.reply(Message("evaluation.confirm_adjustment", {**facts, "name": name}, ((yes, DROP),)))


def adjust(event: eev.AdjustmentConfirmed, uow: UnitOfWork) -> None:
    """`Xác nhận`: a signed line stands beside the frozen figure."""
    dispute = _mine_to_answer(event.dispute_id, uow)
    if dispute is None:
        return
    figures = _figures(dispute, uow)
    if getattr(figures, event.figure) != event.old or adjustment_problem(figures, event.figure, event.new):
        uow.reply(Message("evaluation.changed_meanwhile"))
        return
    line = Adjustment(
        dispute.person_id, event.figure, event.old, event.new, event.reason, uow.actor.name, uow.now()
    )
    uow.change(uow.evaluations.adjust(dispute, line))
    evaluation = uow.evaluations.get(dispute.evaluation_id)
    facts = {"figure": event.figure, "old": event.old, "new": event.new, "dispute": dispute.id}
    uow.record("evaluation.adjusted", f"{evaluation.year}-{evaluation.term.value}", **facts)
    _answer(dispute, ADJUSTED, event.reason, uow)
