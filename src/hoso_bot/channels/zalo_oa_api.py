"""The OpenAPI of a Zalo Official Account over HTTP: one question, one answer or one named refusal.

https://docs.zaloplatforms.com/docs/OA: refusals come as HTTP 200 with an `error` that is not 0.
"""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import aiohttp

from hoso_bot.channels.call_pace import CallPace
from hoso_bot.channels.zalo_oa_errors import Meaning, meaning
from hoso_bot.domain.errors import HosoError
from hoso_bot.domain.messages import Template

PUBLIC_API = "https://openapi.zalo.me"
PUBLIC_BUSINESS = "https://business.openapi.zalo.me"
PUBLIC_OAUTH = "https://oauth.zaloapp.com"
CALLS_PER_MINUTE = 100
CALLS_LEFT = "X-RateLimit-Remain"
CALL_SECONDS, UPLOAD_SECONDS = 20.0, 60.0


class ZaloRefused(HosoError):
    """Zalo answered no: `code` as in its table of errors."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"Zalo {code}: {message}")
        self.code, self.message = code, message


class OaApi:
    """One HTTP session, made by the first call. Every method raises ZaloRefused or OSError (try again)."""

    def __init__(
        self,
        base_url: str = PUBLIC_API,
        oauth_url: str = PUBLIC_OAUTH,
        calls_per_minute: int = CALLS_PER_MINUTE,
        business_url: str = PUBLIC_BUSINESS,
    ) -> None:
        self._base, self._oauth = base_url.rstrip("/"), oauth_url.rstrip("/")
        self._business = business_url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None
        self.pace = CallPace(calls_per_minute)
        self.clock_ahead: timedelta | None = None
        """How much this machine's clock was ahead of Zalo's at the last answer; None before, or unsaid."""

    async def send(self, access_token: str, user_id: str, message: dict[str, Any]) -> str:
        """A consultation message; its id."""
        body = {"recipient": {"user_id": user_id}, "message": message}
        url = f"{self._base}/v3.0/oa/message/cs"
        data = await self._asked(url, json=body, headers={"access_token": access_token})
        return str(data["message_id"])

    async def send_template(self, access_token: str, template: Template, by_phone: bool = False) -> str:
        """A template (ZBS) to a user of the OA, or to whoever has this phone number on Zalo; its id."""
        body: dict[str, Any] = {"template_id": template.id, "template_data": template.values}
        if by_phone:
            url = f"{self._business}/message/template"
            body |= {"phone": template.phone, "tracking_id": template.tracking_id}
        else:
            url, body = f"{self._base}/v3.0/oa/message/template", {"user_id": template.chat_id, **body}
        data = await self._asked(url, json=body, headers={"access_token": access_token})
        return str(data["msg_id"])

    async def upload_file(self, access_token: str, path: Path, name: str) -> str:
        """A PDF, DOC or DOCX of at most 5 MB; the token it is sent by."""
        return str((await self._upload("file", access_token, path, name))["token"])

    async def upload_image(self, access_token: str, path: Path, name: str) -> str:
        """A JPG or PNG of at most 1 MB; the attachment id it is sent by."""
        return str((await self._upload("image", access_token, path, name))["attachment_id"])

    async def _upload(self, kind: str, access_token: str, path: Path, name: str) -> dict[str, Any]:
        with path.open("rb") as handle:
            form = aiohttp.FormData(quote_fields=False)
            form.add_field("file", handle, filename=name)
            return await self._asked(
                f"{self._base}/v2.0/oa/upload/{kind}",
                data=form,
                headers={"access_token": access_token},
                timeout=aiohttp.ClientTimeout(total=UPLOAD_SECONDS),
            )

    async def accepts(self, access_token: str) -> bool:
        """Whether this access token is good, by asking about nobody: only a token's own refusal counts."""
        url, nobody = f"{self._base}/v3.0/oa/user/detail", json.dumps({"user_id": "0"})
        try:
            await self._asked(url, "GET", params={"data": nobody}, headers={"access_token": access_token})
        except ZaloRefused as refused:
            return meaning(refused.code) is not Meaning.TOKEN
        return True

    async def token(self, app_secret: str, **form: str) -> dict[str, Any]:
        """A pair of tokens for a code or a refresh token (`grant_type` says which).

        Only a refusal that names its error is one: a pair is too dear to be given up for a stray answer.
        """
        url = f"{self._oauth}/v4/oa/access_token"
        answer = await self._json(url, data=form, headers={"secret_key": app_secret})
        if "access_token" in answer and "refresh_token" in answer:
            return answer
        if answer.get("error") in (None, 0, "0", ""):
            raise OSError("neither tokens nor a refusal")
        raise _refusal(answer)

    async def _asked(self, url: str, method: str = "POST", **content: Any) -> dict[str, Any]:
        await self.pace.turn()
        answer = await self._json(url, method, **content)
        if answer.get("error") not in (0, "0") or not isinstance(answer.get("data"), dict):
            refused = _refusal(answer)
            if meaning(refused.code) is Meaning.SLOWER:
                self.pace.told(0)
            raise refused
        return dict(answer["data"])

    async def _json(self, url: str, method: str = "POST", **content: Any) -> dict[str, Any]:
        session = self._opened()
        try:
            async with session.request(method, url, allow_redirects=False, **content) as response:
                self._compare_clocks(response.headers.get("Date", ""))
                if (left := response.headers.get(CALLS_LEFT, "")).isdecimal():
                    self.pace.told(int(left))
                if response.status != 200:
                    raise OSError(f"HTTP {response.status}")
                answer = json.loads(await response.read())
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise OSError(f"{type(error).__name__}") from None  # its words may hold a token
        if not isinstance(answer, dict):
            raise OSError("the answer is no JSON object")
        return answer

    def _compare_clocks(self, date: str) -> None:
        with contextlib.suppress(ValueError):
            self.clock_ahead = datetime.now(UTC) - parsedate_to_datetime(date)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=CALL_SECONDS))
        return self._session

    async def close(self) -> None:
        """Give back the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def _refusal(answer: dict[str, Any]) -> ZaloRefused:
    code = answer.get("error")
    words = answer.get("message") or answer.get("error_name") or answer.get("error_description") or ""
    number = str(code)
    return ZaloRefused(int(number) if number.lstrip("-").isdigit() else -1, str(words)[:200])
