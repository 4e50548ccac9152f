"""What the school's office does at the command line: make a school, keep the staff list, invite people."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from hoso_bot import texts
from hoso_bot.domain.calendar import VN, Week, default_weeks, school_year
from hoso_bot.domain.chain_events import DutyChanged
from hoso_bot.domain.delegation import Absence
from hoso_bot.domain.errors import HosoError, RosterError, SettingsError
from hoso_bot.domain.events import to_json
from hoso_bot.domain.expected import first_owed, last_begun
from hoso_bot.domain.periods import checked
from hoso_bot.domain.roster import Person, Role, RosterRow
from hoso_bot.pdf import keys
from hoso_bot.ports import Clock
from hoso_bot.settings import Settings
from hoso_bot.store import audit
from hoso_bot.store.audit import Entry
from hoso_bot.store.db import Database, moment, new_id
from hoso_bot.store.duties import Duties
from hoso_bot.store.inbox import INTERNAL, Arrival, Inbox
from hoso_bot.store.obligations import Obligations
from hoso_bot.store.people import People
from hoso_bot.store.revocations import Revocations
from hoso_bot.store.school import School

SCHOOL_ID = "school"
APPROVERS = (Role.GROUP_HEAD, Role.DEPUTY_HEAD, Role.VICE_PRINCIPAL, Role.PRINCIPAL)
INVITE_DAYS = 14
CONFIG = """\
# hoso-bot: a school's settings. The environment (HOSO_TELEGRAM__TOKEN, …) wins over this file.

# Messages arrive without a sound in these hours (Vietnam); empty: never quiet.
quiet = "21:00-06:30"

[telegram]
# token = "…"            # from @BotFather; better: the environment variable HOSO_TELEGRAM__TOKEN

[roles]
# records_admin = "PHT01"  # staff id of the vice-principal who signs last (default: the first one)
# support_name = "…"       # whom people call when they need help
# support_phone = "…"
{roles}
[rules]
effective_week = 1       # weeks before it are never late
open_weeks = 2           # how many unfinished weeks one teacher may have handed in
"""


class AlreadyThere(HosoError):
    """There is a school in this folder already; nothing was changed."""


@dataclass(frozen=True)
class NewInvite:
    """One printed invitation: the code appears here and nowhere else."""

    person: Person
    code: str
    telegram_link: str | None
    expires: date


def init(home: Path, name: str, clock: Clock, roles: str = "") -> None:
    """Make a school folder: hoso.toml, master key, database with CA and this year's weeks.

    Raises AlreadyThere when `home` holds one, SettingsError when it cannot be written.
    """
    if (home / "hoso.toml").exists() or (home / "hoso.db").exists():
        raise AlreadyThere(f"{home} holds a school already; choose an empty folder")
    try:
        home.mkdir(parents=True, exist_ok=True)
        home.chmod(0o700)
        master = keys.new_master_key()
        _write_secret(home / "master.key", keys.master_key_to_text(master))
        (home / "hoso.toml").write_text(CONFIG.format(roles=roles), encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"cannot write to {home}: {error}") from None
    now = clock.now()
    authority = keys.create_authority(name, now, master)
    db = Database(f"sqlite:///{home.resolve() / 'hoso.db'}")
    db.migrate()
    school = School(db, SCHOOL_ID)
    weeks = default_weeks(school_year(now.astimezone(VN).date()))
    create = school.create(name, authority.ca_pem, authority.wrapped_key, now)
    ca_key = keys.load_private_key(keys.unwrap(master, authority.wrapped_key, keys.CA_CONTEXT))
    crl_signer = keys.create_crl_signer(authority.ca_pem, ca_key, master, now)
    lists = Revocations(db, SCHOOL_ID).set_crl_signer(crl_signer)
    _write(db, now, [create, lists, *school.add_weeks(weeks)], [Entry("office", "school.created", name)])
    db.close()


def _write_secret(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text + "\n", encoding="ascii")


def _write(db: Database, now: datetime, statements: list[Any], entries: list[Entry]) -> None:
    with db.write() as connection:
        for statement in statements:
            connection.execute(statement)
        audit.append(connection, SCHOOL_ID, moment(now), entries)


class Office:
    """Staff work on one school's database."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self.db = Database(settings.database)
        self.db.migrate()
        self.school = School(self.db, SCHOOL_ID)
        self.people = People(self.db, SCHOOL_ID)
        self._inbox = Inbox(self.db, SCHOOL_ID, clock)

    def import_staff(self, rows: tuple[RosterRow, ...]) -> tuple[int, int, int]:
        """Make the staff exactly these rows; who approves gets a certificate. (listed, added, left)"""
        if not rows:
            raise RosterError("the staff list has no rows")
        before = self.people.all()
        statements, added, left = self.people.import_rows(rows)
        statements += self._stays(before, rows) if before else []
        facts = {"listed": len(rows), "added": added, "left": left}
        _write(self.db, self._clock.now(), statements, [Entry("office", "staff.imported", "staff", facts)])
        self.ensure_keys()
        return len(rows), added, left

    def _stays(self, before: list[Person], rows: tuple[RosterRow, ...]) -> list[Any]:
        """Newcomers owe from the next deadline on, leavers up to the week that has begun.

        The first list of a school says nothing about when its people came.
        """
        now, obligations = self._clock.now(), Obligations(self.db, SCHOOL_ID)
        known, listed = {p.staff_id: p for p in before}, {row.staff_id for row in rows}
        first, last = first_owed(self.weeks(), now), last_begun(self.weeks(), now.astimezone(VN).date())
        came = [row for row in rows if row.staff_id not in known or not known[row.staff_id].active]
        left = [p for p in before if p.active and p.staff_id not in listed]
        begun = [obligations.begin_stay(row.staff_id, first) for row in came]
        return begun + [obligations.end_stay(person.id, last) for person in left]

    def ensure_keys(self) -> int:
        """A key and certificate for every approver without a fitting one (custody `server`); how many."""
        row, now, issued = self.school.row(), self._clock.now(), 0
        master = keys.master_key_from_text(self._settings.master())
        authority = keys.Authority(row.ca_pem, row.ca_wrapped_key)
        self._ensure_crl_signer(authority, master)
        for person in self.people.all():
            title = _title(person)
            if person.role not in APPROVERS or not person.active or self._fits(person, title):
                continue
            key = keys.issue_signer(authority, master, person.staff_id, person.name, title, now)
            entry = Entry("office", "certificate.issued", person.staff_id, {"key": key.key_id})
            _write(self.db, now, self.school.set_signing_key(person.id, key, now), [entry])
            issued += 1
        return issued

    def _ensure_crl_signer(self, authority: keys.Authority, master: bytes) -> None:
        """A key for revocation lists, in a school made before there was one."""
        revocations, now = Revocations(self.db, SCHOOL_ID), self._clock.now()
        if revocations.crl_signer() is None:
            ca_key = keys.load_private_key(keys.unwrap(master, authority.wrapped_key, keys.CA_CONTEXT))
            signer = keys.create_crl_signer(authority.ca_pem, ca_key, master, now)
            entry = Entry("office", "crl_signer.made", "school")
            _write(self.db, now, [revocations.set_crl_signer(signer)], [entry])

    def _fits(self, person: Person, title: str) -> bool:
        key = self.school.signing_key(person.id)
        return key is not None and keys.fits_holder(key.certificate_pem, person.name, title)

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

    def _invite(self, person: Person) -> NewInvite:
        code, now = secrets.token_urlsafe(16), self._clock.now()
        statements = self.people.new_invite(person.id, code, now, INVITE_DAYS)
        _write(self.db, now, statements, [Entry("office", "invite.made", person.staff_id)])
        username = self._settings.telegram.username or self.school.row().telegram_username
        link = f"https://t.me/{username}?start={code}" if username else None
        invite = self.people.invite_by_code(code, now)
        assert invite is not None
        return NewInvite(person, code, link, invite.expires_at.astimezone(VN).date())

    def absent(self, staff_id: str, first: date, last: date, undo: bool = False) -> Person:
        """Mark (or with `undo` unmark) somebody absent; a running bot deals their cards to who comes after.

        Raises RosterError for a staff id nobody has, BadPeriod for days that cannot be, or nothing to undo.
        """
        person = next((p for p in self.people.all() if p.active and p.staff_id == staff_id), None)
        if person is None:
            raise RosterError(f"nobody has the staff id {staff_id}")
        now, duties = self._clock.now(), Duties(self.db, SCHOOL_ID)
        today = now.astimezone(VN).date()
        if undo:
            known = [a for a in duties.absences(today) if a.person_id == person.id]
            statements: list[Any] = [duties.end_absence(a.id, now) for a in known if a.period.first <= last]
            dues: list[datetime | None] = [None]
        else:
            absence = Absence(new_id(), person.id, checked(first, last, today))
            statements = [duties.add_absence(absence, now)]
            dues = [absence.period.begins if absence.period.begins > now else None, absence.period.ends]
        action = "absence.undone" if undo else "absence.marked"
        facts = {"first": first.isoformat(), "last": last.isoformat()}
        _write(self.db, now, statements, [Entry("office", action, staff_id, facts)])
        self._tell_bot(DutyChanged(person.id), dues)
        return person

    def _tell_bot(self, event: DutyChanged, dues: list[datetime | None]) -> None:
        """Owed work for the running bot, now or at later moments."""
        mark = new_id()
        self._inbox.keep(
            [
                Arrival(INTERNAL, f"office:{mark}:{n}", f"duty:{mark}:{n}", to_json(event), due)
                for n, due in enumerate(dues)
            ]
        )

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


def _title(person: Person) -> str:
    key = f"stamp.role.{person.role.value}"
    return texts.render(key, group=person.group) if person.role in APPROVERS else ""
