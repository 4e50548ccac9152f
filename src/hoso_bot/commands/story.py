"""`hoso-bot story CODE`: the lines of a log that one plan's way left, from its first file to its delivery."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime
from typing import Annotated, Any

import typer

from hoso_bot.commands.options import Home
from hoso_bot.deployment import load
from hoso_bot.domain.calendar import VN
from hoso_bot.domain.errors import HosoError

_FIRST = ("does", "what", "text")
"""What a line is about, best first; each says more than the next."""
_LEFT_OUT = {"event", "timestamp", "level", "plan", "plans", *_FIRST}


def story(
    code: Annotated[str, typer.Argument(metavar="CODE", help="The plan's record code, KHBD-2627-T13-GV09.")],
    log: Annotated[
        typer.FileText, typer.Argument(metavar="[LOG]", help="The bot's log; without it, from a pipe.")
    ] = sys.stdin,  # type: ignore[assignment]
    home: Home = None,
) -> None:
    """Show what the log tells of one plan, every version of it, in order.

    Exit 1: the log tells nothing of it.
    """
    from hoso_bot.store.db import Database
    from hoso_bot.store.stories import Stories

    settings = load(home)
    with closing(Database(settings.database, settings.school_id)) as db:
        numbers = Stories(db).of_code(code.strip().upper())
    if numbers is None:
        raise HosoError(f"no plan has the record code {code}")
    lines = list(told(log, set(numbers)))
    for line in lines:
        typer.echo(line)
    if not lines:
        known = ", ".join(map(str, numbers)) or "none, it came before the log was numbered"
        typer.echo(f"This log says nothing about {code} (its numbers: {known}).", err=True)
    raise typer.Exit(0 if lines else 1)


def told(log: Iterable[str], numbers: set[int]) -> Iterator[str]:
    """The lines of these stories, each for a person to read; others, and what is no JSON, are passed over."""
    for line in log:
        try:
            found = json.loads(line[line.index("{") :])
        except ValueError:
            continue
        if isinstance(found, dict) and numbers & {found.get("plan"), *found.get("plans", ())}:
            yield _readable(found)


def _readable(line: dict[str, Any]) -> str:
    at = datetime.fromisoformat(line["timestamp"]).astimezone(VN)
    subject = next((str(line[name]) for name in _FIRST if name in line), "")
    rest = " ".join(f"{name}={value}" for name, value in line.items() if name not in _LEFT_OUT)
    return f"{at:%d/%m %H:%M:%S}  {line['event']:<14} {subject:<22} {rest}".rstrip()
