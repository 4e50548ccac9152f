"""Inviting somebody to explain (M52), and the explanation: word for word, sent when they say so."""

from __future__ import annotations

import dataclasses

from hoso_bot.casework import violation_cards as cards
from hoso_bot.casework import violation_desk as desk
from hoso_bot.casework.room import is_refused, refusal
from hoso_bot.domain import events as ev
from hoso_bot.domain import violation as v
from hoso_bot.domain import violation_events as vev
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.reasons import clean
from hoso_bot.domain.support import first_words, passed_on_name
from hoso_bot.domain.violation import Answer, Case, Line, State
from hoso_bot.store.db import new_id
from hoso_bot.unit_of_work import UnitOfWork

PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".heic")


# --- the invitation ----------------------------------------------------------------------------------


def ask_until(event: vev.InvitationAsked, uow: UnitOfWork) -> None:
    """`Mời giải trình`: until when?"""
    case = desk.prepared(event.case_id, uow, State.DRAFT)
    if case is None:
        return
    if v.next_question(case):
        cards.show(case, uow)
        return
    rows = []
    for days in v.OFFERED_DAYS:
        until = desk.local_day(v.explain_by(uow.now(), uow.weeks(), days))
        label = "violation.button.invite_until"
        rows.append((Button(label, vev.InvitationConfirmed(case.id, days), {"days": days, "until": until}),))
    rows.append((Button("violation.button.later", vev.CaseAsked(case.id)),))
    uow.reply(Message("violation.invitation_when", {"case": desk.facts(case, uow)}, tuple(rows)))


def invite(event: vev.InvitationConfirmed, uow: UnitOfWork) -> None:
    """The person is invited in chat; who has none, on paper. The facts stay as they are shown now."""
    draft = desk.prepared(event.case_id, uow, State.DRAFT)
    if draft is None or v.next_question(draft):
        return
    now = uow.now()
    until = v.explain_by(now, uow.weeks(), event.days)
    case = desk.change(
        draft,
        uow,
        state=State.INVITED,
        invited_at=now,
        explain_by=until,
        sheet=desk.read_sheet(draft, uow),
    )
    desk.record("invited", case, uow, until=until.isoformat())
    uow.emit(vev.ExplanationDue(case.id), f"violation:{case.id}:last_day", v.reminded_at(until))
    uow.emit(vev.ExplanationDue(case.id, over=True), f"violation:{case.id}:over", until)
    blanks, open_it = {"case": desk.facts(case, uow)}, Button("violation.button.open", vev.CaseAsked(case.id))
    if desk.reachable(case.person_id, uow):
        desk.tell_person(cards.own_card(case, uow), case, uow)
        uow.reply(Message("violation.invited", blanks, ((open_it,),)))
    else:
        uow.reply(Message("violation.invited_on_paper", blanks, ((open_it,),)))
        desk.send_invitation(case, uow)


def due(event: vev.ExplanationDue, uow: UnitOfWork) -> None:
    """The last day began, or the time is over: one word to who has to act; nothing decides by itself."""
    case = uow.violations.get(event.case_id)
    if case.state is not State.INVITED:
        return
    if event.over:
        desk.tell("violation.time_over", desk.watchers(case, uow), case, uow)
    else:
        desk.tell("violation.remind", [uow.people.get(case.person_id)], case, uow)


# --- writing -----------------------------------------------------------------------------------------


def begin(event: vev.ExplanationBegun, uow: UnitOfWork) -> None:
    """`Giải trình`: what comes next in this chat is kept for the case."""
    case = _writable(event.case_id, uow)
    if case is None:
        return
    _listen(case, uow)
    text = "violation.writing" if case.person_id == uow.actor.id else "violation.writing_paper"
    pause = Button("violation.button.later", vev.ExplanationPaused(case.id))
    if uow.violations.lines(case.id):
        _show_written(case, uow)
    else:
        uow.reply(Message(text, {"case": desk.facts(case, uow)}, ((pause,),)))


def _writable(case_id: str, uow: UnitOfWork) -> Case | None:
    """The case while who acts may explain: the person, or the office for somebody without a chat."""
    case = desk.visible(case_id, uow)
    if case is None:
        return None
    own = case.person_id == uow.actor.id
    typing_in = desk.is_preparer(uow, case) and not desk.reachable(case.person_id, uow)
    if not own and not typing_in:
        uow.reply(Message("violation.gone"))
        return None
    if case.state is not State.INVITED:
        uow.reply(Message("violation.answered_before"))
        return None
    return case


def _listen(case: Case, uow: UnitOfWork) -> None:
    uow.ask(vev.ExplanationWritten(case.id))


def meant(event: ev.Event, uow: UnitOfWork) -> ev.Event:
    """A picture sent while an explanation is written belongs to it; any other file does not."""
    if not isinstance(event, ev.FileSent):
        return event
    question = uow.prompts.question(event.origin, uow.now())
    if not isinstance(question, vev.ExplanationWritten) or not _is_picture(event):
        return event
    fields = {f.name: getattr(event, f.name) for f in dataclasses.fields(event)}
    return vev.ExplanationPicture(**fields, case_id=question.case_id)


def _is_picture(event: ev.FileSent) -> bool:
    return event.kind == "photo" or event.name.lower().endswith(PICTURES)


def write(event: vev.ExplanationWritten, uow: UnitOfWork) -> None:
    """One more message of it, word for word."""
    _keep(event.case_id, Line(new_id(), uow.now(), uow.actor.id, _words(event.typed)), uow)


def write_picture(event: vev.ExplanationPicture, uow: UnitOfWork) -> None:
    """A picture, with the words under it."""
    if event.sha256 is None:
        uow.reply(refusal(event, uow) if is_refused(event) else Message("violation.picture_lost"))
        return
    name = passed_on_name(event.name, event.kind) or "anh.jpg"
    line = Line(new_id(), uow.now(), uow.actor.id, _words(event.caption), name, event.sha256)
    _keep(event.case_id, line, uow)


def _words(typed: str) -> str:
    return clean(typed, v.MOST_CHARACTERS)


def _keep(case_id: str, line: Line, uow: UnitOfWork) -> None:
    case = _writable(case_id, uow)
    if case is None:
        return
    _listen(case, uow)
    count = len(uow.violations.lines(case.id))
    if not line.text and not line.sha256:
        uow.reply(Message("violation.no_words"))
    elif count >= v.MOST_LINES:
        uow.reply(Message("violation.too_many", {"most": v.MOST_LINES}, _sending(case)))
    else:
        uow.change(uow.violations.add_line(case, line))
        blanks = {"count": count + 1, "picture": bool(line.sha256)}
        uow.reply(Message("violation.kept", blanks, _sending(case)))


def _sending(case: Case) -> tuple[tuple[Button, ...], ...]:
    send = Button("violation.button.send", vev.ExplanationSent(case.id))
    look = Button("violation.button.show", vev.ExplanationShown(case.id))
    pause = Button("violation.button.later", vev.ExplanationPaused(case.id))
    return (send,), (look, pause)


def show_written(event: vev.ExplanationShown, uow: UnitOfWork) -> None:
    """`Xem, sửa`: every piece with a button that takes it back."""
    if case := _writable(event.case_id, uow):
        _listen(case, uow)
        _show_written(case, uow)


def _show_written(case: Case, uow: UnitOfWork, without: str = "") -> None:
    lines = [line for line in uow.violations.lines(case.id) if line.id != without]
    pause = Button("violation.button.later", vev.ExplanationPaused(case.id))
    if not lines:
        uow.reply(Message("violation.nothing_written", {}, ((pause,),)))
        return
    blanks = [{"text": first_words(line.text, 80), "file": line.file_name} for line in lines]
    remove = tuple(
        (Button("violation.button.remove", vev.LineRemoved(case.id, line.id), {"number": number}),)
        for number, line in enumerate(lines, start=1)
    )
    facts = {"count": len(lines), "lines": blanks}
    uow.reply(Message("violation.written", facts, (*_sending(case), *remove)))


def remove_line(event: vev.LineRemoved, uow: UnitOfWork) -> None:
    """`Xóa phần …`: as if it had not been written; it was sent to nobody."""
    case = _writable(event.case_id, uow)
    if case:
        uow.change(uow.violations.remove_line(case, event.line_id))
        _listen(case, uow)
        _show_written(case, uow, without=event.line_id)


def pause(event: vev.ExplanationPaused, uow: UnitOfWork) -> None:
    """`Để sau`: what was written stays."""
    if case := _writable(event.case_id, uow):
        _stop_listening(uow)
        uow.reply(Message("violation.paused", {"case": desk.facts(case, uow)}))


def _stop_listening(uow: UnitOfWork) -> None:
    uow.stop_asking()


# --- answering ---------------------------------------------------------------------------------------


def send(event: vev.ExplanationSent, uow: UnitOfWork) -> None:
    """`Gửi giải trình`: from here on it stands; whoever decides hears of it."""
    case = _writable(event.case_id, uow)
    if case is None:
        return
    count, own = len(uow.violations.lines(case.id)), case.person_id == uow.actor.id
    if count == 0:
        uow.reply(Message("violation.nothing_written"))
        return
    after = _answered(case, Answer.CHAT if own else Answer.PAPER, uow, pieces=count)
    blanks = {"case": desk.facts(after, uow), "count": count}
    uow.reply(Message("violation.sent" if own else "violation.sent_paper", blanks))
    if not own:
        cards.show(after, uow)


def ask_nothing(event: vev.NothingToExplain, uow: UnitOfWork) -> None:
    """`Không có ý kiến`: sure?"""
    if case := _writable(event.case_id, uow):
        sure = Button("violation.button.nothing_confirm", vev.NothingConfirmed(case.id))
        back = Button("violation.button.back", vev.CaseAsked(case.id))
        uow.reply(Message("violation.nothing_sure", {"case": desk.facts(case, uow)}, ((sure,), (back,))))


def say_nothing(event: vev.NothingConfirmed, uow: UnitOfWork) -> None:
    """The person has nothing to say, which says nothing about them; what was begun is forgotten."""
    case = _writable(event.case_id, uow)
    if case is None:
        return
    for line in uow.violations.lines(case.id):
        uow.change(uow.violations.remove_line(case, line.id))
    _answered(case, Answer.NOTHING, uow)
    uow.reply(Message("violation.nothing_taken"))


def _answered(case: Case, answer: Answer, uow: UnitOfWork, **more: int) -> Case:
    _stop_listening(uow)
    after = desk.change(case, uow, state=State.EXPLAINED, answer=answer, answered_at=uow.now())
    desk.record("answered", after, uow, how=answer.value, **more)
    others = [person for person in desk.watchers(after, uow) if person.id != uow.actor.id]
    desk.tell("violation.answered", others, after, uow)
    return after
