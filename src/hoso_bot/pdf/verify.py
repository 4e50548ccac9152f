"""Full validation of a file's signatures, every one, with what changed between them.

Trust comes from the school's CA alone, at the time the signature names: at level B-B nothing else tells it.
Revocation is not looked at here; the record knows who was revoked and when.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from asn1crypto import parser as asn1_parser
from asn1crypto import pem as asn1_pem
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.decode_limits import DecodeLimits
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko_certvalidator import ValidationContext

from hoso_bot.domain.signing import SignatureCheck, SignatureReport, not_signed
from hoso_bot.pdf.stamp import moment

_LEVELS = {"/ETSI.CAdES.detached": "PAdES B-B", "/adbe.pkcs7.detached": "PKCS#7"}
_HARMLESS = (ModificationLevel.NONE, ModificationLevel.FORM_FILLING)


@dataclass(frozen=True)
class _Verdict:
    """One signature as checked, with the problems it has."""

    check: SignatureCheck
    problems: tuple[str, ...]


def verify_file(path: Path, ca_pem: bytes) -> SignatureReport:
    """Judge all signatures of a file. Bad input never raises: it is a problem in the report.

    valid = at least one signature, no empty signature field, each one intact and trusted, nothing but
    signatures added after the first, the last one covering the whole file. Problems are short and English.
    """
    data = path.read_bytes()
    try:
        verdicts, empty, problems = _judge(data, _certificate(ca_pem))
    except MemoryError:
        raise
    except Exception as error:  # pyHanko raises raw TypeError, ValueError, … on damaged files
        verdicts, empty, problems = [], (), [f"unreadable: {_short(error)}"]
    problems += [problem for verdict in verdicts for problem in verdict.problems]
    checks = tuple(verdict.check for verdict in verdicts)
    return SignatureReport(
        valid=bool(checks) and not problems,
        signatures=checks,
        empty_fields=empty,
        problems=tuple(problems),
        sha256=hashlib.sha256(data).hexdigest(),
    )


def _judge(data: bytes, ca: asn1_x509.Certificate) -> tuple[list[_Verdict], tuple[str, ...], list[str]]:
    reader = PdfFileReader(io.BytesIO(data), strict=True, decode_limits=DecodeLimits.for_untrusted_input())
    fields = [(str(name), value) for name, value, _ in enumerate_sig_fields(reader)]
    empty = tuple(name for name, value in fields if value is None)
    embedded = list(reader.embedded_signatures)
    problems = [not_signed(name) for name in empty]
    if not embedded:
        problems.append("no signature")
    if len(embedded) != len(fields) - len(empty):
        problems.append("a signature field holds something that is no signature")
    verdicts = [_verdict(signature, ca) for signature in embedded]
    if verdicts and not verdicts[-1].check.covers_whole_file:
        problems.append(f"{verdicts[-1].check.field}: the last signature does not cover the whole file")
    return verdicts, empty, problems


def _verdict(signature: EmbeddedPdfSignature, ca: asn1_x509.Certificate) -> _Verdict:
    """Everything pyHanko has to say about one signature; an exception is a signature that is not intact."""
    name = "?"
    try:
        name = str(signature.field_name)
        at = signature.self_reported_timestamp
        status = validate_pdf_signature(signature, signer_validation_context=_context(ca, at))
        problems = _problems(name, signature, status, at)
        return _Verdict(_check(name, signature, status, at), problems)
    except MemoryError:
        raise
    except Exception as error:
        check = SignatureCheck(name, "", "", "", "", False, False, False, "")
        return _Verdict(check, (f"{name}: {_short(error)}",))


def _context(ca: asn1_x509.Certificate, at: datetime | None) -> ValidationContext:
    """Trust in one root, no network, judged at the signing time."""
    return ValidationContext(
        trust_roots=[ca], allow_fetching=False, moment=at, best_signature_time=at, revocation_mode="soft-fail"
    )


def _problems(
    name: str, signature: EmbeddedPdfSignature, status: Any, at: datetime | None
) -> tuple[str, ...]:
    found = {
        "no signing time": at is None,
        "bytes were changed after signing": not status.intact,
        "the signature does not verify": not status.valid,
        "something hides behind the signature in its hole": not _clean_hole(signature),
        "the certificate is not trusted at the signing time": not status.trusted,
        "the file was changed after this signature": not _unchanged(status),
    }
    problems = tuple(f"{name}: {problem}" for problem, present in found.items() if present)
    return problems or (() if status.bottom_line else (f"{name}: {status.summary()}",))


def _clean_hole(signature: EmbeddedPdfSignature) -> bool:
    """Whether only zeros follow the CMS: these bytes are under no signature."""
    contents = signature.pkcs7_content
    return not any(contents[asn1_parser.peek(contents) :])


def _unchanged(status: Any) -> bool:
    """Whether only our fields were filled after this signature."""
    if status.coverage == SignatureCoverageLevel.ENTIRE_FILE:
        return True
    return (
        status.coverage == SignatureCoverageLevel.ENTIRE_REVISION
        and status.modification_level in _HARMLESS
        and status.docmdp_ok is not False
    )


def _check(name: str, signature: EmbeddedPdfSignature, status: Any, at: datetime | None) -> SignatureCheck:
    certificate = signature.signer_cert
    subject = certificate.subject.native
    return SignatureCheck(
        field=name,
        signer=_plain(subject.get("common_name")),
        role=_plain(subject.get("title")),
        time=moment(at) if at and at.tzinfo else "",
        level=_LEVELS.get(str(signature.sig_object.get("/SubFilter", "")), ""),
        trusted=bool(status.trusted),
        intact=bool(status.intact and status.valid),
        covers_whole_file=status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
        certificate_sha256=hashlib.sha256(certificate.dump()).hexdigest(),
    )


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _certificate(ca_pem: bytes) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(asn1_pem.unarmor(ca_pem)[2])


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]
