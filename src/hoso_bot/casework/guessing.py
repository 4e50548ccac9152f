"""Wrong invitation codes: how many a chat may try, and what the office hears of guessing (decision 0049).

Counted by chat first. When everybody together had very many, each chat gets one try an hour: who holds a code
gets in all the same, and no code ends by wrong tries.
"""

from __future__ import annotations

from datetime import timedelta

from hoso_bot.casework.strangers import may_answer
from hoso_bot.domain.messages import Message
from hoso_bot.store.invites import Invite
from hoso_bot.unit_of_work import UnitOfWork

HOUR = timedelta(hours=1)
MANY_IN_AN_HOUR = 200
"""Wrong codes of all chats; a school that links everybody at one meeting stays below."""
MANY_FOR_ONE_CODE = 10
TOLD_ONCE_IN = timedelta(hours=24)
ALL = "all"


def may_try(uow: UnitOfWork) -> bool:
    """Whether this chat may try a code now; who may not is told when, until even that is too much."""
    slowed = uow.invites.failed_links(uow.now() - HOUR) >= MANY_IN_AN_HOUR
    most = 1 if slowed else uow.policy.max_link_tries
    if uow.invites.failed_links(uow.now() - HOUR, uow.origin) < most:
        return True
    if may_answer(uow):
        uow.reply(Message("start.slowed" if slowed else "start.too_many_tries"))
    return False


def note_wrong(uow: UnitOfWork) -> None:
    """One more wrong code of this chat; the office hears once a day that there are very many."""
    if uow.origin:
        uow.change(uow.invites.failed_link(uow.origin, uow.now()))
    tries = uow.invites.failed_links(uow.now() - HOUR) + 1
    if tries < MANY_IN_AN_HOUR or uow.was_recorded(("codes.guessed",), ALL, uow.now() - TOLD_ONCE_IN):
        return
    uow.record("codes.guessed", ALL, tries=tries)
    if office := uow.office():
        uow.say(office, Message("office.codes_guessed", {"tries": tries}))


def note_aimed(invite: Invite, wrong: int, uow: UnitOfWork) -> None:
    """A person's code was tried in vain; from the tenth time on the office hears it, once a code."""
    person = uow.people.get(invite.person_id)
    if wrong < MANY_FOR_ONE_CODE or uow.was_recorded(("code.guessed",), person.staff_id, invite.created_at):
        return
    uow.record("code.guessed", person.staff_id, tries=wrong)
    facts = {"name": person.name, "group": person.group, "staff_id": person.staff_id, "tries": wrong}
    uow.tell_office(Message("office.code_guessed", facts), person)
