"""The sheet of an evaluation: what its workbook and its PDF both say, and whether it is a draft (R53)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from hoso_bot.domain.evaluation import (
    Adjustment,
    Evaluation,
    EvaluationRefused,
    adjusted,
    is_final,
)
from hoso_bot.domain.figures import Figures, Row, fingerprint
from hoso_bot.domain.rates import percent
from hoso_bot.lookups import Words
from hoso_bot.reports.table import HOURS, SHARE, TEXT, WHOLE, Value, hours
from hoso_bot.store.evaluations import Evaluations

FIGURES = (
    ("owed", 7, WHOLE),
    ("on_time", 7, WHOLE),
    ("on_time_rate", 8, SHARE),
    ("late", 6, WHOLE),
    ("excused", 9, WHOLE),
    ("missing", 7, WHOLE),
    ("ready", 9, WHOLE),
    ("held", 10, WHOLE),
    ("own_part_rate", 12, SHARE),
    ("exempt", 7, WHOLE),
    ("violations", 9, WHOLE),
)
"""What a council looks at."""
DETAILS = (
    ("late_total", 11, HOURS),
    ("late_median", 11, HOURS),
    ("taught", 10, WHOLE),
    ("finished", 11, WHOLE),
    ("first_pass", 11, WHOLE),
    ("first_pass_rate", 11, SHARE),
    ("returns", 9, WHOLE),
    ("mended_median", 11, HOURS),
    ("questions", 10, WHOLE),
)
"""What is behind it, for talking about the work; nothing of it can be weighed against anybody."""
OF_APPROVERS = (
    ("decided", 10, WHOLE),
    ("turn_median", 12, HOURS),
    ("judged", 12, WHOLE),
    ("before_lesson", 12, WHOLE),
    ("before_lesson_rate", 10, SHARE),
    ("rejected", 10, WHOLE),
    ("reasoned", 10, WHOLE),
    ("delegations", 10, WHOLE),
)
_OWN = (
    *("excused", "violations", "delegations", "trained", "questions", "points", "adjustments", "own_word"),
    *("late_total", "finished"),
)
"""Columns that only this sheet has."""


@dataclass(frozen=True)
class Sheet:
    """A frozen evaluation, to be written. adjustments: by person id. waiting: words without an answer."""

    school: str
    evaluation: Evaluation
    rows: tuple[Row, ...]
    adjustments: Mapping[str, Sequence[Adjustment]]
    is_final: bool
    waiting: int
    at: datetime
    words: Words

    @classmethod
    def read(
        cls, school: str, evaluation: Evaluation, evaluations: Evaluations, now: datetime, words: Words
    ) -> Sheet:
        """The sheet as it is now. Raises EvaluationRefused where frozen rows are not what they were."""
        rows, disputes = evaluations.rows(evaluation.id), evaluations.disputes(evaluation.id)
        if fingerprint(rows) != evaluation.fingerprint:
            raise EvaluationRefused("evaluation.damaged", "frozen figures were changed behind the program")
        lines: dict[str, list[Adjustment]] = {}
        for one in evaluations.adjustments(evaluation.id):
            lines.setdefault(one.person_id, []).append(one)
        waiting = sum(not dispute.answer for dispute in disputes)
        return cls(school, evaluation, rows, lines, is_final(evaluation, disputes, now), waiting, now, words)

    @property
    def title(self) -> str:
        """What it is, with its period."""
        return self.words("evaluation.title", **self.evaluation.facts())

    @property
    def lines(self) -> tuple[str, str]:
        """Below the title: when and how it was made, and that it is a draft."""
        facts = {**self.evaluation.facts(), "version": self.evaluation.version, "at": self.at.isoformat()}
        mark = "" if self.is_final else self.words("evaluation.draft", **facts, waiting=self.waiting)
        return self.words("evaluation.made", **facts), mark

    @property
    def mark(self) -> str:
        """The word on every page of a draft; empty on the final one."""
        return "" if self.is_final else self.words("evaluation.draft_mark")

    @property
    def authors(self) -> tuple[Row, ...]:
        """Who owed a plan, or was exempt."""
        return tuple(row for row in self.rows if row.notes)

    @property
    def approvers(self) -> tuple[Row, ...]:
        """Who decided on a plan, or had to."""
        return tuple(row for row in self.rows if row.turns)

    def counted(self, row: Row) -> Figures:
        """The figures of a row with their adjustments."""
        return adjusted(row.figures, self.adjustments.get(row.person_id, ()))

    def points(self, row: Row) -> float | None:
        """By the school's weights; None without any."""
        points = self.evaluation.scheme.points(self.counted(row))
        return None if points is None else float(points)

    def adjustment(self, row: Row) -> str:
        """What was adjusted, old and new, in words; the signed lines have a table of their own."""
        lines = self.adjustments.get(row.person_id, ())
        return "; ".join(map(self.old_to_new, lines))

    def old_to_new(self, one: Adjustment) -> str:
        """Such as `Đúng hạn: 10 → 11`."""
        return self.words("evaluation.old_to_new", name=self.name(one.figure), old=one.old, new=one.new)

    def name(self, figure: str) -> str:
        """A figure's name in a sentence."""
        return self.words(f"evaluation.name.{figure}")

    def heading(self, figure: str) -> str:
        """A figure's name above its column."""
        family = "evaluation" if figure in _OWN else "report"
        return self.words(f"{family}.column.{figure}")

    def file_name(self, kind: str) -> str:
        """Such as `thi-dua-2026-2027-hk1-ban-nhap.xlsx`."""
        term = {"1": "hk1", "2": "hk2"}.get(self.evaluation.term.value, "ca-nam")
        draft = "" if self.is_final else "-ban-nhap"
        return f"thi-dua-{self.evaluation.year}-{term}{draft}.{kind}"


def value_of(figures: Figures, name: str, kind: str) -> Value:
    """A figure as a cell takes it: minutes as hours."""
    value = getattr(figures, name)
    return hours(value) if kind == HOURS else value


def in_words(figures: Figures, name: str, kind: str) -> str:
    """A figure as text: `12`, `92 %`, `3,5`; a dash for a rate or median of nothing."""
    value: Any = value_of(figures, name, kind)
    if value is None:
        return "–"
    if kind == SHARE:
        return f"{percent(value)} %"
    return f"{value:.1f}".replace(".", ",") if kind == HOURS else str(value)


def write(sheet: Sheet, kind: str, target: Path) -> None:
    """Write it as `xlsx` or `pdf`. Raises OSError."""
    if kind == "xlsx":
        from hoso_bot.reports.evaluation_workbook import write_workbook

        write_workbook(sheet, target)
    else:
        from hoso_bot.reports.evaluation_paper import paper_of
        from hoso_bot.reports.paper_pdf import write_pdf

        write_pdf(paper_of(sheet), target)


__all__ = ["FIGURES", "OF_APPROVERS", "TEXT", "Sheet", "in_words", "value_of", "write"]
