"""The load generator, a process of its own: N keep-alive clients that each wait for their answer.

    python -m bench.load PORT PATH CLIENTS SECONDS FIRST_UPDATE_ID     # prints one line of JSON

Plain sockets and prebuilt requests, so that the client is several times faster than what it measures.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from dataclasses import dataclass, field
from itertools import count
from typing import Any

WARM_UP = 0.3
SECRET = "bench-secret"
CHATS = 40
BODY = (
    '{"update_id":%010d,"message":{"message_id":%09d,"from":{"id":%09d,"is_bot":false,'
    '"first_name":"Trần Thị Mỹ Hạnh","username":"hanh_4a","language_code":"vi"},"chat":{"id":%09d,'
    '"first_name":"Trần Thị Mỹ Hạnh","username":"hanh_4a","type":"private"},"date":1795000000,'
    '"document":{"file_name":"KHBD_Tuan_13_Lop_4A.pdf","mime_type":"application/pdf","thumbnail":'
    '{"file_id":"AAMCBQADGQEAAgVYZ0000000000000000000000000000000000000000000000000000000AQAHbQADNgQ",'
    '"file_unique_id":"AQADGwAD0000000000000000","file_size":5120,"width":226,"height":320},"file_id":'
    '"BQACAgUAAxkBAAIFWGc00000000000000000000000000000000000000000000000000000000000A2BA","file_unique_id":'
    '"AgADGwAD00000000","file_size":655419}}}'
)


def request_bytes(path: str, update_id: int) -> bytes:
    """One POST of a new update, one chat of CHATS."""
    chat = 500_000_000 + update_id % CHATS
    body = (BODY % (update_id, 100_000_000 + update_id % 10**8, chat, chat)).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@dataclass
class Client:
    """One connection; `sent` is when its request left."""

    socket: socket.socket
    sent: float = 0.0


@dataclass
class Load:
    """Closed loop: every client sends its next request when its answer has come."""

    port: int
    path: str
    clients: int
    first_id: int
    answered: int = 0
    times: list[float] = field(default_factory=list)

    def run(self, seconds: float) -> dict[str, Any]:
        """Requests per second and latencies in ms, of what was answered after the warm-up."""
        self._ids = count(self.first_id)
        self._selector = selectors.DefaultSelector()
        for _ in range(self.clients):
            client = Client(socket.create_connection(("127.0.0.1", self.port)))
            client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(client.socket, selectors.EVENT_READ, client)
            self._send(client)
        self._until(time.perf_counter() + WARM_UP)
        self.times.clear()
        began = time.perf_counter()
        self._until(began + seconds)
        took, measured = time.perf_counter() - began, sorted(self.times)
        self._drain()
        return {
            "per_second": len(measured) / took,
            "p50_ms": measured[len(measured) // 2] * 1000,
            "p99_ms": measured[len(measured) * 99 // 100] * 1000,
            "answered": self.answered,
            "next_id": next(self._ids),
        }

    def _send(self, client: Client) -> None:
        client.sent = time.perf_counter()
        client.socket.sendall(request_bytes(self.path, next(self._ids)))

    def _until(self, deadline: float) -> None:
        while time.perf_counter() < deadline:
            for key, _ in self._selector.select(0.1):
                self._receive(key.data)
                self._send(key.data)

    def _receive(self, client: Client) -> None:
        answer = client.socket.recv(4096)
        if not (answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"\r\n\r\n")):  # a 200 without a body
            raise RuntimeError(f"the server answered {answer[:200]!r}")
        self.times.append(time.perf_counter() - client.sent)
        self.answered += 1

    def _drain(self) -> None:
        """Take the last answer of every client."""
        for key in list(self._selector.get_map().values()):
            self._receive(key.data)
            key.data.socket.close()


if __name__ == "__main__":
    port, path, clients, seconds, first_id = sys.argv[1:]
    print(json.dumps(Load(int(port), path, int(clients), int(first_id)).run(float(seconds))))
