"""Two working days, and what an error may say."""

from __future__ import annotations

from datetime import datetime

import pytest

from hoso_bot.domain.calendar import VN
from hoso_bot.domain.errors import FileRefused, outline
from hoso_bot.domain.privacy import answer_by, next_reminder


def at(day: int, hour: int = 10) -> datetime:
    """November 2026 begins on a Sunday."""
    return datetime(2026, 11, day, hour, tzinfo=VN)


@pytest.mark.parametrize(
    ("asked", "until"),
    [
        (at(2), at(4, 17)),
        (at(5), at(9, 17)),
        (at(6, 23), at(10, 17)),
        (at(7), at(10, 17)),
        (at(8), at(10, 17)),
    ],
    ids=["monday", "thursday", "friday night", "saturday", "sunday"],
)
def test_a_request_is_answered_by_the_end_of_the_second_working_day(asked: datetime, until: datetime) -> None:
    assert answer_by(asked) == until.replace(hour=17)


def test_an_overdue_one_comes_back_on_working_mornings() -> None:
    assert next_reminder(at(5, 17)) == at(6, 9)
    assert next_reminder(at(6, 17)) == at(9, 9)


def test_an_error_tells_its_class_and_place_but_not_what_it_quotes() -> None:
    def fails() -> None:
        answer_by("lời riêng của cô Loan")  # type: ignore[arg-type]

    with pytest.raises(AttributeError) as caught:
        fails()
    assert outline(caught.value).startswith("AttributeError at domain/privacy.py:")
    assert "Loan" not in outline(caught.value)
    assert outline(ValueError("lời riêng")) == "ValueError"


def test_our_own_refusals_say_why() -> None:
    assert outline(FileRefused("file.empty", name="rieng.pdf")) == "FileRefused: file.empty"
    assert "No such file" in outline(FileNotFoundError(2, "No such file"))
