"""How often one address may ask: a bucket of tokens each; the longest unused is forgotten first."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable

from aiohttp import web

MOST_ADDRESSES = 10_000
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
PROXY: web.AppKey[Network] = web.AppKey("PROXY")
"""From where a proxy on another machine forwards."""


class Limit:
    """At most `most` at once and `most` per `seconds` over time, for each address."""

    def __init__(self, most: int, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._most, self._rate, self._now = float(most), most / seconds, now
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, address: str) -> bool:
        """Take one token of this address; False when there is none."""
        now = self._now()
        left, at = self._buckets.pop(address, (self._most, now))
        left = min(self._most, left + (now - at) * self._rate)
        self._buckets[address] = (left - 1 if left >= 1 else left, now)
        if len(self._buckets) > MOST_ADDRESSES:
            self._buckets.popitem(last=False)
        return left >= 1


def address_of(request: web.Request) -> str:
    """Who asks: the peer, or what a proxy on this machine or at `PROXY` says; an IPv6 network counts as one.

    Only the last entry of X-Forwarded-For is the proxy's own; the ones before are whatever was sent.
    """
    peer = request.remote or ""
    if _is_a_proxy(peer, request.app.get(PROXY)) and (forwarded := request.headers.get("X-Forwarded-For")):
        peer = forwarded.rpartition(",")[2].strip()
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return peer[:64]
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((int(address), 64), strict=False))


def _is_a_proxy(peer: str, elsewhere: Network | None) -> bool:
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    return address.is_loopback or (elsewhere is not None and address in elsewhere)
