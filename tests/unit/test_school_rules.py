"""A row for each rule R1..R62 kept by pure code; those that need a chat are in the acceptance tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from tests.rule_rows import Row, Table

from hoso_bot.domain.approval import ApprovalStep, StepState, decision_problem
from hoso_bot.domain.board import Board, Filed, Line, State
from hoso_bot.domain.bundle import Scope, items
from hoso_bot.domain.calendar import VN, default_weeks, minutes_late, open_weeks, opens_at
from hoso_bot.domain.checks import Limits, check
from hoso_bot.domain.delegation import Delegation
from hoso_bot.domain.duty import Acting, Duty, Matter
from hoso_bot.domain.expected import teaches
from hoso_bot.domain.inspection import PlanFacts, Structure
from hoso_bot.domain.looks import Look, look
from hoso_bot.domain.periods import Period
from hoso_bot.domain.reasons import clean, reason_problem
from hoso_bot.domain.registers import all_registers, chain_for
from hoso_bot.domain.reminder_times import Kind, Schedule, moments
from hoso_bot.domain.rights import Right, Rights
from hoso_bot.domain.roster import Person, Role
from hoso_bot.domain.routing import NoApprover, signing_order
from hoso_bot.domain.rules import Rules, RuleVersion, in_force, to_know, with_deadlines
from hoso_bot.domain.submission import Plan, PlanState, Version, VersionState, replace_problem
from hoso_bot.domain.tally import Tally, of_person, tally
from hoso_bot.domain.violation import Case, may_decide
from hoso_bot.domain.violation import State as CaseState

TABLE = Table()
row = TABLE.row

YEAR, NEXT_YEAR = default_weeks("2026-2027"), default_weeks("2027-2028")
W12, W13, W14 = YEAR[11:14]
AT = datetime(2026, 9, 1, tzinfo=UTC)


def person(staff_id: str, role: Role, group: str = "", **more: object) -> Person:
    return replace(Person(staff_id, staff_id, staff_id, role, group, (), ("Toán",), 20), **more)  # type: ignore[arg-type]


HT, PHT, PHT2 = (
    person("HT", Role.PRINCIPAL),
    person("PHT", Role.VICE_PRINCIPAL),
    person("PHT2", Role.VICE_PRINCIPAL),
)
TT, TT2 = person("TT", Role.GROUP_HEAD, "Tổ 1"), person("TT2", Role.GROUP_HEAD, "Tổ 2")
TP, GV, GV2 = (
    person("TP", Role.DEPUTY_HEAD, "Tổ 1"),
    person("GV", Role.TEACHER, "Tổ 1"),
    person("GV2", Role.TEACHER, "Tổ 2"),
)
STAFF = (HT, PHT, PHT2, TT, TT2, TP, GV, GV2)


def order(author: Person, **more: object) -> list[str]:
    return [step.signer.staff_id for step in signing_order(author, STAFF, **more)]  # type: ignore[arg-type]


def chain(*states: StepState) -> list[ApprovalStep]:
    signers = ((Role.GROUP_HEAD, TT), (Role.VICE_PRINCIPAL, PHT))
    return [
        ApprovalStep("v", number, role, who.id, state)
        for number, ((role, who), state) in enumerate(zip(signers, states, strict=True), start=1)
    ]


def plan(state: PlanState = PlanState.PENDING, version: int = 1) -> Plan:
    return Plan("p", W13.year, "KHBD", GV.id, 13, "KHBD-2627-T13-GV", version, state)


def version(number: int = 1, state: VersionState = VersionState.PENDING) -> Version:
    return Version("v", "p", number, "u", state, "o", "r", "c", 1, 1, AT, 0)


def rules(start: date, **changes: object) -> RuleVersion:
    return RuleVersion("id", start, Rules(**changes), "", "office", AT)  # type: ignore[arg-type]


def duty(day: date = W13.first - timedelta(days=3), **more: object) -> Duty:
    return Duty(day, STAFF, **more)  # type: ignore[arg-type]


def acting(who: Person, today: Duty, author: Person = GV) -> Acting | None:
    steps = chain(StepState.PENDING, StepState.WAITING)
    return today.acting(steps[0], Matter(author, W13, steps), who.id)


# --- scope -------------------------------------------------------------------------------------------


@row("R2", "every rule value has a day it counts from")
def _() -> None:
    versions = [rules(W13.first, open_weeks=3)]
    found = [in_force(versions, week, Rules(), W13.year).open_weeks for week in (W12, W13, NEXT_YEAR[0])]
    assert found == [2, 3, 3]


@row("R2-year", "what a school year introduced does not bind the next one's first weeks")
def _() -> None:
    versions = [rules(YEAR[0].first, effective_week=4)]
    found = [in_force(versions, week, Rules(), W13.year).effective_week for week in (W13, NEXT_YEAR[0])]
    assert found == [4, 1]


# --- what is submitted ---------------------------------------------------------------------------------


@row("R6", "who is on the board and teaches hands in too")
def _() -> None:
    assert teaches(HT) and teaches(PHT) and not teaches(replace(PHT2, periods=0))


@row("R6-order", "the board's plans are approved by each other")
def _() -> None:
    assert order(PHT) == ["HT"] and order(HT) == ["PHT"]


@row("R7", "only lesson plans are open unless a document opens another register")
def _() -> None:
    assert [(r.code, r.open) for r in all_registers((), "KHBD")] == [("KHBD", True)]


@row("R8", "who hands in comes from the teaching assignment, not from class lists")
def _() -> None:
    assert teaches(replace(GV, classes=()))
    assert not teaches(replace(GV, subjects=(), classes=("1A",)))
    assert not teaches(replace(GV, periods=0))


# --- time and file -------------------------------------------------------------------------------------


@row("R10", "a day of teaching outside the plan's week is pointed out, with its page")
def _() -> None:
    days = [day.isoformat() for day in (*W13.days, W12.days[0])]
    facts = PlanFacts((13,), "text", tuple(days), date_pages={days[-1]: (4,)})
    (hint,) = [f for f in check(Structure(1, 9, True), facts, Limits()) if f.rule == "R10"]
    assert (hint.severity, hint.pages, hint.facts["dates"]) == ("hint", (4,), days[-1:])


@row("R11", "the deadline is the Sunday before the first teaching day, 23:59:59 in Vietnam")
def _() -> None:
    sunday = W13.first - timedelta(days=1)
    assert sunday.weekday() == 6
    assert W13.deadline == datetime.combine(sunday, time(23, 59, 59), VN)


@row("R11-any-host", "a moment is judged the same whatever zone it is told in")
def _() -> None:
    last = W13.deadline.astimezone(UTC)
    assert minutes_late(W13, last, last) == 0
    assert minutes_late(W13, last + timedelta(seconds=1), last + timedelta(seconds=1)) == 1


@row("R11-holiday", "a holiday on Monday leaves the deadline where it is")
def _() -> None:
    assert replace(W13, days=W13.days[1:]).deadline == W13.deadline


@row("R11-arrival", "the upload's own time counts when it was confirmed within 12 hours")
def _() -> None:
    sent = W13.deadline - timedelta(minutes=1)
    assert minutes_late(W13, sent, sent + timedelta(hours=12)) == 0
    assert minutes_late(W13, sent, sent + timedelta(hours=13)) == 12 * 60 + 59


@row("R11-hour", "the school may set an earlier hour on that Sunday")
def _() -> None:
    (week,) = with_deadlines([W13], [rules(W13.first, deadline="18:00")])
    assert (week.deadline.date(), week.deadline.hour) == (W13.deadline.date(), 18)


@row("R12", "two open weeks are allowed")
def _() -> None:
    assert opens_at([W12], W13, W12.first) is None


@row("R12-third-open-week", "a third is refused until the earliest is over, and the day is named")
def _() -> None:
    assert opens_at([W12, W13], W14, W12.first) == W12.last + timedelta(days=1)
    assert opens_at([W12, W13], W14, W12.last + timedelta(days=1)) is None


@row("R12-open-until-over", "a week stays open until its last teaching day is over, approved or not")
def _() -> None:
    assert open_weeks([W12, W13], W12.last) == (W12, W13)
    assert open_weeks([W12, W13], W12.last + timedelta(days=1)) == (W13,)


@row("R12-past-weeks", "weeks that are over do not count and may always be handed in")
def _() -> None:
    assert opens_at([W13, W14], W12, W13.first) is None


@row("R12-limit", "the number is a rule of the school")
def _() -> None:
    assert opens_at([W12], W13, W12.first, limit=1) == W12.last + timedelta(days=1)


@row("R13-several-weeks", "a file that is really several weeks is refused")
def _() -> None:
    (block,) = check(Structure(1, 9, True), PlanFacts((13, 14), "text", lessons=9), Limits())
    assert (block.code, block.severity, block.rule) == ("several_weeks", "block", "R13")


# --- routing and rights --------------------------------------------------------------------------------


@row("R22", "the order of signers comes from policy alone")
def _() -> None:
    assert order(GV) == ["TT", "PHT"]


@row("R23", "signer 1 is the head of the teacher's own group")
def _() -> None:
    assert (order(GV)[0], order(GV2)[0]) == ("TT", "TT2")


@row("R24", "signer 2 is the vice-principal who administers the records: a setting, not a person")
def _() -> None:
    assert order(GV)[-1] == "PHT" and order(GV, records_admin="PHT2")[-1] == "PHT2"


@row("R25", "signer 2 may not decide before signer 1 signed")
def _() -> None:
    steps = chain(StepState.PENDING, StepState.WAITING)
    assert decision_problem(plan(), version(), steps[1], PHT.id) == "decide.not_your_turn"
    signed = chain(StepState.SIGNED, StepState.PENDING)
    assert decision_problem(plan(), version(), signed[1], PHT.id) is None


@row("R29-words", "a reason needs words: nothing, a smiley or `ok` is none")
def _() -> None:
    assert all(reason_problem(text) for text in ("", "  ", "👍👍", "ok", "....", "aaaaaaaaaaaaa"))
    assert reason_problem("Thiếu phần khởi động") is None


@row("R29-verbatim", "a reason is kept word for word")
def _() -> None:
    assert clean("Bài 2, tiết 3: thiếu…\n(trang 4) 🙏") == "Bài 2, tiết 3: thiếu…\n(trang 4) 🙏"


@row("R33", "a head decides on plans of the own group only")
def _() -> None:
    assert acting(TT, duty()) is Acting.OWN and acting(TT2, duty()) is None
    assert decision_problem(plan(), version(), chain(StepState.PENDING, StepState.WAITING)[0], TT2.id)


@row("R34", "a deputy decides only while delegated")
def _() -> None:
    friday = W13.first - timedelta(days=3)
    given = Delegation("d", TT.id, TP.id, Period(friday, friday))
    assert acting(TP, duty(friday)) is None
    assert acting(TP, duty(friday, delegations=(given,))) is Acting.DELEGATED
    assert acting(TP, duty(friday + timedelta(days=1), delegations=(given,))) is None


@row("R34-no-chain", "who was delegated to passes nothing on")
def _() -> None:
    friday = W13.first - timedelta(days=3)
    chained = Delegation("e", TP.id, GV2.id, Period(friday, friday))
    assert acting(GV2, duty(friday, delegations=(chained,))) is None


@row("R35", "the board is always the last signer; other registers go to it alone")
def _() -> None:
    assert all(order(author)[-1] in ("PHT", "HT") for author in STAFF)
    assert [s.signer.staff_id for s in chain_for("KHDH", signing_order(GV, STAFF))] == ["PHT"]


@row("R36", "the board oversees every teacher")
def _() -> None:
    assert all(Rights(leader).may(Right.OVERSEE, who) for leader in (HT, PHT) for who in STAFF)


@row("R37", "a teacher oversees nobody")
def _() -> None:
    assert not any(Rights(GV).may(Right.OVERSEE, who) for who in STAFF)


# --- start and transition ------------------------------------------------------------------------------


@row("R41", "a record is decided by principal or vice-principal, of another, once there was time to explain")
def _() -> None:
    asked = Case("c", 1, "2026-2027", GV.id, PHT.id, AT, CaseState.INVITED, explain_by=AT + timedelta(days=2))
    assert [p.staff_id for p in STAFF if may_decide(p, asked)] == ["HT", "PHT", "PHT2"]
    assert not may_decide(PHT, replace(asked, person_id=PHT.id))
    assert not asked.may_be_decided(AT + timedelta(days=1)) and asked.may_be_decided(AT + timedelta(days=3))
    assert replace(asked, state=CaseState.EXPLAINED).may_be_decided(AT)


@row("R42", "weeks before the effective week are never late")
def _() -> None:
    after = W12.deadline + timedelta(days=9)
    assert minutes_late(W12, after, after, effective_week=13) == 0


@row("R43", "from the effective week on late is late")
def _() -> None:
    after = W13.deadline + timedelta(minutes=9)
    assert minutes_late(W13, after, after, effective_week=13) == 9


# --- change --------------------------------------------------------------------------------------------


@row("R54", "the newest version of the rules that has begun is in force")
def _() -> None:
    versions = [rules(YEAR[5].first, open_weeks=4), rules(YEAR[0].first, open_weeks=3)]
    assert in_force(versions, W13, Rules(), W13.year).open_weeks == 4
    assert in_force(versions, YEAR[2], Rules(), W13.year).open_weeks == 3


@row("R56", "who comes later has to know the version in force, not the history")
def _() -> None:
    old, now = rules(YEAR[0].first), rules(YEAR[5].first)
    assert to_know([old, now], W13.first) == (now,)


# --- implied -------------------------------------------------------------------------------------------


@row("R57", "nobody signs their own plan, in whatever role")
def _() -> None:
    assert all(author.staff_id not in order(author) for author in STAFF)


@row("R57-nobody-else", "where only the author could approve, nobody does")
def _() -> None:
    assert order(PHT, records_admin="PHT") == ["HT"]
    with pytest.raises(NoApprover):
        signing_order(HT, [HT, TT, GV])


@row("R57-decision", "nor decides on it by a delegation, an absence or lateness")
def _() -> None:
    to_the_author = Delegation("d", TT.id, GV.id, Period(W13.first, W13.first))
    everything = duty(W13.first, away=frozenset({TT.id}), delegations=(to_the_author,))
    assert acting(GV, everything) is None
    assert acting(PHT, everything, author=PHT) is None
    assert decision_problem(plan(), version(), chain(StepState.PENDING, StepState.WAITING)[0], GV.id, True)


@row("R58", "an approved plan takes a new file, which is a new version to be decided anew")
def _() -> None:
    assert replace_problem(plan(PlanState.APPROVED), 2) is None
    old_card = decision_problem(
        plan(version=2), version(1), chain(StepState.SIGNED, StepState.PENDING)[1], PHT.id
    )
    assert old_card == "decide.old_version"


@row("R59", "a rejected plan takes a new file; its old cards decide nothing")
def _() -> None:
    assert replace_problem(plan(PlanState.REJECTED), 1) is None
    old = version(1, VersionState.REJECTED)
    assert (
        decision_problem(plan(version=2), old, chain(StepState.PENDING, StepState.WAITING)[0], TT.id)
        == "decide.old_version"
    )


@row("R60", "late is a number of minutes, begun ones counted, and refuses nothing")
def _() -> None:
    after = W13.deadline + timedelta(minutes=6, seconds=1)
    assert minutes_late(W13, after, after) == 7


@row("R61", "once the week has begun the vice-principal may decide for a silent head")
def _() -> None:
    assert acting(PHT, duty(W13.first - timedelta(days=1))) is None
    assert acting(PHT, duty(W13.first)) is Acting.OVERDUE


@row("R31", "several at once: only what was opened and has been there long enough to be read")
def _() -> None:
    assert look(None, AT, AT + timedelta(hours=2)) is Look.UNSEEN
    assert look(AT, AT, AT + timedelta(seconds=9)) is look(AT, None, AT) is Look.JUST_OPENED
    assert look(AT, AT, AT + timedelta(seconds=10)) is Look.SEEN


LESSON = datetime.combine(W13.first, time(7), VN)
PLAIN = Line(W13, GV, "", State.MISSING)
DONE = replace(PLAIN, state=State.APPROVED, first_at=W13.deadline, approved_at=LESSON - timedelta(hours=1))


def counted(*lines: Line, at: datetime = LESSON) -> Tally:
    return tally([Board(W13, at, lines)])


@row("R1", "a bundle for the portal holds approved files only; others are listed")
def _() -> None:
    waiting = Filed(plan(), (version(1),), {})
    whole = Filed(plan(PlanState.APPROVED), (version(1, VersionState.APPROVED),), {})
    scope = Scope(waiting.plan.year, waiting.plan.week)
    people = {waiting.plan.person_id: GV}
    assert [bool(one.version) for one in items([waiting], people, scope)] == [False]
    assert [bool(one.version) for one in items([whole], people, scope)] == [True]


@row("R38", "everybody's plans are counted, each person's alone")
def _() -> None:
    both = Board(W13, LESSON, (DONE, replace(PLAIN, person=GV2)))
    assert [tally(of_person([both], who.id)).missing for who in (GV, GV2)] == [0, 1]


@row("R51", "handed in on time and approved before the lesson are counted apart")
def _() -> None:
    late = replace(DONE, approved_at=LESSON + timedelta(hours=1))
    figures = counted(DONE, late, PLAIN)
    assert (figures.on_time, figures.missing, figures.ready, figures.held) == (2, 1, 1, 1)


@row("R52", "a period's figures are those of its weeks together")
def _() -> None:
    weeks = [Board(W12, LESSON, (replace(DONE, week=W12),)), Board(W13, LESSON, (PLAIN,))]
    assert tally(weeks).owed == sum(tally([week]).owed for week in weeks) == 2


@row("R53", "an exempt week and a week before its deadline count for nobody")
def _() -> None:
    assert counted(replace(PLAIN, state=State.EXEMPT)).owed == 0
    assert counted(PLAIN, at=W13.deadline).owed == 0


@row("R62", "reminded on Saturday and Sunday before the week, once more on its first morning")
def _() -> None:
    taught = [day for week in YEAR for day in week.days]
    found = moments(W13, taught, Schedule())
    assert [f"{m.at:%a %H:%M}" for m in found] == [
        "Sat 08:00",
        "Sun 08:00",
        "Sun 17:00",
        "Sun 20:30",
        "Mon 06:30",
    ]
    assert [m.kind for m in found][-1] is Kind.LATE


@pytest.mark.parametrize("rule", TABLE.cases)
def test_rule(rule: Row) -> None:
    rule.proof()
