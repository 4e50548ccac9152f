"""Keys on a PKCS#11 token (SoftHSM2): made there, used there, and never the cause of a locked token."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from pkcs11.constants import TokenFlag
from signing_parts import CODE, HEAD, MASTER, NOW, VICE, order, pdfsig, plan, review, school
from tests.fakes.soft_token import SoftToken

from hoso_bot.domain.errors import KeyLocked, PinRefused, SignerAway, SigningFailed
from hoso_bot.domain.signing import PinOrder, SigningKey, SignOrder
from hoso_bot.pdf import keys, tokens
from hoso_bot.pdf.outside_keys import seal_place
from hoso_bot.pdf.pin_bench import DeskKeys
from hoso_bot.pdf.sign import SigningDesk
from hoso_bot.pdf.token_worker import refusal
from hoso_bot.pdf.tokens import TokenPair, Tokens

SCHOOL = school()
PIN, UNTIL = "nga-4071", NOW + timedelta(minutes=10)
WHOSE = ("GV001", "Lê Thị Minh Hạnh", "Tổ trưởng khối 4", NOW)


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> SoftToken:
    return SoftToken.made(tmp_path_factory.mktemp("token"), "Minh Hanh", PIN)


def found(token: SoftToken, label: str, algorithm: str = "p256", pin: str = PIN) -> TokenPair:
    """What the office's command does."""
    office = Tokens(DeskKeys.new(MASTER), token.environment)
    try:
        return office.find_or_make(token.module, token.label, label, pin, algorithm)  # type: ignore[arg-type]
    finally:
        office.close()


def certified(pair: TokenPair) -> SigningKey:
    ca_key = keys.open_authority(SCHOOL.authority, MASTER)
    certificate = keys.certify(SCHOOL.authority, ca_key, pair.public_key, *WHOSE)
    place = seal_place(MASTER, pair.place.to_json(), certificate)
    ca_pem = SCHOOL.authority.ca_pem
    return SigningKey(keys.fingerprint(certificate), certificate, ca_pem, place, "token")


@pytest.fixture(scope="module")
def key(token: SoftToken) -> SigningKey:
    return certified(found(token, "ky-duyet"))


@pytest.fixture
def desk(token: SoftToken) -> Iterator[SigningDesk]:
    with SigningDesk(MASTER, workers=1, token_environment=token.environment) as desk:
        yield desk


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    review(plan(tmp_path / "plan.pdf"), tmp_path / "review.pdf")
    return tmp_path / "review.pdf"


def wish(copy: Path, key: SigningKey, name: str = "a.pdf") -> SignOrder:
    target = copy.with_name(name)
    return SignOrder(copy, target, HEAD.field, key, "Hạnh", "Tổ trưởng", NOW, CODE, asked_at=NOW)


def opens(desk: SigningDesk, key: SigningKey, pin: str = PIN) -> None:
    desk.unlock(PinOrder(key, b"", b"", desk.seal(pin), UNTIL))


def token_process(desk: SigningDesk) -> int:
    pid = desk._outside["token"].pid  # type: ignore[attr-defined]
    assert pid
    return int(pid)


@pytest.mark.parametrize("algorithm", ["p256", "rsa3072"])
def test_a_token_signs_beside_a_wrapped_key_and_poppler_agrees(
    desk: SigningDesk, token: SoftToken, copy: Path, tmp_path: Path, algorithm: str
) -> None:
    pair = found(token, f"key-{algorithm}", algorithm)
    assert pair.made and not found(token, f"key-{algorithm}", algorithm).made
    theirs = certified(pair)
    opens(desk, theirs)
    signed = desk.sign(wish(copy, theirs))
    assert signed.certificate_sha256 == theirs.key_id
    desk.sign(order(tmp_path / "a.pdf", tmp_path / "b.pdf", VICE, SCHOOL.vice))
    said = pdfsig(tmp_path / "b.pdf", SCHOOL.authority.ca_pem, tmp_path)
    assert said.count("Signature is Valid.") == said.count("Certificate is Trusted.") == 2
    assert (tmp_path / "b.pdf").read_bytes().startswith(copy.read_bytes())


def test_without_an_open_window_the_token_is_not_asked(
    desk: SigningDesk, key: SigningKey, copy: Path
) -> None:
    with pytest.raises(KeyLocked):
        desk.sign(wish(copy, key))
    opens(desk, key)
    desk.close_window(key.key_id)
    with pytest.raises(KeyLocked):
        desk.sign(wish(copy, key))
    assert not wish(copy, key).target.exists()


@pytest.mark.parametrize("wrong", ["nga-4072", "x", "1" * 300])
def test_a_wrong_pin_opens_nothing(desk: SigningDesk, key: SigningKey, wrong: str) -> None:
    with pytest.raises(PinRefused, match=r"pin\.wrong"):
        opens(desk, key, wrong)
    assert desk.window(key, NOW) is None


def test_a_token_that_is_not_there_is_said_and_found_again(tmp_path: Path, copy: Path) -> None:
    own = SoftToken.made(tmp_path / "own", "Own", PIN)
    theirs = certified(found(own, "k"))
    with SigningDesk(MASTER, workers=1, token_environment=own.environment) as desk:
        own.pulled_out()
        with pytest.raises(SignerAway) as away:
            opens(desk, theirs)
        assert away.value.text_key == "token.absent" and not away.value.tried
        own.plugged_in()
        opens(desk, theirs)
        own.pulled_out()
        with pytest.raises(SignerAway):
            desk.sign(wish(copy, theirs))
        own.plugged_in()
        assert desk.sign(wish(copy, theirs)).size


def test_a_token_process_that_dies_or_hangs_takes_nobody_along(
    desk: SigningDesk, key: SigningKey, copy: Path, tmp_path: Path
) -> None:
    opens(desk, key)
    os.kill(token_process(desk), signal.SIGKILL)
    assert desk.sign(wish(copy, key)).size
    hanging = token_process(desk)
    desk._outside["token"]._seconds = 1.0  # type: ignore[attr-defined]
    os.kill(hanging, signal.SIGSTOP)
    with pytest.raises(SignerAway) as away:
        desk.sign(wish(copy, key, "b.pdf"))
    assert away.value.text_key == "token.broken" and away.value.tried
    with pytest.raises(ProcessLookupError):
        os.kill(hanging, 0)
    assert desk.sign(order(copy, tmp_path / "c.pdf", VICE, SCHOOL.vice)).size
    desk._outside["token"]._seconds = tokens.ANSWER_SECONDS  # type: ignore[attr-defined]
    assert desk.sign(wish(copy, key, "b.pdf")).size


def test_a_library_that_is_no_module_is_an_error_of_ours(token: SoftToken) -> None:
    with pytest.raises(SigningFailed):
        found(SimpleNamespace(**{**vars(token), "environment": {}, "module": "/nowhere.so"}), "k")  # type: ignore[arg-type]


def test_the_tokens_process_sees_no_master_key_and_only_the_set_environment(
    desk: SigningDesk, key: SigningKey, token: SoftToken
) -> None:
    opens(desk, key)
    seen = Path(f"/proc/{token_process(desk)}/environ").read_bytes()
    assert seen.strip(b"\0").split(b"\0") == [
        b"TZ=Asia/Ho_Chi_Minh",
        f"SOFTHSM2_CONF={token.settings}".encode(),
    ]


def test_a_place_belongs_to_one_public_key(desk: SigningDesk, key: SigningKey, token: SoftToken) -> None:
    other = certified(found(token, "other"))
    with pytest.raises(SigningFailed, match="does not open"):
        opens(desk, replace(key, wrapped_key=other.wrapped_key))


def test_another_key_under_the_label_signs_nothing(desk: SigningDesk, token: SoftToken, copy: Path) -> None:
    """The place says a label; what counts is that the signature fits the certificate."""
    one, other = found(token, "one"), found(token, "two")
    swapped = certified(replace(one, place=other.place))
    opens(desk, swapped)
    with pytest.raises(SigningFailed, match="does not verify"):
        desk.sign(wish(copy, swapped))


@pytest.mark.parametrize(
    ("flags", "why"),
    [
        (0, None),
        (TokenFlag.USER_PIN_COUNT_LOW, None),
        (TokenFlag.USER_PIN_COUNT_LOW | TokenFlag.USER_PIN_FINAL_TRY, "token.last_try"),
        (TokenFlag.USER_PIN_LOCKED | TokenFlag.USER_PIN_FINAL_TRY, "token.locked"),
    ],
)
def test_a_tokens_last_try_is_never_taken(flags: int, why: str | None) -> None:
    assert refusal(int(flags)) == why
