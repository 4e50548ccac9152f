"""Weekends with three replicas on one database and random outages; the long run is `make bench-years`."""

from __future__ import annotations

from bench.weekends import simulate


def test_every_due_reminder_comes_once_never_at_night_never_to_who_has_submitted() -> None:
    tally = simulate(first_year=2026, years=1, teachers=8, seed=7, weeks_a_year=2)
    assert tally.faults == 0, tally
    assert tally.expected > 10 and tally.messages > 10, tally
