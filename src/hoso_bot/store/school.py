"""The school itself: its name, week table, certificate authority and signers' keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.calendar import Week
from hoso_bot.domain.signing import SigningKey
from hoso_bot.store.db import Database, moment, new_id
from hoso_bot.store.tables import schools, signing_keys, weeks


@dataclass(frozen=True)
class SchoolRow:
    """Name and authority of a school; the CA key is wrapped, never plain."""

    id: str
    name: str
    ca_pem: bytes
    ca_wrapped_key: bytes
    telegram_username: str | None


class School:
    """Lookups about one school, and the statements that change it."""

    def __init__(self, db: Database, school_id: str) -> None:
        self._db, self._school = db, school_id

    def row(self) -> SchoolRow:
        """The school. Raises LookupError when `init` never ran."""
        with self._db.read() as connection:
            row = connection.execute(sa.select(schools).where(schools.c.id == self._school)).first()
        if row is None:
            raise LookupError("no school in this database")
        return SchoolRow(row.id, row.name, row.ca_pem, row.ca_wrapped_key, row.telegram_username)

    def weeks(self, year: str) -> tuple[Week, ...]:
        """The week table of a school year in order; empty when there is none."""
        query = (
            sa.select(weeks)
            .where(weeks.c.school_id == self._school, weeks.c.year == year)
            .order_by(weeks.c.number)
        )
        with self._db.read() as connection:
            return tuple(_week(row) for row in connection.execute(query))

    def signing_key(self, person_id: str) -> SigningKey | None:
        """The person's current key with the CA certificate beside it."""
        query = sa.select(signing_keys).where(
            signing_keys.c.school_id == self._school,
            signing_keys.c.person_id == person_id,
            signing_keys.c.retired_at.is_(None),
        )
        with self._db.read() as connection:
            row = connection.execute(query.order_by(signing_keys.c.created_at.desc())).first()
        if row is None:
            return None
        return SigningKey(row.id, row.certificate_pem, self.row().ca_pem, row.wrapped_key)

    # --- statements ----------------------------------------------------------------------------

    def create(self, name: str, ca_pem: bytes, ca_wrapped_key: bytes, now: datetime) -> sa.Insert:
        """The school's own row."""
        return schools.insert().values(
            id=self._school,
            name=name,
            created_at=moment(now),
            ca_pem=ca_pem,
            ca_wrapped_key=ca_wrapped_key,
        )

    def set_telegram_username(self, username: str) -> sa.Update:
        """What invitation links are made of."""
        return sa.update(schools).where(schools.c.id == self._school).values(telegram_username=username)

    def set_weeks(self, table: tuple[Week, ...]) -> list[Any]:
        """Replaces the week table of the year(s) in `table`."""
        years = sorted({week.year for week in table})
        clear = sa.delete(weeks).where(weeks.c.school_id == self._school, weeks.c.year.in_(years))
        rows = [
            weeks.insert().values(
                id=new_id(),
                school_id=self._school,
                year=week.year,
                number=week.number,
                days=[day.isoformat() for day in week.days],
                semester=week.semester,
                label=week.label,
            )
            for week in table
        ]
        return [clear, *rows]

    def set_signing_key(self, person_id: str, key: SigningKey, now: datetime) -> list[Any]:
        """A new key for a person; older ones are retired (their signatures stay valid)."""
        retire = (
            sa.update(signing_keys)
            .where(
                signing_keys.c.school_id == self._school,
                signing_keys.c.person_id == person_id,
                signing_keys.c.retired_at.is_(None),
            )
            .values(retired_at=moment(now))
        )
        row = signing_keys.insert().values(
            id=key.key_id,
            school_id=self._school,
            person_id=person_id,
            certificate_pem=key.certificate_pem,
            wrapped_key=key.wrapped_key,
            created_at=moment(now),
        )
        return [retire, row]


def _week(row: Any) -> Week:
    days = tuple(date.fromisoformat(day) for day in row.days)
    return Week(row.year, row.number, days, row.semester, row.label)
