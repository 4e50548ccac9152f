"""What waits for whom since when, longest first; decided in the chat, only shown here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from hoso_bot.domain.queue import Waiting, waiting
from hoso_bot.domain.roster import group_key
from hoso_bot.unit_of_work import plan_facts
from hoso_bot.web.board.visit import Asked, Page, Visit


def show_queue(visit: Visit, asked: Asked) -> Page:
    """`/bang/cho`, `/bang/cho?nguoi=ID`, `/bang/cho?to=Tổ 1`."""
    filed = visit.uow.boards.waiting()
    years = {one.plan.year for one in filed}
    weeks = {(week.year, week.number): week for year in years for week in visit.uow.school.weeks(year)}
    everything = [
        entry for entry in waiting(filed, weeks, visit.sight.duty) if visit.sight.plans_of(entry.teacher)
    ]
    holder, group = asked.query.get("nguoi", ""), asked.query.get("to", "")
    shown = [entry for entry in everything if _fits(entry, holder, group)]
    visit.look("queue.read", "queue", lines=len(shown))
    facts = {
        "at": visit.now.isoformat(),
        "entries": [_entry(entry, visit) for entry in shown],
        "count": len(everything),
        "holders": _holders(everything),
        "groups": sorted({entry.teacher.group for entry in everything if entry.teacher.group}),
        "holder": holder,
        "group": group,
    }
    return Page("queue.html", facts, "queue")


def _fits(entry: Waiting, holder: str, group: str) -> bool:
    held = not holder or holder in {person.id for person in entry.holders}
    return held and (not group or group_key(entry.teacher.group) == group_key(group))


def _holders(entries: Sequence[Waiting]) -> list[dict[str, Any]]:
    """Who has how many, and the oldest of them since when; the longest waiting first."""
    counted = Counter(person.id for entry in entries for person in entry.holders)
    first: dict[str, dict[str, Any]] = {}
    for entry in entries:
        for person in entry.holders:
            first.setdefault(
                person.id,
                {
                    "id": person.id,
                    "name": person.name,
                    "count": counted[person.id],
                    "since": entry.since.isoformat(),
                },
            )
    return list(first.values())


def _entry(entry: Waiting, visit: Visit) -> dict[str, Any]:
    signer = entry.step.signer_id
    return {
        **plan_facts(visit.uow, entry.filed.plan),
        "plan_id": entry.filed.plan.id,
        "teacher_id": entry.teacher.id,
        "name": entry.teacher.name,
        "group": entry.teacher.group,
        "version": entry.filed.plan.version,
        "standing": entry.filed.state.value,
        "since": entry.since.isoformat(),
        "minutes": max(0, int((visit.now - entry.since).total_seconds() // 60)),
        "holders": [person.name for person in entry.holders],
        "signer": visit.name(signer) if signer not in {person.id for person in entry.holders} else "",
        "signing": entry.signing,
        "begun": entry.week.first <= visit.uow.today(),
    }
