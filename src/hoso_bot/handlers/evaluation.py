"""`Thi đua` under `/baocao`: figures are frozen, told to everybody, then leave as a sheet (R53)."""

from __future__ import annotations

from typing import Any

from hoso_bot.casework import announcing
from hoso_bot.casework.evaluating import final, may_decide
from hoso_bot.domain import evaluation_events as eev
from hoso_bot.domain.calendar import school_year
from hoso_bot.domain.evaluation import Evaluation, EvaluationRefused, Term, reminder_at
from hoso_bot.domain.figures import Row
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.year_events import OFFICE_LANE
from hoso_bot.reports.delivery import passing
from hoso_bot.store.freezing import Freezing
from hoso_bot.unit_of_work import UnitOfWork

DROP = Button("button.not_now", eev.FreezeDropped())


def show(event: eev.EvaluationsAsked, uow: UnitOfWork) -> None:
    """What is frozen of this year and how far it is; what can be frozen now."""
    year = school_year(uow.today())
    frozen = uow.evaluations.of_year(year)
    rows = [button for one in frozen for button in _buttons(one, uow)]
    if may_decide(uow):
        rows += [_freeze_button(year, term) for term in Term if _possible(year, term, uow)]
    facts = {"year": year, "evaluations": [_state(one, uow) for one in frozen]}
    uow.reply(Message("evaluation.menu", facts, tuple(rows)))


def _state(one: Evaluation, uow: UnitOfWork) -> dict[str, Any]:
    disputes = uow.evaluations.disputes(one.id)
    return {
        **one.facts(),
        "people": len(uow.evaluations.rows(one.id)),
        "seen": len(uow.evaluations.seen(one.id)),
        "disputes": len(disputes),
        "waiting": sum(not dispute.answer for dispute in disputes),
        "final": final(one, uow),
        "over": uow.now() >= one.ends,
    }


def _buttons(one: Evaluation, uow: UnitOfWork) -> list[tuple[Button, ...]]:
    facts = {"term": one.term.value, "final": final(one, uow)}
    sheets = tuple(
        Button(f"evaluation.button.{kind}", eev.SheetAsked(one.id, kind), facts) for kind in ("xlsx", "pdf")
    )
    if may_decide(uow) and uow.evaluations.disputes(one.id):
        return [sheets, (Button("evaluation.button.disputes", eev.DisputesAsked(one.id), facts),)]
    return [sheets]


def _freeze_button(year: str, term: Term) -> tuple[Button, ...]:
    return (Button("evaluation.button.freeze", eev.FreezeAsked(year, term.value), {"term": term.value}),)


def _possible(year: str, term: Term, uow: UnitOfWork) -> bool:
    try:
        return bool(_freezing(uow).possible(year, term, uow.now()))
    except EvaluationRefused:
        return False


def _freezing(uow: UnitOfWork) -> Freezing:
    return Freezing(uow.desk.db, uow.rules)


def ask_freeze(event: eev.FreezeAsked, uow: UnitOfWork) -> None:
    """What a freeze means, and how the school's figures look."""
    frozen = _frozen(event, uow)
    if frozen is None:
        return
    evaluation, rows = frozen
    yes = Button("evaluation.button.confirm", eev.FreezeConfirmed(event.year, event.term))
    facts = {
        **evaluation.facts(),
        "heads": len(rows),
        "outages": list(evaluation.outages),
        "weighed": bool(evaluation.scheme.weights),
    }
    uow.reply(Message("evaluation.ask_freeze", facts, ((yes, DROP),)))


def _frozen(
    event: eev.FreezeAsked | eev.FreezeConfirmed, uow: UnitOfWork
) -> tuple[Evaluation, tuple[Row, ...]] | None:
    """The freeze as it would be now; None, with a word, where there is none to make."""
    term, by = Term(event.term), uow.actor.name
    try:
        return _freezing(uow).freeze(event.year, term, by, uow.policy.scheme, uow.now())
    except EvaluationRefused as refusal:
        uow.reply(Message(refusal.text_key, {"term": event.term, **refusal.facts}))
        return None


def freeze(event: eev.FreezeConfirmed, uow: UnitOfWork) -> None:
    """`Xác nhận`: the figures stand; who is on the sheet hears it by an event of its own."""
    frozen = _frozen(event, uow)
    if frozen is None:
        return
    evaluation, rows = frozen
    uow.change(*uow.evaluations.freeze(evaluation, rows))
    subject, sha256 = f"{evaluation.year}-{evaluation.term.value}", evaluation.fingerprint
    uow.record("evaluation.frozen", subject, rows=len(rows), fingerprint=sha256, version=evaluation.version)
    uow.emit(eev.EvaluationFrozen(evaluation.id), OFFICE_LANE)
    uow.reply(Message("evaluation.frozen", {**evaluation.facts(), "heads": len(rows)}))


def drop(event: eev.FreezeDropped, uow: UnitOfWork) -> None:
    """`Để sau`: nothing is frozen."""
    uow.reply(Message("evaluation.dropped"))


def announce(event: eev.EvaluationFrozen, uow: UnitOfWork) -> None:
    """Everybody on the sheet is told once, and who has not looked is reminded before the window ends."""
    evaluation = uow.evaluations.get(event.evaluation_id)
    on_sheet = {row.person_id for row in uow.evaluations.rows(evaluation.id)}
    people = [person for person in uow.people.all() if person.id in on_sheet]
    facts = {**evaluation.facts(), "evaluation_id": evaluation.id, "closing": False}
    announcing.announce("evaluation.news", facts, people, uow, until=evaluation.ends)
    at = reminder_at(evaluation.closes_on, uow.school.weeks(evaluation.year))
    if at > uow.now():
        closing = {**facts, "closing": True}
        announcing.announce("evaluation.closing", closing, people, uow, until=evaluation.ends, at=at)


def send_sheet(event: eev.SheetAsked, uow: UnitOfWork) -> None:
    """The sheet as a file, a draft until the window is over and everybody has an answer."""
    from hoso_bot.reports.evaluation import Sheet, write  # openpyxl and fpdf2 are for who asks only

    evaluation = uow.evaluations.get(event.evaluation_id)
    target = uow.files.new_temporary()
    try:
        sheet = Sheet.read(uow.school.row().name, evaluation, uow.evaluations, uow.now(), uow.words)
    except EvaluationRefused as refusal:
        uow.reply(Message(refusal.text_key))
        return
    write(sheet, event.kind, target)
    facts = {**evaluation.facts(), "final": sheet.is_final, "waiting": sheet.waiting}
    subject = f"{evaluation.year}-{evaluation.term.value}"
    uow.record("evaluation.exported", subject, kind=event.kind, final=sheet.is_final)
    file = passing(target, sheet.file_name(event.kind), uow)
    uow.reply(Message("evaluation.sheet", facts, (), file))
