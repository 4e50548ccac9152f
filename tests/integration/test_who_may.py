"""Who does what to which plan or person: thousands of cases, judged by the rules written a second time.

HOSO_RIGHTS=12000 pytest tests/integration/test_who_may.py     # a long run

Real handlers on a real record. Nothing is committed, so every case meets the same day. An allow is whatever
is more than a refusal: a file, owed work, an entry of the log, or any words that do not refuse.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from tests.integration.rules_of_rights import (
    TODAY,
    YEAR,
    Case,
    Day,
    Filed,
    of_a_person,
    of_a_plan,
    of_the_school,
)
from tests.parts import Parts
from tests.school import NOW, week

from hoso_bot.domain import events as ev
from hoso_bot.domain.approval import ApprovalStep, StepState
from hoso_bot.domain.delegation import Absence, Delegation
from hoso_bot.domain.periods import Period
from hoso_bot.domain.policy import Policy
from hoso_bot.domain.submission import Plan, PlanState, Version, VersionState, record_code
from hoso_bot.handlers import handle
from hoso_bot.settings import SCHOOL_ID
from hoso_bot.store.people import People
from hoso_bot.store.plans import Plans
from hoso_bot.unit_of_work import UnitOfWork

CASES = int(os.environ.get("HOSO_RIGHTS", "2400"))
CHANNELS = ("telegram", "zalo_oa", "zalo_bot", "web_chat")
STRANGER = "GV11"
REFUSALS = {
    "decide.not_yours",
    "decide.old_version",
    "decide.not_your_turn",
    "decide.already_decided",
    "delegate.over",
    "delegate.only_heads",
    "delegate.not_in_group",
    "delegate.own_plans",
    "withdraw.card_is_dead",
    "withdraw.replaced",
    "withdraw.approved",
    "withdraw.gone",
    "withdraw.signed",
    "withdraw.busy",
    "expected.not_yours",
    "expected.exempt_not_yours",
    "report.not_yours",
    "calendar.not_yours",
    "power.not_yours",
    "outage.not_yours",
    "evaluation.not_yours",
    "absence.only_leaders",
    "lend.not_approved",
    "tap.not_yours",
    "tap.unknown",
    "start.stranger",
}
REFUSED = {"tap.refused", "decision.refused", "delegation.refused"}
STATES = [
    (PlanState.PENDING, VersionState.PENDING, 1),
    (PlanState.PENDING, VersionState.PENDING, 2),
    (PlanState.APPROVED, VersionState.APPROVED, 0),
    (PlanState.REJECTED, VersionState.REJECTED, 0),
    (PlanState.WITHDRAWN, VersionState.WITHDRAWN, 0),
    (PlanState.RETURNED, VersionState.RETURNED, 0),
    (PlanState.PENDING, VersionState.SUPERSEDED, 0),
    (PlanState.PENDING, VersionState.PENDING, 1),
]
"""Plan, version, which step waits; one week after the other from week 12."""
SIGNERS = {
    "GV03": ("GV01", "PHT01"),
    "GV02": ("GV01", "PHT01"),
    "GV08": ("GV06", "PHT01"),
    "GV09": ("GV06", "PHT01"),
    "GV07": ("GV06", "PHT01"),
    "GV06": ("PHT01",),
    "PHT01": ("HT01",),
}


def file_plans(parts: Parts) -> list[Filed]:
    """A plan of each author in every state; of a superseded one the old version."""
    place = parts.desk.files.new_temporary()
    place.write_bytes(b"%PDF-1.7 of a teacher")
    sha256 = parts.desk.files.adopt(place)
    filed = [
        _filed(author, signers, at)
        for author, signers in SIGNERS.items()
        for at, (_, _, turn) in enumerate(STATES)
        if turn <= len(signers)
    ]
    with parts.db.write() as connection:
        for one in filed:
            for row in _rows(parts, one, sha256):
                connection.execute(row)
    return filed


def _filed(author: str, signers: tuple[str, ...], at: int) -> Filed:
    _, state, turn = STATES[at]
    plan_id, current = f"{author}-{12 + at}", state is not VersionState.SUPERSEDED
    return Filed(author, f"{plan_id}-1", plan_id, state, current, signers, turn, 12 + at)


def _rows(parts: Parts, one: Filed, sha256: str) -> list[Any]:
    plans, state = Plans(parts.db), STATES[one.week - 12][0]
    code, person = record_code(week(one.week), one.author), parts.staff(one.author)
    plan = Plan(one.plan_id, YEAR, "KHBD", person.id, one.week, code, 1 if one.current else 2, state)
    old = Version(one.version_id, one.plan_id, 1, "u", one.state, sha256, sha256, sha256, 9, 3, NOW, 0)
    new = replace(old, id=f"{one.plan_id}-2", number=2, state=VersionState.PENDING)
    versions = [(old, one.waits_at)] if one.current else [(old, 0), (new, 1)]
    steps = [
        _step(parts, version, signer, number, turn)
        for version, turn in versions
        for number, signer in enumerate(one.signers, start=1)
    ]
    added = [plans.add_version(version) for version, _ in versions]
    return [plans.add_plan(plan), *added, *(plans.add_step(step) for step in steps)]


def _step(parts: Parts, version: Version, signer: str, number: int, turn: int) -> ApprovalStep:
    person = parts.staff(signer)
    return ApprovalStep(version.id, number, person.role, person.id, _step_state(version.state, number, turn))


def _step_state(state: VersionState, number: int, turn: int) -> StepState:
    if state is VersionState.APPROVED:
        return StepState.SIGNED
    if state is not VersionState.PENDING:
        return StepState.VOID
    if number < turn:
        return StepState.SIGNED
    return StepState.PENDING if number == turn else StepState.WAITING


@dataclass
class World:
    """One day of the school, everything that can be asked on it, and whose chat is whose."""

    parts: Parts
    day: Day
    cases: list[Case]
    chats: dict[str, ev.Address]

    def is_allowed(self, who: str, event: ev.Event) -> bool:
        """What the program does when this person takes this route."""
        origin = self.chats[who]
        uow = UnitOfWork(self.parts.desk, "case", origin, People(self.parts.db).at(origin))
        if uow.person is None:
            handle(ev.ButtonTapped(origin, NOW, "1", "somebody else's"), uow)
        else:
            handle(event, uow)
        done = uow._changes
        entries = [e for e in done.entries if e.action not in REFUSED]
        files = [m for m in done.messages if m["message"]["attachment"]]
        words = [m for m in done.messages if m["message"]["text"] not in REFUSALS]
        return bool(entries or files or words or done.owed)


@dataclass(frozen=True)
class Arranged:
    """What is different. delegated: (head, delegate, one teacher or '', first and last day from today)."""

    delegated: tuple[tuple[str, str, str, int, int], ...] = ()
    away: frozenset[str] = frozenset()
    left: tuple[str, ...] = ("GV05",)
    office: str = "PHT01"
    later: int = 0


DAYS = {
    "plain": Arranged(),
    "delegated to a deputy": Arranged((("GV06", "GV07", "", 0, 3), ("GV01", "GV02", "", 3, 3))),
    "delegated for one": Arranged(
        (("GV06", "GV09", "GV08", -3, 3), ("GV01", "GV03", "", -3, -1)), frozenset({"GV06"})
    ),
    "head left": Arranged(
        (("GV06", "GV07", "", 0, 3), ("GV01", "GV02", "", -3, 0)), frozenset({"PHT01"}), ("GV05", "GV06")
    ),
    "weeks began": Arranged(later=14),
    "the office is staff": Arranged(office="NV01"),
}
LENT = ("GV08-14", "GV04")
SECOND_VICE_PRINCIPAL = sa.text(
    "INSERT INTO people (id, school_id, staff_id, name, role, group_name, classes, subjects, phone, active)"
    " VALUES ('vice2', :school, 'PHT02', 'B', 'vice_principal', 'BGH', '[]', '[]', '', true)"
).bindparams(school=SCHOOL_ID)


def arrange(parts: Parts, so: Arranged) -> World:
    """The school on this day."""
    parts.clock.skip(timedelta(days=so.later))
    parts = replace(parts, desk=replace(parts.desk, policy=Policy(records_admin=so.office)))
    with parts.db.write() as connection:
        connection.execute(SECOND_VICE_PRINCIPAL)
    ids = {p.staff_id: p.id for p in People(parts.db).all()}
    at = enumerate(who for who in ids if who != STRANGER)
    chats = {who: parts.link(who, f"chat-{who}", CHANNELS[n % len(CHANNELS)]) for n, who in at}
    filed, rows = file_plans(parts), _rows_of_day(parts, so, ids)
    with parts.db.write() as connection:
        for row in rows:
            connection.execute(row)
    people = {p.staff_id: p for p in People(parts.db).all()}
    running = tuple(d[:3] for d in so.delegated if d[3] <= so.later <= d[4])
    day = Day(people, so.office, parts.clock.now().date(), so.away, running, frozenset({LENT}))
    cases = [case for one in filed for case in of_a_plan(one, ["GV09", "GV04", "HT01"], ids)]
    cases += [case for other in people for case in of_a_person(other, ids)]
    chats[STRANGER] = ev.Address("telegram", "a stranger")
    return World(parts, day, cases + 20 * list(of_the_school()), chats)


def _rows_of_day(parts: Parts, so: Arranged, ids: dict[str, str]) -> list[Any]:
    duties = parts.unit().duties
    rows = [duties.lend(LENT[0], ids[LENT[1]], ids["PHT01"], NOW)]
    rows += [duties.add_absence(Absence(f"a-{who}", ids[who], _days(0, 3)), NOW) for who in so.away]
    for head, taker, only, first, last in so.delegated:
        one = Delegation(f"d-{taker}", ids[head], ids[taker], _days(first, last), ids.get(only))
        rows.append(duties.add_delegation(one, NOW))
    leaves = "UPDATE people SET active = false WHERE staff_id = :who"
    return rows + [sa.text(leaves).bindparams(who=who) for who in so.left]


def _days(first: int, last: int) -> Period:
    return Period(TODAY + timedelta(days=first), TODAY + timedelta(days=last))


@pytest.mark.parametrize("name", DAYS)
def test_nobody_may_what_the_rules_do_not_give(parts: Parts, name: str) -> None:
    world = arrange(parts, DAYS[name])
    luck = random.Random(f"rights of {name}")
    wrong, judged = Counter[str](), Counter[str]()
    linked = [who for who in world.chats if who != STRANGER and world.day.people[who].active]
    for number in range(CASES // len(DAYS)):
        what, event, rule = luck.choice(world.cases)
        rightly = [who for who in linked if rule(world.day, who)] if number % 3 == 0 else []
        near = [*(taker for _, taker, _ in world.day.delegated), "PHT01", "PHT02"] if number % 3 == 1 else []
        who = luck.choice(rightly or near or list(world.chats))
        known = who in linked
        right, allowed = known and rule(world.day, who), world.is_allowed(who, event)
        judged[f"allowed {right}"] += 1
        if right is not allowed:
            wrong[f"{'ALLOWED' if allowed else 'denied'} {what} {who} {event}"] += 1
    assert not wrong, "\n".join([f"{judged}", *list(wrong)[:40]])
    assert judged["allowed True"] > CASES / len(DAYS) / 20
