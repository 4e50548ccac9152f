"""Linking a chat to a person: a one-time code, one question for consent, one account (R32)."""

from __future__ import annotations

import re

from hoso_bot.casework import chosen_chat, consenting, guessing
from hoso_bot.casework.case import queue
from hoso_bot.casework.strangers import may_answer
from hoso_bot.domain.chain_events import DutyChanged
from hoso_bot.domain.events import (
    ChatClosed,
    ChatEvent,
    ChatReopened,
    CommandSent,
    ConsentGiven,
    ConsentRefused,
    TextSent,
)
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.roster import Person
from hoso_bot.domain.tour_events import TourEnded, TourShown
from hoso_bot.domain.year_events import OFFICE_LANE, RulesToKnow
from hoso_bot.store.invites import Invite
from hoso_bot.store.people import Account
from hoso_bot.unit_of_work import Unguarded, UnitOfWork

CODE_SHAPE = re.compile(r"[A-Za-z0-9_-]{22,64}")
SHORT_CODE_SHAPE = re.compile(r"(\S{1,20}?)[\s:,]+(\d{4})[\s.-]?(\d{4})")


def start(event: CommandSent, uow: UnitOfWork) -> None:
    """`/start`, `/start CODE`."""
    code = event.argument.strip()
    if code:
        _try_code(code, uow)
    elif uow.person:
        uow.reply(Message("start.again", _name(uow.person)))
    else:
        stranger(event, uow)


def stranger(event: ChatEvent, uow: UnitOfWork) -> None:
    """Somebody nobody knows: a polite answer and nothing else; silence after a few.

    A bare code, as typed from the printed sheet, counts as `/start CODE`; so does a staff id and short code.
    """
    text = event.text.strip() if isinstance(event, TextSent) else ""
    if CODE_SHAPE.fullmatch(text) or SHORT_CODE_SHAPE.fullmatch(text):
        _try_code(text, uow)
    elif may_answer(uow):
        uow.reply(Message("start.stranger", {"school": uow.school.row().name}))


def consent(event: ConsentGiven, uow: UnitOfWork) -> None:
    """`Đồng ý`: the chat and the person belong together from now on; the office is told."""
    invite = uow.invites.by_id(event.invite_id, uow.now())
    if uow.person:
        _linked_already(uow.person, invite, uow)
        return
    if invite is None or not invite.open or uow.origin is None:
        uow.reply(Message("start.code_wrong"))
        return
    person, channel = uow.people.get(invite.person_id), uow.origin.channel
    chats = {account.address.channel: account for account in uow.people.accounts(person.id)}
    old = chats.get(channel)
    if old:
        _leave(old, person, uow)
    chosen = old is not None and old.chosen
    uow.change(
        uow.invites.use(invite, uow.now()),
        uow.people.link(person.id, uow.origin, consenting.CONSENT_TEXT, uow.now(), chosen),
    )
    uow.record("account.linked", person.staff_id, channel=channel, **consenting.proof(channel, uow))
    if person.withdrawn:
        _welcome_back(person, uow)
    waiting = len(queue(person, uow))
    facts = {**_name(person), "role": person.role.value, "waiting": waiting}
    tour = (
        Button("button.tour_begin", TourShown(1)),
        Button("button.tour_skip", TourEnded(skipped=True)),
    )
    uow.reply(Message("start.linked", facts, (tour,)))
    if chats and old is None:
        uow.reply(chosen_chat.question(list(chats.values()), channel))
    uow.emit(RulesToKnow(person.id), OFFICE_LANE)
    uow.tell_office(Message("office.linked", {**_name(person), "channel": channel}), person)


def _welcome_back(person: Person, uow: UnitOfWork) -> None:
    """After a withdrawal: the own steps are theirs again, and they may stand in for who is still gone."""
    uow.change(uow.people.came_back(person.id))
    for one in uow.people.all():
        if one.withdrawn:
            uow.emit(DutyChanged(one.id), f"duty:{one.id}")


def refuse_consent(event: ConsentRefused, uow: UnitOfWork) -> None:
    """`Không đồng ý`: nothing is kept; the code stays good."""
    uow.reply(Message("start.refused"))


def chat_closed(event: ChatClosed, uow: UnitOfWork) -> None:
    """The person blocked the bot: the office has to reach them another way."""
    uow.change(Unguarded(uow.people.set_reachable(event.origin, reachable=False)))
    if uow.person is None:
        return
    chats = uow.people.accounts(uow.person.id)
    if any(chat.reachable and chat.address != event.origin for chat in chats):
        uow.record("account.closed", uow.person.staff_id, channel=event.origin.channel)
    else:
        uow.unreachable(uow.person, "account.unreachable")


def chat_reopened(event: ChatReopened, uow: UnitOfWork) -> None:
    """The person unblocked the bot."""
    uow.change(Unguarded(uow.people.set_reachable(event.origin, reachable=True)))
    if uow.person:
        uow.record("account.reachable", uow.person.staff_id)


def _try_code(code: str, uow: UnitOfWork) -> None:
    if not guessing.may_try(uow):
        return
    invite = _invite(code, uow)
    if uow.person:
        _linked_already(uow.person, invite, uow)
    elif invite is None or not invite.open:
        _wrong_code(uow)
    else:
        _ask_consent(invite, uow)


def _invite(code: str, uow: UnitOfWork) -> Invite | None:
    """The invitation of a long code, or of a staff id with a short code of this chat world."""
    short = SHORT_CODE_SHAPE.fullmatch(code)
    if short is None or uow.origin is None:
        return uow.invites.by_code(code, uow.now())
    staff_id, *digits = short.groups()
    tried = uow.short_codes(uow.origin.world).try_code(staff_id, "".join(digits), uow.now())
    uow.change(*map(Unguarded, tried.noted))
    invite = uow.invites.by_id(tried.invite_id, uow.now()) if tried.invite_id else None
    if invite and tried.wrong:
        guessing.note_aimed(invite, tried.wrong, uow)
    return None if tried.wrong else invite


def _linked_already(person: Person, invite: Invite | None, uow: UnitOfWork) -> None:
    own = invite is not None and invite.person_id == person.id
    uow.reply(Message("start.again" if own else "start.linked_to_other", _name(person)))


def _wrong_code(uow: UnitOfWork) -> None:
    guessing.note_wrong(uow)
    uow.reply(Message("start.code_wrong"))


def _ask_consent(invite: Invite, uow: UnitOfWork) -> None:
    yes = Button("button.agree", ConsentGiven(invite.id))
    no = Button("button.disagree", ConsentRefused(invite.id))
    assert uow.origin is not None
    uow.reply(consenting.question(uow.origin.channel, yes, no, uow))


def _leave(old: Account, person: Person, uow: UnitOfWork) -> None:
    """A newer code from the office moves the account; the old chat is told and is nobody's."""
    uow.change(uow.people.unlink(person.id, old.address.channel))
    uow.say_at(old.address, Message("start.moved", _name(person)))
    uow.record("account.moved", person.staff_id, channel=old.address.channel)


def _name(person: Person) -> dict[str, str]:
    return {"name": person.name, "group": person.group}
