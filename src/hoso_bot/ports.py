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
from hoso_bot.domain.messages import Abilities, Outcome, Parcel
from hoso_bot.domain.returned_file import ReturnReport
from hoso_bot.domain.signature_levels import Stamped, UpgradeOrder
from hoso_bot.domain.signing import (
    KeyOrder,
    PinOrder,
    PinSet,
    PrintOrder,
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


FACELESS = "faceless"
"""How the external id begins of what came without anybody's name: kept to be counted."""


OrderFor = Callable[[Inspection], ReviewCopyOrder | None]
"""Which review copy to make of a file that has just been read."""


class Clock(Protocol):
    """Time, so that tests can own it."""

    def now(self) -> datetime:
        """The current moment, timezone-aware UTC."""
        ...


class Pace(Protocol):
    """How near a channel is to the calls that its platform allows."""

    def is_slow(self) -> bool:
        """Whether the calls that are left are for answers only."""
        ...

    def is_full(self) -> bool:
        """Whether no call is left."""
        ...


class FileStore(Protocol):
    """Content-addressed files: put once, never changed, found by SHA-256 (hex).

    All but `new_temporary`, `free` and `release` raise FilesAway while the store cannot be used.
    """

    def put(self, source: Path) -> str:
        """Keep a copy of `source`, durable before this returns; returns its SHA-256."""
        ...

    def adopt(self, temporary: Path, hold: bool = False) -> str:
        """Like `put` for a file made at `new_temporary`, which is gone then; `hold` until `release`."""
        ...

    def release(self, sha256: str) -> None:
        """Ends one `hold`."""
        ...

    def remove(self, sha256: str, is_needed: Callable[[], bool]) -> bool:
        """Remove the bytes unless needed; False, and nothing done, while somebody may hold them."""
        ...

    def path(self, sha256: str) -> Path:
        """Where the bytes lie for reading. Raises FileNotFoundError."""
        ...

    def is_sound(self, sha256: str) -> bool:
        """Whether the bytes where they are kept, and no copy of them, are those of the name."""
        ...

    def size(self, sha256: str) -> int:
        """How many bytes. Raises FileNotFoundError."""
        ...

    def stored(self) -> dict[str, int]:
        """Every kept file by SHA-256, with its bytes."""
        ...

    def read(self, sha256: str, target: Path) -> str:
        """Copy the bytes as they are to `target`; their SHA-256. Raises FileNotFoundError."""
        ...

    def prove(self) -> None:
        """Look whether files can be kept there for this school."""
        ...

    def trouble(self) -> str:
        """Why the store cannot be used now, '' when it can. Never raises."""
        ...

    def free(self) -> int:
        """Bytes that are left on the disk files are made on."""
        ...

    def new_temporary(self) -> Path:
        """A path on that disk for a file in the making."""
        ...

    def sweep(self, older_than: float = 0.0) -> None:
        """Remove what a killed process left in the making; seconds: others may be at work there."""
        ...


class Channel(Protocol):
    """One chat world."""

    name: str
    max_file_bytes: int
    abilities: Abilities

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

    def is_awaited(self) -> bool:
        """Whether more files wait than can be looked at now; never waits itself."""
        ...

    def inspect(self, path: Path, name: str) -> Inspection:
        """Structure, text and facts. Raises FileRefused, SandboxFailed."""
        ...

    def take_in(
        self, path: Path, name: str, picture: Path, then: OrderFor
    ) -> tuple[Inspection, ReviewCopy | None]:
        """Inspect, draw page 1 as a JPEG at `picture`, and make the review copy that `then` orders.

        `then` is called once, with a file that nothing blocks, while its parsed pages are still at hand;
        None orders nothing. Picture and review copy are left out where they cannot be made.
        Raises FileRefused, SandboxFailed.
        """
        ...

    def review_copy(self, order: ReviewCopyOrder) -> ReviewCopy:
        """One clean revision with every signature field and approval box.

        Raises FileRefused, SandboxFailed.
        """
        ...

    def print_copy(self, order: PrintOrder) -> None:
        """A signed file as paper wants it, which is no signed file. Raises FileRefused, SandboxFailed."""
        ...

    def verify(self, path: Path, ca_pem: bytes, ours: bool = False) -> SignatureReport:
        """Every signature of the file, with difference analysis. Raises FileRefused, SandboxFailed.

        ours: it lay in our archive since the review copy.
        """
        ...

    def look_at_return(self, path: Path, size: int, trust_pem: bytes) -> ReturnReport:
        """What a signing tool added behind the first `size` bytes. Raises FileRefused, SandboxFailed."""
        ...

    def compare(self, old: Path, new: Path) -> PageChanges:
        """Which pages changed between two versions. Raises FileRefused, SandboxFailed."""
        ...

    def draw_page(self, path: Path, number: int, target: Path) -> bool:
        """Page `number` (from 1) as a JPEG to read at `target`; False where there is none.

        Raises FileRefused, SandboxFailed.
        """
        ...


class Signer(Protocol):
    """Makes approval signatures in a process apart, and keys where custody allows. Thread-safe, blocking."""

    def sign(self, order: SignOrder) -> Signed:
        """One incremental PAdES signature, checked before it is returned.

        Raises SigningFailed, KeyLocked when the key is under a PIN and its window is closed.
        """
        ...

    def issue(self, order: KeyOrder) -> SigningKey:
        """The person's key: the current one when its certificate names them so, else a new one.

        Raises SigningFailed where the CA's key cannot be opened (any custody but `server`).
        """
        ...

    def seal(self, typed: str) -> str:
        """What a person typed as a PIN, readable by this desk alone and only as long as it runs."""
        ...

    @property
    def public_door(self) -> bytes:
        """The public key (X25519, 32 bytes) that it is sealed to."""
        ...

    def set_pin(self, order: PinOrder) -> PinSet:
        """Close a key's secret under a first PIN and open the signing window. Raises PinRefused."""
        ...

    def unlock(self, order: PinOrder) -> bool:
        """Open the signing window of a key; False when only a signature will prove the PIN.

        Raises PinRefused, SignerAway.
        """
        ...

    def asks_for(self, key: SigningKey) -> str:
        """What a signer types: a PIN of ours (empty), `token`, or a service's `pin`, `otp`, `both`."""
        ...

    def window(self, key: SigningKey, now: datetime) -> datetime | None:
        """Until when the key may sign without its PIN; None when it may not."""
        ...

    def close_window(self, key_id: str) -> None:
        """Forget an opened key."""
        ...

    def upgrade(self, order: UpgradeOrder) -> Stamped:
        """Evidence and a document timestamp behind a signed file. Raises NoTimestamp, SigningFailed."""
        ...
