"""Cases of R41 as messages: the card, the person's own view, and the questions that lead to them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hoso_bot.casework.violation_desk import facts, reachable, record, sheet_of
from hoso_bot.domain import violation as v
from hoso_bot.domain import violation_events as vev
from hoso_bot.domain.fact_sheet import cautions
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.support import quoted
from hoso_bot.domain.violation import Case, State
from hoso_bot.unit_of_work import UnitOfWork

REMEDY_WITHIN = timedelta(days=7)
DAYS_OFFERED = 5
PERIODS = (("morning", 5), ("afternoon", 4))

Rows = list[tuple[Button, ...]]

_BLANK_LABELS = {
    "period": "no_period",
    "place": "blank",
    "witnesses": "blank",
    "circumstances": "blank",
    "remedy": "no_remedy",
    "remedy_by": "no_day",
    "number": "no_number",
}


# --- cards -------------------------------------------------------------------------------------------


def show(case: Case, uow: UnitOfWork) -> None:
    """The case as who acts may see it: the next question of a draft, the card, or the person's own view."""
    if case.person_id == uow.actor.id:
        _show_own(case, uow)
    elif case.state is State.DRAFT and (field := v.next_question(case)):
        ask(case, field, uow)
    else:
        _show_card(case, uow)


def _show_card(case: Case, uow: UnitOfWork) -> None:
    record("read", case, uow)
    lines = uow.violations.lines(case.id) if case.answer else []
    sheet = sheet_of(case, uow)
    over = bool(case.explain_by and case.explain_by < uow.now())
    blanks = {
        "case": facts(case, uow),
        "sheet": sheet,
        "cautions": cautions(sheet, case.kind) if case.is_open else [],
        "deciding": v.may_decide(uow.actor, case),
        "reachable": reachable(case.person_id, uow),
        "over": over,
    }
    told = quoted("\n\n".join(line.text for line in lines if line.text))
    buttons = tuple(_keys(case, uow))
    uow.reply(Message("violation.card", blanks, () if told else buttons))
    for part, words in enumerate(told, start=1):
        more = {"case": blanks["case"], "text": words, "part": part, "parts": len(told)}
        uow.reply(Message("violation.explained", more, buttons if part == len(told) else ()))


def _keys(case: Case, uow: UnitOfWork) -> Rows:
    """What a board member or the office can do with it now."""
    rows, decides = Rows(), v.may_decide(uow.actor, case)
    if case.state is State.DRAFT:
        rows.append((Button("violation.button.invite", vev.InvitationAsked(case.id)),))
    if case.may_be_decided(uow.now()) and decides:
        wanted = Button("violation.button.record", vev.RecordWanted(case.id))
        rows.append((wanted, Button("violation.button.clear", vev.ClearingWanted(case.id))))
    if case.state is State.INVITED and not reachable(case.person_id, uow):
        rows.append((Button("violation.button.from_paper", vev.ExplanationBegun(case.id)),))
    if case.answer and (count := sum(bool(line.sha256) for line in uow.violations.lines(case.id))):
        rows.append((Button("violation.button.pictures", vev.PicturesAsked(case.id), {"count": count}),))
    if case.is_open:
        rows.append((Button("violation.button.edit", vev.DetailsOffered(case.id)),))
    if case.state in (State.INVITED, State.EXPLAINED, State.RECORDED, State.ANNULLED):
        rows.append((Button("violation.button.papers", vev.PapersAsked(case.id)),))
    if case.state is State.RECORDED and decides:
        rows.append((Button("violation.button.annul", vev.AnnullingWanted(case.id)),))
    if case.state is State.DRAFT:
        rows.append((Button("violation.button.cancel", vev.CaseDropped(case.id)),))
    return rows


def _show_own(case: Case, uow: UnitOfWork) -> None:
    record("read", case, uow)
    uow.reply(own_card(case, uow))


def own_card(case: Case, uow: UnitOfWork) -> Message:
    """What the person it is about sees."""
    if case.state is State.INVITED:
        blanks = {"case": facts(case, uow), "sheet": sheet_of(case, uow)}
        begun = bool(uow.violations.lines(case.id))
        label = "violation.button.explain_more" if begun else "violation.button.explain"
        explain = Button(label, vev.ExplanationBegun(case.id))
        nothing = Button("violation.button.nothing", vev.NothingToExplain(case.id))
        return Message("violation.invitation", blanks, ((explain,), (nothing,)))
    rows = Rows()
    if case.state is State.RECORDED and case.objected_at is None:
        rows.append((Button("violation.button.object", vev.ObjectionWanted(case.id)),))
    if case.state in (State.RECORDED, State.ANNULLED):
        rows.append((Button("violation.button.own_papers", vev.PapersAsked(case.id)),))
    return Message("violation.own", {"case": facts(case, uow)}, tuple(rows))


# --- questions ---------------------------------------------------------------------------------------


def ask(case: Case, field: str, uow: UnitOfWork, why: str = "") -> None:
    """Ask one thing about a case; why: what was wrong with the last answer. Nothing said before is lost."""
    uow.ask(vev.DetailGiven(case.id, field))
    rows = _answers(case, field, uow)
    if case.state is State.DRAFT:
        rows.append((Button("violation.button.cancel", vev.CaseDropped(case.id)),))
    else:
        rows.append((Button("violation.button.later", vev.CaseAsked(case.id)),))
    uow.reply(Message("violation.question", {"field": field, "why": why}, tuple(rows)))


def _answers(case: Case, field: str, uow: UnitOfWork) -> Rows:
    """What can be answered with a tap; the rest is typed."""
    person = uow.people.get(case.person_id)
    if field in _BLANK_LABELS:
        return [*_suggested(case, field, uow), (_said(case, field, "", _BLANK_LABELS[field]),)]
    if field == "day":
        return [(_said(case, field, day.isoformat(), "day", day=day.isoformat()),) for day in _days(uow)]
    if field == "kind":
        return [(_said(case, field, kind.value, "kind", kind=kind.value),) for kind in v.Kind]
    if field == "head":
        return [(_said(case, field, "yes", "yes_head"), _said(case, field, "", "no_head"))]
    named = {"class_name": person.classes, "subject": person.subjects}.get(field, ())
    return [(_said(case, field, words, "value", words=words),) for words in named]


def _suggested(case: Case, field: str, uow: UnitOfWork) -> Rows:
    """Likely answers to what may be left open."""
    if field == "period":
        return [tuple(_period(case, half, n, uow) for n in range(1, last + 1)) for half, last in PERIODS]
    if field == "place" and case.details.class_name:
        words = uow.words("violation.place", class_name=case.details.class_name)
        return [(_said(case, field, words, "value", words=words),)]
    if field == "remedy_by":
        day = (uow.today() + REMEDY_WITHIN).isoformat()
        return [(_said(case, field, day, "until", day=day),)]
    return []


def _said(case: Case, field: str, value: str, label: str, **blanks: Any) -> Button:
    return Button(f"violation.button.{label}", vev.DetailGiven(case.id, field, value), blanks)


def _period(case: Case, half: str, number: int, uow: UnitOfWork) -> Button:
    words = uow.words("violation.period", half=half, number=number)
    return _said(case, "period", words, "half", half=half, number=number)


def _days(uow: UnitOfWork) -> list[date]:
    """The last teaching days, newest first."""
    today = uow.today()
    taught = sorted((d for w in uow.weeks() for d in w.days if d <= today), reverse=True)
    return taught[:DAYS_OFFERED]


def go_on(case: Case, field: str, uow: UnitOfWork) -> None:
    """After an answer: the next question, or the card it leads to."""
    if case.state is State.DRAFT:
        show(case, uow)
    elif field in v.DECISION_ASKED:
        ask_decision(case, uow)
    else:
        _show_card(case, uow)


def ask_decision(case: Case, uow: UnitOfWork) -> None:
    """The next thing whoever decides has to say, or everything once more before it is decided."""
    if field := v.next_of_decision(case):
        ask(case, field, uow)
        return
    edits = [
        (Button("violation.button.field", vev.DetailAsked(case.id, name), {"field": name}),)
        for name in v.DECISION_ASKED
    ]
    confirm = (Button("violation.button.confirm_record", vev.RecordConfirmed(case.id)),)
    later = (Button("violation.button.later", vev.CaseAsked(case.id)),)
    uow.reply(Message("violation.decision", {"case": facts(case, uow)}, (confirm, *edits, later)))
