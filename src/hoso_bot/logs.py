"""What the program writes on stderr: one JSON line an event, never what people wrote, never a secret.

An exception is told by its class and place (`domain.errors.outline`), because its message may quote whatever
was being worked on. Known secrets are masked wherever they would stand, as a second belt.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
from collections.abc import Collection, Iterable, MutableMapping
from types import TracebackType
from typing import Any

import structlog

from hoso_bot import story
from hoso_bot.domain.errors import outline, places
from hoso_bot.settings import Settings

MASK = "***"
_BOT_TOKEN = re.compile(r"\d{6,}:[A-Za-z0-9_-]{30,}")
_SHORTEST = 6

Event = MutableMapping[str, Any]


def secrets_of(settings: Settings) -> set[str]:
    """Every secret the settings hold, as it would be written."""
    telegram, signing, oa, bot = settings.telegram, settings.signing, settings.zalo_oa, settings.zalo_bot
    kept = (
        telegram.token,
        telegram.secret,
        settings.master_key,
        oa.app_secret,
        oa.oa_secret,
        oa.refresh_token,
        bot.token,
        bot.secret,
        settings.files.secret,
    )
    ours = (*kept, signing.csc_token, signing.csc_client_secret)
    return {secret.get_secret_value() for secret in ours if secret}


class Mask:
    """Replaces secrets in anything that is about to be written."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = sorted({s for s in secrets if len(s) >= _SHORTEST}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def text(self, words: str) -> str:
        """The words without any secret."""
        return _BOT_TOKEN.sub(MASK, self._known.sub(MASK, words) if self._known else words)

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


class Plain(logging.Formatter):
    """Lines of libraries that use `logging`: the message, and exceptions as everywhere here."""

    def __init__(self, mask: Mask) -> None:
        super().__init__("%(levelname)s %(message)s")
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        """One line without secrets. asyncio's first line says what; the rest quotes objects."""
        message = record.getMessage()
        if record.name == "asyncio":
            message = message.partition("\n")[0]
        error = record.exc_info[1] if record.exc_info else None
        told = f" {outline(error)} {' '.join(places(error))}" if error else ""
        return self._mask.text(f"{record.levelname} {message}{told}")


def to_stderr(level: int = logging.INFO, secrets: Collection[str] = ()) -> None:
    """From here on everything is written that way, what ends the process too."""
    mask = Mask(secrets)
    structlog.configure(
        processors=[
            with_story,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            without_message,
            mask.line,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Plain(mask))
    logging.basicConfig(level=max(level, logging.INFO), handlers=[handler])
    sys.excepthook = _last_words
    threading.excepthook = lambda given: _last_words(given.exc_type, given.exc_value, given.exc_traceback)


def _told(error: BaseException | None) -> dict[str, Any]:
    return {"error": outline(error), "at": places(error)} if error else {}


def _last_words(kind: type[BaseException], error: BaseException | None, _trace: TracebackType | None) -> None:
    """The last line of a process that dies; a user's Ctrl+C is nothing to tell."""
    if not issubclass(kind, KeyboardInterrupt):
        print(json.dumps({"event": "died", **_told(error)}), file=sys.stderr)  # noqa: T201
