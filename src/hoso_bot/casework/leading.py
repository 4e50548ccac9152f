"""What leaders are told by the clock, looked up for all of them at once (R10, R61, decision 0031).

The evening before a week, several cards in one list, a head who does not decide, and how a week begins. Each
message is made of the school as it is now; the sender makes it again before it goes and compares.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from hoso_bot.casework.escalating import (
    of_silence,
    of_the_evening,
    silent_head,
    silent_heads,
    to_the_head,
    to_who_signs_next,
)
from hoso_bot.casework.scene import Scene, buttons, rows
from hoso_bot.domain.board import NOT_HANDED_IN, Line, State
from hoso_bot.domain.calendar import Week
from hoso_bot.domain.cards import week_facts
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.reminder_times import Kind, Moment
from hoso_bot.domain.reminders import Call, calls_of
from hoso_bot.domain.report_events import BoardAsked
from hoso_bot.domain.rights import BOARD, ActingFor, Right, Rights
from hoso_bot.domain.roster import Person, Role
from hoso_bot.domain.submission import REGISTER
from hoso_bot.store.outbox import Queued
from hoso_bot.store.step_cards import StepCard
from hoso_bot.unit_of_work import UnitOfWork

MOST_LINES = 40
"""Unfinished plans of a week that are named before the rest is only counted."""


# --- who is due ----------------------------------------------------------------------------------------


def is_due(uow: UnitOfWork) -> bool:
    """Whether a head has become silent; cheap while none has, asked at every tick."""
    return bool(silent_heads(Scene(uow)))


def calls(moments: Iterable[Moment], scene: Scene) -> list[Call]:
    """The lines that these moments make, and those of heads who became silent."""
    found: list[Call] = []
    for moment in moments:
        if moment.kind is Kind.SUMMARY:
            found += calls_of(moment, readers(scene), REGISTER)
        elif moment.kind is Kind.BOARD:
            found += calls_of(moment, [p.id for p in _board_members(scene)], REGISTER)
        elif moment.kind is Kind.SILENT:
            found += of_the_evening(moment, scene)
    return found + of_silence(scene)


def has_news(person_id: str, week: Week, scene: Scene) -> bool:
    """Whether the evening before this week there is something to say to this person."""
    return _summary(scene.people[person_id], week, scene) is not None


def readers(scene: Scene) -> list[str]:
    """Present heads, who acts for them, and everybody for whom something waits."""
    here = [p for p in scene.duty.people if p.active and p.id not in scene.duty.away]
    return [
        p.id for p in here if p.role is Role.GROUP_HEAD or p.id in scene.held or scene.duty.acting_for(p.id)
    ]


def _board_members(scene: Scene) -> list[Person]:
    return [p for p in scene.duty.people if p.active and p.role in BOARD]


# --- what they are told --------------------------------------------------------------------------------


def told(due: Iterable[Call], scene: Scene) -> Iterator[tuple[list[Call], Message | None]]:
    """One message a person and kind; None settles its lines without a word.

    A summary lists what waits anyway, so a digest of the same round is not said beside it.
    """
    groups: dict[tuple[str, Kind], list[Call]] = {}
    for call in due:
        groups.setdefault((call.person_id, call.kind), []).append(call)
    for (person_id, kind), own in groups.items():
        listed = kind is Kind.DIGEST and (
            (person_id, Kind.SUMMARY) in groups or _was_listed(person_id, scene)
        )
        yield own, None if listed else _message(own, scene)


def _was_listed(person_id: str, scene: Scene) -> bool:
    """Whether a list went out since the newest card came."""
    _, at = scene.uow.reminders.digests(person_id, scene.now)
    return at is not None and all(case.since <= at for case in scene.held.get(person_id, []))


def is_right(row: Queued, due: Sequence[Call], uow: UnitOfWork) -> bool:
    """Whether a message on its way still says what is so."""
    message = _message(due, Scene(uow))
    return (
        message is not None
        and message.text == row.message["text"]
        and _lasting(message.facts) == _lasting(row.message["facts"])
    )


def _lasting(facts: dict[str, Any]) -> str:
    """The facts but the log's head, which every entry moves, as text that survived the database."""
    return json.dumps({k: v for k, v in facts.items() if k not in ("number", "root")}, sort_keys=True)


def _message(due: Sequence[Call], scene: Scene) -> Message | None:
    person = scene.people.get(due[0].person_id)
    if person is None or not person.active:
        return None
    if due[0].kind in (Kind.SILENT, Kind.UNANSWERED):
        heads = list(dict.fromkeys(head for call in due if (head := silent_head(call, scene))))
        if due[0].kind is Kind.SILENT:
            return to_the_head(person, scene) if heads else None
        return to_who_signs_next(person, heads, scene)
    if due[0].kind is Kind.DIGEST:
        return _digest(person, scene)
    week = scene.uow.week(due[-1].year, due[-1].week)
    return _summary(person, week, scene) if due[0].kind is Kind.SUMMARY else _of_the_board(week, scene)


def _digest(person: Person, scene: Scene) -> Message | None:
    """Everything that waits, as long as some of it was not opened."""
    cases = scene.held.get(person.id, [])
    if not any(_is_new(scene.newest_card(person, case)) for case in cases):
        return None
    facts = {"count": len(cases), "rows": rows(cases, person, scene)}
    return Message("leading.digest", facts, buttons(cases, person, scene), fleeting=True)


def _is_new(card: StepCard | None) -> bool:
    return card is None or (card.opened_at is None and card.asked_at is None)


def _summary(person: Person, week: Week, scene: Scene) -> Message | None:
    """How many of the own people handed in, who did not, and what waits; nothing when all is done."""
    if person.id in scene.duty.away:
        return None
    cases, acting_for = scene.held.get(person.id, []), scene.duty.acting_for(person.id)
    rights = Rights(person, acting_for=acting_for)
    seen = scene.board(week).seen_by(lambda other: rights.may(Right.OVERSEE, other))
    missing = [line for line in seen.owed if line.state in NOT_HANDED_IN and not seen.backfill]
    school = rights.may(Right.SEE_SCHOOL)
    if not cases and (school or not missing):
        return None
    facts = {
        **week_facts(week),
        **_whose(person, acting_for),
        "owed": len(seen.owed),
        "handed": len(seen.owed) - len(missing),
        "missing": [] if school else [_missing(line) for line in missing],
        "count": len(cases),
        "rows": rows(cases, person, scene),
    }
    return Message("leading.summary", facts, buttons(cases, person, scene), fleeting=True)


def _whose(person: Person, acting_for: Sequence[ActingFor]) -> dict[str, str]:
    """Blanks that name whose plans are counted: the school's, the own group's, or by whose delegation."""
    if Rights(person).may(Right.SEE_SCHOOL):
        return {"scope": "school", "group": ""}
    if acting_for:
        return {"scope": "delegated", "group": acting_for[0].head.name}
    return {"scope": "group", "group": person.group}


def _missing(line: Line) -> dict[str, Any]:
    return {"name": line.person.name, "part": line.part, "draft": line.state is State.DRAFT}


# --- how a week begins -----------------------------------------------------------------------------------


def _of_the_board(week: Week, scene: Scene) -> Message | None:
    """Whose plan is not approved as the week begins, by group, and the log's head; None without any due."""
    board = scene.board(week)
    unfinished = [line for line in board.owed if line.state is not State.APPROVED]
    if not board.owed or board.backfill:
        return None
    shown = replace(board, lines=tuple(unfinished[:MOST_LINES]))
    number, digest = scene.uow.boards.log_head()
    facts = {
        **week_facts(week),
        "owed": len(board.owed),
        "approved": len(board.owed) - len(unfinished),
        "groups": [
            {"name": group.group, "lines": [_unfinished(line, scene) for line in group.lines]}
            for group in shown.groups()
        ],
        "more": max(0, len(unfinished) - MOST_LINES),
        "number": number,
        "root": spelled_root(digest),
    }
    button = Button("leading.button.board", BoardAsked(week.year, week.number), {"week": week.number})
    return Message("leading.board", facts, ((button,),), fleeting=True)


def _unfinished(line: Line, scene: Scene) -> dict[str, Any]:
    wait = line.waiting
    return {
        "name": line.person.name,
        "part": line.part,
        "state": line.state.value,
        "holder": scene.people[wait.person_id].name if wait else "",
        "since": wait.since.isoformat() if wait else "",
    }


def spelled_root(digest: str) -> str:
    """The beginning of a log's hash as a person writes it down: four times four characters."""
    return " ".join(digest[at : at + 4] for at in range(0, 16, 4))
