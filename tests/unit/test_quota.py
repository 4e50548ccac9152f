"""How much one person may send, and from when on again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hoso_bot.domain.quota import DAY, HOUR, Earlier, Quota

NOW = datetime(2026, 11, 29, 13, 0, tzinfo=UTC)
QUOTA = Quota(files=3, bytes=100)


def sent(*minutes_and_sizes: tuple[int, int]) -> list[Earlier]:
    return [Earlier(NOW - timedelta(minutes=ago), size) for ago, size in minutes_and_sizes]


def test_below_both_numbers_a_file_fits() -> None:
    assert QUOTA.until([], 100, NOW) is None
    assert QUOTA.until(sent((50, 30), (40, 30)), 40, NOW) is None


def test_a_fourth_file_fits_when_the_first_is_an_hour_old() -> None:
    earlier = sent((50, 1), (40, 1), (30, 1))
    assert QUOTA.until(earlier, 1, NOW) == earlier[0].sent_at + HOUR
    assert QUOTA.until(earlier, 1, earlier[0].sent_at + HOUR) is None


def test_too_many_bytes_wait_until_enough_are_a_day_old() -> None:
    earlier = sent((900, 40), (800, 40), (700, 10))
    assert QUOTA.until(earlier, 50, NOW) == earlier[0].sent_at + DAY
    assert QUOTA.until(earlier, 51, NOW) == earlier[1].sent_at + DAY
    assert QUOTA.until(earlier, 51, earlier[1].sent_at + DAY) is None


def test_what_is_more_than_a_day_allows_fits_on_an_empty_day() -> None:
    earlier = sent((700, 10))
    assert QUOTA.until([], 101, NOW) is None
    assert QUOTA.until(earlier, 101, NOW) == earlier[0].sent_at + DAY


def test_what_was_sent_later_does_not_count() -> None:
    assert QUOTA.until(sent((-1, 1), (-2, 1), (-3, 99)), 50, NOW) is None
