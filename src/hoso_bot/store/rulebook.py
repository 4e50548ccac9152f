"""The versions of the school's rules, who has read each, and the registers."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.registers import Register
from hoso_bot.domain.rules import Rules, RuleVersion
from hoso_bot.domain.submission import REGISTER
from hoso_bot.store.db import Database, from_moment, moment, new_id, once_a_look
from hoso_bot.store.tables import registers, rule_reads, rule_versions


class Rulebook:
    """One school's rules: lookups, and the statements that add to them."""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    @once_a_look
    def versions(self) -> list[RuleVersion]:
        """Every version, in the order they count from."""
        order = rule_versions.c.effective_from, rule_versions.c.made_at
        return [_version(row) for row in self._db.found(rule_versions, *order)]

    def version(self, version_id: str) -> RuleVersion:
        """One version. Raises LookupError."""
        for version in self.versions():
            if version.id == version_id:
                return version
        raise LookupError(f"no rule version {version_id}")

    def readers(self, version_id: str) -> set[str]:
        """Ids of the people who said they have read it."""
        query = sa.select(rule_reads.c.person_id).where(
            rule_reads.c.school_id == self._school, rule_reads.c.version_id == version_id
        )
        with self._db.read() as connection:
            return {row.person_id for row in connection.execute(query)}

    @once_a_look
    def registers(self) -> list[Register]:
        """Registers somebody opened, closed ones too; lesson plans need no row."""
        return [
            Register(r.code, r.name, r.open, r.document, r.opened_by, r.opened_at)
            for r in self._db.found(registers)
        ]

    def book(self, register: str) -> str:
        """What people call a register; '' for lesson plans, which have a short name of their own."""
        if register == REGISTER:
            return ""
        return next((r.name for r in self.registers() if r.code == register), register)

    # --- statements ----------------------------------------------------------------------------

    def add_version(self, version: RuleVersion) -> sa.Insert:
        """A new version of all rules."""
        return rule_versions.insert().values(
            id=version.id,
            school_id=self._school,
            year=version.year,
            effective_from=version.effective_from.isoformat(),
            facts=asdict(version.rules),
            text=version.note,
            made_by=version.by,
            made_at=moment(version.at),
        )

    def mark_read(self, version_id: str, person_id: str, now: datetime) -> sa.Insert:
        """`Đã đọc`, once a person and version."""
        return rule_reads.insert().values(
            id=new_id(),
            school_id=self._school,
            version_id=version_id,
            person_id=person_id,
            read_at=moment(now),
        )

    def open_register(self, register: Register) -> list[Any]:
        """Open it, for the first time or again; the row says by which document now."""
        forget = sa.delete(registers).where(
            registers.c.school_id == self._school, registers.c.code == register.code
        )
        row = registers.insert().values(id=new_id(), school_id=self._school, **asdict(register))
        return [forget, row]

    def close_register(self, code: str) -> sa.Update:
        """Guarded: changes no row when it is not open."""
        return (
            sa.update(registers)
            .where(registers.c.school_id == self._school, registers.c.code == code, registers.c.open)
            .values(open=False)
        )


def _version(row: Any) -> RuleVersion:
    return RuleVersion(
        id=row.id,
        effective_from=date.fromisoformat(row.effective_from),
        rules=Rules(**row.facts),
        note=row.text,
        by=row.made_by,
        at=from_moment(row.made_at),
    )
