"""Figures for emulation at the command line: frozen and written as the office does it in chat."""

from __future__ import annotations

from pathlib import Path

from hoso_bot import texts
from hoso_bot.domain.calendar import school_year
from hoso_bot.domain.evaluation import Evaluation, Term
from hoso_bot.domain.evaluation_events import EvaluationFrozen
from hoso_bot.ports import Clock
from hoso_bot.reports.evaluation import Sheet, write
from hoso_bot.school_year import OFFICE, NotThere, SchoolYear
from hoso_bot.settings import Settings
from hoso_bot.store.audit import Entry
from hoso_bot.store.evaluations import Evaluations
from hoso_bot.store.freezing import Freezing


class EvaluationDesk:
    """The office's work on one school's evaluations. Close it when done."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._clock, self._scheme = clock, settings.evaluation.scheme
        self._desk = SchoolYear(settings, clock)
        self._evaluations = Evaluations(self._desk.db)

    def close(self) -> None:
        """Let the database go."""
        self._desk.close()

    def freeze(self, term: Term, by: str, year: str = "") -> tuple[Evaluation, int]:
        """Freeze a period; it and how many people are on it. by: name of who decided it.

        Raises EvaluationRefused: too early, nothing to count, frozen already.
        """
        freezing = Freezing(self._desk.db, self._desk.rules_of)
        evaluation, rows = freezing.freeze(
            year or self._this_year(), term, by, self._scheme, self._clock.now()
        )
        facts = {
            "rows": len(rows),
            "fingerprint": evaluation.fingerprint,
            "version": evaluation.version,
            "by": by,
        }
        entry = Entry(OFFICE, "evaluation.frozen", f"{evaluation.year}-{term.value}", facts)
        statements = self._evaluations.freeze(evaluation, rows)
        self._desk.write(statements, entry, EvaluationFrozen(evaluation.id))
        return evaluation, len(rows)

    def sheet(self, term: Term, kind: str, target: Path, year: str = "") -> bool:
        """Write the sheet as `xlsx` or `pdf`; whether it is final.

        Raises NotThere, EvaluationRefused for rows that were changed, OSError.
        """
        of_year = self._evaluations.of_year(year or self._this_year())
        evaluation = next((one for one in of_year if one.term is term), None)
        if evaluation is None:
            raise NotThere("this period is not frozen; see: hoso-bot evaluation freeze")
        school = self._desk.school.row().name
        sheet = Sheet.read(school, evaluation, self._evaluations, self._clock.now(), texts.render)
        write(sheet, kind, target)
        facts = {"kind": kind, "final": sheet.is_final}
        self._desk.write([], Entry(OFFICE, "evaluation.exported", f"{evaluation.year}-{term.value}", facts))
        return sheet.is_final

    def _this_year(self) -> str:
        return school_year(self._desk.today())
