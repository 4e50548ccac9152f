"""Asks a remote signing service over the API of the Cloud Signature Consortium, version 1 (CSC 1.0.4).

It runs in the main process: the workers talk to no network. What leaves is a digest and what its
signer typed. Every answer is somebody else's: read strictly, within limits of time and size; any doubt is an
error of ours.
"""

from __future__ import annotations

import base64
import http.client
import json
import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from hoso_bot.domain.errors import PinRefused, SettingsError, SignerAway
from hoso_bot.pdf.short_calls import NoAnswer, post
from hoso_bot.settings import Signing

BUDGET_SECONDS = 10.0
"""For one request; signing takes two, and a third when a bearer token ran out."""
MOST_BYTES = 2**17
SHA256 = "2.16.840.1.101.3.4.2.1"
_ALGORITHMS = ("1.2.840.113549.1.1.11", "1.2.840.10045.4.3.2", "1.2.840.113549.1.1.1")
"""sha256WithRSAEncryption, ecdsa-with-SHA256, rsaEncryption (with the hash algorithm beside it)."""
_PIN_ERRORS = ("invalid_pin", "invalid_otp")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class Access:
    """How the service knows the school: a fixed bearer token, or a client of its OAuth 2 token endpoint."""

    token: str = ""
    client_id: str = ""
    client_secret: str = ""


@dataclass(frozen=True)
class Credential:
    """A signer's key at the service: certificate (DER, its issuers behind it), algorithm, what to type."""

    certificate: bytes
    chain: tuple[bytes, ...]
    algorithm: str
    wants_pin: bool
    wants_otp: bool


class CscClient:
    """One service. Thread-safe, blocking. `url` is where `/info` lies, such as `https://sign.example/csc/v1`."""

    def __init__(self, url: str, access: Access, budget: float = BUDGET_SECONDS) -> None:
        self._base = checked_address(url)
        self._access, self._budget = access, budget
        self._bearer, self._bearer_until = access.token, float("inf") if access.token else 0.0
        self._turn = threading.Lock()

    def credential(self, credential_id: str) -> Credential:
        """What the service says about a credential. Raises SignerAway, also for one we cannot use."""
        asked = {"credentialID": credential_id, "certificates": "chain", "authInfo": True}
        said = self._call("credentials/info", asked)
        try:
            return _credential(said)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise SignerAway("remote.refused", f"credentials/info: {error!r}"[:300]) from None

    def sign(self, credential_id: str, algorithm: str, digest: bytes, pin: str, otp: str) -> bytes:
        """The signature value over a SHA-256 digest. Raises PinRefused, SignerAway."""
        hashed = base64.b64encode(digest).decode("ascii")
        asked = {"credentialID": credential_id, "numSignatures": 1, "hash": [hashed]}
        asked |= {name: value for name, value in (("PIN", pin), ("OTP", otp)) if value}
        activation = _text(self._call("credentials/authorize", asked), "SAD")
        done = self._call(
            "signatures/signHash",
            {
                "credentialID": credential_id,
                "SAD": activation,
                "hash": [hashed],
                "hashAlgo": SHA256,
                "signAlgo": algorithm,
            },
        )
        return _only_signature(done)

    # --- requests ------------------------------------------------------------------------------------

    def _call(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        """A fresh bearer token is fetched once when the service no longer takes ours."""
        for last in (False, True):
            used = self._token()
            status, said = self._post(method, json.dumps(body).encode(), "application/json", used)
            if status == http.client.OK:
                return said
            if status != http.client.UNAUTHORIZED or last or self._access.token:
                raise _refusal(method, status, said)
            self._forget(used)
        raise AssertionError("unreachable")

    def _token(self) -> str:
        with self._turn:
            if time.monotonic() >= self._bearer_until:
                self._bearer, self._bearer_until = self._fetched()
            return self._bearer

    def _forget(self, used: str) -> None:
        with self._turn:
            if self._bearer == used:
                self._bearer_until = 0.0

    def _fetched(self) -> tuple[str, float]:
        """OAuth 2 client credentials (RFC 6749, 4.4), the secret in the Authorization header."""
        basic = base64.b64encode(f"{self._access.client_id}:{self._access.client_secret}".encode()).decode()
        form = b"grant_type=client_credentials&scope=service"
        kind = "application/x-www-form-urlencoded"
        status, said = self._post("oauth2/token", form, kind, basic, "Basic")
        if status != http.client.OK:
            raise _refusal("oauth2/token", status, said)
        lifetime = said.get("expires_in", 300)
        if not isinstance(lifetime, int) or isinstance(lifetime, bool):
            raise SignerAway("remote.down", "oauth2/token: expires_in is no number")
        return _text(said, "access_token"), time.monotonic() + max(0, min(lifetime, 86400) - 10)

    def _post(
        self, method: str, body: bytes, kind: str, proof: str, scheme: str = "Bearer"
    ) -> tuple[int, dict[str, Any]]:
        headers = {"Content-Type": kind, "Accept": "application/json", "Authorization": f"{scheme} {proof}"}
        try:
            status, data = post(
                self._base, f"{self._base.path}/{method}", body, headers, self._budget, MOST_BYTES
            )
        except NoAnswer as error:
            raise SignerAway("remote.down", f"{method}: {error}") from None
        try:
            said = json.loads(data)
        except ValueError:
            said = None
        if isinstance(said, dict):
            return status, said
        if status == http.client.OK:
            raise SignerAway("remote.down", f"{method}: the answer is no JSON object")
        return status, {}


def checked_address(url: str) -> SplitResult:
    """A service's address: https, or anything on this machine. Raises SettingsError."""
    target = urlsplit(url.rstrip("/"))
    plain = target.scheme == "http" and target.hostname in _LOOPBACK
    if not target.hostname or not (target.scheme == "https" or plain) or target.query or target.username:
        raise SettingsError(f"HOSO_SIGNING__CSC_URL is no https address: {target.hostname or url!r}")
    return target


def _refusal(method: str, status: int, said: dict[str, Any]) -> Exception:
    """A wrong PIN is the signer's; server trouble passes; anything else somebody has to look at."""
    code = said.get("error")
    if status == http.client.BAD_REQUEST and method == "credentials/authorize" and code in _PIN_ERRORS:
        return PinRefused("pin.wrong")
    why = f"{method}: {status} {_shown(code)} {_shown(said.get('error_description'))}".strip()
    return SignerAway("remote.down" if status >= http.client.INTERNAL_SERVER_ERROR else "remote.refused", why)


def _shown(value: Any) -> str:
    return "".join(letter for letter in value if letter.isprintable())[:120] if isinstance(value, str) else ""


def _text(said: dict[str, Any], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not value or not value.isascii():
        raise SignerAway("remote.down", f"the answer holds no {name}")
    return value


def _only_signature(said: dict[str, Any]) -> bytes:
    found = said.get("signatures")
    if not isinstance(found, list) or len(found) != 1 or not isinstance(found[0], str):
        raise SignerAway("remote.refused", "signatures/signHash: not one signature for one hash")
    try:
        return base64.b64decode(found[0], validate=True)
    except ValueError:
        raise SignerAway("remote.refused", "signatures/signHash: the signature is no base64") from None


def _credential(said: dict[str, Any]) -> Credential:
    """Raises KeyError, TypeError, ValueError, IndexError for an answer that cannot be used."""
    certificates = [base64.b64decode(text, validate=True) for text in said["cert"]["certificates"]]
    if said["key"]["status"] != "enabled" or said["cert"].get("status", "valid") != "valid":
        raise ValueError("the credential is not in force")
    if said["authMode"] != "explicit":
        raise ValueError(f"authMode {said['authMode']!r} is not supported, only explicit")
    wants_pin, wants_otp = (_is_wanted(said.get(name)) for name in ("PIN", "OTP"))
    if wants_otp and said["OTP"].get("type", "offline") != "offline":
        raise ValueError("a one-time code that the service has to send first is not supported")
    if not wants_pin and not wants_otp:
        raise ValueError("neither PIN nor OTP")
    algorithm = next(oid for oid in (*_ALGORITHMS, None) if oid is None or oid in said["key"]["algo"])
    if algorithm is None:
        raise ValueError("the key signs with none of RSA PKCS#1 v1.5 and ECDSA over SHA-256")
    return Credential(certificates[0], tuple(certificates[1:]), algorithm, wants_pin, wants_otp)


def _is_wanted(part: Any) -> bool:
    """`presence`: `true`, `false` or `optional`; what is optional is not asked for."""
    return isinstance(part, dict) and part.get("presence") in ("true", True)


def signing_service(signing: Signing) -> CscClient | None:
    """The remote signing service of the settings, if there is one. Raises SettingsError."""
    if signing.csc_url is None:
        return None
    token, secret = (
        given.get_secret_value() if given else "" for given in (signing.csc_token, signing.csc_client_secret)
    )
    if not token and not (signing.csc_client_id and secret):
        raise SettingsError(
            "HOSO_SIGNING__CSC_URL needs HOSO_SIGNING__CSC_TOKEN, or CSC_CLIENT_ID and CSC_CLIENT_SECRET"
        )
    return CscClient(signing.csc_url, Access(token, signing.csc_client_id or "", secret))
