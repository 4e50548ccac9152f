"""What a card says and which buttons it has."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hoso_bot.domain import cards
from hoso_bot.domain import events as ev
from hoso_bot.domain.approval import ApprovalStep, StepState
from hoso_bot.domain.calendar import default_weeks
from hoso_bot.domain.events import Address
from hoso_bot.domain.inspection import Finding, Inspection, PlanFacts, Structure
from hoso_bot.domain.messages import Attachment, Button, Message
from hoso_bot.domain.roster import Person, Role
from hoso_bot.domain.routing import Step
from hoso_bot.domain.submission import Plan, PlanState, Upload, UploadState, Version, VersionState

NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)
WEEKS = default_weeks("2026-2027")
WEEK = WEEKS[12]
LOAN = Person("t", "GV09", "Tạ Thị Loan", Role.TEACHER, "Tổ 4-5")
NGA = Person("h", "GV06", "Bùi Thị Tuyết Nga", Role.GROUP_HEAD, "Tổ 4-5")
HINT = Finding("many_pages", "hint", (3,), {"pages": 130, "hint_pages": 120})
SEEN = Inspection(
    Structure(size=9, pages=2, text_layer=True), PlanFacts(weeks=(13,), classes=("5B",), lessons=3), (HINT,)
)
UPLOAD = Upload("u", "t", "a", "tuan 13.pdf", 9, NOW, UploadState.READY, Address("telegram", "1"), SEEN)
PLAN = Plan("p", "2026-2027", "KHBD", "t", 13, "KHBD-2627-T13-GV09", 1, PlanState.PENDING)
VERSION = Version("v", "p", 1, "u", VersionState.PENDING, "a" * 64, "b" * 64, "c" * 64, 9, 2, NOW, 0)
STEP = ApprovalStep("v", 1, Role.GROUP_HEAD, "h", StepState.PENDING)
CHAIN = (Step(1, Role.GROUP_HEAD, NGA),)
FILE = Attachment("c" * 64, "x.pdf", 9)


def buttons(message: Message) -> list[Button]:
    return [button for row in message.buttons for button in row]


def confirmation(replaces: Plan | None = None) -> Message:
    return cards.confirmation(UPLOAD, WEEK, CHAIN, replaces, None)


def review(*signed_by: Person) -> Message:
    return cards.review(PLAN, VERSION, STEP, LOAN, WEEK, UPLOAD, signed_by, FILE)


def reasons() -> Message:
    words = [f"lý do {n}" for n in range(len(cards.QUICK_REASONS))]
    return cards.reason_question(PLAN, VERSION, STEP, LOAN, "decide.ask_reason", words)


ALL = {
    "confirmation": confirmation(),
    "week question": cards.week_question(UPLOAD, WEEKS[:4], "submit.choose_week"),
    "review": review(NGA),
    "approval question": cards.approval_question(PLAN, VERSION, STEP, LOAN, WEEK),
    "reason question": reasons(),
}


@pytest.mark.parametrize("card", ALL.values(), ids=ALL)
def test_a_card_survives_the_outbox(card: Message) -> None:
    assert json.loads(json.dumps(card.facts)) == card.facts
    for button in buttons(card):
        assert json.loads(json.dumps(button.facts)) == button.facts
        assert ev.from_json(ev.to_json(button.causes)) == button.causes


def test_the_teacher_confirms_changes_or_cancels() -> None:
    causes = [button.causes for button in buttons(confirmation())]
    assert causes == [ev.SubmitPressed("u"), ev.WeekChangePressed("u"), ev.UploadCancelled("u")]


def test_replacing_is_said_on_the_button() -> None:
    replacing = confirmation(replace(PLAN, version=3, state=PlanState.REJECTED))
    assert buttons(replacing)[0].label == "button.replace"
    assert (replacing.facts["version"], replacing.facts["replaces"]) == (4, "rejected")
    assert buttons(confirmation())[0].label == "button.submit"


def test_the_card_shows_hints_but_no_blocks() -> None:
    assert confirmation().facts["hints"] == cards.finding_facts([HINT])


def test_each_offered_week_is_a_button_and_hủy_is_the_last() -> None:
    card = ALL["week question"]
    chosen = [b.causes for b in buttons(card)]
    assert chosen == [*(ev.WeekChosen("u", week.number) for week in WEEKS[:4]), ev.UploadCancelled("u")]


def test_a_leader_gets_the_file_and_two_decisions_bound_to_version_and_step() -> None:
    card = review()
    assert card.attachment == FILE
    assert [b.causes for b in buttons(card)] == [ev.ApprovePressed("v", 1), ev.RejectPressed("v", 1)]


def test_a_leader_sees_who_signed_before() -> None:
    assert review(NGA).facts["signed_by"] == ["Bùi Thị Tuyết Nga"]


def test_what_you_see_is_what_you_sign() -> None:
    card = ALL["approval question"]
    assert card.facts["fingerprint"] == VERSION.current_sha256[:16]
    assert [b.causes for b in buttons(card)] == [ev.ApprovalConfirmed("v", 1), ev.DecisionPutOff("v", 1)]


def test_a_ready_made_reason_carries_its_words() -> None:
    *quick, back = buttons(reasons())
    assert [b.causes for b in quick] == [
        ev.ReasonGiven("v", 1, f"lý do {n}") for n in range(len(cards.QUICK_REASONS))
    ]
    assert back.causes == ev.DecisionPutOff("v", 1)


def test_reasons_without_their_words_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="zip"):
        cards.reason_question(PLAN, VERSION, STEP, LOAN, "decide.ask_reason", ["one"])


@pytest.mark.parametrize(("kind", "ending"), [("review", "trinh-ky"), ("signed", "da-ky")])
def test_a_file_has_a_name_that_means_something_later(kind: str, ending: str) -> None:
    name = cards.file_name(PLAN, LOAN, replace(VERSION, number=2), kind)
    assert name == f"KHBD-2627-T13-GV09-v2-{ending}.pdf"


def test_most_teaching_days_decide_the_week() -> None:
    days = [WEEK.first.isoformat(), WEEK.last.isoformat(), WEEKS[13].first.isoformat()]
    assert cards.week_of_dates(WEEKS, days) == WEEK


def test_a_saturday_belongs_to_its_calendar_week() -> None:
    assert cards.week_of_dates(WEEKS, [(WEEK.last + timedelta(days=1)).isoformat()]) == WEEK


def test_days_outside_the_year_decide_nothing() -> None:
    assert cards.week_of_dates(WEEKS, ["1945-09-02", "2027-07-15"]) is None
    assert cards.week_of_dates(WEEKS, []) is None
