"""A bucket as the store of files: kept once it is there, never served when it is bent, waited for."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from tests.buckets import objects_in
from tests.fakes.s3_sim import S3Bucket, S3Sim

from hoso_bot.domain.errors import FileDamaged, FilesAway
from hoso_bot.ports import FileStore
from hoso_bot.store import bucket as bucket_module
from hoso_bot.store.bucket import LONGEST_PAUSE
from hoso_bot.store.files import hashed_files

BODY = b"%PDF-1.7 ke hoach bai day"
SHA256 = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def bucket(s3: S3Sim) -> S3Bucket:
    return s3.bucket()


def made(store: FileStore, body: bytes = BODY) -> Path:
    path = store.new_temporary()
    path.write_bytes(body)
    return path


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


# --- bytes that are not what they were --------------------------------------------------------------


@pytest.mark.parametrize("bent", [b"%PDF-1.7 something else", BODY[:9], b""], ids=["other", "half", "none"])
def test_an_object_that_is_bent_is_never_served(bucket: S3Bucket, tmp_path: Path, bent: bytes) -> None:
    objects_in(bucket, tmp_path / "here").adopt(made(objects_in(bucket, tmp_path / "here")))
    bucket.writes(bucket.key_of(SHA256), bent)
    elsewhere = objects_in(bucket, tmp_path / "elsewhere")
    with pytest.raises(FileDamaged, match="not what was kept"):
        elsewhere.path(SHA256)
    assert not objects_in(bucket, tmp_path / "here").is_sound(SHA256)
    assert list(hashed_files(tmp_path / "elsewhere")) == []
    assert elsewhere.read(SHA256, tmp_path / "evidence") == hashlib.sha256(bent).hexdigest()


def test_a_bent_copy_is_fetched_again(bucket: S3Bucket, tmp_path: Path) -> None:
    store = objects_in(bucket, tmp_path / "here")
    store.adopt(made(store))
    store.path(SHA256).write_bytes(BODY[:5])
    assert store.path(SHA256).read_bytes() == BODY


def test_the_same_file_handed_in_again_mends_a_bent_object(bucket: S3Bucket, tmp_path: Path) -> None:
    store = objects_in(bucket, tmp_path / "here", settled=timedelta(hours=1))
    store.adopt(made(store))
    bucket.writes(bucket.key_of(SHA256), b"bent")
    store.adopt(made(store))
    assert objects_in(bucket, tmp_path / "elsewhere").path(SHA256).read_bytes() == BODY


# --- a service that does not work ---------------------------------------------------------------------


def test_an_outage_keeps_nothing_and_says_so(s3: S3Sim, bucket: S3Bucket, tmp_path: Path) -> None:
    clock = Clock()
    store = objects_in(bucket, tmp_path / "here", clock=clock)
    s3.behaves(status=503)
    temporary = made(store)
    with pytest.raises(FilesAway, match=r"InternalError \(503\)"):
        store.adopt(temporary)
    assert not temporary.exists() and list(hashed_files(tmp_path / "here")) == []
    assert "503" in store.trouble()
    s3.behaves()
    with pytest.raises(FilesAway):  # not asked again at once: whoever waits holds no thread
        store.adopt(made(store))
    clock.now += LONGEST_PAUSE
    assert store.trouble() == ""
    assert store.adopt(made(store)) == SHA256 and bucket.key_of(SHA256)


def test_what_is_read_here_already_is_read_in_an_outage(s3: S3Sim, bucket: S3Bucket, tmp_path: Path) -> None:
    store = objects_in(bucket, tmp_path / "here")
    store.adopt(made(store))
    s3.behaves(status=500)
    assert store.path(SHA256).read_bytes() == BODY and store.size(SHA256) == len(BODY)
    with pytest.raises(FilesAway):
        objects_in(bucket, tmp_path / "elsewhere").path(SHA256)


@pytest.mark.parametrize("badly", [{"status": 503}, {"drops": True}, {"late": True}], ids=str)
def test_a_hiccup_is_nobodys_business(
    s3: S3Sim, bucket: S3Bucket, tmp_path: Path, badly: dict[str, object]
) -> None:
    """late: the object was written, only the answer was lost."""
    store = objects_in(bucket, tmp_path / "here")
    store.prove()
    s3.behaves(methods=["PUT"], times=2, **badly)
    assert store.adopt(made(store)) == SHA256
    assert objects_in(bucket, tmp_path / "elsewhere").path(SHA256).read_bytes() == BODY


def test_an_answer_that_breaks_off_is_no_damage(s3: S3Sim, bucket: S3Bucket, tmp_path: Path) -> None:
    store = objects_in(bucket, tmp_path / "here")
    store.adopt(made(store))
    s3.behaves(methods=["GET"], drops=True)
    with pytest.raises(FilesAway):
        objects_in(bucket, tmp_path / "elsewhere").path(SHA256)


def test_a_missing_bucket_is_not_a_missing_file(bucket: S3Bucket, tmp_path: Path) -> None:
    """Else every plan of the school would be doubted at once."""
    store = objects_in(bucket, tmp_path / "here")
    bucket.client.delete_bucket(Bucket=bucket.name)
    for ask in (store.size, store.path):
        with pytest.raises(FilesAway, match="NoSuchBucket"):
            ask(SHA256)


def test_a_wrong_key_is_told_by_its_code(s3: S3Sim, bucket: S3Bucket, tmp_path: Path) -> None:
    s3.behaves(status=403, code="SignatureDoesNotMatch")
    with pytest.raises(FilesAway, match="SignatureDoesNotMatch") as refused:
        objects_in(bucket, tmp_path / "here").prove()
    assert refused.value.status == 403


@pytest.mark.parametrize("how", ["unconditional", "heedless"])
def test_with_a_service_that_knows_no_conditions_every_write_is_alone(
    s3: S3Sim, bucket: S3Bucket, tmp_path: Path, how: str
) -> None:
    s3.behaves(**{how: True})
    lock = threading.Lock()
    store = objects_in(bucket, tmp_path / "here", lock=lock)
    store.prove()
    with lock:
        writer = threading.Thread(target=lambda: store.adopt(made(store)))
        writer.start()
        writer.join(0.5)
        assert writer.is_alive() and store.stored() == {}
    writer.join()
    assert store.stored() == {SHA256: len(BODY)}


# --- several hosts, several schools -------------------------------------------------------------------


def test_what_one_host_takes_in_no_other_removes(bucket: S3Bucket, tmp_path: Path) -> None:
    """Not even an old object that was nobody's until just now, and whose bytes arrive again."""
    lock = threading.Lock()
    here = objects_in(bucket, tmp_path / "here", lock=lock, settled=timedelta(seconds=2))
    there = objects_in(bucket, tmp_path / "there", lock=lock, settled=timedelta(seconds=2))
    here.adopt(made(here))
    assert not there.remove(SHA256, lambda: False)
    time.sleep(2.1)
    here.adopt(made(here), hold=True)
    assert not there.remove(SHA256, lambda: False)
    here.release(SHA256)
    time.sleep(3.1)
    assert there.remove(SHA256, lambda: True) and there.stored()
    assert there.remove(SHA256, lambda: False) and there.stored() == {}


def test_two_schools_in_one_bucket_see_nothing_of_each_other(bucket: S3Bucket, tmp_path: Path) -> None:
    ours = objects_in(bucket, tmp_path / "ours", "hoa-sen", owner="a")
    theirs = objects_in(bucket, tmp_path / "theirs", "kim-dong", owner="b")
    ours.adopt(made(ours))
    theirs.prove()
    assert theirs.stored() == {}
    with pytest.raises(FileNotFoundError):
        theirs.path(SHA256)
    theirs.adopt(made(theirs))
    assert theirs.remove(SHA256, lambda: False)
    assert ours.stored() == {SHA256: len(BODY)}


def test_one_place_is_never_two_schools(bucket: S3Bucket, tmp_path: Path) -> None:
    """Both ids are `school` where each has a database of its own: one would remove what the other needs."""
    ours = objects_in(bucket, tmp_path / "ours", "school", owner="a")
    ours.adopt(made(ours))
    theirs = objects_in(bucket, tmp_path / "theirs", "school", owner="b")
    for work in (
        theirs.prove,
        lambda: theirs.put(made(theirs)),
        lambda: theirs.remove(SHA256, lambda: False),
    ):
        with pytest.raises(FilesAway, match="HOSO_FILES__PREFIX"):
            work()


def test_a_mark_nobody_can_read_is_another_schools(bucket: S3Bucket, tmp_path: Path) -> None:
    bucket.writes("hoa-sen/school.json", b"not ours")
    with pytest.raises(FilesAway, match="HOSO_FILES__PREFIX"):
        objects_in(bucket, tmp_path / "here").prove()


# --- copies -------------------------------------------------------------------------------------------


def test_copies_take_no_more_than_they_may_and_what_is_in_use_stays(bucket: S3Bucket, tmp_path: Path) -> None:
    store = objects_in(bucket, tmp_path / "here", most_bytes=30_000)
    hashes = [store.adopt(made(store, bytes([number]) * 9_000)) for number in range(3)]
    for age, sha256 in zip((3000, 2000, 100), hashes, strict=True):
        at = time.time() - age
        os.utime(store.path(sha256), (at, at))
    store.adopt(made(store, b"x" * 9_000))
    left = {path.name for _, _, path in hashed_files(tmp_path / "here")}
    assert hashes[0] not in left and {hashes[1], hashes[2]} < left
    assert store.path(hashes[0]).read_bytes() == bytes([0]) * 9_000


def test_a_copy_nobody_asks_for_is_gone_after_two_days(bucket: S3Bucket, tmp_path: Path) -> None:
    """What retention removed from the bucket must not stay on a host that happened to read it."""
    store = objects_in(bucket, tmp_path / "here")
    store.adopt(made(store))
    at = time.time() - 3 * 24 * 3600
    os.utime(store.path(SHA256), (at, at))
    store.sweep()
    assert list(hashed_files(tmp_path / "here")) == []


def test_every_page_of_a_long_list_is_read(
    bucket: S3Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket_module, "LISTED", 2)
    store = objects_in(bucket, tmp_path / "here")
    hashes = {store.adopt(made(store, bytes([number]))) for number in range(5)}
    assert store.stored().keys() == hashes
