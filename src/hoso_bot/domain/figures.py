"""One person's figures of a period, and the plans and turns they are made of (R51, R53). Pure.

Definitions people read are `report.define` and `evaluation.define` in the texts; whoever changes a formula
changes them too, and `tally.VERSION`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from hoso_bot.domain.rates import ApproverRates, AuthorRates


@dataclass(frozen=True)
class Figures(AuthorRates, ApproverRates):
    """One person's figures of a period, counted as `tally.Tally` and `tally.ApproverTally` define them.

    Minutes are whole; a median of nothing is None. excused: late marks that an outage took away. decided …
    reasoned: as an approver. delegations: given as a head. trained: 1 who took the tour. questions: asked
    in support; both only ever speak for somebody. violations: confirmed records, None where none are kept.
    """

    owed: int = 0
    on_time: int = 0
    late: int = 0
    missing: int = 0
    exempt: int = 0
    excused: int = 0
    taught: int = 0
    ready: int = 0
    held: int = 0
    finished: int = 0
    first_pass: int = 0
    returns: int = 0
    late_total: int = 0
    late_median: int | None = None
    mended_median: int | None = None
    decided: int = 0
    turn_median: int | None = None
    judged: int = 0
    before_lesson: int = 0
    rejected: int = 0
    reasoned: int = 0
    delegations: int = 0
    trained: int = 0
    questions: int = 0
    violations: int | None = None

    @property
    def approves(self) -> bool:
        """Whether the person had a turn as an approver."""
        return bool(self.decided or self.judged)


@dataclass(frozen=True)
class Note:
    """One plan behind the figures. owed: its deadline is over and nobody excused it; state: as on the board.

    late, excused: minutes. causes: of the outage that excused it. reason: of an exemption.
    """

    week: int
    part: str
    state: str
    owed: bool
    late: int = 0
    excused: int = 0
    causes: tuple[str, ...] = ()
    taught: bool = False
    ready: bool = False
    held: bool = False
    returns: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Turn:
    """One turn of an approver. minutes: None while it lasts; in_time: decided before the lesson."""

    week: int
    minutes: int | None
    judged: bool
    in_time: bool


@dataclass(frozen=True)
class Row:
    """One person's line of a frozen sheet, with everything it can be explained by."""

    person_id: str
    staff_id: str
    name: str
    group: str
    role: str
    figures: Figures
    notes: tuple[Note, ...] = ()
    turns: tuple[Turn, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain data, read again by `row_of`."""
        return asdict(self)


def row_of(data: Mapping[str, Any]) -> Row:
    """The row written by `Row.as_json`, after a way through JSON too."""
    notes = tuple(Note(**{**note, "causes": tuple(note["causes"])}) for note in data["notes"])
    turns = tuple(Turn(**turn) for turn in data["turns"])
    return Row(**{**data, "figures": Figures(**data["figures"]), "notes": notes, "turns": turns})


def fingerprint(rows: Sequence[Row]) -> str:
    """SHA-256 of all rows: it stands in the log, so a frozen figure cannot be changed unseen."""
    plain = json.dumps([row.as_json() for row in rows], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()


# --- why --------------------------------------------------------------------------------------------

WHY = ("on_time", "own_part", "returns", "exempt", "turns")
"""What can be explained by a tap."""


def behind(row: Row, figure: str) -> list[tuple[str, list[Note]]]:
    """The plans behind a figure of `WHY` (not `turns`), by what they count as; nothing empty."""
    groups = [(key, [note for note in row.notes if test(note)]) for key, test in _BEHIND[figure]]
    return [(key, notes) for key, notes in groups if notes]


def explained(row: Row) -> tuple[str, ...]:
    """The figures of this person that have something behind them."""
    plans = tuple(figure for figure in _BEHIND if behind(row, figure))
    return (*plans, "turns") if row.turns else plans


def _not_in(note: Note) -> bool:
    return note.state in ("missing", "draft")


_BEHIND: dict[str, tuple[tuple[str, Any], ...]] = {
    "on_time": (
        ("on_time", lambda n: n.owed and not _not_in(n) and not n.late and not n.excused),
        ("excused", lambda n: n.owed and not _not_in(n) and not n.late and n.excused),
        ("late", lambda n: n.owed and not _not_in(n) and n.late),
        ("missing", lambda n: n.owed and _not_in(n)),
    ),
    "own_part": (
        ("ready", lambda n: n.taught and n.ready),
        ("held", lambda n: n.taught and n.held),
        ("unready", lambda n: n.taught and not n.ready and not n.held),
    ),
    "returns": (("returned", lambda n: n.returns),),
    "exempt": (("exempt", lambda n: n.state == "exempt"),),
}
