"""Where chance comes from: secrets from `secrets`, and enough of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import hoso_bot
from hoso_bot.store.short_codes import _hash

SOURCES = {
    path: ast.parse(path.read_text(encoding="utf-8")) for path in Path(hoso_bot.__file__).parent.rglob("*.py")
}
HOW_LONG_TO_WAIT = {"channels/telegram.py", "channels/zalo_bot.py"}
MADE_UP = ("channels/web_chat/", "sample/")
"""The demo and its plans."""
OPENS_SOMETHING = (
    "store/links.py",
    "store/known_browsers.py",
    "store/web_sessions.py",
    "unit_of_work.py",
    "office.py",
)
"""Links, cookies, buttons, invitations."""


def named(path: Path) -> str:
    return path.relative_to(Path(hoso_bot.__file__).parent).as_posix()


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_no_secret_is_drawn_from_predictable_chance() -> None:
    guessed = {named(path) for path, tree in SOURCES.items() if {"random", "uuid"} & set(imports(tree))}
    assert {name for name in guessed if not name.startswith(MADE_UP)} <= HOW_LONG_TO_WAIT


@pytest.mark.parametrize("name", OPENS_SOMETHING)
def test_what_opens_something_has_128_random_bits(name: str) -> None:
    tree = next(tree for path, tree in SOURCES.items() if named(path) == name)
    calls = [call for call in ast.walk(tree) if isinstance(call, ast.Call)]
    drawn = [call.args for call in calls if ast.unparse(call.func).startswith("secrets.token_")]
    assert drawn and all(isinstance(n[0], ast.Constant) and int(str(n[0].value)) >= 16 for n in drawn)


def test_a_short_code_is_kept_salted_and_slow() -> None:
    assert _hash("12345678", "one") != _hash("12345678", "two")
    assert len(_hash("12345678", "one")) == 128 and "12345678" not in _hash("12345678", "one")
