"""Certificates that must not sign any more, the key that says so, and the timestamp authorities we know."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.signature_levels import CrlSigner, Reason, Revocation
from hoso_bot.domain.signing import pinned
from hoso_bot.store.commit import Unguarded
from hoso_bot.store.db import Database, from_moment, insert_new, moment
from hoso_bot.store.tables import revocations, schools, signing_keys, timestamp_authorities


class Revocations:
    """One school's revocations and what proves a time: lookups, and the statements that add to them."""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    def all(self) -> tuple[Revocation, ...]:
        """Every revoked certificate of the school's, in the order it happened: what its lists have to say."""
        query = (
            sa.select(signing_keys.c.certificate_pem, revocations.c.revoked_at, revocations.c.reason)
            .join(signing_keys, signing_keys.c.id == revocations.c.certificate_sha256)
            .where(revocations.c.school_id == self._school, signing_keys.c.issuers_pem.is_(None))
            .order_by(revocations.c.revoked_at)
        )
        return tuple(
            Revocation(r.certificate_pem, from_moment(r.revoked_at), r.reason) for r in self._db.rows(query)
        )

    def of(self, certificate_sha256: str) -> datetime | None:
        """Since when this certificate is revoked; None: it is not."""
        query = sa.select(revocations.c.revoked_at).where(
            revocations.c.school_id == self._school, revocations.c.certificate_sha256 == certificate_sha256
        )
        with self._db.read() as connection:
            found = connection.execute(query).scalar()
        return from_moment(found) if found else None

    def certificate(self, certificate_sha256: str) -> bytes:
        """The certificate (PEM) with this fingerprint, retired ones too. Raises LookupError."""
        query = sa.select(signing_keys.c.certificate_pem).where(
            signing_keys.c.school_id == self._school, signing_keys.c.id == certificate_sha256
        )
        with self._db.read() as connection:
            found: bytes | None = connection.execute(query).scalar()
        if found is None:
            raise LookupError(f"no certificate {certificate_sha256}")
        return found

    def crl_signer(self) -> CrlSigner | None:
        """The key for revocation lists; None in a school made before there was one."""
        query = sa.select(schools.c.crl_pem, schools.c.crl_wrapped_key).where(schools.c.id == self._school)
        with self._db.read() as connection:
            row = connection.execute(query).first()
        return CrlSigner(row.crl_pem, row.crl_wrapped_key) if row and row.crl_pem else None

    def authorities(self) -> tuple[bytes, ...]:
        """PEM bundles of the timestamp authorities whose tokens were taken, each with its issuers behind."""
        query = sa.select(timestamp_authorities.c.bundle_pem).where(
            timestamp_authorities.c.school_id == self._school
        )
        with self._db.read() as connection:
            return tuple(connection.scalars(query.order_by(timestamp_authorities.c.first_at)))

    def trust(self) -> bytes:
        """A PEM bundle for the validation of files: the school's CA, the known authorities, and the
        certificates of other CAs that its people sign or signed with, each with its own issuers."""
        query = sa.select(schools.c.ca_pem).where(schools.c.id == self._school)
        with self._db.read() as connection:
            ca: bytes = connection.execute(query).scalar_one()
        return b"".join((ca, *self.authorities(), *self._pinned()))

    def _pinned(self) -> list[bytes]:
        query = sa.select(signing_keys.c.certificate_pem, signing_keys.c.issuers_pem).where(
            signing_keys.c.school_id == self._school, signing_keys.c.issuers_pem.is_not(None)
        )
        with self._db.read() as connection:
            rows = connection.execute(query.order_by(signing_keys.c.created_at, signing_keys.c.id))
            return [pinned(row.certificate_pem, row.issuers_pem) for row in rows]

    # --- statements ----------------------------------------------------------------------------

    def revoke(self, certificate_sha256: str, when: datetime, reason: Reason) -> Unguarded:
        """From `when` (aware) on the certificate must not sign; a second time changes nothing."""
        return Unguarded(
            insert_new(revocations).values(
                school_id=self._school,
                certificate_sha256=certificate_sha256,
                revoked_at=moment(when),
                reason=reason,
            )
        )

    def set_crl_signer(self, signer: CrlSigner) -> sa.Update:
        """The key for revocation lists."""
        return (
            sa.update(schools)
            .where(schools.c.id == self._school)
            .values(crl_pem=signer.certificate_pem, crl_wrapped_key=signer.wrapped_key)
        )

    def know_authority(self, bundle_pem: bytes, now: datetime) -> Unguarded:
        """Remember whose timestamps were taken; known ones stay as they are."""
        values: dict[str, Any] = {
            "school_id": self._school,
            "sha256": hashlib.sha256(bundle_pem).hexdigest(),
            "bundle_pem": bundle_pem,
            "first_at": moment(now),
        }
        return Unguarded(insert_new(timestamp_authorities).values(**values))
