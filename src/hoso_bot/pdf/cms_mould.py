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
from cryptography.hazmat.primitives.asymmetric import ec, padding
from pyhanko.sign.signers.pdf_cms import Signer

from hoso_bot.domain.errors import SigningFailed
from hoso_bot.pdf.keys import PrivateKey

_SEQUENCE, _SET, _OCTETS, _CONTEXT_0 = 0x30, 0x31, 0x04, 0xA0
_P256_SIGNATURE_MOST = 72  # DER of two 33-byte integers


class _ModelSigner(Signer):  # type: ignore[misc]
    """A signer without a key: its signatures are zeros of the greatest length."""

    def __init__(self, certificate: bytes, most: int) -> None:
        super().__init__(signing_cert=asn1_x509.Certificate.load(certificate), embed_roots=False)
        self._most = most

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """Room for a signature."""
        return bytes(self._most)


class CmsMould:
    """Casts the PAdES baseline CMS (ETSI EN 319 142-1, 6.3) of one key over SHA-256 digests.

    size: the most bytes a cast can have.
    """

    def __init__(self, certificate: x509.Certificate, key: PrivateKey) -> None:
        self._key = key
        mark = secrets.token_bytes(32)
        signed = cms.ContentInfo.load(_model(certificate, key, mark))["content"]
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
        self.size = len(self._poured(attributes, bytes(_most(key))))

    def cast(self, digest: bytes) -> bytes:
        """The CMS, DER, that signs a document with this SHA-256 digest."""
        before, after = self._attributes
        attributes = before + digest + after
        return self._poured(attributes, self._signature(attributes))

    def _poured(self, attributes: bytes, signature: bytes) -> bytes:
        tagged = bytes([_CONTEXT_0]) + attributes[1:]
        info = der(_SEQUENCE, self._head, tagged, self._algorithm, der(_OCTETS, signature))
        signed = der(_SEQUENCE, self._outer, der(_SET, info))
        return der(_SEQUENCE, cms.ContentType("signed_data").dump(), der(_CONTEXT_0, signed))

    def _signature(self, attributes: bytes) -> bytes:
        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            return self._key.sign(attributes, ec.ECDSA(hashes.SHA256()))
        return self._key.sign(attributes, padding.PKCS1v15(), hashes.SHA256())


def _model(certificate: x509.Certificate, key: PrivateKey, digest: bytes) -> bytes:
    signer = _ModelSigner(certificate.public_bytes(serialization.Encoding.DER), _most(key))
    return bytes(asyncio.run(_dumped(signer, digest)))


async def _dumped(signer: Signer, digest: bytes) -> bytes:
    made = await signer.async_sign(digest, "sha256", use_pades=True)
    return bytes(made.dump())


def _most(key: PrivateKey) -> int:
    return _P256_SIGNATURE_MOST if isinstance(key, ec.EllipticCurvePrivateKey) else key.key_size // 8


def der(tag: int, *parts: bytes) -> bytes:
    """One DER element; lengths from 128 on take the long form (X.690, 8.1.3)."""
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content
