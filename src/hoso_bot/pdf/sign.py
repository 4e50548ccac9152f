"""The signing desk: `ports.Signer` in front of warm worker processes that alone ever hold an opened key.

desk = SigningDesk(master_key)
signed = desk.sign(order)      # thread-safe, blocking
desk.close()
"""

from __future__ import annotations

import base64
import contextlib
import queue
import threading
from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Protocol, Self

import structlog

from hoso_bot.domain.errors import KeyLocked, NoTimestamp, PinRefused, SigningFailed
from hoso_bot.domain.signature_levels import B_T, Stamped, UpgradeOrder
from hoso_bot.domain.signing import KeyOrder, PinOrder, PinSet, Signed, SigningKey, SignOrder
from hoso_bot.pdf import authority_status, keys
from hoso_bot.pdf.csc_client import CscClient
from hoso_bot.pdf.custody import seal
from hoso_bot.pdf.order_wording import base64_text, pin_message, sign_message, upgrade_message
from hoso_bot.pdf.pin_bench import DeskKeys
from hoso_bot.pdf.remote_keys import RemoteKeys
from hoso_bot.pdf.tokens import Tokens
from hoso_bot.pdf.tsa_client import TimestampClient
from hoso_bot.pdf.windows import Window, Windows
from hoso_bot.pdf.worker_process import FrameError, WorkerGone, WorkerProcess

log = structlog.get_logger(__name__)

_SIGN_SECONDS = 60.0
_LEAVE_SECONDS = 5.0


class Outside(Protocol):
    """Who has keys that we have not: tokens, or a remote service. Thread-safe, blocking."""

    def open(self, order: PinOrder) -> str:
        """What a window keeps of a typed PIN, unreadable in itself. Raises PinRefused, SignerAway."""
        ...

    def proves_pins(self) -> bool:
        """Whether `open` has found out that the PIN is right."""
        ...

    def asks_for(self, key: SigningKey) -> str:
        """What a signer types: `token`, or `pin`, `otp`, `both` of a service."""
        ...

    def is_spent(self, key: SigningKey) -> bool:
        """Whether one signature uses up what was typed."""
        ...

    def signature(self, key: SigningKey, window: str, attributes: bytes) -> bytes:
        """The signature value over the attributes. Raises PinRefused, SignerAway, SigningFailed."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


class SigningDesk:
    """The `Signer` of ports.py with `workers` processes; they start with the first order, or by `warm`.

    token_environment: what PKCS#11 modules find in their process's environment. remote: the signing service
    of keys in custody `remote`.
    """

    def __init__(
        self,
        master_key: bytes,
        workers: int = 2,
        timestamps: TimestampClient | None = None,
        token_environment: Mapping[str, str] | None = None,
        remote: CscClient | None = None,
    ) -> None:
        self._keys = DeskKeys.new(master_key)
        self._windows = Windows()
        self._timestamps = timestamps
        self._outside: dict[str, Outside] = {
            "token": Tokens(self._keys, token_environment or {}),
            "remote": RemoteKeys(self._keys, remote),
        }
        module = "hoso_bot.pdf.signing_worker"
        self._workers = [WorkerProcess(module, self._keys.to_json()) for _ in range(max(1, workers))]
        self._idle: queue.LifoQueue[WorkerProcess] = queue.LifoQueue()
        for worker in self._workers:
            self._idle.put(worker)
        self._closed = threading.Event()

    def warm(self) -> None:
        """Start an idle worker without waiting; others start when all are at work."""
        with contextlib.suppress(queue.Empty):
            worker = self._idle.get_nowait()
            with contextlib.suppress(WorkerGone):
                worker.start()
            self._idle.put(worker)

    def sign(self, order: SignOrder) -> Signed:
        """One incremental PAdES signature, checked before it is returned; B-T when a timestamp came in time.

        Raises SigningFailed, KeyLocked when the key is under a PIN and no window is open, and for a key
        elsewhere SignerAway and PinRefused (then its window is closed).
        """
        if order.at.tzinfo is None:
            raise SigningFailed("a signing time needs its time zone")
        window = self._opened(order)
        message = sign_message(order, window)
        if self._timestamps is None:
            return Signed(**self._made(order, message, window))
        return self._timestamped(self._timestamps, order, message, window)

    def _opened(self, order: SignOrder) -> Window | None:
        if order.key.custody == "server":
            return None
        window = self._windows.find(order.key.key_id, order.asked_at or order.at)
        if window is None:
            raise KeyLocked(lapsed=self._windows.lapsed(order.key.key_id))
        return window

    def _made(self, order: SignOrder, message: dict[str, Any], window: Window | None) -> dict[str, Any]:
        """The checked file: by a worker that opens the key, or in two halves around who has it."""
        outside = self._outside.get(order.key.custody)
        if outside is None:
            return self._ask(message)
        assert window
        prepared = self._ask({**message, "work": "prepare"})
        try:
            signature = outside.signature(order.key, window.token, base64.b64decode(prepared["attributes"]))
        except PinRefused:
            self._windows.close(order.key.key_id)
            raise
        self._windows.proved(order.key.key_id)
        if outside.is_spent(order.key):
            self._windows.close(order.key.key_id)
        return self._ask({**message, "work": "embed", "signature": base64_text(signature)})

    def _timestamped(
        self, timestamps: TimestampClient, order: SignOrder, message: dict[str, Any], window: Window | None
    ) -> Signed:
        """The file with room for a token is whole and stored before anybody is asked for one."""
        plain = self._made(order, {**message, "timestamp": True}, window)
        digest = bytes.fromhex(plain.pop("to_stamp"))
        try:
            token = timestamps.token(digest)
            stamped = self._ask({**message, "work": "stamp", "token": base64_text(token.der)})
        except (NoTimestamp, SigningFailed) as error:
            log.warning("timestamp.none", error=str(error))
            return Signed(**plain)
        return Signed(**stamped, level=B_T, authority_pem=token.authority_pem)

    def upgrade(self, order: UpgradeOrder) -> Stamped:
        """Evidence and a document timestamp behind a signed file, as one update; its old bytes stay.

        Raises NoTimestamp when no authority answers (or none is set), SigningFailed.
        """
        if self._timestamps is None:
            raise NoTimestamp("no timestamp authority is set")
        status = authority_status.ask(order.authorities)
        message = upgrade_message(order) | {"ocsps": [base64_text(response) for response in status]}
        prepared = self._ask({**message, "work": "prepare_upgrade"})
        token = self._timestamps.token(bytes.fromhex(prepared["to_stamp"]), patient=True)
        done = self._ask({**message, "work": "finish_upgrade", "token": base64_text(token.der)})
        return Stamped(**done, authority_pem=token.authority_pem)

    def _ask(self, message: dict[str, Any]) -> dict[str, Any]:
        """What a worker did with an order. Raises SigningFailed, PinRefused."""
        if self._closed.is_set():
            raise SigningFailed("the signing desk is closed")
        worker = self._idle.get()
        try:
            reply = _ask_twice(worker, message)
        finally:
            self._idle.put(worker)
        if "refused" in reply:
            raise PinRefused(str(reply["refused"]))
        if not isinstance(reply.get("done"), dict):
            raise SigningFailed(str(reply.get("failed", "no answer")))
        return dict(reply["done"])

    # --- PINs ----------------------------------------------------------------------------------------

    def seal(self, typed: str) -> str:
        """What a person typed as a PIN, readable by this desk alone and only as long as it runs."""
        return seal(self.public_door, typed)

    @property
    def public_door(self) -> bytes:
        """The public key (X25519, 32 bytes) that it is sealed to."""
        return self._keys.public_door

    def set_pin(self, order: PinOrder) -> PinSet:
        """Close a key's secret under a first PIN and open its window until `order.until`.

        Raises PinRefused (`pin.shape`, `pin.weak`, `pin.differs`, `pin.lost`), SigningFailed.
        """
        done = self._ask(pin_message("set", order))
        self._windows.open(order.key.key_id, done["window"], order.until)
        return PinSet(base64.b64decode(done["closed"]), base64.b64decode(done["salt"]))

    def unlock(self, order: PinOrder) -> bool:
        """Open the window of a key until `order.until`; False when only a signature will prove the PIN.

        Raises PinRefused (`pin.wrong`, `pin.lost`), SigningFailed; SignerAway when who has the key was not
        asked, or could not say. Counting tries is the caller's work.
        """
        outside = self._outside.get(order.key.custody)
        opened = outside.open(order) if outside else self._ask(pin_message("open", order))["window"]
        proved = outside is None or outside.proves_pins()
        self._windows.open(order.key.key_id, opened, order.until, proved)
        return proved

    def asks_for(self, key: SigningKey) -> str:
        """What a signer types for this key: empty for a PIN of ours."""
        outside = self._outside.get(key.custody)
        return outside.asks_for(key) if outside else ""

    def window(self, key: SigningKey, now: datetime) -> datetime | None:
        """Until when the key may sign without its PIN; None when it may not."""
        found = self._windows.find(key.key_id, now)
        return found.until if found else None

    def close_window(self, key_id: str) -> None:
        """Forget an opened key."""
        self._windows.close(key_id)

    def issue(self, order: KeyOrder) -> SigningKey:
        """The current key when its certificate fits, else a new one (custody `server`)."""
        current = order.current
        if current and (
            current.foreign or keys.fits_holder(current.certificate_pem, order.name, order.title)
        ):
            return current
        authority = keys.Authority(order.ca_pem, order.ca_wrapped_key)
        return keys.issue_signer(
            authority,
            self._keys.master_key,
            order.staff_id,
            order.name,
            order.title,
            order.at,
            order.algorithm,
        )

    def pids(self) -> list[int]:
        """Process ids of the workers that run, for the health page and for tests."""
        return [pid for worker in self._workers if (pid := worker.pid) is not None]

    def close(self) -> None:
        """Let running signatures finish, then end all workers."""
        self._closed.set()
        for worker in [self._idle.get() for _ in self._workers]:
            worker.stop(_LEAVE_SECONDS)
            self._idle.put(worker)
        for outside in self._outside.values():
            outside.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _ask_twice(worker: WorkerProcess, message: dict[str, Any]) -> dict[str, Any]:
    """A worker found dead says nothing about the order: try once more with a new one."""
    try:
        try:
            return worker.ask(message, _SIGN_SECONDS)
        except WorkerGone:
            worker.stop()
            return worker.ask(message, _SIGN_SECONDS)
    except (WorkerGone, FrameError) as error:
        worker.stop()
        raise SigningFailed(f"the signing worker gave no answer: {error}") from error
