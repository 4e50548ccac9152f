"""What a long command says while it works."""

from __future__ import annotations

import time

import typer

TELL_EVERY = 2.0


class Reporter:
    """A line on stderr every two seconds, so that nobody thinks that it hangs; silent when it is quick."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._last >= TELL_EVERY:
            self._last = now
            typer.echo(f"  {what}: {100 * done // max(total, 1)} % ({done}/{total})", err=True)
