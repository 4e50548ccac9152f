"""Signatures made by a remote service over the CSC API: good ones, and every bad answer we thought of."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from signing_parts import CODE, HEAD, MASTER, NOW, VICE, order, pdfsig, plan, review, school
from tests.fakes.signing_service import CLIENT, FIXED, OTP, PIN, SECRET, SLOW_SECONDS, SigningService

from hoso_bot.domain.errors import KeyLocked, PinRefused, SettingsError, SignerAway, SigningFailed
from hoso_bot.domain.signing import PinOrder, SigningKey, SignOrder
from hoso_bot.pdf import keys
from hoso_bot.pdf.csc_client import Access, CscClient
from hoso_bot.pdf.outside_keys import seal_place
from hoso_bot.pdf.remote_keys import remote_place
from hoso_bot.pdf.sign import SigningDesk

SCHOOL = school()
UNTIL = NOW + timedelta(minutes=10)
ACCESS, BUDGET = Access(client_id=CLIENT, client_secret=SECRET), 2.0


@pytest.fixture(scope="module")
def service() -> Iterator[SigningService]:
    with SigningService.started() as service:
        yield service


@pytest.fixture(scope="module")
def desk(service: SigningService) -> Iterator[SigningDesk]:
    client = CscClient(service.url, ACCESS, BUDGET)
    with SigningDesk(MASTER, workers=1, remote=client) as desk:
        yield desk


@pytest.fixture
def copy(tmp_path: Path, service: SigningService) -> Iterator[Path]:
    review(plan(tmp_path / "plan.pdf"), tmp_path / "review.pdf")
    yield tmp_path / "review.pdf"
    service.is_bad("")


def enrolled(service: SigningService, credential: str, access: Access = ACCESS) -> SigningKey:
    found = CscClient(service.url, access, BUDGET).credential(credential)
    ca_key = keys.open_authority(SCHOOL.authority, MASTER)
    public = x509.load_der_x509_certificate(found.certificate).public_key()
    whose = ("PHT01", "Đỗ Quốc Vượng", "Phó Hiệu trưởng", NOW)
    certificate = keys.certify(SCHOOL.authority, ca_key, public, *whose)  # type: ignore[arg-type]
    place = seal_place(MASTER, remote_place(credential, found), certificate)
    ca_pem = SCHOOL.authority.ca_pem
    return SigningKey(keys.fingerprint(certificate), certificate, ca_pem, place, "remote")


def wish(copy: Path, key: SigningKey) -> SignOrder:
    target = copy.with_name("remote.pdf")
    return SignOrder(copy, target, VICE.field, key, "Vượng", "Phó Hiệu trưởng", NOW, CODE, asked_at=NOW)


def types(desk: SigningDesk, key: SigningKey, words: str) -> None:
    assert not desk.unlock(PinOrder(key, b"", b"", desk.seal(words), UNTIL))


@pytest.mark.parametrize(
    ("credential", "typed", "asks"),
    [("ec", PIN, "pin"), ("rsa", f"{PIN}+{OTP}", "both"), ("otp", OTP, "otp")],
)
def test_the_service_signs_behind_a_key_of_ours_and_poppler_agrees(
    desk: SigningDesk, service: SigningService, copy: Path, credential: str, typed: str, asks: str
) -> None:
    key, first = enrolled(service, credential), copy.with_name("first.pdf")
    assert desk.asks_for(key) == asks
    desk.sign(order(copy, first, HEAD, SCHOOL.head))
    types(desk, key, typed)
    signed = desk.sign(wish(first, key))
    assert signed.certificate_sha256 == key.key_id
    said = pdfsig(copy.with_name("remote.pdf"), SCHOOL.authority.ca_pem, copy.parent)
    assert said.count("Signature is Valid.") == said.count("Certificate is Trusted.") == 2
    assert (desk.window(key, NOW) is None) == ("otp" in asks or asks == "both")


def test_a_fixed_bearer_token_does_too(service: SigningService, copy: Path) -> None:
    access = Access(token=FIXED)
    with SigningDesk(MASTER, workers=1, remote=CscClient(service.url, access)) as desk:
        key = enrolled(service, "ec", access)
        types(desk, key, PIN)
        assert desk.sign(wish(copy, key)).size


def test_nobody_is_asked_without_a_typed_pin(desk: SigningDesk, service: SigningService, copy: Path) -> None:
    key = enrolled(service, "ec")
    before = service.asked("credentials/authorize")
    with pytest.raises(KeyLocked):
        desk.sign(wish(copy, key))
    assert service.asked("credentials/authorize") == before


def test_a_wrong_pin_is_asked_about_once(desk: SigningDesk, service: SigningService, copy: Path) -> None:
    key, before = enrolled(service, "ec"), service.asked("credentials/authorize")
    types(desk, key, "wrong-1111")
    with pytest.raises(PinRefused, match=r"pin\.wrong"):
        desk.sign(wish(copy, key))
    with pytest.raises(KeyLocked):
        desk.sign(wish(copy, key))
    assert service.asked("credentials/authorize") == before + 1
    types(desk, key, PIN)
    assert desk.sign(wish(copy, key)).size


def test_a_pin_nobody_judged_in_time_is_no_wrong_try(
    desk: SigningDesk, service: SigningService, copy: Path
) -> None:
    key = enrolled(service, "ec")
    types(desk, key, PIN)
    late = SignOrder(**{**vars(wish(copy, key)), "asked_at": UNTIL})
    for lapsed in (True, False):
        with pytest.raises(KeyLocked) as locked:
            desk.sign(late)
        assert locked.value.facts["lapsed"] is lapsed


@pytest.mark.parametrize(
    ("fault", "text_key"),
    [
        ("dead", "remote.down"),
        ("slow", "remote.down"),
        ("garbage", "remote.down"),
        ("oversized", "remote.down"),
        ("redirect", "remote.refused"),
        ("expired", "remote.refused"),
        ("two signatures", "remote.refused"),
    ],
)
def test_a_service_that_cannot_sign_is_waited_for(
    desk: SigningDesk, service: SigningService, copy: Path, fault: str, text_key: str
) -> None:
    key = enrolled(service, "ec")
    types(desk, key, PIN)
    service.is_bad(fault)
    with pytest.raises(SignerAway) as away:
        desk.sign(wish(copy, key))
    assert away.value.text_key == text_key
    assert PIN not in str(away.value)
    service.is_bad("")
    assert desk.sign(wish(copy, key)).size


def test_a_slow_service_holds_nobody_longer_than_its_budget(service: SigningService, copy: Path) -> None:
    service.is_bad("slow")
    began = time.monotonic()
    with pytest.raises(SignerAway, match="no answer within"):
        CscClient(service.url, Access(token=FIXED), budget=0.3).credential("ec")
    assert time.monotonic() - began < SLOW_SECONDS


@pytest.mark.parametrize("fault", ["wrong algorithm", "other bytes"])
def test_a_signature_that_does_not_fit_is_no_signature(
    desk: SigningDesk, service: SigningService, copy: Path, fault: str
) -> None:
    key = enrolled(service, "ec")
    types(desk, key, PIN)
    service.is_bad(fault)
    with pytest.raises(SigningFailed, match="does not verify"):
        desk.sign(wish(copy, key))


def test_a_bearer_token_that_ran_out_is_fetched_anew(
    desk: SigningDesk, service: SigningService, copy: Path
) -> None:
    key = enrolled(service, "ec")
    types(desk, key, PIN)
    service.is_bad("forgets bearers")
    assert desk.sign(wish(copy, key)).size


def test_a_client_the_service_does_not_know_is_said(service: SigningService) -> None:
    for access in (Access(token="stolen"), Access(client_id=CLIENT, client_secret="wrong")):
        with pytest.raises(SignerAway) as away:
            enrolled(service, "ec", access)
        assert away.value.text_key == "remote.refused" and "wrong" not in str(away.value)


@pytest.mark.parametrize("credential", ["implicit", "nobody"])
def test_a_credential_we_cannot_use_is_not_taken(service: SigningService, credential: str) -> None:
    with pytest.raises(SignerAway):
        enrolled(service, credential)


@pytest.mark.parametrize(
    "url", ["http://sign.example/csc/v1", "ftp://127.0.0.1/", "sign.example", "https://"]
)
def test_only_https_or_this_machine(url: str) -> None:
    with pytest.raises(SettingsError):
        CscClient(url, ACCESS)
