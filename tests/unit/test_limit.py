"""How often one address may ask."""

from __future__ import annotations

from ipaddress import ip_network
from types import SimpleNamespace
from typing import Any

import pytest

from hoso_bot.web import limit
from hoso_bot.web.limit import PROXY, Limit, address_of


class Stopwatch:
    """Seconds that a test owns."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_a_burst_is_allowed_then_the_pace_counts() -> None:
    now = Stopwatch()
    asked = Limit(3, 60.0, now)
    assert [asked.allows("a") for _ in range(4)] == [True, True, True, False]
    assert asked.allows("b")
    now.seconds = 21.0
    assert [asked.allows("a") for _ in range(2)] == [True, False]
    now.seconds = 10_000.0
    assert [asked.allows("a") for _ in range(4)] == [True, True, True, False]


def test_asking_while_refused_does_not_lock_out_for_longer() -> None:
    now = Stopwatch()
    asked = Limit(1, 60.0, now)
    for second in range(61):
        now.seconds = float(second)
        last = asked.allows("a")
    assert last


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limit, "MOST_ADDRESSES", 5)
    asked = Limit(1, 60.0, Stopwatch())
    for number in range(50):
        asked.allows(f"10.0.0.{number}")
    assert len(asked._buckets) == 5


def request(remote: str | None, forwarded: str | None = None, proxy: str | None = None) -> Any:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    app = {PROXY: ip_network(proxy)} if proxy else {}
    return SimpleNamespace(remote=remote, headers=headers, app=app)


@pytest.mark.parametrize(
    ("remote", "forwarded", "address"),
    [
        ("203.0.113.5", None, "203.0.113.5"),
        ("203.0.113.5", "198.51.100.1", "203.0.113.5"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        ("::1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("127.0.0.1", "nonsense", "nonsense"),
        (None, None, ""),
    ],
)
def test_an_address_is_the_peer_or_what_our_own_proxy_says(
    remote: str | None, forwarded: str | None, address: str
) -> None:
    assert address_of(request(remote, forwarded)) == address


@pytest.mark.parametrize(
    ("remote", "address"), [("172.30.77.2", "198.51.100.1"), ("172.30.77.3", "172.30.77.3"), ("::2", "::/64")]
)
def test_a_proxy_elsewhere_is_believed_only_at_its_own_address(remote: str, address: str) -> None:
    assert address_of(request(remote, "6.6.6.6, 198.51.100.1", "172.30.77.2/32")) == address
