"""Open signing windows: what one PIN opened, and until when it may be used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Window:
    """An opened secret, readable by the desk's own processes only, and until when it may be used."""

    token: str
    until: datetime


class Windows:
    """Open windows by key id: in memory only, so a restart closes them all."""

    def __init__(self) -> None:
        self._open: dict[str, Window] = {}

    def open(self, key_id: str, token: str, until: datetime) -> None:
        """A window; an earlier one of this key ends."""
        self._open[key_id] = Window(token, until)

    def find(self, key_id: str, now: datetime) -> Window | None:
        """The window that is open now."""
        found = self._open.get(key_id)
        if found and found.until <= now:
            self.close(key_id)
            return None
        return found

    def close(self, key_id: str) -> None:
        """Forget what was opened."""
        self._open.pop(key_id, None)
