"""What the office decides about a school year at the command line: weeks, exemptions, rules, registers.

Every change is one guarded transaction with its audit entry; what people have to hear goes into the inbox as
an event, so it is said whether the bot runs at the moment or not.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from hoso_bot import texts
from hoso_bot.domain import calendar_edits as edits
from hoso_bot.domain.board import Line
from hoso_bot.domain.calendar import VN, Week, default_weeks, find, school_year
from hoso_bot.domain.errors import HosoError
from hoso_bot.domain.events import InternalEvent, to_json
from hoso_bot.domain.expected import Due, Exemption, same_code
from hoso_bot.domain.reasons import clean
from hoso_bot.domain.registers import Register, RegisterRefused, all_registers, register_code
from hoso_bot.domain.roster import Person
from hoso_bot.domain.rules import Rules, RulesRefused, RuleVersion, changed, difference
from hoso_bot.domain.year_events import OFFICE_LANE, CalendarChanged, RulesChanged, WeekExempted
from hoso_bot.office import Office
from hoso_bot.ports import Clock
from hoso_bot.settings import Settings
from hoso_bot.store.audit import Entry
from hoso_bot.store.boards import Boards
from hoso_bot.store.commit import Changes, commit
from hoso_bot.store.db import moment, new_id
from hoso_bot.store.inbox import INTERNAL, Arrival, Inbox
from hoso_bot.store.obligations import Obligations
from hoso_bot.store.rulebook import Rulebook

OFFICE = "office"


class NotThere(HosoError):
    """There is no such week or person; nothing was changed."""

    exit_code = 1


@dataclass(frozen=True)
class NewYear:
    """What `new-year` did. made: False when everything was prepared before."""

    year: str
    weeks: tuple[Week, ...]
    staff: int
    made: bool


@dataclass(frozen=True)
class WeekReport:
    """A week's plans, the active people without a linked chat (R5), and the unit of submission.

    lines: of each of the dues, with its late mark as outages excuse it.
    """

    week: Week
    dues: tuple[Due, ...]
    lines: tuple[Line, ...]
    unlinked: tuple[Person, ...]
    unit: str


@dataclass(frozen=True)
class Reading:
    """How many of the people with a chat have read a version of the rules (R54)."""

    version: RuleVersion
    read: int
    asked: int


class SchoolYear:
    """The office's work on one school's year. Close it when done."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._office = Office(settings, clock)
        self.db, self.school, self.people = self._office.db, self._office.school, self._office.people
        self.obligations = Obligations(self.db)
        self.boards = Boards(self.db)
        self.rulebook = Rulebook(self.db)

    def close(self) -> None:
        """Let the database go."""
        self._office.close()

    def today(self) -> date:
        """The date in Vietnam."""
        return self._clock.now().astimezone(VN).date()

    def write(self, statements: Sequence[Any], entry: Entry, *events: InternalEvent) -> None:
        """One guarded transaction with its audit entry and the events that tell people. Raises Conflict."""
        inbox, now = Inbox(self.db, self._clock), self._clock.now()
        arrivals = [
            Arrival(INTERNAL, f"office:{secrets.token_hex(8)}", OFFICE_LANE, to_json(e)) for e in events
        ]
        changes = Changes(statements=list(statements), owed=inbox.rows(arrivals), entries=[entry])
        commit(self.db, moment(now), changes)

    # --- weeks -----------------------------------------------------------------------------------

    def weeks(self, year: str) -> tuple[Week, ...]:
        """The table of a year; who has none yet gets the default one. Raises ValueError for no such year."""
        return self._office.weeks(year)

    def skip(self, first: date, last: date) -> tuple[edits.Move, ...]:
        """Take days out (storm, holiday); returns what moved. Raises CalendarRefused."""
        facts = {"days": [first.isoformat(), last.isoformat()], "week": None}
        return self._edit(school_year(first), lambda t: edits.without_days(t, first, last), facts)

    def set_week(self, number: int, days: Sequence[date], label: str | None) -> tuple[edits.Move, ...]:
        """Give a week exactly these days; returns what moved. Raises CalendarRefused."""
        if not days:
            raise edits.CalendarRefused("calendar.no_days", "a week needs at least one day")
        facts = {"days": [day.isoformat() for day in days], "week": number}
        return self._edit(school_year(days[0]), lambda t: edits.set_week(t, number, days, label), facts)

    def _edit(
        self, year: str, edit: Callable[[tuple[Week, ...]], tuple[Week, ...]], facts: dict[str, Any]
    ) -> tuple[edits.Move, ...]:
        before = self.weeks(year)
        after = edit(before)
        moves = edits.moves(before, after)
        if moves:
            told = [move.facts() for move in moves]
            entry = Entry(OFFICE, "calendar.changed", year, {**facts, "moves": told})
            self.write(self.school.change_weeks(before, after), entry, CalendarChanged(year, told, OFFICE))
        return moves

    def new_year(self, year: str | None = None) -> NewYear:
        """Prepare a school year: its week table, the staff carried over. Running it again changes nothing.

        year None: this school year, or the next one once this year's last week is over.
        """
        year = year or self._year_ahead()
        staff = sum(person.active for person in self.people.all())
        if self.school.weeks(year):
            return NewYear(year, self.school.weeks(year), staff, made=False)
        table = default_weeks(year)
        entry = Entry(OFFICE, "year.prepared", year, {"weeks": len(table), "staff": staff})
        self.write(self.school.add_weeks(table), entry)
        return NewYear(year, self.school.weeks(year), staff, made=True)

    def _year_ahead(self) -> str:
        this = school_year(self.today())
        weeks = self.weeks(this)
        if max(week.last for week in weeks) >= self.today():
            return this
        return f"{int(this[:4]) + 1}-{int(this[:4]) + 2}"

    # --- who owes what ---------------------------------------------------------------------------

    def week(self, number: int) -> Week:
        """A week of the current year. Raises NotThere."""
        week = find(self.weeks(school_year(self.today())), number)
        if week is None:
            raise NotThere(f"no week {number} in {school_year(self.today())}; see: hoso-bot calendar show")
        return week

    def default_rules(self) -> Rules:
        """What hoso.toml says, in force until there is a version."""
        return Rules(self._settings.rules.effective_week, self._settings.rules.open_weeks)

    def expected(self, number: int) -> WeekReport:
        """Who owes this week of the current year, and how each stands. Raises NotThere."""
        week = self.week(number)
        rules = self.school.rules(week, self.default_rules())
        linked = self.people.linked()
        unlinked = tuple(p for p in self.people.all() if p.active and p.id not in linked)
        dues = self.obligations.dues(week, rules.effective_week, rules.unit)
        board = self.boards.of_week(week, self.rules_of, self._clock.now())
        return WeekReport(week, dues, board.lines, unlinked, rules.unit)

    def exempt(self, staff_id: str, numbers: Sequence[int], reason: str) -> Person:
        """Free a person of these weeks; they are told. Raises NotThere."""
        person, weeks, words = self.active(staff_id), [self.week(n) for n in numbers], clean(reason)
        if not any(c.isalpha() for c in words):
            raise NotThere("an exemption needs a reason in words: --reason TEXT")
        now, year = self._clock.now(), weeks[0].year
        statements = [
            self.obligations.exempt(Exemption(person.id, year, week.number, words, OFFICE, now))
            for week in weeks
        ]
        facts = {"year": year, "weeks": list(numbers)}
        entry = Entry(OFFICE, "exemption.made", person.staff_id, facts)
        self.write(statements, entry, WeekExempted(person.id, list(numbers), words))
        return person

    def end_exemption(self, staff_id: str, numbers: Sequence[int]) -> Person:
        """Undo; they are told. Raises NotThere, also for a week the person was not exempt from."""
        person, weeks = self.active(staff_id), [self.week(n) for n in numbers]
        year = weeks[0].year
        given = {e.week for e in self.obligations.exemptions(year) if e.person_id == person.id}
        if missing := sorted(set(numbers) - given):
            raise NotThere(f"{person.staff_id} is not exempt from week {', '.join(map(str, missing))}")
        statements = [self.obligations.end_exemption(person.id, year, week.number) for week in weeks]
        entry = Entry(
            OFFICE, "exemption.ended", person.staff_id, {"year": year, "weeks": sorted(set(numbers))}
        )
        self.write(statements, entry, WeekExempted(person.id, list(numbers), "", undone=True))
        return person

    def active(self, staff_id: str) -> Person:
        """Somebody of the staff, however the code was typed. Raises NotThere."""
        for person in self.people.all():
            if person.active and same_code(person.staff_id, staff_id):
                return person
        raise NotThere(f"nobody has the staff id {staff_id}")

    # --- rules -----------------------------------------------------------------------------------

    def set_rules(
        self, assignments: Sequence[str], start: date, note: str
    ) -> tuple[RuleVersion, list[dict[str, Any]]]:
        """A new version from `start` on, announced to everybody; (version, what changes).

        Raises RulesRefused for an unknown word, when nothing changes, or for another unit of submission in
        the past: what was owed then is settled.
        """
        before = self._rules_from(start)
        rules = changed(before, assignments)
        changes = difference(before, rules)
        if not changes:
            raise RulesRefused("these rules are in force already; nothing was changed")
        if before.unit != rules.unit and start < self.today():
            raise RulesRefused(f"unit={rules.unit} can only count from today on, not from {start}")
        version = RuleVersion(new_id(), start, rules, clean(note), OFFICE, self._clock.now())
        facts = {"from": start.isoformat(), "changes": changes}
        entry = Entry(OFFICE, "rules.changed", version.id, facts)
        self.write([self.rulebook.add_version(version)], entry, RulesChanged(version.id, changes))
        return version, changes

    def _rules_from(self, start: date) -> Rules:
        """What holds on the day a new version begins."""
        day = Week(school_year(start), 0, (start,), 1)
        return self.school.rules(day, self.default_rules())

    def rules_of(self, week: Week) -> Rules:
        """The rules in force at a week."""
        return self.school.rules(week, self.default_rules())

    def rules_now(self) -> Rules:
        """What holds today."""
        return self._rules_from(self.today())

    def readings(self) -> list[Reading]:
        """Every version with how many have read it, newest last."""
        linked = self.people.linked()
        asked = {p.id for p in self.people.all() if p.active and p.id in linked}
        return [
            Reading(version, len(self.rulebook.readers(version.id) & asked), len(asked))
            for version in self.rulebook.versions()
        ]

    # --- registers -------------------------------------------------------------------------------

    def registers(self) -> tuple[Register, ...]:
        """Every register, lesson plans first."""
        return all_registers(self.rulebook.registers(), texts.render("registers.khbd"))

    def open_register(self, code: str, name: str, document: str) -> Register:
        """Open a register, with the number of the guidance that allows it (R7). Raises RegisterRefused."""
        if not name.strip() or not document.strip():
            raise RegisterRefused("a register needs a name and the number of the document that opens it")
        register = Register(
            register_code(code), name.strip(), True, document.strip(), OFFICE, moment(self._clock.now())
        )
        entry = Entry(OFFICE, "register.opened", register.code, asdict(register))
        self.write(self.rulebook.open_register(register), entry)
        return register

    def close_register(self, code: str) -> str:
        """Close it; what was handed in stays. Returns the code. Raises RegisterRefused."""
        code = register_code(code)
        if code not in [register.code for register in self.rulebook.registers() if register.open]:
            raise RegisterRefused(f"{code} is not open; see: hoso-bot register list")
        self.write([self.rulebook.close_register(code)], Entry(OFFICE, "register.closed", code))
        return code
