"""Full validation of a file's signatures, every one, with what changed between them.

Trust comes from the school's CA, or for a registered certificate of another CA from the issuers it was
registered with, at the time the signature names or a timestamp proves. Revocation is known here as far as the
file carries the school's lists; the record knows who was revoked since.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from asn1crypto import parser as asn1_parser
from pyhanko.pdf_utils.decode_limits import DecodeLimits
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, DiffPolicy, ModificationLevel
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.settings import KeyUsageConstraints

from hoso_bot.domain.signing import SignatureCheck, SignatureReport, TimestampCheck, not_signed
from hoso_bot.pdf.levels import Evidence, Trust, judge_stamp, token_of
from hoso_bot.pdf.own_updates import OwnUpdates
from hoso_bot.pdf.stamp import moment

_EITHER_USAGE = KeyUsageConstraints(
    key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=False
)
_HARMLESS = (ModificationLevel.NONE, ModificationLevel.LTA_UPDATES, ModificationLevel.FORM_FILLING)


@dataclass(frozen=True)
class _Verdict:
    """One signature as checked, with the problems it has."""

    check: SignatureCheck
    problems: tuple[str, ...]


@dataclass(frozen=True)
class _Findings:
    """Everything found in one file."""

    checks: tuple[SignatureCheck, ...] = ()
    timestamps: tuple[TimestampCheck, ...] = ()
    empty: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def verify_file(path: Path, trust_pem: bytes, ours: bool = False) -> SignatureReport:
    """Judge all signatures of a file. Bad input never raises: it is a problem in the report.

    trust_pem: the school's CA, then the timestamp authorities and outside certificates that are known.
    ours: it lay in our archive since the review copy, see `own_updates`.
    valid = at least one signature, no empty signature field, each one intact and trusted, nothing but
    signatures and timestamps added after the first, the last of all covering the whole file. Problems are
    short and English.
    """
    data = path.read_bytes()
    try:
        found = _judge(data, Trust.read(trust_pem), OwnUpdates() if ours else DEFAULT_DIFF_POLICY)
    except MemoryError:
        raise
    except Exception as error:  # pyHanko raises raw TypeError, ValueError, … on damaged files
        found = _Findings(problems=(f"unreadable: {_short(error)}",))
    return SignatureReport(
        valid=bool(found.checks) and not found.problems,
        signatures=found.checks,
        empty_fields=found.empty,
        problems=found.problems,
        sha256=hashlib.sha256(data).hexdigest(),
        timestamps=found.timestamps,
    )


def _judge(data: bytes, trust: Trust, policy: DiffPolicy) -> _Findings:
    reader = PdfFileReader(io.BytesIO(data), strict=True, decode_limits=DecodeLimits.for_untrusted_input())
    fields = [(str(name), value) for name, value, _ in enumerate_sig_fields(reader)]
    empty = tuple(name for name, value in fields if value is None)
    stamps = [
        judge_stamp(stamp, trust, _unchanged, _clean_hole(stamp))
        for stamp in reader.embedded_timestamp_signatures
    ]
    evidence = Evidence(reader, trust, stamps)
    verdicts = [_verdict(one, trust, evidence, policy) for one in reader.embedded_regular_signatures]
    problems = [not_signed(name) for name in empty]
    if not verdicts:
        problems.append("no signature")
    if len(verdicts) + len(stamps) != len(fields) - len(empty):
        problems.append("a signature field holds something that is no signature")
    checks = tuple(verdict.check for verdict in verdicts)
    timestamps = tuple(stamp.check for stamp in stamps)
    if verdicts and not _covered(checks, timestamps):
        problems.append(f"{checks[-1].field}: the last signature does not cover the whole file")
    problems += [problem for verdict in verdicts for problem in verdict.problems]
    problems += [problem for stamp in stamps for problem in stamp.problems]
    return _Findings(checks, timestamps, empty, tuple(problems))


def _covered(checks: tuple[SignatureCheck, ...], timestamps: tuple[TimestampCheck, ...]) -> bool:
    stamped = any(stamp.covers_whole_file for stamp in timestamps)
    return stamped or any(check.covers_whole_file for check in checks)


def _verdict(
    signature: EmbeddedPdfSignature, trust: Trust, evidence: Evidence, policy: DiffPolicy
) -> _Verdict:
    """Everything pyHanko has to say about one signature; an exception is a signature that is not intact."""
    name = "?"
    try:
        name = str(signature.field_name)
        at, token = signature.self_reported_timestamp, token_of(signature)
        outside = bool(trust.issuers_of(signature.signer_cert))
        status = validate_pdf_signature(
            signature,
            signer_validation_context=trust.for_signer(signature.signer_cert, at),
            ts_validation_context=trust.for_token(token, not outside) if token is not None else None,
            key_usage_settings=_EITHER_USAGE if outside else None,
            diff_policy=policy,
        )
        stamped = status.timestamp_validity
        own = stamped.timestamp if stamped and stamped.valid and stamped.intact and stamped.trusted else None
        if outside and trust.authorities:
            own = None  # another CA's tool asks an authority of its own, whose word proves nothing here
        problems = _problems(name, signature, status, at)
        if evidence.revoked(signature, own):
            problems += (f"{name}: the certificate was revoked before the signature provably existed",)
        proven = evidence.proven_time(signature, own) if trust.authorities else None
        return _Verdict(_check(name, signature, status, evidence.level(signature, own), proven), problems)
    except MemoryError:
        raise
    except Exception as error:
        check = SignatureCheck(name, "", "", "", "", False, False, False, "")
        return _Verdict(check, (f"{name}: {_short(error)}",))


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
        "a timestamp that does not verify, or by an unknown authority": not _stamp_is_good(status),
    }
    problems = tuple(f"{name}: {problem}" for problem, present in found.items() if present)
    return problems or (() if status.bottom_line else (f"{name}: {status.summary()}",))


def _stamp_is_good(status: Any) -> bool:
    stamp = status.timestamp_validity
    return stamp is None or bool(stamp.intact and stamp.valid and stamp.trusted)


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


def _check(
    name: str, signature: EmbeddedPdfSignature, status: Any, level: str, proven: datetime | None
) -> SignatureCheck:
    at, certificate = signature.self_reported_timestamp, signature.signer_cert
    subject = certificate.subject.native
    return SignatureCheck(
        field=name,
        signer=_plain(subject.get("common_name")),
        role=_plain(subject.get("title")),
        time=moment(at) if at and at.tzinfo else "",
        level=level,
        trusted=bool(status.trusted),
        intact=bool(status.intact and status.valid),
        covers_whole_file=status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
        certificate_sha256=hashlib.sha256(certificate.dump()).hexdigest(),
        proven=moment(proven) if proven else "",
    )


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]
