"""Weekends with three replicas on one database and random outages; the long run is `make bench-years`.

Each guard of the product is also taken away once: the simulation has to see it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from bench import weekends
from bench.weekends import Tally, simulate

from hoso_bot.casework import leading
from hoso_bot.domain import reminder_times
from hoso_bot.domain.errors import Conflict
from hoso_bot.domain.quiet import Quiet
from hoso_bot.store import commit


@pytest.fixture(autouse=True)
def platform_that_is_often_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages wait, and meanwhile people submit and night falls."""
    monkeypatch.setattr(weekends, "SENDS", 0.4)


def some_weekends() -> Tally:
    return simulate(first_year=2026, years=1, teachers=12, seed=2, weeks_a_year=4)


def test_every_due_reminder_comes_once_never_at_night_never_to_who_has_submitted() -> None:
    tally = some_weekends()
    assert tally.faults == 0, tally
    assert tally.expected > 50 and tally.messages > 50 and tally.taken_back > 10, tally
    assert tally.leaders_messages >= tally.leaders_expected > 5, tally


def test_without_the_last_look_it_sees_reminders_to_who_has_submitted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(weekends, "still_wanted", lambda row, desk: True)
    assert some_weekends().to_who_had_submitted


def test_without_quiet_hours_it_sees_messages_at_night(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Quiet, "holds", lambda self, now: False)
    assert some_weekends().in_quiet_hours


def test_without_guards_it_sees_what_two_replicas_say_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    guarded = commit._run

    def careless(connection: Any, statement: Any) -> None:
        try:
            guarded(connection, statement)
        except Conflict:
            return

    monkeypatch.setattr(commit, "_run", careless)
    tally = some_weekends()
    assert tally.doubled or tally.unexpected, tally


def test_without_catching_up_it_sees_what_an_outage_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    due = reminder_times.due

    def forgetful(weeks: Any, schedule: Any, since: datetime, now: datetime) -> Any:
        return due(weeks, schedule, max(since, now - timedelta(minutes=20)), now)

    monkeypatch.setattr(reminder_times, "due", forgetful)
    assert some_weekends().missed


def test_without_readers_it_sees_what_leaders_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leading, "readers", lambda scene: [])
    assert some_weekends().leaders_missed
