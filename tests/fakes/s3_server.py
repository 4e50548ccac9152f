"""An S3 service for tests: moto's, behind a door that knows one key and can be told to misbehave.

POST /__behave {"status": 503, "code": "SlowDown", "methods": ["PUT"], "times": 2}: so many are refused;
{"drops": true}: the line breaks instead; {"late": true}: it breaks after the work was done;
{"kills": 4711}: the process with this number is killed then, with no answer;
{"unconditional": true}: writing with a condition is refused here; {"heedless": true}: it is ignored.
An empty object: all is well again.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterable
from typing import Any

KEY_ID = "hosotest"
Environ = dict[str, Any]
Start = Callable[..., Any]


class Door:
    """The WSGI application."""

    def __init__(self) -> None:
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        self._service = DomainDispatcherApplication(create_backend_app)
        self._bad: dict[str, Any] = {}

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/__behave":
            self._bad = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
            return _answer(start, "200 OK", b"")
        if f"Credential={KEY_ID}/" not in environ.get("HTTP_AUTHORIZATION", ""):
            return _refusal(start, 403, "InvalidAccessKeyId")
        if self._bad.get("heedless"):
            environ.pop("HTTP_IF_NONE_MATCH", None)
        if self._bad.get("unconditional") and "HTTP_IF_NONE_MATCH" in environ:
            return _refusal(start, 501, "NotImplemented")
        if self._misbehaves(environ):
            if self._bad.get("late") or self._bad.get("kills"):
                list(self._service(environ, start))
            if killed := self._bad.get("kills"):
                os.kill(killed, signal.SIGKILL)
            if "status" not in self._bad:
                start("500 Broken", [])
                environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
                return []
            return _refusal(start, self._bad["status"], self._bad.get("code", "InternalError"))
        return self._service(environ, start)

    def _misbehaves(self, environ: Environ) -> bool:
        methods = self._bad.get("methods")
        if not {"status", "drops", "late", "kills"} & self._bad.keys():
            return False
        if (methods and environ["REQUEST_METHOD"] not in methods) or self._bad.get("times") == 0:
            return False
        self._bad["times"] = self._bad.get("times", 10**9) - 1
        return True


def _answer(start: Start, status: str, body: bytes) -> list[bytes]:
    start(status, [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
    return [body]


def _refusal(start: Start, status: int, code: str) -> list[bytes]:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>"
    return _answer(start, f"{status} No", body.encode())


def main() -> None:
    from werkzeug.serving import make_server

    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", parser.parse_args().port, Door(), threaded=True)
    print(json.dumps({"port": server.port}), flush=True)  # noqa: T201
    server.serve_forever()


if __name__ == "__main__":
    main()
