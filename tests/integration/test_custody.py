"""A key under a PIN: what opens it, what does not, and what a thief of each part would hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from signing_parts import plan, review

from hoso_bot.domain.errors import KeyLocked, PassphraseNeeded, PinRefused, SigningFailed
from hoso_bot.domain.signing import PinOrder, PinSet, SigningKey, SignOrder
from hoso_bot.pdf import keys
from hoso_bot.pdf.custody import key_name, open_secret
from hoso_bot.pdf.enrolment import enrol, renew
from hoso_bot.pdf.sign import SigningDesk

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
UNTIL = NOW + timedelta(minutes=10)
MASTER, PASSPHRASE, PIN = keys.new_master_key(), keys.new_passphrase(), "407193"
AUTHORITY = keys.create_authority("Trường Tiểu học Hoa Phượng", NOW, MASTER, PASSPHRASE)
WHOSE = ("GV06", "Bùi Thị Tuyết Nga", "Tổ trưởng", NOW)


@pytest.fixture(scope="module")
def desk() -> Iterator[SigningDesk]:
    with SigningDesk(MASTER, workers=2) as desk:
        yield desk


@pytest.fixture
def enrolled() -> tuple[SigningKey, bytes]:
    return enrol(AUTHORITY, keys.open_authority(AUTHORITY, MASTER, PASSPHRASE), MASTER, *WHOSE)


@pytest.fixture
def with_pin(desk: SigningDesk, enrolled: tuple[SigningKey, bytes]) -> Iterator[tuple[SigningKey, PinSet]]:
    key, closed = enrolled
    yield key, desk.set_pin(PinOrder(key, closed, b"", desk.seal(PIN), UNTIL, desk.seal(PIN)))
    desk.close_window(key.key_id)


def typed(desk: SigningDesk, key: SigningKey, pin: PinSet, what: str) -> PinOrder:
    return PinOrder(key, pin.closed, pin.salt, desk.seal(what), UNTIL)


def order(tmp_path: Path, key: SigningKey, asked_at: datetime = NOW) -> SignOrder:
    if not (tmp_path / "review.pdf").exists():
        review(plan(tmp_path / "plan.pdf"), tmp_path / "review.pdf")
    source, target = tmp_path / "review.pdf", tmp_path / "signed.pdf"
    return SignOrder(source, target, "Buoc1", key, "Nga", "Tổ trưởng", NOW, "K-1", asked_at=asked_at)


def test_setting_a_pin_opens_the_key_for_the_window_only(
    desk: SigningDesk, with_pin: tuple[SigningKey, PinSet], tmp_path: Path
) -> None:
    key, _ = with_pin
    assert desk.sign(order(tmp_path, key)).certificate_sha256 == key.key_id
    assert desk.window(key, NOW) == UNTIL
    with pytest.raises(KeyLocked):
        desk.sign(order(tmp_path, key, asked_at=UNTIL))
    with pytest.raises(KeyLocked):
        desk.sign(order(tmp_path, key))


def test_only_the_right_pin_opens(
    desk: SigningDesk, with_pin: tuple[SigningKey, PinSet], tmp_path: Path
) -> None:
    key, pin = with_pin
    desk.close_window(key.key_id)
    for wrong in ("407194", "", "40719", "x"):
        with pytest.raises(PinRefused, match=r"pin\.wrong"):
            desk.unlock(typed(desk, key, pin, wrong))
    with pytest.raises(KeyLocked):
        desk.sign(order(tmp_path, key))
    desk.unlock(typed(desk, key, pin, "407 193"))
    assert desk.sign(order(tmp_path, key)).size


def test_a_pin_cannot_be_set_twice(desk: SigningDesk, with_pin: tuple[SigningKey, PinSet]) -> None:
    key, pin = with_pin
    again = PinOrder(key, pin.closed, pin.salt, desk.seal("518204"), UNTIL, desk.seal("518204"))
    with pytest.raises(SigningFailed, match="set already"):
        desk.set_pin(again)


def test_another_desk_reads_no_pin_and_has_no_window(
    desk: SigningDesk, with_pin: tuple[SigningKey, PinSet], tmp_path: Path
) -> None:
    key, pin = with_pin
    with SigningDesk(MASTER, workers=1) as later:
        with pytest.raises(KeyLocked):
            later.sign(order(tmp_path, key))
        with pytest.raises(PinRefused, match=r"pin\.lost"):
            later.unlock(typed(desk, key, pin, PIN))


def test_a_window_belongs_to_one_key(
    desk: SigningDesk, with_pin: tuple[SigningKey, PinSet], tmp_path: Path
) -> None:
    key, _ = with_pin
    ca_key = keys.open_authority(AUTHORITY, MASTER, PASSPHRASE)
    other, _ = enrol(AUTHORITY, ca_key, MASTER, "HT01", "Hiệu trưởng", "Hiệu trưởng", NOW)
    with pytest.raises(SigningFailed):
        desk.sign(order(tmp_path, replace(other, key_id=key.key_id)))


def test_a_renewed_certificate_keeps_the_pin(
    desk: SigningDesk, with_pin: tuple[SigningKey, PinSet], tmp_path: Path
) -> None:
    key, pin = with_pin
    ca_key = keys.open_authority(AUTHORITY, MASTER, PASSPHRASE)
    renewed = renew(AUTHORITY, ca_key, key, "GV06", "Bùi Thị Tuyết Nga", "Phó hiệu trưởng", NOW)
    assert renewed.key_id != key.key_id
    desk.unlock(typed(desk, renewed, pin, PIN))
    assert desk.sign(order(tmp_path, renewed)).certificate_sha256 == renewed.key_id


# --- thieves -------------------------------------------------------------------------------------------


def test_the_database_without_the_master_key_opens_nothing(with_pin: tuple[SigningKey, PinSet]) -> None:
    key, pin = with_pin
    name = key_name(key.certificate_pem)
    with pytest.raises(PinRefused):
        open_secret(keys.new_master_key(), pin.closed, name, PIN, pin.salt)
    with pytest.raises(SigningFailed):
        keys.unwrap(keys.new_master_key(), key.wrapped_key, name)


def test_the_master_key_without_the_pin_opens_nothing(with_pin: tuple[SigningKey, PinSet]) -> None:
    key, pin = with_pin
    name = key_name(key.certificate_pem)
    for context in (name, key.key_id):
        with pytest.raises(SigningFailed):
            keys.unwrap(MASTER, key.wrapped_key, context)
    with pytest.raises(PinRefused):
        open_secret(MASTER, pin.closed, name)
    assert open_secret(MASTER, pin.closed, name, PIN, pin.salt)


def test_the_master_key_without_the_passphrase_mints_nobody() -> None:
    for passphrase in ("", "wrong"):
        with pytest.raises(PassphraseNeeded):
            keys.open_authority(AUTHORITY, MASTER, passphrase)
    with pytest.raises(PassphraseNeeded):
        keys.issue_signer(AUTHORITY, MASTER, *WHOSE)
    assert keys.open_authority(AUTHORITY, MASTER, f" {PASSPHRASE.upper()} ")


def test_a_passphrase_without_the_master_key_mints_nobody() -> None:
    with pytest.raises(SigningFailed):
        keys.open_authority(AUTHORITY, keys.new_master_key(), PASSPHRASE)
