"""A timestamp authority (RFC 3161) with an OCSP responder in a process of its own, good and bad.

certomancer makes the tokens; the paths below `/tsa` decide what is wrong with them.

    with TimestampAuthority.started() as authority:
        authority.url("good")
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from asn1crypto import keys as asn1_keys
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from certomancer.services import TimeStamper
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

SLOW_SECONDS = 10.0
LONG_AGO, FAR_AWAY = datetime(2015, 1, 1, tzinfo=UTC), datetime(2045, 1, 1, tzinfo=UTC)
DER, PEM = serialization.Encoding.DER, serialization.Encoding.PEM


@dataclass(frozen=True)
class Holder:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def certified(
    name: str,
    issuer: Holder | None,
    until: datetime = FAR_AWAY,
    purpose: x509.ObjectIdentifier | None = None,
    ocsp_url: str = "",
) -> Holder:
    """A root (no issuer), or an end certificate of `issuer`."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    above = issuer.certificate.subject if issuer else subject
    signer = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(LONG_AGO)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(issuer is None, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .add_extension(_usage(is_root=issuer is None), critical=True)
    )
    if purpose:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)
    if ocsp_url:
        where = x509.AccessDescription(
            AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(ocsp_url)
        )
        builder = builder.add_extension(x509.AuthorityInformationAccess([where]), critical=False)
    return Holder(builder.sign(signer, hashes.SHA256()), key)


def _usage(is_root: bool) -> x509.KeyUsage:
    return x509.KeyUsage(not is_root, not is_root, False, False, False, is_root, is_root, False, False)


class Authority:
    """The server's side: one root, a good and an expired timestamping certificate."""

    def __init__(self, port: int) -> None:
        self.root = certified("Test timestamp root", None)
        self.tsa = self._tsa("Test timestamp authority", FAR_AWAY, f"http://127.0.0.1:{port}/ocsp")
        self.expired = self._tsa("Expired timestamp authority", datetime(2021, 1, 1, tzinfo=UTC), "")
        self.server_like = certified("Not for timestamps", self.root, purpose=ExtendedKeyUsageOID.SERVER_AUTH)
        self.soon_over: Holder | None = None
        self.renewed = False
        self.now: datetime | None = None
        self.dead = False
        self.asked = 0

    def _tsa(self, name: str, until: datetime, ocsp_url: str) -> Holder:
        return certified(name, self.root, until, ExtendedKeyUsageOID.TIME_STAMPING, ocsp_url)

    def answer(self, kind: str, body: bytes) -> tuple[int, bytes]:
        """(HTTP status, body) for a timestamp request."""
        self.asked += 1
        if kind == "error" or self.dead:
            return 500, b"out of order"
        if kind == "garbage":
            return 200, bytes(range(256)) * 8
        if kind == "refusing":
            return 200, bytes.fromhex("30053003020102")  # PKIStatus rejection, no token
        if kind == "slow":
            time.sleep(SLOW_SECONDS)
        request = tsp.TimeStampReq.load(body)
        if kind == "wrong_nonce":
            request["nonce"] = request["nonce"].native + 1
        if kind == "wrong_imprint":
            request["message_imprint"]["hashed_message"] = bytes(32)
        return 200, self._stamper(kind).request_tsa_response(request).dump()

    def _stamper(self, kind: str) -> TimeStamper:
        holder = {"expired": self.expired, "wrong_purpose": self.server_like}.get(kind, self.tsa)
        now = self.now or datetime.now(UTC)
        if kind == "soon_over" and not self.renewed:
            holder = self._ending(now + timedelta(days=30))
        if kind == "wrong_clock":
            now += timedelta(hours=5)
        return TimeStamper(
            asn1_x509.Certificate.load(holder.certificate.public_bytes(DER)),
            asn1_keys.PrivateKeyInfo.load(
                holder.key.private_bytes(DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            ),
            certs_to_embed=[asn1_x509.Certificate.load(self.root.certificate.public_bytes(DER))],
            fixed_dt=now.replace(microsecond=0),
        )

    def _ending(self, until: datetime) -> Holder:
        """The certificate of a month, made when it is first asked for."""
        self.soon_over = self.soon_over or self._tsa("Authority of a month", until, "")
        return self.soon_over

    def ocsp(self, body: bytes) -> bytes:
        """`good` for the certificate asked for, signed by the root itself."""
        asked = ocsp.load_der_ocsp_request(body)
        now = (self.now or datetime.now(UTC)).replace(microsecond=0)
        single = ocsp.OCSPResponseBuilder().add_response_by_hash(
            asked.issuer_name_hash,
            asked.issuer_key_hash,
            asked.serial_number,
            asked.hash_algorithm,
            ocsp.OCSPCertStatus.GOOD,
            now - timedelta(minutes=1),
            now + timedelta(days=7),
            None,
            None,
        )
        made = single.responder_id(ocsp.OCSPResponderEncoding.HASH, self.root.certificate)
        return made.sign(self.root.key, hashes.SHA256()).public_bytes(DER)


class Handler(BaseHTTPRequestHandler):
    """`/tsa/KIND`, `/ocsp`, and the test's own `/told`."""

    authority: Authority

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, answer = self._answer(body)
        with contextlib.suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    def _answer(self, body: bytes) -> tuple[int, bytes]:
        if self.path == "/ocsp":
            return 200, self.authority.ocsp(body)
        if self.path == "/told":
            told = json.loads(body)
            self.authority.now = datetime.fromisoformat(told["now"]) if told.get("now") else None
            self.authority.dead = bool(told.get("dead"))
            self.authority.renewed = bool(told.get("renewed"))
            return 200, json.dumps({"asked": self.authority.asked}).encode()
        return self.authority.answer(self.path.rpartition("/")[2], body)

    def log_message(self, *words: object) -> None:
        pass


@dataclass
class TimestampAuthority:
    """The tests' side of the process."""

    port: int
    root_pem: bytes
    process: subprocess.Popen[bytes]
    now: datetime | None = None
    dead: bool = False
    renewed: bool = False

    @classmethod
    @contextlib.contextmanager
    def started(cls) -> Iterator[TimestampAuthority]:
        """A fresh process; ended at the end."""
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.fakes.timestamp_authority"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        assert process.stdout
        assert process.stdin
        try:
            hello = json.loads(process.stdout.readline())
            yield cls(hello["port"], hello["root"].encode(), process)
        finally:
            process.stdin.close()
            process.wait(10)
            process.stdout.close()

    def url(self, kind: str = "good") -> str:
        return f"http://127.0.0.1:{self.port}/tsa/{kind}"

    def says(self, now: datetime | None) -> None:
        """Its clock shows this moment, None: the real one."""
        self.now = now
        self._tell()

    def dies(self) -> None:
        self.dead = True
        self._tell()

    def recovers(self) -> None:
        self.dead = False
        self._tell()

    def renews(self) -> None:
        """What answers at `soon_over` has a certificate for many years from now on."""
        self.renewed = True
        self._tell()

    def asked(self) -> int:
        """How many timestamps it was asked for."""
        return int(self._tell()["asked"])

    def _tell(self) -> dict[str, Any]:
        now = self.now.isoformat() if self.now else None
        told = {"now": now, "dead": self.dead, "renewed": self.renewed}
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(
            f"http://127.0.0.1:{self.port}/told", json.dumps(told).encode(), timeout=10
        ) as reply:
            return dict(json.load(reply))


def main() -> None:
    """Serve until stdin ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Handler.authority = Authority(server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    root = Handler.authority.root.certificate.public_bytes(PEM).decode()
    sys.stdout.write(json.dumps({"port": server.server_port, "root": root}) + "\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
