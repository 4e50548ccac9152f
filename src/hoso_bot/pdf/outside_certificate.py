"""A person's certificate that another authority issued: read from the files people have, checked, described.

What is refused here is refused with a sentence that says what to do; the files come from the school's office.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from hoso_bot.domain.errors import CertificateRefused
from hoso_bot.domain.signing import SigningKey
from hoso_bot.pdf.keys import fingerprint

_MOST_BYTES = 2**20
_LONGEST_CHAIN = 8
_LEAST_RSA, _LEAST_EC = 2048, 256  # Circular 15/2025/TT-BKHCN: RSA from 2048, ECDSA from 256 bits


@dataclass(frozen=True)
class CertificateFacts:
    """What to show of a certificate: whose, by whom, until when (aware)."""

    name: str
    issuer: str
    until: datetime


def facts_of(certificate_pem: bytes) -> CertificateFacts:
    """The facts of a certificate (PEM)."""
    certificate = x509.load_pem_x509_certificate(certificate_pem)
    return CertificateFacts(
        _common_name(certificate.subject), _common_name(certificate.issuer), certificate.not_valid_after_utc
    )


def read_outside_key(file: Path, chain: Path | None, now: datetime) -> SigningKey:
    """The certificate in `file` with its issuers, from there or from `chain`, as a key of custody `own`.

    PEM, DER (`.cer`, `.crt`) or PKCS#7 (`.p7b`). Raises CertificateRefused.
    """
    return outside_key(certificates_in(file), certificates_in(chain) if chain else (), now)


def outside_key(
    found: Sequence[x509.Certificate], chain: Sequence[x509.Certificate], now: datetime
) -> SigningKey:
    """The one person's certificate among `found`, with its issuers from either. Raises CertificateRefused."""
    certificate = _holder(found)
    _check(certificate, now)
    others = [c for c in (*found, *chain) if c != certificate]
    issuers = _issuers(certificate, others)
    _must_lead_up(certificate, issuers, now)
    return SigningKey(
        key_id=fingerprint(_pem(certificate)),
        certificate_pem=_pem(certificate),
        ca_pem=b"".join(map(_pem, issuers)),
        wrapped_key=b"",
        custody="own",
        foreign=True,
    )


# --- reading -----------------------------------------------------------------------------------------


def certificates_in(file: Path) -> list[x509.Certificate]:
    """Every certificate of a file, PEM, DER or PKCS#7. Raises CertificateRefused."""
    try:
        with file.open("rb") as opened:
            data = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        raise CertificateRefused(f"cannot read {file}: {error.strerror}") from None
    readers = (
        (x509.load_pem_x509_certificates, pkcs7.load_pem_pkcs7_certificates)
        if b"-----BEGIN" in data
        else (lambda der: [x509.load_der_x509_certificate(der)], pkcs7.load_der_pkcs7_certificates)
    )
    for read in readers if len(data) <= _MOST_BYTES else ():
        try:
            if found := list(read(data)):
                return found
        except (ValueError, TypeError):
            continue
    raise CertificateRefused(
        f"{file.name} holds no certificate: export it from the signing tool as .cer, .crt, .pem or .p7b "
        "(without the private key)"
    )


def _holder(found: Sequence[x509.Certificate]) -> x509.Certificate:
    people = [certificate for certificate in found if not _is_ca(certificate)]
    if not people:
        raise CertificateRefused(
            "that is the certificate of an authority (CA): give the person's own certificate"
        )
    if len(people) > 1:
        names = ", ".join(_common_name(c.subject) for c in people)
        raise CertificateRefused(f"the file holds several people's certificates ({names}): give one")
    return people[0]


def _is_ca(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


# --- judging -----------------------------------------------------------------------------------------


def _check(certificate: x509.Certificate, now: datetime) -> None:
    """Raise CertificateRefused for a certificate nobody should sign with now."""
    since, until = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if until <= now:
        raise CertificateRefused(f"the certificate expired on {until:%Y-%m-%d}: register the new one")
    if since > now:
        raise CertificateRefused(f"the certificate is valid from {since:%Y-%m-%d} only: register it then")
    if not _may_sign(certificate):
        raise CertificateRefused(
            "the certificate is not for signing (neither digitalSignature nor nonRepudiation): "
            "give the one for signatures, not the one for encryption"
        )
    if not _is_strong(certificate):
        raise CertificateRefused(
            f"the certificate's key is too weak or of another kind (RSA from {_LEAST_RSA} bits, ECDSA from "
            f"{_LEAST_EC}): ask its issuer for a new one"
        )


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True  # no limit (RFC 5280, 4.2.1.3)
    except ValueError:
        return False
    return usage.digital_signature or usage.content_commitment


def _is_strong(certificate: x509.Certificate) -> bool:
    try:
        key = certificate.public_key()
    except ValueError:
        return False
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= _LEAST_RSA
    return isinstance(key, ec.EllipticCurvePublicKey) and key.key_size >= _LEAST_EC


def _issuers(certificate: x509.Certificate, others: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """From the direct issuer up as far as the given certificates go."""
    chain: list[x509.Certificate] = []
    below = certificate
    while len(chain) < _LONGEST_CHAIN:
        above = next((c for c in others if c not in chain and _issued(below, c)), None)
        if above is None:
            break
        chain.append(above)
        below = above
    if not chain:
        raise CertificateRefused(_no_issuer(certificate, others))
    return chain


def _no_issuer(certificate: x509.Certificate, others: Sequence[x509.Certificate]) -> str:
    issuer = _common_name(certificate.issuer)
    if certificate.issuer == certificate.subject:
        return "the certificate is self-signed: give one that an authority issued"
    if not others:
        return f"the issuer's certificate is missing: give the one of “{issuer}” with --chain FILE"
    return (
        f"the chain leads nowhere: none of its certificates issued this one; the one of “{issuer}” is needed"
    )


def _issued(below: x509.Certificate, above: x509.Certificate) -> bool:
    try:
        below.verify_directly_issued_by(above)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _must_lead_up(certificate: x509.Certificate, issuers: Sequence[x509.Certificate], now: datetime) -> None:
    """The judge of files has to accept this chain: the same rules (RFC 5280, 6), at this moment."""
    # Here, because the bot's main process registers nobody and need not carry the validator.
    from pyhanko_certvalidator import CertificateValidator
    from pyhanko_certvalidator.errors import PathBuildingError, PathValidationError

    from hoso_bot.pdf.levels import context

    target, *above = (asn1_x509.Certificate.load(_der(c)) for c in (certificate, *issuers))
    trust = context(above[-1:], now, above[:-1])
    for one in issuers:
        if not (_is_ca(one) and one.not_valid_before_utc <= now < one.not_valid_after_utc):
            name = _common_name(one.subject)
            raise CertificateRefused(
                f"the issuer “{name}” is expired or no authority (CA): give its valid certificate"
            )
    try:
        validator = CertificateValidator(target, above, validation_context=trust)
        asyncio.run(validator.async_validate_usage(set()))
    except (PathBuildingError, PathValidationError, ValueError) as error:
        raise CertificateRefused(
            f"the chain does not verify ({error}): give all issuers with --chain"
        ) from None


def _common_name(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else name.rfc4514_string()


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)
