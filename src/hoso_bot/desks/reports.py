"""Reports and bundles of one school for the command line: what the board gets in chat, as files."""

from __future__ import annotations

from pathlib import Path

from hoso_bot import texts
from hoso_bot.clock import SystemClock
from hoso_bot.domain.bundle import Scope
from hoso_bot.domain.calendar import school_year
from hoso_bot.domain.roster import Person, group_key
from hoso_bot.domain.spans import Span
from hoso_bot.filing import file_store
from hoso_bot.ports import Clock
from hoso_bot.reports.bundle import Bundle, write_bundles
from hoso_bot.reports.council import Council
from hoso_bot.reports.council import write as write_council
from hoso_bot.reports.workbook import Report, write_week, write_year
from hoso_bot.school_year import OFFICE, NotThere, SchoolYear
from hoso_bot.settings import Settings
from hoso_bot.store.audit import Entry
from hoso_bot.store.boards import Boards


class ReportDesk:
    """The school's figures and files, read by the office; every export is in the log. Close it when done."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._desk = SchoolYear(settings, self._clock)
        self._boards = Boards(self._desk.db)
        self._files = file_store(settings, self._desk.db)

    def close(self) -> None:
        """Let the database go."""
        self._desk.close()

    def week(self, number: int, target: Path) -> int:
        """Write a week's workbook; how many plans are owed. Raises NotThere, OSError."""
        week = self._desk.week(number)
        board = self._boards.of_week(week, self._desk.rules_of, self._clock.now())
        write_week(board, self._report(week.year), target)
        self._log(Entry(OFFICE, "report.exported", f"{week.year}-T{number:02d}", {"kind": "xlsx"}))
        return len(board.owed)

    def year(self, year: str | None, target: Path) -> str:
        """Write a school year's workbook; which year. Raises ValueError for no such year, OSError."""
        year = year or school_year(self._desk.today())
        boards = self._boards.of_weeks(self._desk.weeks(year), self._desk.rules_of, self._clock.now())
        write_year(boards, self._report(year), target)
        self._log(Entry(OFFICE, "report.exported", year, {"kind": "xlsx"}))
        return year

    def council(self, span: Span, kind: str, target: Path) -> int:
        """Write the council's report as `docx` or `pdf`; how many weeks it is about.

        Raises ValueError for no such year, NotThere while no week of it has begun, OSError.
        """
        now = self._clock.now()
        weeks = [week for week in span.of(self._desk.weeks(span.year)) if week.first <= self._desk.today()]
        if not weeks:
            raise NotThere("no week of this period has begun")
        boards = self._boards.of_weeks(weeks, self._desk.rules_of, now)
        school, log = self._desk.school.row().name, self._boards.log_head()
        write_council(Council(school, span, boards, now, texts.render, log), kind, target)
        self._log(Entry(OFFICE, "report.exported", span.code, {"kind": kind}))
        return len(weeks)

    def this_year(self) -> str:
        """The school year of today."""
        return school_year(self._desk.today())

    def bundle(
        self, folder: Path, week: int | None, group: str, staff_id: str, on_portal: bool
    ) -> tuple[list[Bundle], int]:
        """Write the ZIP files of a week, group or teacher; (written, how many plans are not approved).

        on_portal: somebody says that exactly these are on the portal. Raises NotThere, OSError.
        """
        if week is None and not staff_id:
            raise NotThere("which plans? give --week N or --teacher MÃ")
        scope = self._scope(week, group, staff_id)
        found = self._boards.items(scope)
        folder.mkdir(parents=True, exist_ok=True)
        people, teacher = self._people(), self._desk.active(staff_id).staff_id if staff_id else ""
        name = scope.name(teacher)
        made = write_bundles(name, found, people, self._files, texts.render, lambda called: folder / called)
        inside = [version_id for one in made for version_id in one.version_ids]
        if inside:
            self._log(Entry(OFFICE, "bundle.exported", name, {"files": len(made), "plans": len(inside)}))
        if inside and on_portal:
            self._mark(inside)
        return made, sum(item.version is None for item in found)

    def _scope(self, week: int | None, group: str, staff_id: str) -> Scope:
        known = {group_key(person.group): person.group for person in self._desk.people.all()}
        if group and group_key(group) not in known:
            raise NotThere(f"no group {group}; groups are {', '.join(sorted(filter(None, known.values())))}")
        year = self._desk.week(week).year if week is not None else school_year(self._desk.today())
        teacher = self._desk.active(staff_id).id if staff_id else ""
        return Scope(year, week, known.get(group_key(group), "") if group else "", teacher)

    def _mark(self, version_ids: list[str]) -> None:
        now = self._clock.now()
        marks = [self._boards.mark_portal(version_id, OFFICE, now) for version_id in version_ids]
        self._desk.write(marks, Entry(OFFICE, "portal.marked", "portal", {"versions": version_ids}))

    def _log(self, entry: Entry) -> None:
        self._desk.write([], entry)

    def _report(self, year: str) -> Report:
        school, now, head = self._desk.school.row().name, self._clock.now(), self._boards.log_head()
        return Report(school, year, now, self._people(), texts.render, head)

    def _people(self) -> dict[str, Person]:
        return {person.id: person for person in self._desk.people.all()}
