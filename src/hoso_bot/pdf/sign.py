"""The signing desk: `ports.Signer` in front of warm worker processes that alone ever hold an opened key.

desk = SigningDesk(master_key)
signed = desk.sign(order)      # thread-safe, blocking
desk.close()
"""

from __future__ import annotations

import base64
import contextlib
import queue
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import structlog

from hoso_bot import texts
from hoso_bot.domain.errors import KeyLocked, NoTimestamp, PinRefused, SigningFailed
from hoso_bot.domain.signature_levels import B_T, Stamped, UpgradeOrder
from hoso_bot.domain.signing import KeyOrder, PinOrder, PinSet, Signed, SigningKey, SignOrder
from hoso_bot.pdf import authority_status, keys
from hoso_bot.pdf.custody import seal
from hoso_bot.pdf.frames import FrameError, read_frame, write_frame
from hoso_bot.pdf.pin_bench import DeskKeys
from hoso_bot.pdf.stamp import moment
from hoso_bot.pdf.tsa_client import TimestampClient

log = structlog.get_logger(__name__)

_START_SECONDS = 60.0
_SIGN_SECONDS = 60.0
_LEAVE_SECONDS = 5.0
_MOST_BYTES = 2**20


class _WorkerGone(Exception):
    """The worker process ended before it answered."""


class _Worker:
    """One worker process; used by one thread at a time."""

    def __init__(self, keys: DeskKeys) -> None:
        self._keys = keys
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Start the process unless it runs and hand it the master key; does not wait until it is warm."""
        if self.pid is not None:
            return
        self.stop()
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-X", "utf8", "-m", "hoso_bot.pdf.signing_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"TZ": "Asia/Ho_Chi_Minh"},
            cwd="/",
        )
        self._send(self._keys.to_json())

    def ask(self, order: dict[str, Any]) -> dict[str, Any]:
        """The answer to one order. Raises _WorkerGone, FrameError (late or nonsense)."""
        self.start()
        if not self._ready:
            self._receive(_START_SECONDS)
            self._ready = True
        self._send(order)
        return self._receive(_SIGN_SECONDS)

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process
        assert self._process.stdin
        try:
            write_frame(self._process.stdin.fileno(), message)
        except (OSError, ValueError) as error:
            raise _WorkerGone(str(error)) from error

    def _receive(self, seconds: float) -> dict[str, Any]:
        assert self._process
        assert self._process.stdout
        try:
            reply = read_frame(self._process.stdout.fileno(), time.monotonic() + seconds, _MOST_BYTES)
        except (OSError, ValueError) as error:
            raise _WorkerGone(str(error)) from error
        if reply is None:
            raise _WorkerGone("end of stream")
        return reply

    def stop(self, patience: float = 0.0) -> None:
        """End the process: kindly for `patience` seconds, then by force."""
        process, self._process, self._ready = self._process, None, False
        if process is None:
            return
        assert process.stdin
        assert process.stdout
        with contextlib.suppress(OSError):
            process.stdin.close()
        if patience:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(patience)
        process.kill()
        process.wait()
        process.stdout.close()


class SigningDesk:
    """The `Signer` of ports.py with `workers` processes; they start with the first order, or by `warm`."""

    def __init__(
        self, master_key: bytes, workers: int = 2, timestamps: TimestampClient | None = None
    ) -> None:
        self._keys = DeskKeys.new(master_key)
        self._windows = _Windows()
        self._timestamps = timestamps
        self._workers = [_Worker(self._keys) for _ in range(max(1, workers))]
        self._idle: queue.LifoQueue[_Worker] = queue.LifoQueue()
        for worker in self._workers:
            self._idle.put(worker)
        self._closed = threading.Event()

    def warm(self) -> None:
        """Start idle workers without waiting; they import their libraries in the background."""
        waiting = []
        with contextlib.suppress(queue.Empty):
            while True:
                waiting.append(self._idle.get_nowait())
        for worker in waiting:
            with contextlib.suppress(_WorkerGone):
                worker.start()
            self._idle.put(worker)

    def sign(self, order: SignOrder) -> Signed:
        """One incremental PAdES signature, checked before it is returned; B-T when a timestamp came in time.

        Raises SigningFailed, KeyLocked when the key is under a PIN and no window is open.
        """
        if order.at.tzinfo is None:
            raise SigningFailed("a signing time needs its time zone")
        message = _message(order, self._opened(order))
        if self._timestamps is None:
            return Signed(**self._ask(message))
        return self._timestamped(self._timestamps, message)

    def _opened(self, order: SignOrder) -> _Window | None:
        if order.key.custody == "server":
            return None
        window = self._windows.find(order.key.key_id, order.asked_at or order.at)
        if window is None:
            raise KeyLocked
        return window

    def _timestamped(self, timestamps: TimestampClient, message: dict[str, Any]) -> Signed:
        """The file with room for a token is whole and stored before anybody is asked for one."""
        plain = self._ask({**message, "timestamp": True})
        digest = bytes.fromhex(plain.pop("to_stamp"))
        try:
            token = timestamps.token(digest)
            stamped = self._ask({**message, "work": "stamp", "token": _base64(token.der)})
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
        message = upgrade_message(order) | {"ocsps": [_base64(response) for response in status]}
        prepared = self._ask({**message, "work": "prepare_upgrade"})
        token = self._timestamps.token(bytes.fromhex(prepared["to_stamp"]), patient=True)
        done = self._ask({**message, "work": "finish_upgrade", "token": _base64(token.der)})
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
        return seal(self._keys.public_door, typed)

    def set_pin(self, order: PinOrder) -> PinSet:
        """Close a key's secret under a first PIN and open its window until `order.until`.

        Raises PinRefused (`pin.shape`, `pin.weak`, `pin.differs`, `pin.lost`), SigningFailed.
        """
        done = self._ask(_pin_message("set", order))
        self._windows.open(order.key.key_id, done["window"], order.until)
        return PinSet(base64.b64decode(done["closed"]), base64.b64decode(done["salt"]))

    def unlock(self, order: PinOrder) -> None:
        """Open the window of a key until `order.until`.

        Raises PinRefused (`pin.wrong`, `pin.lost`), SigningFailed. Counting tries is the caller's work.
        """
        done = self._ask(_pin_message("open", order))
        self._windows.open(order.key.key_id, done["window"], order.until)

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
        if current and keys.fits_holder(current.certificate_pem, order.name, order.title):
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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _ask_twice(worker: _Worker, message: dict[str, Any]) -> dict[str, Any]:
    """A worker found dead says nothing about the order: try once more with a new one."""
    try:
        try:
            return worker.ask(message)
        except _WorkerGone:
            worker.stop()
            return worker.ask(message)
    except (_WorkerGone, FrameError) as error:
        worker.stop()
        raise SigningFailed(f"the signing worker gave no answer: {error}") from error


def stamp_text(order: SignOrder) -> str:
    """The words of an approval stamp. Never a seal: the last line says what the signature is worth."""
    return texts.render(
        "stamp.lines",
        name=order.name,
        role=order.role,
        on_behalf_of=order.on_behalf_of,
        at=moment(order.at),
        code=order.code,
    )


@dataclass(frozen=True)
class _Window:
    """An opened secret as the workers gave it, and until when it may be used."""

    token: str
    until: datetime


class _Windows:
    """Open signing windows by key id: in memory only, so a restart closes them all."""

    def __init__(self) -> None:
        self._open: dict[str, _Window] = {}

    def open(self, key_id: str, token: str, until: datetime) -> None:
        self._open[key_id] = _Window(token, until)

    def find(self, key_id: str, now: datetime) -> _Window | None:
        found = self._open.get(key_id)
        if found and found.until <= now:
            self.close(key_id)
            return None
        return found

    def close(self, key_id: str) -> None:
        self._open.pop(key_id, None)


def _pin_message(what: str, order: PinOrder) -> dict[str, Any]:
    return {
        "pin": what,
        "certificate": order.key.certificate_pem.decode("ascii"),
        "closed": _base64(order.closed),
        "salt": _base64(order.salt),
        "typed": order.pin,
        "again": order.again,
        "known_numbers": list(order.known_numbers),
    }


def _message(order: SignOrder, window: _Window | None) -> dict[str, Any]:
    key = order.key
    return {
        "source": str(order.source.absolute()),
        "target": str(order.target.absolute()),
        "field": order.field,
        "key": {
            "key_id": key.key_id,
            "certificate": key.certificate_pem.decode("ascii"),
            "ca": key.ca_pem.decode("ascii"),
            "wrapped": _base64(key.wrapped_key),
            "window": window.token if window else "",
            "until": str(window.until.timestamp()) if window else "",
        },
        "name": order.name,
        "at": order.at.isoformat(),
        "code": order.code,
        "stamp": stamp_text(order),
    }


def upgrade_message(order: UpgradeOrder) -> dict[str, Any]:
    """An upgrade order as a worker reads it."""
    signer = order.crl_signer
    return {
        "source": str(order.source.absolute()),
        "target": str(order.target.absolute()),
        "ca": order.ca_pem.decode("ascii"),
        "crl_signer": {
            "certificate": signer.certificate_pem.decode("ascii"),
            "wrapped": _base64(signer.wrapped_key),
        },
        "revoked": [
            {"pem": r.certificate_pem.decode("ascii"), "at": r.at.isoformat(), "why": r.reason}
            for r in order.revoked
        ],
        "certificates": [pem.decode("ascii") for pem in order.certificates],
        "at": order.at.isoformat(),
    }


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
