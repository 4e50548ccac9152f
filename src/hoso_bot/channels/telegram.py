"""Telegram, both ways: updates come in as raw JSON, parcels go out.

`python-telegram-bot` is used for I/O only. Its `Updater` moves the offset before anything is handled and
stops at an update it cannot parse; here the raw JSON is kept first and acknowledged after.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import aiohttp
from telegram import Bot
from telegram.error import BadRequest, Conflict, InvalidToken, RetryAfter, TelegramError

from hoso_bot.channels import telegram_updates
from hoso_bot.channels.telegram_http import TelegramHttp
from hoso_bot.channels.telegram_sending import deliver, outcome_of, safe, seconds
from hoso_bot.domain.errors import FileRefused, SettingsError
from hoso_bot.domain.events import ChatEvent, FileSent
from hoso_bot.domain.messages import Abilities, Later, Outcome, Parcel, Sent
from hoso_bot.ports import Store

log = logging.getLogger(__name__)

PUBLIC_API = "https://api.telegram.org"
MAX_FILE_BYTES = 20 * 2**20  # getFile refuses more
LONGEST_PAUSE = 30.0
DOWNLOAD_SECONDS = 30.0  # without a byte
NONSENSE = (TypeError, ValueError, KeyError, AttributeError)
"""What the library raises over an answer that is good JSON and not what was asked for."""

Answer = TypeVar("Answer")


class Telegram:
    """The Telegram channel (`ports.Channel`). Times in seconds."""

    name: str = telegram_updates.CHANNEL
    max_file_bytes: int = MAX_FILE_BYTES
    abilities: Abilities = Abilities()

    def __init__(
        self,
        token: str,
        base_url: str = PUBLIC_API,
        *,
        proxy: str | None = None,
        poll_timeout: int = 30,
        call_timeout: float = 20.0,
    ) -> None:
        """Methods are `{base_url}/bot{token}/{method}`, files `{base_url}/file/bot{token}/{path}`."""
        logging.getLogger("telegram").setLevel(logging.CRITICAL)  # it logs the token's URL, people's words
        base = base_url.rstrip("/")
        trust_env = urlsplit(base).hostname not in ("127.0.0.1", "localhost", "::1")
        self._token = token
        self._poll_timeout = poll_timeout
        self._methods_url = f"{base}/bot{token}"
        self._polls = TelegramHttp(poll_timeout + 10.0, proxy, trust_env)
        self._calls = TelegramHttp(call_timeout, proxy, trust_env)
        self._downloads = TelegramHttp(DOWNLOAD_SECONDS, proxy, trust_env)
        self._bot = Bot(token, f"{base}/bot", f"{base}/file/bot", self._calls, self._polls)
        self._answers: set[asyncio.Task[None]] = set()
        self.last_poll_ok: float | None = None
        """`time.monotonic()` of the last good poll, for the health page."""

    # --- incoming --------------------------------------------------------------------------------

    def parse(self, raw: dict[str, Any]) -> ChatEvent | None:
        """The event in a raw update, see `telegram_updates.parse`."""
        return telegram_updates.parse(raw)

    def receive(self, raw: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
        """An update as the store wants it: (update id, lane, raw). Raises ValueError when it is no update."""
        if not telegram_updates.is_update(raw):
            raise ValueError("not a Telegram update: no update_id")
        return str(raw["update_id"]), telegram_updates.lane_of(raw), raw

    async def listen(self, store: Store) -> None:
        """Long polling until cancelled: `store` keeps updates before the next offset confirms them.

        The offset is sent once, then left out: after a quiet week Telegram's ids start anywhere, also below.
        """
        offset = failures = 0
        while True:
            try:
                updates = await self._poll(offset)
                if updates:
                    await store([self.receive(raw) for raw in updates])
            except Exception as error:
                failures += 1
                await asyncio.sleep(await self._pause_after(error, failures))
                continue
            failures = 0
            self.last_poll_ok = time.monotonic()
            offset = max((raw["update_id"] for raw in updates), default=-1) + 1
            for raw in updates:
                self.answer_tap(raw)

    async def _poll(self, offset: int) -> list[dict[str, Any]]:
        """What waits; `offset` (0: none) confirms all below it. Raises TelegramError, ValueError."""
        query: dict[str, Any] = {
            "timeout": self._poll_timeout,
            "allowed_updates": json.dumps(telegram_updates.WANTED_UPDATES),
        }
        if offset:
            query["offset"] = offset
        answer = await self._polls.post(f"{self._methods_url}/getUpdates?{urlencode(query)}")
        return _confirmable(answer)

    async def _pause_after(self, error: Exception, failures: int) -> float:
        """How long to wait before the next poll. A webhook left over from the other mode is removed."""
        if isinstance(error, Conflict):
            log.error(
                "action=telegram.conflict this bot has a webhook or another poller: %s", self._safe(error)
            )
            if "webhook" in str(error):
                await self._remove_webhook()
        else:
            log.warning("action=telegram.poll_failed failures=%d %s", failures, self._safe(error))
        if isinstance(error, RetryAfter):
            return seconds(error) + random.uniform(0, 1)  # noqa: S311
        return min(LONGEST_PAUSE, 0.5 * 2.0 ** min(failures, 10)) * random.uniform(0.5, 1)  # noqa: S311

    async def _remove_webhook(self) -> None:
        try:
            await self.delete_webhook()
        except (OSError, SettingsError) as error:
            log.warning("action=telegram.delete_webhook_failed %s", error)

    def answer_tap(self, raw: dict[str, Any]) -> None:
        """Stop the button's waiting sign at once, best effort; call it once the update is kept."""
        query = raw.get("callback_query")
        if isinstance(query, dict) and isinstance(query.get("id"), str):
            task = asyncio.get_running_loop().create_task(self._answer(query["id"]))
            self._answers.add(task)
            task.add_done_callback(self._answers.discard)

    async def _answer(self, query_id: str) -> None:
        try:
            await self._bot.answer_callback_query(query_id)
        except Exception as error:
            log.info("action=telegram.answer_failed %s", self._safe(error))

    # --- files -----------------------------------------------------------------------------------

    async def fetch(self, file: FileSent, target: Path) -> None:
        """Stream the file to `target`. Raises FileRefused (too big, expired, unknown) or OSError (retry)."""
        if file.size is not None and file.size > self.max_file_bytes:
            raise _too_big(file.size)
        try:
            found = await self._bot.get_file(file.remote_id, read_timeout=60)
            written = await self._download(found.file_path or "", target)
        except BadRequest as error:
            if "too big" in str(error):
                raise _too_big(file.size) from None
            raise FileRefused("file.fetch_failed", why=self._safe(error)) from None
        except (TelegramError, aiohttp.ClientError, TimeoutError, *NONSENSE) as error:
            raise OSError(f"{type(error).__name__}: {self._safe(error)}") from None
        if found.file_size is not None and written != found.file_size:
            raise OSError(f"{written} of {found.file_size} bytes arrived")

    async def _download(self, url: str, target: Path) -> int:
        """Copy the body of `url` to `target` piece by piece; the bytes written."""
        written = 0
        async with self._downloads.download(url) as response:
            if response.status in (400, 404, 410):
                raise FileRefused("file.fetch_failed", why=f"HTTP {response.status}")
            if response.status != 200:
                raise OSError(f"HTTP {response.status}")
            with target.open("wb") as out:
                async for piece in response.content.iter_any():
                    written += out.write(piece)
                    if written > self.max_file_bytes:
                        raise _too_big(written)
        return written

    # --- outgoing --------------------------------------------------------------------------------

    async def send(self, parcel: Parcel) -> Outcome:
        """Deliver one parcel as `telegram_sending.deliver` says; never raises."""
        try:
            return Sent(await deliver(self._bot, parcel))
        except Exception as error:
            outcome = outcome_of(error, self._safe(error))
        if isinstance(outcome, Later):
            log.warning("action=telegram.send_failed %s", outcome.why)
        return outcome

    # --- the bot itself --------------------------------------------------------------------------

    async def me(self) -> str:
        """The bot's username, for deep links. Raises SettingsError (token refused) or OSError."""
        return (await self._asked(self._bot.get_me)).username or ""

    async def set_webhook(self, url: str, secret: str) -> None:
        """Have updates posted to `url`, `secret` in the header. Raises SettingsError or OSError."""
        wanted = telegram_updates.WANTED_UPDATES
        await self._asked(partial(self._bot.set_webhook, url, secret_token=secret, allowed_updates=wanted))

    async def delete_webhook(self) -> None:
        """Back to polling; waiting updates stay. Raises SettingsError or OSError."""
        await self._asked(partial(self._bot.delete_webhook, drop_pending_updates=False))

    async def show_commands(self, commands: Sequence[tuple[str, str]]) -> None:
        """Fill the chat's menu with (name, description). Raises SettingsError or OSError."""
        await self._asked(partial(self._bot.set_my_commands, list(commands)))

    async def _asked(self, call: Callable[[], Awaitable[Answer]]) -> Answer:
        """Ask, once more when told to wait a little (a second setWebhook within a second is refused)."""
        try:
            try:
                return await call()
            except RetryAfter as error:
                await asyncio.sleep(min(LONGEST_PAUSE, seconds(error)))
                return await call()
        except InvalidToken:
            raise SettingsError("Telegram refuses the bot token: check HOSO_TELEGRAM__TOKEN") from None
        except BadRequest as error:
            raise SettingsError(f"Telegram refuses this: {self._safe(error)}") from None
        except (TelegramError, *NONSENSE) as error:
            raise OSError(f"Telegram: {self._safe(error)}") from None

    async def close(self) -> None:
        """Give back connections; taps that wait for their answer are dropped."""
        answers = list(self._answers)
        for task in answers:
            task.cancel()
        await asyncio.gather(*answers, return_exceptions=True)
        await self._polls.shutdown()
        await self._calls.shutdown()
        await self._downloads.shutdown()

    def _safe(self, error: Exception) -> str:
        """The error in words without the token."""
        return safe(error, self._token)


def _confirmable(answer: Any) -> list[dict[str, Any]]:
    """The updates in an answer of getUpdates. Raises ValueError when it holds anything else only."""
    updates = [raw for raw in answer if telegram_updates.is_update(raw)] if isinstance(answer, list) else []
    if answer != [] and not updates:
        raise ValueError("getUpdates answered nonsense")
    return updates


def _too_big(size: int | None) -> FileRefused:
    over = max(size or 0, MAX_FILE_BYTES + 1)
    return FileRefused("file.too_big", mb=math.ceil(over / 2**20), max_mb=MAX_FILE_BYTES // 2**20)
