"""What is held about a person, for the command line: the whole of it as one file."""

from __future__ import annotations

from pathlib import Path

from hoso_bot import texts
from hoso_bot.casework.data_desk import person_facts
from hoso_bot.choices import retention_times
from hoso_bot.filing import file_store
from hoso_bot.office import Office
from hoso_bot.ports import Clock
from hoso_bot.reports.own_data import write_own_data
from hoso_bot.settings import Settings
from hoso_bot.store import audit
from hoso_bot.store.audit import Entry
from hoso_bot.store.db import moment
from hoso_bot.store.holdings import Holdings
from hoso_bot.store.own_records import OwnRecords


def export_data(office: Office, settings: Settings, clock: Clock, staff_id: str, target: Path) -> int:
    """Write a person's data with all their files; how many files. Raises RosterError, OSError."""
    person, records = office.person(staff_id), OwnRecords(office.db)
    held, accounts = Holdings(office.db).of(person), office.people.accounts(person.id)
    facts, files = person_facts(person, accounts, held, retention_times(settings)), records.files(person)
    store = file_store(settings, office.db)
    write_own_data(target, facts, records.of(person), files, store, texts.render, everything=True)
    with office.db.write() as connection:
        entry = Entry("office", "data.exported", person.staff_id, {"files": len(files)})
        audit.append(connection, office.db.school_id, moment(clock.now()), [entry])
    return len(files)
