"""What the work at hand is about, for the log: every line written meanwhile carries it.

A worker's task begins a story; whoever works for it, in a thread too, learns more and says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_known: ContextVar[dict[str, Any] | None] = ContextVar("story", default=None)


@contextmanager
def about(**names: Any) -> Iterator[None]:
    """From here to the end of the block, beside what is known around it; what is None is left out."""
    before = _known.set(known() | {name: value for name, value in names.items() if value is not None})
    try:
        yield
    finally:
        _known.reset(before)


def learned(**names: Any) -> None:
    """The same story goes on, with more known; told to the task that began it as well."""
    if (known := _known.get()) is not None:
        known |= {name: value for name, value in names.items() if value is not None}


def known() -> dict[str, Any]:
    """All of it; nothing outside of a story."""
    return dict(_known.get() or {})
