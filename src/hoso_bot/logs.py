"""What the program writes on stderr: one JSON line an event, never what people wrote, never a secret.

An exception is told by its class and place (`domain.errors.outline`), because its message may quote whatever
was being worked on. Known secrets are masked wherever they would stand, as a second belt.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import sys
import threading
from collections.abc import Collection, Iterable, MutableMapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO
from urllib.parse import unquote, urlsplit

import structlog
from pydantic import BaseModel, SecretStr

from hoso_bot import story
from hoso_bot.domain.errors import outline, places
from hoso_bot.settings import Settings

MASK = "***"
_BOT_TOKEN = re.compile(r"\d{6,}:[A-Za-z0-9_-]{30,}")
_LINK_TOKEN = re.compile(r"(/(?:the|nop|pin|f|anh|bang/vao)/)[\w-]{16,}", re.ASCII)
_SHORTEST = 6

Event = MutableMapping[str, Any]


def secrets_of(settings: BaseModel | Settings) -> set[str]:
    """Every secret the settings hold, as it would be written: what is marked as one, passwords in URLs."""
    found: set[str] = set()
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            found.add(value.get_secret_value())
        elif isinstance(value, BaseModel):
            found |= secrets_of(value)
        elif isinstance(value, str) and "://" in value and (password := urlsplit(value).password):
            found |= {password, unquote(password)}
    return found


class Mask:
    """Replaces secrets in anything that is about to be written."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known: list[str] = []
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Hide these, too."""
        known = {*self._known, *(secret for secret in secrets if len(secret) >= _SHORTEST)}
        self._known = sorted(known, key=len, reverse=True)

    def text(self, words: str) -> str:
        """The words without any secret, and without the part of a link that opens a page."""
        for secret in self._known:
            words = words.replace(secret, MASK)
        return _LINK_TOKEN.sub(rf"\1{MASK}", _BOT_TOKEN.sub(MASK, words))

    def line(self, _logger: Any, _name: str, event: Event) -> str:
        """A structlog event as one JSON line without any."""
        return self.text(json.dumps(event, ensure_ascii=False, default=str))


def with_story(_logger: Any, _name: str, event: Event) -> Event:
    """A structlog event with what the work at hand is about."""
    return {**story.known(), **event}


def without_message(_logger: Any, _name: str, event: Event) -> Event:
    """A structlog event with its exception told by class and place."""
    given = event.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else sys.exc_info()[1] if given else None
    return {**event, **_told(error)}


class OfLibraries(logging.Formatter):
    """Lines of libraries that use `logging`, as one JSON line each, exceptions told as everywhere here."""

    def __init__(self, mask: Mask) -> None:
        super().__init__()
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        """One line without secrets. asyncio's first line says what; the rest quotes objects."""
        message = record.getMessage()
        if record.name == "asyncio":
            message = message.partition("\n")[0]
        told = _told(record.exc_info[1] if record.exc_info else None)
        at = datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z")
        line = {"event": message, "level": record.levelname.lower(), "logger": record.name, "timestamp": at}
        return self._mask.text(json.dumps({**line, **told}, ensure_ascii=False))


class _Bearing:
    """Where lines go; a disk that takes none of them must not end the work they tell of."""

    def __init__(self, target: TextIO) -> None:
        self._target = target

    def write(self, line: str) -> None:
        """The line, if it can be."""
        with contextlib.suppress(OSError):
            self._target.write(line)

    def flush(self) -> None:
        """The same."""
        with contextlib.suppress(OSError):
            self._target.flush()


_MASK = Mask()


def hide(secrets: Collection[str]) -> None:
    """From here on these are masked, too: of a school that was taken up later."""
    _MASK.learn(secrets)


def to_stderr(level: int = logging.INFO, secrets: Collection[str] = ()) -> None:
    """From here on everything is written that way, what ends the process too."""
    mask = _MASK
    hide(secrets)
    structlog.configure(
        processors=[
            with_story,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            without_message,
            mask.line,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(_Bearing(sys.stderr)),  # type: ignore[arg-type]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OfLibraries(mask))
    logging.basicConfig(level=max(level, logging.INFO), handlers=[handler])
    sys.excepthook = _last_words
    threading.excepthook = lambda given: _last_words(given.exc_type, given.exc_value, given.exc_traceback)


def _told(error: BaseException | None) -> dict[str, Any]:
    return {"error": outline(error), "at": places(error)} if error else {}


def _last_words(kind: type[BaseException], error: BaseException | None, _trace: TracebackType | None) -> None:
    """The last line of a process that dies; a user's Ctrl+C is nothing to tell."""
    if not issubclass(kind, KeyboardInterrupt):
        print(json.dumps({"event": "died", **_told(error)}), file=sys.stderr)  # noqa: T201
