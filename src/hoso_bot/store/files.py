"""Files on disk, content-addressed: written beside, fsynced, then renamed to their SHA-256."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

_HASH = re.compile(r"[0-9a-f]{64}")


def free_bytes(folder: Path) -> int:
    """Of the disk this folder lies (or will lie) on."""
    return shutil.disk_usage(folder if folder.exists() else folder.parent).free


class FolderStore:
    """`root/ab/abcdef…`; a name always means the same bytes, so an orphan is harmless.

    Several processes of one machine may share it, each kind with its own folder for what it makes. What is
    in hand is a locked file in `held`, so that everybody sees it and a kill ends it.
    """

    def __init__(self, root: Path, free: Callable[[Path], int] = free_bytes, making: str = "tmp") -> None:
        self.root, self._free = root, free
        self._lock = threading.Lock()
        self._in_hand: defaultdict[str, list[int]] = defaultdict(list)
        self._temporary, self._held = root / making, root / "held"
        for folder in (self._temporary, self._held):
            folder.mkdir(parents=True, exist_ok=True)

    def new_temporary(self) -> Path:
        """A fresh path on the same disk, for a file in the making."""
        return self._temporary / secrets.token_hex(8)

    def free(self) -> int:
        """Bytes that are left on the store's disk."""
        return self._free(self.root)

    def prove(self) -> None:
        """A folder of the school's own: nothing to prove."""

    def trouble(self) -> str:
        """A folder is always there: ''."""
        return ""

    def put(self, source: Path) -> str:
        """Keep a copy of `source`, durable before this returns; returns its SHA-256 (hex)."""
        sha256 = file_sha256(source)
        target = self._place(sha256)
        if target.exists():
            return sha256
        target.parent.mkdir(exist_ok=True)
        copy = self.new_temporary()
        shutil.copyfile(source, copy)
        sync(copy)
        copy.replace(target)
        sync(target.parent)
        return sha256

    def adopt(self, temporary: Path, hold: bool = False) -> str:
        """Like `put` for a file made by `new_temporary`, without copying; the temporary is gone then.

        hold: in the same instant it is in hand, and nobody can remove it before `release`.
        """
        sha256 = file_sha256(temporary)
        target = self._place(sha256)
        target.parent.mkdir(exist_ok=True)
        sync(temporary)
        with self._alone():
            temporary.replace(target)
            if hold:
                self._in_hand[sha256].append(_shared(self._held / sha256))
        sync(target.parent)
        return sha256

    def release(self, sha256: str) -> None:
        """Whoever held the file has committed what refers to it, or does not need it."""
        with self._alone():
            if handles := self._in_hand[sha256]:
                os.close(handles.pop())
            if not handles:
                del self._in_hand[sha256]
                self._forget_if_free(sha256)

    def remove(self, sha256: str, is_needed: Callable[[], bool]) -> bool:
        """Remove the bytes unless something needs them; False while they are in hand, so nobody can say."""
        with self._alone():
            if not self._forget_if_free(sha256):
                return False
            if not is_needed():
                self._place(sha256).unlink(missing_ok=True)
            return True

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """No other thread or process takes in hand, releases or removes meanwhile."""
        with self._lock:
            folder = os.open(self._held, os.O_RDONLY)
            try:
                fcntl.flock(folder, fcntl.LOCK_EX)
                yield
            finally:
                os.close(folder)

    def _forget_if_free(self, sha256: str) -> bool:
        """Whether nobody alive has it in hand; then its mark goes."""
        mark = self._held / sha256
        try:
            with mark.open("r") as held:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                mark.unlink()
        except FileNotFoundError:
            return True
        except BlockingIOError:
            return False
        return True

    def path(self, sha256: str) -> Path:
        """Where the bytes lie. Raises FileNotFoundError."""
        place = self._place(sha256)
        if not place.exists():
            raise FileNotFoundError(f"no stored file {sha256}")
        return place

    def is_sound(self, sha256: str) -> bool:
        """Whether the bytes are those of the name; False when they are not there."""
        try:
            return file_sha256(self._place(sha256)) == sha256
        except OSError:
            return False

    def size(self, sha256: str) -> int:
        """Bytes of a kept file. Raises FileNotFoundError."""
        return self.path(sha256).stat().st_size

    def stored(self) -> dict[str, int]:
        """Every kept file by SHA-256, with its bytes."""
        return {path.name: size for _, size, path in hashed_files(self.root)}

    def read(self, sha256: str, target: Path) -> str:
        """Copy the bytes as they are, durable at `target`; their SHA-256. Raises FileNotFoundError."""
        return copy_hashed(self._place(sha256), target)

    def sweep(self, older_than: float = 0.0) -> None:
        """Remove what a killed process left in the making; seconds: others may be at work there."""
        youngest = time.time() - older_than
        for leftover in self._temporary.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if leftover.stat().st_mtime <= youngest:
                    leftover.unlink()

    def _place(self, sha256: str) -> Path:
        if not _HASH.fullmatch(sha256):
            raise ValueError("not a SHA-256 in hex")
        return self.root / sha256[:2] / sha256


def file_sha256(path: Path) -> str:
    """SHA-256 (hex) of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hashed_files(root: Path) -> Iterator[tuple[float, int, Path]]:
    """(when last touched, bytes, place) of every file below `root/ab/`; what goes meanwhile is left out."""
    for path in root.glob("??/*"):
        with contextlib.suppress(FileNotFoundError):
            if _HASH.fullmatch(path.name):
                found = path.stat()
                yield found.st_mtime, found.st_size, path


def copy_hashed(source: Path, target: Path) -> str:
    """Copy and fsync; the SHA-256 (hex) of the bytes that were copied. Raises OSError."""
    digest = hashlib.sha256()
    with source.open("rb") as reading, target.open("wb") as writing:
        while piece := reading.read(2**20):
            digest.update(piece)
            writing.write(piece)
        writing.flush()
        os.fsync(writing.fileno())
    return digest.hexdigest()


def _shared(mark: Path) -> int:
    """The mark, locked beside others who have the same in hand; its number."""
    handle = os.open(mark, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(handle, fcntl.LOCK_SH)
    return handle


def sync(path: Path) -> None:
    """Make a file's bytes, or a folder's names, durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        if not path.is_dir():  # disks of other systems know no fsync of folders
            raise
    finally:
        os.close(handle)
