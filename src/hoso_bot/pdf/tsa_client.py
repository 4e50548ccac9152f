"""Asks a timestamp authority over HTTP (RFC 3161, 3.4), never longer than its budget.

It runs in the main process: the signing workers, which hold the keys, talk to no network. Only digests leave.
"""

from __future__ import annotations

import http.client
import secrets
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

from cryptography import x509

from hoso_bot.domain.errors import NoTimestamp, SettingsError
from hoso_bot.pdf.short_calls import NoAnswer, post
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
            return self._asked(digest)
        except NoTimestamp:
            self._resting_until = time.monotonic() + self._rest
            raise

    def _asked(self, digest: bytes) -> Token:
        nonce = secrets.randbits(64) | 1 << 64
        reply = self._post(request(digest, nonce))
        return read_reply(reply, digest, nonce, self._clock.now(), self._roots)

    def _post(self, body: bytes) -> bytes:
        path = (self._target.path or "/") + (f"?{self._target.query}" if self._target.query else "")
        kind = {"Content-Type": "application/timestamp-query"}
        try:
            status, reply = post(self._target, path, body, kind, self._budget, _MOST_BYTES)
        except NoAnswer as error:
            raise NoTimestamp(str(error)) from error
        if status != http.client.OK:
            raise NoTimestamp(f"the authority answers {status}")
        return reply


def timestamp_client(settings: Settings, clock: Clock) -> TimestampClient | None:
    """The timestamp authority of the settings, if there is one. Raises SettingsError."""
    url, roots = settings.signing.tsa_url, settings.signing.tsa_ca
    if url is None:
        return None
    try:
        return TimestampClient(url, clock, roots.read_bytes() if roots else b"")
    except (OSError, ValueError) as error:
        raise SettingsError(f"HOSO_SIGNING__TSA_CA: {error}") from None
