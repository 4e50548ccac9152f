"""Timestamp requests and replies (RFC 3161), read strictly: every doubt is `NoTimestamp`.

The reply comes from the network. It is read by a DER parser written in Python, at most 64 KiB of it, and
nothing of it is believed before imprint, nonce, time, purpose of the certificate and signature are checked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from asn1crypto import cms, core, tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from hoso_bot.domain.errors import NoTimestamp

CLOCKS_DIFFER = timedelta(minutes=10)
_DIGESTS = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
_CHAIN_MOST = 5


class _Reply(core.Sequence):  # type: ignore[misc]
    """TimeStampResp: a refusal carries no token."""

    _fields: ClassVar = [
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


@dataclass(frozen=True)
class Token:
    """A timestamp token (CMS, DER), and the authority's certificate with the others in it behind (PEM).

    at: what the authority's clock said. until: when the first of its certificates ends.
    """

    der: bytes
    authority_pem: bytes
    at: datetime
    until: datetime


def request(digest: bytes, nonce: int) -> bytes:
    """TimeStampReq, DER, over a SHA-256 digest; asks for the authority's certificate."""
    algorithm = {"algorithm": "sha256"}
    imprint = {"hash_algorithm": algorithm, "hashed_message": digest}
    asked = {"version": "v1", "message_imprint": imprint, "nonce": nonce, "cert_req": True}
    return bytes(tsp.TimeStampReq(asked).dump())


def read_reply(
    reply: bytes, digest: bytes, nonce: int, now: datetime, roots: Sequence[x509.Certificate] = ()
) -> Token:
    """The token of a TimeStampResp, DER. Without `roots` any authority with a fitting certificate will do.

    Raises NoTimestamp.
    """
    try:
        answer = _Reply.load(reply, strict=True)
        status = answer["status"]["status"].native
        if status not in ("granted", "granted_with_mods"):
            raise NoTimestamp(f"the authority says {status}")
        return _checked(answer["time_stamp_token"].dump(), digest, nonce, now, roots)
    except NoTimestamp:
        raise
    except Exception as error:  # bent DER raises whatever two parsers raise
        raise NoTimestamp(f"the reply cannot be read: {type(error).__name__}: {error}"[:200]) from None


def _checked(
    der: bytes, digest: bytes, nonce: int, now: datetime, roots: Sequence[x509.Certificate]
) -> Token:
    signed = cms.ContentInfo.load(der)["content"]
    (info,) = signed["signer_infos"]
    content = signed["encap_content_info"]
    said = content["content"].parsed.native
    at: datetime = said["gen_time"]
    chain = [choice.chosen.dump() for choice in signed["certificates"]]
    certificate = _signer(info, chain)
    demand(content["content_type"].native == "tst_info", "the reply holds no timestamp")
    imprint = said["message_imprint"]
    demand(imprint["hash_algorithm"]["algorithm"] == "sha256", "the timestamp uses another digest")
    demand(imprint["hashed_message"] == digest, "the timestamp is about other bytes")
    demand(said["nonce"] == nonce, "the timestamp answers another request")
    demand(abs(at - now) <= CLOCKS_DIFFER, f"the authority's clock says {at.isoformat()}")
    _check_signature(info, content["content"].contents, certificate)
    _check_purpose(certificate, at)
    demand(not roots or _leads_to(certificate, chain, roots, at), "an authority we do not trust")
    others = [other for other in map(x509.load_der_x509_certificate, chain) if other != certificate]
    all_ = (certificate, *others)
    pems = [c.public_bytes(serialization.Encoding.PEM) for c in all_]
    return Token(der, b"".join(pems), at, min(c.not_valid_after_utc for c in all_))


def demand(holds: bool, otherwise: str) -> None:
    """Raise NoTimestamp with these words unless it holds."""
    if not holds:
        raise NoTimestamp(otherwise)


def _signer(info: cms.SignerInfo, chain: list[bytes]) -> x509.Certificate:
    for der in chain:
        certificate = x509.load_der_x509_certificate(der)
        named = info["sid"].chosen
        if info["sid"].name == "subject_key_identifier":
            ski = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
            if ski.digest == named.native:
                return certificate
        elif (certificate.issuer.public_bytes(), certificate.serial_number) == (
            named["issuer"].dump(),
            named["serial_number"].native,
        ):
            return certificate
    raise NoTimestamp("the authority's certificate is not in its reply")


def _check_signature(info: cms.SignerInfo, content: bytes, certificate: x509.Certificate) -> None:
    attributes = b"\x31" + info["signed_attrs"].dump()[1:]  # first: looked into, it would be encoded anew
    name = info["digest_algorithm"]["algorithm"].native
    demand(name in _DIGESTS, f"the timestamp is signed over {name}")
    try:
        _verify(info, attributes, certificate.public_key(), _DIGESTS[name])
    except InvalidSignature:
        raise NoTimestamp("the timestamp's signature does not verify") from None
    found = {item["type"].native: item["values"][0] for item in info["signed_attrs"]}
    demand(found["content_type"].native == "tst_info", "the signature is about no timestamp")
    demand(found["message_digest"].native == hashlib.new(name, content).digest(), "the timestamp was changed")
    demand(_named(found, certificate), "the signature names another certificate")


def _named(found: dict[str, Any], certificate: x509.Certificate) -> bool:
    """Whether ESSCertID (SHA-1, RFC 2634) or ESSCertIDv2 (RFC 5035) is that of the certificate."""
    der = certificate.public_bytes(serialization.Encoding.DER)
    if "signing_certificate_v2" in found:
        first = found["signing_certificate_v2"]["certs"][0]
        name = first["hash_algorithm"]["algorithm"].native
    else:
        first, name = found["signing_certificate"]["certs"][0], "sha1"
    return bool(first["cert_hash"].native == hashlib.new(name, der, usedforsecurity=False).digest())


def _verify(info: cms.SignerInfo, attributes: bytes, key: Any, digest: hashes.HashAlgorithm) -> None:
    signature, algorithm = info["signature"].native, info["signature_algorithm"]
    kind = algorithm.signature_algo
    if isinstance(key, ec.EllipticCurvePublicKey) and kind == "ecdsa":
        key.verify(signature, attributes, ec.ECDSA(digest))
    elif isinstance(key, rsa.RSAPublicKey) and kind == "rsassa_pkcs1v15":
        key.verify(signature, attributes, padding.PKCS1v15(), digest)
    elif isinstance(key, rsa.RSAPublicKey) and kind == "rsassa_pss":
        salt = algorithm["parameters"]["salt_length"].native
        key.verify(signature, attributes, padding.PSS(padding.MGF1(digest), salt), digest)
    else:
        raise NoTimestamp(f"the timestamp is signed by {kind}")


def _check_purpose(certificate: x509.Certificate, at: datetime) -> None:
    """Time stamping alone, and critical (RFC 3161, 2.3); valid when the token was made."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        raise NoTimestamp("the certificate is not for timestamps") from None
    demand(found.critical and list(found.value) == [ExtendedKeyUsageOID.TIME_STAMPING], "not for timestamps")
    within = certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc
    demand(within, "the authority's certificate was not valid then")


def _leads_to(
    certificate: x509.Certificate, chain: list[bytes], roots: Sequence[x509.Certificate], at: datetime
) -> bool:
    between = [x509.load_der_x509_certificate(der) for der in chain]
    for _ in range(_CHAIN_MOST):
        if any(certificate == root or _issued(certificate, root, at) for root in roots):
            return True
        above = next((c for c in between if c != certificate and _issued(certificate, c, at)), None)
        if above is None:
            return False
        certificate = above
    return False


def _issued(certificate: x509.Certificate, issuer: x509.Certificate, at: datetime) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
        able = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (InvalidSignature, ValueError, TypeError, x509.ExtensionNotFound):
        return False
    return able and issuer.not_valid_before_utc <= at <= issuer.not_valid_after_utc
