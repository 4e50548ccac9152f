"""What may cost money: by what is said, by silence, by the month."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hoso_bot import texts
from hoso_bot.domain.paying import WORTH, Fare, Tariff, Worth, international, month_of, template_values

THREE_DAYS, TEN_DAYS = timedelta(days=3), timedelta(days=10)
TEMPLATES = {"reminder": "r1", "waiting": "w1"}
OFF = Tariff(monthly=1000)
REMINDERS = Tariff("reminders", 1000)
ALL = Tariff("all", 1000)
WITH_TEMPLATES = Tariff("all", 1000, templates=TEMPLATES)


@pytest.mark.parametrize(
    ("tariff", "worth", "silence", "fare"),
    [
        (OFF, Worth.REMINDER, THREE_DAYS, None),
        (OFF, Worth.RESULT, THREE_DAYS, None),
        (REMINDERS, Worth.REMINDER, THREE_DAYS, Fare.MESSAGE),
        (REMINDERS, Worth.REMINDER, timedelta(days=7), Fare.MESSAGE),
        (REMINDERS, Worth.REMINDER, timedelta(days=7, seconds=1), None),
        (REMINDERS, Worth.RESULT, THREE_DAYS, None),
        (REMINDERS, Worth.APPROVAL, THREE_DAYS, None),
        (REMINDERS, Worth.COURTESY, THREE_DAYS, None),
        (ALL, Worth.RESULT, THREE_DAYS, Fare.MESSAGE),
        (ALL, Worth.APPROVAL, THREE_DAYS, Fare.MESSAGE),
        (ALL, Worth.COURTESY, THREE_DAYS, None),
        (ALL, Worth.RESULT, TEN_DAYS, None),
        (WITH_TEMPLATES, Worth.RESULT, TEN_DAYS, Fare.TEMPLATE),
        (WITH_TEMPLATES, Worth.REMINDER, TEN_DAYS, Fare.TEMPLATE),
        (WITH_TEMPLATES, Worth.REMINDER, THREE_DAYS, Fare.MESSAGE),
        (WITH_TEMPLATES, Worth.COURTESY, TEN_DAYS, None),
        (Tariff("all", 1000, templates={"reminder": "r1"}), Worth.RESULT, TEN_DAYS, None),
    ],
)
def test_how_somebody_silent_is_reached(
    tariff: Tariff, worth: Worth, silence: timedelta, fare: Fare | None
) -> None:
    assert tariff.fare(worth, silence) is fare


def test_only_messages_that_exist_cost_anything() -> None:
    assert set(WORTH) <= texts.keys()
    assert Worth.COURTESY not in WORTH.values()


def test_the_reach_shrinks_to_the_free_window_when_the_money_is_gone() -> None:
    free = timedelta(hours=48)
    assert REMINDERS.reach(Worth.REMINDER, free, 945) == timedelta(days=7)
    assert REMINDERS.reach(Worth.REMINDER, free, 946) == free
    assert REMINDERS.reach(Worth.APPROVAL, free, 0) == free
    assert WITH_TEMPLATES.reach(Worth.REMINDER, free, 0) is None
    assert OFF.reach(Worth.REMINDER, free, 0) == free


def test_a_weekend_costs_at_most_what_is_left() -> None:
    assert REMINDERS.at_most(4, 0) == 220
    assert REMINDERS.at_most(400, 900) == 100
    assert WITH_TEMPLATES.at_most(2, 0) == 600
    assert OFF.at_most(4, 0) == 0


def test_a_month_is_vietnams() -> None:
    assert month_of(datetime(2026, 11, 30, 16, 59, tzinfo=UTC)) == "2026-11"
    assert month_of(datetime(2026, 11, 30, 17, 0, tzinfo=UTC)) == "2026-12"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("0912345678", "84912345678"),
        ("+84 912 345 678", "84912345678"),
        ("84912345678", "84912345678"),
        ("912.345.678", "84912345678"),
        ("0845678901", "84845678901"),
        ("", ""),
        ("02253123456", ""),
        ("abc", ""),
    ],
)
def test_a_phone_as_zalo_wants_it(given: str, wanted: str) -> None:
    assert international(given) == wanted


def test_the_blanks_of_a_template_are_texts() -> None:
    item = {"week": 13, "deadline": "2026-11-29T16:59:59+00:00"}
    facts = {"items": [item], "deadline": item["deadline"]}
    assert template_values(Worth.REMINDER, "Lan", facts) == {
        "name": "Lan",
        "week": "13",
        "deadline": "23:59 29/11/2026",
    }
    assert template_values(Worth.RESULT, "Lan", {"week": 13}) == {"name": "Lan", "week": "13"}
    assert template_values(Worth.REMINDER, "Lan", {}) == {"name": "Lan", "week": "", "deadline": ""}
