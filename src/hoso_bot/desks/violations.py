"""Cases of R41 for the office's command line: a list, and a case's documents; every look is in the log."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from hoso_bot import texts
from hoso_bot.clock import SystemClock
from hoso_bot.domain.expected import same_code
from hoso_bot.domain.roster import Person
from hoso_bot.domain.violation import Case, State
from hoso_bot.filing import file_store
from hoso_bot.ports import Clock
from hoso_bot.reports.violation_paper import Letterhead, write_papers
from hoso_bot.school_year import OFFICE, NotThere, SchoolYear
from hoso_bot.settings import Settings
from hoso_bot.store.audit import Entry
from hoso_bot.store.violations import Violations


@dataclass(frozen=True)
class Listed:
    """A case and whom it is about."""

    case: Case
    person: Person


class CaseOffice:
    """The school's cases, read by the office. Close it when done."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self._settings, self._clock = settings, clock or SystemClock()
        self._desk = SchoolYear(settings, self._clock)
        self._violations = Violations(self._desk.db)
        self._files = file_store(settings, self._desk.db)

    def close(self) -> None:
        """Let the database go."""
        self._desk.close()

    def all(self) -> list[Listed]:
        """Every case, oldest first; the look is in the log."""
        people = {person.id: person for person in self._desk.people.all()}
        found = [Listed(case, people[case.person_id]) for case in self._violations.all()]
        self._desk.write([], Entry(OFFICE, "violation.listed", "cases", {"cases": len(found)}))
        return found

    def one(self, code: str) -> Listed:
        """One case by its code; the look is in the log. Raises NotThere."""
        case = next((c for c in self._violations.all() if same_code(c.code, code)), None)
        if case is None:
            raise NotThere(f"no case {code}; see: hoso-bot violation list")
        self._log("read", case)
        return Listed(case, self._desk.people.get(case.person_id))

    def export(self, case: Case, docx: Path | None, pdf: Path | None) -> None:
        """Write the record as it is kept, before it the invitation. Raises NotThere for a draft, OSError."""
        kept = self._violations.papers(case.id)
        if case.state in (State.RECORDED, State.ANNULLED) and kept:
            for target, sha256 in ((docx, kept.docx_sha256), (pdf, kept.pdf_sha256)):
                if target:
                    shutil.copyfile(self._files.path(sha256), target)
        elif case.state in (State.INVITED, State.EXPLAINED):
            school = self._settings.school
            name, now = self._desk.school.row().name, self._clock.now()
            above = Letterhead(name, school.authority, school.place, now)
            people, lines = self._desk.people.all(), self._violations.lines(case.id)
            write_papers(case, people, lines, above, texts.render, docx, pdf)
        else:
            raise NotThere(f"{case.code} has no document: {case.state}")
        kinds = [kind for kind, target in (("docx", docx), ("pdf", pdf)) if target]
        self._log("exported", case, files=kinds)

    def _log(self, verb: str, case: Case, **facts: object) -> None:
        person = self._desk.people.get(case.person_id).staff_id
        self._desk.write([], Entry(OFFICE, f"violation.{verb}", case.code, {"person": person, **facts}))
