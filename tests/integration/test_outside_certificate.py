"""A certificate of another authority: what the office may register, and how far its signatures count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from tests.fakes.foreign_authority import DER, ForeignAuthority, Holder, certified, written
from tests.integration.signing_parts import NOW, pdfsig, plan, review, school

from hoso_bot.domain.errors import CertificateRefused
from hoso_bot.domain.signing import SignatureReport, pinned
from hoso_bot.pdf.outside_certificate import facts_of, read_outside_key
from hoso_bot.pdf.verify import verify_file

AUTHORITY = ForeignAuthority()
HEAD = AUTHORITY.certifies("Lê Thị Minh Hạnh")
COLLEAGUE = AUTHORITY.certifies("Lê Thị Minh Hạnh")
SCHOOL = school()


def refusal(folder: Path, holder: Holder, chain: bytes | None = None, data: bytes | None = None) -> str:
    file = written(folder, "card.pem", data or holder.pem())
    issuers = written(folder, "chain.pem", chain) if chain else None
    with pytest.raises(CertificateRefused) as refused:
        read_outside_key(file, issuers, NOW)
    return str(refused.value)


# --- what is read ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "data"), [("card.pem", HEAD.pem()), ("card.p7b", HEAD.p7b())])
def test_certificate_and_issuers_in_one_file(tmp_path: Path, name: str, data: bytes) -> None:
    key = read_outside_key(written(tmp_path, name, data), None, NOW)
    assert (key.key_id, key.custody, key.wrapped_key) == (HEAD.fingerprint, "own", b"")
    assert key.ca_pem.count(b"BEGIN CERTIFICATE") == 2
    facts = facts_of(key.certificate_pem)
    assert (facts.name, facts.issuer) == ("Lê Thị Minh Hạnh", AUTHORITY.name)


def test_der_with_its_issuers_in_another_file(tmp_path: Path) -> None:
    card = written(tmp_path, "card.cer", HEAD.certificate.public_bytes(DER))
    chain = written(tmp_path, "chain.pem", AUTHORITY.below.pem())
    assert read_outside_key(card, chain, NOW).key_id == HEAD.fingerprint


# --- what is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("holder", "says"),
    [
        (AUTHORITY.certifies("A", until=datetime(2016, 1, 1, tzinfo=UTC)), "expired on 2016-01-01"),
        (AUTHORITY.certifies("A", since=datetime(2044, 1, 1, tzinfo=UTC)), "valid from 2044-01-01 only"),
        (AUTHORITY.below, "certificate of an authority"),
        (AUTHORITY.certifies("A", for_signing=False), "not for signing"),
        (AUTHORITY.certifies("A", key=rsa.generate_private_key(65537, 1024)), "too weak"),
        (AUTHORITY.certifies("A", key=ec.generate_private_key(ec.SECP192R1())), "too weak"),
        (certified("A", None), "self-signed"),
    ],
)
def test_what_nobody_should_sign_with(tmp_path: Path, holder: Holder, says: str) -> None:
    assert says in refusal(tmp_path, holder)


def test_without_its_issuer(tmp_path: Path) -> None:
    assert f"give the one of “{AUTHORITY.name}”" in refusal(tmp_path, HEAD, data=HEAD.pem(chain=False))


def test_with_somebody_elses_issuer(tmp_path: Path) -> None:
    other = ForeignAuthority().below  # the same names, other keys
    assert "leads nowhere" in refusal(tmp_path, HEAD, other.pem(), HEAD.pem(chain=False))


def test_an_expired_issuer(tmp_path: Path) -> None:
    old = certified("CA cũ", AUTHORITY.root, is_ca=True, until=datetime(2016, 1, 1, tzinfo=UTC))
    assert "issuer “CA cũ” is expired" in refusal(tmp_path, certified("A", old))


def test_two_people_in_one_file(tmp_path: Path) -> None:
    assert "several people" in refusal(tmp_path, HEAD, data=certified("B", HEAD).pem())


@pytest.mark.parametrize("data", [b"%PDF-1.7", b"-----BEGIN CERTIFICATE-----\nxx\n", b"\x30\x80", b""])
def test_files_without_a_certificate(tmp_path: Path, data: bytes) -> None:
    assert "holds no certificate" in refusal(tmp_path, HEAD, data=data or b" ")


# --- how far it counts -------------------------------------------------------------------------------


def judged(folder: Path, data: bytes, *registered: Holder) -> SignatureReport:
    path = written(folder, "signed.pdf", data)
    above = AUTHORITY.below.pem()
    pins = [pinned(one.pem(chain=False), above) for one in registered]
    return verify_file(path, SCHOOL.authority.ca_pem + b"".join(pins))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("review")
    review(plan(folder / "plan.pdf"), folder / "review.pdf")
    return (folder / "review.pdf").read_bytes()


def test_exactly_the_registered_certificate_is_trusted(tmp_path: Path, copy: bytes) -> None:
    report = judged(tmp_path, HEAD.signs(copy, "Buoc1", NOW), HEAD)
    (check,) = report.signatures
    assert (check.trusted, check.intact, check.certificate_sha256) == (True, True, HEAD.fingerprint)
    assert report.flaws == () and check.level == "PAdES B-B"
    assert pdfsig(tmp_path / "signed.pdf", AUTHORITY.root.pem(), tmp_path).count("Signature is Valid") == 1


def test_another_certificate_of_the_same_authority_is_not(tmp_path: Path, copy: bytes) -> None:
    signed = COLLEAGUE.signs(copy, "Buoc1", NOW)
    report = judged(tmp_path, signed, HEAD)
    assert not report.signatures[0].trusted and "not trusted" in " ".join(report.flaws)
    assert judged(tmp_path, signed, HEAD, COLLEAGUE).signatures[0].trusted


def test_nothing_of_it_is_trusted_by_the_schools_ca_alone(tmp_path: Path, copy: bytes) -> None:
    assert not judged(tmp_path, HEAD.signs(copy, "Buoc1", NOW)).signatures[0].trusted


def test_a_signature_dated_outside_the_certificates_life(tmp_path: Path, copy: bytes) -> None:
    short = AUTHORITY.certifies("A", until=NOW - timedelta(days=20))
    assert not judged(tmp_path, short.signs(copy, "Buoc1", NOW), short).signatures[0].trusted
    before = NOW - timedelta(days=50)
    assert judged(tmp_path, short.signs(copy, "Buoc1", before), short).signatures[0].trusted
