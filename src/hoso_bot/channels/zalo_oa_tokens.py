"""The access token of the Official Account, refreshed in time by one refresher.

A refresh token is good once: the answer kills it and brings the next. So the new pair is on disk before the
new access token is used, and a database row says who refreshes. What a kill in between may cost is the pair
itself: then Zalo refuses the old one, and the administrator is told once to log in again.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import structlog

from hoso_bot.channels.zalo_oa_api import OaApi, ZaloRefused
from hoso_bot.channels.zalo_oa_errors import Meaning, meaning
from hoso_bot.domain.errors import HosoError
from hoso_bot.ports import Clock
from hoso_bot.store.channel_tokens import ChannelTokens, TokenRow

log = structlog.get_logger(__name__)

REFRESH_BEFORE = timedelta(hours=2)
LOGIN_MINUTES = 15
SHORTEST_LIFE = 3 * 3_600
WAIT_FOR_OTHER, LOOK_AGAIN = 25.0, 0.1


class NeedsLogin(HosoError):
    """Nobody gave this school's bot the right to speak for the OA, or Zalo took it back."""


class LoginFailed(HosoError):
    """The code of a login was not taken."""

    exit_code = 1


@dataclass(frozen=True)
class Seal:
    """How tokens lie in the database: the master key's work."""

    close: Callable[[bytes], bytes]
    open: Callable[[bytes], bytes]


class OaTokens:
    """One OA's tokens. on_lost: told of a pair that Zalo refuses for good, by its name, perhaps twice."""

    def __init__(
        self,
        store: ChannelTokens,
        api: OaApi,
        seal: Seal,
        clock: Clock,
        app: tuple[str, str],
        on_lost: Callable[[str], None] = lambda pair: None,
    ) -> None:
        """app: the app's id and its secret (not the OA's)."""
        self._store, self._api, self._seal, self._clock = store, api, seal, clock
        (self._app_id, self._app_secret), self._on_lost = app, on_lost
        self._mine = asyncio.Lock()
        self.account_id: str | None = None
        """The OA's own id as of the last look; None until somebody logged in by the page."""

    def begin(self, refresh_token: str) -> None:
        """Start with a refresh token from the settings; ignored once a pair is kept."""
        row = self._store.row()
        if row is None or row.refresh_token is None:
            self._store.begin(self._seal.close(refresh_token.encode()))

    async def look(self) -> None:
        """Learn whose account it is, as it is on record now. Raises NeedsLogin."""
        await self._row()

    async def access(self, refused: str = "") -> str:
        """An access token that is good for a while and is not `refused`.

        Raises NeedsLogin, or OSError where Zalo cannot be asked now.
        """
        row = await self._row()
        if found := self._usable(row, refused, REFRESH_BEFORE):
            return found
        async with self._mine:
            return await self._refreshed(refused)

    async def _refreshed(self, refused: str) -> str:
        who, loop = secrets.token_hex(8), asyncio.get_running_loop()
        deadline = loop.time() + WAIT_FOR_OTHER
        while True:
            row = await self._row()
            if found := self._usable(row, refused, REFRESH_BEFORE):
                return found
            if await asyncio.to_thread(self._store.take, who, self._clock.now()):
                break
            if loop.time() > deadline:
                raise OSError("another process refreshes the tokens")
            await asyncio.sleep(LOOK_AGAIN)
        try:
            row = await self._row()  # between the look and the lease somebody may have finished
            return self._usable(row, refused, REFRESH_BEFORE) or await self._ask(row)
        except OSError:
            if found := self._usable(row, refused, timedelta()):
                return found
            raise
        finally:
            await asyncio.to_thread(self._store.release, who)

    async def _ask(self, row: TokenRow) -> str:
        """One refresh: asked, saved, only then used."""
        old = row.refresh_token or b""
        refresh_token = self._seal.open(old).decode()
        form = {"refresh_token": refresh_token, "app_id": self._app_id, "grant_type": "refresh_token"}
        try:
            answer = await self._api.token(self._app_secret, **form)
        except ZaloRefused as error:
            if meaning(error.code) is Meaning.SLOWER:
                raise OSError(str(error)) from None
            await self._lost(row, error)
            raise NeedsLogin(f"{error}: hoso-bot zalo-oa login") from None
        access, refresh, expires = self._pair(answer)
        saved = await asyncio.to_thread(
            self._store.replace,
            old,
            self._seal.close(access.encode()),
            self._seal.close(refresh.encode()),
            expires,
            self._clock.now(),
        )
        log.info("zalo_oa.refreshed", saved=saved)
        return access

    async def _lost(self, row: TokenRow, error: ZaloRefused) -> None:
        """Told first: a kill in between tells it again under the same name, which is telling it once."""
        old = row.refresh_token or b""
        await asyncio.to_thread(self._on_lost, hashlib.sha256(old).hexdigest()[:16])
        if await asyncio.to_thread(self._store.lose, old, self._clock.now()):
            log.error("zalo_oa.login_needed", code=error.code)

    async def _row(self) -> TokenRow:
        row = await asyncio.to_thread(self._store.row)
        self.account_id = row.account_id if row else None
        if row is None or row.refresh_token is None:
            raise NeedsLogin("nobody logged in yet: hoso-bot zalo-oa login")
        if row.lost_at:
            raise NeedsLogin(f"Zalo takes the tokens no more since {row.lost_at}: hoso-bot zalo-oa login")
        return row

    def _usable(self, row: TokenRow, refused: str, margin: timedelta) -> str:
        if row.access_token is None or row.expires_at is None:
            return ""
        access = self._seal.open(row.access_token).decode()
        still_good = row.expires_at - self._clock.now() > margin
        return access if still_good and access != refused else ""

    def _pair(self, answer: dict[str, Any]) -> tuple[str, str, datetime]:
        given = str(answer.get("expires_in"))  # a pair is too dear to be dropped for a strange number
        expires = self._clock.now() + timedelta(seconds=int(given) if given.isdigit() else SHORTEST_LIFE)
        return str(answer["access_token"]), str(answer["refresh_token"]), expires

    # --- logging in ------------------------------------------------------------------------------

    def login_url(self, permission_page: str, redirect_uri: str) -> str:
        """Where the OA's administrator agrees; the answer is good for a quarter of an hour."""
        verifier, state = secrets.token_urlsafe(32)[:43], secrets.token_urlsafe(16)
        begun = json.dumps({"verifier": verifier, "state": state}).encode()
        until = self._clock.now() + timedelta(minutes=LOGIN_MINUTES)
        self._store.begin_login(self._seal.close(begun), until)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
        query = {
            "app_id": self._app_id,
            "redirect_uri": redirect_uri,
            "code_challenge": challenge.decode(),
            "state": state,
        }
        return f"{permission_page}?{urlencode(query)}"

    async def finish_login(self, code: str, state: str | None, account_id: str | None) -> None:
        """Trade the code of a login for the first pair; `state` None: pasted by the administrator.

        Raises LoginFailed, OSError.
        """
        row = await asyncio.to_thread(self._store.row)
        if row is None or row.login is None or row.login_until is None:
            raise LoginFailed("no login was begun: hoso-bot zalo-oa login")
        if row.login_until <= self._clock.now():
            raise LoginFailed("the login took too long: hoso-bot zalo-oa login again")
        begun = json.loads(self._seal.open(row.login))
        if state is not None and not secrets.compare_digest(state.encode(), begun["state"].encode()):
            raise LoginFailed("this answer belongs to another login")
        form = {"code": code, "app_id": self._app_id, "grant_type": "authorization_code"}
        try:
            answer = await self._api.token(self._app_secret, **form, code_verifier=begun["verifier"])
        except ZaloRefused as error:
            raise LoginFailed(
                f"Zalo does not take the code ({error}); it is good once, for ten minutes"
            ) from None
        access, refresh, expires = self._pair(answer)
        await asyncio.to_thread(
            self._store.log_in,
            account_id,
            self._seal.close(access.encode()),
            self._seal.close(refresh.encode()),
            expires,
            self._clock.now(),
        )
        self.account_id = account_id or self.account_id
