"""A month, a semester or a year, as people ask for it: `/baocao thang 11`, `hk1`, `nam`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from hoso_bot.domain.calendar import Week
from hoso_bot.domain.roster_cells import folded

_MONTH = re.compile(r"(?:thang|t)\s*(\d{1,2})(?:\s*/\s*\d{4})?")
_SEMESTER = re.compile(r"(?:hoc\s*ky|hoc\s*ki|hk)\s*([12]|ii?)")
_YEAR = ("nam", "ca nam", "nam hoc")


@dataclass(frozen=True)
class Span:
    """Weeks of one school year: of a month (1 to 12, by their first teaching day), a semester, or all."""

    year: str
    month: int = 0
    semester: int = 0

    def covers(self, week: Week) -> bool:
        """Whether the week belongs to it."""
        if self.month:
            return week.first.month == self.month
        return self.semester in (0, week.semester)

    def of(self, weeks: Iterable[Week]) -> list[Week]:
        """Those of the weeks that belong to it."""
        return [week for week in weeks if self.covers(week)]

    def facts(self) -> dict[str, Any]:
        """Blanks."""
        return {"year": self.year, "month": self.month, "semester": self.semester}

    @property
    def code(self) -> str:
        """For file names and the log: `2026-2027-thang-11`, `2026-2027-hk1`, `2026-2027`."""
        part = f"-thang-{self.month:02d}" if self.month else f"-hk{self.semester}" if self.semester else ""
        return f"{self.year}{part}"


def read_span(text: str, year: str) -> Span | None:
    """The span in what somebody typed after the command; None when it is none."""
    said = folded(text).strip()
    if found := _MONTH.fullmatch(said):
        month = int(found[1])
        return Span(year, month=month) if 1 <= month <= 12 else None
    if found := _SEMESTER.fullmatch(said):
        return Span(year, semester=2 if found[1] in ("2", "ii") else 1)
    return Span(year) if said in _YEAR else None


def begun(weeks: Sequence[Week], today: date) -> list[Span]:
    """The spans of a year in which a week has begun: months in their order, semesters, the year."""
    so_far = [week for week in weeks if week.first <= today]
    if not so_far:
        return []
    year = so_far[0].year
    months = dict.fromkeys(week.first.month for week in sorted(so_far, key=lambda week: week.first))
    halves = dict.fromkeys(week.semester for week in so_far)
    return [
        *(Span(year, month=month) for month in months),
        *(Span(year, semester=half) for half in sorted(halves)),
        Span(year),
    ]
