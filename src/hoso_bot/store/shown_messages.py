"""What a chat was told, as it stands now: each message in its newest words, with the buttons that count."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.events import Address
from hoso_bot.domain.messages import ERASED
from hoso_bot.store.db import Database
from hoso_bot.store.tables import buttons, outbox

MOST = 20


@dataclass(frozen=True)
class ShownMessage:
    """One message of a chat. id: the number of its outbox row, later messages have higher ones.

    text, facts: its newest words. buttons: rows of `{"label", "facts", "token"}` without the spent ones.
    changed: whether its words are not those it was sent with.
    """

    id: int
    key: str
    text: str
    facts: dict[str, Any]
    buttons: tuple[tuple[dict[str, Any], ...], ...]
    attachment: dict[str, Any] | None
    picture: dict[str, Any] | None
    changed: bool


class ShownMessages:
    """One school's; lookups only."""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    def find(self, address: Address, key: str) -> ShownMessage | None:
        """The message of this chat with this key; None when there is none."""
        found = self._as_they_stand(address, outbox.c.key == key)
        return found[0] if found else None

    def after(self, address: Address, person_id: str, row_id: int) -> list[ShownMessage]:
        """What this person was told there behind the row with this number, oldest first, the last `MOST`."""
        theirs = sa.or_(outbox.c.person_id == person_id, outbox.c.person_id.is_(None))
        return self._as_they_stand(address, outbox.c.id > row_id, outbox.c.edits.is_(None), theirs)

    def newest(self, address: Address) -> int:
        """The number of the last thing this chat was told, changes too; 0 for nothing."""
        query = sa.select(sa.func.max(outbox.c.id)).where(*self._in(address))
        with self._db.read() as connection:
            return connection.execute(query).scalar() or 0

    def _as_they_stand(self, address: Address, *conditions: Any) -> list[ShownMessage]:
        query = sa.select(outbox).where(*self._in(address), *conditions)
        with self._db.read() as connection:
            rows = connection.execute(query.order_by(outbox.c.id.desc()).limit(MOST)).all()
            keys = [row.key for row in rows]
            edits = sa.select(outbox).where(*self._in(address), outbox.c.edits.in_(keys))
            changes = connection.execute(edits.order_by(outbox.c.id)).all()
            good = self._good(connection, [*keys, *(row.key for row in changes)])
        by_message: dict[str, list[dict[str, Any]]] = {}
        for change in changes:
            by_message.setdefault(change.edits, []).append(change.message)
        return [_shown(row, by_message.get(row.key, []), good) for row in reversed(rows) if _is_said(row)]

    def _good(self, connection: sa.Connection, keys: Collection[str]) -> set[str]:
        """Tokens of the buttons of these messages that are not spent."""
        query = sa.select(buttons.c.token).where(
            buttons.c.school_id == self._school, buttons.c.message_key.in_(keys), buttons.c.used_at.is_(None)
        )
        return {row.token for row in connection.execute(query)}

    def _in(self, address: Address) -> tuple[sa.ColumnElement[bool], ...]:
        rows = outbox.c
        return (
            rows.school_id == self._school,
            rows.channel == address.channel,
            rows.chat_id == address.chat_id,
        )


def _is_said(row: Any) -> bool:
    """Not what was no longer wanted when its turn came, nor an order to the channel."""
    message = row.message
    return message["text"] != ERASED and not (row.state == "gone" and message.get("fleeting"))


def _shown(row: Any, changes: Sequence[dict[str, Any]], good: Collection[str]) -> ShownMessage:
    """The last change has the buttons, the last one that has words the words."""
    stages = [row.message, *changes]
    message, words = (
        row.message,
        next(stage for stage in reversed(stages) if stage["text"] or stage is row.message),
    )
    lines = (tuple(b for b in line if b["token"] in good) for line in stages[-1]["buttons"])
    return ShownMessage(
        row.id,
        row.key,
        words["text"],
        words["facts"],
        tuple(line for line in lines if line),
        message["attachment"],
        message.get("picture"),
        words["text"] != message["text"],
    )
