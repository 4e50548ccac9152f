"""What lies in deploy/: units that systemd accepts and finds hardened, a runbook whose commands are real."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.acceptance.test_docs import ROOT, commands_and_options

from hoso_bot.settings import Settings

DEPLOY = ROOT / "deploy"
RUNBOOK = (DEPLOY / "README.md").read_text(encoding="utf-8")
SERVICES = ("hoso-bot.service", "hoso-bot-backup.service")
MOST_EXPOSED = 20
"""Tenths on the scale of `systemd-analyze security`: up to 2.0 of 10; a unit without settings has 9.6."""


def systemd_analyze(*arguments: object) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    if not program:
        pytest.skip("systemd-analyze is missing: apt-get install systemd")
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    """With this checkout's program in the place of the installed one, which must exist."""
    for unit in DEPLOY.glob("hoso-bot*.*"):
        here = unit.read_text().replace("/opt/hoso-bot/.venv/bin", str(Path(sys.executable).parent))
        (tmp_path / unit.name).write_text(here)
    done = systemd_analyze("verify", *tmp_path.iterdir())
    complaints = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "hoso-bot" in line]
    assert (done.returncode, complaints) == (0, [])


@pytest.mark.parametrize("service", SERVICES)
def test_the_services_are_hardened(service: str) -> None:
    done = systemd_analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", DEPLOY / service)
    assert done.returncode == 0, done.stdout[-200:]


def test_files_may_still_be_looked_at_in_namespaces_of_their_own() -> None:
    assert "\nRestrictNamespaces=user net\n" in (DEPLOY / "hoso-bot.service").read_text()


def test_the_socket_is_where_the_bot_would_listen_itself() -> None:
    """What stands behind a proxy stays there whether the socket unit is used or not."""
    web = Settings(home=Path("/nowhere")).web
    assert f"\nListenStream={web.host}:{web.port}\n" in (DEPLOY / "hoso-bot.socket").read_text()
    service = (DEPLOY / "hoso-bot.service").read_text()
    assert "\nSockets=hoso-bot.socket\n" in service and "\nType=notify\n" in service


def test_where_the_bot_must_stay_down_the_runbook_stops_the_socket_too() -> None:
    for line in block_lines():
        if re.search(r"systemctl (stop|disable --now) .*hoso-bot\.service", line):
            assert "hoso-bot.socket" in line, line


def block_lines() -> list[str]:
    """Every line of the runbook's blocks, without its remark."""
    lines = [line for block in re.findall(r"```sh\n(.*?)```", RUNBOOK, re.S) for line in block.splitlines()]
    return [re.split(r"\s{2,}#", line)[0] for line in lines if line]


def hoso_lines() -> list[str]:
    """Every `hoso-bot …` anywhere in the runbook, and what the units start."""
    said = re.findall(r"(?:sudo(?: --\S+)? |`)hoso-bot ((?!…)[^`#\n]+)", RUNBOOK)
    started = re.findall(r"^ExecStart=\S+/hoso-bot (.+)$", "".join(u.read_text() for u in units()), re.M)
    return [*said, *started]


def units() -> list[Path]:
    return sorted(unit for kind in ("service", "socket", "timer") for unit in DEPLOY.glob(f"*.{kind}"))


def test_every_hoso_bot_command_of_the_runbook_is_real() -> None:
    known, lines = commands_and_options(), hoso_lines()
    assert len(lines) > 15
    for line in lines:
        words = shlex.split(line)
        command = next((c for c in (" ".join(words[:2]), words[0]) if c in known), None)
        assert command, line
        assert {word for word in words if word.startswith("--")} <= known[command], line


def test_every_file_and_unit_the_runbook_names_is_there() -> None:
    named = set(re.findall(r"(?<![\w/])deploy/([\w.-]*\w)", RUNBOOK)) | set(
        re.findall(r"\b(hoso-bot[\w-]*\.(?:service|socket|timer))", RUNBOOK)
    )
    assert named >= {unit.name for unit in units()} | {"hoso-bot-as-school"}
    for name in named:
        assert (DEPLOY / name).exists(), name


def test_runbook_units_and_script_speak_of_the_same_places() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in DEPLOY.iterdir() if path.is_file()}
    for place in ("/opt/hoso-bot", "/var/lib/hoso-bot/school", "/etc/hoso-bot.env"):
        for name in ("hoso-bot.service", "hoso-bot-backup.service", "hoso-bot-as-school", "README.md"):
            assert place in texts[name], (name, place)
    assert "AssertPathIsMountPoint=/srv/hoso-backup\n" in texts["hoso-bot-backup.service"]


def test_the_runbooks_blocks_and_the_script_are_shell(tmp_path: Path) -> None:
    script = tmp_path / "runbook.sh"
    script.write_text("\n".join(block_lines()) + "\n", encoding="utf-8")
    for path in (script, DEPLOY / "hoso-bot-as-school"):
        assert subprocess.run(["bash", "-n", path]).returncode == 0


def test_line_one_says_where_it_runs() -> None:
    first = RUNBOOK.splitlines()[0]
    assert "Linux" in first and "WSL2" in first
