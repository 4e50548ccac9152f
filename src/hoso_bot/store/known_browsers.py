"""Browsers that proved whose they are: the cookie holds a random token, here lies its hash."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.events import Address
from hoso_bot.domain.known_browser import CODE_GOOD_FOR, LONGEST, KnownBrowser, code_hash
from hoso_bot.store.db import Database, from_moment, moment, new_id
from hoso_bot.store.links import hash_of
from hoso_bot.store.tables import known_browsers


class KnownBrowsers:
    """One school's."""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    def new(self, person_id: str, address: Address, device: str, now: datetime) -> tuple[str, str, sa.Insert]:
        """A fresh token (128 random bits) for the cookie, the code to type, and the row that knows both."""
        token, code, browser_id = secrets.token_urlsafe(16), f"{secrets.randbelow(10**6):06d}", new_id()
        row = known_browsers.insert().values(
            id=browser_id,
            school_id=self._school,
            token_hash=hash_of(token),
            person_id=person_id,
            channel=address.channel,
            chat_id=address.chat_id,
            device=device,
            code_hash=code_hash(browser_id, code),
            asked_at=moment(now),
        )
        return token, code, row

    def by_token(self, token: str) -> KnownBrowser | None:
        """The browser with this cookie, known or not."""
        found = self._found(known_browsers.c.token_hash == hash_of(token))
        return found[0] if found else None

    def known_of(self, person_id: str, now: datetime) -> list[KnownBrowser]:
        """The browsers that may show what is this person's."""
        return [one for one in self._found(known_browsers.c.person_id == person_id) if one.is_known(now)]

    def codes_since(self, person_id: str, since: datetime) -> int:
        """How many codes this person was sent since then."""
        return len(
            self._found(known_browsers.c.person_id == person_id, known_browsers.c.asked_at > moment(since))
        )

    def _found(self, *conditions: sa.ColumnElement[bool]) -> list[KnownBrowser]:
        query = sa.select(known_browsers).where(known_browsers.c.school_id == self._school, *conditions)
        with self._db.read() as connection:
            return [_browser(row) for row in connection.execute(query)]

    # --- statements for a unit of work ---------------------------------------------------------

    def count_try(self, browser: KnownBrowser) -> sa.Update:
        """A wrong code was typed; guarded, so that many tries at once are counted one by one."""
        rows = known_browsers.c
        return (
            sa.update(known_browsers)
            .where(rows.id == browser.id, rows.wrong_tries == browser.wrong, rows.known_at.is_(None))
            .values(wrong_tries=browser.wrong + 1)
        )

    def is_known_now(self, browser: KnownBrowser, now: datetime) -> sa.Update:
        """Its code was typed; guarded, a code is used once and only while tries are left."""
        rows = known_browsers.c
        return (
            sa.update(known_browsers)
            .where(rows.id == browser.id, rows.wrong_tries == browser.wrong, rows.known_at.is_(None))
            .values(known_at=moment(now), seen_at=moment(now))
        )

    def noted(self, browser: KnownBrowser, now: datetime) -> sa.Update:
        """The last look was now."""
        return sa.update(known_browsers).where(known_browsers.c.id == browser.id).values(seen_at=moment(now))

    def end(self, person_id: str, now: datetime, browser: KnownBrowser | None = None) -> sa.Update:
        """This person's browsers show nothing any more: one of them, or all."""
        one = () if browser is None else (known_browsers.c.id == browser.id,)
        return (
            sa.update(known_browsers)
            .where(
                known_browsers.c.school_id == self._school,
                known_browsers.c.person_id == person_id,
                known_browsers.c.ended_at.is_(None),
                *one,
            )
            .values(ended_at=moment(now))
        )

    def forget_old(self, now: datetime) -> sa.Delete:
        """Rows of browsers that are good for nothing in any case."""
        rows = known_browsers.c
        asked = sa.and_(rows.known_at.is_(None), rows.asked_at < moment(now - CODE_GOOD_FOR))
        return sa.delete(known_browsers).where(
            rows.school_id == self._school, sa.or_(asked, rows.asked_at < moment(now - LONGEST))
        )


def _browser(row: Any) -> KnownBrowser:
    def time(value: str | None) -> datetime | None:
        return from_moment(value) if value else None

    return KnownBrowser(
        row.id,
        row.person_id,
        Address(row.channel, row.chat_id),
        row.device,
        row.code_hash,
        from_moment(row.asked_at),
        row.wrong_tries,
        time(row.known_at),
        time(row.seen_at),
        time(row.ended_at),
    )
