"""What a pedagogical council looks at: groups, weeks, why plans came back, how long they waited (R52). Pure.

Nobody is named: reasons are counted by the ready-made one they begin with, waiting is everybody's together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hoso_bot.domain.approval import StepState
from hoso_bot.domain.board import Board
from hoso_bot.domain.roster import group_key
from hoso_bot.domain.roster_cells import folded
from hoso_bot.domain.tally import ApproverTally, Tally, approving, tally

OTHER = "other"
MOST_REASONS = 5


@dataclass(frozen=True)
class Point:
    """One week of the trend; a rate of nothing is None."""

    week: int
    on_time: float | None
    ready: float | None


@dataclass(frozen=True)
class Overview:
    """A span added up. groups: by name, '' for people without one. reasons: the most frequent ones, by key.

    returned: how many rejections there were; approving: every approver's turns together.
    """

    total: Tally
    groups: tuple[tuple[str, Tally], ...]
    trend: tuple[Point, ...]
    reasons: tuple[tuple[str, int], ...]
    returned: int
    approving: ApproverTally


def overview(boards: Sequence[Board], ready_made: Mapping[str, str], now: datetime) -> Overview:
    """The boards of a span, added up. ready_made: the quick reasons' words by key."""
    counted = [board for board in boards if not board.backfill]
    said = [
        wait.reason
        for board in counted
        for line in board.lines
        for wait in line.waits
        if wait.decision is StepState.REJECTED
    ]
    return Overview(
        total=tally(counted),
        groups=_groups(counted),
        trend=tuple(_point(board) for board in counted if board.is_over and board.owed),
        reasons=top_reasons(said, ready_made),
        returned=len(said),
        approving=approving(counted, now),
    )


def top_reasons(said: Sequence[str], ready_made: Mapping[str, str]) -> tuple[tuple[str, int], ...]:
    """The most frequent reasons by key, most frequent first; what begins with none of them is `other`, last.

    A reason of several lines counts once for each ready-made one that a line begins with.
    """
    begins = {key: folded(text) for key, text in ready_made.items()}
    counts = Counter(key for reason in said for key in _kinds(reason, begins))
    known = [(key, counts[key]) for key in begins if counts[key]]
    ordered = sorted(known, key=lambda pair: -pair[1])[:MOST_REASONS]
    return (*ordered, (OTHER, counts[OTHER])) if counts[OTHER] else tuple(ordered)


def _kinds(reason: str, begins: Mapping[str, str]) -> set[str]:
    lines = [folded(line) for line in reason.split("\n")]
    found = {key for key, text in begins.items() if any(line.startswith(text) for line in lines)}
    return found or {OTHER}


def _groups(boards: Sequence[Board]) -> tuple[tuple[str, Tally], ...]:
    named: dict[str, str] = {}
    parts: dict[str, list[Board]] = {}
    for board in boards:
        for group in board.groups():
            named.setdefault(group_key(group.group), group.group)
            parts.setdefault(group_key(group.group), []).append(group)
    ordered = sorted(parts, key=lambda key: (not key, key))
    return tuple((named[key], tally(parts[key])) for key in ordered)


def _point(board: Board) -> Point:
    counts = tally([board])
    return Point(board.week.number, counts.on_time_rate, counts.ready_rate)
