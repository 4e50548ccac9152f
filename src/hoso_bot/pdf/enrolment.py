"""The office enrols a signer whose key only that signer's PIN will open (custody `pin`)."""

from __future__ import annotations

from datetime import datetime

from cryptography import x509

from hoso_bot.domain.signing import Algorithm, SigningKey
from hoso_bot.pdf import keys
from hoso_bot.pdf.custody import close_secret, key_name, new_secret


def enrol(
    authority: keys.Authority,
    ca_key: keys.PrivateKey,
    master_key: bytes,
    staff_id: str,
    name: str,
    role: str,
    now: datetime,
    algorithm: Algorithm = "p256",
) -> tuple[SigningKey, bytes]:
    """A new key of custody `pin`, and its secret closed under the master key until a PIN is set."""
    key, secret = keys.new_private_key(algorithm), new_secret()
    certificate = keys.certify(authority, ca_key, key.public_key(), staff_id, name, role, now)
    of_key = key_name(certificate)
    wrapped = keys.wrap(secret, keys.private_bytes(key), of_key)
    return (
        SigningKey(keys.fingerprint(certificate), certificate, authority.ca_pem, wrapped, "pin"),
        close_secret(master_key, secret, of_key),
    )


def renew(
    authority: keys.Authority,
    ca_key: keys.PrivateKey,
    current: SigningKey,
    staff_id: str,
    name: str,
    role: str,
    now: datetime,
) -> SigningKey:
    """A new certificate (another name or role) for the same key: its PIN stays."""
    public = x509.load_pem_x509_certificate(current.certificate_pem).public_key()
    assert isinstance(public, keys.PublicKey)
    certificate = keys.certify(authority, ca_key, public, staff_id, name, role, now)
    return SigningKey(
        keys.fingerprint(certificate), certificate, authority.ca_pem, current.wrapped_key, current.custody
    )
