"""The school CA, its signers' certificates, and the wrapping of keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from hoso_bot.domain.errors import SettingsError, SigningFailed
from hoso_bot.pdf.keys import (
    CA_CONTEXT,
    Authority,
    create_authority,
    issue_signer,
    load_private_key,
    master_key_from_text,
    master_key_to_text,
    new_master_key,
    unwrap,
    wrap,
)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MASTER = bytes(range(32))
SCHOOL = "Trường Tiểu học Hoa Sen"


@pytest.fixture(scope="module")
def authority() -> Authority:
    return create_authority(SCHOOL, NOW, MASTER)


def certificate_of(pem: bytes) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem)


def test_authority_lives_twenty_years_and_may_only_issue(authority: Authority) -> None:
    ca = certificate_of(authority.ca_pem)
    assert ca.not_valid_after_utc >= NOW.replace(year=2046)
    basic = ca.extensions.get_extension_for_class(x509.BasicConstraints)
    assert basic.critical and basic.value.ca and basic.value.path_length == 0
    usage = ca.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical and usage.value.key_cert_sign and not usage.value.digital_signature


def test_signer_certificate_names_person_role_and_school(authority: Authority) -> None:
    subject = certificate_of(
        issue_signer(authority, MASTER, "GV001", "Lê Thị Minh Hạnh", "Tổ trưởng", NOW).certificate_pem
    ).subject
    named = {attribute.oid: attribute.value for attribute in subject}
    assert named[NameOID.COMMON_NAME] == "Lê Thị Minh Hạnh"
    assert named[NameOID.TITLE] == "Tổ trưởng"
    assert named[NameOID.SERIAL_NUMBER] == "GV001"
    assert named[NameOID.ORGANIZATION_NAME] == SCHOOL


def test_signer_certificate_is_issued_by_the_authority_for_signing_only(authority: Authority) -> None:
    ca = certificate_of(authority.ca_pem)
    mine = certificate_of(issue_signer(authority, MASTER, "GV001", "A", "B", NOW).certificate_pem)
    mine.verify_directly_issued_by(ca)
    usage = mine.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical and usage.value.digital_signature and usage.value.content_commitment
    assert not usage.value.key_cert_sign
    assert not mine.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    issuer = mine.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    assert issuer == ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest


def test_signer_certificate_lives_five_years_but_not_longer_than_the_authority(authority: Authority) -> None:
    late = NOW + timedelta(days=365 * 18)
    mine = certificate_of(issue_signer(authority, MASTER, "GV001", "A", "B", NOW).certificate_pem)
    last = certificate_of(issue_signer(authority, MASTER, "GV001", "A", "B", late).certificate_pem)
    assert mine.not_valid_after_utc >= NOW.replace(year=2031)
    assert last.not_valid_after_utc == certificate_of(authority.ca_pem).not_valid_after_utc


def test_two_certificates_of_one_person_have_different_serial_numbers(authority: Authority) -> None:
    keys = [issue_signer(authority, MASTER, "GV001", "A", "B", NOW) for _ in range(2)]
    assert len({certificate_of(key.certificate_pem).serial_number for key in keys}) == 2


@pytest.mark.parametrize(("algorithm", "bits"), [("p256", 256), ("rsa2048", 2048), ("rsa3072", 3072)])
def test_wrapped_key_is_the_certificates_key(authority: Authority, algorithm: str, bits: int) -> None:
    key = issue_signer(authority, MASTER, "GV001", "A", "B", NOW, algorithm)  # type: ignore[arg-type]
    private = load_private_key(unwrap(MASTER, key.wrapped_key, key.key_id))
    assert private.key_size == bits
    assert private.public_key() == certificate_of(key.certificate_pem).public_key()


def test_wrapped_key_of_one_person_does_not_open_for_another(authority: Authority) -> None:
    one, other = (issue_signer(authority, MASTER, staff, "A", "B", NOW) for staff in ("GV001", "GV002"))
    with pytest.raises(SigningFailed):
        unwrap(MASTER, one.wrapped_key, other.key_id)


def test_another_master_key_opens_nothing(authority: Authority) -> None:
    with pytest.raises(SigningFailed):
        unwrap(new_master_key(), authority.wrapped_key, CA_CONTEXT)
    with pytest.raises(SigningFailed):
        issue_signer(authority, new_master_key(), "GV001", "A", "B", NOW)


@given(plain=st.binary(max_size=300), where=st.integers(min_value=0), bit=st.integers(0, 7))
def test_any_flipped_bit_of_a_wrapped_key_is_noticed(plain: bytes, where: int, bit: int) -> None:
    wrapped = bytearray(wrap(MASTER, plain, "x"))
    assert unwrap(MASTER, bytes(wrapped), "x") == plain
    wrapped[where % len(wrapped)] ^= 1 << bit
    with pytest.raises(SigningFailed):
        unwrap(MASTER, bytes(wrapped), "x")


def test_wrapping_twice_gives_different_bytes() -> None:
    assert wrap(MASTER, b"key", "x") != wrap(MASTER, b"key", "x")


@given(st.binary(min_size=32, max_size=32))
def test_master_key_survives_its_text_form(master: bytes) -> None:
    text = master_key_to_text(master)
    assert master_key_from_text(text) == master
    assert master_key_from_text(f"  {text.upper().replace('-', ' ')}\n") == master


@given(master=st.binary(min_size=32, max_size=32), place=st.integers(0, 71), step=st.integers(1, 15))
def test_one_wrong_character_in_the_master_key_is_noticed(master: bytes, place: int, step: int) -> None:
    digits = list(master_key_to_text(master).replace("-", ""))
    digits[place] = f"{(int(digits[place], 16) + step) % 16:x}"
    with pytest.raises(SettingsError):
        master_key_from_text("".join(digits))


@pytest.mark.parametrize("text", ["", "xyz", "00" * 32, "00" * 37, "đ" * 72])
def test_what_is_no_master_key_is_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        master_key_from_text(text)
