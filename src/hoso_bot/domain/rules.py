"""The school's own rules, as versions: each school year may have others, and a change counts from a day on.

A submission is judged by the version in force at its week's first day (R2, R54); what was judged stays.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time
from typing import Any

from hoso_bot.domain.calendar import Week, school_year
from hoso_bot.domain.errors import HosoError
from hoso_bot.domain.units import Unit


class RulesRefused(HosoError):
    """This is not a rule the bot knows; nothing was changed."""

    exit_code = 1


@dataclass(frozen=True)
class Rules:
    """effective_week: weeks before it are backfill, in its own year (R42-R44). open_weeks: R12.

    deadline: `HH:MM` on the Sunday before (R11); 23:59 means its last second. unit: what one plan of a week
    covers, a `Unit` (Q5).
    """

    effective_week: int = 1
    open_weeks: int = 2
    deadline: str = "23:59"
    unit: str = "teacher"

    @property
    def closes(self) -> time:
        """The last moment of the deadline's day."""
        hour, minute = (int(part) for part in self.deadline.split(":"))
        return time(23, 59, 59) if (hour, minute) == (23, 59) else time(hour, minute)


@dataclass(frozen=True)
class RuleVersion:
    """All rules from `effective_from` on, with a word why; `year` is that day's school year."""

    id: str
    effective_from: date
    rules: Rules
    note: str
    by: str
    at: datetime

    @property
    def year(self) -> str:
        """The school year this version was made for."""
        return school_year(self.effective_from)


def in_force(versions: Collection[RuleVersion], week: Week, default: Rules, default_year: str) -> Rules:
    """The rules of one week: the newest version that counts from its first day or earlier, else `default`.

    The effective week is a matter of the year the bot was introduced in; later years count from their first
    week. default_year: the school year `default` was written for.
    """
    started = [v for v in versions if v.effective_from <= week.first]
    newest = max(started, key=lambda v: (v.effective_from, v.at), default=None)
    rules, year = (newest.rules, newest.year) if newest else (default, default_year)
    return rules if year == week.year else replace(rules, effective_week=min(rules.effective_week, 1))


def to_know(versions: Collection[RuleVersion], today: date) -> tuple[RuleVersion, ...]:
    """What somebody who comes now has to read: the version in force, and those ahead (R54, R56)."""
    in_order = sorted(versions, key=lambda v: (v.effective_from, v.at))
    started = [v for v in in_order if v.effective_from <= today]
    return (*started[-1:], *(v for v in in_order if v.effective_from > today))


def changes_of(
    version: RuleVersion, versions: Collection[RuleVersion], default: Rules, default_year: str
) -> list[dict[str, Any]]:
    """What `version` changed when it was made, as `difference` gives it."""
    known = [v for v in versions if v.at < version.at]
    day = Week(version.year, 0, (version.effective_from,), 1)
    return difference(in_force(known, day, default, default_year), version.rules)


def with_deadlines(weeks: Sequence[Week], versions: Collection[RuleVersion]) -> tuple[Week, ...]:
    """The weeks with the deadline's hour of the version in force at each."""
    if not versions:
        return tuple(weeks)
    return tuple(replace(w, closes=in_force(versions, w, Rules(), w.year).closes) for w in weeks)


def changed(rules: Rules, assignments: Sequence[str]) -> Rules:
    """`rules` with `KEY=VALUE` words applied: `open_weeks=3`, `deadline=21:00`.

    Raises RulesRefused that names the word and what is expected.
    """
    values: dict[str, Any] = {}
    for word in assignments:
        key, _, value = word.partition("=")
        if key not in _READERS:
            raise RulesRefused(f"{word!r}: known rules are {', '.join(_READERS)}, as KEY=VALUE")
        try:
            values[key] = _READERS[key](value.strip())
        except ValueError as error:
            raise RulesRefused(f"{word!r}: {error}") from None
    return replace(rules, **values)


def difference(before: Rules, after: Rules) -> list[dict[str, Any]]:
    """What a new version changes: `{"key", "was", "now"}` a rule."""
    old, new = asdict(before), asdict(after)
    return [{"key": key, "was": old[key], "now": new[key]} for key in new if old[key] != new[key]]


def _whole(lowest: int, highest: int) -> Any:
    def read(text: str) -> int:
        if not text.isdecimal() or not lowest <= int(text) <= highest:
            raise ValueError(f"expected a whole number from {lowest} to {highest}")
        return int(text)

    return read


def _hour(text: str) -> str:
    try:
        return f"{time.fromisoformat(text):%H:%M}"
    except ValueError:
        raise ValueError("expected an hour such as 21:00") from None


def _unit(text: str) -> str:
    if text not in list(Unit):
        raise ValueError(f"expected one of {', '.join(Unit)}")
    return text


_READERS = {"effective_week": _whole(0, 60), "open_weeks": _whole(1, 10), "deadline": _hour, "unit": _unit}
