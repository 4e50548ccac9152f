"""Sending a file out to be signed with the signer's own tool (custody `own`); it decides nothing yet."""

from __future__ import annotations

from datetime import timedelta

from hoso_bot.casework.case import Case
from hoso_bot.domain import cards
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.return_events import ReturnDropped
from hoso_bot.unit_of_work import Unguarded, UnitOfWork, attachment

WAITS = timedelta(days=3)


def send_out(case: Case, uow: UnitOfWork, unread: bool = False) -> None:
    """The exact bytes to sign, and how; waited for three days. unread: it can hardly have been read (R27)."""
    version, step, until = case.version, case.step, uow.now() + WAITS
    uow.change(
        Unguarded(uow.returns.drop(version.id, step.number, uow.actor.id)),
        uow.returns.ask(version.id, step.number, uow.actor.id, uow.now(), until),
    )
    uow.record("step.sent_out", case.plan.code, version=version.number, step=step.number)
    file = attachment(uow, version.current_sha256, sent_name(case))
    facts = {
        **case.acting_facts(uow.actor, uow),
        **case.facts(),
        "field": step.prepared_field,
        "until": until.isoformat(),
        "unread": unread,
    }
    cancel = Button("button.cancel", ReturnDropped(version.id, step.number))
    uow.reply(Message("return.how_to", facts, ((cancel,),), file))


def sent_name(case: Case) -> str:
    """The name the file goes out with."""
    return cards.file_name(case.plan, case.teacher, case.version, "review")
