"""Asks a timestamp authority over HTTP (RFC 3161, 3.4), never longer than its budget.

It runs in the main process: the signing workers, which hold the keys, talk to no network. Only digests leave.
"""

from __future__ import annotations

import contextlib
import http.client
import queue
import secrets
import threading
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

from cryptography import x509

from hoso_bot.domain.errors import NoTimestamp, SettingsError
from hoso_bot.pdf.timestamp_token import Token, read_reply, request
from hoso_bot.ports import Clock
from hoso_bot.settings import Settings

BUDGET_SECONDS = 3.5
REST_SECONDS = 30.0
_MOST_BYTES = 2**16


class TimestampClient:
    """One authority. Thread-safe; after a failure it is left alone for a while, so a queue of approvals
    does not wait for it one by one.

    roots_pem: certificates its chain must lead to; empty: whoever answers at `url` is taken.
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        roots_pem: bytes = b"",
        budget: float = BUDGET_SECONDS,
        rest: float = REST_SECONDS,
    ) -> None:
        self._target = urlsplit(url)
        if self._target.scheme not in ("http", "https") or not self._target.hostname:
            raise SettingsError(f"the timestamp authority's address is no http(s) address: {url!r}")
        self._clock, self._budget, self._rest = clock, budget, rest
        self._roots: Sequence[x509.Certificate] = (
            x509.load_pem_x509_certificates(roots_pem) if roots_pem else ()
        )
        self._resting_until = 0.0

    def token(self, digest: bytes, patient: bool = False) -> Token:
        """A checked token over a SHA-256 digest. `patient`: ask even after a recent failure.

        Raises NoTimestamp, at the latest when the budget is spent.
        """
        if not patient and time.monotonic() < self._resting_until:
            raise NoTimestamp("the authority failed a moment ago")
        try:
            return self._within_budget(digest)
        except NoTimestamp:
            self._resting_until = time.monotonic() + self._rest
            raise

    def _within_budget(self, digest: bytes) -> Token:
        """On a thread of its own: neither a slow name server nor a dripping reply may hold the caller."""
        answers: queue.SimpleQueue[Token | Exception] = queue.SimpleQueue()
        threading.Thread(target=self._answer, args=(digest, answers), name="timestamp", daemon=True).start()
        try:
            found = answers.get(timeout=self._budget)
        except queue.Empty:
            raise NoTimestamp(f"no answer within {self._budget:g} s") from None
        if isinstance(found, Exception):
            raise NoTimestamp(str(found) or type(found).__name__) from found
        return found

    def _answer(self, digest: bytes, answers: queue.SimpleQueue[Token | Exception]) -> None:
        nonce = secrets.randbits(64) | 1 << 64
        try:
            reply = self._post(request(digest, nonce))
            answers.put(read_reply(reply, digest, nonce, self._clock.now(), self._roots))
        except Exception as error:  # http.client, ssl, socket: whatever it is, there is no token
            answers.put(error)

    def _post(self, body: bytes) -> bytes:
        plain = self._target.scheme == "http"
        kind = http.client.HTTPConnection if plain else http.client.HTTPSConnection
        assert self._target.hostname
        connection = kind(self._target.hostname, self._target.port, timeout=self._budget)
        with contextlib.closing(connection):
            path = (self._target.path or "/") + (f"?{self._target.query}" if self._target.query else "")
            connection.request("POST", path, body, {"Content-Type": "application/timestamp-query"})
            reply = connection.getresponse()
            if reply.status != http.client.OK:
                raise NoTimestamp(f"the authority answers {reply.status}")
            return _read(reply, time.monotonic() + self._budget)


def timestamp_client(settings: Settings, clock: Clock) -> TimestampClient | None:
    """The timestamp authority of the settings, if there is one. Raises SettingsError."""
    url, roots = settings.signing.tsa_url, settings.signing.tsa_ca
    if url is None:
        return None
    try:
        return TimestampClient(url, clock, roots.read_bytes() if roots else b"")
    except (OSError, ValueError) as error:
        raise SettingsError(f"HOSO_SIGNING__TSA_CA: {error}") from None


def _read(reply: http.client.HTTPResponse, deadline: float) -> bytes:
    data = b""
    while chunk := reply.read1(_MOST_BYTES):
        data += chunk
        if len(data) > _MOST_BYTES or time.monotonic() > deadline:
            raise NoTimestamp("the reply is too large or too slow")
    return data
