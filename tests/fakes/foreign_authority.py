"""Another authority than the school's, its people's certificates, and signing tools like those people use.

authority = ForeignAuthority()
person = authority.certifies("Bùi Thị Tuyết Nga")
signed = person.signs(review_copy, "Buoc1", at)
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko_certvalidator.registry import SimpleCertificateStore

LONG_AGO, FAR_AWAY = datetime(2015, 1, 1, tzinfo=UTC), datetime(2045, 1, 1, tzinfo=UTC)
PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Holder:
    """A certificate, its key, and the issuers above it, its own first."""

    certificate: x509.Certificate
    key: Key
    above: tuple[x509.Certificate, ...] = ()

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of the certificate."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    def pem(self, *, chain: bool = True) -> bytes:
        """The certificate, and behind it its issuers."""
        return b"".join(c.public_bytes(PEM) for c in (self.certificate, *(self.above if chain else ())))

    def p7b(self) -> bytes:
        """The same in PKCS#7, as Windows exports it."""
        return pkcs7.serialize_certificates([self.certificate, *self.above], DER)

    def signs(
        self,
        pdf: bytes,
        field_name: str,
        at: datetime,
        box: tuple[int, int, int, int] | None = None,
        subfilter: SigSeedSubFilter = SigSeedSubFilter.PADES,
    ) -> bytes:
        """The file with this signature, in a field it has, or in a new one at `box` of the last page.

        A box of four zeros makes an invisible field.
        """
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        spec = SigFieldSpec(field_name, on_page=-1, box=box) if box else None
        details = PdfSignatureMetadata(field_name, md_algorithm="sha256", subfilter=subfilter)
        signer = _DatedSigner(details, self._key(), new_field_spec=spec)
        signer.at = at
        done = signer.sign_pdf(writer, existing_fields_only=box is None)
        return bytes(done.getvalue())

    def _key(self) -> SimpleSigner:
        key_bytes = self.key.private_bytes(
            DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        store = SimpleCertificateStore()
        store.register_multiple([_asn1(c) for c in self.above])
        return SimpleSigner(
            signing_cert=_asn1(self.certificate),
            signing_key=asn1_keys.PrivateKeyInfo.load(key_bytes),
            cert_registry=store,
        )


class _DatedSigner(PdfSigner):
    """A tool whose clock the test sets."""

    at: datetime

    def init_signing_session(self, *args: Any, **more: Any) -> Any:
        """As ever, at its own time."""
        session = super().init_signing_session(*args, **more)
        session.system_time = self.at
        return session


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(DER))


@dataclass
class ForeignAuthority:
    """A root with one authority below it, which certifies people."""

    name: str = "CA phục vụ thử nghiệm"
    root: Holder = field(init=False)
    below: Holder = field(init=False)

    def __post_init__(self) -> None:
        self.root = certified(f"{self.name} gốc", None, is_ca=True)
        self.below = certified(self.name, self.root, is_ca=True)

    def certifies(self, name: str, **more: Any) -> Holder:
        """A person's certificate."""
        return certified(name, self.below, **more)


def certified(
    name: str,
    issuer: Holder | None,
    *,
    is_ca: bool = False,
    key: Key | None = None,
    since: datetime = LONG_AGO,
    until: datetime = FAR_AWAY,
    for_signing: bool = True,
) -> Holder:
    """One certificate; without an issuer it signs itself."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = issuer.key if issuer else key
    usage = x509.KeyUsage(
        digital_signature=for_signing and not is_ca,
        content_commitment=False,
        key_encipherment=not for_signing,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(is_ca, None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .sign(signer, hashes.SHA256())
    )
    above = (issuer.certificate, *issuer.above) if issuer else ()
    return Holder(certificate, key, above)


def written(folder: Path, name: str, data: bytes) -> Path:
    """A file as the office gets it."""
    path = folder / name
    path.write_bytes(data)
    return path
