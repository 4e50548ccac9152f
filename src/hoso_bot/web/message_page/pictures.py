"""Pages as pictures, each drawn once in the sandbox and kept for a while."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime, timedelta
from pathlib import Path

from hoso_bot.domain.errors import FileRefused, SandboxFailed
from hoso_bot.ports import Clock, FileStore, Inspector

MOST = 400
"""Pictures of about 100 KB: what all leaders of a school read on one Sunday."""
KEPT = timedelta(hours=24)


class PagePictures:
    """Lies among the files in the making, which every start sweeps away.

    One page is drawn at a time, whoever asks: reading must not take the processors from signing.
    """

    def __init__(self, files: FileStore, inspector: Inspector, clock: Clock) -> None:
        self._files, self._inspector, self._clock = files, inspector, clock
        self._drawn: OrderedDict[tuple[str, int], tuple[Path, datetime]] = OrderedDict()
        self._drawing = threading.Lock()

    def of(self, sha256: str, number: int) -> Path | None:
        """Where page `number` (from 1) of a stored file lies as JPEG; None where it cannot be drawn.

        Raises FileNotFoundError for a file that is no longer kept.
        """
        source = self._files.path(sha256)
        with self._drawing:
            self._forget_old()
            if (known := self._drawn.get((sha256, number))) and known[0].exists():
                self._drawn.move_to_end((sha256, number))
                return known[0]
            while len(self._drawn) >= MOST:
                self._forget_one()
            target = self._files.new_temporary()
            try:
                drawn = self._inspector.draw_page(source, number, target)
            except (FileRefused, SandboxFailed):
                drawn = False
            if not drawn:
                target.unlink(missing_ok=True)
                return None
            self._drawn[(sha256, number)] = target, self._clock.now()
            return target

    def close(self) -> None:
        """Forget everything."""
        with self._drawing:
            while self._drawn:
                self._forget_one()

    def _forget_old(self) -> None:
        before = self._clock.now() - KEPT
        for place in [place for place, (_, at) in self._drawn.items() if at < before]:
            self._drawn.pop(place)[0].unlink(missing_ok=True)

    def _forget_one(self) -> None:
        _, (path, _) = self._drawn.popitem(last=False)
        path.unlink(missing_ok=True)
