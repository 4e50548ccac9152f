"""The school itself: its name, week table, certificate authority and signers' keys."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.calendar import VN, Week, school_year, with_outages
from hoso_bot.domain.rules import Rules, in_force, with_deadlines
from hoso_bot.domain.signing import SigningKey
from hoso_bot.store.db import Database, from_moment, moment, new_id, once_a_look
from hoso_bot.store.outages import Outages
from hoso_bot.store.rulebook import Rulebook
from hoso_bot.store.tables import schools, signing_keys, weeks


@dataclass(frozen=True)
class SchoolRow:
    """Name and authority of a school; the CA key is wrapped, never plain."""

    id: str
    name: str
    ca_pem: bytes
    ca_wrapped_key: bytes
    telegram_username: str | None
    created_at: datetime

    @property
    def first_year(self) -> str:
        """The school year the bot was introduced in."""
        return school_year(self.created_at.astimezone(VN).date())


class School:
    """Lookups about one school, and the statements that change it."""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    def exists(self) -> bool:
        """Whether `init` ran."""
        with self._db.read() as connection:
            return connection.scalar(sa.select(schools.c.id).where(schools.c.id == self._school)) is not None

    @once_a_look
    def row(self) -> SchoolRow:
        """The school. Raises LookupError when `init` never ran."""
        with self._db.read() as connection:
            row = connection.execute(sa.select(schools).where(schools.c.id == self._school)).first()
        if row is None:
            raise LookupError("no school in this database")
        return SchoolRow(
            row.id,
            row.name,
            row.ca_pem,
            row.ca_wrapped_key,
            row.telegram_username,
            from_moment(row.created_at),
        )

    @once_a_look
    def weeks(self, year: str) -> tuple[Week, ...]:
        """The week table of a school year in order; empty: none yet.

        Deadlines follow from the rules in force and the outages on record.
        """
        table = tuple(map(_week, self._db.found(weeks, weeks.c.number, year=year)))
        if outages := Outages(self._db).all():
            table = with_outages(table, outages)
        return with_deadlines(table, Rulebook(self._db).versions())

    def years(self) -> list[str]:
        """The school years that have a week table, newest first."""
        query = sa.select(weeks.c.year).where(weeks.c.school_id == self._school).distinct()
        with self._db.read() as connection:
            return sorted(connection.execute(query).scalars(), reverse=True)

    def rules(self, week: Week, default: Rules) -> Rules:
        """The rules in force at a week; `default` (hoso.toml) until there is a version."""
        return in_force(Rulebook(self._db).versions(), week, default, self.row().first_year)

    @once_a_look
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
        issuers = row.issuers_pem or self.row().ca_pem
        foreign = row.issuers_pem is not None
        return SigningKey(row.id, row.certificate_pem, issuers, row.wrapped_key, row.custody, foreign)

    def holder_of(self, certificate_sha256: str) -> str | None:
        """Id of the person this certificate is or was given to; None: nobody here."""
        query = sa.select(signing_keys.c.person_id).where(
            signing_keys.c.school_id == self._school, signing_keys.c.id == certificate_sha256
        )
        with self._db.read() as connection:
            found: str | None = connection.execute(query).scalar()
        return found

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

    def set_authority_key(self, wrapped_key: bytes) -> sa.Update:
        """The CA's key in another wrapping."""
        return sa.update(schools).where(schools.c.id == self._school).values(ca_wrapped_key=wrapped_key)

    def set_telegram_username(self, username: str) -> sa.Update:
        """What invitation links are made of."""
        return sa.update(schools).where(schools.c.id == self._school).values(telegram_username=username)

    def add_weeks(self, table: tuple[Week, ...]) -> list[sa.Insert]:
        """New rows; a number that is there already is a conflict."""
        return [weeks.insert().values(id=new_id(), **self._key(week), **_contents(week)) for week in table]

    def change_weeks(self, before: tuple[Week, ...], after: tuple[Week, ...]) -> list[Any]:
        """From one table to another, guarded: a row that somebody else changed meanwhile is a conflict."""
        old = {week.number: week for week in before}
        new = tuple(week for week in after if week.number not in old)
        updates = [
            self._move_week(old[week.number], week)
            for week in after
            if week.number in old and _contents(week) != _contents(old[week.number])
        ]
        return [*updates, *self.add_weeks(new)]

    def _move_week(self, old: Week, new: Week) -> sa.Update:
        as_kept = json.dumps(_contents(old)["days"], separators=(",", ":"))
        return (
            sa.update(weeks)
            .where(
                *(weeks.c[name] == value for name, value in self._key(old).items()),
                sa.cast(weeks.c.days, sa.Text) == as_kept,
                weeks.c.label == old.label,
            )
            .values(**_contents(new))
        )

    def _key(self, week: Week) -> dict[str, Any]:
        return {"school_id": self._school, "year": week.year, "number": week.number}

    def set_signing_key(self, person_id: str, key: SigningKey, now: datetime) -> list[Any]:
        """A new key for a person; older ones are retired (their signatures stay valid)."""
        row = signing_keys.insert().values(
            id=key.key_id,
            school_id=self._school,
            person_id=person_id,
            certificate_pem=key.certificate_pem,
            wrapped_key=key.wrapped_key,
            created_at=moment(now),
            custody=key.custody,
            issuers_pem=key.ca_pem if key.foreign else None,
        )
        return [self.retire_signing_key(person_id, now), row]

    def take_up_again(self, person_id: str, key: SigningKey, now: datetime) -> list[Any]:
        """A certificate that this person had before; guarded."""
        row = (
            sa.update(signing_keys)
            .where(
                signing_keys.c.school_id == self._school,
                signing_keys.c.person_id == person_id,
                signing_keys.c.id == key.key_id,
            )
            .values(
                retired_at=None,
                issuers_pem=key.ca_pem,
                wrapped_key=key.wrapped_key,
                custody=key.custody,
                created_at=moment(now),
            )
        )
        return [self.retire_signing_key(person_id, now), row]

    def retire_signing_key(self, person_id: str, now: datetime) -> sa.Update:
        """The person's key signs nothing more; what it signed stays valid."""
        return (
            sa.update(signing_keys)
            .where(
                signing_keys.c.school_id == self._school,
                signing_keys.c.person_id == person_id,
                signing_keys.c.retired_at.is_(None),
            )
            .values(retired_at=moment(now))
        )


def _week(row: Any) -> Week:
    days = tuple(date.fromisoformat(day) for day in row.days)
    return Week(row.year, row.number, days, row.semester, row.label)


def _contents(week: Week) -> dict[str, Any]:
    days = [day.isoformat() for day in week.days]
    return {"days": days, "semester": week.semester, "label": week.label}
