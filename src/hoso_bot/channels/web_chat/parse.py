"""Raw updates of the demo page as domain events. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hoso_bot.domain.events import Address, ButtonTapped, ChatEvent, CommandSent, FileSent, TextSent

CHANNEL = "web_chat"
_KIND_BY_MEDIA = {"image": "photo", "video": "video", "audio": "voice"}


def parse(raw: dict[str, Any]) -> ChatEvent | None:
    """The event in `{"id","chat","kind","at","message",…}`; None for a kind this version does not know.

    `at` is ISO 8601 with an offset. Raises KeyError for a missing field, ValueError for a time without one.
    """
    build = _BUILDERS.get(raw["kind"])
    if build is None:
        return None
    return build(Address(CHANNEL, raw["chat"]), _utc(raw["at"]), raw["message"], raw)


def _utc(stamp: str) -> datetime:
    moment = datetime.fromisoformat(stamp)
    if moment.tzinfo is None:
        raise ValueError(f"time without an offset: {stamp!r}")
    return moment.astimezone(UTC)


def _text(origin: Address, at: datetime, ref: str, raw: dict[str, Any]) -> ChatEvent:
    return TextSent(origin, at, ref, raw["text"], raw.get("reply_to", ""))


def _command(origin: Address, at: datetime, ref: str, raw: dict[str, Any]) -> ChatEvent:
    name, _, argument = raw["text"].strip().partition(" ")
    return CommandSent(origin, at, ref, name.removeprefix("/").lower(), argument.strip())


def _tap(origin: Address, at: datetime, ref: str, raw: dict[str, Any]) -> ChatEvent:
    return ButtonTapped(origin, at, ref, raw["token"])


def _file(origin: Address, at: datetime, ref: str, raw: dict[str, Any]) -> ChatEvent:
    file = raw["file"]
    kind = _KIND_BY_MEDIA.get(file["mime"].partition("/")[0], "document")
    return FileSent(
        origin,
        at,
        ref,
        remote_id=file["path"],
        name=file["name"],
        kind=kind,
        size=file["size"],
        reply_to=raw.get("reply_to", ""),
    )


_BUILDERS = {"text": _text, "command": _command, "tap": _tap, "file": _file}
