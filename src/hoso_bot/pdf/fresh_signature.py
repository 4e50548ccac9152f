"""A signature just made, whoever made it: checked, stored, told."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from hoso_bot.pdf.signature_check import check_signature
from hoso_bot.pdf.update_writing import hole, store_file


def store_checked(
    old: bytes, new: bytes, order: dict[str, Any], certificate: x509.Certificate, ca: x509.Certificate
) -> dict[str, Any]:
    """Keep `new` as the order's target once its last signature is proved good: the fields of `Signed`.

    With them what a timestamp would be about, when the order wants one. Raises SigningFailed.
    """
    check_signature(old, new, certificate, ca, datetime.fromisoformat(order["at"]))
    store_file(new, Path(order["target"]))
    done = {
        "sha256": hashlib.sha256(new).hexdigest(),
        "size": len(new),
        "certificate_sha256": certificate.fingerprint(hashes.SHA256()).hex(),
    }
    return done | {"to_stamp": _to_stamp(new, len(old))} if order.get("timestamp") else done


def _to_stamp(signed: bytes, behind: int) -> str:
    """SHA-256 (hex) of the fresh signature's value: what its timestamp is about (ETSI EN 319 122-1, 5.3)."""
    (info,) = cms.ContentInfo.load(contents_of(signed, behind))["content"]["signer_infos"]
    return hashlib.sha256(info["signature"].native).hexdigest()


def contents_of(data: bytes, behind: int) -> bytes:
    """What the hole of the update behind `behind` bytes holds, with the zeros that follow."""
    start, end = hole(data, behind)
    return bytes.fromhex(data[start:end].decode("ascii"))
