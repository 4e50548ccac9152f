"""Where a key lies that is not with us: on a token, or with a remote signing service.

What we keep is the place, sealed by the master key to the public key: whoever can only write to the database
can neither name another module to be loaded nor put one person's place beside another's certificate.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

from hoso_bot.domain.errors import SigningFailed
from hoso_bot.domain.signing import SigningKey
from hoso_bot.pdf.custody import key_name
from hoso_bot.pdf.keys import unwrap, wrap


@dataclass(frozen=True)
class TokenPlace:
    """A key on a PKCS#11 token: the module's file, the token's label and serial number, the key's label."""

    module: str
    token: str
    serial: str
    key: str

    def to_json(self) -> dict[str, str]:
        """For the seal, and for the pipe to the token's process."""
        return dataclasses.asdict(self)


def seal_place(master_key: bytes, place: dict[str, Any], certificate_pem: bytes) -> bytes:
    """The place of the key of this certificate, as it is kept."""
    return wrap(master_key, json.dumps(place, sort_keys=True).encode(), _context(certificate_pem))


def place_of(master_key: bytes, key: SigningKey) -> dict[str, Any]:
    """Undo `seal_place`. Raises SigningFailed for a place that was not sealed for this key."""
    found = json.loads(unwrap(master_key, key.wrapped_key, _context(key.certificate_pem)))
    if not isinstance(found, dict):
        raise SigningFailed("the place of a key is no object")
    return found


def _context(certificate_pem: bytes) -> str:
    return f"place of {key_name(certificate_pem)}"
