"""The office enrols a signer whose key only that signer's PIN will open (custody `pin`), or a token's."""

from __future__ import annotations

from datetime import datetime

from cryptography import x509

from hoso_bot.domain.errors import SigningFailed
from hoso_bot.domain.signing import Algorithm, SigningKey
from hoso_bot.pdf import keys
from hoso_bot.pdf.csc_client import Credential
from hoso_bot.pdf.custody import close_secret, key_name, new_secret
from hoso_bot.pdf.outside_keys import seal_place
from hoso_bot.pdf.remote_keys import remote_place
from hoso_bot.pdf.tokens import TokenPair


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


def enrol_token(
    authority: keys.Authority,
    ca_key: keys.PrivateKey,
    master_key: bytes,
    pair: TokenPair,
    staff_id: str,
    name: str,
    role: str,
    now: datetime,
) -> SigningKey:
    """The school's certificate over a key that stays on its token (custody `token`)."""
    certificate = keys.certify(authority, ca_key, pair.public_key, staff_id, name, role, now)
    place = seal_place(master_key, pair.place.to_json(), certificate)
    return SigningKey(keys.fingerprint(certificate), certificate, authority.ca_pem, place, "token")


def enrol_remote(
    authority: keys.Authority,
    ca_key: keys.PrivateKey,
    master_key: bytes,
    credential_id: str,
    found: Credential,
    staff_id: str,
    name: str,
    role: str,
    now: datetime,
) -> SigningKey:
    """The school's certificate over a key that a signing service holds (custody `remote`)."""
    public = x509.load_der_x509_certificate(found.certificate).public_key()
    if not isinstance(public, keys.PublicKey):
        raise SigningFailed("a kind of key this desk does not use")
    certificate = keys.certify(authority, ca_key, public, staff_id, name, role, now)
    place = seal_place(master_key, remote_place(credential_id, found), certificate)
    return SigningKey(keys.fingerprint(certificate), certificate, authority.ca_pem, place, "remote")


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
