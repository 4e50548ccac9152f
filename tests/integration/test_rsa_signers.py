"""`[signing] algorithm = "rsa3072"`: new keys of both custodies are RSA, the school's CA stays P-256."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from signing_parts import CODE, HEAD, VICE, pdfsig, plan, review
from tests.fakes.clock import FakeClock
from tests.school import NOW

from hoso_bot.domain.roster import Role
from hoso_bot.domain.signing import Box, PinOrder, SigningKey, SignOrder
from hoso_bot.office import Office
from hoso_bot.pdf.keys import master_key_from_text
from hoso_bot.pdf.sign import SigningDesk
from hoso_bot.settings import Settings, Signing

PIN = "407193"


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "school"))


def office_of(home: Path, custody: str, algorithm: str = "rsa3072") -> Office:
    signing = Signing(custody=custody, algorithm=algorithm)  # type: ignore[arg-type]
    return Office(Settings(home=home, signing=signing), FakeClock(NOW))


def enrolled(home: Path, staff_id: str, custody: str) -> tuple[SigningKey, bytes]:
    """A signer enrolled anew: the key, and what its first PIN closes."""
    office = office_of(home, custody)
    try:
        person = office.person(staff_id)
        office.signers.enrol_anew(person)
        key, row = office.school.signing_key(person.id), office.signers.pins.of(person.id)
        assert key and key.custody == custody
        return key, row.closed if row else b""
    finally:
        office.close()


def public(pem: bytes) -> object:
    return x509.load_pem_x509_certificate(pem).public_key()


def test_keys_of_both_custodies_are_rsa_and_pdfsig_agrees(home: Path, tmp_path: Path) -> None:
    master = master_key_from_text((home / "master.key").read_text(encoding="ascii").strip())
    (head, closed), (vice, _) = enrolled(home, "GV06", "pin"), enrolled(home, "PHT01", "server")
    review(plan(tmp_path / "plan.pdf"), tmp_path / "0.pdf")

    def order(source: str, target: str, box: Box, key: SigningKey) -> SignOrder:
        return SignOrder(tmp_path / source, tmp_path / target, box.field, key, "Nga", "Tổ trưởng", NOW, CODE)

    with SigningDesk(master, workers=1) as desk:
        until = NOW.replace(year=NOW.year + 1)
        desk.set_pin(PinOrder(head, closed, b"", desk.seal(PIN), until, desk.seal(PIN)))
        desk.sign(order("0.pdf", "1.pdf", HEAD, head))
        desk.sign(order("1.pdf", "2.pdf", VICE, vice))
    said = pdfsig(tmp_path / "2.pdf", head.ca_pem, tmp_path)
    assert said.count("Signature is Valid.") == said.count("Certificate is Trusted.") == 2
    for key in (head, vice):
        found = public(key.certificate_pem)
        assert isinstance(found, rsa.RSAPublicKey) and found.key_size == 3072
    assert isinstance(public(head.ca_pem), ec.EllipticCurvePublicKey)


def test_a_renewed_certificate_keeps_its_rsa_key_and_others_keep_theirs(home: Path) -> None:
    before, _ = enrolled(home, "GV06", "pin")
    office = office_of(home, "pin", "p256")
    try:
        person = office.person("GV06")
        with office.db.write() as connection:
            connection.exec_driver_sql("UPDATE people SET name = 'Bùi Nga' WHERE staff_id = 'GV06'")
        office.signers.ensure_keys()
        after = office.school.signing_key(person.id)
        assert after and after.key_id != before.key_id
        assert public(after.certificate_pem) == public(before.certificate_pem)
        assert person.role is Role.GROUP_HEAD
    finally:
        office.close()
