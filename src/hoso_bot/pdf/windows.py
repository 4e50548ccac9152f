"""Open signing windows: what one PIN opened, and until when it may be used."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Window:
    """An opened secret, readable by the desk's own processes only, and until when it may be used.

    proved: the PIN behind it is known to be right.
    """

    token: str
    until: datetime
    proved: bool = True


class Windows:
    """Open windows by key id: in memory only, so a restart closes them all."""

    def __init__(self) -> None:
        self._open: dict[str, Window] = {}
        self._lapsed: set[str] = set()

    def open(self, key_id: str, token: str, until: datetime, proved: bool = True) -> None:
        """A window; an earlier one of this key ends."""
        self._open[key_id] = Window(token, until, proved)
        self._lapsed.discard(key_id)

    def proved(self, key_id: str) -> None:
        """A signature came out: the PIN was right."""
        if found := self._open.get(key_id):
            self._open[key_id] = dataclasses.replace(found, proved=True)

    def lapsed(self, key_id: str) -> bool:
        """Whether the last window ran out before anybody judged its PIN; said once."""
        found = key_id in self._lapsed
        self._lapsed.discard(key_id)
        return found

    def find(self, key_id: str, now: datetime) -> Window | None:
        """The window that is open now."""
        found = self._open.get(key_id)
        if found and found.until <= now:
            self.close(key_id)
            if not found.proved:
                self._lapsed.add(key_id)
            return None
        return found

    def close(self, key_id: str) -> None:
        """Forget what was opened."""
        self._open.pop(key_id, None)
