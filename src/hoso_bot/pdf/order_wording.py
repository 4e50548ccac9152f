"""Orders of the signing desk in the words its workers read (JSON), and the words of a stamp."""

from __future__ import annotations

import base64
from typing import Any

from hoso_bot import texts
from hoso_bot.domain.signature_levels import UpgradeOrder
from hoso_bot.domain.signing import PinOrder, SignOrder
from hoso_bot.pdf.stamp import moment
from hoso_bot.pdf.windows import Window


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


def pin_message(what: str, order: PinOrder) -> dict[str, Any]:
    """An order about a PIN (`set` or `open`) as a worker reads it."""
    return {
        "pin": what,
        "certificate": order.key.certificate_pem.decode("ascii"),
        "closed": base64_text(order.closed),
        "salt": base64_text(order.salt),
        "typed": order.pin,
        "again": order.again,
        "known_numbers": list(order.known_numbers),
    }


def sign_message(order: SignOrder, window: Window | None) -> dict[str, Any]:
    """An order to sign as a worker reads it."""
    key = order.key
    return {
        "source": str(order.source.absolute()),
        "target": str(order.target.absolute()),
        "field": order.field,
        "key": {
            "key_id": key.key_id,
            "certificate": key.certificate_pem.decode("ascii"),
            "ca": key.ca_pem.decode("ascii"),
            "wrapped": base64_text(key.wrapped_key),
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
            "wrapped": base64_text(signer.wrapped_key),
        },
        "revoked": [
            {"pem": r.certificate_pem.decode("ascii"), "at": r.at.isoformat(), "why": r.reason}
            for r in order.revoked
        ],
        "certificates": [pem.decode("ascii") for pem in order.certificates],
        "at": order.at.isoformat(),
    }


def base64_text(data: bytes) -> str:
    """Bytes inside JSON."""
    return base64.b64encode(data).decode("ascii")
