"""Revocation lists of the school's CA, signed by a key that can sign nothing else.

The signer's certificate (`keys.create_crl_signer`) carries the CA's own name and only `cRLSign` (RFC 5280,
5.2.1: the authority key identifier tells an issuer's keys apart). So a running server can say who was revoked
and cannot issue a certificate, and the list is a plain direct one: OpenSSL refuses an indirect list over
certificates that name no `cRLIssuer`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from hoso_bot.domain.signature_levels import CrlSigner, Revocation
from hoso_bot.pdf import keys

_VALID = timedelta(days=7)


def make_crl(signer: CrlSigner, master_key: bytes, revoked: Iterable[Revocation], now: datetime) -> bytes:
    """The list, DER, as of `now` (aware): valid a week, numbered by the second it was made.

    Raises SigningFailed when the master key does not open the signer's key.
    """
    key = keys.load_private_key(keys.unwrap(master_key, signer.wrapped_key, keys.CRL_CONTEXT))
    certificate = x509.load_pem_x509_certificate(signer.certificate_pem)
    ski = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(certificate.subject)
        .last_update(now.replace(microsecond=0))
        .next_update(now + _VALID)
        .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ski), critical=False)
    )
    for entry in revoked:
        builder = builder.add_revoked_certificate(_entry(entry))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _entry(revoked: Revocation) -> x509.RevokedCertificate:
    """Reason `unspecified` is left out, as RFC 5280 (5.3.1) asks."""
    builder = (
        x509.RevokedCertificateBuilder()
        .serial_number(x509.load_pem_x509_certificate(revoked.certificate_pem).serial_number)
        .revocation_date(revoked.at)
    )
    if revoked.reason != "unspecified":
        reason = x509.CRLReason(x509.ReasonFlags[revoked.reason])
        builder = builder.add_extension(reason, critical=False)
    return builder.build()


def revoked_at(crl_der: bytes, ca_pem: bytes, signers: Iterable[bytes], serial: int) -> datetime | None:
    """When a genuine list says this certificate was revoked; None when it is not on it.

    signers: certificates (DER) that may have signed it. Raises ValueError for a list of somebody else.
    """
    crl, ca = x509.load_der_x509_crl(crl_der), x509.load_pem_x509_certificate(ca_pem)
    if crl.issuer != ca.subject or not any(_signed(crl, ca, c) for c in (None, *signers)):
        raise ValueError("a revocation list that is not the school's")
    entry = crl.get_revoked_certificate_by_serial_number(serial)
    return entry.revocation_date_utc if entry else None


def _signed(crl: x509.CertificateRevocationList, ca: x509.Certificate, der: bytes | None) -> bool:
    """Whether the CA itself (None), or this certificate of its own making for lists, signed the list."""
    if der is None:
        return _verifies(crl, ca)
    certificate = x509.load_der_x509_certificate(der)
    if certificate.subject != ca.subject or certificate.public_key() == ca.public_key():
        return False
    try:
        certificate.verify_directly_issued_by(ca)
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except (ValueError, TypeError, x509.ExtensionNotFound, InvalidSignature):
        return False
    return usage.crl_sign and _verifies(crl, certificate)


def _verifies(crl: x509.CertificateRevocationList, certificate: x509.Certificate) -> bool:
    key = certificate.public_key()
    return isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey) and crl.is_signature_valid(key)
