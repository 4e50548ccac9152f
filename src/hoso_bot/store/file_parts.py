"""Files that have not arrived as a whole: what is here of each lies on disk, and its length is the truth.

Apart from the file store, where a name means whole and unchanging bytes. Nothing here is backed up.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Gap(Exception):
    """These bytes belong behind ones that are not here. have: how many are."""

    def __init__(self, have: int) -> None:
        super().__init__(f"only {have} bytes are here")
        self.have = have


class FileParts:
    """One folder; several processes may share it. Blocking; to be called in a thread."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, part_id: str) -> Path:
        """Where it lies, or will. Raises ValueError for what cannot be an id."""
        if not _NAME.fullmatch(part_id):
            raise ValueError("no id of a part")
        return self._root / part_id

    def size(self, part_id: str) -> int:
        """How many bytes of it are here."""
        try:
            return self.path(part_id).stat().st_size
        except FileNotFoundError:
            return 0

    def add(self, part_id: str, offset: int, data: bytes) -> int:
        """Put `data` where it belongs, durable before this returns; how many bytes are here now.

        What is here already is not written again. Raises Gap.
        """
        with self._alone_with(part_id) as file:
            have = file.seek(0, os.SEEK_END)
            if offset > have:
                raise Gap(have)
            if missing := data[have - offset :]:
                have += file.write(missing)
                file.flush()
                os.fdatasync(file.fileno())
            return have

    def drop(self, part_id: str) -> None:
        """Forget it."""
        self.path(part_id).unlink(missing_ok=True)

    def ids(self) -> list[str]:
        """Of everything that lies here."""
        return [entry.name for entry in self._root.iterdir()] if self._root.is_dir() else []

    @contextmanager
    def _alone_with(self, part_id: str) -> Iterator[BinaryIO]:
        self._root.mkdir(parents=True, exist_ok=True)
        with self.path(part_id).open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
