"""What the doctor says about the timestamp authority."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.fakes.clock import FakeClock
from tests.fakes.timestamp_authority import TimestampAuthority
from tests.school import NOW

from hoso_bot.doctor import Finding, _timestamps
from hoso_bot.settings import Settings, Signing


@pytest.fixture(scope="module")
def authority() -> Iterator[TimestampAuthority]:
    with TimestampAuthority.started() as authority:
        authority.says(NOW)
        yield authority


def found(url: str | None, home: Path, seconds: float = 0) -> list[Finding]:
    clock = FakeClock(NOW)
    clock.skip(timedelta(seconds=seconds))
    return list(_timestamps(Settings(home=home, signing=Signing(tsa_url=url)), clock))


def test_nothing_is_said_where_no_authority_is_set(tmp_path: Path) -> None:
    assert found(None, tmp_path) == []


def test_a_good_authority_is_named_with_its_end(authority: TimestampAuthority, tmp_path: Path) -> None:
    clock, end = found(authority.url(), tmp_path)
    assert clock.ok and end.ok and end.what.endswith("its certificate ends on 2045-01-01")


def test_a_certificate_that_ends_soon_is_a_trouble(authority: TimestampAuthority, tmp_path: Path) -> None:
    clock, end = found(authority.url("soon_over"), tmp_path)
    assert clock.ok and not end.ok and "have it renewed" in end.what


def test_clocks_that_differ_are_a_trouble(authority: TimestampAuthority, tmp_path: Path) -> None:
    clock, end = found(authority.url(), tmp_path, seconds=200)
    assert end.ok and not clock.ok and "differ by 200 s: set this machine" in clock.what


@pytest.mark.parametrize(
    ("kind", "why"),
    [("error", "answers 500"), ("expired", "not valid then"), ("wrong_clock", "the authority's clock says")],
)
def test_an_authority_that_gives_no_token_is_a_trouble_with_its_mend(
    authority: TimestampAuthority, tmp_path: Path, kind: str, why: str
) -> None:
    (trouble,) = found(authority.url(kind), tmp_path)
    assert not trouble.ok and why in trouble.what and "check HOSO_SIGNING__TSA_URL" in trouble.what


def test_an_address_that_is_none_is_named(tmp_path: Path) -> None:
    (trouble,) = found("ftp://tsa.example", tmp_path)
    assert not trouble.ok and "no http(s) address" in trouble.what
