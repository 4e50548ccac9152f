"""How a signer's key is kept under a PIN, and how a PIN travels to the desk that alone may read it.

The private key is encrypted under a random secret of 32 bytes. The secret is sealed by the master key and,
once a PIN is set, by Argon2id of the PIN with a pepper made of the master key. A stolen database opens
nothing without the master key; with it every guess of a PIN still costs one Argon2id (docs/decisions/0019).
"""

from __future__ import annotations

import base64
import hashlib
import secrets

from argon2.low_level import Type, hash_secret_raw
from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hoso_bot.domain.errors import PinRefused, SigningFailed
from hoso_bot.domain.pin import SEALED
from hoso_bot.pdf.keys import unwrap, wrap

_ARGON_ROUNDS, _ARGON_KIB, _ARGON_LANES = 3, 64 * 1024, 1
_BYTES = 32


# --- a PIN on its way --------------------------------------------------------------------------------


def seal(public_key: bytes, typed: str) -> str:
    """What was typed, readable by the desk with this X25519 key only, and only while that desk lives."""
    once = X25519PrivateKey.generate()
    shared = once.exchange(X25519PublicKey.from_public_bytes(public_key))
    ours = once.public_key().public_bytes_raw()
    locked = AESGCM(_mixed(shared, ours + public_key, b"pin on its way")).encrypt(
        b"\0" * 12, typed.encode(), None
    )
    return SEALED + base64.urlsafe_b64encode(ours + locked).decode("ascii")


def unseal(private_key: bytes, sealed: str) -> str:
    """Undo `seal`. Raises PinRefused(`pin.lost`) for what was sealed to an earlier desk, or never."""
    try:
        raw = base64.urlsafe_b64decode(sealed.removeprefix(SEALED))
        door = X25519PrivateKey.from_private_bytes(private_key)
        shared = door.exchange(X25519PublicKey.from_public_bytes(raw[:_BYTES]))
        key = _mixed(shared, raw[:_BYTES] + door.public_key().public_bytes_raw(), b"pin on its way")
        return AESGCM(key).decrypt(b"\0" * 12, raw[_BYTES:], None).decode()
    except (ValueError, InvalidTag):
        raise PinRefused("pin.lost") from None


def public_half(private_key: bytes) -> bytes:
    """The X25519 public key (32 bytes) people's PINs are sealed to."""
    return X25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()


# --- the secret that opens a key -----------------------------------------------------------------------


def key_name(certificate_pem: bytes) -> str:
    """SHA-256 (hex) of the public key: a renewed certificate keeps its key, and the key its PIN."""
    public = x509.load_pem_x509_certificate(certificate_pem).public_key()
    spki = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).hexdigest()


def new_secret() -> bytes:
    """32 random bytes, the key of one private key."""
    return secrets.token_bytes(_BYTES)


def new_salt() -> bytes:
    """For one PIN of one person."""
    return secrets.token_bytes(16)


def close_secret(master_key: bytes, secret: bytes, name: str, pin: str = "", salt: bytes = b"") -> bytes:
    """Seal the secret of the key `name`: under the master key alone until there is a PIN."""
    return wrap(_key_for(master_key, name, pin, salt), secret, name)


def open_secret(master_key: bytes, sealed: bytes, name: str, pin: str = "", salt: bytes = b"") -> bytes:
    """Undo `close_secret`. Raises PinRefused(`pin.wrong`)."""
    try:
        return unwrap(_key_for(master_key, name, pin, salt), sealed, name)
    except SigningFailed:
        raise PinRefused("pin.wrong") from None


def _key_for(master_key: bytes, name: str, pin: str, salt: bytes) -> bytes:
    proof = _stretched(master_key, pin, salt) if pin else b""
    return _mixed(master_key + proof, salt, b"secret of a key " + name.encode())


def _stretched(master_key: bytes, pin: str, salt: bytes) -> bytes:
    """Argon2id (RFC 9106) of the PIN; the pepper lies outside the database, as the master key does."""
    pepper = _mixed(master_key, b"", b"pepper of pins")
    return hash_secret_raw(
        hashlib.sha256(pepper + pin.encode()).digest(),
        salt,
        _ARGON_ROUNDS,
        _ARGON_KIB,
        _ARGON_LANES,
        _BYTES,
        Type.ID,
    )


def _mixed(key: bytes, salt: bytes, purpose: bytes) -> bytes:
    return HKDF(hashes.SHA256(), _BYTES, salt or None, b"hoso-bot/1 " + purpose).derive(key)
