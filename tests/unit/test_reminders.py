"""Who is reminded of what: one message a person, never about what is done, never twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoso_bot.domain.calendar import VN, default_weeks
from hoso_bot.domain.expected import Due, Standing
from hoso_bot.domain.reminder_times import Kind, Moment, Schedule, moments
from hoso_bot.domain.reminders import (
    Call,
    Draft,
    Item,
    Lack,
    Reminder,
    Return,
    calls_of,
    lacking,
    plan,
    same_lacks,
    without_just_told,
)
from hoso_bot.domain.roster import Person, Role

WEEKS = default_weeks("2026-2027")
W13, W14 = WEEKS[12], WEEKS[13]
TAUGHT = [day for week in WEEKS for day in week.days]
MOMENTS = {m.kind: m for m in moments(W13, TAUGHT, Schedule())}
SATURDAY = MOMENTS[Kind.EVE].at
LOAN = Person("p1", "GV01", "Tạ Thị Loan", Role.TEACHER, "Tổ 4-5", ("4A", "4B"), ("Toán",))
KEY = (W13.year, W13.number)


def due(standing: Standing, part: str = "", person: Person = LOAN) -> Due:
    return Due(person, standing, part=part)


def draft(part: str | None = "", week: int | None = 13, hours: float = 2) -> Draft:
    year = W13.year if week else None
    return Draft("u1", LOAN.id, "tuan13.pdf", SATURDAY - timedelta(hours=hours), year, week, part)


def lacks(
    *dues: Due, returns: list[Return] | None = None, drafts: list[Draft] | None = None
) -> list[tuple[str, ...]]:
    found = lacking(W13, dues, returns or [], drafts or []).get(LOAN.id, ())
    return [(item.lack.value, *item.parts) for item in found]


BACK = Return(LOAN.id, "4A", "Thiếu phần mở đầu", "Bùi Thị Tuyết Nga", SATURDAY - timedelta(days=1))


@pytest.mark.parametrize(
    ("dues", "expected"),
    [
        ([due(Standing.MISSING)], [("missing",)]),
        ([due(Standing.HANDED_IN)], []),
        ([due(Standing.APPROVED)], []),
        ([due(Standing.EXEMPT)], []),
        ([due(Standing.MISSING, "4A"), due(Standing.MISSING, "4B")], [("missing", "4A", "4B")]),
        ([due(Standing.APPROVED, "4A"), due(Standing.MISSING, "4B")], [("missing", "4B")]),
        (
            [due(Standing.RETURNED, "4A"), due(Standing.MISSING, "4B")],
            [("returned", "4A"), ("missing", "4B")],
        ),
        ([due(Standing.RETURNED), due(Standing.RETURNED, "", replace(LOAN, id="p2"))], [("returned",)]),
    ],
)
def test_what_is_lacking(dues: list[Due], expected: list[tuple[str, ...]]) -> None:
    assert lacks(*dues) == expected


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (draft(), [("unconfirmed",)]),
        (draft(part=None), [("unconfirmed",)]),
        (draft(week=None), [("unconfirmed",)]),
        (draft(week=14), [("missing",)]),
    ],
)
def test_a_file_that_waits_comes_first(file: Draft, expected: list[tuple[str, ...]]) -> None:
    assert lacks(due(Standing.MISSING), drafts=(file,)) == expected
    assert lacks(due(Standing.HANDED_IN), drafts=(file,)) == []


def test_a_file_for_one_class_leaves_the_other_missing() -> None:
    both = due(Standing.MISSING, "4A"), due(Standing.MISSING, "4B")
    assert lacks(*both, drafts=(draft("4B"),)) == [("unconfirmed", "4B"), ("missing", "4A")]


def test_the_reason_of_a_return_is_told_in_its_own_words() -> None:
    (item,) = lacking(W13, [due(Standing.RETURNED, "4A")], [BACK])[LOAN.id]
    assert (item.reason, item.leader) == ("Thiếu phần mở đầu", "Bùi Thị Tuyết Nga")


def test_who_was_just_told_of_a_return_is_not_told_again() -> None:
    items = lacking(W13, [due(Standing.RETURNED, "4A")], [BACK])[LOAN.id]
    assert without_just_told(items, BACK.at + timedelta(minutes=59)) == ()
    assert without_just_told(items, BACK.at + timedelta(minutes=60)) == items


# --- one message ---------------------------------------------------------------------------------------

MISSING = Item(Lack.MISSING, W13)
OPEN = {KEY: {LOAN.id: (MISSING,)}}


def calls(*kinds: Kind) -> list[Call]:
    return [call for kind in kinds for call in calls_of(MOMENTS[kind], [LOAN.id], "KHBD")]


@pytest.mark.parametrize(
    ("kinds", "now", "round_"),
    [
        ([Kind.EVE], SATURDAY, Kind.EVE),
        ([Kind.EVE], SATURDAY + timedelta(minutes=31), Kind.CATCH_UP),
        ([Kind.EVE, Kind.DAY_FIRST], MOMENTS[Kind.DAY_FIRST].at, Kind.CATCH_UP),
        ([Kind.DAY_MIDDLE], MOMENTS[Kind.DAY_MIDDLE].at, Kind.DAY_MIDDLE),
        ([Kind.LATE], MOMENTS[Kind.LATE].at + timedelta(hours=30), Kind.LATE),
    ],
)
def test_one_message_whatever_was_missed(kinds: list[Kind], now: datetime, round_: Kind) -> None:
    (reminder,) = plan(calls(*kinds), OPEN, now)
    assert (reminder.round, reminder.items, len(reminder.calls)) == (round_, (MISSING,), len(kinds))


def test_two_weeks_are_one_message() -> None:
    later = Moment(W14, Kind.EVE, SATURDAY, W14.deadline)
    both = {KEY: {LOAN.id: (MISSING,)}, (W14.year, 14): {LOAN.id: (Item(Lack.MISSING, W14),)}}
    (reminder,) = plan([*calls(Kind.EVE), *calls_of(later, [LOAN.id], "KHBD")], both, SATURDAY)
    assert [item.week for item in reminder.items] == [W13, W14]
    assert reminder.facts(SATURDAY)["deadline"] == W13.deadline.isoformat()


def test_who_has_nothing_left_hears_nothing_and_is_settled() -> None:
    (reminder,) = plan(calls(Kind.EVE), {KEY: {}}, SATURDAY)
    assert (reminder.items, len(reminder.calls)) == ((), 1)


def test_what_is_out_of_date_is_no_call() -> None:
    assert plan(calls(Kind.DAY_LAST), OPEN, W13.deadline) == []


def test_nobody_is_reminded_twice_within_the_hour_unless_asked_for() -> None:
    told = {LOAN.id: SATURDAY - timedelta(minutes=20)}
    (folded,) = plan(calls(Kind.EVE), OPEN, SATURDAY, told)
    assert folded.items == ()
    asked = replace(calls(Kind.EVE)[0], kind=Kind.SNOOZED)
    (snoozed,) = plan([asked], OPEN, SATURDAY, told)
    assert (snoozed.round, snoozed.items) == (Kind.SNOOZED, (MISSING,))


def test_a_waiting_file_and_the_week_it_is_for_are_one_line() -> None:
    waiting = Item(Lack.UNCONFIRMED, W13, name="tuan13.pdf", upload_id="u1", since=SATURDAY)
    own = Call(LOAN.id, "", 0, "u1", Kind.UNCONFIRMED, SATURDAY, SATURDAY + timedelta(hours=9))
    (reminder,) = plan(
        [own, *calls(Kind.EVE)], {KEY: {LOAN.id: (waiting,)}}, SATURDAY, drafts={"u1": waiting}
    )
    assert reminder.items == (waiting,) and reminder.words == "unconfirmed"


@pytest.mark.parametrize(
    ("lacks_", "words"),
    [
        ([Lack.MISSING], "eve"),
        ([Lack.UNCONFIRMED], "unconfirmed"),
        ([Lack.RETURNED], "returned"),
        ([Lack.UNCONFIRMED, Lack.RETURNED], "returned"),
        ([Lack.RETURNED, Lack.MISSING], "eve"),
    ],
)
def test_the_words_fit_what_is_lacking(lacks_: list[Lack], words: str) -> None:
    items = tuple(Item(lack, W13, upload_id=str(n)) for n, lack in enumerate(lacks_))
    assert Reminder(LOAN.id, Kind.EVE, items).words == words


def test_a_waiting_file_says_until_when_its_arrival_counts() -> None:
    waiting = Item(Lack.UNCONFIRMED, W13, upload_id="u1", since=SATURDAY)
    assert waiting.facts(SATURDAY + timedelta(hours=11))["on_time_until"] is not None
    assert waiting.facts(SATURDAY + timedelta(hours=12))["on_time_until"] is None


def test_a_reminder_on_its_way_is_compared_by_what_it_asks_for() -> None:
    one = [MISSING.facts(SATURDAY), Item(Lack.RETURNED, W13, reason="x").facts(SATURDAY)]
    assert same_lacks(one, reversed(one))
    assert not same_lacks(one, one[:1])
    assert not same_lacks([MISSING.facts(SATURDAY)], [Item(Lack.MISSING, W13, ("4A",)).facts(SATURDAY)])


# --- whatever happens ----------------------------------------------------------------------------------

PEOPLE = [f"p{n}" for n in range(6)]


@given(
    st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(list(MOMENTS))), max_size=30),
    st.sets(st.sampled_from(PEOPLE)),
    st.dictionaries(st.sampled_from(PEOPLE), st.integers(0, 120)),
    st.integers(-60, 4000),
)
def test_every_call_is_settled_once_and_only_who_lacks_something_hears(
    wanted: list[tuple[str, Kind]], missing: set[str], told: dict[str, int], minutes: int
) -> None:
    now = SATURDAY + timedelta(minutes=minutes)
    found = [calls_of(MOMENTS[kind], [person], "KHBD")[0] for person, kind in dict.fromkeys(wanted)]
    items = {KEY: dict.fromkeys(missing, (MISSING,))}
    last = {person: now - timedelta(minutes=ago) for person, ago in told.items()}
    reminders = plan(found, items, now, last)
    assert len({r.person_id for r in reminders}) == len(reminders)
    settled = [call.key for reminder in reminders for call in reminder.calls]
    assert sorted(settled) == sorted(call.key for call in found if call.stale_at > now)
    for reminder in reminders:
        quiet = reminder.person_id not in missing or told.get(reminder.person_id, 999) < 60
        assert (reminder.items == ()) == quiet


def test_plans_are_made_in_vietnams_time() -> None:
    assert SATURDAY.tzinfo is VN and (SATURDAY.hour, SATURDAY.weekday()) == (8, 5)
