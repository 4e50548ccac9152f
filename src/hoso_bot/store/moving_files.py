"""A folder's files into the bucket, each proved before it leaves its place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hoso_bot.ports import FileStore
from hoso_bot.store.backup_format import Progress
from hoso_bot.store.files import file_sha256, hashed_files
from hoso_bot.store.moving import MoveFailed


@dataclass(frozen=True)
class FilesMoved:
    """found: files that were sound; written: those the bucket did not have as they are. damaged: hashes."""

    found: int
    written: int
    damaged: tuple[str, ...]


def move_files(folder: Path, store: FileStore, aside: Path | None, tell: Progress) -> FilesMoved:
    """Write every file of `folder` that the store lacks, read each back and put it `aside` (None: leave it).

    What is aside is done, so whoever comes again goes on from there. Raises FilesAway, MoveFailed.
    """
    places = sorted(path for _, _, path in hashed_files(folder))
    written, damaged = 0, []
    for number, place in enumerate(places):
        tell("files", number, len(places))
        if file_sha256(place) != place.name:
            damaged.append(place.name)
            continue
        written += _bring(place, store)
        if aside:
            target = aside / place.name[:2] / place.name
            target.parent.mkdir(parents=True, exist_ok=True)
            place.replace(target)
    return FilesMoved(len(places) - len(damaged), written, tuple(damaged))


def _bring(place: Path, store: FileStore) -> bool:
    """Whether it had to be written."""
    if store.is_sound(place.name):
        return False
    store.put(place)
    if not store.is_sound(place.name):
        raise MoveFailed(f"{place.name} does not come back from the bucket as it was written")
    return True
