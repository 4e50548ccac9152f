"""Key pairs on a PKCS#11 token: made there, described, used; a private key never leaves it."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.util.ec import encode_ec_public_key, encode_ecdsa_signature, encode_named_curve_parameters
from pkcs11.util.rsa import encode_rsa_public_key

from hoso_bot.domain.errors import SignerAway

_SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")
"""DigestInfo of a SHA-256 digest up to the digest itself (RFC 8017, 9.2, note 1)."""
_STAYS = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.SIGN: True}


def generate(session: Any, label: str, algorithm: str) -> None:
    """A new key pair of this label inside the token: P-256, or RSA of as many bits as the name says."""
    named = {"store": True, "label": label, "id": secrets.token_bytes(8), "private_template": _STAYS}
    if algorithm == "p256":
        curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
        parameters = session.create_domain_parameters(KeyType.EC, curve, local=True)
        parameters.generate_keypair(mechanism=Mechanism.EC_KEY_PAIR_GEN, **named)
    else:
        session.generate_keypair(KeyType.RSA, int(algorithm.removeprefix("rsa")), **named)


def public_half(session: Any, private: Any) -> bytes:
    """SubjectPublicKeyInfo (EC) or RSAPublicKey (RSA), DER, of the pair this private key belongs to.

    Raises SignerAway when the token keeps no public key beside it.
    """
    wanted = {Attribute.CLASS: ObjectClass.PUBLIC_KEY, Attribute.ID: private[Attribute.ID]}
    found = [key for key in session.get_objects(wanted) if key.key_type is private.key_type]
    if len(found) != 1 or private.key_type not in (KeyType.EC, KeyType.RSA):
        raise SignerAway("token.no_key", f"{len(found)} public keys beside the private one")
    is_ec = private.key_type is KeyType.EC
    return bytes(encode_ec_public_key(found[0]) if is_ec else encode_rsa_public_key(found[0]))


def find_certificate(session: Any, label: str) -> bytes:
    """The certificate (DER) the token keeps under the key's label; empty without one."""
    wanted = {Attribute.CLASS: ObjectClass.CERTIFICATE, Attribute.LABEL: label}
    found = [bytes(certificate[Attribute.VALUE]) for certificate in session.get_objects(wanted)]
    return found[0] if len(found) == 1 else b""


def sign_bytes(key: Any, data: bytes) -> bytes:
    """ECDSA (DER) or PKCS#1 v1.5 over SHA-256; the mechanisms that every token has."""
    digest = hashlib.sha256(data).digest()
    if key.key_type is KeyType.EC:
        return bytes(encode_ecdsa_signature(key.sign(digest, mechanism=Mechanism.ECDSA)))
    return bytes(key.sign(_SHA256_PREFIX + digest, mechanism=Mechanism.RSA_PKCS))
