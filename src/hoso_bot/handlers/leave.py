"""`Tuần này tôi nghỉ`: the head decides with one tap, and the week is an exemption like any other (Q21)."""

from __future__ import annotations

from hoso_bot.casework import exempting
from hoso_bot.casework.case import duty_today
from hoso_bot.domain import cards
from hoso_bot.domain import weekend_events as wev
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.rights import BOARD, Right, Rights, one_group
from hoso_bot.domain.roster import Person, Role
from hoso_bot.store.leave_requests import DECLINED, GRANTED, WAITING, LeaveRequest
from hoso_bot.unit_of_work import UnitOfWork


def ask(event: wev.LeaveAsked, uow: UnitOfWork) -> None:
    """Ask the head (for a head the vice-principal) once; reminders rest until the answer."""
    week = uow.week(event.year, event.week)
    earlier = uow.leave_requests.of(uow.actor.id, event.year, event.week)
    decider = _decider(uow.actor, uow)
    facts = {**cards.week_facts(week), "decider": decider.name if decider else ""}
    if earlier:
        uow.reply(Message("leave.asked_before", {**facts, "state": earlier.state}))
        return
    if decider is None:
        uow.reply(Message("leave.nobody", facts))
        return
    request_id, row = uow.leave_requests.ask(uow.actor.id, event.year, event.week, uow.now())
    uow.change(row)
    uow.record("leave.asked", uow.actor.staff_id, year=event.year, week=event.week)
    yes = Button("button.agree", wev.LeaveGranted(request_id))
    no = Button("button.reject", wev.LeaveDeclined(request_id))
    card = Message("leave.card", {**facts, "name": uow.actor.name, "group": uow.actor.group}, ((yes, no),))
    uow.say(decider, card)
    uow.reply(Message("leave.asked", facts))


def _decider(person: Person, uow: UnitOfWork) -> Person | None:
    """Who is asked: the own head, who acts for her, the office, the board; always somebody with a chat."""
    duty, office, reachable = duty_today(uow), uow.office(), uow.people.reachable()

    def may(other: Person) -> bool:
        is_office = office is not None and office.id == other.id
        rights = Rights(other, is_office, duty.acting_for(other.id))
        return other.id != person.id and rights.may(Right.EXEMPT, person)

    def order(other: Person) -> tuple[int, str]:
        own_head = other.role is Role.GROUP_HEAD and one_group(other, person)
        ranks = (own_head, other.role not in BOARD, office is not None and office.id == other.id, True)
        return ranks.index(True), other.staff_id

    present = [p for p in duty.people if p.active and p.id in reachable and p.id not in duty.away]
    return min(filter(may, present), key=order, default=None)


def grant(event: wev.LeaveGranted, uow: UnitOfWork) -> None:
    """`Đồng ý`: the exemption, with the words of both sides."""
    request = _decidable(event.request_id, uow)
    if request:
        uow.change(uow.leave_requests.decide(request, GRANTED, uow.actor.id, uow.now()))
        person = uow.people.get(request.person_id)
        exempting.free(person, request.year, [request.week], uow.words("leave.reason"), uow)


def decline(event: wev.LeaveDeclined, uow: UnitOfWork) -> None:
    """`Từ chối`: the person is told and reminded again."""
    request = _decidable(event.request_id, uow)
    if request:
        uow.change(uow.leave_requests.decide(request, DECLINED, uow.actor.id, uow.now()))
        person, week = uow.people.get(request.person_id), uow.week(request.year, request.week)
        uow.record("leave.declined", person.staff_id, year=request.year, week=request.week)
        facts = {**cards.week_facts(week), "name": person.name, "by": uow.actor.name}
        uow.reply(Message("leave.declined_by_you", facts))
        exempting.tell(person, Message("leave.declined", facts), uow)


def _decidable(request_id: str, uow: UnitOfWork) -> LeaveRequest | None:
    """The request while it waits and this person may decide it; else says why not."""
    request = uow.leave_requests.get(request_id)
    if not exempting.may(uow.people.get(request.person_id), uow):
        uow.reply(Message("expected.not_yours"))
    elif request.state != WAITING:
        uow.reply(Message("leave.decided", {"week": request.week, "state": request.state}))
    else:
        return request
    return None
