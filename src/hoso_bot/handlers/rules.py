"""A change of the school's rules reaches everybody and is asked to be read (R54, R56)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from hoso_bot.casework import announcing
from hoso_bot.domain import year_events as yev
from hoso_bot.domain.calendar import Week, school_year
from hoso_bot.domain.events import CommandSent
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.roster import Person
from hoso_bot.domain.rules import RuleVersion, to_know
from hoso_bot.unit_of_work import UnitOfWork

SHOWN = ("effective_week", "open_weeks", "deadline")


def announce(event: yev.RulesChanged, uow: UnitOfWork) -> None:
    """One message with `Đã đọc` to everybody with a chat; who linked it meanwhile has it already."""
    version = uow.rulebook.version(event.version_id)
    facts = {**_news_facts(version, event.changes), "version_id": version.id}
    people = [p for p in uow.people.all() if not _has_it(p, version.id, uow)]
    announcing.announce("rules.news", facts, people, uow)


def catch_up(event: yev.RulesToKnow, uow: UnitOfWork) -> None:
    """Somebody who linked after an announcement gets it once, with `Đã đọc`."""
    person = uow.people.get(event.person_id)
    for version in _unread(person, uow):
        if not _has_it(person, version.id, uow):
            uow.say(person, _news(version, uow.rule_changes(version)))


def show(event: CommandSent, uow: UnitOfWork) -> None:
    """`/quydinh`: the rules of today, then each change the person has not read yet."""
    today = uow.today()
    now = asdict(uow.rules(Week(school_year(today), 0, (today,), 1)))
    unread = _unread(uow.actor, uow)
    rules = [{"key": key, "value": now[key]} for key in SHOWN]
    uow.reply(Message("rules.now", {"rules": rules, "unread": len(unread)}))
    for version in unread:
        uow.reply(_news(version, uow.rule_changes(version)))


def _unread(person: Person, uow: UnitOfWork) -> list[RuleVersion]:
    today = uow.today()
    versions = to_know(uow.rulebook.versions(), today)
    return [v for v in versions if person.id not in uow.rulebook.readers(v.id)]


def _has_it(person: Person, version_id: str, uow: UnitOfWork) -> bool:
    """Whether the chat this person reads now was given the button already."""
    chats = [account.address for account in uow.people.accounts(person.id) if account.reachable]
    return any(uow.prompts.was_offered(chat, yev.RulesRead(version_id)) for chat in chats[:1])


def _news(version: RuleVersion, changes: list[dict[str, Any]]) -> Message:
    button = Button("rules.button.read", yev.RulesRead(version.id))
    return Message("rules.news", _news_facts(version, changes), ((button,),))


def _news_facts(version: RuleVersion, changes: list[dict[str, Any]]) -> dict[str, Any]:
    return {"from": version.effective_from.isoformat(), "note": version.note, "new_rules": changes}


def read(event: yev.RulesRead, uow: UnitOfWork) -> None:
    """`Đã đọc`: kept once, with the moment."""
    if uow.actor.id not in uow.rulebook.readers(event.version_id):
        uow.change(uow.rulebook.mark_read(event.version_id, uow.actor.id, uow.now()))
        uow.record("rules.read", uow.actor.staff_id, version=event.version_id)
    uow.reply(Message("rules.thanks"))
