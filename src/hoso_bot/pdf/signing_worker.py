"""The signing desk's own side: a warm process that holds opened keys and makes one signature per request.

Started as `python -I -m hoso_bot.pdf.signing_worker` with an empty environment. Speaks frames (4 bytes
big-endian length + JSON) on stdin and stdout: first the keys of the desk (`DeskKeys`), then orders: sign,
set a PIN, open a key with its PIN. It leaves when stdin ends or its parent is gone.
"""

from __future__ import annotations

import base64
import contextlib
import gc
import hashlib
import io
import os
import select
import sys
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import DecodeLimits
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from hoso_bot.domain.calendar import VN
from hoso_bot.domain.errors import PinRefused, SigningFailed
from hoso_bot.pdf.cms_mould import CmsMould
from hoso_bot.pdf.custody import key_name
from hoso_bot.pdf.font import BOLD, REGULAR, face
from hoso_bot.pdf.frames import FrameError, read_frame, write_frame
from hoso_bot.pdf.keys import load_private_key, unwrap
from hoso_bot.pdf.pin_bench import DeskKeys, PinBench
from hoso_bot.pdf.signature_check import check_signature
from hoso_bot.pdf.stamp import appearance, stamp_lines
from hoso_bot.pdf.time_stamping import TOKEN_ROOM, finish_upgrade, prepare_upgrade, stamp, to_stamp
from hoso_bot.pdf.update_writing import UpdateWriter, store_file

MOST_BYTES = 2**20
_KEYS_KEPT = 64
_PARENT_CHECK_SECONDS = 2.0
_TURNS = {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}


@dataclass(frozen=True)
class _OpenKey:
    """What is worth keeping between two signatures of one person."""

    mould: CmsMould
    certificate: x509.Certificate
    ca: x509.Certificate
    fingerprint: str
    until: float | None = None


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
        at = datetime.fromisoformat(order["at"])
        old = Path(order["source"]).read_bytes()
        new = self._signed(old, order, key, at)
        check_signature(old, new, key.certificate, key.ca, at)
        store_file(new, Path(order["target"]))
        done = {
            "sha256": hashlib.sha256(new).hexdigest(),
            "size": len(new),
            "certificate_sha256": key.fingerprint,
        }
        return done | {"to_stamp": to_stamp(new, len(old))} if order.get("timestamp") else done

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
        return _OpenKey(CmsMould(certificate, key), certificate, ca, fingerprint, until)

    def _private_bytes(self, given: dict[str, str], fingerprint: str) -> bytes:
        wrapped = base64.b64decode(given["wrapped"])
        if given["window"]:
            name = key_name(given["certificate"].encode())
            return unwrap(self._pins.secret_in(given["window"], name), wrapped, name)
        return unwrap(self._master_key, wrapped, fingerprint)

    def _signed(self, old: bytes, order: dict[str, Any], key: _OpenKey, at: datetime) -> bytes:
        limits = DecodeLimits.for_untrusted_input()
        writer = UpdateWriter(io.BytesIO(old), strict=True, decode_limits=limits)
        steps = PdfCMSEmbedder().write_cms(order["field"], writer, existing_fields_only=True)
        field = next(steps).get_object()
        _dress(writer, field, order, at)
        room = key.mould.size + (TOKEN_ROOM if order.get("timestamp") else 0)
        steps.send(SigObjSetup(sig_placeholder=_placeholder(order, 2 * room, at)))
        prepared, output = steps.send(SigIOSetup(md_algorithm="sha256", output=io.BytesIO()))
        steps.send(key.mould.cast(prepared.document_digest))
        return bytes(output.getvalue())


def _placeholder(order: dict[str, Any], digits: int, at: datetime) -> SignatureObject:
    return SignatureObject(
        timestamp=at.astimezone(VN).replace(microsecond=0),
        subfilter=SigSeedSubFilter.PADES,
        name=order["name"],
        reason=order["code"],
        bytes_reserved=digits,
    )


def _dress(
    writer: UpdateWriter, field: generic.DictionaryObject, order: dict[str, Any], at: datetime
) -> None:
    """Give the field its appearance, in the fonts that the review copy already holds."""
    x1, y1, x2, y2 = (float(number) for number in field["/Rect"])
    turn = int(field["/MK"].get("/R", 0)) % 360 if "/MK" in field else 0
    width, height = (y2 - y1, x2 - x1) if turn in (90, 270) else (x2 - x1, y2 - y1)
    lines = stamp_lines(order["stamp"])
    stream = generic.StreamObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/XObject"),
            generic.pdf_name("/Subtype"): generic.pdf_name("/Form"),
            generic.pdf_name("/BBox"): _numbers(0, 0, round(width, 2), round(height, 2)),
            generic.pdf_name("/Matrix"): _numbers(*_TURNS[turn], 0, 0),
            generic.pdf_name("/Resources"): generic.DictionaryObject(
                {generic.pdf_name("/Font"): _fonts(writer)}
            ),
        },
        stream_data=appearance(lines, width, height),
    )
    stream.compress()
    shown = generic.DictionaryObject({generic.pdf_name("/N"): writer.add_object(stream)})
    field[generic.pdf_name("/AP")] = shown


def _fonts(writer: UpdateWriter) -> generic.DictionaryObject:
    """References to the review copy's own fonts. Raises SigningFailed for a file that is no review copy."""
    try:
        ours = writer.root["/AcroForm"]["/DR"]["/Font"]
        for name in (REGULAR, BOLD):
            if ours[name]["/BaseFont"] != "/" + face(name).name:
                raise SigningFailed(f"{name} is another font")
        return generic.DictionaryObject(
            {generic.pdf_name(name): ours.raw_get(name) for name in (REGULAR, BOLD)}
        )
    except KeyError:
        raise SigningFailed("the file to be signed is not one of our review copies") from None


def _numbers(*values: float) -> generic.ArrayObject:
    return generic.ArrayObject(
        generic.NumberObject(value) if isinstance(value, int) else generic.FloatObject(value)
        for value in values
    )


def answer(bench: SigningBench, order: dict[str, Any]) -> dict[str, Any]:
    """`{"done": …}` or `{"failed": why}`; no input may end the process."""
    try:
        return {"done": bench.do(order)}
    except PinRefused as refusal:
        return {"refused": refusal.text_key}
    except Exception as error:
        return {"failed": f"{type(error).__name__}: {error}"[:500]}


def _next_order(parent: int, idle: Callable[[], None] = lambda: None) -> dict[str, Any] | None:
    while not select.select([0], [], [], _PARENT_CHECK_SECONDS)[0]:
        idle()
        if os.getppid() != parent:
            return None
    return read_frame(0, None, MOST_BYTES)


def main() -> None:
    """Entry point of the worker process."""
    parent = os.getppid()
    with contextlib.suppress(BrokenPipeError, FrameError):
        first = _next_order(parent)
        if first is None:
            return
        bench = SigningBench(DeskKeys.from_json(first))
        for name in (REGULAR, BOLD):
            face(name)
        gc.freeze()
        write_frame(1, {"ready": os.getpid()})
        while (order := _next_order(parent, lambda: bench.forget(time.time()))) is not None:
            write_frame(1, answer(bench, order))
            bench.forget(time.time())


if __name__ == "__main__":
    main()
    sys.exit(0)
