"""Files in an S3-compatible bucket, for schools whose processes run on several hosts (decision 0056).

A file is kept once the bucket has it. This host's disk holds copies to read from: few, and each compared
with its SHA-256 before it is given out.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

from hoso_bot.domain.errors import FileDamaged, FilesAway
from hoso_bot.store.bucket import Bucket
from hoso_bot.store.files import FolderStore, file_sha256, hashed_files, sync

MARK = "school.json"
"""Whose objects these are."""
SETTLED = timedelta(hours=1)
"""A younger object may be in the hand of another host, whose commit will need it."""
IN_USE = 600.0
"""Seconds in which a copy that was given out stays, however little room there is."""
UNUSED = 2 * 24 * 3600.0
"""Seconds after which a copy nobody asked for goes: what was removed for good must not stay here."""
TIDY_EVERY = 3600.0
REFUSED = 403
ANOTHERS = "another school keeps its files at this place of the bucket: set HOSO_FILES__PREFIX"


class ObjectStore:
    """`prefix/ab/abcdef…` in the bucket, copies in `local`.

    most_bytes: what the copies may take together. owner: SHA-256 of the school's CA certificate.
    alone: by name, what only one process of the school does at a time. settled: see SETTLED.
    """

    def __init__(
        self,
        bucket: Bucket,
        local: FolderStore,
        most_bytes: int,
        owner: str,
        alone: Callable[[str], AbstractContextManager[None]],
        settled: timedelta = SETTLED,
    ) -> None:
        self._bucket, self._local, self._most = bucket, local, most_bytes
        self._owner, self._alone, self._settled = owner, alone, settled
        self._is_ours = False
        self._tidying = threading.Lock()
        self._tidied_at, self._new_bytes = 0.0, 0

    # --- files in the making ----------------------------------------------------------------------

    def new_temporary(self) -> Path:
        """A fresh path on this host's disk."""
        return self._local.new_temporary()

    @contextlib.contextmanager
    def _scratch(self) -> Iterator[Path]:
        """A fresh path; whatever still lies there at the end is gone."""
        place = self.new_temporary()
        try:
            yield place
        finally:
            place.unlink(missing_ok=True)

    def sweep(self, older_than: float = 0.0) -> None:
        """Remove what a killed process left in the making, and copies there is no room for."""
        self._local.sweep(older_than)
        self._tidy()

    def free(self) -> int:
        """Bytes that are left on this host's disk, through which every file goes."""
        return self._local.free()

    def trouble(self) -> str:
        """Why the bucket cannot be used now, '' when it can; after a failure it is asked again."""
        if self._bucket.trouble:
            with contextlib.suppress(FilesAway):
                self._bucket.probe()
        return self._bucket.trouble

    # --- keeping ----------------------------------------------------------------------------------

    def put(self, source: Path) -> str:
        """Keep a copy of `source`; the bucket has it before this returns. Raises FilesAway."""
        sha256 = file_sha256(source)
        self._keep(sha256, source)
        return sha256

    def adopt(self, temporary: Path, hold: bool = False) -> str:
        """Like `put`; the temporary is gone afterwards, also when it failed. Raises FilesAway."""
        try:
            sha256 = file_sha256(temporary)
            self._keep(sha256, temporary)
            self._take(temporary, sha256, hold)
        finally:
            temporary.unlink(missing_ok=True)
        return sha256

    def _keep(self, sha256: str, source: Path) -> None:
        self.prove()
        if self._bucket.put_new(_name(sha256), source, sha256):
            return
        with self._alone(f"file:{sha256}"):
            found = self._bucket.find(_name(sha256))
            if not (found and found.sha256 == sha256 and found.age < self._settled / 2):
                self._bucket.put(_name(sha256), source, sha256)  # bent, or about to count as nobody's

    def prove(self) -> None:
        """Make the prefix this school's own. Raises FilesAway, also when it is another school's."""
        if self._is_ours:
            return
        with self._scratch() as mark:
            if (self._owner_there(mark) or self._mark_it(mark)) != self._owner:
                raise FilesAway(ANOTHERS, REFUSED)
            self._bucket.learn_conditions(MARK, mark, file_sha256(mark))
        self._is_ours = True

    def _owner_there(self, place: Path) -> str:
        try:
            self._bucket.read(MARK, place)
        except FileNotFoundError:
            return ""
        try:
            return str(json.loads(place.read_bytes())["ca_sha256"])
        except (ValueError, LookupError, TypeError):
            return "unreadable"

    def _mark_it(self, place: Path) -> str:
        """Whose it is then: another school may have been faster."""
        place.write_text(json.dumps({"ca_sha256": self._owner}), encoding="ascii")
        if not self._bucket.put_new(MARK, place, file_sha256(place)) and not self._owner_there(place):
            self._bucket.put(MARK, place, file_sha256(place))
        return self._owner_there(place)

    def try_out(self) -> None:
        """Write, read, list and remove a small object, as work would. Raises FilesAway."""
        self.prove()
        with self._scratch() as small:
            small.write_text(small.name, encoding="ascii")
            name, sha256 = f"probe-{small.name}", file_sha256(small)
            self._bucket.put(name, small, sha256)
            self._bucket.probe()
            if self._bucket.read(name, small) != sha256:
                raise FilesAway("what was written came back as something else")
            self._bucket.delete(name)

    def release(self, sha256: str) -> None:
        """Ends one `hold` of this process."""
        self._local.release(sha256)

    def remove(self, sha256: str, is_needed: Callable[[], bool]) -> bool:
        """Remove the bytes unless needed; False while they are, or may be, in somebody's hand."""
        if not self._local.remove(sha256, lambda: True):
            return False
        self.prove()
        with self._alone(f"file:{sha256}"):
            found = self._bucket.find(_name(sha256))
            if found and found.age < self._settled:
                return False
            if is_needed():
                return True
            if found:
                self._bucket.delete(_name(sha256))
        self._local.remove(sha256, lambda: False)
        return True

    # --- reading ----------------------------------------------------------------------------------

    def path(self, sha256: str) -> Path:
        """A proved copy on this host, fetched when there is none.

        Raises FileNotFoundError, also (FileDamaged) for an object that is not what its name says; FilesAway.
        """
        if (copy := self._copy(sha256)) is not None:
            return copy
        with self._scratch() as fetched:
            if self._bucket.read(_name(sha256), fetched) != sha256:
                raise FileDamaged(f"the object of {sha256} is not what was kept")
            return self._take(fetched, sha256)

    def _copy(self, sha256: str) -> Path | None:
        try:
            copy = self._local.path(sha256)
            if file_sha256(copy) == sha256:
                copy.touch()
                return copy
        except FileNotFoundError:
            return None
        self._local.remove(sha256, lambda: False)
        return None

    def _take(self, temporary: Path, sha256: str, hold: bool = False) -> Path:
        """Have it as a copy."""
        self._new_bytes += temporary.stat().st_size
        self._local.adopt(temporary, hold)
        if self._new_bytes > self._most / 20 or time.time() - self._tidied_at > TIDY_EVERY:
            self._tidy()
        return self._local.path(sha256)

    def is_sound(self, sha256: str) -> bool:
        """Whether the bucket gives back the bytes of the name, whatever copy is here. Raises FilesAway."""
        with self._scratch() as fetched, contextlib.suppress(FileNotFoundError):
            return self._bucket.read(_name(sha256), fetched) == sha256
        return False

    def size(self, sha256: str) -> int:
        """Bytes of a kept file. Raises FileNotFoundError, FilesAway."""
        with contextlib.suppress(FileNotFoundError):
            return self._local.size(sha256)
        found = self._bucket.find(_name(sha256))
        if found is None:
            raise FileNotFoundError(f"no stored file {sha256}")
        return found.size

    def stored(self) -> dict[str, int]:
        """Every kept file by SHA-256, with its bytes. Raises FilesAway."""
        return {name: size for name, size in self._bucket.names().items() if len(name) == 64}

    def read(self, sha256: str, target: Path) -> str:
        """The bucket's bytes as they are, durable at `target`; their SHA-256. Raises FileNotFoundError."""
        found = self._bucket.read(_name(sha256), target)
        sync(target)
        return found

    def _tidy(self) -> None:
        """Copies beyond the room there is go, longest unused first."""
        with self._tidying:
            self._tidied_at, self._new_bytes = time.time(), 0
            copies = sorted(hashed_files(self._local.root))
            total = sum(size for _, size, _ in copies)
            for used, size, path in copies:
                age = self._tidied_at - used
                if age > UNUSED or (total > self._most and age > IN_USE):
                    path.unlink(missing_ok=True)
                    total -= size


def _name(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"
