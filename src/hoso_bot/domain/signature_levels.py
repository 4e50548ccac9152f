"""PAdES levels of a file (ETSI EN 319 142-1, clause 6), revoked certificates, and orders for more level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

B_B, B_T, B_LT, B_LTA = LEVELS = ("PAdES B-B", "PAdES B-T", "PAdES B-LT", "PAdES B-LTA")
RENEW_BEFORE = timedelta(days=60)
"""A document timestamp is followed by a new one so long before a certificate behind it ends."""
Reason = Literal[
    "unspecified", "key_compromise", "affiliation_changed", "superseded", "cessation_of_operation"
]


def lowest(levels: Sequence[str]) -> str:
    """The level a whole file has: that of its weakest signature; empty for a file without any."""
    return min(levels, key=_rank, default="")


def _rank(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else -1


@dataclass(frozen=True)
class Revocation:
    """A certificate that must not sign from `at` (aware) on; what it signed before stays valid."""

    certificate_pem: bytes
    at: datetime
    reason: Reason = "unspecified"


@dataclass(frozen=True)
class CrlSigner:
    """The key that signs revocation lists and nothing else: its certificate (PEM), its key wrapped."""

    certificate_pem: bytes
    wrapped_key: bytes


@dataclass(frozen=True)
class UpgradeOrder:
    """Append to `source` what verifying it in many years needs, and a document timestamp, into `target`.

    certificates: PEM of every signer; revoked: the school's whole list, as the revocation list will say it;
    authorities: PEM bundles of who stamped the signatures, each with its issuers behind it.
    """

    source: Path
    target: Path
    ca_pem: bytes
    crl_signer: CrlSigner
    revoked: tuple[Revocation, ...]
    certificates: tuple[bytes, ...]
    authorities: tuple[bytes, ...]
    at: datetime


@dataclass(frozen=True)
class Stamped:
    """An upgraded file: SHA-256 (hex), bytes, and who stamped the time (PEM, with its issuers behind it)."""

    sha256: str
    size: int
    authority_pem: bytes
