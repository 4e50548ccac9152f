"""Keys on PKCS#11 tokens, reached through one process that loads the modules (`token_worker`)."""

from __future__ import annotations

import base64
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import serialization

from hoso_bot.domain.errors import PinRefused, SignerAway, SigningFailed
from hoso_bot.domain.signing import Algorithm, PinOrder, SigningKey
from hoso_bot.pdf.custody import key_name, seal
from hoso_bot.pdf.keys import PublicKey
from hoso_bot.pdf.order_wording import base64_text
from hoso_bot.pdf.outside_keys import TokenPlace, place_of
from hoso_bot.pdf.pin_bench import DeskKeys
from hoso_bot.pdf.worker_process import FrameError, WorkerGone, WorkerProcess

ANSWER_SECONDS = 20.0
_MAKING_SECONDS = 180.0  # an RSA key made inside a slow card


@dataclass(frozen=True)
class TokenPair:
    """A key pair on a token: where it is, its public half, the certificate kept beside it (DER or empty).

    made: it was not there before.
    """

    place: TokenPlace
    public_key: PublicKey
    certificate: bytes
    made: bool


class Tokens:
    """Every token of a school; orders go one after the other, as a reader takes them anyway.

    The process has the desk's own keys but not the master key, so that a vendor's library never shares
    memory with it. `environment` is all it finds (a module's own settings, such as SOFTHSM2_CONF).
    """

    def __init__(
        self, keys: DeskKeys, environment: Mapping[str, str], seconds: float = ANSWER_SECONDS
    ) -> None:
        self._keys, self._seconds = keys, seconds
        hello = {**keys.to_json(), "master_key": ""}
        self._process = WorkerProcess("hoso_bot.pdf.token_worker", hello, environment)
        self._turn = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid

    def open(self, order: PinOrder) -> str:
        """Log in to the token once; what a window keeps of the PIN. Raises PinRefused, SignerAway."""
        asked = {**self._about(order.key), "do": "open", "typed": order.pin}
        return str(self._ask(asked)["window"])

    def proves_pins(self) -> bool:
        """Whether `open` has found out that the PIN is right."""
        return True

    def asks_for(self, key: SigningKey) -> str:
        """What a signer types."""
        return "token"

    def is_spent(self, key: SigningKey) -> bool:
        """Whether one signature uses up what was typed."""
        return False

    def signature(self, key: SigningKey, window: str, attributes: bytes) -> bytes:
        """The signature value over the attributes. Raises PinRefused, SignerAway, SigningFailed."""
        asked = {**self._about(key), "do": "sign", "window": window, "attributes": base64_text(attributes)}
        return base64.b64decode(self._ask(asked)["signature"])

    def find_or_make(self, module: str, token: str, key: str, pin: str, algorithm: Algorithm) -> TokenPair:
        """The key pair of this label on a token, made inside it where there is none.

        Raises PinRefused, SignerAway, SigningFailed.
        """
        place = TokenPlace(module, token, "", key)
        typed = seal(self._keys.public_door, pin)
        asked = {"do": "enrol", "place": place.to_json(), "typed": typed, "algorithm": algorithm}
        done = self._ask(asked, _MAKING_SECONDS)
        found = TokenPlace(module, token, str(done["serial"]), key)
        public = _public(base64.b64decode(done["public"]))
        return TokenPair(found, public, base64.b64decode(done["certificate"]), bool(done["made"]))

    def _about(self, key: SigningKey) -> dict[str, Any]:
        place = place_of(self._keys.master_key, key)
        return {"place": place, "name": key_name(key.certificate_pem)}

    def _ask(self, order: dict[str, Any], seconds: float | None = None) -> dict[str, Any]:
        """Never twice: an order that killed the process may have cost a try of the PIN."""
        with self._turn:
            try:
                reply = self._process.ask(order, seconds or self._seconds)
            except (WorkerGone, FrameError) as error:
                self._process.stop()
                raise SignerAway("token.broken", f"the token's process: {error}", tried=True) from error
        if "refused" in reply:
            raise PinRefused(str(reply["refused"]))
        if "away" in reply:
            raise SignerAway(str(reply["away"]), str(reply.get("why")), bool(reply.get("tried")))
        if not isinstance(reply.get("done"), dict):
            raise SigningFailed(str(reply.get("failed", "no answer")))
        return dict(reply["done"])

    def close(self) -> None:
        """End the process."""
        with self._turn:
            self._process.stop()


def _public(der: bytes) -> PublicKey:
    """Reads SubjectPublicKeyInfo and RSAPublicKey alike."""
    key = serialization.load_der_public_key(der)
    if not isinstance(key, PublicKey):
        raise SigningFailed("a kind of key this desk does not use")
    return key
