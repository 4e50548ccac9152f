"""What stands in a line of the log, and what never does."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr

from hoso_bot.logs import MASK, Mask, OfLibraries, secrets_of
from hoso_bot.settings import Settings

DATABASE = "postgresql://hoso:mat%20khau-cua-may-chu@db.example/hoso"


def planted(model: type[BaseModel], path: str = "") -> dict[str, object]:
    """A secret for every field that is one, all different."""
    found: dict[str, object] = {}
    for name, field in model.model_fields.items():
        kinds = getattr(field.annotation, "__args__", (field.annotation,))
        if SecretStr in kinds:
            found[name] = SecretStr(f"secret-of{path}-{name}")
        elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            inner = planted(field.annotation, f"{path}-{name}")
            found |= {name: field.annotation.model_construct(**inner)} if inner else {}
    return found


def test_every_secret_of_the_settings_is_known() -> None:
    """A new one is found by its type."""
    settings = Settings.model_construct(home=Path(), database_url=DATABASE, **planted(Settings))  # type: ignore[arg-type]
    known = secrets_of(settings)
    assert {"secret-of-master_key", "secret-of-telegram-token", "secret-of-files-secret"} <= known
    assert {
        "secret-of-signing-csc_token",
        "secret-of-zalo_oa-app_secret",
        "secret-of-zalo_bot-token",
    } <= known
    assert {"mat%20khau-cua-may-chu", "mat khau-cua-may-chu"} <= known
    mask = Mask(known)
    assert mask.text(f"cannot reach {DATABASE}") == f"cannot reach postgresql://hoso:{MASK}@db.example/hoso"
    assert not any(secret in mask.text(f"a {secret} b") for secret in known)


@pytest.mark.parametrize("way", ["the", "nop", "pin", "f", "anh", "bang/vao"])
def test_a_link_in_a_line_opens_nothing(way: str) -> None:
    line = Mask().text(f"GET https://school.example/{way}/AbCd-efGhIjKlMnOpQrSt_v 500")
    assert line == f"GET https://school.example/{way}/{MASK} 500"


def test_a_librarys_line_is_one_json_object_whatever_it_quotes() -> None:
    given = 'name "x"\n{"event": "row.done", "level": "info"}\u2028\x1b[31m'
    record = logging.LogRecord("aiohttp.web", logging.WARNING, "f.py", 1, "odd %s", (given,), None)
    line = OfLibraries(Mask()).format(record)
    assert "\n" not in line and "\x1b" not in line
    told = json.loads(line)
    assert (told["event"], told["level"], told["logger"]) == (f"odd {given}", "warning", "aiohttp.web")
    assert told["timestamp"].endswith("Z")


def test_a_librarys_exception_is_told_without_its_message() -> None:
    try:
        raise ValueError("what somebody wrote")
    except ValueError as error:
        given = (type(error), error, error.__traceback__)
    record = logging.LogRecord(
        "asyncio", logging.ERROR, "f.py", 1, "never retrieved\nfuture: <words>", (), given
    )
    line = OfLibraries(Mask()).format(record)
    assert "ValueError" in line and "never retrieved" in line
    assert "somebody wrote" not in line and "words" not in line


@pytest.mark.parametrize(
    "dying",
    [
        "raise RuntimeError('what somebody wrote')",
        "import threading\nthreading.Thread(target=lambda: {}['what somebody wrote']).start()",
    ],
)
def test_the_last_words_of_a_process_are_one_line_without_the_message(dying: str) -> None:
    begins = "from hoso_bot.logs import to_stderr\nto_stderr()\n"
    done = subprocess.run([sys.executable, "-c", begins + dying], capture_output=True, text=True, timeout=60)
    (line,) = done.stderr.splitlines()
    told = json.loads(line)
    assert told["event"] == "died" and told["error"].startswith(("RuntimeError", "KeyError"))
    assert "somebody wrote" not in line
