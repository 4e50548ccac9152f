"""The worker's two halves of a signature whose key is elsewhere: the file up to its hole, and what fills it.

Between the two somebody else signs the attributes; the worker remembers nothing but the prepared file.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from hoso_bot.domain.errors import SigningFailed
from hoso_bot.pdf.cms_mould import CmsMould
from hoso_bot.pdf.fresh_signature import store_checked
from hoso_bot.pdf.signature_update import with_update
from hoso_bot.pdf.update_writing import filled, hole


def prepare(order: dict[str, Any]) -> dict[str, Any]:
    """Write `target` with an empty hole; the answer holds the signed attributes (DER) to be signed."""
    mould = _mould(order["key"]["certificate"].encode())
    old = Path(order["source"]).read_bytes()
    new, digest = with_update(old, order, datetime.fromisoformat(order["at"]), mould.size)
    Path(order["target"]).write_bytes(new)
    return {"attributes": base64.b64encode(mould.attributes(digest)).decode("ascii")}


def embed(order: dict[str, Any]) -> dict[str, Any]:
    """Put the signature over the attributes into the prepared file, check it and store it.

    Raises SigningFailed on any doubt: about the file, the bytes it covers, or the signature's value.
    """
    certificate, ca = (
        x509.load_pem_x509_certificate(order["key"][n].encode()) for n in ("certificate", "ca")
    )
    if order["key"]["key_id"] != certificate.fingerprint(hashes.SHA256()).hex():
        raise SigningFailed("the key id is not the certificate's")
    old, prepared = Path(order["source"]).read_bytes(), Path(order["target"]).read_bytes()
    new = _poured(prepared, len(old), order)
    return store_checked(old, new, order, certificate, ca)


def _poured(prepared: bytes, behind: int, order: dict[str, Any]) -> bytes:
    mould = _mould(order["key"]["certificate"].encode())
    start, end = hole(prepared, behind)
    digest = hashlib.sha256(prepared[: start - 1] + prepared[end + 1 :]).digest()
    cms = mould.poured(mould.attributes(digest), base64.b64decode(order["signature"]))
    return filled(prepared, behind, cms)


@functools.lru_cache(maxsize=64)
def _mould(certificate_pem: bytes) -> CmsMould:
    return CmsMould(x509.load_pem_x509_certificate(certificate_pem))
