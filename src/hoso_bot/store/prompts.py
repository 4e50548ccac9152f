"""What a chat was offered: its buttons, and the question its next text answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.events import Address, Event, from_json, to_json
from hoso_bot.store.db import Database, from_moment, moment
from hoso_bot.store.tables import buttons, questions


@dataclass(frozen=True)
class PressedButton:
    """What a token stands for, and whom it was given to."""

    token: str
    event: Event
    address: Address
    person_id: str | None
    message_key: str
    used_at: datetime | None


class Prompts:
    """One school's buttons and open questions: lookups, and the statements that change them."""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    def button(self, token: str) -> PressedButton | None:
        """What a token stands for; None for one this school never gave out."""
        for r in self._db.found(buttons, token=token):
            address = Address(r.channel, r.chat_id)
            used_at = from_moment(r.used_at) if r.used_at else None
            return PressedButton(r.token, from_json(r.event), address, r.person_id, r.message_key, used_at)
        return None

    def was_offered(self, address: Address, event: Event) -> bool:
        """Whether this chat was ever given a button that causes exactly this event."""
        query = sa.select(buttons.c.event).where(
            buttons.c.school_id == self._school,
            buttons.c.channel == address.channel,
            buttons.c.chat_id == address.chat_id,
        )
        return any(row.event == to_json(event) for row in self._db.rows(query))

    def question(self, address: Address, now: datetime) -> Event | None:
        """What the next text from this chat answers, None when nothing was asked."""
        query = sa.select(questions).where(
            questions.c.school_id == self._school,
            questions.c.channel == address.channel,
            questions.c.chat_id == address.chat_id,
            questions.c.expires_at > moment(now),
        )
        for row in self._db.rows(query):
            return from_json(row.event)
        return None

    def question_until(self, address: Address) -> datetime | None:
        """Until when the question of this chat waits for its answer; None when nothing was asked."""
        query = sa.select(questions.c.expires_at).where(
            questions.c.school_id == self._school,
            questions.c.channel == address.channel,
            questions.c.chat_id == address.chat_id,
        )
        for row in self._db.rows(query):
            return from_moment(row.expires_at)
        return None

    # --- statements for a unit of work ---------------------------------------------------------

    def ask(self, address: Address, event: Event, until: datetime) -> list[Any]:
        """The next text from this chat becomes the `typed` of `event`, until then."""
        row = questions.insert().values(
            school_id=self._school,
            channel=address.channel,
            chat_id=address.chat_id,
            event=to_json(event),
            expires_at=moment(until),
        )
        return [self.stop_asking(address), row]

    def stop_asking(self, address: Address) -> sa.Delete:
        """Forget the open question of this chat."""
        return sa.delete(questions).where(
            questions.c.school_id == self._school,
            questions.c.channel == address.channel,
            questions.c.chat_id == address.chat_id,
        )

    def button_row(
        self, token: str, event: Event, to: Address, owner: str | None, message_key: str, now: datetime
    ) -> dict[str, Any]:
        """An insertable button: bound to a chat, to a person when known, and to the message it is on."""
        return {
            "token": token,
            "school_id": self._school,
            "channel": to.channel,
            "chat_id": to.chat_id,
            "person_id": owner,
            "event": to_json(event),
            "message_key": message_key,
            "created_at": moment(now),
        }

    def spend_buttons_at(self, address: Address, now: datetime) -> sa.Update:
        """Every button this chat was ever given is spent."""
        return (
            sa.update(buttons)
            .where(
                buttons.c.school_id == self._school,
                buttons.c.channel == address.channel,
                buttons.c.chat_id == address.chat_id,
                buttons.c.used_at.is_(None),
            )
            .values(used_at=moment(now))
        )

    def use_button(self, token: str, now: datetime) -> sa.Update:
        """Guarded: changes no row when the button was used before."""
        return (
            sa.update(buttons)
            .where(buttons.c.token == token, buttons.c.used_at.is_(None))
            .values(used_at=moment(now))
        )

    def close_buttons(self, message_key: str, now: datetime) -> sa.Update:
        """Every button of a message is spent."""
        return (
            sa.update(buttons)
            .where(
                buttons.c.school_id == self._school,
                buttons.c.message_key == message_key,
                buttons.c.used_at.is_(None),
            )
            .values(used_at=moment(now))
        )
