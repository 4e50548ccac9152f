"""CMS signatures of one signer, cast from a mould: pyHanko makes the model, only digest and signature change.

Building the same CMS object by object costs 20 to 60 ms for each signature; casting it costs less than one.
"""

from __future__ import annotations

import asyncio
import secrets

from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from pyhanko.sign.signers.pdf_cms import Signer

from hoso_bot.domain.errors import SigningFailed
from hoso_bot.pdf.keys import PrivateKey

_SEQUENCE, _SET, _INTEGER, _OCTETS, _CONTEXT_0 = 0x30, 0x31, 0x02, 0x04, 0xA0


class _ModelSigner(Signer):  # type: ignore[misc]
    """A signer without a key: its signatures are zeros of the greatest length."""

    def __init__(self, certificate: bytes, most: int) -> None:
        super().__init__(signing_cert=asn1_x509.Certificate.load(certificate), embed_roots=False)
        self._most = most

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """Room for a signature."""
        return bytes(self._most)


class CmsMould:
    """Casts the PAdES baseline CMS (ETSI EN 319 142-1, 6.3) of one certificate over SHA-256 digests.

    Who has the key signs `attributes` (ECDSA, or RSA PKCS#1 v1.5, with SHA-256) and gets the CMS `poured`.
    size: the most bytes a cast can have.
    """

    def __init__(self, certificate: x509.Certificate) -> None:
        mark, most = secrets.token_bytes(32), _most(certificate)
        signed = cms.ContentInfo.load(_model(certificate, most, mark))["content"]
        info = signed["signer_infos"][0]
        attributes = bytes([_SET]) + info["signed_attrs"].dump()[1:]
        before, found, after = attributes.partition(mark)
        if not found or mark in after:
            raise SigningFailed("the model CMS does not hold its digest once")
        self._attributes = (before, after)
        self._head = b"".join(info[part].dump() for part in ("version", "sid", "digest_algorithm"))
        self._algorithm = info["signature_algorithm"].dump()
        outer = ("version", "digest_algorithms", "encap_content_info", "certificates")
        self._outer = b"".join(signed[part].dump() for part in outer)
        self.size = len(self.poured(attributes, bytes(most)))

    def attributes(self, digest: bytes) -> bytes:
        """The signed attributes, DER, for a document with this SHA-256 digest: what the key has to sign."""
        before, after = self._attributes
        return bytes(before + digest + after)

    def poured(self, attributes: bytes, signature: bytes) -> bytes:
        """The CMS, DER, with this signature over these attributes."""
        tagged = bytes([_CONTEXT_0]) + attributes[1:]
        info = der(_SEQUENCE, self._head, tagged, self._algorithm, der(_OCTETS, signature))
        signed = der(_SEQUENCE, self._outer, der(_SET, info))
        return der(_SEQUENCE, cms.ContentType("signed_data").dump(), der(_CONTEXT_0, signed))


def sign_bytes(key: PrivateKey, data: bytes) -> bytes:
    """A signature value as the moulds pour it."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(hashes.SHA256()))
    return key.sign(data, padding.PKCS1v15(), hashes.SHA256())


def _model(certificate: x509.Certificate, most: int, digest: bytes) -> bytes:
    signer = _ModelSigner(certificate.public_bytes(serialization.Encoding.DER), most)
    return bytes(asyncio.run(_dumped(signer, digest)))


async def _dumped(signer: Signer, digest: bytes) -> bytes:
    made = await signer.async_sign(digest, "sha256", use_pades=True)
    return bytes(made.dump())


def _most(certificate: x509.Certificate) -> int:
    """Bytes of the longest signature: as long as the modulus, or DER of two integers (RFC 3279, 2.2.3)."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size // 8
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise SigningFailed("a kind of key this desk does not use")
    number = bytes((key.key_size + 7) // 8 + 1)
    return len(der(_SEQUENCE, der(_INTEGER, number), der(_INTEGER, number)))


def der(tag: int, *parts: bytes) -> bytes:
    """One DER element; lengths from 128 on take the long form (X.690, 8.1.3)."""
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content
