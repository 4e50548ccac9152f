"""A channel's rotating tokens: one row, one refresher, the old pair replaced before the new is used.

Tokens lie here as sealed bytes; who seals them is none of the store's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hoso_bot.store.db import Database, from_moment, insert_new, later, moment
from hoso_bot.store.tables import channel_tokens

LEASE_SECONDS = 60
"""How long a killed refresher keeps others waiting; more than one question to the platform may take."""


@dataclass(frozen=True)
class TokenRow:
    """Sealed tokens, and what is known of them.

    account_id: the platform's id of the account they speak for. lost_at: since when a person has to log in
    again. login: the sealed secret of a login that was begun, good until `login_until`.
    """

    account_id: str | None
    access_token: bytes | None
    refresh_token: bytes | None
    expires_at: datetime | None
    refreshed_at: datetime | None
    lost_at: datetime | None
    login: bytes | None
    login_until: datetime | None


class ChannelTokens:
    """One channel's row of one school."""

    def __init__(self, db: Database, channel: str) -> None:
        self._db, self._school, self._channel = db, db.school_id, channel

    def row(self) -> TokenRow | None:
        """What is kept; None when nobody ever logged in."""
        with self._db.read() as connection:
            r = connection.execute(sa.select(channel_tokens).where(*self._mine)).first()
        if r is None:
            return None
        times = (r.expires_at, r.refreshed_at, r.lost_at, r.login_until)
        expires, refreshed, lost, until = (from_moment(at) if at else None for at in times)
        return TokenRow(
            r.account_id, r.access_token, r.refresh_token, expires, refreshed, lost, r.login, until
        )

    @property
    def _mine(self) -> tuple[sa.ColumnElement[bool], ...]:
        rows = channel_tokens.c
        return rows.school_id == self._school, rows.channel == self._channel

    def begin(self, refresh_token: bytes) -> None:
        """The first refresh token, from the settings; what is kept already stays."""
        with self._db.write() as connection:
            connection.execute(insert_new(channel_tokens), [{**self._key, "refresh_token": refresh_token}])
            update = sa.update(channel_tokens).where(*self._mine, channel_tokens.c.refresh_token.is_(None))
            connection.execute(update.values(refresh_token=refresh_token))

    def begin_login(self, login: bytes, until: datetime) -> None:
        """A login that waits for its answer; a newer one replaces it."""
        with self._db.write() as connection:
            connection.execute(insert_new(channel_tokens), [self._key])
            update = sa.update(channel_tokens).where(*self._mine)
            connection.execute(update.values(login=login, login_until=moment(until)))

    def take(self, who: str, now: datetime) -> bool:
        """Become the one refresher until `release`, `replace` or the lease's end; False: somebody is."""
        rows = channel_tokens.c
        is_free = sa.or_(rows.lease_until.is_(None), rows.lease_until <= moment(now))
        update = sa.update(channel_tokens).where(*self._mine, is_free)
        return self._changed(update.values(lease_by=who, lease_until=later(now, LEASE_SECONDS)))

    def release(self, who: str) -> None:
        """Let others try."""
        update = sa.update(channel_tokens).where(*self._mine, channel_tokens.c.lease_by == who)
        self._changed(update.values(lease_by=None, lease_until=None))

    def replace(
        self, old: bytes | None, access: bytes, refresh: bytes, expires: datetime, now: datetime
    ) -> bool:
        """The new pair instead of `old` (its refresh token), in one commit; False: it is another by now."""
        same = channel_tokens.c.refresh_token == old if old else channel_tokens.c.refresh_token.is_(None)
        return self._changed(
            sa.update(channel_tokens)
            .where(*self._mine, same)
            .values(
                access_token=access,
                refresh_token=refresh,
                expires_at=moment(expires),
                refreshed_at=moment(now),
                **_SETTLED,
            )
        )

    def log_in(
        self, account_id: str | None, access: bytes, refresh: bytes, expires: datetime, now: datetime
    ) -> None:
        """The pair of a login, whatever was kept before."""
        values = {"access_token": access, "refresh_token": refresh, **_SETTLED}
        values |= {"expires_at": moment(expires), "refreshed_at": moment(now), "account_id": account_id}
        with self._db.write() as connection:
            connection.execute(insert_new(channel_tokens), [self._key])
            update = sa.update(channel_tokens).where(*self._mine)
            connection.execute(update.values(login=None, login_until=None, **values))

    def lose(self, old: bytes, now: datetime) -> bool:
        """The platform refuses this refresh token for good; True for whoever finds it first."""
        rows = channel_tokens.c
        same = rows.refresh_token == old, rows.lost_at.is_(None)
        update = sa.update(channel_tokens).where(*self._mine, *same)
        return self._changed(update.values(lost_at=moment(now), lease_by=None, lease_until=None))

    @property
    def _key(self) -> dict[str, Any]:
        return {"school_id": self._school, "channel": self._channel}

    def _changed(self, update: sa.Update) -> bool:
        with self._db.write() as connection:
            return connection.execute(update).rowcount > 0


_SETTLED: dict[str, Any] = {"lease_by": None, "lease_until": None, "lost_at": None}
