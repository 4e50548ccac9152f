"""How much a file proves beyond its signatures: timestamps, revocation, and the PAdES level that follows.

A timestamp counts when it is intact and its authority is one the school took tokens from (or the operator
named). Where no authority is known at all, as with `--ca` alone, its word is taken for the level and for
nothing else: whether a revoked signer signed in time is then decided as if there were no timestamp.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import pem as asn1_pem
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_timestamp
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import ValidationInfoReadingError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko_certvalidator import ValidationContext

from hoso_bot.domain.signature_levels import B_B, B_LT, B_LTA, B_T
from hoso_bot.domain.signing import ISSUER_LABEL, SIGNER_LABEL, TimestampCheck
from hoso_bot.pdf.authority_status import says_good, sources
from hoso_bot.pdf.revocation import revoked_at
from hoso_bot.pdf.stamp import moment

_CADES = "/ETSI.CAdES.detached"


@dataclass(frozen=True)
class Trust:
    """The school's CA, the timestamp authorities the judge knows, and the certificates of other CAs that the
    school registered: by SHA-256 (hex), each with its issuers from its own upwards. Those issuers vouch for
    these certificates and for nothing else."""

    ca_pem: bytes
    ca: asn1_x509.Certificate
    authorities: tuple[asn1_x509.Certificate, ...]
    outside: Mapping[str, tuple[asn1_x509.Certificate, ...]]

    @classmethod
    def read(cls, bundle: bytes) -> Trust:
        """A PEM bundle: the school's CA first, authorities behind it, then what `pinned` wrote.

        Raises ValueError.
        """
        plain: list[bytes] = []
        outside: dict[str, tuple[asn1_x509.Certificate, ...]] = {}
        signer = ""
        for label, _, der in asn1_pem.unarmor(bundle, multiple=True):
            if label == SIGNER_LABEL:
                signer = hashlib.sha256(der).hexdigest()
                outside[signer] = ()
            elif label == ISSUER_LABEL:
                outside[signer] += (asn1_x509.Certificate.load(der),)
            else:
                plain.append(der)
        ca, *others = [asn1_x509.Certificate.load(der) for der in plain]
        return cls(asn1_pem.armor("CERTIFICATE", plain[0]), ca, tuple(others), outside)

    def issuers_of(self, certificate: asn1_x509.Certificate) -> tuple[asn1_x509.Certificate, ...]:
        """The issuers of exactly this registered certificate; nothing for any other."""
        return self.outside.get(hashlib.sha256(certificate.dump()).hexdigest(), ())

    def for_signer(self, certificate: asn1_x509.Certificate, at: datetime | None) -> ValidationContext:
        """Who may have issued a signer's certificate: the school's CA, or those it was registered with."""
        if issuers := self.issuers_of(certificate):
            return context(issuers[-1:], at, issuers[:-1])
        return context([self.ca], at)

    def for_token(self, signed_data: Any, known_only: bool = True) -> ValidationContext:
        """Who may have signed a timestamp; where nobody is known (or need be), whoever its token names."""
        said = signed_data["encap_content_info"]["content"].parsed["gen_time"].native
        named = [choice.chosen for choice in signed_data["certificates"]]
        known = list(self.authorities)
        return context(known if known and known_only else known + named, said)


def context(
    roots: Sequence[asn1_x509.Certificate],
    at: datetime | None,
    between: Sequence[asn1_x509.Certificate] = (),
) -> ValidationContext:
    """Trust in these roots, no network, judged at one moment; `between` may link to them."""
    return ValidationContext(
        trust_roots=list(roots),
        other_certs=list(between),
        allow_fetching=False,
        moment=at,
        best_signature_time=at,
        revocation_mode="soft-fail",
    )


@dataclass(frozen=True)
class DocumentStamp:
    """A document timestamp as checked: which revision it covers, when, what is wrong, and who made it.

    token: its SignedData, None where it cannot be read.
    """

    check: TimestampCheck
    revision: int
    at: datetime | None
    problems: tuple[str, ...]
    token: Any = None


class Evidence:
    """Everything a file holds beside its approvals' own signatures."""

    def __init__(self, reader: PdfFileReader, trust: Trust, stamps: Sequence[DocumentStamp]) -> None:
        self._trust, self._stamps = trust, [stamp for stamp in stamps if not stamp.problems]
        self._crls, self._ocsps, self._certificates = _security_store(reader)

    def proven_time(self, signature: EmbeddedPdfSignature, own: datetime | None) -> datetime | None:
        """The earliest moment a timestamp proves the signature existed; `own`: of its own good token."""
        covering = [stamp.at for stamp in self._covering(signature)]
        return min([at for at in (own, *covering) if at], default=None)

    def _covering(self, signature: EmbeddedPdfSignature) -> list[DocumentStamp]:
        return [stamp for stamp in self._stamps if stamp.revision > signature.signed_revision]

    def level(self, signature: EmbeddedPdfSignature, own: datetime | None) -> str:
        """The PAdES level (ETSI EN 319 142-1, clause 6); other kinds of signature have their own name.

        One timestamp does one service: where a document timestamp had to prove the time for want of a token
        in the signature, B-LTA takes another one behind it. The standard would let one serve both.
        """
        if str(signature.sig_object.get("/SubFilter", "")) != _CADES:
            return "PKCS#7"
        covering = sorted(self._covering(signature), key=lambda stamp: stamp.revision)
        if own is not None:
            proof = token_of(signature)
        elif covering:
            proof = covering.pop(0).token
        else:
            return B_B
        if not self._holds_status_of(signature) or not self._holds_status_of_authority(proof):
            return B_T
        return B_LTA if covering else B_LT

    def _holds_status_of(self, signature: EmbeddedPdfSignature) -> bool:
        """Whether revocation data of the signer, made after it signed, lie in the file."""
        at = signature.self_reported_timestamp
        return any(at and made >= at for made, _ in self._genuine(signature))

    def _holds_status_of_authority(self, token: Any) -> bool:
        """The same of who stamped the time; an authority that names no source of it needs none."""
        chain = [x509.load_der_x509_certificate(c.chosen.dump()) for c in token["certificates"]]
        known = [*chain, *(x509.load_der_x509_certificate(c.dump()) for c in self._trust.authorities)]
        return all(
            not sources(certificate) or says_good(certificate, known, self._ocsps)
            for certificate in chain
            if certificate.subject != certificate.issuer
        )

    def _genuine(self, signature: EmbeddedPdfSignature) -> list[tuple[datetime, datetime | None]]:
        """(made at, revoked at) for the signer, of every genuine list in the file.

        The school's lists say nothing about certificates of other CAs, whose serials may be the same.
        """
        found: list[tuple[datetime, datetime | None]] = []
        if self._trust.issuers_of(signature.signer_cert):
            return found
        serial = signature.signer_cert.serial_number
        for crl in self._crls:
            try:
                revoked = revoked_at(crl, self._trust.ca_pem, self._certificates, serial)
            except ValueError:
                continue
            found.append((x509.load_der_x509_crl(crl).last_update_utc, revoked))
        return found

    def revoked(self, signature: EmbeddedPdfSignature, own: datetime | None) -> bool:
        """Whether the file's own lists say the signer was revoked before the signature provably existed."""
        dates = [when for _, when in self._genuine(signature) if when]
        proven = self.proven_time(signature, own) if self._trust.authorities else None
        return any(proven is None or proven >= when for when in dates)


def token_of(signature: EmbeddedPdfSignature) -> Any:
    """The SignedData of a signature's own timestamp token; None without one."""
    for attribute in signature.signer_info["unsigned_attrs"]:
        if attribute["type"].native == "signature_time_stamp_token":
            return attribute["values"][0]["content"]
    return None


def judge_stamp(signature: EmbeddedPdfSignature, trust: Trust, unchanged: Any, clean: bool) -> DocumentStamp:
    """One document timestamp; an exception is one that is not intact."""
    name = str(signature.field_name)
    try:
        status = validate_pdf_timestamp(signature, trust.for_token(signature.signed_data))
    except MemoryError:
        raise
    except Exception as error:
        broken = TimestampCheck(name, "", "", False, False, False)
        return DocumentStamp(broken, -1, None, (f"{name}: {type(error).__name__}: {error}"[:200],))
    found = {
        "bytes were changed after the timestamp": not (status.intact and status.valid),
        "a timestamp by an unknown authority": not status.trusted,
        "something hides behind the timestamp in its hole": not clean,
        "the file was changed after this timestamp": not unchanged(status),
    }
    check = TimestampCheck(
        field=name,
        authority=str(signature.signer_cert.subject.human_friendly),
        time=moment(status.timestamp),
        trusted=bool(status.trusted and trust.authorities),
        intact=bool(status.intact and status.valid),
        covers_whole_file=status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
        until=min(c.chosen.not_valid_after for c in signature.signed_data["certificates"]).isoformat(),
    )
    problems = tuple(f"{name}: {problem}" for problem, present in found.items() if present)
    return DocumentStamp(check, signature.signed_revision, status.timestamp, problems, signature.signed_data)


def _security_store(reader: PdfFileReader) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """(revocation lists, OCSP responses, certificates), DER, of the file's security store."""
    try:
        store = DocumentSecurityStore.read_dss(reader)
    except ValidationInfoReadingError:
        return [], [], []
    read = functools.partial(map, lambda reference: reference.get_object().data)
    return list(read(store.crls)), list(read(store.ocsps)), [c.dump() for c in store.load_certs()]
