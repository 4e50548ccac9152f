"""The process that talks to PKCS#11 modules: it sees PINs and bytes to be signed, no file, no master key.

Started as `python -I -m hoso_bot.pdf.token_worker`. Speaks frames on stdin and stdout: first the keys of the
desk without the master key, then orders: make or find a key, try a PIN, sign bytes. A vendor's library that
crashes or hangs ends this process and nothing else (docs/decisions/0024).
"""

from __future__ import annotations

import base64
import contextlib
import functools
import sys
from typing import Any

import pkcs11
from pkcs11 import Attribute, ObjectClass
from pkcs11 import exceptions as trouble
from pkcs11.constants import TokenFlag

from hoso_bot.domain.errors import PinRefused, SignerAway, outline
from hoso_bot.pdf.custody import unseal
from hoso_bot.pdf.keys import unwrap, wrap
from hoso_bot.pdf.pin_bench import DeskKeys
from hoso_bot.pdf.token_keys import find_certificate, generate, public_half, sign_bytes
from hoso_bot.pdf.worker_loop import Answer, Idle, serve

_GONE = (
    trouble.DeviceError,
    trouble.DeviceRemoved,
    trouble.TokenNotPresent,
    trouble.TokenNotRecognised,
    trouble.SlotIDInvalid,
    trouble.SessionHandleInvalid,
    trouble.SessionClosed,
    trouble.GeneralError,
)
_WRONG = (trouble.PinIncorrect, trouble.PinInvalid, trouble.PinLenRange)


def refusal(flags: int) -> str | None:
    """Why this token must not be given a PIN now (text key): the chat never causes its last wrong try."""
    if flags & TokenFlag.USER_PIN_LOCKED:
        return "token.locked"
    if flags & TokenFlag.USER_PIN_FINAL_TRY:
        return "token.last_try"
    return None


class TokenBench:
    """Modules stay loaded between orders; sessions and logins do not."""

    def __init__(self, keys: DeskKeys) -> None:
        self._keys = keys

    def do(self, order: dict[str, Any]) -> dict[str, Any]:
        """One order. Raises PinRefused, SignerAway, PKCS11Error."""
        place = order["place"]
        match order["do"]:
            case "open":
                pin = unseal(self._keys.door, order["typed"]).strip()
                with self._session(place, pin) as session:
                    _private(session, place["key"])
                return {"window": _text(wrap(self._keys.window_key, pin.encode(), order["name"]))}
            case "sign":
                window = unwrap(self._keys.window_key, _bytes(order["window"]), order["name"])
                with self._session(place, window.decode()) as session:
                    key = _private(session, place["key"])
                    return {"signature": _text(sign_bytes(key, _bytes(order["attributes"])))}
            case "enrol":
                return self._enrol(place, unseal(self._keys.door, order["typed"]).strip(), order["algorithm"])
        raise ValueError("an order that nobody knows")

    def _enrol(self, place: dict[str, str], pin: str, algorithm: str) -> dict[str, Any]:
        """Find the key pair of this label, or make it inside the token."""
        token = _token(place)
        with self._session(place, pin, rw=True) as session:
            found = list(session.get_objects(_named(ObjectClass.PRIVATE_KEY, place["key"])))
            if not found:
                generate(session, place["key"], algorithm)
            return {
                "made": not found,
                "serial": token.serial.decode("ascii", "replace"),
                "public": _text(public_half(session, _private(session, place["key"]))),
                "certificate": _text(find_certificate(session, place["key"])),
            }

    @contextlib.contextmanager
    def _session(self, place: dict[str, str], pin: str, rw: bool = False) -> Any:
        token = _token(place)
        if why := refusal(int(token.flags)):
            raise SignerAway(why)
        try:
            session = token.open(rw=rw, user_pin=pin)
        except _WRONG:
            raise PinRefused("pin.wrong") from None
        except trouble.PinLocked:
            raise SignerAway("token.locked") from None
        with session:
            yield session


def _token(place: dict[str, str]) -> Any:
    """The token as it is plugged in now. Raises SignerAway."""
    try:
        module = pkcs11.lib(place["module"])
    except trouble.PKCS11Error as error:
        raise SignerAway("token.broken", f"the module does not start: {error!r}") from None
    for again in (False, True):
        with contextlib.suppress(trouble.PKCS11Error):
            if again:
                module.reinitialize()  # some modules see a token that was plugged in later only then
            for token in module.get_tokens(token_label=place["token"]):
                if place.get("serial", "") in ("", token.serial.decode("ascii", "replace")):
                    return token
    raise SignerAway("token.absent")


def _private(session: Any, label: str) -> Any:
    found = list(session.get_objects(_named(ObjectClass.PRIVATE_KEY, label)))
    if len(found) != 1:
        raise SignerAway("token.no_key", f"{len(found)} private keys named {label!r}")
    return found[0]


def _named(kind: ObjectClass, label: str) -> dict[Attribute, Any]:
    return {Attribute.CLASS: kind, Attribute.LABEL: label}


def answer(bench: TokenBench, order: dict[str, Any]) -> dict[str, Any]:
    """`{"done"|"refused"|"away"|"failed": …}`; no input may end the process."""
    try:
        return {"done": bench.do(order)}
    except PinRefused as refused:
        return {"refused": refused.text_key}
    except SignerAway as away:
        return {"away": away.text_key, "why": str(away), "tried": away.tried}
    except _GONE as error:
        return {"away": "token.absent", "why": repr(error), "tried": True}
    except trouble.PKCS11Error as error:  # said once, never tried again by itself: it may have cost a try
        return {"away": "token.broken", "why": repr(error), "tried": True}
    except Exception as error:
        return {"failed": outline(error)}


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)


def begin(first: dict[str, Any]) -> tuple[Answer, Idle]:
    """The bench of these keys (`DeskKeys` without the master key)."""
    return functools.partial(answer, TokenBench(DeskKeys.from_json(first))), lambda: None


if __name__ == "__main__":
    serve(begin)
    sys.exit(0)
