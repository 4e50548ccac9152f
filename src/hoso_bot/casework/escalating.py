"""A head who does not decide: one tap lets the deputy, and who signs next sees the queue (R34, R61).

Once for each head and occasion. Nobody gets a right by it: R34 wants the head's delegation, R61 the begun
week.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hoso_bot.casework.case import Case
from hoso_bot.casework.scene import Scene, rows
from hoso_bot.domain.calendar import Week
from hoso_bot.domain.chain_events import DelegationScoped
from hoso_bot.domain.delegation import candidates
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.queue_events import QueueAsked
from hoso_bot.domain.reminder_times import Kind, Moment
from hoso_bot.domain.reminders import Call
from hoso_bot.domain.roster import Person, Role
from hoso_bot.unit_of_work import UnitOfWork

ONCE_IN = timedelta(days=1)
"""How long it makes sense to say that a head is silent, and the least time between two such messages."""
_NEVER = datetime.min.replace(tzinfo=UTC)
EVENING, SILENCE = "evening", "silence"
"""Why a head is asked: the evening before the week has come; so much daytime went by without a decision."""


# --- who is due ----------------------------------------------------------------------------------------


def of_the_evening(moment: Moment, scene: Scene) -> list[Call]:
    """For each head with cards of the coming week who was not asked a few hours ago."""
    asked, found = scene.uow.reminders.asked(scene.unanswered.keys()), list[Call]()
    lately = moment.at - (scene.uow.policy.schedule.silent_after or timedelta())
    for head_id, cases in scene.unanswered.items():
        concerned = any(case.week == moment.week for case in cases)
        if concerned and not (head_id in asked and asked[head_id][0] > lately):
            found += _escalation(head_id, EVENING, moment.week, moment.at, scene)
    return found


def silent_heads(scene: Scene) -> list[tuple[str, datetime]]:
    """Heads who became silent, each with when that was; not again in one stretch of silence, nor in a day.

    Cheap as long as there is none: the scene is looked at only for heads whose time may have come.
    """
    after, uow = scene.uow.policy.schedule.silent_after, scene.uow
    oldest = uow.step_cards.heads_waited_for(scene.now - after) if after else {}
    if not oldest:
        return []
    asked, signs = uow.reminders.asked(oldest.keys()), uow.step_cards.signs_of_life(oldest.keys())

    def is_new(head_id: str, at: datetime | None) -> bool:
        told_at, until = asked.get(head_id, (_NEVER, _NEVER))
        return at is not None and told_at < at <= scene.now and until <= scene.now

    maybe = [head for head, since in oldest.items() if is_new(head, _silent_at(since, signs.get(head), uow))]
    found = [(head, silent_at(head, scene)) for head in sorted(maybe)]
    return [(head, at) for head, at in found if at and is_new(head, at)]


def silent_at(head_id: str, scene: Scene) -> datetime | None:
    """When this head became or becomes silent; None while nothing waits for the head alone."""
    cases = scene.unanswered.get(head_id)
    signs = scene.uow.step_cards.signs_of_life([head_id]) if cases else {}
    return _silent_at(cases[0].since, signs.get(head_id), scene.uow) if cases else None


def _silent_at(since: datetime, sign_of_life: datetime | None, uow: UnitOfWork) -> datetime | None:
    """So much daytime after the oldest card, or after the head's last decision or look."""
    after = uow.policy.schedule.silent_after
    return uow.policy.quiet.after(max(since, sign_of_life or since), after) if after else None


def of_silence(scene: Scene) -> list[Call]:
    """For each head who became silent."""
    return [
        call
        for head_id, at in silent_heads(scene)
        for call in _escalation(head_id, SILENCE, scene.unanswered[head_id][0].week, at, scene)
    ]


def _escalation(head_id: str, why: str, week: Week, at: datetime, scene: Scene) -> list[Call]:
    """A line for the head, and one for each who gets the cards next."""
    subject, stale_at = f"{why}:{head_id}", max(at, scene.now) + ONCE_IN
    following = {person.id for case in scene.unanswered[head_id] for person in scene.next_holders(case)}
    told = {head_id: Kind.SILENT} | dict.fromkeys(sorted(following), Kind.UNANSWERED)
    return [Call(who, week.year, week.number, subject, kind, at, stale_at) for who, kind in told.items()]


# --- what is said ----------------------------------------------------------------------------------------


def silent_head(call: Call, scene: Scene) -> str | None:
    """The head such a line is about, while it is still true."""
    why, _, head_id = call.subject.partition(":")
    cases = scene.unanswered.get(head_id, [])
    if why == EVENING:
        of_week = any((case.week.year, case.week.number) == (call.year, call.week) for case in cases)
        return head_id if of_week else None
    at = silent_at(head_id, scene)
    return head_id if at and at <= scene.now else None


def to_the_head(person: Person, scene: Scene) -> Message:
    """What waits, and one tap that lets the deputy decide until the first teaching day."""
    cases = scene.unanswered[person.id]
    chosen = candidates(person, scene.duty.people, scene.duty.away)
    helpful = [p for p in chosen if any(case.teacher.id != p.id for case in cases)]
    deputies = [p for p in helpful if p.role is Role.DEPUTY_HEAD]
    last = _first_lesson_day(cases, scene)
    facts = {
        "count": len(cases),
        "rows": rows(cases, person, scene),
        "last": last.isoformat(),
        "deputies": [p.name for p in deputies],
        "others": [] if deputies else [p.name for p in helpful],
    }
    first = scene.duty.today.isoformat()
    one_tap = [
        (
            Button(
                "leading.button.delegate",
                DelegationScoped(p.id, first, last.isoformat()),
                {"name": p.name},
            ),
        )
        for p in deputies
    ]
    queue = (Button("leading.button.queue", QueueAsked(), {"count": len(cases)}),)
    return Message("leading.silent", facts, (queue, *one_tap), fleeting=True)


def _first_lesson_day(cases: Sequence[Case], scene: Scene) -> date:
    """The nearest first day of a week these are for; today where all of them have begun."""
    ahead = [case.week.first for case in cases if case.week.first >= scene.duty.today]
    return min(ahead, default=scene.duty.today)


def to_who_signs_next(person: Person, heads: Sequence[str], scene: Scene) -> Message | None:
    """Who waits for which head since when, and from when on R61 lets this person step in; no button."""
    groups = [_of_a_head(head_id, person, scene) for head_id in heads]
    told = [group for group in groups if group["rows"]]
    return Message("leading.unanswered", {"heads": told}, fleeting=True) if told else None


def _of_a_head(head_id: str, person: Person, scene: Scene) -> dict[str, Any]:
    cases = [case for case in scene.unanswered[head_id] if person in scene.next_holders(case)]
    head, chats = scene.people[head_id], scene.uow.people.accounts(head_id)
    return {
        "name": head.name,
        "group": head.group,
        "told": any(account.reachable for account in chats),
        "count": len(cases),
        "from": min((case.week.first for case in cases), default=scene.duty.today).isoformat(),
        "rows": rows(cases, person, scene),
    }
