"""The week's board: how each plan owed stands, who has it and how long. The one definition of every report.

Pure: text, picture, sheets and pages only word what stands here. The time a plan waits for an approver is the
approver's, never its author's (R10, R61).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from enum import StrEnum
from typing import Any

from hoso_bot.domain.approval import ApprovalStep, StepState
from hoso_bot.domain.calendar import VN, Week, excused_minutes, judged_at
from hoso_bot.domain.expected import Due, Standing
from hoso_bot.domain.roster import Person, Role, group_key
from hoso_bot.domain.submission import Plan, PlanState, Version, VersionState
from hoso_bot.domain.units import same_part

FIRST_LESSON = time(7, 0)
"""When teaching begins on a week's first day: until then a plan has to be approved (R10, Q2)."""


class State(StrEnum):
    """How one plan stands. draft: the file came, `Trình ký` was never pressed (R21); the next three: whom it
    waits for; returned: sent back and not mended; doubted: stopped, a signature is being looked into.
    """

    MISSING = "missing"
    DRAFT = "draft"
    HEAD = "head"
    VICE = "vice"
    PRINCIPAL = "principal"
    RETURNED = "returned"
    DOUBTED = "doubted"
    APPROVED = "approved"
    EXEMPT = "exempt"


WAITING = (State.HEAD, State.VICE, State.PRINCIPAL)
NOT_HANDED_IN = (State.MISSING, State.DRAFT)


@dataclass(frozen=True)
class Filed:
    """A plan of the record: every version, oldest first, and the chain of each by version id.

    on_portal: since when somebody says that the newest approved version is on the sector's portal (R1).
    sent: when the platform took each version's file, by version id.
    """

    plan: Plan
    versions: tuple[Version, ...]
    chains: Mapping[str, Sequence[ApprovalStep]]
    on_portal: datetime | None = None
    sent: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def approved(self) -> Version | None:
        """The newest version everybody approved; a later one may be waiting (R58)."""
        whole = [v for v in self.versions if v.state is VersionState.APPROVED]
        return whole[-1] if whole else None

    @property
    def state(self) -> State:
        """How the plan stands."""
        if self.plan.state is PlanState.WITHDRAWN or not self.kept:
            return State.MISSING
        return _state(self)

    @property
    def kept(self) -> tuple[Version, ...]:
        """The versions their teacher did not take back: on-time is judged on the first of them (Q3)."""
        return tuple(v for v in self.versions if v.state is not VersionState.WITHDRAWN)

    def excused(self, week: Week) -> int:
        """Minutes of the first submission's late mark that outages take away; the mark itself stays."""
        if not self.kept:
            return 0
        first = self.kept[0]
        judged = judged_at(self.sent.get(first.id, first.submitted_at), first.submitted_at)
        return excused_minutes(week, first.minutes_late, judged)

    @property
    def current(self) -> Version:
        """The version that counts."""
        return next(v for v in self.versions if v.number == self.plan.version)

    def chain(self, version: Version) -> Sequence[ApprovalStep]:
        """The steps of a version, in signing order."""
        return self.chains.get(version.id, ())

    @property
    def turns(self) -> tuple[Wait, ...]:
        """Every approver's turn on what was not taken back, in time."""
        return tuple(wait for version in self.kept for wait in _turns(self, version))


@dataclass(frozen=True)
class Draft:
    """A file whose card waits for `Trình ký`. part: None while it was not read."""

    person_id: str
    year: str
    week: int
    part: str | None = None


@dataclass(frozen=True)
class Wait:
    """One approver's turn on one version. ended: None while it lasts; decision: what ended it, and why."""

    person_id: str
    role: Role
    since: datetime
    ended: datetime | None
    decision: StepState
    reason: str = ""

    def minutes(self, now: datetime) -> int:
        """Whole minutes of the turn so far."""
        return max(0, int(((self.ended or now) - self.since).total_seconds() // 60))


@dataclass(frozen=True)
class Line:
    """One plan owed for a week. late: minutes of the first submission after the deadline, 0 when on time.

    excused: minutes of its mark that outages took away (they are not in `late`).
    version: number of the current one, 0 without any. first_at: the first submission; approved_at: when the
    first version was approved by everybody. returns: rejections with a reason (not what was given back on
    request). mended: minutes from each rejection to the mended file. waits: turns of approvers.
    """

    week: Week
    person: Person
    part: str
    state: State
    late: int = 0
    excused: int = 0
    reason: str = ""
    plan_id: str = ""
    code: str = ""
    version: int = 0
    first_at: datetime | None = None
    approved_at: datetime | None = None
    returns: int = 0
    mended: tuple[int, ...] = ()
    waits: tuple[Wait, ...] = ()
    on_portal: datetime | None = None

    @property
    def waiting(self) -> Wait | None:
        """The turn that lasts."""
        return next((wait for wait in self.waits if wait.ended is None), None)

    @property
    def causes(self) -> list[str]:
        """What took minutes of its late mark away, each cause once."""
        return list(dict.fromkeys(one.cause.value for one in self.week.moved_by)) if self.excused else []

    def facts(self) -> dict[str, Any]:
        """Blanks about how the plan stands, whoever has it."""
        return {
            "part": self.part,
            "standing": self.state.value,
            "version": self.version,
            "late": self.late,
            "excused": self.excused,
            "causes": self.causes,
            "reason": self.reason,
        }

    @property
    def lesson(self) -> datetime:
        """When the week's first lesson begins."""
        return datetime.combine(self.week.first, FIRST_LESSON, VN)


@dataclass(frozen=True)
class Board:
    """A week's lines in staff list order, as of the moment `at`. backfill: nothing is late (R44)."""

    week: Week
    at: datetime
    lines: tuple[Line, ...] = field(default_factory=tuple)
    backfill: bool = False

    @property
    def owed(self) -> tuple[Line, ...]:
        """Everything but the exempt."""
        return tuple(line for line in self.lines if line.state is not State.EXEMPT)

    @property
    def is_over(self) -> bool:
        """Whether the deadline has passed."""
        return self.at > self.week.deadline

    def count(self, *states: State) -> int:
        """How many lines stand in one of these states."""
        return sum(line.state in states for line in self.lines)

    def figures(self) -> dict[str, int]:
        """Blanks of `report.counts`: lines by state, of those owed late and on time, and on the portal."""
        names = ("approved", "returned", "doubted", "draft", "missing", "exempt")
        handed_in = [line for line in self.owed if line.first_at]
        return {
            **{name: self.count(State(name)) for name in names},
            "owed": len(self.owed),
            "waiting": self.count(*WAITING),
            "on_portal": sum(line.on_portal is not None for line in self.lines),
            "late": sum(line.late > 0 for line in handed_in),
            "on_time": sum(not line.late for line in handed_in),
        }

    def seen_by(self, allowed: Callable[[Person], bool]) -> Board:
        """The part of it that is about people somebody may see."""
        return replace(self, lines=tuple(line for line in self.lines if allowed(line.person)))

    def groups(self) -> tuple[Board, ...]:
        """One board a group, by the groups' names; people without a group come last."""
        named: dict[str, list[Line]] = {}
        for line in self.lines:
            named.setdefault(group_key(line.person.group), []).append(line)
        ordered = sorted(named, key=lambda key: (not key, _natural(key)))
        return tuple(replace(self, lines=tuple(named[key])) for key in ordered)

    @property
    def group(self) -> str:
        """The name of the group of its first line."""
        return self.lines[0].person.group if self.lines else ""


def _natural(text: str) -> list[tuple[int, str]]:
    """Sorts `tổ 2` before `tổ 10`."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", text)]


def board(
    week: Week,
    dues: Sequence[Due],
    filed: Mapping[str, Sequence[Filed]],
    drafts: Collection[Draft],
    at: datetime,
    backfill: bool = False,
) -> Board:
    """The board of a week at the moment `at`.

    dues: what is owed (`expected`). filed: the week's plans in that register, by person id. drafts: of any
    week; only those that fit a line without a plan count.
    """
    here = [draft for draft in drafts if (draft.year, draft.week) == (week.year, week.number)]
    return Board(week, at, tuple(_line(week, due, filed, here) for due in dues), backfill)


def _line(week: Week, due: Due, filed: Mapping[str, Sequence[Filed]], drafts: Collection[Draft]) -> Line:
    line = Line(week, due.person, due.part, State.MISSING, reason=due.reason)
    if due.standing is Standing.EXEMPT:
        return replace(line, state=State.EXEMPT)
    own = [one for one in filed.get(due.person.id, ()) if not one.plan.instead_of]
    found = next((one for one in own if same_part(one.plan.part, due.part)), None)
    if found is None or found.state is State.MISSING:
        drafted = any(_fits(draft, due) for draft in drafts)
        return replace(line, state=State.DRAFT if drafted else State.MISSING)
    excused = found.excused(week)
    return replace(_filed(line, found), late=due.late - excused, excused=excused)


def _fits(draft: Draft, due: Due) -> bool:
    return draft.person_id == due.person.id and (draft.part is None or same_part(draft.part, due.part))


def _filed(line: Line, one: Filed) -> Line:
    return replace(
        line,
        state=one.state,
        plan_id=one.plan.id,
        code=one.plan.code,
        version=one.plan.version,
        first_at=one.kept[0].submitted_at,
        approved_at=_approved_at(one),
        returns=sum(version.state is VersionState.REJECTED for version in one.versions),
        mended=_mended(one),
        waits=one.turns,
        on_portal=one.on_portal,
    )


def _state(one: Filed) -> State:
    settled = _SETTLED.get(one.plan.state)
    if settled:
        return settled
    open_steps = (StepState.PENDING, StepState.APPROVED, StepState.WAITING)
    chain = one.chain(one.current)
    step = next((s for s in chain if s.state in open_steps), chain[-1] if chain else None)
    return _BY_ROLE.get(step.role, State.HEAD) if step else State.HEAD


_SETTLED = {
    PlanState.APPROVED: State.APPROVED,
    PlanState.REJECTED: State.RETURNED,
    PlanState.RETURNED: State.RETURNED,
    PlanState.DOUBTED: State.DOUBTED,
}
_BY_ROLE = {Role.VICE_PRINCIPAL: State.VICE, Role.PRINCIPAL: State.PRINCIPAL}


def _approved_at(one: Filed) -> datetime | None:
    whole = [one.chain(v) for v in one.versions if v.state is VersionState.APPROVED]
    ends = [max(s.decided_at for s in chain if s.decided_at) for chain in whole if _is_decided(chain)]
    return min(ends, default=None)


def _is_decided(chain: Sequence[ApprovalStep]) -> bool:
    return bool(chain) and all(step.decided_at for step in chain)


def _mended(one: Filed) -> tuple[int, ...]:
    """Minutes from each rejection to the next version."""
    gaps = []
    for before, after in zip(one.versions, one.versions[1:], strict=False):
        sent_back = [
            s.decided_at for s in one.chain(before) if s.state is StepState.REJECTED and s.decided_at
        ]
        gaps += [int((after.submitted_at - at).total_seconds() // 60) for at in sent_back]
    return tuple(gaps)


def _turns(one: Filed, version: Version) -> list[Wait]:
    """The turns on one version; one that a replaced version cut short has no known end and is left out."""
    turns, since = list[Wait](), version.submitted_at
    is_open = version.state is VersionState.PENDING and version.number == one.plan.version
    for step in one.chain(version):
        if step.decided_at:
            turns.append(
                Wait(step.decider_id, step.role, since, step.decided_at, step.state, step.reason or "")
            )
            since = step.decided_at
        elif step.state is StepState.PENDING and is_open:
            turns.append(Wait(step.signer_id, step.role, since, None, step.state))
            break
        else:
            break
    return turns
