"""A line between a browser and the server that breaks, as a phone's does on a stair."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class BadLine:
    """Passes bytes to `port` of this machine.

    breaks_after: bytes from the browser until it is dead, when it ends every connection.
    """

    port: int
    breaks_after: int | None = None
    passed: int = 0
    _open: set[socket.socket] = field(default_factory=set)

    def mends(self) -> None:
        """From here on it works."""
        self.breaks_after = None

    @contextlib.contextmanager
    def working(self) -> Iterator[int]:
        """The port browsers connect to."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            threading.Thread(target=self._accept, args=(server,), daemon=True).start()
            yield server.getsockname()[1]
        for one in list(self._open):
            one.close()

    @property
    def is_dead(self) -> bool:
        """Whether it broke and nobody mended it."""
        return self.breaks_after is not None and self.passed >= self.breaks_after

    def _accept(self, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                browser, _ = server.accept()
                if self.is_dead:
                    browser.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self.port))
                self._open |= {browser, far}
                threading.Thread(target=self._pass, args=(browser, far, True), daemon=True).start()
                threading.Thread(target=self._pass, args=(far, browser, False), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        with contextlib.suppress(OSError):
            while some := source.recv(16384):
                self.passed += len(some) if counted else 0
                if self.is_dead:
                    break
                target.sendall(some)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._open -= {source, target}
