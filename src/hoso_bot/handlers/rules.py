"""A change of the school's rules reaches everybody and is asked to be read (R54, R56)."""

from __future__ import annotations

from typing import Any

from hoso_bot.domain import year_events as yev
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.rules import RuleVersion
from hoso_bot.unit_of_work import UnitOfWork


def announce(event: yev.RulesChanged, uow: UnitOfWork) -> None:
    """One message with `Đã đọc` to everybody with a chat."""
    facts = _facts(uow.rulebook.version(event.version_id), event.changes)
    button = Button("rules.button.read", yev.RulesRead(event.version_id))
    reachable = uow.people.reachable()
    for person in uow.people.all():
        if person.active and person.id in reachable:
            uow.say(person, Message("rules.news", facts, ((button,),)))


def _facts(version: RuleVersion, changes: list[dict[str, Any]]) -> dict[str, Any]:
    return {"from": version.effective_from.isoformat(), "note": version.note, "new_rules": changes}


def read(event: yev.RulesRead, uow: UnitOfWork) -> None:
    """`Đã đọc`: kept once, with the moment."""
    if uow.actor.id not in uow.rulebook.readers(event.version_id):
        uow.change(uow.rulebook.mark_read(event.version_id, uow.actor.id, uow.now()))
        uow.record("rules.read", uow.actor.staff_id, version=event.version_id)
    uow.reply(Message("rules.thanks"))
