"""From boards to the rows of an evaluation: figures with the plans and turns behind them (R53). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median

from hoso_bot.domain.board import NOT_HANDED_IN, Board, Line, State, Wait
from hoso_bot.domain.figures import Figures, Note, Row, Turn
from hoso_bot.domain.roster import Person
from hoso_bot.domain.tally import approvers, is_held, is_judged, is_ready, of_person, people_on, tally


@dataclass(frozen=True)
class Beside:
    """What is not on a board, by person id: delegations given, who took the tour, questions to support.

    violations: confirmed records, None where the school keeps none.
    """

    delegations: Mapping[str, int] = field(default_factory=dict)
    trained: frozenset[str] = frozenset()
    questions: Mapping[str, int] = field(default_factory=dict)
    violations: Mapping[str, int] | None = None


def measured(
    boards: Sequence[Board], people: Mapping[str, Person], beside: Beside, now: datetime
) -> tuple[Row, ...]:
    """A row for everybody who owed a plan of these weeks or decided on one, by group and staff id.

    people: everybody by id; who is on a board stands as of the latest one (a change of group: the new one).
    """
    counted = [board for board in boards if not board.backfill]
    found = {person.id: person for person in people_on(counted)}
    deciders = {one.person_id for one in approvers(counted, now)} - found.keys()
    found |= {who: people[who] for who in deciders if who in people}
    ordered = sorted(found.values(), key=lambda p: (not p.group, p.group.casefold(), p.staff_id))
    return tuple(_row(person, counted, beside, now) for person in ordered)


def _row(person: Person, boards: Sequence[Board], beside: Beside, now: datetime) -> Row:
    own = of_person(boards, person.id)
    notes = tuple(_note(line, board) for board in own for line in board.lines)
    turns = _turns(person.id, boards, now)
    return Row(
        person.id,
        person.staff_id,
        person.name,
        person.group,
        person.role.value,
        _figures(person.id, own, boards, beside, now),
        notes,
        turns,
    )


def _figures(
    person_id: str, own: Sequence[Board], boards: Sequence[Board], beside: Beside, now: datetime
) -> Figures:
    counts = tally(own)
    turns = next((one for one in approvers(boards, now) if one.person_id == person_id), None)
    as_author = ("owed", "on_time", "late", "missing", "exempt", "taught", "ready", "held")
    more = ("finished", "first_pass", "returns", "late_median", "mended_median")
    as_approver = ("decided", "judged", "before_lesson", "rejected", "reasoned")
    return Figures(
        **{name: getattr(counts, name) for name in (*as_author, *more)},
        **({name: getattr(turns, name) for name in as_approver} if turns else {}),
        excused=sum(bool(line.excused) and not line.late for board in own for line in board.lines),
        late_total=sum(counts.late_minutes),
        turn_median=turns.median_minutes if turns else None,
        delegations=beside.delegations.get(person_id, 0),
        trained=int(person_id in beside.trained),
        questions=beside.questions.get(person_id, 0),
        violations=None if beside.violations is None else beside.violations.get(person_id, 0),
    )


def _note(line: Line, board: Board) -> Note:
    exempt = line.state is State.EXEMPT
    owed = not exempt and board.is_over
    taught = owed and board.at >= line.lesson
    return Note(
        week=line.week.number,
        part=line.part,
        state=line.state.value,
        owed=owed,
        late=line.late if line.state not in NOT_HANDED_IN else 0,
        excused=line.excused,
        causes=tuple(line.causes),
        taught=taught,
        ready=taught and is_ready(line),
        held=taught and is_held(line),
        returns=line.returns,
        reason=line.reason,
    )


def _turns(person_id: str, boards: Sequence[Board], now: datetime) -> tuple[Turn, ...]:
    mine = [
        (line, wait)
        for board in boards
        for line in board.lines
        for wait in line.waits
        if wait.person_id == person_id
    ]
    return tuple(_turn(line, wait, now) for line, wait in mine)


def _turn(line: Line, wait: Wait, now: datetime) -> Turn:
    judged = is_judged(wait, line.lesson, now)
    in_time = judged and wait.ended is not None and wait.ended <= line.lesson
    return Turn(line.week.number, wait.minutes(now) if wait.ended else None, judged, in_time)


@dataclass(frozen=True)
class WeekOfTurns:
    """An approver's turns in the plans of one week. median: minutes of the decided ones."""

    week: int
    decided: int
    median: int | None
    judged: int
    in_time: int


def turns_by_week(turns: Sequence[Turn]) -> tuple[WeekOfTurns, ...]:
    """What is behind an approver's figures, week by week."""
    found: dict[int, list[Turn]] = {}
    for turn in turns:
        found.setdefault(turn.week, []).append(turn)
    return tuple(_week(number, found[number]) for number in sorted(found))


def _week(number: int, turns: Sequence[Turn]) -> WeekOfTurns:
    minutes = [turn.minutes for turn in turns if turn.minutes is not None]
    return WeekOfTurns(
        number,
        len(minutes),
        round(median(minutes)) if minutes else None,
        sum(turn.judged for turn in turns),
        sum(turn.in_time for turn in turns),
    )
