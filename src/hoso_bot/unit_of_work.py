"""What a handler may touch: lookups, say(), emit(), record(), one commit.

A handler reads and computes with no transaction open and only *collects* what shall change. `commit`
then runs the guarded statements, the messages, the owed events, the audit entries and "event done" in
one short transaction; a guard that finds another state raises Conflict and nothing has happened.
"""

from __future__ import annotations

import dataclasses
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, Protocol

from hoso_bot.domain.calendar import VN, Week, default_weeks, find, school_year
from hoso_bot.domain.events import Address, ChatEvent, InternalEvent, to_json
from hoso_bot.domain.lookup_code import spelled
from hoso_bot.domain.messages import ERASED, NOTHING_NEW, Attachment, Button, Message
from hoso_bot.domain.quiet import Quiet
from hoso_bot.domain.reminder_times import Schedule
from hoso_bot.domain.retention import Retention as RetentionTimes
from hoso_bot.domain.roster import Person, Role
from hoso_bot.domain.rules import Rules, RuleVersion, changes_of, in_force
from hoso_bot.domain.scheme import Scheme
from hoso_bot.domain.signing import Algorithm
from hoso_bot.domain.submission import Plan, Upload
from hoso_bot.domain.units import Piece
from hoso_bot.ports import Clock, FileStore, Inspector, Signer
from hoso_bot.store import audit
from hoso_bot.store.announcements import Announcements
from hoso_bot.store.archive import Archive
from hoso_bot.store.archive_checks import ArchiveChecks
from hoso_bot.store.audit import Entry
from hoso_bot.store.boards import Boards
from hoso_bot.store.commit import Changes, Unguarded, commit
from hoso_bot.store.db import Database, moment
from hoso_bot.store.duties import Duties
from hoso_bot.store.evaluations import Evaluations
from hoso_bot.store.holdings import Holdings
from hoso_bot.store.inbox import INTERNAL, Arrival, Inbox
from hoso_bot.store.leave_requests import LeaveRequests
from hoso_bot.store.links import Links
from hoso_bot.store.obligations import Obligations
from hoso_bot.store.outages import Outages
from hoso_bot.store.outbox import Outbox
from hoso_bot.store.own_records import OwnRecords
from hoso_bot.store.people import Account, People
from hoso_bot.store.pins import Pins
from hoso_bot.store.plans import Plans
from hoso_bot.store.references import is_needed
from hoso_bot.store.reminders import Reminders
from hoso_bot.store.retention import Retention
from hoso_bot.store.returns import Returns
from hoso_bot.store.revocations import Revocations
from hoso_bot.store.rulebook import Rulebook
from hoso_bot.store.school import School
from hoso_bot.store.short_codes import ShortCodes
from hoso_bot.store.step_cards import StepCards
from hoso_bot.store.tickets import Tickets
from hoso_bot.store.tours import Tours
from hoso_bot.store.typed_answers import TypedAnswers
from hoso_bot.store.violations import Violations
from hoso_bot.store.web_sessions import WebSessions

UNREACHABLE_NOTICE_EVERY = timedelta(hours=12)
ONE_LOOK = timedelta(minutes=15)
"""So long looking again at the same thing is one look: a viewer asks for a file in pieces."""
UNREACHABLE = ("message.unreachable", "account.unreachable", "account.silent")


class Words(Protocol):
    """Renders a text key; needed where words leave by another way than a message (the stamp)."""

    def __call__(self, key: str, /, **facts: Any) -> str: ...


@dataclass(frozen=True)
class Policy:
    """The school's own choices that handlers need.

    records_admin: staff id of the vice-principal of R24 (None: derived). support: staff id of who answers in
    the bot (None: the records admin); support_name, _phone, _zalo: what is shown instead (R47).
    confirm_hours: how long a received file keeps its arrival time. open_weeks: R12.
    max_link_tries per hour and chat. effective_after_first: the first signature is enough to teach by (Q6).
    custody: `server` or `pin`; window_minutes: how long one PIN is good for; algorithm: of new keys.
    public_url: where the world reaches the web pages, without a slash at its end; empty when it does not.
    timestamps: an authority is set. scheme: the school's own weights of figures. authority, place: of the
    letterhead, who is above the school and where it is.
    """

    records_admin: str | None = None
    support: str | None = None
    support_name: str = ""
    support_phone: str = ""
    support_zalo: str = ""
    effective_week: int = 1
    open_weeks: int = 2
    effective_after_first: bool = False
    max_link_tries: int = 5
    question_minutes: int = 30
    custody: str = "server"
    window_minutes: int = 10
    algorithm: Algorithm = "p256"
    public_url: str = ""
    timestamps: bool = False
    scheme: Scheme = field(default_factory=Scheme)
    authority: str = ""
    place: str = ""
    schedule: Schedule = field(default_factory=Schedule)
    quiet: Quiet = field(default_factory=Quiet)
    retention: RetentionTimes = field(default_factory=RetentionTimes)

    def lookup_link(self, lookup_code: str) -> str:
        """The page about a version's signatures; empty when nobody could open it."""
        return f"{self.public_url}/v/{spelled(lookup_code)}" if self.public_url and lookup_code else ""


@dataclass(frozen=True)
class Desk:
    """The long-lived parts behind every unit of work of one school."""

    school_id: str
    db: Database
    clock: Clock
    files: FileStore
    inspector: Inspector
    signer: Signer
    words: Words
    policy: Policy = field(default_factory=Policy)


class UnitOfWork:
    """One event's worth of work. `person` is who caused it, `origin` the chat it came from.

    spent_card: key of the message whose one-time button was pressed; its buttons go when the work is done.
    dealt, digests: how many cards it deals to whom, and for whom it plans a digest, by person id.
    """

    def __init__(
        self,
        desk: Desk,
        event_key: str,
        origin: Address | None = None,
        person: Person | None = None,
        inbox_row: int | None = None,
    ) -> None:
        self.desk, self.policy, self.words = desk, desk.policy, desk.words
        self.files, self.inspector, self.signer = desk.files, desk.inspector, desk.signer
        self.origin, self.person = origin, person
        self.people = People(desk.db, desk.school_id)
        self.plans = Plans(desk.db, desk.school_id)
        self.school = School(desk.db, desk.school_id)
        self.duties = Duties(desk.db, desk.school_id)
        self.step_cards = StepCards(desk.db, desk.school_id)
        self.tickets = Tickets(desk.db, desk.school_id)
        self.tours = Tours(desk.db, desk.school_id)
        self.obligations = Obligations(desk.db, desk.school_id)
        self.boards = Boards(desk.db, desk.school_id)
        self.evaluations = Evaluations(desk.db, desk.school_id)
        self.outages = Outages(desk.db, desk.school_id)
        self.holdings = Holdings(desk.db, desk.school_id)
        self.own_records = OwnRecords(desk.db, desk.school_id)
        self.retention = Retention(desk.db, desk.school_id)
        self.revocations = Revocations(desk.db, desk.school_id)
        self.rulebook = Rulebook(desk.db, desk.school_id)
        self.pins = Pins(desk.db, desk.school_id)
        self.links = Links(desk.db, desk.school_id)
        self.web_sessions = WebSessions(desk.db, desk.school_id)
        self.typed_answers = TypedAnswers(desk.db, desk.school_id)
        self.reminders = Reminders(desk.db, desk.school_id)
        self.leave_requests = LeaveRequests(desk.db, desk.school_id)
        self.announcements = Announcements(desk.db, desk.school_id)
        self.returns = Returns(desk.db, desk.school_id)
        self.violations = Violations(desk.db, desk.school_id)
        self.archive = Archive(desk.db, desk.school_id, desk.files)
        self.archive_checks = ArchiveChecks(desk.db, desk.school_id)
        self.outbox = Outbox(desk.db, desk.school_id, desk.clock)
        self._inbox = Inbox(desk.db, desk.school_id, desk.clock)
        self._event_key, self._inbox_row = event_key, inbox_row
        self._changes = Changes()
        self._closed: set[str] = set()
        self._new_tables: dict[str, tuple[Week, ...]] = {}
        self.spent_card: str | None = None
        self.dealt, self.digests = Counter[str](), set[str]()

    # --- time and calendar ---------------------------------------------------------------------

    def now(self) -> datetime:
        """The current moment, UTC."""
        return self.desk.clock.now()

    def today(self) -> date:
        """The date in Vietnam."""
        return self.now().astimezone(VN).date()

    def weeks(self) -> tuple[Week, ...]:
        """The week table of the current school year."""
        return self.week_table(school_year(self.today()))

    def week_table(self, year: str) -> tuple[Week, ...]:
        """The week table of a school year; a year without one gets the default table with this commit."""
        if table := self.school.weeks(year) or self._new_tables.get(year, ()):
            return table
        self._new_tables[year] = table = default_weeks(year)
        self.change(*self.school.add_weeks(table))
        self._changes.entries.append(Entry("hoso-bot", "calendar.made", year, {"weeks": len(table)}))
        return table

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

    # --- people --------------------------------------------------------------------------------

    def act_for(self, person: Person, origin: Address) -> None:
        """From here on this is the work of a person who came by a web page of their own."""
        self.person, self.origin = person, origin

    @property
    def actor(self) -> Person:
        """Who caused this event; routes for linked people guarantee there is one."""
        if self.person is None:
            raise LookupError("this event has no person")
        return self.person

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

    def short_codes(self, channel: str) -> ShortCodes:
        """The short invitation codes of one channel."""
        return ShortCodes(self.desk.db, self.desk.school_id, channel)

    def needs_file(self, sha256: str) -> bool:
        """Whether anything refers to this stored file."""
        return is_needed(self.desk.db, sha256)

    # --- collecting ----------------------------------------------------------------------------

    def change(self, *statements: Any) -> None:
        """Facts to write; a guarded statement (update) that matches no row undoes everything."""
        self._changes.statements += statements

    def record(self, action: str, subject: str, **facts: Any) -> None:
        """An entry of the audit log, written with the facts it is about."""
        actor = self.person.staff_id if self.person else "hoso-bot"
        self._changes.entries.append(Entry(actor, action, subject, facts))

    def record_look(self, action: str, subject: str, **facts: Any) -> None:
        """The same, once a look: what this person looked at just before is not written again."""
        entry = Entry(self.actor.staff_id, action, subject, facts)
        with self.desk.db.read() as connection:
            again = audit.is_written_since(
                connection, self.desk.school_id, entry, moment(self.now() - ONE_LOOK)
            )
        if not again:
            self._changes.entries.append(entry)

    def was_recorded(self, actions: tuple[str, ...], subject: str, since: datetime) -> bool:
        """Whether the log has an entry of one of these kinds about `subject` since then, or is about to."""
        with self.desk.db.read() as connection:
            found = audit.recorded_since(connection, self.desk.school_id, actions, subject, moment(since))
        return found or any(e.action in actions and e.subject == subject for e in self._changes.entries)

    def emit(self, event: InternalEvent, lane: str, due: datetime | None = None) -> None:
        """Owed work, as an inbox row of its own; what is `due` later needs a lane of its own too."""
        external = f"{self._event_key}:{len(self._changes.owed)}"
        self._changes.owed += self._inbox.rows([Arrival(INTERNAL, external, lane, to_json(event), due)])

    def heard(self, event: ChatEvent) -> None:
        """The person wrote here: what is said to them goes here from now on."""
        if self.person and event.origin == self.origin:
            at = event.sent_at if event.sent_at.timestamp() else self.now()  # a tap may carry no time
            self.change(Unguarded(self.people.heard(event.origin, min(at, self.now()))))

    def reply(self, message: Message, edits: str | None = None) -> str:
        """Answer in the chat the event came from; returns the message's key."""
        if self.origin is None:
            raise LookupError("this event came from no chat")
        return self._queue(message, self.origin, self.person, edits)

    def say(self, person: Person, message: Message, edits: str | None = None) -> str | None:
        """Tell a person wherever they are; None (and a line to the office) when no chat is linked."""
        if self.person and person.id == self.person.id and self.origin:
            return self.reply(message, edits)
        for account in self.people.accounts(person.id):
            if account.reachable:
                return self._queue(message, account.address, person, edits)
        self.unreachable(person, "message.unreachable", text=message.text)
        return None

    def unreachable(self, person: Person, action: str, **facts: Any) -> None:
        """Somebody's chat takes no messages: for the log each time, for the office once in twelve hours.

        action: one of UNREACHABLE, what showed it.
        """
        told = self.was_recorded(UNREACHABLE, person.staff_id, self.now() - UNREACHABLE_NOTICE_EVERY)
        self.record(action, person.staff_id, **facts)
        if not told:
            text = "office.silent" if action == "account.silent" else "office.unreachable"
            self.tell_office(Message(text, {"name": person.name, "group": person.group}), person)

    def tell_office(self, message: Message, about: Person) -> None:
        """Tell who administers the records, unless it is about that very person."""
        office = self.office()
        if office and office.id != about.id:
            self.say(office, message)

    def tell(self, account: Account, message: Message) -> str:
        """Tell whose chat this is; for those who tell many and looked all chats up at once."""
        return self._queue(message, account.address, account.person_id, None)

    def say_at(self, address: Address, message: Message, edits: str | None = None) -> str:
        """Tell a chat nobody is linked to (yet, or any more)."""
        return self._queue(message, address, None, edits)

    def close_card(self, key: str | None, message: Message | None = None) -> None:
        """Spend every button of an earlier message and take them off it; `message` changes its words too."""
        if key is None or key in self._closed:
            return
        self._closed.add(key)
        self.change(Unguarded(self.people.close_buttons(key, self.now())))
        if earlier := self.outbox.find(key):
            person = self.people.get(earlier.person_id) if earlier.person_id else None
            same_words = Message(earlier.message["text"], earlier.message["facts"])
            self._queue(message or same_words, earlier.address, person, key)
            if message is None or earlier.address == self.origin:
                self._changes.messages[-1]["message"][NOTHING_NEW] = True

    def erase(self, ref: str) -> None:
        """Take a person's own message off the chat the event came from, where the channel can."""
        if self.origin:
            self._queue(Message(ERASED, {"ref": ref}), self.origin, self.person, None)

    def _queue(self, message: Message, to: Address, person: Person | str | None, edits: str | None) -> str:
        key = f"{self._event_key}:{len(self._changes.messages)}"
        owner = person.id if isinstance(person, Person) else person
        packed = {
            "text": message.text,
            "facts": message.facts,
            "buttons": [[self._button(b, to, owner, key) for b in row] for row in message.buttons],
            "attachment": dataclasses.asdict(message.attachment) if message.attachment else None,
            "picture": dataclasses.asdict(message.picture) if message.picture else None,
            **({"fleeting": True} if message.fleeting else {}),
            **({"silent": True} if message.silent else {}),
        }
        self._changes.messages.append(self.outbox.row(key, owner, to, packed, edits))
        return key

    def _button(self, button: Button, to: Address, owner: str | None, key: str) -> dict[str, Any]:
        token = secrets.token_urlsafe(16)
        row = self.people.button_row(token, button.causes, to, owner, key, self.now())
        self._changes.buttons.append(row)
        return {"label": button.label, "facts": button.facts, "token": token}

    # --- ending --------------------------------------------------------------------------------

    def commit(self) -> None:
        """One transaction for all of it. Raises Conflict when a guard found another state."""
        if self._inbox_row is not None:
            self._changes.statements.append(self._inbox.finish(self._inbox_row))
        commit(self.desk.db, self.desk.school_id, moment(self.now()), self._changes)


def attachment(uow: UnitOfWork, sha256: str, name: str) -> Attachment:
    """A stored file as something to send."""
    return Attachment(sha256, name, uow.files.path(sha256).stat().st_size)


def picture_of(uow: UnitOfWork, upload: Upload) -> Attachment | None:
    """Page 1 of an upload as something to show; None when it could not be drawn."""
    return attachment(uow, upload.picture, "trang-1.jpg") if upload.picture else None


def plan_facts(uow: UnitOfWork, plan: Plan) -> dict[str, Any]:
    """The blanks that name a plan: week, code, and `piece_facts`."""
    return {"week": plan.week, "code": plan.code, **piece_facts(uow, plan.register, plan.piece)}


def named_facts(plan: Plan, book: str, cover: str) -> dict[str, Any]:
    """The same blanks where register and absent teacher were looked up for many plans at once."""
    return {"week": plan.week, "code": plan.code, "part_name": plan.part, "cover": cover, "book": book}


def piece_facts(uow: UnitOfWork, register: str, piece: Piece) -> dict[str, Any]:
    """Blanks: the part, for which absent teacher (`cover`), and the register unless it is lesson plans."""
    cover = uow.people.get(piece.instead_of).name if piece.instead_of else ""
    return {"part_name": piece.part, "cover": cover, "book": uow.book(register)}


def expiry(uow: UnitOfWork) -> datetime:
    """Until when an asked question waits for its answer."""
    return uow.now() + timedelta(minutes=uow.policy.question_minutes)


__all__ = [
    "Desk",
    "Policy",
    "Unguarded",
    "UnitOfWork",
    "Words",
    "attachment",
    "expiry",
    "named_facts",
    "picture_of",
    "piece_facts",
    "plan_facts",
]
