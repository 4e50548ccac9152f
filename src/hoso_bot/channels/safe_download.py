"""Downloads of links that somebody else wrote: https only, public addresses only, so much and no more.

A link in a signed webhook is still a link: it must not make this machine ask its own neighbours.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import math
import socket
from pathlib import Path
from urllib.parse import SplitResult, urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from hoso_bot.domain.errors import FileRefused

SECONDS = 120.0
MOST_REDIRECTS = 3


class SafeDownload:
    """Fetches files of at most `max_bytes`.

    trusted: base address (scheme, host, port) that may be private and without TLS; only a settings file can
    name it, and only that of the platform itself.
    """

    def __init__(self, max_bytes: int, trusted: str) -> None:
        self._max, self._trusted = max_bytes, _origin(urlsplit(trusted))
        self._near: aiohttp.ClientSession | None = None
        self._far: aiohttp.ClientSession | None = None

    async def fetch(self, link: str, target: Path) -> None:
        """The bytes behind `link` (`#<md5>` behind it is what they must have) to `target`.

        Raises FileRefused (too big, gone, forbidden address) or OSError (try again).
        """
        if not link:
            raise FileRefused("file.fetch_failed", why="no link")
        url, _, md5 = link.partition("#")
        try:
            for _ in range(1 + MOST_REDIRECTS):
                moved = await self._copied(self._checked(url), target, md5.lower())
                if moved is None:
                    return
                url = urljoin(url, moved)
        except aiohttp.InvalidURL:
            raise FileRefused("file.fetch_failed", why="no link") from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise OSError(type(error).__name__) from None
        raise FileRefused("file.fetch_failed", why="too many redirects")

    def _checked(self, url: str) -> str:
        """Raises FileRefused for what must not be asked; names are looked at when they are resolved."""
        parts = urlsplit(url)
        if _origin(parts) == self._trusted:
            return url
        if parts.scheme != "https" or not parts.hostname or parts.username or not is_public(parts.hostname):
            raise FileRefused("file.fetch_failed", why="forbidden address")
        return url

    async def _copied(self, url: str, target: Path, md5: str) -> str | None:
        """Copy the body; or where the server says it is."""
        digest, written = hashlib.md5(usedforsecurity=False), 0
        trusted = _origin(urlsplit(url)) == self._trusted
        async with self._opened(trusted).get(url, allow_redirects=False) as response:
            if response.status in (301, 302, 303, 307, 308):
                return response.headers.get("Location", "")
            if response.status in (400, 403, 404, 410):
                raise FileRefused("file.fetch_failed", why=f"HTTP {response.status}")
            if response.status != 200:
                raise OSError(f"HTTP {response.status}")
            with target.open("wb") as out:
                async for piece in response.content.iter_chunked(2**16):
                    written += out.write(piece)
                    digest.update(piece)
                    if written > self._max:
                        raise self._too_big(written)
        if md5 and digest.hexdigest() != md5:
            raise OSError("the file arrived damaged")
        return None

    def _too_big(self, size: int) -> FileRefused:
        return FileRefused("file.too_big", mb=math.ceil(size / 2**20), max_mb=self._max // 2**20)

    def _opened(self, trusted: bool) -> aiohttp.ClientSession:
        """Two sessions: the one for the trusted address takes names that lead to a neighbour."""
        if trusted:
            self._near = self._near or _session(None)
            return self._near
        self._far = self._far or _session(PublicResolver())
        return self._far

    async def close(self) -> None:
        """Give back the connections."""
        for session in (self._near, self._far):
            if session is not None:
                await session.close()


class PublicResolver(AbstractResolver):
    """Names to public addresses; the address that was looked at is the one that is asked."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises OSError when the name leads to no public address."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        public = [
            ResolveResult(hostname=host, host=str(at[0]), port=port, family=kind, proto=0, flags=0)
            for kind, _, _, _, at in found
            if is_public(str(at[0]))
        ]
        if not public:
            raise OSError(f"{host} leads to no public address")
        return public

    async def close(self) -> None:
        """Nothing is held."""


def is_public(host: str) -> bool:
    """False for an address of this machine or of its neighbourhood; names are not looked up."""
    try:
        address = ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return "." in host and not host.endswith((".local", ".internal", ".localhost"))
    mapped = getattr(address, "ipv4_mapped", None) or address
    return bool(mapped.is_global) and not mapped.is_multicast


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    try:
        port = parts.port
    except ValueError:
        return parts.scheme, None, None
    return parts.scheme, parts.hostname, port or {"https": 443, "http": 80}.get(parts.scheme)


def _session(resolver: AbstractResolver | None) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False, limit=8)
    return aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=SECONDS))
