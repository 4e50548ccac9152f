"""Spans of days as typed: `12/10 - 14/10` and what else people write."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoso_bot.domain.calendar import VN
from hoso_bot.domain.periods import BadPeriod, Period, offered, read_period

TODAY = date(2026, 10, 7)  # a Wednesday


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("12/10 - 14/10", date(2026, 10, 12), date(2026, 10, 14)),
        ("từ 12/10 đến hết 14/10 nhé", date(2026, 10, 12), date(2026, 10, 14)),
        ("12.10.2026–14.10.26", date(2026, 10, 12), date(2026, 10, 14)),
        ("8/10", date(2026, 10, 8), date(2026, 10, 8)),
        ("5/10 - 9/10", TODAY, date(2026, 10, 9)),
        ("7/10 - 7/10", TODAY, TODAY),
    ],
)
def test_typed_days_are_read(typed: str, first: date, last: date) -> None:
    assert read_period(typed, TODAY) == Period(first, last)


def test_the_turn_of_the_year_is_understood() -> None:
    assert read_period("28/12 - 03/01", date(2026, 12, 27)) == Period(date(2026, 12, 28), date(2027, 1, 3))


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "unreadable"),
        ("tuần sau", "unreadable"),
        ("31/02", "unreadable"),
        ("12/10 - 32/10", "unreadable"),
        ("14/10 - 12/10", "unreadable"),
        ("1/10, 2/10, 9/10", "unreadable"),
        ("1/10 - 6/10", "over"),
        ("8/10/2026 - 8/3/2027", "too_long"),
    ],
)
def test_other_words_are_no_days(typed: str, why: str) -> None:
    with pytest.raises(BadPeriod) as bad:
        read_period(typed, TODAY)
    assert bad.value.text_key == f"period.{why}"


def test_both_ends_belong_to_it_and_it_ends_at_local_midnight_q12() -> None:
    period = Period(date(2026, 10, 12), date(2026, 10, 14))
    covered = [day for day in range(10, 17) if period.covers(date(2026, 10, day))]
    assert covered == [12, 13, 14]
    assert period.ends.isoformat() == "2026-10-15T00:00:00+07:00"
    assert period.begins.tzinfo is VN


@given(st.dates(date(2023, 9, 1), date(2030, 6, 1)))
def test_every_offered_period_can_be_typed_too(today: date) -> None:
    for _, period in offered(today):
        assert (period.first >= today and period.last.weekday() == 6) or period.first == period.last
        typed = f"{period.first:%d/%m} - {period.last:%d/%m}"
        assert read_period(typed, today) == period
