"""Help: the contact of the school (R47), short guidance (R45), and an answer to stray words."""

from __future__ import annotations

from hoso_bot.case import queue
from hoso_bot.domain.events import (
    CommandSent,
    Event,
    MessageUndeliverable,
    SignatureMade,
    StepApproved,
    SupportAsked,
    TextSent,
    UploadStored,
    WorkGivenUp,
    from_json,
)
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.pin import is_secret
from hoso_bot.domain.roster import Role
from hoso_bot.domain.submission import UploadState
from hoso_bot.unit_of_work import UnitOfWork, plan_facts

LEADERS = (Role.GROUP_HEAD, Role.DEPUTY_HEAD, Role.VICE_PRINCIPAL, Role.PRINCIPAL)


def show_contact(event: Event, uow: UnitOfWork) -> None:
    """`/hotro` or `Hỗ trợ`: who helps, by phone or Zalo."""
    office = uow.office()
    facts = {
        "name": uow.policy.support_name or (office.name if office else ""),
        "phone": uow.policy.support_phone or (office.phone if office else ""),
    }
    uow.reply(Message("support.contact", facts))


def show_guide(event: CommandSent, uow: UnitOfWork) -> None:
    """`/huongdan`, and any command this version does not know."""
    known = event.name == "huongdan"
    facts = {"leader": uow.actor.role in LEADERS, "known": known}
    uow.reply(Message("guide", facts, _help_button()))


def stray_text(event: TextSent, uow: UnitOfWork) -> None:
    """Words where a file or a button was expected: say what is open and what to do next."""
    if is_secret(event.text):
        uow.reply(Message("pin.expired"))
        return
    ready = uow.plans.uploads_in(uow.actor.id, UploadState.READY)
    facts = {
        "unconfirmed": [upload.name for upload in ready],
        "waiting": len(queue(uow.actor, uow)),
    }
    uow.reply(Message("stray", facts, _help_button()))


def account_trouble(event: MessageUndeliverable, uow: UnitOfWork) -> None:
    """A message could not be delivered: the office has to reach the person another way."""
    person = uow.people.get(event.person_id)
    for account in uow.people.accounts(person.id):
        uow.change(uow.people.set_reachable(account.address, reachable=False))
    uow.unreachable(person, "account.unreachable")


def work_given_up(event: WorkGivenUp, uow: UnitOfWork) -> None:
    """A signature or a look at a file did not succeed: teacher and signer hear it, nothing else changes."""
    work = from_json(event.work)
    if isinstance(work, UploadStored):
        upload = uow.plans.upload(work.upload_id)
        uow.say(uow.people.get(upload.person_id), Message("error.given_up"))
    elif isinstance(work, StepApproved | SignatureMade):
        plan, version = uow.plans.version(work.version_id)
        signer = uow.plans.steps(version.id)[work.step - 1].signer_id
        facts = plan_facts(uow, plan)
        for person_id in (plan.person_id, signer):
            uow.say(uow.people.get(person_id), Message("sign.failed", facts))


def _help_button() -> tuple[tuple[Button, ...], ...]:
    return ((Button("button.support", SupportAsked()),),)
