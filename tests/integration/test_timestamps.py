"""The timestamp authority as a client meets it, and files at every level as outside judges see them."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import itertools
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import crl as asn1_crl
from asn1crypto import pem as asn1_pem
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import (
    CertRevTrustPolicy,
    RevocationCheckingPolicy,
    RevocationCheckingRule,
)
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer
from signing_parts import (
    HEAD,
    MASTER,
    NOW,
    VICE,
    School,
    hybrid,
    order,
    pdfsig,
    pixels,
    plan,
    program,
    review,
    school,
)
from tests.fakes.clock import FakeClock
from tests.fakes.timestamp_authority import TimestampAuthority, certified

from hoso_bot.domain.errors import NoTimestamp, SettingsError
from hoso_bot.domain.signature_levels import (
    B_B,
    B_LT,
    B_LTA,
    B_T,
    CrlSigner,
    Revocation,
    UpgradeOrder,
    lowest,
)
from hoso_bot.domain.signing import SignatureReport
from hoso_bot.pdf.keys import CA_CONTEXT, create_crl_signer, load_private_key, unwrap
from hoso_bot.pdf.revocation import make_crl, revoked_at
from hoso_bot.pdf.sign import SigningDesk
from hoso_bot.pdf.tsa_client import TimestampClient
from hoso_bot.pdf.verify import verify_file

DIGEST = hashlib.sha256(b"a signature").digest()
BYTE_RANGE = re.compile(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\]")


@pytest.fixture(scope="module")
def authority() -> Iterator[TimestampAuthority]:
    with TimestampAuthority.started() as authority:
        authority.says(NOW)
        yield authority


def client(authority: TimestampAuthority, kind: str = "good", budget: float = 3.5) -> TimestampClient:
    return TimestampClient(authority.url(kind), FakeClock(NOW), authority.root_pem, budget, rest=0)


@functools.cache
def crl_signer(ours: School) -> CrlSigner:
    """A school has one."""
    authority = ours.authority
    key = load_private_key(unwrap(MASTER, authority.wrapped_key, CA_CONTEXT))
    return create_crl_signer(authority.ca_pem, key, MASTER, NOW)


# --- the client ------------------------------------------------------------------------------------------


def test_openssl_finds_the_token_good(authority: TimestampAuthority, tmp_path: Path) -> None:
    token = client(authority).token(DIGEST)
    (tmp_path / "token").write_bytes(token.der)
    (tmp_path / "root.pem").write_bytes(authority.root_pem)
    words = f"ts -verify -token_in -in {tmp_path}/token -digest {DIGEST.hex()} -CAfile {tmp_path}/root.pem"
    words += f" -attime {int(NOW.timestamp())}"
    done = subprocess.run([program("openssl", "openssl"), *words.split()], capture_output=True, text=True)
    assert "Verification: OK" in done.stdout


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("error", "answers 500"),
        ("garbage", "cannot be read"),
        ("refusing", "says rejection"),
        ("wrong_nonce", "another request"),
        ("wrong_imprint", "other bytes"),
        ("expired", "not valid then"),
        ("wrong_purpose", "not for timestamps"),
        ("wrong_clock", "clock says"),
    ],
)
def test_bad_answers_are_no_timestamps(authority: TimestampAuthority, kind: str, why: str) -> None:
    with pytest.raises(NoTimestamp, match=why):
        client(authority, kind).token(DIGEST)


def test_an_authority_under_another_root_is_refused(authority: TimestampAuthority) -> None:
    stranger = certified("Somebody else", None).certificate.public_bytes(serialization.Encoding.PEM)
    with pytest.raises(NoTimestamp, match="do not trust"):
        TimestampClient(authority.url(), FakeClock(NOW), stranger).token(DIGEST)


def test_a_slow_authority_costs_no_more_than_the_budget(authority: TimestampAuthority) -> None:
    since = time.monotonic()
    with pytest.raises(NoTimestamp, match="within 1 s"):
        client(authority, "slow", budget=1).token(DIGEST)
    assert time.monotonic() - since < 2


def test_a_dead_port_is_noticed_at_once_and_left_alone_for_a_while() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        dead = TimestampClient(f"http://127.0.0.1:{unused.getsockname()[1]}/", FakeClock(NOW))
        for why in ("refused", "a moment ago"):
            with pytest.raises(NoTimestamp, match=why):
                dead.token(DIGEST)
        with pytest.raises(NoTimestamp, match="refused"):
            dead.token(DIGEST, patient=True)


@pytest.mark.parametrize("url", ["", "ftp://tsa.example", "tsa.example", "http://"])
def test_an_address_that_cannot_be_asked_stops_the_start(url: str) -> None:
    with pytest.raises(SettingsError):
        TimestampClient(url, FakeClock(NOW))


def test_any_changed_byte_of_a_reply_is_no_timestamp_or_the_same_one(authority: TimestampAuthority) -> None:
    """Parsed in the main process, so nothing may raise anything else."""
    import secrets

    from hoso_bot.pdf.timestamp_token import read_reply, request

    nonce = secrets.randbits(64)
    reply = client(authority)._post(request(DIGEST, nonce))
    good = read_reply(reply, DIGEST, nonce, NOW)
    for at, mask in itertools.product(range(len(reply)), (0x01, 0x41, 0xFF)):
        bent = reply[:at] + bytes([reply[at] ^ mask]) + reply[at + 1 :]
        try:
            token = read_reply(bent, DIGEST, nonce, NOW)
        except NoTimestamp:
            continue
        assert len(token.der) == len(good.der)


# --- files -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stages:
    """One plan, as MS Word would write it, at every level, and who may judge it."""

    school: School
    folder: Path
    trust: bytes

    def path(self, level: str) -> Path:
        return self.folder / f"{level}.pdf"

    def verify(self, level: str) -> SignatureReport:
        return verify_file(self.path(level), self.trust)


LEVELS = {"b_b": B_B, "b_t": B_T, "b_b_upgraded": B_LT, "b_t_upgraded": B_LTA}
"""Stamped only with its evidence, a signature has its time and its evidence, and no archive of both."""


@pytest.fixture(scope="module")
def stages(authority: TimestampAuthority, tmp_path_factory: pytest.TempPathFactory) -> Stages:
    folder, ours = tmp_path_factory.mktemp("stages"), school()
    copy = folder / "copy.pdf"
    review(hybrid(plan(folder / "plan.pdf"), folder / "word.pdf"), copy)
    bundle = client(authority).token(DIGEST).authority_pem
    for level, kind in (("b_b", "error"), ("b_t", "good")):
        first, second = folder / f"{level}_first.pdf", folder / f"{level}.pdf"
        with SigningDesk(MASTER, workers=1, timestamps=client(authority, kind)) as desk:
            assert desk.sign(order(copy, first, HEAD, ours.head)).level == LEVELS[level]
            assert desk.sign(order(first, second, VICE, ours.vice)).level == LEVELS[level]
        with SigningDesk(MASTER, workers=1, timestamps=client(authority)) as desk:
            desk.upgrade(upgrade_order(ours, second, folder / f"{level}_upgraded.pdf", (bundle,)))
    return Stages(ours, folder, ours.authority.ca_pem + authority.root_pem)


def upgrade_order(
    ours: School,
    source: Path,
    target: Path,
    authorities: tuple[bytes, ...] = (),
    revoked: tuple[Revocation, ...] = (),
) -> UpgradeOrder:
    certificates = tuple(person.key.certificate_pem for person in (ours.head, ours.vice))
    signer, at = crl_signer(ours), NOW
    ca = ours.authority.ca_pem
    return UpgradeOrder(source, target, ca, signer, revoked, certificates, authorities, at)


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_is_valid_and_named(stages: Stages, level: str) -> None:
    report = stages.verify(level)
    assert report.valid and report.problems == () and report.covered
    assert [check.level for check in report.signatures] == [LEVELS[level]] * 2
    assert all(bool(check.proven) == (level != "b_b") for check in report.signatures)


@pytest.mark.parametrize("level", LEVELS)
def test_poppler_agrees_at_every_level(stages: Stages, level: str, tmp_path: Path) -> None:
    said = pdfsig(stages.path(level), stages.school.authority.ca_pem, tmp_path)
    assert said.count("Signature is Valid.") == 2
    assert said.count("Certificate is Trusted.") == 2
    last = said.split("Signature #")[-1]
    assert "- Total document signed" in last


@pytest.mark.parametrize("level", LEVELS)
def test_openssl_agrees_at_every_level(stages: Stages, level: str, tmp_path: Path) -> None:
    data = stages.path(level).read_bytes()
    (tmp_path / "ca.pem").write_bytes(stages.school.authority.ca_pem)
    ranges = [tuple(map(int, found)) for found in BYTE_RANGE.findall(data)]
    for start, end, rest in ranges[:2]:
        (tmp_path / "tbs").write_bytes(data[:start] + data[end : end + rest])
        (tmp_path / "cms").write_bytes(bytes.fromhex(data[start + 1 : end - 1].decode()))
        words = f"cms -verify -inform DER -in {tmp_path}/cms -content {tmp_path}/tbs -binary -cades"
        words += f" -CAfile {tmp_path}/ca.pem -purpose any -out {os.devnull} -attime {int(NOW.timestamp())}"
        done = subprocess.run([program("openssl", "openssl"), *words.split()], capture_output=True, text=True)
        assert "CAdES Verification successful" in done.stderr


@pytest.mark.parametrize("later", [timedelta(minutes=1), timedelta(days=30), timedelta(days=6 * 365)])
def test_long_term_validation_by_the_etsi_procedure_agrees(
    stages: Stages, authority: TimestampAuthority, later: timedelta
) -> None:
    """ETSI EN 319 102-1, 5.6.3, as pyHanko carries it out; every approver's status has to be known.

    It asks for a token in each signature; a document timestamp alone (b_b_upgraded) is not enough for it.
    At once, when the list in the file has run out, and when the approvers' certificates have: the judge has
    the school's list of the day and asks the last timestamp's authority, and finds all else in the file.
    """
    at = NOW + later
    authority.says(at)
    try:
        with stages.path("b_t_upgraded").open("rb") as file:
            for signature in PdfFileReader(file).embedded_regular_signatures:
                live = ValidationTimingInfo(at, at, point_in_time_validation=False)
                result = asyncio.run(ades_lta_validation(signature, judge(stages, at), live))
                assert result.ades_subindic == AdESPassed.OK, result.failure_msg
    finally:
        authority.says(NOW)


def judge(stages: Stages, at: datetime) -> PdfSignatureValidationSpec:
    """Who is trusted, and what a judge knows about that day; about the past it knows what the file says."""
    found = asn1_pem.unarmor(stages.trust, multiple=True)
    roots = [asn1_x509.Certificate.load(der) for _, _, der in found]
    must = CertRevTrustPolicy(
        RevocationCheckingPolicy(RevocationCheckingRule.CRL_OR_OCSP_REQUIRED, RevocationCheckingRule.NO_CHECK)
    )
    may = CertRevTrustPolicy(
        RevocationCheckingPolicy(
            RevocationCheckingRule.CHECK_IF_DECLARED_SOFT, RevocationCheckingRule.NO_CHECK
        )
    )
    today = RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.NO_HISTORICAL_FETCH)
    crl = asn1_crl.CertificateList.load(make_crl(crl_signer(stages.school), MASTER, (), at))
    anchors = SimpleTrustManager.build(roots)
    spec = SignatureValidationSpec(
        CertValidationPolicySpec(anchors, must),
        today,
        local_knowledge=LocalKnowledge(known_crls=[CRLContainer(crl)]),
        ts_cert_validation_policy=CertValidationPolicySpec(anchors, may),
    )
    return PdfSignatureValidationSpec(spec)


def test_an_upgrade_only_adds_bytes_and_draws_nothing(stages: Stages) -> None:
    for level in ("b_b", "b_t"):
        signed, upgraded = (stages.path(name).read_bytes() for name in (level, f"{level}_upgraded"))
        assert upgraded.startswith(signed)
        assert b"/DocTimeStamp" in upgraded[len(signed) :] and b"/DSS" in upgraded[len(signed) :]
        for page in (0, -1):
            assert pixels(stages.path(level), page) == pixels(stages.path(f"{level}_upgraded"), page)


def test_flipped_bytes_in_evidence_and_timestamp_are_noticed(stages: Stages, tmp_path: Path) -> None:
    data = stages.path("b_t_upgraded").read_bytes()
    start = stages.path("b_t").stat().st_size
    (hole,) = re.finditer(rb"/Contents <([0-9A-Fa-f]+)>", data[start:])
    end = start + hole.start(1)
    for at in range(start, end, max(1, (end - start) // 40)):
        (tmp_path / "bent.pdf").write_bytes(data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :])
        assert not verify_file(tmp_path / "bent.pdf", stages.trust).valid


def test_a_timestamp_by_somebody_unknown_is_a_problem_where_authorities_are_known(stages: Stages) -> None:
    stranger = certified("Somebody else", None).certificate.public_bytes(serialization.Encoding.PEM)
    ca = stages.school.authority.ca_pem
    for level in ("b_t", "b_b_upgraded"):
        report = verify_file(stages.path(level), ca + stranger)
        assert not report.valid and any("unknown authority" in problem for problem in report.problems)
        alone = verify_file(stages.path(level), ca)
        assert alone.valid and not any(check.proven for check in alone.signatures)


# --- revocation ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shift", [timedelta(hours=-1), timedelta(seconds=30)])
def test_what_was_signed_before_a_revocation_stays_valid_and_after_it_is_rejected(
    stages: Stages, authority: TimestampAuthority, tmp_path: Path, shift: timedelta
) -> None:
    revoked = (Revocation(stages.school.vice.key.certificate_pem, NOW + shift, "key_compromise"),)
    wish = upgrade_order(stages.school, stages.path("b_t"), tmp_path / "x.pdf", revoked=revoked)
    with SigningDesk(MASTER, workers=1, timestamps=client(authority)) as desk:
        desk.upgrade(wish)
    report = verify_file(wish.target, stages.trust)
    assert report.valid == (shift > timedelta())
    assert any("Buoc2: the certificate was revoked" in p for p in report.problems) != report.valid
    without_known_time = verify_file(wish.target, stages.school.authority.ca_pem)
    assert not without_known_time.valid


def test_openssl_reads_the_revocation_list(tmp_path: Path) -> None:
    ours = school()
    signer = crl_signer(ours)
    gone = (Revocation(ours.vice.key.certificate_pem, NOW, "affiliation_changed"),)
    der = make_crl(signer, MASTER, gone, NOW)
    openssl = program("openssl", "openssl")
    for name, data in (
        ("crl.der", der),
        ("ca.pem", ours.authority.ca_pem),
        ("signer.pem", signer.certificate_pem),
        ("head.pem", ours.head.key.certificate_pem),
        ("vice.pem", ours.vice.key.certificate_pem),
    ):
        (tmp_path / name).write_bytes(data)
    subprocess.run(
        [openssl, *f"crl -inform DER -in {tmp_path}/crl.der -out {tmp_path}/crl.pem".split()], check=True
    )
    words = f"verify -crl_check -extended_crl -CAfile {tmp_path}/ca.pem -untrusted {tmp_path}/signer.pem"
    words += f" -CRLfile {tmp_path}/crl.pem -attime {int(NOW.timestamp()) + 60}"
    said = {}
    for who in ("head", "vice"):
        asked = [openssl, *words.split(), str(tmp_path / f"{who}.pem")]
        done = subprocess.run(asked, capture_output=True, text=True)
        said[who] = done.stdout + done.stderr
    assert "head.pem: OK" in said["head"] and "certificate revoked" in said["vice"]


def test_a_list_by_another_school_or_by_an_approver_says_nothing() -> None:
    ours, theirs = school(), school()
    serial = x509.load_pem_x509_certificate(ours.vice.key.certificate_pem).serial_number
    gone = (Revocation(ours.vice.key.certificate_pem, NOW),)
    certificates = [
        x509.load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER)
        for pem in (crl_signer(theirs).certificate_pem, ours.head.key.certificate_pem)
    ]
    foreign = make_crl(crl_signer(theirs), MASTER, gone, NOW)
    with pytest.raises(ValueError, match="not the school's"):
        revoked_at(foreign, ours.authority.ca_pem, certificates, serial)


def test_the_key_for_lists_can_issue_no_certificate() -> None:
    ours = school()
    certificate = x509.load_pem_x509_certificate(crl_signer(ours).certificate_pem)
    assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.crl_sign and not usage.key_cert_sign and not usage.digital_signature


def test_a_file_is_as_good_as_its_weakest_signature() -> None:
    assert lowest([B_LTA, B_T]) == B_T and lowest(["PKCS#7", B_LTA]) == "PKCS#7" and lowest([]) == ""


def test_without_an_authority_nothing_is_upgraded(stages: Stages, tmp_path: Path) -> None:
    wish = upgrade_order(stages.school, stages.path("b_b"), tmp_path / "x.pdf")
    with SigningDesk(MASTER, workers=1) as desk, pytest.raises(NoTimestamp):
        desk.upgrade(wish)
