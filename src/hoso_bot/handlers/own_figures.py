"""The own frozen figures, the weeks behind each, and a word about them (R53). Never others' figures."""

from __future__ import annotations

from typing import Any

from hoso_bot.casework.evaluating import deciders, dispute_facts, figure_facts
from hoso_bot.domain import evaluation_events as eev
from hoso_bot.domain.evaluation import Dispute, Evaluation
from hoso_bot.domain.figures import Note, Row, behind, explained
from hoso_bot.domain.measuring import turns_by_week
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.reasons import clean, reason_problem
from hoso_bot.store.db import new_id
from hoso_bot.unit_of_work import Unguarded, UnitOfWork

DROP = Button("button.support_leave", eev.DisputeDropped())


def show(event: eev.OwnFiguresAsked, uow: UnitOfWork) -> None:
    """The own figures as they count now; looking is noted, so nobody is reminded for nothing."""
    evaluation, row = _own(event.evaluation_id, uow)
    if row is None:
        uow.reply(Message("evaluation.no_row", evaluation.facts()))
        return
    uow.change(Unguarded(uow.evaluations.see(evaluation.id, uow.actor.id, uow.now())))
    uow.reply(_card(evaluation, row, uow))


def _own(evaluation_id: str, uow: UnitOfWork) -> tuple[Evaluation, Row | None]:
    return uow.evaluations.get(evaluation_id), uow.evaluations.row(evaluation_id, uow.actor.id)


def _card(evaluation: Evaluation, row: Row, uow: UnitOfWork) -> Message:
    disputes = uow.evaluations.disputes(evaluation.id, uow.actor.id)
    is_open = uow.now() < evaluation.ends
    facts = {
        **evaluation.facts(),
        **figure_facts(row, uow.evaluations.adjustments(evaluation.id, uow.actor.id)),
        "disputes": [dispute_facts(one) for one in disputes],
        "is_open": is_open,
    }
    why = tuple(
        (Button(f"evaluation.why.{figure}", eev.WhyAsked(evaluation.id, figure)),)
        for figure in explained(row)
    )
    speak = Button("evaluation.button.dispute", eev.DisputeAsked(evaluation.id))
    return Message("evaluation.own", facts, (*why, (speak,)) if is_open else why)


def why(event: eev.WhyAsked, uow: UnitOfWork) -> None:
    """`Vì sao?`: the weeks behind a figure, as they were when it was frozen."""
    evaluation, row = _own(event.evaluation_id, uow)
    if row is None or event.figure not in explained(row):
        uow.reply(Message("evaluation.no_row", evaluation.facts()))
        return
    facts: dict[str, Any] = {**evaluation.facts(), "figure": event.figure}
    if event.figure == "turns":
        weeks = [vars(week) for week in turns_by_week(row.turns)]
        uow.reply(Message("evaluation.why_turns", {**facts, "turns": weeks}))
        return
    groups = [
        {"kind": kind, "notes": [_note(note) for note in notes]} for kind, notes in behind(row, event.figure)
    ]
    uow.reply(Message("evaluation.why_plans", {**facts, "behind": groups}))


def _note(note: Note) -> dict[str, Any]:
    names = ("week", "part", "late", "excused", "returns", "reason", "state")
    return {**{name: getattr(note, name) for name in names}, "causes": list(note.causes)}


# --- a word about them -------------------------------------------------------------------------------


def ask_words(event: eev.DisputeAsked, uow: UnitOfWork) -> None:
    """`Tôi có ý kiến`: what is not right?"""
    if _may_speak(event.evaluation_id, uow):
        _ask_words(event.evaluation_id, "evaluation.ask_words", uow)


def _ask_words(evaluation_id: str, text: str, uow: UnitOfWork) -> None:
    uow.ask(eev.DisputeGiven(evaluation_id))
    uow.reply(Message(text, {}, ((DROP,),)))


def _may_speak(evaluation_id: str, uow: UnitOfWork) -> bool:
    evaluation, row = _own(evaluation_id, uow)
    if row is None:
        uow.reply(Message("evaluation.no_row", evaluation.facts()))
    elif uow.now() >= evaluation.ends:
        uow.reply(Message("evaluation.window_over", evaluation.facts()))
    return row is not None and uow.now() < evaluation.ends


def take_words(event: eev.DisputeGiven, uow: UnitOfWork) -> None:
    """The words are kept as they were written; who answers hears them at once."""
    if not _may_speak(event.evaluation_id, uow):
        return
    if reason_problem(event.typed):
        _ask_words(event.evaluation_id, "evaluation.words_too_short", uow)
        return
    uow.stop_asking()
    evaluation = uow.evaluations.get(event.evaluation_id)
    dispute = Dispute(new_id(), evaluation.id, uow.actor.id, clean(event.typed), uow.now())
    uow.change(uow.evaluations.disagree(dispute))
    uow.record("evaluation.disputed", f"{evaluation.year}-{evaluation.term.value}", dispute=dispute.id)
    facts = {**evaluation.facts(), "name": uow.actor.name, "words": dispute.words}
    opened = Button("evaluation.button.open", eev.DisputeOpened(dispute.id), {"name": uow.actor.name})
    for person in deciders(uow, uow.actor):
        uow.say(person, Message("evaluation.somebody_disagrees", facts, ((opened,),)))
    uow.reply(Message("evaluation.words_kept", facts))


def drop(event: eev.DisputeDropped, uow: UnitOfWork) -> None:
    """`Thôi`: nothing was said."""
    uow.stop_asking()
    uow.reply(Message("evaluation.nothing_said"))
