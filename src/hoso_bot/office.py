"""What the school's office does at the command line: keep the staff list, invite people, note who is away."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from hoso_bot.domain.calendar import VN, Week, default_weeks, school_year
from hoso_bot.domain.chain_events import AbsenceKept, DutyChanged
from hoso_bot.domain.delegation import Absence
from hoso_bot.domain.errors import RosterError, SettingsError
from hoso_bot.domain.events import InternalEvent, to_json
from hoso_bot.domain.expected import first_owed, last_begun
from hoso_bot.domain.periods import checked
from hoso_bot.domain.roster import Person, RosterRow
from hoso_bot.keys_elsewhere import KeysElsewhere
from hoso_bot.ports import Clock
from hoso_bot.settings import Settings
from hoso_bot.signers import Signers
from hoso_bot.store import audit
from hoso_bot.store.audit import Entry
from hoso_bot.store.channel_tokens import ChannelTokens
from hoso_bot.store.commit import Changes, commit
from hoso_bot.store.db import Database, moment, new_id
from hoso_bot.store.duties import Duties
from hoso_bot.store.inbox import INTERNAL, Arrival, Inbox
from hoso_bot.store.invites import Invites
from hoso_bot.store.obligations import Obligations
from hoso_bot.store.people import People
from hoso_bot.store.school import School
from hoso_bot.store.short_codes import ShortCodes
from hoso_bot.store.tours import Tours

INVITE_DAYS = 14
SHORT_CODE_HOURS = 48
ZALO, ZALO_OA, ZALO_BOT = "zalo", "zalo_oa", "zalo_bot"


@dataclass(frozen=True)
class NewInvite:
    """One printed invitation: the code appears here and nowhere else."""

    person: Person
    code: str
    telegram_link: str | None
    expires: date


@dataclass(frozen=True)
class ShortInvite:
    """What one person types into the school's Zalo: staff id and code, good until then."""

    person: Person
    typed: str
    link: str | None
    expires: datetime


def _write(db: Database, now: datetime, statements: list[Any], entries: list[Entry]) -> None:
    with db.write() as connection:
        for statement in statements:
            connection.execute(statement)
        audit.append(connection, db.school_id, moment(now), entries)


class Office:
    """Staff work on one school's database.

    upgraded_from: the copy of its file as it was, when opening has just brought it to a newer shape.
    """

    def __init__(self, settings: Settings, clock: Clock, passphrase: str = "") -> None:
        self._settings, self._clock = settings, clock
        self.db = Database(settings.database, settings.school_id)
        self.upgraded_from = self.db.migrate()
        self.school = School(self.db)
        self.people, self._invites = People(self.db), Invites(self.db)
        self.tours = Tours(self.db)
        self.signers = Signers(self.db, settings, clock, passphrase)
        self.keys_elsewhere = KeysElsewhere(self.signers, settings, clock)
        self._inbox = Inbox(self.db, clock)

    def import_staff(self, rows: tuple[RosterRow, ...]) -> tuple[int, int, int]:
        """Make the staff exactly these rows; who approves gets a certificate. (listed, added, left)"""
        if not rows:
            raise RosterError("the staff list has no rows")
        before = self.people.all()
        statements, added, left = self.people.import_rows(rows)
        statements += self._since_when(before, rows) if before else []
        facts = {"listed": len(rows), "added": added, "left": left}
        _write(self.db, self._clock.now(), statements, [Entry("office", "staff.imported", "staff", facts)])
        self.signers.ensure_keys()
        return len(rows), added, left

    def _since_when(self, before: list[Person], rows: tuple[RosterRow, ...]) -> list[Any]:
        """Newcomers and changed posts count from the next deadline on, leavers to the week that has begun.

        So a new list never changes who owed what in weeks gone by. The first list of a school says nothing
        about when its people came.
        """
        now, obligations = self._clock.now(), Obligations(self.db)
        known, listed = {p.staff_id: p for p in before}, {row.staff_id for row in rows}
        first, last = first_owed(self.weeks(), now), last_begun(self.weeks(), now.astimezone(VN).date())
        came = [row for row in rows if row.staff_id not in known or not known[row.staff_id].active]
        left = [p for p in before if p.active and p.staff_id not in listed]
        moved = [(known[row.staff_id], row) for row in rows if row.staff_id in known]
        statements = [obligations.begin_stay(row.staff_id, first) for row in came]
        statements += [obligations.end_stay(person.id, last) for person in left]
        for old, row in moved:
            if _post(old) != _post(row):
                statements += obligations.change_post(old, row, first)
        return statements

    def person(self, staff_id: str) -> Person:
        """Somebody of the staff. Raises RosterError for a staff id nobody has."""
        for person in self.people.all():
            if person.active and person.staff_id == staff_id:
                return person
        raise RosterError(f"nobody has the staff id {staff_id}")

    def invite(self, staff_ids: tuple[str, ...] = ()) -> list[NewInvite]:
        """Fresh one-time codes for everybody without a linked chat, or for the named people.

        A named person who is linked already may move to a new chat with the new code.
        Raises RosterError for a staff id nobody has.
        """
        staff = {p.staff_id: p for p in self.people.all() if p.active}
        if unknown := [s for s in staff_ids if s not in staff]:
            raise RosterError(f"nobody has the staff id {', '.join(unknown)}")
        linked = self.people.linked()
        chosen = [staff[s] for s in staff_ids] or [p for p in staff.values() if p.id not in linked]
        return [self._invite(person) for person in chosen]

    def invite_to_zalo(self, staff_ids: tuple[str, ...] = ()) -> list[ShortInvite]:
        """Fresh short codes for everybody without a Zalo chat, or for the named people; long codes stay good.

        Raises RosterError for a staff id nobody has, SettingsError where neither an OA nor a bot is set.
        """
        here = {ZALO_OA: self._settings.zalo_oa.app_id, ZALO_BOT: self._settings.zalo_bot.token}
        channels = [channel for channel, given in here.items() if given]
        if not channels:
            raise SettingsError(
                "no Zalo: set HOSO_ZALO_OA__APP_ID or HOSO_ZALO_BOT__TOKEN first (docs/zalo.md)"
            )
        on_zalo = set[str]().union(*map(self.people.linked, channels))
        chosen = [self.person(staff_id) for staff_id in staff_ids] or [
            person for person in self.people.all() if person.active and person.id not in on_zalo
        ]
        return [self._invite_to_zalo(person) for person in chosen]

    def _invite_to_zalo(self, person: Person) -> ShortInvite:
        now = self._clock.now()
        until = now + timedelta(hours=SHORT_CODE_HOURS)
        digits, statements = ShortCodes(self.db, ZALO).new(person.id, now, until)
        _write(self.db, now, statements, [Entry("office", "invite.made", person.staff_id, {"channel": ZALO})])
        row = ChannelTokens(self.db, ZALO_OA).row()
        link = f"https://zalo.me/{row.account_id}" if row and row.account_id else None
        return ShortInvite(person, f"{person.staff_id} {digits[:4]} {digits[4:]}", link, until)

    def _invite(self, person: Person) -> NewInvite:
        code, now = secrets.token_urlsafe(16), self._clock.now()
        statements = self._invites.new(person.id, code, now, INVITE_DAYS)
        _write(self.db, now, statements, [Entry("office", "invite.made", person.staff_id)])
        username = self._settings.telegram.username or self.school.row().telegram_username
        link = f"https://t.me/{username}?start={code}" if username else None
        invite = self._invites.by_code(code, now)
        assert invite is not None
        return NewInvite(person, code, link, invite.expires_at.astimezone(VN).date())

    def absent(self, staff_id: str, first: date, last: date, undo: bool = False) -> Person:
        """Mark (or with `undo` unmark) somebody absent, as `/vangmat` does: people are told, cards follow.

        Raises RosterError for a staff id nobody has or who is not absent, BadPeriod for days that cannot be.
        """
        person = self.person(staff_id)
        now, duties = self._clock.now(), Duties(self.db)
        today = now.astimezone(VN).date()
        changed, told = DutyChanged(person.id), []
        if undo:
            known = [a for a in duties.absences(today) if a.person_id == person.id and a.period.first <= last]
            if not known:
                raise RosterError(f"{staff_id} is not marked absent up to {last}")
            statements: list[Any] = [duties.end_absence(a.id, now) for a in known]
            owed: list[tuple[InternalEvent, datetime | None]] = [(changed, None)]
            told = [_kept(absence, undone=True) for absence in known]
        else:
            absence = Absence(new_id(), person.id, checked(first, last, today))
            statements = [duties.add_absence(absence, now)]
            begins = absence.period.begins if absence.period.begins > now else None
            owed = [(changed, begins), (changed, absence.period.ends)]
            told = [_kept(absence)]
        entry = Entry(
            "office",
            "absence.undone" if undo else "absence.marked",
            staff_id,
            {"first": first.isoformat(), "last": last.isoformat()},
        )
        self._write_owed(statements, entry, [*((event, None) for event in told), *owed])
        return person

    def _write_owed(
        self, statements: list[Any], entry: Entry, owed: list[tuple[InternalEvent, datetime | None]]
    ) -> None:
        """Facts and work for the running bot, now or at later moments, in one transaction."""
        mark = new_id()
        arrivals = [
            Arrival(INTERNAL, f"office:{mark}:{n}", f"duty:{mark}:{n}", to_json(event), due)
            for n, (event, due) in enumerate(owed)
        ]
        changes = Changes(statements=statements, owed=self._inbox.rows(arrivals), entries=[entry])
        commit(self.db, moment(self._clock.now()), changes)

    def weeks(self, year: str | None = None) -> tuple[Week, ...]:
        """The week table of a school year, by default the current one; without a table the default is kept.

        Raises ValueError when `year` is not like `2026-2027`.
        """
        year = year or school_year(self._clock.now().astimezone(VN).date())
        if table := self.school.weeks(year):
            return table
        table = default_weeks(year)
        entry = Entry("office", "calendar.made", year, {"weeks": len(table)})
        _write(self.db, self._clock.now(), [*self.school.add_weeks(table)], [entry])
        return self.school.weeks(year)

    def close(self) -> None:
        """Let the database go."""
        self.db.close()


def _post(person: Person | RosterRow) -> tuple[object, ...]:
    """What decides who owes what, to whom, and who signs."""
    return person.role, person.group, person.classes, person.subjects, person.periods


def _kept(absence: Absence, undone: bool = False) -> AbsenceKept:
    period = absence.period
    return AbsenceKept(absence.person_id, period.first.isoformat(), period.last.isoformat(), undone)
