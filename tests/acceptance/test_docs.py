"""Documentation that cannot lie: commands and settings in the docs are compared with the real ones."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest
import typer
from pydantic import BaseModel

import hoso_bot
from hoso_bot.cli import app
from hoso_bot.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
HOSO_BOT = str(Path(sys.executable).with_name("hoso-bot"))


def commands_and_options() -> dict[str, set[str]]:
    """`init`, `staff import`, … as the program itself knows them, each with its options."""
    found = {}
    for name, command in typer.main.get_command(app).commands.items():
        children = getattr(command, "commands", None)
        parts = {f"{name} {child}": part for child, part in children.items()} if children else {name: command}
        found |= {part_name: set(chain(*(p.opts for p in part.params))) for part_name, part in parts.items()}
    return found


def real_commands() -> set[str]:
    """The names alone."""
    return set(commands_and_options())


def test_the_page_of_commands_lists_exactly_those_there_are() -> None:
    rows = "\n".join(re.findall(r"^\| .+$", COMMANDS, re.MULTILINE))
    spoken = {found.strip() for found in re.findall(r"hoso-bot ([a-z][a-z-]*(?: [a-z][a-z-]*)?)", rows)}
    assert spoken == real_commands()


def test_options_in_the_docs_exist() -> None:
    known = commands_and_options()
    lines = [line for page in (README, COMMANDS) for line in re.findall(r"`hoso-bot ([^`]+)`", page)]
    assert len(lines) > 50
    for line in lines:
        words = line.split()
        command = next(c for c in (" ".join(words[:2]), words[0]) if c in known)
        assert set(re.findall(r"--[a-z-]+", line)) <= known[command], line


def settings_names(model: type[BaseModel], prefix: str) -> set[str]:
    """Environment names of a settings model, parts included."""
    names = set()
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            names |= settings_names(inner, f"{prefix}{name}__")
        else:
            names.add(f"{prefix}{name}".upper())
    return names


def test_every_setting_is_documented_and_every_documented_setting_exists() -> None:
    documented = set(re.findall(r"^\| `(HOSO_\w+)`", (ROOT / "docs/settings.md").read_text(), re.MULTILINE))
    assert documented == settings_names(Settings, "HOSO_")


def test_documented_defaults_are_the_real_ones() -> None:
    rows = re.findall(
        r"^\| `HOSO_(\w+)` \| [^|]+\| `([^`]+)` \|", (ROOT / "docs/settings.md").read_text(), re.MULTILINE
    )
    settings = Settings(home=Path("/nowhere"))
    for name, default in rows:
        value: object = settings
        for part in name.lower().split("__"):
            value = getattr(value, part)
        assert str(value) == default, name


def test_make_targets_in_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"make ([a-z-]+)(?=[`\s])", README)) - {"python3-venv"} <= targets


def test_links_in_the_docs_lead_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "deploy/README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_changelog_knows_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == hoso_bot.__version__
    assert f"## {hoso_bot.__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_decisions_stay_short() -> None:
    for page in (ROOT / "docs/decisions").glob("*.md"):
        assert len(page.read_text().splitlines()) <= 12, page.name


@pytest.fixture
def shell(tmp_path: Path) -> dict[str, str]:
    env = {key: value for key, value in os.environ.items() if not key.startswith("HOSO_")}
    return {**env, "HOSO_HOME": str(tmp_path / "truong"), "HOSO_TELEGRAM__TOKEN": ""}


def readme_commands() -> list[str]:
    """The hoso-bot lines of the README's five steps, in order, but the one that runs for ever."""
    steps = README.split("five steps")[1].split("## Commands")[0]
    lines = re.findall(r"^\s+\.venv/bin/hoso-bot (.+)$", steps, re.MULTILINE)
    return [line for line in lines if line != "run"]


def test_the_five_steps_of_the_readme_work_as_written(tmp_path: Path, shell: dict[str, str]) -> None:
    roster = ROOT / "src/hoso_bot/sample/roster.csv"
    given = {"~/truong": shell["HOSO_HOME"], "danh-sach.xlsx": str(roster)}
    codes = {}
    for line in readme_commands():
        words = [given.get(word, word) for word in shlex.split(line)]
        done = subprocess.run(
            [HOSO_BOT, *words], env=shell, cwd=tmp_path, capture_output=True, text=True, timeout=60
        )
        codes[words[0]] = done.returncode
        assert "Traceback" not in done.stderr, done.stderr
        if shown := re.search(r"(\w{5}-){3}\w{5}", done.stdout):
            given["$HOSO_OFFICE_PASSPHRASE"] = shown[0]
    assert "every approver has a certificate" in done.stdout
    assert codes == {"init": 0, "staff": 0, "doctor": 1}  # the doctor misses a token and linked chats
    assert (tmp_path / "phieu-moi.pdf").read_bytes().startswith(b"%PDF-")
