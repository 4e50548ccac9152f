"""The API of Zalo's Bot Platform over HTTP: one question, one answer or one named refusal.

https://bot.zaloplatforms.com/docs: `{base}/bot{token}/{method}`. The token is a part of every address, so no
address and no error of the HTTP library is ever told: both would hold it.
"""

from __future__ import annotations

import contextlib
import json
from typing import Any

import aiohttp

from hoso_bot.domain.errors import HosoError

PUBLIC_API = "https://bot-api.zaloplatforms.com"
CALL_SECONDS, PHOTO_SECONDS = 20.0, 60.0
POLL_SPARE = 10.0
NOBODY_WROTE = 408


class BotRefused(HosoError):
    """Zalo answered no: `code` is its error_code, mostly the HTTP status too."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(f"Zalo Bot {code}: {description}")
        self.code, self.description = code, description


class BotApi:
    """One HTTP session, made by the first call. Every method raises BotRefused or OSError (try again)."""

    def __init__(self, token: str, base_url: str = PUBLIC_API) -> None:
        self._token, self._methods = token, f"{base_url.rstrip('/')}/bot{token}"
        self._session: aiohttp.ClientSession | None = None

    async def me(self) -> dict[str, Any]:
        """Who the bot is: `account_name`, and mostly `display_name`."""
        return await self._asked("getMe")

    async def updates(self, seconds: int) -> list[dict[str, Any]]:
        """What somebody wrote within so many seconds: one update, for Zalo's part gone now; mostly none."""
        try:
            found = await self._result("getUpdates", seconds + POLL_SPARE, timeout=str(seconds))
        except BotRefused as refused:
            if refused.code == NOBODY_WROTE:
                return []
            raise
        several = found if isinstance(found, list) else [found]
        return [update for update in several if isinstance(update, dict) and update]

    async def send_text(self, chat_id: str, text: str) -> str:
        """A message of 1 to 2000 characters; its id."""
        return str((await self._asked("sendMessage", chat_id=chat_id, text=text))["message_id"])

    async def send_photo(self, chat_id: str, link: str) -> str:
        """A picture that Zalo's servers download; the message's id."""
        sent = await self._asked("sendPhoto", PHOTO_SECONDS, chat_id=chat_id, photo=link)
        return str(sent["message_id"])

    async def set_webhook(self, url: str, secret: str) -> dict[str, Any]:
        """Have updates posted there. Zalo keeps the address even where its `verification` is not ok."""
        return await self._asked("setWebhook", url=url, secret_token=secret)

    async def delete_webhook(self) -> None:
        """Back to polling."""
        await self._asked("deleteWebhook")

    async def webhook(self) -> str:
        """Where updates are posted; '' for nowhere."""
        try:
            return str((await self._asked("getWebhookInfo")).get("url") or "")
        except BotRefused as refused:
            if refused.code == 404:
                return ""
            raise

    async def _asked(self, method: str, seconds: float = CALL_SECONDS, **parameters: str) -> dict[str, Any]:
        result = await self._result(method, seconds, **parameters)
        if not isinstance(result, dict):
            raise OSError(f"{method}: the answer has no result")
        return result

    async def _result(self, method: str, seconds: float, **parameters: str) -> Any:
        timeout = aiohttp.ClientTimeout(total=seconds)
        try:
            async with self._opened().post(
                f"{self._methods}/{method}", json=parameters, timeout=timeout, allow_redirects=False
            ) as response:
                status, body = response.status, await response.read()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise OSError(f"{method}: {type(error).__name__}") from None
        answer = _json(body)
        if answer.get("ok") is True:
            return answer.get("result")
        if "ok" not in answer and "error_code" not in answer:
            raise OSError(f"{method}: HTTP {status}")
        raise BotRefused(_code(answer, status), self._safe(str(answer.get("description") or ""))[:200])

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session

    def _safe(self, words: str) -> str:
        """Zalo's words without the token, should it ever repeat the address."""
        return words.replace(self._token, "***")

    async def close(self) -> None:
        """Give back the connections."""
        if self._session is not None:
            await self._session.close()


def _json(body: bytes) -> dict[str, Any]:
    with contextlib.suppress(ValueError, RecursionError):
        if isinstance(found := json.loads(body), dict):
            return found
    return {}


def _code(answer: dict[str, Any], status: int) -> int:
    """error_code comes as a number or as its text; without one the HTTP status says the same."""
    found = str(answer.get("error_code", ""))
    return int(found) if found.isdigit() else status
