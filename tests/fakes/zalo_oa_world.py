"""What Zalo knows of one app and its Official Account: tokens, people, messages. No HTTP here.

Behaviour follows the fact sheet behind docs/zalo.md; what the sheet calls wrong is refused and noted in
`strictness`, so that a test fails even where the program under test swallowed the refusal.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import zalo_chats
from zalo_chats import Chats, Json, Message, Refused
from zalo_oa_templates import Template

ACCESS_SECONDS = 90_000
REFRESH_SECONDS = 90 * 86_400
CODE_SECONDS = 600
FREE_SECONDS, PAID_SECONDS = 48 * 3_600, 7 * 86_400
MESSAGE_PRICE = 55
IMAGE_SECONDS = 7 * 86_400
MAX_TEXT, MAX_TITLE, MAX_PAYLOAD, MAX_BUTTONS = 2_000, 100, 1_000, 5
MAX_FILE, MAX_IMAGE = 5 * 2**20, 2**20
VN = timezone(timedelta(hours=7))
_BUTTON_TYPES = ("oa.query.show", "oa.query.hide", "oa.open.url", "oa.open.phone", "oa.open.sms")


@dataclass
class Person(zalo_chats.Person):
    """interacted: when they last did something, None: never."""

    interacted: float | None = None
    blocked: bool = False
    muted: bool = False
    phone: str = ""


@dataclass
class Stored:
    """A file's bytes; kind: `file` or `image` of an upload, `sent` by a person."""

    name: str
    body: bytes
    kind: str
    at: float
    spent: bool = False


class World(Chats):
    """One app with one OA. Made by the simulation; its secrets are known to the test."""

    def __init__(self, app_id: str) -> None:
        super().__init__()
        self.app_id, self.oa_id = app_id, str(3_000_000_000 + secrets.randbelow(10**9))
        self.app_secret, self.oa_secret = secrets.token_hex(10), secrets.token_hex(10)
        self.people: dict[str, Person] = {}
        self.files: dict[str, Stored] = {}
        self.access: dict[str, float] = {}
        self.refresh: dict[str, float] = {}
        self.spent_refresh: set[str] = set()
        self.spent_again = 0
        self.codes: dict[str, tuple[str, float]] = {}
        self.bills: list[Json] = []
        self.wallet: int | None = None
        self.daily_quota = 500
        self.templates: dict[str, Template] = {}
        self.admins: set[str] = set()
        self.per_minute, self.night_ban, self.stringify, self.twice = 2_000, False, False, False
        self.says_calls_left = False
        self.hook = ""
        self.subscribed = True
        self.deliveries: list[Json] = []
        self.waiting = 0
        self._minute: list[float] = []
        self.too_many = 0

    def refused(self, code: int, why: str) -> Refused:
        """An answer that may well come in real life, to be raised."""
        return Refused(code, why)

    def wrong(self, why: str, code: int = -201) -> Refused:
        """What the sheet says is wrong: noted, to be raised."""
        return self.noted(code, why)

    # --- tokens ----------------------------------------------------------------------------------

    def new_code(self, challenge: str) -> str:
        """What the permission page gives the administrator's browser."""
        code = secrets.token_urlsafe(24)
        self.codes[code] = (challenge, self.now() + CODE_SECONDS)
        return code

    def new_pair(self) -> Json:
        """A fresh pair; expires_in is text."""
        access, refresh = secrets.token_urlsafe(40), secrets.token_urlsafe(40)
        self.access[access] = self.now() + ACCESS_SECONDS
        self.refresh[refresh] = self.now() + REFRESH_SECONDS
        return {"access_token": access, "refresh_token": refresh, "expires_in": str(ACCESS_SECONDS)}

    def token(self, form: Json, secret_key: str | None) -> Json:
        """POST /v4/oa/access_token."""
        if secret_key != self.app_secret:
            raise self.wrong("secret_key is not the app's secret", -14002)
        if form.get("grant_type") == "refresh_token":
            return self._refreshed(str(form.get("refresh_token", "")))
        if form.get("grant_type") != "authorization_code":
            raise self.wrong(f"grant_type {form.get('grant_type')!r}", -14001)
        challenge, until = self.codes.pop(str(form.get("code", "")), ("", 0.0))
        digest = hashlib.sha256(str(form.get("code_verifier", "")).encode()).digest()
        if until < self.now() or base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != challenge:
            raise Refused(-14004, "invalid code or code_verifier")
        return self.new_pair()

    def _refreshed(self, old: str) -> Json:
        if old in self.spent_refresh:
            self.spent_again += 1
        if self.refresh.pop(old, 0.0) < self.now():
            raise Refused(-14014, "invalid refresh token")
        self.spent_refresh.add(old)
        return self.new_pair()

    def check(self, access: str | None) -> None:
        """Whether a call may be made with this header. Raises Refused."""
        if access not in self.access:
            raise Refused(-216, "Access token is invalid")
        if self.access[access] < self.now():
            raise Refused(-220, "Access token is expired or removed")
        if not self.calls_left():
            self.too_many += 1
            raise Refused(-32, "Reached limit call API")
        self._minute.append(self.now())

    def calls_left(self) -> int:
        """How many calls may still be made within a minute of any earlier one."""
        now = self.now()
        self._minute = [at for at in self._minute if now - at < 60]
        return self.per_minute - len(self._minute)

    # --- people ----------------------------------------------------------------------------------

    def person(self, user_id: str, name: str = "") -> Person:
        """Somebody with a Zalo account."""
        return self.people.setdefault(user_id, Person(user_id, name or user_id))

    def interacts(self, person: Person) -> None:
        """The window opens again."""
        person.interacted = self.now()

    # --- sending ---------------------------------------------------------------------------------

    def send(self, body: Json) -> tuple[Person, Message, Json]:
        """POST /v3.0/oa/message/cs: a checked message in the person's chat. Raises Refused."""
        if set(body) != {"recipient", "message"} or set(body["recipient"]) != {"user_id"}:
            raise self.wrong(f"cs wants recipient.user_id and message, got {sorted(body)}")
        person = self.people.get(str(body["recipient"]["user_id"]))
        if person is None or person.blocked:
            raise Refused(-213, "User has not followed OA")
        if person.muted:
            raise Refused(-244, "User muted this kind")
        content = self._content(body["message"])
        silent = self.now() - person.interacted if person.interacted is not None else PAID_SECONDS + 1
        if silent > PAID_SECONDS:
            self.strictness.append(f"sent to {person.user_id} after {silent:.0f} s of silence")
            raise Refused(-230, "User has not interacted with the OA in the past 7 days")
        if self.is_night():
            raise Refused(-234, "Not allowed at night")
        if silent > FREE_SECONDS:
            self._bill(person)
        return person, self.add(person, by_bot=True, **content), body["message"]

    def is_night(self) -> bool:
        """Whether Zalo's night ban holds now, where the test switched it on."""
        hour = datetime.fromtimestamp(self.now(), VN).hour
        return self.night_ban and (hour >= 22 or hour < 6)

    def _bill(self, person: Person) -> None:
        """Beyond 48 hours each message costs; without a wallet or money in it none goes out."""
        if self.wallet is None:
            raise Refused(-320, "Your app needs to connect with a Zalo Cloud Account")
        if self.wallet < MESSAGE_PRICE:
            raise Refused(-321, "Zalo Cloud Account is out of money")
        self.wallet -= MESSAGE_PRICE
        self.bills.append({"user": person.user_id, "kind": "message", "price": MESSAGE_PRICE})

    def _content(self, message: Json) -> Json:
        """What a message shows. Raises Refused for everything the sheet does not know."""
        text, attachment = message.get("text", ""), message.get("attachment")
        if set(message) - {"text", "attachment", "quote_message_id"} or not isinstance(text, str):
            raise self.wrong(f"unknown parts of a message: {sorted(message)}")
        if len(text.encode("utf-16-le")) // 2 > MAX_TEXT:
            raise self.wrong("text over 2000", -210)
        if attachment is None:
            if not text.strip():
                raise self.wrong("an empty message")
            return {"text": text}
        if attachment.get("type") == "file":
            return self._file(text, attachment["payload"])
        if attachment.get("type") != "template":
            raise self.wrong(f"attachment type {attachment.get('type')!r}", -233)
        payload = attachment["payload"]
        if payload.get("template_type") == "media":
            return self._image(text, payload)
        if payload.get("template_type") not in (None, "button"):
            raise self.wrong(f"template_type {payload.get('template_type')!r}", -233)
        if not text.strip():
            raise self.wrong("buttons without text")
        return {"text": text, "buttons": self._buttons(payload.get("buttons"))}

    def _file(self, text: str, payload: Json) -> Json:
        stored = self.files.get(str(payload.get("token")))
        if text:
            raise self.wrong("text beside a file")
        if stored is None or stored.kind != "file" or stored.spent:
            raise Refused(-100, "Attachment is invalid or expired")
        stored.spent = True
        return {"file_id": str(payload["token"])}

    def _image(self, text: str, payload: Json) -> Json:
        (element,) = payload["elements"]
        stored = self.files.get(str(element.get("attachment_id")))
        if stored is None or stored.kind != "image" or self.now() - stored.at > IMAGE_SECONDS:
            raise Refused(-100, "Attachment is invalid or expired")
        if element.get("media_type") != "image":
            raise self.wrong(f"media_type {element.get('media_type')!r}", -233)
        return {"text": text, "photo": True}

    def _buttons(self, buttons: Any) -> list[Json]:
        if not isinstance(buttons, list) or not 0 < len(buttons) <= MAX_BUTTONS:
            raise self.wrong(f"{len(buttons or [])} buttons", -210)
        for button in buttons:
            if button.get("type") not in _BUTTON_TYPES or set(button) != {"title", "type", "payload"}:
                raise self.wrong(f"a button of {sorted(button)} and type {button.get('type')!r}")
            if not button["title"] or len(button["title"]) > MAX_TITLE:
                raise self.wrong("title of a button", -210)
            if len(str(button["payload"])) > MAX_PAYLOAD:
                raise self.wrong("payload of a button", -210)
        return buttons

    def upload(self, kind: str, name: str, body: bytes) -> Json:
        """POST /v2.0/oa/upload/file or /image. Raises Refused."""
        ending = name.lower().rpartition(".")[2]
        allowed, most = (
            (("pdf", "doc", "docx"), MAX_FILE) if kind == "file" else (("jpg", "jpeg", "png"), MAX_IMAGE)
        )
        if ending not in allowed:
            raise self.wrong(f"upload of a .{ending} as {kind}")
        if len(body) > most:
            raise self.wrong(f"{len(body)} bytes as {kind}", -210)
        key = secrets.token_urlsafe(24)
        self.files[key] = Stored(name, body, kind, self.now())
        return {"token": key} if kind == "file" else {"attachment_id": key}
