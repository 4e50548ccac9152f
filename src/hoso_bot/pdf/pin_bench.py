"""What the signing worker does with PINs: set one, open a key's secret with it, keep the secret for a while.

A PIN arrives sealed and is read here only. What leaves is the secret under a key that the desk's workers
share and nobody else: the desk keeps it in memory for the signing window and hands it back with each order.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from typing import Any, Self

from hoso_bot.domain.errors import PinRefused, SigningFailed
from hoso_bot.domain.pin import normal, pin_problem
from hoso_bot.pdf.custody import close_secret, key_name, new_salt, open_secret, public_half, unseal
from hoso_bot.pdf.keys import unwrap, wrap


@dataclass(frozen=True)
class DeskKeys:
    """The master key; the key of opened secrets; the X25519 key PINs are sealed to. Each 32 bytes."""

    master_key: bytes
    window_key: bytes
    door: bytes

    @classmethod
    def new(cls, master_key: bytes) -> Self:
        """Fresh keys beside the master key: they live as long as one desk."""
        return cls(master_key, secrets.token_bytes(32), secrets.token_bytes(32))

    @property
    def public_door(self) -> bytes:
        """What a PIN is sealed to."""
        return public_half(self.door)

    def to_json(self) -> dict[str, str]:
        """For the pipe to a worker."""
        return {name: getattr(self, name).hex() for name in ("master_key", "window_key", "door")}

    @classmethod
    def from_json(cls, data: dict[str, str]) -> Self:
        """Undo `to_json`."""
        return cls(*(bytes.fromhex(data[name]) for name in ("master_key", "window_key", "door")))


class PinBench:
    """Works on orders as the desk writes them: `certificate` PEM, `closed` and `salt` base64, sealed PINs."""

    def __init__(self, keys: DeskKeys) -> None:
        self._keys = keys

    def set(self, order: dict[str, Any]) -> dict[str, str]:
        """A first PIN: `closed`, `salt` and `window`. Raises PinRefused: shape, weak, differs, lost."""
        pin = normal(unseal(self._keys.door, order["typed"]))
        if problem := pin_problem(pin, order["known_numbers"]):
            raise PinRefused(problem)
        if order["again"] and normal(unseal(self._keys.door, order["again"])) != pin:
            raise PinRefused("pin.differs")
        name, secret = self._secret(order, "")
        salt = new_salt()
        closed = close_secret(self._keys.master_key, secret, name, pin, salt)
        return {"closed": _text(closed), "salt": _text(salt), "window": self._window(secret, name)}

    def open(self, order: dict[str, Any]) -> dict[str, str]:
        """The `window` of a key. Raises PinRefused: wrong, lost."""
        name, secret = self._secret(order, normal(unseal(self._keys.door, order["typed"])) or "-")
        return {"window": self._window(secret, name)}

    def secret_in(self, window: str, name: str) -> bytes:
        """The secret of the key `name`. Raises SigningFailed for another key's window."""
        return unwrap(self._keys.window_key, base64.b64decode(window), name)

    def _secret(self, order: dict[str, Any], pin: str) -> tuple[str, bytes]:
        name = key_name(order["certificate"].encode())
        closed, salt = base64.b64decode(order["closed"]), base64.b64decode(order["salt"])
        if bool(pin) != bool(salt):
            raise SigningFailed("a PIN is set already" if salt else "no PIN is set yet")
        return name, open_secret(self._keys.master_key, closed, name, pin, salt)

    def _window(self, secret: bytes, name: str) -> str:
        return _text(wrap(self._keys.window_key, secret, name))


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
