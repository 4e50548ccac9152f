"""The signing desk's own side: a warm process that holds opened keys and makes one signature per request.

Started as `python -I -m hoso_bot.pdf.signing_worker` with an empty environment. Speaks frames (4 bytes
big-endian length + JSON) on stdin and stdout: first the keys of the desk (`DeskKeys`), then orders: sign,
set a PIN, open a key with its PIN. It leaves when stdin ends or its parent is gone.
"""

from __future__ import annotations

import base64
import functools
import gc
import hashlib
import sys
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from hoso_bot.domain.errors import PinRefused, SigningFailed
from hoso_bot.pdf.cms_mould import CmsMould, sign_bytes
from hoso_bot.pdf.custody import key_name
from hoso_bot.pdf.font import BOLD, REGULAR, face
from hoso_bot.pdf.fresh_signature import store_checked
from hoso_bot.pdf.keys import PrivateKey, load_private_key, unwrap
from hoso_bot.pdf.outside_signature import embed, prepare
from hoso_bot.pdf.pin_bench import DeskKeys, PinBench
from hoso_bot.pdf.signature_update import with_update
from hoso_bot.pdf.time_stamping import finish_upgrade, prepare_upgrade, stamp
from hoso_bot.pdf.worker_loop import Answer, Idle, serve

_KEYS_KEPT = 64


@dataclass(frozen=True)
class _OpenKey:
    """What is worth keeping between two signatures of one person."""

    mould: CmsMould
    key: PrivateKey
    certificate: x509.Certificate
    ca: x509.Certificate
    until: float | None = None

    def cast(self, digest: bytes) -> bytes:
        """The CMS over a document's SHA-256 digest."""
        attributes = self.mould.attributes(digest)
        return self.mould.poured(attributes, sign_bytes(self.key, attributes))


class SigningBench:
    """Keys under one master key, and the work of a single signature."""

    def __init__(self, keys: DeskKeys) -> None:
        self._master_key = keys.master_key
        self._pins = PinBench(keys)
        self._open: OrderedDict[str, _OpenKey] = OrderedDict()

    def do(self, order: dict[str, Any]) -> dict[str, Any]:
        """One order of any kind. Raises on any doubt, PinRefused for a PIN."""
        match order.get("pin") or order.get("work"):
            case "set":
                return self._pins.set(order)
            case "open":
                return self._pins.open(order)
            case "prepare":
                return prepare(order)
            case "embed":
                return embed(order)
            case "stamp":
                return stamp(order)
            case "prepare_upgrade":
                return prepare_upgrade(self._master_key, order)
            case "finish_upgrade":
                return finish_upgrade(order)
        return self.sign(order)

    def forget(self, now: float) -> None:
        """Let go of keys whose signing window is over (`now`: seconds since 1970)."""
        for slot in [slot for slot, key in self._open.items() if key.until is not None and key.until <= now]:
            del self._open[slot]

    def sign(self, order: dict[str, Any]) -> dict[str, Any]:
        """Make, check and store the signature of one order; the fields of `Signed`. Raises on any doubt."""
        key = self._key(order["key"])
        old = Path(order["source"]).read_bytes()
        new, _ = with_update(old, order, datetime.fromisoformat(order["at"]), key.mould.size, key.cast)
        return store_checked(old, new, order, key.certificate, key.ca)

    def _key(self, given: dict[str, str]) -> _OpenKey:
        """The opened key, kept under everything it was opened from: another wrapping is another key."""
        slot = hashlib.sha256("\0".join(given[part] for part in sorted(given)).encode()).hexdigest()
        if slot not in self._open:
            self._open[slot] = self._opened(given)
            while len(self._open) > _KEYS_KEPT:
                self._open.popitem(last=False)
        self._open.move_to_end(slot)
        return self._open[slot]

    def _opened(self, given: dict[str, str]) -> _OpenKey:
        certificate = x509.load_pem_x509_certificate(given["certificate"].encode())
        ca = x509.load_pem_x509_certificate(given["ca"].encode())
        fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
        if given["key_id"] != fingerprint:
            raise SigningFailed("the key id is not the certificate's")
        key = load_private_key(self._private_bytes(given, fingerprint))
        if key.public_key() != certificate.public_key():
            raise SigningFailed("key and certificate do not belong together")
        until = float(given["until"]) if given["window"] else None
        return _OpenKey(CmsMould(certificate), key, certificate, ca, until)

    def _private_bytes(self, given: dict[str, str], fingerprint: str) -> bytes:
        wrapped = base64.b64decode(given["wrapped"])
        if given["window"]:
            name = key_name(given["certificate"].encode())
            return unwrap(self._pins.secret_in(given["window"], name), wrapped, name)
        return unwrap(self._master_key, wrapped, fingerprint)


def answer(bench: SigningBench, order: dict[str, Any]) -> dict[str, Any]:
    """`{"done": …}` or `{"failed": why}`; no input may end the process."""
    try:
        return {"done": bench.do(order)}
    except PinRefused as refusal:
        return {"refused": refusal.text_key}
    except Exception as error:
        return {"failed": f"{type(error).__name__}: {error}"[:500]}


def begin(first: dict[str, Any]) -> tuple[Answer, Idle]:
    """The bench of these keys (`DeskKeys`), its fonts at hand."""
    bench = SigningBench(DeskKeys.from_json(first))
    for name in (REGULAR, BOLD):
        face(name)
    gc.freeze()
    return functools.partial(answer, bench), lambda: bench.forget(time.time())


if __name__ == "__main__":
    serve(begin)
    sys.exit(0)
