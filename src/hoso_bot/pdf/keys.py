"""The school's own certificate authority, its signers' keys, and how keys are wrapped.

    master = new_master_key()
    authority = create_authority("Trường Tiểu học Hoa Sen", now, master)
    key = issue_signer(authority, master, "GV001", "Nguyễn Văn An", "Tổ trưởng", now)

A private key exists in clear only in the memory of the process that makes or uses it.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2.low_level import Type, hash_secret_raw
from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID

from hoso_bot.domain.errors import PassphraseNeeded, SettingsError, SigningFailed
from hoso_bot.domain.signature_levels import CrlSigner
from hoso_bot.domain.signing import Algorithm, SigningKey

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey
CA_CONTEXT = "authority"
CRL_CONTEXT = "revocation lists"
_CA_LIFE = timedelta(days=20 * 365 + 5)
_SIGNER_LIFE = timedelta(days=5 * 365 + 1)
_CLOCK_SKEW = timedelta(minutes=5)
_MASTER_BYTES, _CHECK_BYTES, _NONCE_BYTES = 32, 4, 12
_WRAP_VERSION = b"\x01"
_LOCKED, _SALT_BYTES = b"office passphrase\0", 16
_DN_LIMIT = 64  # ub-common-name, ub-organization-name, ub-title, ub-serial-number (RFC 5280, appendix A.1)


@dataclass(frozen=True)
class Authority:
    """The school's CA: its certificate (PEM) and its private key wrapped under the context `CA_CONTEXT`.

    Inside the master key's wrapping lies the key itself, or, under an office passphrase, a second wrapping.
    """

    ca_pem: bytes
    wrapped_key: bytes


def new_master_key() -> bytes:
    """32 random bytes, the key of all wrapped keys."""
    return secrets.token_bytes(_MASTER_BYTES)


def master_key_to_text(master_key: bytes) -> str:
    """The form for environment and recovery sheet: nine groups of eight hex digits, the last a checksum."""
    if len(master_key) != _MASTER_BYTES:
        raise SettingsError(f"a master key has {_MASTER_BYTES} bytes, this one {len(master_key)}")
    digits = (master_key + _checksum(master_key)).hex()
    return "-".join(digits[start : start + 8] for start in range(0, len(digits), 8))


def master_key_from_text(text: str) -> bytes:
    """Read `master_key_to_text`; case, spaces and dashes do not matter. Raises SettingsError for a typo."""
    try:
        raw = bytes.fromhex("".join(text.replace("-", " ").split()))
    except ValueError:
        raise SettingsError("the master key has characters other than 0-9 and a-f") from None
    if len(raw) != _MASTER_BYTES + _CHECK_BYTES:
        raise SettingsError("the master key must be nine groups of eight characters")
    master_key, check = raw[:_MASTER_BYTES], raw[_MASTER_BYTES:]
    if not secrets.compare_digest(check, _checksum(master_key)):
        raise SettingsError("the master key has a typing error: its last group does not fit the others")
    return master_key


def _checksum(master_key: bytes) -> bytes:
    return hashlib.sha256(b"hoso-bot master key\0" + master_key).digest()[:_CHECK_BYTES]


def wrap(master_key: bytes, plain: bytes, context: str) -> bytes:
    """Encrypt with AES-256-GCM under a fresh nonce; only `unwrap` with the same context opens it."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _WRAP_VERSION + nonce + AESGCM(master_key).encrypt(nonce, plain, _associated(context))


def unwrap(master_key: bytes, wrapped: bytes, context: str) -> bytes:
    """Undo `wrap`. Raises SigningFailed when key, context or bytes are not the ones of the wrapping."""
    nonce, sealed = wrapped[1 : 1 + _NONCE_BYTES], wrapped[1 + _NONCE_BYTES :]
    if wrapped[:1] != _WRAP_VERSION or len(nonce) != _NONCE_BYTES:
        raise SigningFailed("not a wrapped key")
    try:
        return AESGCM(master_key).decrypt(nonce, sealed, _associated(context))
    except (InvalidTag, ValueError):
        raise SigningFailed(f"the wrapped key does not open for {context!r}") from None


def _associated(context: str) -> bytes:
    return b"hoso-bot/wrap/1\0" + context.encode()


def new_passphrase() -> str:
    """An office passphrase of 100 random bits, in letters that cannot be taken for one another."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))


def create_authority(school: str, now: datetime, master_key: bytes, passphrase: str = "") -> Authority:
    """A self-signed P-256 CA of the school for 20 years from `now` (aware).

    With a passphrase the master key alone cannot open it: a running server mints nobody (design section 5).
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name((NameOID.ORGANIZATION_NAME, school), (NameOID.COMMON_NAME, f"CA {school}"))
    usage = _usage(key_cert_sign=True, crl_sign=True)
    certificate = (
        _blank(name, name, key.public_key(), now, now + _CA_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    open_one = Authority(_pem(certificate), wrap(master_key, private_bytes(key), CA_CONTEXT))
    return under_passphrase(open_one, master_key, passphrase) if passphrase else open_one


def under_passphrase(authority: Authority, master_key: bytes, passphrase: str) -> Authority:
    """The same CA, opened from now on by master key and office passphrase together."""
    salt, inside = secrets.token_bytes(_SALT_BYTES), private_bytes(open_authority(authority, master_key))
    locked = _LOCKED + salt + wrap(_from_passphrase(passphrase, salt), inside, CA_CONTEXT)
    return Authority(authority.ca_pem, wrap(master_key, locked, CA_CONTEXT))


def open_authority(authority: Authority, master_key: bytes, passphrase: str = "") -> PrivateKey:
    """The CA's private key. Raises PassphraseNeeded for a missing or wrong passphrase, SigningFailed."""
    inside = unwrap(master_key, authority.wrapped_key, CA_CONTEXT)
    if not inside.startswith(_LOCKED):
        return load_private_key(inside)
    salt, locked = inside[len(_LOCKED) :][:_SALT_BYTES], inside[len(_LOCKED) + _SALT_BYTES :]
    try:
        return load_private_key(unwrap(_from_passphrase(passphrase, salt), locked, CA_CONTEXT))
    except SigningFailed:
        raise PassphraseNeeded from None


def needs_passphrase(authority: Authority, master_key: bytes) -> bool:
    """Whether the office passphrase is needed to open the CA. Raises SigningFailed."""
    return unwrap(master_key, authority.wrapped_key, CA_CONTEXT).startswith(_LOCKED)


def _from_passphrase(passphrase: str, salt: bytes) -> bytes:
    typed = "".join(passphrase.lower().split()).encode()
    return hash_secret_raw(typed, salt, 3, 64 * 1024, 1, _MASTER_BYTES, Type.ID)


def issue_signer(
    authority: Authority,
    master_key: bytes,
    staff_id: str,
    name: str,
    role: str,
    now: datetime,
    algorithm: Algorithm = "p256",
) -> SigningKey:
    """A new key and certificate for one person (custody `server`), 5 years from `now`.

    `key_id` is the SHA-256 (hex) of the certificate, and the wrapping is bound to it: no wrapped key can be
    put beside another certificate. Raises SigningFailed, PassphraseNeeded when the CA stays closed.
    """
    return issue_from(
        authority, open_authority(authority, master_key), master_key, staff_id, name, role, now, algorithm
    )


def issue_from(
    authority: Authority,
    ca_key: PrivateKey,
    master_key: bytes,
    staff_id: str,
    name: str,
    role: str,
    now: datetime,
    algorithm: Algorithm = "p256",
) -> SigningKey:
    """`issue_signer` where the CA is open already."""
    key = new_private_key(algorithm)
    certificate = certify(authority, ca_key, key.public_key(), staff_id, name, role, now)
    key_id = fingerprint(certificate)
    return SigningKey(key_id, certificate, authority.ca_pem, wrap(master_key, private_bytes(key), key_id))


def certify(
    authority: Authority,
    ca_key: PrivateKey,
    public_key: PublicKey,
    staff_id: str,
    name: str,
    role: str,
    now: datetime,
) -> bytes:
    """A certificate (PEM) for somebody's public key, 5 years from `now` but never longer than the CA.

    Subject: CN = name, title = role, serialNumber = staff_id, O = the school.
    """
    ca = x509.load_pem_x509_certificate(authority.ca_pem)
    school = str(ca.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value)
    subject = _name(
        (NameOID.ORGANIZATION_NAME, school),
        (NameOID.TITLE, role),
        (NameOID.SERIAL_NUMBER, staff_id),
        (NameOID.COMMON_NAME, name),
    )
    until = min(now + _SIGNER_LIFE, ca.not_valid_after_utc)
    issuer_ski = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    certificate = (
        _blank(subject, ca.subject, public_key, now, until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True, content_commitment=True), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_ski), critical=False
        )
        .sign(ca_key, hashes.SHA256())
    )
    return _pem(certificate)


def create_crl_signer(ca_pem: bytes, ca_key: PrivateKey, master_key: bytes, now: datetime) -> CrlSigner:
    """A new key that signs revocation lists and nothing else, certified by the opened CA key.

    Its certificate carries the CA's own name (RFC 5280, 5.2.1) and lives as long as the CA.
    """
    ca, key = x509.load_pem_x509_certificate(ca_pem), ec.generate_private_key(ec.SECP256R1())
    issuer_ski = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    certificate = (
        _blank(ca.subject, ca.subject, key.public_key(), now, ca.not_valid_after_utc)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(crl_sign=True), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_ski), critical=False
        )
        .sign(ca_key, hashes.SHA256())
    )
    return CrlSigner(_pem(certificate), wrap(master_key, private_bytes(key), CRL_CONTEXT))


def fingerprint(certificate_pem: bytes) -> str:
    """SHA-256 (hex) of a certificate."""
    return x509.load_pem_x509_certificate(certificate_pem).fingerprint(hashes.SHA256()).hex()


def holder(certificate_pem: bytes) -> tuple[str, str]:
    """(name, title) a certificate was issued to."""
    subject = x509.load_pem_x509_certificate(certificate_pem).subject
    found = {attribute.oid: str(attribute.value) for attribute in subject}
    return found.get(NameOID.COMMON_NAME, ""), found.get(NameOID.TITLE, "")


def fits_holder(certificate_pem: bytes, name: str, title: str) -> bool:
    """True when the certificate names this person in this role (as far as X.509's 64 letters go)."""
    return holder(certificate_pem) == (name[:_DN_LIMIT], title[:_DN_LIMIT])


def load_private_key(der: bytes) -> PrivateKey:
    """The private key of our own PKCS#8 bytes; their integrity is the wrapping's, so RSA is not re-proved."""
    key = serialization.load_der_private_key(der, password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise SigningFailed("not a key this desk can use")
    return key


def new_private_key(algorithm: Algorithm = "p256") -> PrivateKey:
    """A fresh key pair of a signer."""
    if algorithm == "p256":
        return ec.generate_private_key(ec.SECP256R1())
    bits = {"rsa2048": 2048, "rsa3072": 3072}[algorithm]
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def _blank(
    subject: x509.Name,
    issuer: x509.Name,
    public_key: PublicKey,
    now: datetime,
    until: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _usage(**wanted: bool) -> x509.KeyUsage:
    unused = ("key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only")
    used = ("digital_signature", "content_commitment", "key_cert_sign", "crl_sign")
    return x509.KeyUsage(**{name: wanted.get(name, False) for name in unused + used})


def _name(*parts: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    country = x509.NameAttribute(NameOID.COUNTRY_NAME, "VN")
    return x509.Name([country, *(x509.NameAttribute(oid, text[:_DN_LIMIT]) for oid, text in parts if text)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def private_bytes(key: PrivateKey) -> bytes:
    """PKCS#8, DER, in clear: for wrapping only."""
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
