"""Buckets on a fake S3 service of its own process.

with S3Sim() as s3:
    bucket = s3.bucket()                # a bucket nobody else uses; bucket.settings() for a school
    s3.behaves(status=503)              # from here on it refuses everything
"""

from __future__ import annotations

import itertools
import json
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fakes.s3_server import KEY_ID
from tests.fakes.telegram_sim import TelegramSim

from hoso_bot.settings import Files

SECRET = "the-secret-of-the-bucket"
_numbers = itertools.count(1)
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


class S3Sim(TelegramSim):
    """The service as a process of its own."""

    server = Path(__file__).with_name("s3_server.py")

    def bucket(self) -> S3Bucket:
        """A new, empty bucket."""
        import boto3
        from botocore.config import Config

        name = f"truong-{next(_numbers)}"
        client = boto3.client(
            "s3",
            endpoint_url=self.base_url,
            region_name="us-east-1",
            aws_access_key_id=KEY_ID,
            aws_secret_access_key=SECRET,
            config=Config(s3={"addressing_style": "path"}, proxies={}),
        )
        client.create_bucket(Bucket=name)
        return S3Bucket(self, name, client)

    def behaves(self, **badly: Any) -> None:
        """From here on: as s3_server.py says; without anything well."""
        request = urllib.request.Request(f"{self.base_url}/__behave", json.dumps(badly).encode())
        _open(request, timeout=10).close()


@dataclass(frozen=True)
class S3Bucket:
    """A bucket and what its operator can do with it."""

    service: S3Sim
    name: str
    client: Any

    def settings(self, **changes: Any) -> Files:
        """`[files]` of a school that uses it."""
        given = {
            "bucket": self.name,
            "endpoint": self.service.base_url,
            "key_id": KEY_ID,
            "secret": SECRET,
            **changes,
        }
        return Files(**given)

    def toml(self) -> str:
        """The same as lines of hoso.toml."""
        given = self.settings()
        names = {"bucket": given.bucket, "endpoint": given.endpoint, "key_id": given.key_id, "secret": SECRET}
        return "\n[files]\n" + "".join(f'{name} = "{value}"\n' for name, value in names.items())

    def files(self) -> set[str]:
        """The hashes of every file of every school in it."""
        return {key.rpartition("/")[2] for key in self.every_key() if len(key.rpartition("/")[2]) == 64}

    def every_key(self) -> list[str]:
        """Every key in it."""
        return [one["Key"] for one in self.client.list_objects_v2(Bucket=self.name).get("Contents", [])]

    def key_of(self, sha256: str) -> str:
        """The one key with this hash."""
        [key] = [key for key in self.every_key() if key.endswith(sha256)]
        return key

    def writes(self, key: str, body: bytes) -> None:
        """Somebody puts other bytes there."""
        self.client.put_object(Bucket=self.name, Key=key, Body=body)

    def removes(self, key: str) -> None:
        """Somebody removes an object."""
        self.client.delete_object(Bucket=self.name, Key=key)
