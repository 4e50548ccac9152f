"""How calls of the Bot API travel: aiohttp under python-telegram-bot, and downloads.

The library's own backend costs several times the work of everything else that is done for one message
(docs/decisions/0060); files go out as they are read, in pieces.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import cache
from typing import IO, Any

import aiohttp
import httpx
from aiohttp.abc import AbstractStreamWriter
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData
from yarl import URL

CONNECT_SECONDS = 10.0
UPLOAD_SECONDS = 900.0
"""Whole calls that carry a file: 50 MB by a line of half a megabit."""
PIECE = 2**20
_NO_QUOTES = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})

Part = bytes | IO[bytes]
File = tuple[str, bytes | IO[bytes], str]


class TelegramHttp(BaseRequest):
    """Connections to one Bot API, made by the first call. read_timeout: seconds to wait for an answer."""

    def __init__(self, read_timeout: float, proxy: str | None, trust_env: bool) -> None:
        self._read_timeout, self._proxy, self._trust_env = read_timeout, proxy, trust_env
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """Seconds."""
        return self._read_timeout

    async def initialize(self) -> None:
        """The first call makes what it needs."""

    async def shutdown(self) -> None:
        """Give back the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Status and body of one call. Raises TimedOut, NetworkError."""
        read = read_timeout if isinstance(read_timeout, int | float) else self._read_timeout
        fields = request_data.json_parameters if request_data else {}
        files = request_data.multipart_data if request_data and request_data.contains_files else {}
        body: Any = Form(fields, files) if files else fields or None
        whole = UPLOAD_SECONDS if files else CONNECT_SECONDS + 2 * read
        try:
            async with self._opened().request(
                method,
                URL(url, encoded=True),
                data=body,
                allow_redirects=False,
                timeout=_patience(read, whole),
            ) as response:
                return response.status, await response.read()
        except TimeoutError as error:
            raise TimedOut from error
        except aiohttp.ClientError as error:
            raise NetworkError(f"{type(error).__name__}: {error}") from error

    @asynccontextmanager
    async def download(self, url: str) -> AsyncIterator[aiohttp.ClientResponse]:
        """A file's answer, its body still to come. Raises aiohttp.ClientError, TimeoutError, ValueError."""
        timeout = _patience(self._read_timeout, None)
        async with self._opened().get(
            URL(url, encoded=True), allow_redirects=False, timeout=timeout
        ) as response:
            yield response

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=_trusted()),
                headers={"User-Agent": self.USER_AGENT},
                proxy=self._proxy,
                trust_env=self._trust_env,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


@cache
def _trusted() -> ssl.SSLContext:
    """Made once for all bots of a process: each costs 20 ms of the event loop and 0.8 MB."""
    return httpx.create_ssl_context()


def _patience(read: float, whole: float | None) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=whole, sock_connect=CONNECT_SECONDS, sock_read=read)


class Form(aiohttp.Payload):
    """A multipart form whose files are read while they are sent."""

    def __init__(self, fields: dict[str, str], files: dict[str, File]) -> None:
        boundary = secrets.token_hex(16)
        self._parts = list(_parts(boundary, fields, files))
        super().__init__(self._parts, content_type=f"multipart/form-data; boundary={boundary}")

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(map(_size, self._parts))

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Forms hold files, which are no text."""
        raise TypeError("a form with files is no text")

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Everything, in pieces."""
        for part in self._parts:
            if isinstance(part, bytes):
                await writer.write(part)
                continue
            while piece := await asyncio.to_thread(part.read, PIECE):
                await writer.write(piece)


def _parts(boundary: str, fields: dict[str, str], files: dict[str, File]) -> Iterator[Part]:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="'
    yield "".join(f'{head}{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()).encode()
    for field, (name, content, kind) in files.items():
        about = f'{head}{field}"; filename="{name.translate(_NO_QUOTES)}"\r\nContent-Type: {kind}\r\n\r\n'
        yield about.encode()
        yield content
        yield b"\r\n"
    yield f"--{boundary}--\r\n".encode()


def _size(part: Part) -> int:
    return len(part) if isinstance(part, bytes) else os.fstat(part.fileno()).st_size
