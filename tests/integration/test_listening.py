"""What systemd says at the start, and what it hears back."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from hoso_bot.domain.errors import SettingsError
from hoso_bot.web.listening import inherited, tell_ready


def passed(monkeypatch: pytest.MonkeyPatch, process: int, count: str) -> None:
    monkeypatch.setenv("LISTEN_PID", str(process))
    monkeypatch.setenv("LISTEN_FDS", count)


def test_what_was_passed_to_another_process_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    passed(monkeypatch, os.getppid(), "1")
    assert inherited() is None
    assert "LISTEN_FDS" not in os.environ  # and no child takes it for its own


def test_two_addresses_are_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    passed(monkeypatch, os.getpid(), "2")
    with pytest.raises(SettingsError, match="passed 2 sockets"):
        inherited()


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_systemd_is_told_once(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = str(tmp_path / "notify") if kind == "path" else f"@hoso-bot-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(address if kind == "path" else f"\0{address[1:]}")
        systemd.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        tell_ready()
        tell_ready()  # nobody asked this time
        assert systemd.recv(100) == b"READY=1"
        with pytest.raises(BlockingIOError):
            systemd.recv(100)
