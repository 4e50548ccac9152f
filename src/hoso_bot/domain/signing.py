"""Orders and results of the signing desk, as values that cross process borders."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from hoso_bot.domain.signature_levels import B_B, lowest

Algorithm = Literal["p256", "rsa2048", "rsa3072"]
"""Kinds of signers' keys; rsa2048 is for measurements only."""

Custody = Literal["server", "pin", "token", "remote", "own"]
"""Who opens a key: the master key; the signer's PIN; a token; a remote service; nobody but its holder."""
OUTSIDE: tuple[Custody, ...] = ("token", "remote")
"""The key is not with us, and its PIN is not ours to choose."""


@dataclass(frozen=True)
class Box:
    """One approval box on the review copy: the signature field's name and the role label inside."""

    field: str
    label: str


@dataclass(frozen=True)
class ReviewCopyOrder:
    """Make `target` from `source`: boxes in signing order, heading and record code printed above them.

    lookup: the line that says where the signatures can be checked; link: what its QR holds, empty: no QR;
    title: what stands over the boxes where they need a page of their own.
    """

    source: Path
    target: Path
    boxes: tuple[Box, ...]
    heading: str
    code: str
    lookup: str = ""
    link: str = ""
    title: str = ""

    @property
    def wording(self) -> str:
        """SHA-256 (hex) of what is printed: two orders over one source with the same wording are the same."""
        boxes = [(box.field, box.label) for box in self.boxes]
        printed = [boxes, self.heading, self.code, self.lookup, self.link, self.title]
        return hashlib.sha256(json.dumps(printed).encode()).hexdigest()


@dataclass(frozen=True)
class ReviewCopy:
    """What came out: bytes, pages, and whether an approval page was appended."""

    size: int
    pages: int
    appended_page: bool


@dataclass(frozen=True)
class KeptReviewCopy:
    """A review copy in the file store: SHA-256 (hex), bytes, pages, and the `wording` it was ordered with."""

    sha256: str
    size: int
    pages: int
    wording: str


@dataclass(frozen=True)
class PrintOrder:
    """Make the print copy `target` of a signed file; `heading` and `line` stand under every page."""

    source: Path
    target: Path
    heading: str
    line: str


@dataclass(frozen=True)
class SigningKey:
    """A signer's certificate with its issuer (PEM) and the wrapped private key.

    custody `server`: wrapped by the master key; `pin`: by a secret that only the signer's PIN opens; `token`
    and `remote`: there is no key, only the place where it is, sealed by the master key; `own`: used with its
    holder's own tool, nothing is here. `ca_pem`: the school's CA, or where the certificate is another
    authority's (`foreign`) its issuers, from its own upwards.
    """

    key_id: str
    certificate_pem: bytes
    ca_pem: bytes
    wrapped_key: bytes
    custody: Custody = "server"
    foreign: bool = False


@dataclass(frozen=True)
class KeyOrder:
    """Who needs a certificate: `current` is the key they have, if any; the CA's own key comes wrapped."""

    staff_id: str
    name: str
    title: str
    current: SigningKey | None
    ca_pem: bytes
    ca_wrapped_key: bytes
    at: datetime
    algorithm: Algorithm = "p256"


@dataclass(frozen=True)
class PinOrder:
    """A PIN, sealed to the desk, for a key whose secret is `closed` (under `salt` when a PIN is set).

    again: the same new PIN once more, sealed too. known_numbers: digits that must not become a PIN.
    until: when the signing window that it opens ends.
    """

    key: SigningKey
    closed: bytes
    salt: bytes
    pin: str
    until: datetime
    again: str = ""
    known_numbers: tuple[str, ...] = ()


@dataclass(frozen=True)
class PinSet:
    """The secret closed under a new PIN, and that PIN's salt."""

    closed: bytes
    salt: bytes


@dataclass(frozen=True)
class SignOrder:
    """Sign `field` of `source` into `target` as `name`, `role`, at `at` (aware; shown as +07:00).

    asked_at: now, which a key under a PIN compares with its signing window.
    """

    source: Path
    target: Path
    field: str
    key: SigningKey
    name: str
    role: str
    at: datetime
    code: str
    on_behalf_of: str = ""
    asked_at: datetime | None = None


@dataclass(frozen=True)
class Signed:
    """The new file: SHA-256 (hex), bytes, and the SHA-256 fingerprint of the signing certificate.

    authority_pem: who stamped the time, when the level says that somebody did.
    """

    sha256: str
    size: int
    certificate_sha256: str
    level: str = B_B
    authority_pem: bytes = b""


@dataclass(frozen=True)
class SignatureCheck:
    """One signature as verified. `time` is ISO 8601 +07:00 or empty; `level` e.g. `PAdES B-B`."""

    field: str
    signer: str
    role: str
    time: str
    level: str
    trusted: bool
    intact: bool
    covers_whole_file: bool
    certificate_sha256: str
    proven: str = ""
    """When a timestamp by a known authority proves that the signature existed; empty: none does."""


@dataclass(frozen=True)
class TimestampCheck:
    """A document timestamp: `time` is ISO 8601 +07:00; trusted: by an authority that is known.

    until: ISO 8601, when the first certificate in it ends.
    """

    field: str
    authority: str
    time: str
    trusted: bool
    intact: bool
    covers_whole_file: bool
    until: str = ""


@dataclass(frozen=True)
class SignatureReport:
    """A whole file as verified alone: valid = every field of the chain signed, all valid and trusted,
    nothing but signatures and timestamps added after the first, the last of them covering the whole file."""

    valid: bool
    signatures: tuple[SignatureCheck, ...]
    empty_fields: tuple[str, ...]
    problems: tuple[str, ...]
    sha256: str
    timestamps: tuple[TimestampCheck, ...] = ()

    @property
    def covered(self) -> bool:
        """Whether the last signature or timestamp covers every byte of the file."""
        stamped = any(stamp.covers_whole_file for stamp in self.timestamps)
        return stamped or any(check.covers_whole_file for check in self.signatures)

    @property
    def proven_until(self) -> datetime | None:
        """When a certificate behind the timestamp over the whole file ends; None without such a timestamp."""
        whole = [stamp.until for stamp in self.timestamps if stamp.covers_whole_file and stamp.until]
        return datetime.fromisoformat(whole[-1]) if whole else None

    @property
    def level(self) -> str:
        """The level of its weakest signature; empty without any."""
        return lowest([check.level for check in self.signatures])

    @property
    def flaws(self) -> tuple[str, ...]:
        """The problems other than signatures that are still awaited."""
        awaited = {not_signed(field) for field in self.empty_fields}
        return tuple(problem for problem in self.problems if problem not in awaited)


def not_signed(field: str) -> str:
    """How a report says that a prepared field has no signature yet."""
    return f"{field}: not signed"


_LABEL = b"CERTIFICATE-----"
SIGNER_LABEL, ISSUER_LABEL = "OUTSIDE SIGNER", "OUTSIDE ISSUER"


def pinned(certificate_pem: bytes, issuers_pem: bytes) -> bytes:
    """A certificate of another CA and its issuers in the bundle a judge gets, under labels of their own.

    So nobody can take such an issuer for one whose other certificates count.
    """
    signer = certificate_pem.replace(_LABEL, f"{SIGNER_LABEL}-----".encode())
    return signer + issuers_pem.replace(_LABEL, f"{ISSUER_LABEL}-----".encode())
