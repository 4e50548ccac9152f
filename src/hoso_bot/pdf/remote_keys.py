"""Keys at a remote signing service: what a signer typed is kept sealed, sent with a digest, forgotten."""

from __future__ import annotations

import hashlib
import threading
from collections import defaultdict
from typing import Any

from hoso_bot.domain.errors import KeyLocked, PinRefused, SignerAway
from hoso_bot.domain.signing import PinOrder, SigningKey
from hoso_bot.pdf.csc_client import Credential, CscClient
from hoso_bot.pdf.custody import unseal
from hoso_bot.pdf.outside_keys import place_of
from hoso_bot.pdf.pin_bench import DeskKeys


def remote_place(credential_id: str, found: Credential) -> dict[str, Any]:
    """What is kept of a credential beside its certificate."""
    wants = "both" if found.wants_pin and found.wants_otp else "pin" if found.wants_pin else "otp"
    return {"credential": credential_id, "algorithm": found.algorithm, "wants": wants}


class RemoteKeys:
    """The `Outside` of a school's remote signing service; without `client` every key is away."""

    def __init__(self, keys: DeskKeys, client: CscClient | None) -> None:
        self._keys, self._client = keys, client
        self._turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._refused: dict[str, str] = {}
        self._used: dict[str, str] = {}

    def open(self, order: PinOrder) -> str:
        """The typed words as they are, sealed: only the service knows whether they are right.

        Raises PinRefused(`pin.lost`).
        """
        unseal(self._keys.door, order.pin)
        return order.pin

    def proves_pins(self) -> bool:
        """Whether `open` has found out that the PIN is right."""
        return False

    def asks_for(self, key: SigningKey) -> str:
        """What a signer types: `pin`, `otp`, or `both`."""
        return str(place_of(self._keys.master_key, key)["wants"])

    def is_spent(self, key: SigningKey) -> bool:
        """Whether one signature uses up what was typed."""
        return self.asks_for(key) != "pin"

    def signature(self, key: SigningKey, window: str, attributes: bytes) -> bytes:
        """The signature value over the attributes. Raises PinRefused, SignerAway, KeyLocked (a used code).

        One at a time for a key: what was typed wrongly is wrong once, not once for every waiting plan.
        """
        if self._client is None:
            raise SignerAway("remote.refused", "no [signing] csc_url is set")
        place = place_of(self._keys.master_key, key)
        pin, otp = split(unseal(self._keys.door, window).strip(), place["wants"])
        with self._turns[key.key_id]:
            self._still_good(key, window)
            digest = hashlib.sha256(attributes).digest()
            try:
                made = self._client.sign(place["credential"], place["algorithm"], digest, pin, otp)
            except PinRefused:
                self._refused[key.key_id] = window
                raise
            if otp:
                self._used[key.key_id] = window
            return made

    def _still_good(self, key: SigningKey, window: str) -> None:
        if self._refused.get(key.key_id) == window:
            raise PinRefused("pin.wrong")
        if self._used.get(key.key_id) == window:
            raise KeyLocked

    def close(self) -> None:
        """Nothing is held."""


def split(typed: str, wants: str) -> tuple[str, str]:
    """(PIN, one-time code) of what was typed; where both are wanted, `PIN+code`."""
    if wants == "both":
        pin, _, otp = typed.rpartition("+")
        return pin, otp
    return (typed, "") if wants == "pin" else ("", typed)
