"""How an answer names its file, whatever people called it."""

from __future__ import annotations

from urllib.parse import quote


def named(name: str, shown: bool = False) -> str:
    """The Content-Disposition for a file of this name: shown in the browser, or kept by it (RFC 6266)."""
    return f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(name, safe='')}"
