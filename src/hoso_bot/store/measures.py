"""What an operator watches, read from the tables at the moment somebody asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.approval import StepState
from hoso_bot.ports import FACELESS, Clock, FileStore
from hoso_bot.store import audit
from hoso_bot.store.db import Database, from_moment, moment
from hoso_bot.store.leases import is_in
from hoso_bot.store.tables import inbox, outbox, steps


@dataclass(frozen=True)
class Measures:
    """inbox_age, outbox_age: seconds the oldest open row has been due, 0 for none; parked: rows given up.

    signatures: approvals that are in a signed file. failing, given_up: channel → messages that wait after a
    failed try, and messages nobody will get. faceless: channel → what came without anybody's name.
    last_backup: seconds since 1970, None without any. files_away: whether the bucket does not answer.
    """

    inbox_age: float
    outbox_age: float
    parked: int
    signatures: int
    failing: dict[str, int]
    given_up: dict[str, int]
    faceless: dict[str, int]
    last_backup: float | None
    files_away: bool = False


def measure(db: Database, clock: Clock, files: FileStore | None = None) -> Measures:
    """The measures of one school now."""
    now = clock.now()

    def age(table: sa.Table, *states: str) -> float:
        due = table.c.school_id == db.school_id, is_in(table, *states), table.c.try_at <= moment(now)
        oldest = connection.scalar(sa.select(sa.func.min(table.c.try_at)).where(*due))
        return (now - from_moment(oldest)).total_seconds() if oldest else 0.0

    def count(table: sa.Table, *where: Any) -> int:
        query = sa.select(sa.func.count()).select_from(table)
        return int(connection.scalar(query.where(table.c.school_id == db.school_id, *where)) or 0)

    def by_channel(*where: Any) -> dict[str, int]:
        query = sa.select(outbox.c.channel, sa.func.count()).where(outbox.c.school_id == db.school_id, *where)
        return {row.channel: row[1] for row in connection.execute(query.group_by(outbox.c.channel))}

    away = bool(files and files.trouble())
    with db.read() as connection:
        backup = audit.newest(connection, db.school_id, "backup.made")
        return Measures(
            inbox_age=age(inbox, "todo", "doing"),
            outbox_age=age(outbox, "todo", "sending"),
            parked=count(inbox, is_in(inbox, "parked")) + count(outbox, is_in(outbox, "parked")),
            signatures=count(steps, steps.c.state == StepState.SIGNED.value),
            failing=by_channel(is_in(outbox, "todo", "sending"), outbox.c.error.is_not(None)),
            given_up=by_channel(is_in(outbox, "gone")),
            faceless=faceless(connection, db.school_id),
            last_backup=from_moment(backup[0]).timestamp() if backup else None,
            files_away=away,
        )


def faceless(connection: sa.Connection, school_id: str) -> dict[str, int]:
    """How much came from each channel without anybody's name, as far back as the inbox goes."""
    mine = inbox.c.school_id == school_id, inbox.c.external_id.startswith(FACELESS)
    query = sa.select(inbox.c.source, sa.func.count()).where(*mine).group_by(inbox.c.source)
    return {row.source: row[1] for row in connection.execute(query)}
