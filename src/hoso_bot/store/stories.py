"""By which row of the inbox a plan's file came: the number its whole way is known by in the log."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from hoso_bot.store.db import Database
from hoso_bot.store.tables import plans, uploads, versions


class Stories:
    """Lookups only. Files from before the number was kept have none."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def of_upload(self, upload_id: str) -> list[int]:
        """The number of one file."""
        return self._numbers(sa.select(uploads.c.inbox_row).where(uploads.c.id == upload_id))

    def of_versions(self, version_ids: Collection[str]) -> list[int]:
        """The numbers of some versions."""
        return self._of(versions.c.id.in_(version_ids))

    def of_code(self, code: str) -> list[int] | None:
        """The numbers of every version of a plan; None for no such plan."""
        mine = plans.c.school_id == self._db.school_id, plans.c.code == code
        with self._db.read() as connection:
            plan_id = connection.execute(sa.select(plans.c.id).where(*mine)).scalar()
        if plan_id is None:
            return None
        return self._of(versions.c.plan_id == plan_id)

    def _of(self, which: sa.ColumnElement[bool]) -> list[int]:
        """Those versions first, then their files by id: not every file of the school."""
        joined = versions.join(uploads, uploads.c.id == versions.c.upload_id)
        return self._numbers(sa.select(uploads.c.inbox_row).select_from(joined).where(which))

    def _numbers(self, query: sa.Select[Any]) -> list[int]:
        mine = uploads.c.school_id == self._db.school_id, uploads.c.inbox_row.is_not(None)
        with self._db.read() as connection:
            return sorted(set(connection.scalars(query.where(*mine))))
