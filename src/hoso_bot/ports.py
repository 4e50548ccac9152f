"""The seams of hoso-bot: where two real things exist, a dangerous one, or time."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from hoso_bot.domain.comparison import PageChanges
from hoso_bot.domain.events import ChatEvent, FileSent
from hoso_bot.domain.inspection import Inspection
from hoso_bot.domain.messages import Outcome, Parcel
from hoso_bot.domain.signature_levels import Stamped, UpgradeOrder
from hoso_bot.domain.signing import (
    KeyOrder,
    ReviewCopy,
    ReviewCopyOrder,
    SignatureReport,
    Signed,
    SigningKey,
    SignOrder,
)


class Verbatim(dict[str, Any]):
    """A JSON object that is kept as exactly the text it was read from; nobody changes it."""

    def __init__(self, text: str) -> None:
        """Raises ValueError (TypeError for some) when `text` is no JSON object."""
        super().__init__(json.loads(text))
        self.text = text


Store = Callable[[list[tuple[str, str, dict[str, Any]]]], Awaitable[None]]
"""Keeps raw updates durably before they are acknowledged: a list of (external id, lane, raw JSON)."""


class Clock(Protocol):
    """Time, so that tests can own it."""

    def now(self) -> datetime:
        """The current moment, timezone-aware UTC."""
        ...


class FileStore(Protocol):
    """Content-addressed files: put once, never changed, found by SHA-256 (hex)."""

    def put(self, source: Path) -> str:
        """Keep a copy of `source`, fsynced; returns its SHA-256."""
        ...

    def adopt(self, temporary: Path) -> str:
        """Like `put` for a file made at `new_temporary`, moved instead of copied."""
        ...

    def path(self, sha256: str) -> Path:
        """Where the bytes lie for reading. Raises FileNotFoundError."""
        ...

    def new_temporary(self) -> Path:
        """A path on the store's own disk for a file in the making."""
        ...


class Channel(Protocol):
    """One chat world."""

    name: str
    max_file_bytes: int

    def parse(self, raw: dict[str, Any]) -> ChatEvent | None:
        """The event in a raw update, None when it is not for us. Pure; may raise on nonsense."""
        ...

    async def listen(self, store: Store) -> None:
        """Receive until cancelled; acknowledge nothing that `store` has not kept."""
        ...

    async def fetch(self, file: FileSent, target: Path) -> None:
        """Stream the file's bytes to `target`. Raises FileRefused (final) or OSError (try again)."""
        ...

    async def send(self, parcel: Parcel) -> Outcome:
        """Deliver one message. Never raises for what a platform can answer."""
        ...


class Inspector(Protocol):
    """Looks at hostile bytes in a limited child process. Thread-safe, blocking."""

    def inspect(self, path: Path, name: str, picture: Path | None = None) -> Inspection:
        """Structure, text and facts; page 1 as a JPEG at `picture` (left out where it cannot be drawn).

        Raises FileRefused, SandboxFailed.
        """
        ...

    def review_copy(self, order: ReviewCopyOrder) -> ReviewCopy:
        """One clean revision with every signature field and approval box.

        Raises FileRefused, SandboxFailed.
        """
        ...

    def verify(self, path: Path, ca_pem: bytes) -> SignatureReport:
        """Every signature of the file, with difference analysis. Raises FileRefused, SandboxFailed."""
        ...

    def compare(self, old: Path, new: Path) -> PageChanges:
        """Which pages changed between two versions. Raises FileRefused, SandboxFailed."""
        ...


class Signer(Protocol):
    """Makes approval signatures in a process apart, and keys where custody allows. Thread-safe, blocking."""

    def sign(self, order: SignOrder) -> Signed:
        """One incremental PAdES signature, checked before it is returned. Raises SigningFailed."""
        ...

    def issue(self, order: KeyOrder) -> SigningKey:
        """The person's key: the current one when its certificate names them so, else a new one.

        Raises SigningFailed where the CA's key cannot be opened (any custody but `server`).
        """
        ...

    def upgrade(self, order: UpgradeOrder) -> Stamped:
        """Evidence and a document timestamp behind a signed file. Raises NoTimestamp, SigningFailed."""
        ...
