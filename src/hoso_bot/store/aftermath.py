"""What followed from one event: the work it owed, and what was said because of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.events import Address
from hoso_bot.store.db import Database
from hoso_bot.store.inbox import INTERNAL
from hoso_bot.store.tables import inbox, outbox

_MOST = 16
"""Of each kind, from one handler; an answer to one person has one or two."""
_DEEPEST = 4


@dataclass(frozen=True)
class Spoken:
    """A message that was decided: its key, what it says, whether it has buttons, and whom it is for."""

    key: str
    person_id: str | None
    address: Address
    text: str
    facts: dict[str, Any]
    has_buttons: bool


@dataclass(frozen=True)
class Aftermath:
    """is_over: nothing of it waits to be handled. is_parked: something could not be done.

    work: the events owed, as `to_json` wrote them.
    """

    is_over: bool
    is_parked: bool
    said: tuple[Spoken, ...]
    work: tuple[dict[str, Any], ...]


class Aftermaths:
    """One school's. Keys are made by `unit_of_work`: what row 7 owes and says is `in7:0`, `in7:1`, …"""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    def of(self, external_id: str) -> Aftermath:
        """Of the owed event with this external id."""
        rows: list[Any] = []
        said: list[Spoken] = []
        with self._db.read() as connection:
            wanted = [external_id]
            for _ in range(_DEEPEST):
                found = list(connection.execute(self._owed(wanted)))
                wanted = [key for row in found for key in _keys(row.id)]
                if not wanted:
                    break
                rows += found
                said += [_spoken(row) for row in connection.execute(self._messages(wanted))]
        states = {row.state for row in rows}
        return Aftermath(
            is_over=bool(rows) and not states & {"todo", "doing"},
            is_parked="parked" in states,
            said=tuple(said),
            work=tuple(row.payload for row in rows if row.payload),
        )

    def _owed(self, keys: list[str]) -> sa.Select[Any]:
        mine = (inbox.c.school_id == self._school, inbox.c.source == INTERNAL)
        return sa.select(inbox).where(*mine, inbox.c.external_id.in_(keys)).order_by(inbox.c.id)

    def _messages(self, keys: list[str]) -> sa.Select[Any]:
        mine = (outbox.c.school_id == self._school, outbox.c.key.in_(keys), outbox.c.edits.is_(None))
        return sa.select(outbox).where(*mine).order_by(outbox.c.id)


def _keys(row_id: int) -> list[str]:
    return [f"in{row_id}:{number}" for number in range(_MOST)]


def _spoken(row: Any) -> Spoken:
    message, at = row.message, Address(row.channel, row.chat_id)
    has_buttons = bool(message["buttons"])
    return Spoken(row.key, row.person_id, at, message["text"], message["facts"], has_buttons)
