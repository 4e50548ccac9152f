"""Counts over the boards of a month, a semester or a year, by teacher, group and approver (R51, R52). Pure.

The definitions people read (`report.define` in the texts) and these functions belong together; whoever
changes one changes the other and `VERSION`, which stands on every sheet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from hoso_bot.domain.approval import StepState
from hoso_bot.domain.board import NOT_HANDED_IN, Board, Line, State, Wait
from hoso_bot.domain.rates import ApproverRates, AuthorRates
from hoso_bot.domain.roster import Person

VERSION = "2"
"""Of the calculation; printed on the sheets so that two prints can be compared."""


@dataclass(frozen=True)
class Tally(AuthorRates):
    """What lines add up to. Minutes are whole; a rate or median of nothing is None.

    owed: plans whose deadline has passed, without exempt ones and backfill. taught: those of them whose first
    lesson has begun; ready: approved by then; held: handed in on time, not sent back, and still with an
    approver when the lesson began. finished: approved by everybody; first_pass: of these never sent back.
    """

    owed: int = 0
    on_time: int = 0
    late: int = 0
    missing: int = 0
    exempt: int = 0
    taught: int = 0
    ready: int = 0
    held: int = 0
    finished: int = 0
    first_pass: int = 0
    returns: int = 0
    late_minutes: tuple[int, ...] = ()
    mended: tuple[int, ...] = ()

    @property
    def late_median(self) -> int | None:
        """Median lateness of the late ones, in minutes."""
        return _median(self.late_minutes)

    @property
    def mended_median(self) -> int | None:
        """Median time from a rejection to the mended file, in minutes."""
        return _median(self.mended)


@dataclass(frozen=True)
class ApproverTally(ApproverRates):
    """One approver's turns. before_lesson: of `judged`, decided before the week's first lesson.

    judged: turns that began before that lesson, and have ended or run past it. reasoned: rejections with a
    reason (R29: all of them). waiting: turns that last.
    """

    person_id: str
    decided: int
    waiting: int
    median_minutes: int | None
    judged: int
    before_lesson: int
    rejected: int
    reasoned: int


def tally(boards: Iterable[Board]) -> Tally:
    """Everything on these boards together; each board counts as at its own moment."""
    counted = [(line, board.at) for board in boards if not board.backfill for line in board.lines]
    owed = [(line, at) for line, at in counted if line.state is not State.EXEMPT and at > line.week.deadline]
    lines = [line for line, _ in owed]
    handed_in = [line for line in lines if line.state not in NOT_HANDED_IN]
    taught = [line for line, at in owed if at >= line.lesson]
    finished = [line for line, _ in counted if line.approved_at]
    return Tally(
        owed=len(lines),
        on_time=sum(not line.late for line in handed_in),
        late=sum(line.late > 0 for line in handed_in),
        missing=len(lines) - len(handed_in),
        exempt=sum(line.state is State.EXEMPT for line, _ in counted),
        taught=len(taught),
        ready=sum(is_ready(line) for line in taught),
        held=sum(is_held(line) for line in taught),
        finished=len(finished),
        first_pass=sum(not line.returns for line in finished),
        returns=sum(line.returns for line, _ in counted),
        late_minutes=tuple(line.late for line in handed_in if line.late),
        mended=tuple(gap for line, _ in counted for gap in line.mended),
    )


def is_ready(line: Line) -> bool:
    """Approved by everybody before the week's first lesson (R10)."""
    return line.approved_at is not None and line.approved_at <= line.lesson


def is_held(line: Line) -> bool:
    """Handed in on time, not sent back before the first lesson, yet not approved by then (R10, R61)."""
    handed_in = line.state not in (*NOT_HANDED_IN, State.EXEMPT)
    sent_back = any(_is_rejection(wait) and wait.ended <= line.lesson for wait in line.waits if wait.ended)
    return handed_in and not line.late and not sent_back and not is_ready(line)


def people_on(boards: Sequence[Board]) -> tuple[Person, ...]:
    """Everybody with a line, as on the latest board, by group and staff id."""
    latest = {line.person.id: line.person for board in boards for line in board.lines}
    return tuple(sorted(latest.values(), key=lambda p: (not p.group, p.group.casefold(), p.staff_id)))


def of_person(boards: Iterable[Board], person_id: str) -> tuple[Board, ...]:
    """The boards with this person's lines only."""
    return tuple(board.seen_by(lambda person: person.id == person_id) for board in boards)


def months(boards: Iterable[Board]) -> dict[str, tuple[Board, ...]]:
    """Boards by the calendar month of each week's first teaching day: `2026-09`, in order."""
    found: dict[str, tuple[Board, ...]] = {}
    for board in boards:
        key = f"{board.week.first:%Y-%m}"
        found[key] = (*found.get(key, ()), board)
    return dict(sorted(found.items()))


def semesters(boards: Iterable[Board]) -> dict[int, tuple[Board, ...]]:
    """Boards by the semester of each week, as the school's week table has it."""
    every = tuple(boards)
    return {number: tuple(b for b in every if b.week.semester == number) for number in (1, 2)}


def approving(boards: Iterable[Board], now: datetime) -> ApproverTally:
    """Every approver's turns together, of nobody in particular."""
    turns = [(wait, line.lesson) for board in boards for line in board.lines for wait in line.waits]
    return _approver("", turns, now)


def approvers(boards: Iterable[Board], now: datetime) -> tuple[ApproverTally, ...]:
    """Every approver with a turn, by person id."""
    turns: dict[str, list[tuple[Wait, datetime]]] = {}
    for board in boards:
        for line in board.lines:
            for wait in line.waits:
                turns.setdefault(wait.person_id, []).append((wait, line.lesson))
    return tuple(_approver(who, turns[who], now) for who in sorted(turns))


def _approver(person_id: str, turns: Sequence[tuple[Wait, datetime]], now: datetime) -> ApproverTally:
    decided = [wait for wait, _ in turns if wait.ended]
    judged = [(wait, lesson) for wait, lesson in turns if is_judged(wait, lesson, now)]
    rejected = [wait for wait in decided if _is_rejection(wait)]
    return ApproverTally(
        person_id=person_id,
        decided=len(decided),
        waiting=len(turns) - len(decided),
        median_minutes=_median([wait.minutes(now) for wait in decided]),
        judged=len(judged),
        before_lesson=sum(wait.ended is not None and wait.ended <= lesson for wait, lesson in judged),
        rejected=len(rejected),
        reasoned=sum(bool(wait.reason) for wait in rejected),
    )


def is_judged(wait: Wait, lesson: datetime, now: datetime) -> bool:
    """Whether the lesson is a limit of this turn: it began before, and has ended or run past it."""
    return wait.since < lesson and (wait.ended is not None or now >= lesson)


def _is_rejection(wait: Wait) -> bool:
    return wait.decision is StepState.REJECTED


def _median(values: Sequence[int]) -> int | None:
    return round(median(values)) if values else None
