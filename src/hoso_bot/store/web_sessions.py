"""Who is logged in to the web board: the cookie holds a random token, here lies its hash."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.events import Address
from hoso_bot.domain.web_session import IDLE, LONGEST, WebSession
from hoso_bot.store.db import Database, from_moment, moment, new_id
from hoso_bot.store.links import hash_of
from hoso_bot.store.tables import web_sessions


class WebSessions:
    """One school's."""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    def new(self, person_id: str, address: Address, now: datetime) -> tuple[str, sa.Insert]:
        """A fresh token (128 random bits) and the row that knows it."""
        token = secrets.token_urlsafe(16)
        row = web_sessions.insert().values(
            id=new_id(),
            school_id=self._school,
            token_hash=hash_of(token),
            person_id=person_id,
            channel=address.channel,
            chat_id=address.chat_id,
            opened_at=moment(now),
            seen_at=moment(now),
        )
        return token, row

    def by_token(self, token: str) -> WebSession | None:
        """The session of this token, over or not."""
        found = self._found(web_sessions.c.token_hash == hash_of(token))
        return found[0] if found else None

    def open_of(self, person_id: str, now: datetime) -> list[WebSession]:
        """Where this person is logged in."""
        return [one for one in self._found(web_sessions.c.person_id == person_id) if one.is_open(now)]

    def _found(self, condition: sa.ColumnElement[bool]) -> list[WebSession]:
        query = sa.select(web_sessions).where(web_sessions.c.school_id == self._school, condition)
        with self._db.read() as connection:
            return [_session(row) for row in connection.execute(query)]

    def noted(self, session: WebSession, now: datetime) -> sa.Update:
        """The last look was now."""
        return (
            sa.update(web_sessions)
            .where(web_sessions.c.id == session.id, web_sessions.c.seen_at < moment(now))
            .values(seen_at=moment(now))
        )

    def end(self, person_id: str, now: datetime, session: WebSession | None = None) -> sa.Update:
        """The person is logged out: of one session, or everywhere."""
        one = () if session is None else (web_sessions.c.id == session.id,)
        return (
            sa.update(web_sessions)
            .where(
                web_sessions.c.school_id == self._school,
                web_sessions.c.person_id == person_id,
                web_sessions.c.ended_at.is_(None),
                *one,
            )
            .values(ended_at=moment(now))
        )

    def forget_old(self, now: datetime) -> sa.Delete:
        """Rows of sessions that are over in any case."""
        return sa.delete(web_sessions).where(
            web_sessions.c.school_id == self._school,
            web_sessions.c.opened_at < moment(now - LONGEST - IDLE),
        )


def _session(row: Any) -> WebSession:
    return WebSession(
        row.id,
        row.person_id,
        Address(row.channel, row.chat_id),
        from_moment(row.opened_at),
        from_moment(row.seen_at),
        from_moment(row.ended_at) if row.ended_at else None,
    )
