"""A remote signing service (CSC API 1.0.4) in a process of its own: strict, and bad on demand.

    with SigningService.started() as service:
        service.url, service.fault("slow"), service.asked("credentials/authorize")

Credentials: `ec` (PIN, activation bound to the hash), `rsa` (PIN and OTP), `otp` (EC, OTP alone), `implicit`.
"""

from __future__ import annotations

import base64
import contextlib
import json
import secrets
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.x509.oid import NameOID
from tests.fakes.timestamp_authority import FAR_AWAY, LONG_AGO, Holder, certified

CLIENT, SECRET, FIXED = "hoso", "client-secret-of-the-school", "fixed-bearer-of-the-school"
PIN, OTP = "vuong-8265", "551203"
SHA256, RSA, ECDSA = "2.16.840.1.101.3.4.2.1", "1.2.840.113549.1.1.11", "1.2.840.10045.4.3.2"
SLOW_SECONDS = 5.0
PIN_TRIES = 3

Answer = tuple[int, bytes]


@dataclass
class Key:
    """A credential of the service."""

    private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    wants: tuple[str, ...]
    scal: str = "1"
    mode: str = "explicit"
    wrong: int = 0
    chain: tuple[bytes, ...] = ()

    def certified_by(self, root: Holder) -> Key:
        """With a certificate of the service's own authority."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Đỗ Quốc Vượng")])
        usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
        issuer = root.certificate
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(issuer.subject)
        builder = builder.public_key(self.private.public_key()).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(LONG_AGO).not_valid_after(FAR_AWAY)
        builder = builder.add_extension(x509.BasicConstraints(False, None), critical=True)
        builder = builder.add_extension(usage, critical=True)
        certificate = builder.sign(root.key, hashes.SHA256())
        der = serialization.Encoding.DER
        self.chain = tuple(c.public_bytes(der) for c in (certificate, issuer))
        return self

    @property
    def algorithms(self) -> list[str]:
        return [RSA, "1.2.840.113549.1.1.1"] if isinstance(self.private, rsa.RSAPrivateKey) else [ECDSA]


class Refused(Exception):
    """An error answer of the API."""

    def __init__(self, error: str, description: str = "", status: int = 400) -> None:
        super().__init__(error)
        self.status, self.body = status, {"error": error, "error_description": description}


@dataclass
class Service:
    """The server's side."""

    keys: dict[str, Key] = field(default_factory=dict)
    bearers: set[str] = field(default_factory=set)
    sads: dict[str, tuple[str, tuple[str, ...], float]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    fault: str = ""

    def __post_init__(self) -> None:
        curve = ec.SECP256R1()
        self.keys = {
            "ec": Key(ec.generate_private_key(curve), ("PIN",), scal="2"),
            "rsa": Key(rsa.generate_private_key(public_exponent=65537, key_size=2048), ("PIN", "OTP")),
            "otp": Key(ec.generate_private_key(curve), ("OTP",)),
            "implicit": Key(ec.generate_private_key(curve), (), mode="implicit"),
        }
        root = certified("CA of the service", None)
        self.keys = {name: key.certified_by(root) for name, key in self.keys.items()}
        self.bearers = {FIXED}

    def answer(self, method: str, proof: str, kind: str, body: bytes) -> Answer:
        """(status, body) of one request."""
        self.asked[method] += 1
        at_signing = method in ("signatures/signHash", "credentials/info")
        if self.fault == "dead":
            return 503, b"<html>maintenance</html>"
        if self.fault == "slow":
            time.sleep(SLOW_SECONDS)
        if self.fault == "garbage" and at_signing:
            return 200, bytes(range(256)) * 4
        if self.fault == "oversized" and at_signing:
            return 200, b'{"signatures": ["' + b"A" * 2**22 + b'"]}'
        if self.fault == "redirect":
            return 307, b"{}"
        try:
            return 200, json.dumps(self._done(method, proof, kind, body)).encode()
        except Refused as refused:
            return refused.status, json.dumps(refused.body).encode()

    def _done(self, method: str, proof: str, kind: str, body: bytes) -> dict[str, Any]:
        if method == "oauth2/token":
            return self._bearer(proof, kind, body)
        if self.fault == "forgets bearers":
            self.bearers, self.fault = set(), ""
        if proof.removeprefix("Bearer ") not in self.bearers:
            raise Refused("invalid_token", "The access token expired", 401)
        if kind != "application/json":
            raise Refused("invalid_request", "Content-Type")
        given = json.loads(body)
        key = self.keys.get(given.get("credentialID"))
        if key is None:
            raise Refused("invalid_request", "Invalid parameter credentialID")
        match method:
            case "credentials/info":
                return self._info(key)
            case "credentials/authorize":
                return self._authorized(key, given)
            case "signatures/signHash":
                return self._signed(key, given)
        raise Refused("invalid_request", "no such method", 404)

    def _bearer(self, proof: str, kind: str, body: bytes) -> dict[str, Any]:
        expected = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if proof != expected or kind != "application/x-www-form-urlencoded":
            raise Refused("invalid_client", "", 401)
        if b"grant_type=client_credentials" not in body:
            raise Refused("unsupported_grant_type")
        bearer = secrets.token_urlsafe(16)
        self.bearers.add(bearer)
        return {"access_token": bearer, "token_type": "Bearer", "expires_in": 3600}

    def _info(self, key: Key) -> dict[str, Any]:
        return {
            "description": "A test credential",
            "key": {"status": "enabled", "algo": key.algorithms, "len": key.private.key_size},
            "cert": {
                "status": "valid",
                "certificates": [base64.b64encode(der).decode() for der in key.chain],
            },
            "authMode": key.mode,
            "SCAL": key.scal,
            "PIN": {"presence": "true" if "PIN" in key.wants else "false", "format": "A"},
            "OTP": {"presence": "true" if "OTP" in key.wants else "false", "type": "offline", "format": "N"},
            "multisign": 1,
        }

    def _authorized(self, key: Key, given: dict[str, Any]) -> dict[str, Any]:
        if given.get("numSignatures") != 1:
            raise Refused("invalid_request", "Numbers of signatures is too high")
        if key.scal == "2" and len(given.get("hash", ())) != 1:
            raise Refused("invalid_request", "Missing (or invalid type) string parameter hash")
        for name, right in (("PIN", PIN), ("OTP", OTP)):
            if name not in key.wants and name in given:
                raise Refused("invalid_request", f"{name} is not expected")
            if name in key.wants and key.wrong >= PIN_TRIES:
                raise Refused("invalid_request", "The credential is locked")
            if name in key.wants and given.get(name) != right:
                key.wrong += 1
                raise Refused(f"invalid_{name.lower()}", f"The {name} is invalid")
        key.wrong = 0
        sad = secrets.token_urlsafe(24)
        until = 0.0 if self.fault == "expired" else time.monotonic() + 60
        self.sads[sad] = (given["credentialID"], tuple(given.get("hash", ())), until)
        return {"SAD": sad, "expiresIn": 60}

    def _signed(self, key: Key, given: dict[str, Any]) -> dict[str, Any]:
        known = self.sads.pop(given.get("SAD", ""), None)
        if known is None or known[0] != given["credentialID"]:
            raise Refused("invalid_request", "Invalid parameter SAD")
        if time.monotonic() > known[2]:
            raise Refused("invalid_request", "SAD expired")
        if key.scal == "2" and known[1] != tuple(given["hash"]):
            raise Refused("invalid_request", "Hash is not authorized by the SAD")
        if given.get("hashAlgo") != SHA256 or given.get("signAlgo") not in key.algorithms:
            raise Refused("invalid_request", "Invalid parameter hashAlgo or signAlgo")
        (digest,) = [base64.b64decode(text, validate=True) for text in given["hash"]]
        if self.fault == "other bytes":
            digest = bytes(32)
        value = base64.b64encode(self._value(key, digest)).decode()
        return {"signatures": [value] * (2 if self.fault == "two signatures" else 1)}

    def _value(self, key: Key, digest: bytes) -> bytes:
        wrong_kind = self.fault == "wrong algorithm"
        over = Prehashed(hashes.SHA1() if wrong_kind else hashes.SHA256())
        digest = digest[:20] if wrong_kind else digest
        if isinstance(key.private, rsa.RSAPrivateKey):
            return key.private.sign(digest, padding.PKCS1v15(), over)
        return key.private.sign(digest, ec.ECDSA(over))


class Handler(BaseHTTPRequestHandler):
    """`/csc/v1/METHOD`, and the test's own `/told`."""

    service: Service

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/told":
            self.service.fault = json.loads(body)["fault"]
            status, answer = 200, json.dumps(self.service.asked).encode()
        elif self.path.startswith("/csc/v1/"):
            heads = self.headers.get("Authorization", ""), self.headers.get("Content-Type", "")
            status, answer = self.service.answer(self.path.removeprefix("/csc/v1/"), *heads, body)
        else:
            status, answer = 404, b""
        with contextlib.suppress(OSError):
            self.send_response(status)
            if status == 307:
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    def log_message(self, *words: object) -> None:
        pass


@dataclass
class SigningService:
    """The tests' side of the process."""

    port: int

    @classmethod
    @contextlib.contextmanager
    def started(cls) -> Iterator[SigningService]:
        """A fresh process; ended at the end."""
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.fakes.signing_service"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        assert process.stdout
        assert process.stdin
        try:
            yield cls(int(process.stdout.readline()))
        finally:
            process.stdin.close()
            process.wait(10)
            process.stdout.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/csc/v1"

    def is_bad(self, fault: str) -> None:
        """From now on; empty: good again."""
        self._tell(fault)

    def asked(self, method: str) -> int:
        """How often so far; the service is good again."""
        return int(self._tell("").get(method, 0))

    def _tell(self, fault: str) -> dict[str, int]:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        told = json.dumps({"fault": fault}).encode()
        with opener.open(f"http://127.0.0.1:{self.port}/told", told, timeout=10) as reply:
            return dict(json.load(reply))


def main() -> None:
    """Serve until stdin ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Handler.service = Service()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
