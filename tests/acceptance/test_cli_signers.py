"""`hoso-bot staff token` and `staff remote`: what the office types, and reads when something is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.signing_service import CLIENT, SECRET, SigningService
from tests.fakes.soft_token import SoftToken

HOSO_BOT = str(Path(sys.executable).with_name("hoso-bot"))
PIN = "Tuyet-Nga_4071"


class Shell:
    """The program as the office runs it, on a sample school of its own."""

    def __init__(self, home: Path) -> None:
        self.around = {k: v for k, v in os.environ.items() if not k.startswith("HOSO_")}
        self.around |= {"HOSO_HOME": str(home), "HOSO_OFFICE_PASSPHRASE": "bốn cây phượng đỏ sân trường"}
        assert self("init", str(home), "--sample")[0] == 0

    def __call__(self, *words: str, **more: str) -> tuple[int, str]:
        """(exit code, everything it printed)."""
        around = {**self.around, **more}
        done = subprocess.run([HOSO_BOT, *words], env=around, capture_output=True, text=True, timeout=120)
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path / "truong")


@pytest.fixture
def service() -> Iterator[SigningService]:
    with SigningService.started() as service:
        yield service


def test_a_token_is_registered_by_its_own_pin(shell: Shell, tmp_path: Path) -> None:
    token = SoftToken.made(tmp_path / "token", "Tuyet Nga", PIN)
    shell.around["HOSO_SIGNING__TOKEN_ENVIRONMENT"] = json.dumps(token.environment)
    words = ("staff", "token", "GV06", "--module", token.module, "--key", "ky-duyet")
    code, said = shell(*words, "--token", token.label, HOSO_TOKEN_PIN="wrong-pin")
    assert (code, "every wrong try counts" in said) == (2, True)
    code, said = shell(*words, "--token", "Another", HOSO_TOKEN_PIN=PIN)
    assert (code, "no such token is plugged in" in said) == (2, True)
    for made in ("new key made on the token", "key found on the token"):
        code, said = shell(*words, "--token", token.label, HOSO_TOKEN_PIN=PIN)
        assert (code, made in said) == (0, True)
    assert shell("staff", "enrol")[1].strip() == "0 certificates made"


def test_a_credential_is_registered_and_no_secret_is_printed(shell: Shell, service: SigningService) -> None:
    code, said = shell("staff", "remote", "PHT01", "--credential", "rsa")
    assert (code, "HOSO_SIGNING__CSC_URL" in said) == (2, True)
    shell.around |= {"HOSO_SIGNING__CSC_URL": service.url, "HOSO_SIGNING__CSC_CLIENT_ID": CLIENT}
    code, said = shell("staff", "remote", "PHT01", "--credential", "rsa")
    assert (code, "CSC_CLIENT_SECRET" in said) == (2, True)
    shell.around["HOSO_SIGNING__CSC_CLIENT_SECRET"] = SECRET
    code, said = shell("staff", "remote", "PHT01", "--credential", "implicit")
    assert code == 2 and "authMode" in said and SECRET not in said
    for more in ((), ("--theirs",), ("--theirs",)):
        code, said = shell("staff", "remote", "PHT01", "--credential", "rsa", *more)
        assert (code, "by PIN and OTP" in said) == (0, True)
    code, said = shell("staff", "certificate", "PHT01")
    assert (code, "at the remote service\tCA of the service" in said) == (0, True)
    code, said = shell("staff", "remote", "GV06", "--credential", "rsa", "--theirs")
    assert code != 0 and "registered to PHT01 already" in said
