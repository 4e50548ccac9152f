"""Who may do what at this school, in plain conditions: apart from the program's own table of rights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from tests.school import NOW, week

from hoso_bot.domain import chain_events as ch
from hoso_bot.domain import evaluation_events as eev
from hoso_bot.domain import events as ev
from hoso_bot.domain import outage_events as oev
from hoso_bot.domain import record_events as rev
from hoso_bot.domain import report_events as rep
from hoso_bot.domain import weekend_events as wev
from hoso_bot.domain import year_events as yev
from hoso_bot.domain.roster import Person, Role
from hoso_bot.domain.submission import VersionState

TODAY = NOW.date()
YEAR = week(12).year
WHY = "Thiếu phần khởi động, cô xem lại giúp."


@dataclass(frozen=True)
class Filed:
    """A plan of the school as the oracle sees it: whose, the version, the two signers, how it stands."""

    author: str
    version_id: str
    plan_id: str
    state: VersionState
    current: bool
    signers: tuple[str, ...]
    waits_at: int
    week: int


@dataclass
class Day:
    """The school on one day, as plainly as a person would say it."""

    people: dict[str, Person]
    office: str
    today: date
    away: frozenset[str] = frozenset()
    delegated: tuple[tuple[str, str, str], ...] = ()
    """(head, delegate, the one teacher or '')."""
    lent: frozenset[tuple[str, str]] = frozenset()
    ever_delegated: frozenset[tuple[str, str]] = frozenset()
    """(head, delegate), those of other days too."""

    def leads(self, who: str) -> bool:
        return who == self.office or self.people[who].role in (Role.VICE_PRINCIPAL, Role.PRINCIPAL)

    def keeps_records(self, who: str) -> bool:
        return who == self.office or self.people[who].role is Role.PRINCIPAL

    def heads(self, who: str, other: str) -> bool:
        one, two = self.people[who], self.people[other]
        return one.role is Role.GROUP_HEAD and one.group == two.group

    def acts_for_head_of(self, who: str, other: str) -> bool:
        return any(
            taker == who and self.people[head].active and self.heads(head, other) and only in ("", other)
            for head, taker, only in self.delegated
        )

    def looks_after(self, who: str, other: str) -> bool:
        return self.leads(who) or self.heads(who, other) or self.acts_for_head_of(who, other)

    def decides(self, who: str, filed: Filed, step: int) -> bool:
        """R25, R33, R34, R57, R59, R61, Q23."""
        waits = filed.current and filed.state is VersionState.PENDING and filed.waits_at == step
        if not waits or who == filed.author:
            return False
        signer, later = filed.signers[step - 1], filed.signers[step:]
        if who == signer:
            return True
        for head, taker, only in self.delegated:
            if taker == who and head == signer and self.people[head].active and only in ("", filed.author):
                return True
        if signer in self.away or not self.people[signer].active:
            return who == self._next(filed, later, signer)
        return who in later and self.today >= week(filed.week).first

    def _next(self, filed: Filed, later: tuple[str, ...], signer: str) -> str:
        here = [p for p in self.people if p not in self.away and self.people[p].active]
        able = [p for p in here if p not in (filed.author, signer)]
        vice = [p for p in able if self.people[p].role is Role.VICE_PRINCIPAL]
        leaders = [*vice, *(p for p in able if self.people[p].role is Role.PRINCIPAL)]
        return next((p for p in (*later, *leaders) if p in able), "")


Rule = Callable[[Day, str], bool]
Case = tuple[str, ev.Event, Rule]


def of_a_plan(one: Filed, others: list[str], ids: dict[str, str]) -> Iterator[Case]:
    """Everything that can be done to one plan."""
    pending, approved = one.state is VersionState.PENDING, one.state is VersionState.APPROVED
    for step in range(1, len(one.signers) + 1):

        def decides(day: Day, who: str, step: int = step) -> bool:
            return day.decides(who, one, step)

        yield "approve", ev.ApprovePressed(one.version_id, step), decides
        yield "reject", ev.RejectPressed(one.version_id, step), decides
        yield "reason", ev.ReasonGiven(one.version_id, step, WHY), decides
        yield "give back", ch.ReturnGranted(one.version_id, step, WHY), decides
        yield "keep", ch.ReturnDeclined(one.version_id, step), decides

    def takes(day: Day, who: str) -> bool:
        look = day.looks_after(who, one.author)
        own = who == one.author or (one.plan_id, who) in day.lent
        return (approved and (look or own)) or (pending and look and who != one.author)

    def lends(day: Day, who: str) -> bool:
        return approved and one.current and _in_reach(day, who, one.author)

    yield "take", ev.SignedCopyAsked(one.version_id), takes
    free = pending and one.waits_at == 1 and one.current
    yield "withdraw", ch.WithdrawConfirmed(one.version_id), lambda day, who: free and who == one.author
    asks = pending and one.current
    yield "ask back", ch.ReturnPressed(one.version_id), lambda day, who: asks and who == one.author
    yield "lend whom", ch.LentPlanChosen(one.plan_id), lends
    for other in others:

        def lends_to(day: Day, who: str, other: str = other) -> bool:
            return lends(day, who) and _in_reach(day, who, other) and other != one.author

        yield "lend", ch.PlanLent(one.plan_id, ids[other]), lends_to


def _in_reach(day: Day, who: str, other: str) -> bool:
    """Q21: the office among all who teach, a head in the own group."""
    person = day.people[other]
    teaching = person.role in (Role.TEACHER, Role.DEPUTY_HEAD, Role.GROUP_HEAD) and person.active
    return teaching and (who == day.office or day.heads(who, other))


def of_a_person(other: str, ids: dict[str, str]) -> Iterator[Case]:
    """Everything that can be done about somebody."""

    def excuses(day: Day, who: str) -> bool:
        if day.leads(who):
            return True
        gave = any(taker == who and head == other for head, taker, _ in day.delegated)
        return who != other and not gave and day.looks_after(who, other)

    def absents(day: Day, who: str) -> bool:
        leader = day.people[other].role in (Role.GROUP_HEAD, Role.VICE_PRINCIPAL, Role.PRINCIPAL)
        return leader and who in (other, day.office)

    def delegates(day: Day, who: str) -> bool:
        taker = day.people[other]
        able = taker.active and taker.role in (Role.TEACHER, Role.DEPUTY_HEAD)
        return able and who != other and day.heads(who, other)

    first = (TODAY + timedelta(days=1)).isoformat()
    yield "plans", rev.PlansAsked(ids[other]), lambda day, who: who == other or day.looks_after(who, other)
    yield "owe again", yev.ExemptionEnded(ids[other], YEAR, [13]), excuses
    yield "lender", ch.LenderChosen(ids[other]), lambda day, who: _in_reach(day, who, other)
    yield "absentee", ch.AbsenteeChosen(ids[other]), absents
    yield "absent", ch.AbsenceDated(ids[other], first, first), absents
    yield "delegate", ch.DelegateChosen(ids[other]), delegates
    yield "delegation", ch.DelegationScoped(ids[other], first, first), delegates


def of_the_school() -> Iterator[Case]:
    """What is about nobody in particular."""
    records, leads = Day.keeps_records, Day.leads
    day, span = week(20).first.isoformat(), (NOW - timedelta(hours=3)).isoformat()
    yield "calendar", yev.CalendarEditAsked([day, day]), records
    yield "power", wev.PowerCutConfirmed(day, "cả ngày"), records
    yield "outage", oev.OutageCaused("chat"), records
    yield "outage on record", oev.OutageConfirmed("chat", span, NOW.isoformat()), records
    yield "evaluations", eev.EvaluationsAsked(), leads
    yield "bundle", rep.BundleOffered(YEAR, 12), leads
    yield "portal", rep.PortalMarked(["v"]), leads
