"""The file store: a name always means the same bytes."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path

import pytest
from tests.buckets import objects_in
from tests.fakes.s3_sim import S3Sim

from hoso_bot.ports import FileStore
from hoso_bot.store.files import FolderStore, file_sha256

BODY = b"%PDF-1.7 ke hoach bai day"
SHA256 = hashlib.sha256(BODY).hexdigest()


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    if request.param == "folder":
        return FolderStore(tmp_path / "files")
    s3: S3Sim = request.getfixturevalue("s3")
    return objects_in(s3.bucket(), tmp_path / "copies")


def source(tmp_path: Path, body: bytes = BODY) -> Path:
    path = tmp_path / "upload"
    path.write_bytes(body)
    return path


def test_a_file_is_found_by_its_hash(store: FileStore, tmp_path: Path) -> None:
    assert store.put(source(tmp_path)) == SHA256
    assert store.path(SHA256).read_bytes() == BODY


def test_putting_keeps_the_source_and_adopting_moves_it(store: FileStore, tmp_path: Path) -> None:
    kept = source(tmp_path)
    store.put(kept)
    assert kept.exists()
    temporary = store.new_temporary()
    temporary.write_bytes(b"other")
    sha256 = store.adopt(temporary)
    assert not temporary.exists()
    assert store.path(sha256).read_bytes() == b"other"


def test_the_same_bytes_are_kept_once(store: FileStore, tmp_path: Path) -> None:
    store.put(source(tmp_path))
    temporary = store.new_temporary()
    temporary.write_bytes(BODY)
    assert store.adopt(temporary) == store.put(source(tmp_path)) == SHA256
    assert store.stored() == {SHA256: len(BODY)}


def test_an_unknown_hash_is_not_found(store: FileStore, tmp_path: Path) -> None:
    for ask in (store.path, store.size, lambda sha256: store.read(sha256, tmp_path / "copy")):
        with pytest.raises(FileNotFoundError):
            ask("0" * 64)


def test_bytes_are_given_out_as_they_are(store: FileStore, tmp_path: Path) -> None:
    store.put(source(tmp_path))
    assert store.read(SHA256, tmp_path / "copy") == SHA256
    assert (tmp_path / "copy").read_bytes() == BODY
    assert store.is_sound(SHA256) and not store.is_sound("0" * 64)
    assert (store.size(SHA256), store.stored(), store.trouble()) == (len(BODY), {SHA256: len(BODY)}, "")


def test_what_is_given_out_is_on_the_disk(
    store: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup names a file only when losing power cannot take it."""
    store.put(source(tmp_path))
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(os.fstat(handle).st_ino))
    store.read(SHA256, tmp_path / "copy")
    assert (tmp_path / "copy").stat().st_ino in synced


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "a" * 63, "/" * 64, "..%2f" + "a" * 59])
def test_nothing_but_a_hash_becomes_a_path(store: FileStore, name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        store.path(name)


def test_what_was_left_in_the_making_is_swept_and_files_stay(store: FileStore, tmp_path: Path) -> None:
    store.put(source(tmp_path))
    leftover = store.new_temporary()
    leftover.write_bytes(b"half")
    store.sweep()
    assert not leftover.exists()
    assert store.path(SHA256).exists()


def test_a_file_nobody_needs_is_removed(store: FileStore, tmp_path: Path) -> None:
    store.put(source(tmp_path))
    assert store.remove(SHA256, lambda: True)
    assert store.path(SHA256).exists()
    assert store.remove(SHA256, lambda: False)
    with pytest.raises(FileNotFoundError):
        store.path(SHA256)
    assert store.remove(SHA256, lambda: False)  # gone already


def test_a_file_in_hand_is_never_removed(store: FileStore) -> None:
    for _ in range(2):
        temporary = store.new_temporary()
        temporary.write_bytes(BODY)
        store.adopt(temporary, hold=True)
    for _ in range(2):
        assert not store.remove(SHA256, lambda: False)
        assert store.path(SHA256).exists()
        store.release(SHA256)
    assert store.remove(SHA256, lambda: False)


def test_arriving_and_removing_at_once_never_takes_a_held_file_away(store: FileStore) -> None:
    """One thread takes the same file in again and again, the other removes it all the time."""
    ends = threading.Event()

    def removes() -> None:
        while not ends.is_set():
            store.remove(SHA256, lambda: False)

    remover = threading.Thread(target=removes)
    remover.start()
    try:
        for _ in range(60):
            temporary = store.new_temporary()
            temporary.write_bytes(BODY)
            store.adopt(temporary, hold=True)
            assert store.path(SHA256).read_bytes() == BODY
            store.release(SHA256)
    finally:
        ends.set()
        remover.join()


def test_temporaries_are_all_different(store: FileStore) -> None:
    assert len({store.new_temporary() for _ in range(100)}) == 100


def test_big_files_are_hashed_in_pieces(tmp_path: Path) -> None:
    body = bytes(range(256)) * 20_000
    assert file_sha256(source(tmp_path, body)) == hashlib.sha256(body).hexdigest()
