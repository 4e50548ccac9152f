"""Where the web server listens, and how it stops without turning anybody away.

A socket that systemd holds open (`deploy/hoso-bot.socket`) outlives this process: who comes while nobody is
there waits in its queue. Both conversations with systemd are a few lines; no library is needed.
"""

from __future__ import annotations

import asyncio
import os
import socket

from aiohttp import web

from hoso_bot.domain.errors import SettingsError

FIRST_INHERITED = 3  # SD_LISTEN_FDS_START of sd_listen_fds(3)
LAST_REQUESTS = 0.3
"""Seconds from the last accepted connection to the end of idle ones: what was on its way is answered."""
FINISHES_WITHIN = 2.0


def inherited() -> socket.socket | None:
    """The listening socket that systemd passed to this very process, see sd_listen_fds(3); None without.

    Raises SettingsError for several.
    """
    process, count = os.environ.pop("LISTEN_PID", ""), os.environ.pop("LISTEN_FDS", "")
    if process != str(os.getpid()) or not count:
        return None
    if count != "1":
        raise SettingsError(f"systemd passed {count} sockets; one ListenStream= is enough")
    os.set_inheritable(FIRST_INHERITED, False)
    return socket.socket(fileno=FIRST_INHERITED)


def tell_ready() -> None:
    """READY=1 to a systemd that waits for it (Type=notify), see sd_notify(3)."""
    address = os.environ.pop("NOTIFY_SOCKET", "")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.sendto(b"READY=1", f"\0{address[1:]}" if address.startswith("@") else address)


class Listening:
    """One application at its address, or at the inherited socket."""

    def __init__(self, app: web.Application) -> None:
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=FINISHES_WITHIN)
        self._sites: list[web.BaseSite] = []
        self._outlived, self._ending = False, False
        app.on_response_prepare.append(self._say_goodbye)

    async def start(self, host: str, port: int, shared: bool = False) -> int:
        """Listen; the port. shared: with other processes that say so.

        Raises SettingsError, also as `inherited`.
        """
        await self._runner.setup()
        given = inherited()
        self._outlived = given is not None
        site = web.SockSite(self._runner, given) if given else self._site(host, port, shared)
        try:
            await site.start()
        except OSError as error:
            where = f"{host}:{port}"
            raise SettingsError(f"cannot listen on {where} ({error.strerror}); set HOSO_WEB__PORT") from None
        self._sites.append(site)
        return int(self._runner.addresses[0][1])

    def _site(self, host: str, port: int, shared: bool) -> web.BaseSite:
        return web.TCPSite(self._runner, host, port, reuse_port=shared or None)

    async def stop(self) -> None:
        """Answer what has come, take no more; later callers wait at an inherited socket."""
        self._ending = True
        for site in self._sites:
            await site.stop()
        if self._outlived:
            await asyncio.sleep(LAST_REQUESTS)
        await self._runner.cleanup()

    async def _say_goodbye(self, _request: web.Request, response: web.StreamResponse) -> None:
        if self._ending:
            response.force_close()
            response.headers["Connection"] = "close"  # so that nobody sends another request into its end
