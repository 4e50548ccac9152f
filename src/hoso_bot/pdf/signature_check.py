"""The cheap check of a fresh signature, made without the library that wrote it.

It proves that the new file is the old one plus one update, that the last signature covers every byte but its
own hole, and that digest and CMS signature verify against the recorded certificate. Else: SigningFailed.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime

from asn1crypto import cms
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from hoso_bot.domain.errors import SigningFailed

_BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*0\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")
_HOLE = re.compile(rb"<[0-9A-Fa-f]+>")


def check_signature(
    old: bytes, new: bytes, certificate: x509.Certificate, ca: x509.Certificate, at: datetime
) -> None:
    """Raise SigningFailed unless `new` is `old` with one good signature by `certificate` added at `at`."""
    if not new.startswith(old) or len(new) <= len(old):
        raise SigningFailed("the signed file does not start with the file that was to be signed")
    signed, contents = _covered(new, len(old))
    info, embedded = _signer_info(contents)
    if embedded != certificate.public_bytes(serialization.Encoding.DER):
        raise SigningFailed("the CMS carries another certificate")
    _check_key(info, certificate)  # first: once looked into, asn1crypto would encode the attributes anew
    _check_attributes(info, hashlib.sha256(signed).digest(), embedded)
    _check_issuer(certificate, ca, at)


def _covered(new: bytes, old_size: int) -> tuple[bytes, bytes]:
    """(bytes under the ByteRange, DER of the CMS) of the one signature behind `old_size`."""
    found = list(_BYTE_RANGE.finditer(new, old_size))
    if len(found) != 1 or new.count(b"/ByteRange", old_size) != 1:
        raise SigningFailed("the update holds no single plain ByteRange")
    start, end, rest = (int(number) for number in found[0].groups())
    if not old_size < start < end or end + rest != len(new) or not _HOLE.fullmatch(new, start, end):
        raise SigningFailed("the ByteRange does not cover everything but the signature")
    return new[:start] + new[end:], bytes.fromhex(new[start + 1 : end - 1].decode("ascii"))


def _signer_info(contents: bytes) -> tuple[cms.SignerInfo, bytes]:
    try:
        signed = cms.ContentInfo.load(contents)["content"]
        (info,), (certificate,) = signed["signer_infos"], signed["certificates"]
        return info, certificate.chosen.dump()
    except (ValueError, TypeError, KeyError) as error:
        raise SigningFailed("the signature is not one readable CMS") from error


def _check_attributes(info: cms.SignerInfo, digest: bytes, certificate: bytes) -> None:
    """Digest and signing certificate as CAdES wants them among the signed attributes (ETSI EN 319 122-1)."""
    attributes = {item["type"].native: item["values"][0] for item in info["signed_attrs"]}
    if info["digest_algorithm"]["algorithm"].native != "sha256":
        raise SigningFailed("the digest is not SHA-256")
    if attributes["message_digest"].native != digest:
        raise SigningFailed("the signature is about other bytes")
    named = attributes["signing_certificate_v2"]["certs"][0]["cert_hash"].native
    if named != hashlib.sha256(certificate).digest():
        raise SigningFailed("the signature names another certificate")


def _check_key(info: cms.SignerInfo, certificate: x509.Certificate) -> None:
    attributes = b"\x31" + info["signed_attrs"].dump()[1:]  # signed as a SET OF (RFC 5652, 5.4)
    signature = info["signature"].native
    key = certificate.public_key()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, attributes, ec.ECDSA(hashes.SHA256()))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, attributes, padding.PKCS1v15(), hashes.SHA256())
        else:
            raise SigningFailed("a kind of key this desk does not use")
    except InvalidSignature:
        raise SigningFailed("the signature does not verify") from None


def _check_issuer(certificate: x509.Certificate, ca: x509.Certificate, at: datetime) -> None:
    try:
        certificate.verify_directly_issued_by(ca)
    except (InvalidSignature, ValueError, TypeError):
        raise SigningFailed("the certificate is not the school's") from None
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise SigningFailed("the certificate was not valid at the signing time")
