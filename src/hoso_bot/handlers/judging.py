"""Deciding about a case of R41: principal and vice-principals only, never about themselves."""

from __future__ import annotations

from hoso_bot.casework import violation_cards as cards
from hoso_bot.casework import violation_desk as desk
from hoso_bot.domain import violation as v
from hoso_bot.domain import violation_events as vev
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.reasons import MAX_CHARACTERS, clean, reason_problem
from hoso_bot.domain.support import inert
from hoso_bot.domain.violation import Answer, Case, State
from hoso_bot.unit_of_work import UnitOfWork, attachment

UNDECIDED = (State.INVITED, State.EXPLAINED)


def _decidable(case_id: str, uow: UnitOfWork, *states: State) -> Case | None:
    """The case when who acts may decide it now; else they hear why not."""
    case = desk.visible(case_id, uow)
    if case is None:
        return None
    blanks = {"case": desk.facts(case, uow)}
    if not v.may_decide(uow.actor, case):
        desk.record("refused", case, uow)
        uow.reply(Message("violation.only_board"))
    elif case.state not in states:
        uow.reply(Message("violation.decided_before", blanks))
    elif case.state is State.INVITED and not case.may_be_decided(uow.now()):
        uow.reply(Message("violation.too_early", blanks))
    else:
        return case
    return None


# --- a record, or none ---------------------------------------------------------------------------------


def want_record(event: vev.RecordWanted, uow: UnitOfWork) -> None:
    """`Lập biên bản`: asks for conclusion, remedy, its day and the number, then shows all of it."""
    if case := _decidable(event.case_id, uow, *UNDECIDED):
        cards.ask_decision(case, uow)


def make_record(event: vev.RecordConfirmed, uow: UnitOfWork) -> None:
    """The decision; the documents are made, and the person gets a copy."""
    case = _decidable(event.case_id, uow, *UNDECIDED)
    if case is None:
        return
    if v.next_of_decision(case):
        cards.ask_decision(case, uow)
        return
    after = desk.change(case, uow, state=State.RECORDED, decided_by=uow.actor.id, decided_at=uow.now())
    desk.record("recorded", after, uow, answer=case.answer.value if case.answer else "")
    made = desk.make_papers(after, uow)
    blanks = {"case": desk.facts(after, uow), "reachable": desk.reachable(after.person_id, uow)}
    uow.reply(Message("violation.recorded", blanks))
    desk.send_papers(after, made, uow)
    object_to = Button("violation.button.object", vev.ObjectionWanted(after.id))
    _tell_person("violation.recorded_to_person", after, made, uow, ((object_to,),))


def ask_clearing(event: vev.ClearingWanted, uow: UnitOfWork) -> None:
    """`Không lập`: a word why?"""
    if case := _decidable(event.case_id, uow, *UNDECIDED):
        none = Button("violation.button.blank", vev.ClearingGiven(case.id))
        _ask("clearing", case, vev.ClearingGiven(case.id), uow, none)


def clear(event: vev.ClearingGiven, uow: UnitOfWork) -> None:
    """The decision that no record is made."""
    case = _decidable(event.case_id, uow, *UNDECIDED)
    if case is None:
        return
    if len(event.typed) > MAX_CHARACTERS:
        _ask("clearing", case, vev.ClearingGiven(case.id), uow, why="too_long")
        return
    uow.stop_asking()
    after = desk.change(
        case,
        uow,
        state=State.CLEARED,
        decided_by=uow.actor.id,
        decided_at=uow.now(),
        details=desk.with_details(case, clearing=clean(event.typed)),
    )
    desk.record("cleared", after, uow)
    blanks = {"case": desk.facts(after, uow), "reachable": desk.reachable(after.person_id, uow)}
    uow.reply(Message("violation.cleared", blanks))
    answered = case.answer in (Answer.CHAT, Answer.PAPER)
    _tell_person(
        "violation.cleared_to_person" if answered else "violation.cleared_unanswered", after, None, uow
    )


def _ask(
    field: str,
    case: Case,
    answer: vev.ClearingGiven | vev.AnnullingGiven,
    uow: UnitOfWork,
    *buttons: Button,
    why: str = "",
) -> None:
    uow.ask(answer)
    later = Button("violation.button.later", vev.CaseAsked(case.id))
    rows = tuple((button,) for button in (*buttons, later))
    uow.reply(Message("violation.question", {"field": field, "why": why}, rows))


def _tell_person(
    text: str,
    case: Case,
    made: tuple[str, str] | None,
    uow: UnitOfWork,
    buttons: tuple[tuple[Button, ...], ...] = (),
) -> None:
    """A decision reaches whom it is about, with their copy; who has no chat gets it on paper."""
    if desk.reachable(case.person_id, uow):
        file = attachment(uow, made[1], f"{case.code}.pdf") if made else None
        message = Message(text, {"case": desk.facts(case, uow)}, buttons, attachment=file)
        desk.tell_person(message, case, uow)


# --- annulling -----------------------------------------------------------------------------------------


def ask_annulling(event: vev.AnnullingWanted, uow: UnitOfWork) -> None:
    """`Hủy biên bản`: why?"""
    if case := _decidable(event.case_id, uow, State.RECORDED):
        _ask("annulling", case, vev.AnnullingGiven(case.id), uow)


def annul(event: vev.AnnullingGiven, uow: UnitOfWork) -> None:
    """The record stays and counts no more; what is printed from now on says so on every page."""
    case = _decidable(event.case_id, uow, State.RECORDED)
    if case is None:
        return
    too_long = "too_long" if len(event.typed) > MAX_CHARACTERS else None
    if why := too_long or reason_problem(event.typed):
        _ask("annulling", case, vev.AnnullingGiven(case.id), uow, why=why)
        return
    uow.stop_asking()
    after = desk.change(
        case,
        uow,
        state=State.ANNULLED,
        annulled_by=uow.actor.id,
        annulled_at=uow.now(),
        details=desk.with_details(case, annulling=clean(event.typed)),
    )
    desk.record("annulled", after, uow)
    made = desk.make_papers(after, uow)
    uow.reply(Message("violation.annulled", {"case": desk.facts(after, uow)}))
    desk.send_papers(after, made, uow)
    _tell_person("violation.annulled_to_person", after, made, uow)


# --- the person's own word ------------------------------------------------------------------------------


def _may_object(case_id: str, uow: UnitOfWork) -> Case | None:
    case = desk.visible(case_id, uow)
    if case is None:
        return None
    if case.person_id != uow.actor.id:
        uow.reply(Message("violation.gone"))
    elif case.state is not State.RECORDED or case.objected_at:
        uow.reply(Message("violation.objected_before" if case.objected_at else "violation.gone"))
    else:
        return case
    return None


def ask_objection(event: vev.ObjectionWanted, uow: UnitOfWork) -> None:
    """`Ghi ý kiến của tôi`: one message, word for word."""
    if case := _may_object(event.case_id, uow):
        uow.ask(vev.ObjectionWritten(case.id))
        later = Button("violation.button.later", vev.CaseAsked(case.id))
        uow.reply(Message("violation.objection_write", {"case": desk.facts(case, uow)}, ((later,),)))


def show_objection(event: vev.ObjectionWritten, uow: UnitOfWork) -> None:
    """Once more before it is added: it can be added only once."""
    case = _may_object(event.case_id, uow)
    if case is None:
        return
    words = clean(event.typed, v.MOST_CHARACTERS)
    if not words:
        uow.reply(Message("violation.no_words"))
        return
    uow.stop_asking()
    add = Button("violation.button.send_objection", vev.ObjectionSent(case.id, words))
    again = Button("violation.button.rewrite", vev.ObjectionWanted(case.id))
    uow.reply(Message("violation.objection_sure", {"text": inert(words)[:3_000]}, ((add,), (again,))))


def add_objection(event: vev.ObjectionSent, uow: UnitOfWork) -> None:
    """The words go into the record as `Ý kiến sau khi lập`; the board hears of it."""
    case = _may_object(event.case_id, uow)
    if case is None:
        return
    details = desk.with_details(case, objection=event.words)
    after = desk.change(case, uow, objected_at=uow.now(), details=details)
    desk.record("objected", after, uow)
    made = desk.make_papers(after, uow)
    uow.reply(Message("violation.objected", {"case": desk.facts(after, uow)}))
    desk.send_papers(after, made, uow, only_pdf=True)
    decider = [p for p in desk.deciders(after, uow) if p.id == after.decided_by]
    people = {p.id: p for p in (*decider, *desk.watchers(after, uow))}
    desk.tell("violation.objected_to_board", people.values(), after, uow)
