"""What may be asked of a school: its long-lived parts, every lookup, the time and the rules in force."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, Protocol, cast

from hoso_bot.domain.calendar import VN, Week, find
from hoso_bot.domain.policy import Policy
from hoso_bot.domain.reach import OFFICIAL_ACCOUNT
from hoso_bot.domain.roster import Person, Role
from hoso_bot.domain.rules import Rules, RuleVersion, changes_of, in_force
from hoso_bot.ports import Clock, FileStore, Inspector, Signer
from hoso_bot.store import audit
from hoso_bot.store.announcements import Announcements
from hoso_bot.store.archive import Archive
from hoso_bot.store.archive_checks import ArchiveChecks
from hoso_bot.store.boards import Boards
from hoso_bot.store.db import Database, moment
from hoso_bot.store.duties import Duties
from hoso_bot.store.evaluations import Evaluations
from hoso_bot.store.holdings import Holdings
from hoso_bot.store.invites import Invites
from hoso_bot.store.known_browsers import KnownBrowsers
from hoso_bot.store.leave_requests import LeaveRequests
from hoso_bot.store.links import Links
from hoso_bot.store.obligations import Obligations
from hoso_bot.store.outages import Outages
from hoso_bot.store.outbox import Outbox
from hoso_bot.store.own_records import OwnRecords
from hoso_bot.store.page_uploads import PageUploads
from hoso_bot.store.people import People
from hoso_bot.store.pins import Pins
from hoso_bot.store.plans import Plans
from hoso_bot.store.prompts import Prompts
from hoso_bot.store.references import is_needed
from hoso_bot.store.reminders import Reminders
from hoso_bot.store.retention import Retention
from hoso_bot.store.returns import Returns
from hoso_bot.store.revocations import Revocations
from hoso_bot.store.rulebook import Rulebook
from hoso_bot.store.school import School
from hoso_bot.store.short_codes import ShortCodes
from hoso_bot.store.shown_messages import ShownMessages
from hoso_bot.store.spending import Spending
from hoso_bot.store.step_cards import StepCards
from hoso_bot.store.stories import Stories
from hoso_bot.store.tickets import Tickets
from hoso_bot.store.tours import Tours
from hoso_bot.store.typed_answers import TypedAnswers
from hoso_bot.store.violations import Violations
from hoso_bot.store.web_sessions import WebSessions


class Words(Protocol):
    """Renders a text key; needed where words leave by another way than a message (the stamp)."""

    def __call__(self, key: str, /, **facts: Any) -> str: ...


@dataclass(frozen=True)
class Desk:
    """The long-lived parts behind every unit of work of one school."""

    db: Database
    clock: Clock
    files: FileStore
    inspector: Inspector
    signer: Signer
    words: Words
    policy: Policy = field(default_factory=Policy)


class _Aside:
    """A part whose work may take long: meanwhile no look at the database is held."""

    def __init__(self, part: Any, let_go: Callable[[], None]) -> None:
        self._part, self._let_go = part, let_go

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)

        def work(*given: Any, **named: Any) -> Any:
            self._let_go()
            return found(*given, **named)

        return work


class Lookups:
    """Everything that can be looked up about one school, and nothing that changes it."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.policy, self.words = desk, desk.policy, desk.words
        self.files = desk.files
        self.inspector: Inspector = cast(Inspector, _Aside(desk.inspector, desk.db.let_go))
        self.signer: Signer = cast(Signer, _Aside(desk.signer, desk.db.let_go))
        self.people = People(desk.db)
        self.invites = Invites(desk.db)
        self.prompts = Prompts(desk.db)
        self.plans = Plans(desk.db)
        self.school = School(desk.db)
        self.duties = Duties(desk.db)
        self.stories = Stories(desk.db)
        self.step_cards = StepCards(desk.db)
        self.tickets = Tickets(desk.db)
        self.tours = Tours(desk.db)
        self.obligations = Obligations(desk.db)
        self.boards = Boards(desk.db)
        self.evaluations = Evaluations(desk.db)
        self.outages = Outages(desk.db)
        self.holdings = Holdings(desk.db)
        self.own_records = OwnRecords(desk.db)
        self.retention = Retention(desk.db)
        self.revocations = Revocations(desk.db)
        self.rulebook = Rulebook(desk.db)
        self.pins = Pins(desk.db)
        self.links = Links(desk.db)
        self.known_browsers = KnownBrowsers(desk.db)
        self.page_uploads = PageUploads(desk.db)
        self.web_sessions = WebSessions(desk.db)
        self.typed_answers = TypedAnswers(desk.db)
        self.reminders = Reminders(desk.db)
        self.spending = Spending(desk.db, OFFICIAL_ACCOUNT)
        self.leave_requests = LeaveRequests(desk.db)
        self.announcements = Announcements(desk.db)
        self.returns = Returns(desk.db)
        self.violations = Violations(desk.db)
        self.archive = Archive(desk.db, desk.files)
        self.archive_checks = ArchiveChecks(desk.db)
        self.shown_messages = ShownMessages(desk.db)
        self.outbox = Outbox(desk.db, desk.clock)

    def now(self) -> datetime:
        """The current moment, UTC."""
        return self.desk.clock.now()

    def today(self) -> date:
        """The date in Vietnam."""
        return self.now().astimezone(VN).date()

    def week(self, year: str, number: int) -> Week:
        """One week of the table. Raises LookupError when it was removed since."""
        week = find(self.school.weeks(year), number)
        if week is None:
            raise LookupError(f"no week {number} in {year}")
        return week

    def rules(self, week: Week) -> Rules:
        """The rules in force at this week (R2); without any version those of hoso.toml."""
        versions, first_year = self._rules_on_record
        return in_force(versions, week, Rules(self.policy.effective_week, self.policy.open_weeks), first_year)

    @cached_property
    def _rules_on_record(self) -> tuple[Sequence[RuleVersion], str]:
        """(every version of the rules, the year the bot was introduced in), read once."""
        return self.rulebook.versions(), self.school.row().first_year

    def book(self, register: str) -> str:
        """What people call a register; '' for lesson plans, which have a short name of their own."""
        return self.rulebook.book(register)

    def rule_changes(self, version: RuleVersion) -> list[dict[str, Any]]:
        """What a version of the rules changed: `{"key", "was", "now"}` a rule."""
        default = Rules(self.policy.effective_week, self.policy.open_weeks)
        return changes_of(version, self.rulebook.versions(), default, self.school.row().first_year)

    def office(self) -> Person | None:
        """Who administers the records (R24): gets notices about accounts and trouble.

        Somebody who took the consent back hears nothing: then the next leader.
        """
        leaders = self.people.leaders(self.policy.records_admin)
        staff = [person for person in leaders if not person.withdrawn] or leaders
        for person in staff:
            if person.staff_id == self.policy.records_admin:
                return person
        for role in (Role.VICE_PRINCIPAL, Role.PRINCIPAL):
            for person in staff:
                if person.role == role:
                    return person
        return None

    def is_office(self, person: Person) -> bool:
        """Whether this person administers the records."""
        office = self.office()
        return office is not None and office.id == person.id

    def subjects_since(self, action: str, since: datetime) -> set[str]:
        """What the log's entries of this kind are about, written since then."""
        with self.desk.db.read() as connection:
            return audit.subjects_since(connection, self.desk.db.school_id, action, moment(since))

    def recorded(self, action: str, subject: str, since: datetime) -> list[dict[str, Any]]:
        """The facts of the log's entries of this kind about `subject`, written since then, oldest first."""
        with self.desk.db.read() as connection:
            return audit.facts_since(connection, self.desk.db.school_id, action, subject, moment(since))

    def short_codes(self, world: str) -> ShortCodes:
        """The short invitation codes of one chat world (`Address.world`)."""
        return ShortCodes(self.desk.db, world)

    def needs_file(self, sha256: str) -> bool:
        """Whether anything refers to this stored file, by what is committed at this moment."""
        self.desk.db.let_go()
        return is_needed(self.desk.db, sha256)
