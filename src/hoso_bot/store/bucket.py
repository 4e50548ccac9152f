"""One school's part of an S3-compatible bucket: what is asked of it, and what its answers mean.

The only home of boto3, which is imported when the first question is asked. Only what every such service knows
is used: whole objects, one condition on writing, a listing by prefix.
"""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from hoso_bot.domain.errors import FilesAway, SettingsError

CONNECT_SECONDS, READ_SECONDS, TRIES = 5, 30, 3
"""Of one call: tried again at once on 5xx, throttling and broken lines, a little later each time."""
CONNECTIONS = 16
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 10.0
"""Seconds in which nothing is asked after a call that failed: nobody shall hold a thread while waiting."""
INSTALL = "files in a bucket need boto3: pip install --require-hashes -r requirements-s3.lock"
_PIECE = 2**20
LISTED = 1000
_NO_CONDITIONS = (400, 405, 501)
"""What services answer that do not know `If-None-Match` on writing."""


@dataclass(frozen=True)
class BucketPlace:
    """Where the objects are. endpoint: '' for AWS itself; prefix: how every key of the school begins."""

    bucket: str
    endpoint: str
    region: str
    key_id: str
    secret: str
    prefix: str


@dataclass(frozen=True)
class Found:
    """What the service says of an object. sha256: hex, '' where it keeps none; age: by its own clock."""

    size: int
    sha256: str
    age: timedelta


class Bucket:
    """Thread-safe, blocking. Whatever can be better later raises FilesAway; `trouble` says why."""

    def __init__(self, place: BucketPlace, clock: Callable[[], float] = time.monotonic) -> None:
        self._place, self._clock = place, clock
        self._lock = threading.Lock()
        self._pause, self._again_at = 0.0, 0.0
        self._takes_conditions = True
        self.trouble = ""

    @cached_property
    def _service(self) -> _Service:
        return _service(self._place)

    def put_new(self, name: str, source: Path, sha256: str) -> bool:
        """Write it unless it is there; False when it is, or when the service cannot be told so."""
        if not self._takes_conditions:
            return False
        try:
            self._put(name, source, sha256, IfNoneMatch="*")
        except FileExistsError:
            return False
        except FilesAway as away:
            if away.status not in _NO_CONDITIONS:
                raise
            self._takes_conditions = False
            self._answers()
            return False
        return True

    def learn_conditions(self, name: str, source: Path, sha256: str) -> None:
        """Find out whether the service obeys the condition: `name` is there, with these very bytes."""
        if self.put_new(name, source, sha256):
            self._takes_conditions = False

    def put(self, name: str, source: Path, sha256: str) -> None:
        """Write it, whatever was there."""
        self._put(name, source, sha256)

    def _put(self, name: str, source: Path, sha256: str, **condition: str) -> None:
        checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
        with source.open("rb") as body:
            self._ask("put_object", Key=self._key(name), Body=body, ChecksumSHA256=checksum, **condition)

    def read(self, name: str, target: Path) -> str:
        """Stream its bytes to `target`; the SHA-256 (hex) of what came. Raises FileNotFoundError."""
        answer, digest = self._ask("get_object", Key=self._key(name)), hashlib.sha256()
        try:
            with target.open("wb") as file:
                for piece in answer["Body"].iter_chunks(_PIECE):
                    digest.update(piece)
                    file.write(piece)
        except self._service.silences as error:
            self._is_away(type(error).__name__)
        return digest.hexdigest()

    def find(self, name: str) -> Found | None:
        """What the service knows of it; None when it is not there."""
        try:
            answer = self._ask("head_object", Key=self._key(name), ChecksumMode="ENABLED")
        except FileNotFoundError:
            self._prove_bucket()
            return None
        checksum = answer.get("ChecksumSHA256", "")
        date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
        now = parsedate_to_datetime(date) if date else datetime.now(UTC)
        sha256 = base64.b64decode(checksum).hex() if checksum else ""
        return Found(answer["ContentLength"], sha256, now - answer["LastModified"])

    def _prove_bucket(self) -> None:
        """HEAD does not tell a missing object from a missing bucket, in which all would seem lost."""
        try:
            self._ask("head_bucket")
        except FileNotFoundError:
            self._is_away("NoSuchBucket", 404)

    def delete(self, name: str) -> None:
        """Away with it; one that is not there is no trouble."""
        self._ask("delete_object", Key=self._key(name))

    def names(self) -> dict[str, int]:
        """Every object of the school: the last part of its name → bytes."""
        found: dict[str, int] = {}
        more: dict[str, str] = {}
        while True:
            answer = self._ask("list_objects_v2", Prefix=self._key(""), MaxKeys=LISTED, **more)
            for one in answer.get("Contents", []):
                found[one["Key"].rpartition("/")[2]] = one["Size"]
            if not answer.get("IsTruncated"):
                return found
            more = {"ContinuationToken": answer["NextContinuationToken"]}

    def probe(self) -> None:
        """One small question, to learn whether it answers."""
        self._ask("list_objects_v2", Prefix=self._key(""), MaxKeys=1)

    # --- asking ----------------------------------------------------------------------------------

    def _key(self, name: str) -> str:
        return f"{self._place.prefix}/{name}"

    def _ask(self, what: str, **given: Any) -> dict[str, Any]:
        with self._lock:
            if self._clock() < self._again_at:
                raise FilesAway(self.trouble)
        try:
            answer: dict[str, Any] = getattr(self._service.client, what)(Bucket=self._place.bucket, **given)
        except self._service.answers as error:
            self._refused(error.response)
        except self._service.silences as error:
            self._is_away(type(error).__name__)
        self._answers()
        return answer

    def _answers(self) -> None:
        with self._lock:
            self.trouble, self._pause, self._again_at = "", 0.0, 0.0

    def _refused(self, response: dict[str, Any]) -> NoReturn:
        code, status = response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]
        if status == 404 and code != "NoSuchBucket":
            self._answers()
            raise FileNotFoundError(f"no object: {code}")
        if status in (409, 412):
            self._answers()
            raise FileExistsError(code)
        self._is_away(code, status)

    def _is_away(self, why: str, status: int = 0) -> NoReturn:
        with self._lock:
            self.trouble = f"{why} ({status})" if status else why
            self._pause = min(LONGEST_PAUSE, 2 * self._pause or FIRST_PAUSE)
            self._again_at = self._clock() + self._pause
        raise FilesAway(self.trouble, status)


class _Service(NamedTuple):
    """boto3's client, what it raises when the service says no, and when it says nothing."""

    client: Any
    answers: type[Any]
    silences: tuple[type[Exception], ...]


_opening = threading.Lock()


@cache
def _session() -> Any:
    """What all clients of the process learn about S3 from; one is made at a time."""
    import boto3

    return boto3.session.Session()


def _service(place: BucketPlace) -> _Service:
    """Raises SettingsError, also without boto3."""
    try:
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        raise SettingsError(INSTALL) from None
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": TRIES},
        max_pool_connections=CONNECTIONS,
        s3={"addressing_style": "path" if place.endpoint else "virtual"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    try:
        with _opening:
            client = _session().client(
                "s3",
                endpoint_url=place.endpoint or None,
                region_name=place.region,
                aws_access_key_id=place.key_id,
                aws_secret_access_key=place.secret,
                config=config,
            )
    except (BotoCoreError, ValueError) as error:
        raise SettingsError(f"HOSO_FILES__ENDPOINT or HOSO_FILES__REGION is wrong: {error}") from None
    return _Service(client, ClientError, (BotoCoreError, ConnectionError, TimeoutError))
