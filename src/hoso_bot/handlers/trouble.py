"""What could not be delivered or done: who waits for it has to hear, and nothing else changes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hoso_bot.casework import bulk, helpdesk
from hoso_bot.casework.reaching import is_told_of
from hoso_bot.domain.events import (
    BudgetUsed,
    ChannelTrouble,
    DiskNearlyFull,
    FilesOutOfReach,
    MessageParked,
    MessageUndeliverable,
    SignatureMade,
    StepApproved,
    UploadStored,
    WorkGivenUp,
    WorkParked,
    from_json,
)
from hoso_bot.domain.messages import Message
from hoso_bot.domain.page_events import PagePressed, PageWritten
from hoso_bot.domain.page_upload import PageFileArrived
from hoso_bot.domain.roster import Person
from hoso_bot.unit_of_work import UnitOfWork, plan_facts

TOLD_ONCE_IN, PARKED_TOLD_ONCE_IN = timedelta(hours=24), timedelta(hours=1)


def account_trouble(event: MessageUndeliverable, uow: UnitOfWork) -> None:
    """A message could not be delivered: the office has to reach the person another way."""
    person = uow.people.get(event.person_id)
    chats = uow.people.accounts(person.id)
    gone = [] if event.silent else [c for c in chats if event.channel in ("", c.address.channel)]
    for chat in gone:
        uow.change(uow.people.set_reachable(chat.address, reachable=False))
    if gone and any(chat.reachable for chat in chats if chat not in gone):  # the message went there
        uow.record("account.closed", person.staff_id, channel=event.channel)
        return
    if event.silent and event.fleeting and is_told_of(person, uow):
        uow.record("account.silent", person.staff_id)
        return
    uow.unreachable(person, "account.silent" if event.silent else "account.unreachable")
    _tell_conversations(person, uow)


def work_parked(event: WorkParked, uow: UnitOfWork) -> None:
    """The office hears of one kind of parked work once an hour; one lane, so that many at once are one."""
    message = Message("office.parked", {"row": event.row, "what": event.what})
    _tell_office(message, "work.parked_told", event.what, PARKED_TOLD_ONCE_IN, uow, row=event.row)


def message_parked(event: MessageParked, uow: UnitOfWork) -> None:
    """The office hears that somebody has to look, once an hour; the command names all of them."""
    told = uow.was_recorded(("message.parked",), "outbox", uow.now() - PARKED_TOLD_ONCE_IN)
    person = uow.people.get(event.person_id) if event.person_id else None
    uow.record("message.parked", "outbox", staff_id=person.staff_id if person else "")
    if (office := uow.office()) and not told:
        uow.say(office, Message("office.message_parked", {"name": person.name if person else ""}))


def channel_trouble(event: ChannelTrouble, uow: UnitOfWork) -> None:
    """The school's account on a platform does not work: the office has to find the administrator."""
    uow.record("channel.trouble", event.channel, code=event.code)
    if office := uow.office():
        text = "office.channel_trouble" if event.code else "office.channel_lost"
        uow.say(office, Message(text, {"code": event.code}))


def budget_used(event: BudgetUsed, uow: UnitOfWork) -> None:
    """The month's money for messages is nearly or wholly gone: the office decides whether there is more."""
    most = uow.policy.tariff.monthly
    facts = {"month": int(event.month[5:]), "spent": uow.spending.spent(event.month), "most": most}
    uow.record("budget.used", event.month, percent=event.percent, spent=facts["spent"], most=most)
    if office := uow.office():
        uow.say(
            office, Message("office.budget_used" if event.percent >= 100 else "office.budget_nearly", facts)
        )


def _tell_conversations(gone: Person, uow: UnitOfWork) -> None:
    """Who talks with somebody whose chat is closed hears the phone number, once a day for each question."""
    for ticket in uow.tickets.open():
        facts = {**helpdesk.contact_facts(uow), "number": ticket.number}
        if ticket.asker_id == gone.id:
            message = Message("support.asker_gone", {**facts, "name": gone.name, "phone": gone.phone})
            told = helpdesk.helpers(ticket, uow)
        elif ticket.waiting_since and helpdesk.is_helper(gone, uow):
            message, told = Message("support.contact_gone", facts), [uow.people.get(ticket.asker_id)]
        else:
            continue
        subject = f"{ticket.number} {gone.staff_id}"
        if uow.was_recorded(("ticket.phone_told",), subject, uow.now() - TOLD_ONCE_IN):
            continue
        uow.record("ticket.phone_told", subject)
        for person in told:
            uow.say(person, message)


def work_given_up(event: WorkGivenUp, uow: UnitOfWork) -> None:
    """A signature, a look at a file or a press did not succeed: who waits hears it, nothing else changes."""
    work = from_json(event.work)
    if isinstance(work, UploadStored):
        upload = uow.plans.upload(work.upload_id)
        uow.say_back(uow.people.get(upload.person_id), Message("error.given_up"))
    elif isinstance(work, PagePressed | PageWritten):
        if link := uow.links.get(work.link_id):
            uow.say_at(link.address, Message("error.given_up"))
    elif isinstance(work, PageFileArrived) and (sent := uow.page_uploads.get(work.page_upload_id)):
        uow.say_back(uow.people.get(sent.person_id), Message("error.given_up"))
    elif isinstance(work, StepApproved | SignatureMade):
        _signature_given_up(work, uow)


def _signature_given_up(work: StepApproved | SignatureMade, uow: UnitOfWork) -> None:
    plan, version = uow.plans.version(work.version_id)
    step = uow.plans.steps(version.id)[work.step - 1]
    uow.record("step.given_up", plan.code, version=version.number, step=step.number)
    failed = Message("sign.failed", plan_facts(uow, plan))
    uow.say(uow.people.get(plan.person_id), failed)
    uow.say_back(uow.people.get(step.decider_id), failed)
    if step.result_key:
        bulk.tell(step.result_key, uow)


def disk_nearly_full(event: DiskNearlyFull, uow: UnitOfWork) -> None:
    """The office hears it once a day; one lane, so that many senders at once are one notice."""
    free, kept = (max(0, n // 2**20) for n in (uow.files.free(), uow.policy.quota.kept_free))
    message = Message("quota.office_no_room", {"free_mb": free, "kept_mb": kept})
    _tell_office(message, "disk.nearly_full", "files", TOLD_ONCE_IN, uow)


def files_out_of_reach(event: FilesOutOfReach, uow: UnitOfWork) -> None:
    """The office hears once a day that the bucket is away: only whoever runs the service can mend it."""
    message = Message("filing.office_away", {"since": event.since})
    _tell_office(message, "files.out_of_reach", "files", TOLD_ONCE_IN, uow, since=event.since)


def _tell_office(
    message: Message, action: str, subject: str, every: timedelta, uow: UnitOfWork, **facts: Any
) -> None:
    """The log has it and the office hears it, once in so long."""
    if uow.was_recorded((action,), subject, uow.now() - every):
        return
    uow.record(action, subject, **facts)
    if office := uow.office():
        uow.say(office, message)
