"""Who does what to which plan, person, case or words: thousands of cases, judged by rules written again.

HOSO_RIGHTS=12000 pytest tests/integration/test_who_may.py     # a long run

Real handlers on a real record. Nothing is committed, so every case meets the same day. An allow is whatever
is more than a refusal: a file, owed work, an entry of the log, or any words that do not refuse. And whoever
is told anything is told nothing of what others wrote, and no plan's code, that they may not read.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from tests.integration.rules_of_casework import BYTES, of_a_delegation, of_an_absence
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
from tests.integration.scene_of_rights import JUDGES, Sees, set_up
from tests.parts import Parts
from tests.school import NOW, week

from hoso_bot import texts
from hoso_bot.domain import events as ev
from hoso_bot.domain.approval import ApprovalStep, StepState
from hoso_bot.domain.delegation import Absence, Delegation
from hoso_bot.domain.errors import FileRefused
from hoso_bot.domain.periods import Period
from hoso_bot.domain.policy import Policy
from hoso_bot.domain.signing import KeyOrder, SigningKey
from hoso_bot.domain.submission import Plan, PlanState, Version, VersionState, record_code
from hoso_bot.handlers import COMMANDS, ROUTES, Who, handle
from hoso_bot.settings import SCHOOL_ID
from hoso_bot.store.commit import Changes, commit
from hoso_bot.store.db import moment
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
    "lend.only_heads",
    "delegate.over_already",
    "absence.over_already",
    "outage.gone",
    "leave.decided",
    "web_board.not_yours",
    "submit.card_is_old",
    "support.not_yours",
    "support.decided",
    "return.gone",
    "privacy.not_yours",
    "privacy.answered_already",
    "evaluation.no_row",
    "evaluation.window_over",
    "evaluation.answered_already",
    "violation.not_yours",
    "violation.gone",
    "violation.decided_before",
    "violation.answered_before",
    "violation.too_early",
    "violation.only_board",
    "violation.objected_before",
    "violation.fixed",
    "violation.no_papers",
    "violation.nobody",
    "violation.yourself",
}
REFUSED = {"attachment.passed", "tap.refused", "decision.refused", "delegation.refused", "violation.refused"}
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


class Unreadable:
    """The sandbox's place: refuses every file."""

    def inspect(self, *_given: object) -> None:
        """See the class."""
        raise FileRefused("file.broken", name="")

    verify = print_copy = review_copy = look_at_return = take_in = draw_page = inspect


@dataclass(frozen=True)
class Closed:
    """The signing process's place: no window is open, and everybody new has the same key."""

    key: SigningKey

    def close_window(self, key_id: str) -> None:
        """Nothing to close."""

    def issue(self, order: KeyOrder) -> SigningKey:
        """The key."""
        return self.key


def keep_file(parts: Parts, content: bytes = BYTES) -> str:
    """SHA-256 of a kept file; by default of the one that every plan refers to."""
    place = parts.desk.files.new_temporary()
    place.write_bytes(content)
    return parts.desk.files.adopt(place)


def file_plans(parts: Parts, sha256: str) -> list[Filed]:
    """A plan of each author in every state; of a superseded one the old version."""
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
    """One day of the school, everything that can be asked on it, and whose chat is whose.

    marks: words that only some may be shown.
    """

    parts: Parts
    day: Day
    cases: list[Case]
    chats: dict[str, ev.Address]
    marks: dict[str, Sees]
    filed: list[Filed]

    def outcome(self, who: str, event: ev.Event) -> Changes:
        """What the program would write when this person takes this route."""
        origin = self.chats[who]
        uow = UnitOfWork(self.parts.desk, "case", origin, People(self.parts.db).at(origin))
        if isinstance(event, ev.ChatEvent):
            handle(replace(event, origin=origin), uow)
        elif uow.person is None:
            handle(ev.ButtonTapped(origin, NOW, "1", "somebody else's"), uow)
        else:
            handle(event, uow)
        return uow._changes

    def leaks(self, who: str, done: Changes) -> Iterator[str]:
        """Marks that somebody is told and may not read; what is said to nobody is said to who acts."""
        codes = {person.id: staff_id for staff_id, person in self.day.people.items()}
        for row in done.messages:
            told, words = codes.get(row["person_id"] or "", who), _read(row["message"])
            for mark, sees in self.marks.items():
                if mark in words and not (told in self.day.people and sees(self.day, told)):
                    yield f"{mark} to {told} by {row['message']['text']}"

    @staticmethod
    def is_allowed(done: Changes) -> bool:
        """Whether it is more than a refusal."""
        entries = [e for e in done.entries if e.action not in REFUSED]
        files = [m for m in done.messages if m["message"]["attachment"]]
        words = [m for m in done.messages if not _refuses(m["message"])]
        return bool(entries or files or words or done.owed)


def _refuses(message: dict[str, Any]) -> bool:
    """Whether it says no; of several decisions, to all of them."""
    items = message["facts"].get("items", [{}]) if message["text"] == "bulk.result" else [{}]
    return message["text"] in REFUSALS or all(item.get("outcome") == "left" for item in items)


def _read(message: dict[str, Any]) -> str:
    """All of a message that its reader sees."""
    shown = [texts.render(message["text"], **message["facts"])]
    shown += [texts.render(b["label"], **b["facts"]) for row in message["buttons"] for b in row]
    return "\n".join([*shown, (message["attachment"] or {}).get("name", "")])


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
    policy = Policy(records_admin=so.office, public_url="https://school.example")
    key = parts.unit().school.signing_key(parts.staff("HT01").id)
    assert key
    desk = replace(parts.desk, policy=policy, inspector=Unreadable(), signer=Closed(key))  # type: ignore[arg-type]
    parts = replace(parts, desk=desk)
    with parts.db.write() as connection:
        connection.execute(SECOND_VICE_PRINCIPAL)
    ids = {p.staff_id: p.id for p in People(parts.db).all()}
    at = enumerate(who for who in ids if who != STRANGER)
    chats = {who: parts.link(who, f"chat-{who}", CHANNELS[n % len(CHANNELS)]) for n, who in at}
    sha256 = keep_file(parts)
    filed, rows = file_plans(parts, sha256), _rows_of_day(parts, so, ids)
    with parts.db.write() as connection:
        for row in rows:
            connection.execute(row)
    people = {p.staff_id: p for p in People(parts.db).all()}
    running = tuple(d[:3] for d in so.delegated if d[3] <= so.later <= d[4])
    ever = frozenset(d[:2] for d in so.delegated)
    day = Day(people, so.office, parts.clock.now().date(), so.away, running, frozenset({LENT}), ever)
    cases = [case for one in filed for case in of_a_plan(one, ["GV09", "GV04", "HT01"], ids)]
    cases += [case for other in people for case in of_a_person(other, ids)]
    chats[STRANGER] = ev.Address("telegram", "a stranger")
    scene = set_up(parts, filed, sha256, ids)
    commit(parts.db, moment(NOW), Changes(statements=scene.rows))
    cases += scene.cases + 20 * list(of_the_school())
    for who in so.away:
        cases += of_an_absence(f"a-{who}", who)
    for head, taker, _, _, last in so.delegated:
        cases += 20 * list(of_a_delegation(f"d-{taker}", head, over=last < so.later))
    codes = {record_code(week(one.week), one.author): _readers(one) for one in filed}
    return World(parts, day, cases, chats, {**codes, **scene.marks}, filed)


def _readers(one: Filed) -> Sees:
    """Who may hear of a plan: the author, who looks after them, who signs or once was to, the borrower.

    And who decided a case of R41 about its author, whose sheet names the plans of that week.
    """

    def reads(day: Day, who: str) -> bool:
        steps = range(1, len(one.signers) + 1)
        signs = who in one.signers or any(day.decides(who, one, step) for step in steps)
        once = any(taker == who and head in one.signers for head, taker in day.ever_delegated)
        own = who == one.author or (one.plan_id, who) in day.lent or who == JUDGES.get(one.author)
        return signs or once or own or day.looks_after(who, one.author)

    return reads


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
        done = world.outcome(who, event)
        right, allowed = known and rule(world.day, who), world.is_allowed(done)
        judged[f"allowed {right}"] += 1
        if right is not allowed:
            wrong[f"{'ALLOWED' if allowed else 'denied'} {what} {who} {event}"] += 1
        for leak in world.leaks(who, done):
            wrong[f"TOLD {leak} after {what} {who} {event}"] += 1
    assert not wrong, "\n".join([f"{judged}", *list(wrong)[:40]])
    assert judged["allowed True"] > CASES / len(DAYS) / 20


def test_every_route_and_command_has_cases(parts: Parts) -> None:
    """Whoever adds a route says in `rules_of_rights` or `rules_of_casework` who may take it."""
    world = arrange(parts, DAYS["delegated for one"])
    judged = {type(event) for _, event, _ in world.cases}
    assert {route for route, how in ROUTES.items() if how.who is not Who.BOT} <= judged
    typed = {event.name for _, event, _ in world.cases if isinstance(event, ev.CommandSent)}
    assert typed == set(COMMANDS)


def test_what_the_bot_owes_itself_comes_from_no_chat() -> None:
    assert all(issubclass(route, ev.InternalEvent) for route, how in ROUTES.items() if how.who is Who.BOT)
    assert not any(
        issubclass(route, ev.InternalEvent) for route, how in ROUTES.items() if how.who is not Who.BOT
    )
