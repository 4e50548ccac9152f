"""A store on a fake bucket, without a school around it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from tests.fakes.s3_sim import S3Bucket

from hoso_bot.store.bucket import Bucket, BucketPlace
from hoso_bot.store.files import FolderStore
from hoso_bot.store.objects import ObjectStore

NEVER_YOUNG = timedelta(0)
"""For tests in which one process is all there is."""


def objects_in(
    bucket: S3Bucket,
    folder: Path,
    prefix: str = "hoa-sen",
    owner: str = "a",
    settled: timedelta = NEVER_YOUNG,
    most_bytes: int = 2**30,
    clock: Callable[[], float] | None = None,
    lock: threading.Lock | None = None,
) -> ObjectStore:
    """The store of a host whose copies lie in `folder`; lock: what the hosts of one school share."""
    given, one = bucket.settings(), lock or threading.Lock()
    assert given.secret
    place = BucketPlace(
        given.bucket, given.endpoint, given.region, given.key_id, given.secret.get_secret_value(), prefix
    )

    @contextlib.contextmanager
    def alone(_name: str):  # type: ignore[no-untyped-def]
        with one:
            yield

    opened = Bucket(place, clock) if clock else Bucket(place)
    return ObjectStore(opened, FolderStore(folder), most_bytes, owner, alone, settled)
