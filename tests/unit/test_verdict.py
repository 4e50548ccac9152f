"""One verdict from signatures and record: every combination has its word, and only one of them is good."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from hoso_bot import texts
from hoso_bot.domain.approval import ApprovalStep, StepState
from hoso_bot.domain.roster import Person, Role
from hoso_bot.domain.signing import SignatureCheck, SignatureReport, not_signed
from hoso_bot.domain.submission import Plan, PlanState, Version, VersionState
from hoso_bot.domain.verdict import Comparison, Match, Recorded, Standing, Verdict
from hoso_bot.domain.verdict_facts import KEPT, facts
from hoso_bot.web.verification import _tone

AT = datetime(2026, 11, 22, 13, 15, 42, tzinfo=UTC)
TEACHER = Person("t", "GV09", "Tạ Thị Loan", Role.TEACHER, "Tổ 4-5")
HEAD = Person("h", "GV06", "Bùi Thị Tuyết Nga", Role.GROUP_HEAD, "Tổ 4-5")
VICE = Person("v", "PHT01", "Lương Quang Tùng", Role.VICE_PRINCIPAL, "")
PEOPLE = {p.id: p for p in (TEACHER, HEAD, VICE)}


def step(number: int, signer: Person, state: StepState = StepState.SIGNED, **more: Any) -> ApprovalStep:
    signed = {"decided_at": AT, "signed_sha256": f"s{number}", "certificate_sha256": f"c{number}"}
    return ApprovalStep("v1", number, signer.role, signer.id, state, **{**signed, **more})


def recorded(state: VersionState = VersionState.APPROVED, newest: int = 1, **more: Any) -> Recorded:
    plan = Plan("p", "2026-2027", "KHBD", "t", 13, "KHBD-2627-T13-GV09", newest, PlanState.APPROVED)
    version = Version("v1", "p", 1, "u", state, "o", "r", "s2", 9, 2, AT, 0)
    chain = more.pop("chain", (step(1, HEAD), step(2, VICE)))
    return Recorded(plan, version, chain, PEOPLE, **more)


def check(number: int, signer: Person, **more: Any) -> SignatureCheck:
    whole = SignatureCheck(
        f"Step{number}", signer.name, "role", "2026-11-22T20:15:42+07:00", "PAdES B-B", True, True, True, ""
    )
    return replace(whole, **{"certificate_sha256": f"c{number}", **more})


def report(*checks: SignatureCheck, problems: tuple[str, ...] = (), empty: tuple[str, ...] = ()) -> Any:
    problems = (*problems, *(not_signed(name) for name in empty))
    return SignatureReport(bool(checks) and not problems, checks, empty, problems, "sha")


WHOLE = report(check(1, HEAD), check(2, VICE))
SAME = Comparison(Match.SAME, 2)


def test_signed_by_all_unchanged_and_current_is_valid() -> None:
    verdict = Verdict(recorded(), WHOLE, SAME)
    assert (verdict.summary, verdict.valid, verdict.known, verdict.problems) == (
        "same_current",
        True,
        True,
        (),
    )


@pytest.mark.parametrize("state", [s for s in VersionState if s is not VersionState.APPROVED])
def test_the_right_bytes_of_a_version_that_does_not_count_are_not_valid(state: VersionState) -> None:
    verdict = Verdict(recorded(state), WHOLE, SAME)
    assert not verdict.valid and verdict.known
    assert verdict.summary == f"same_{verdict.recorded.standing if verdict.recorded else ''}"


def test_an_approved_version_with_a_newer_one_is_replaced() -> None:
    verdict = Verdict(recorded(newest=2), WHOLE, SAME)
    assert verdict.summary == "same_replaced" and not verdict.valid
    assert "KHBD-2627-T13-GV09: replaced by version 2" in verdict.problems


@pytest.mark.parametrize("match", [m for m in Match if m not in (Match.SAME, Match.UNKNOWN)])
def test_other_bytes_are_never_valid_even_with_good_signatures(match: Match) -> None:
    verdict = Verdict(recorded(), WHOLE, Comparison(match, 1, 5))
    assert not verdict.valid and verdict.summary == f"file_{match}" and verdict.problems


def test_a_signature_by_another_certificate_than_recorded_is_broken() -> None:
    other = report(check(1, HEAD), check(2, VICE, certificate_sha256="x"))
    verdict = Verdict(recorded(), other, SAME)
    assert verdict.summary == "file_broken" and not verdict.valid
    assert [one["ok"] for one in facts(verdict)["signatures"]] == [True, False]


def test_what_is_cut_off_is_named() -> None:
    first = report(check(1, HEAD), empty=("Step2",))
    told = facts(Verdict(recorded(), first, Comparison(Match.EARLIER, 1)))
    assert [one["name"] for one in told["missing"]] == ["Lương Quang Tùng"]
    assert told["revision"] == 1 and told["record"]["signed"] == 2


def test_a_file_waiting_for_its_second_signature_is_only_incomplete() -> None:
    chain = (step(1, HEAD), step(2, VICE, StepState.PENDING, signed_sha256=None, certificate_sha256=None))
    half = report(check(1, HEAD), empty=("Step2",))
    verdict = Verdict(recorded(VersionState.PENDING, chain=chain), half, Comparison(Match.SAME, 1))
    assert verdict.summary == "same_pending" and not verdict.valid


def test_who_signed_for_somebody_is_shown_with_both_names() -> None:
    chain = (step(1, HEAD, decided_by="v"), step(2, VICE))
    told = facts(Verdict(recorded(chain=chain)))
    assert told["signatures"][0]["name"] == "Lương Quang Tùng"
    assert told["signatures"][0]["instead_of"] == "Bùi Thị Tuyết Nga"


@pytest.mark.parametrize(
    ("found", "summary"),
    [
        (report(problems=("no signature",)), "stranger_unsigned"),
        (report(check(1, HEAD, intact=False), problems=("bad",)), "stranger_broken"),
        (report(check(1, HEAD), problems=("changed",)), "stranger_broken"),
        (report(check(1, HEAD, trusted=False), problems=("not trusted",)), "stranger_foreign"),
        (WHOLE, "stranger_ours"),
    ],
)
def test_a_file_the_record_does_not_hold_is_never_valid(found: SignatureReport, summary: str) -> None:
    verdict = Verdict(None, found)
    assert (verdict.summary, verdict.valid, verdict.known) == (summary, False, False)
    assert "the school's record does not hold this file" in verdict.problems


def test_every_verdict_has_words_and_only_two_are_green() -> None:
    words = {key.removeprefix("verdict.") for key in texts.keys("en") if key.startswith("verdict.")} - {
        "newer"
    }
    said = {f"same_{s}" for s in Standing} | {f"record_{s}" for s in Standing}
    said |= {f"file_{m}" for m in Match if m not in (Match.SAME, Match.UNKNOWN)} | {"file_broken"}
    said |= {f"stranger_{s}" for s in ("claims", "unsigned", "broken", "ours", "foreign")}
    assert words == said
    assert {summary for summary in said if _tone(summary) == "good"} == {"same_current", "record_current"}
    assert {_tone(s) for s in said if s.startswith(("file_", "stranger_"))} == {"bad", "warn"}


def test_it_is_told_how_the_key_was_kept_when_each_signed() -> None:
    """As the record has it by certificate; nothing for a signature the record does not know."""
    kept = recorded(custody={"c1": "pin", "c2": "server"})
    assert [s["custody"] for s in facts(Verdict(kept, WHOLE, SAME))["signatures"]] == ["pin", "server"]
    assert [s["custody"] for s in facts(Verdict(kept))["signatures"]] == ["pin", "server"]
    stranger = report(check(1, HEAD, certificate_sha256="c1"), check(2, VICE, certificate_sha256="other"))
    assert [s["custody"] for s in facts(Verdict(kept, stranger, SAME))["signatures"]] == ["pin", ""]
    assert facts(Verdict(recorded(custody={"c1": "pawned"})))["signatures"][0]["custody"] == ""


@pytest.mark.parametrize("way", KEPT)
def test_every_way_to_keep_a_key_has_its_sentence(way: str) -> None:
    for key in (f"page.kept.{way}", f"page.kept_worth.{way}"):
        assert texts.render(key) and texts.render_english(key)


@pytest.mark.parametrize("match", [Match.APPENDED, Match.DIVERGED])
def test_a_whole_signature_in_a_changed_file_is_no_good_sign(match: Match) -> None:
    shown = facts(Verdict(recorded(), WHOLE, Comparison(match, 2, 9)))["signatures"]
    assert [(s["ok"], s["sound"]) for s in shown] == [(True, False)] * 2
    alone = Verdict(
        None, report(check(1, HEAD), problems=("Step1: the file was changed after this signature",))
    )
    assert not facts(alone)["signatures"][0]["sound"]


def test_a_signature_that_others_were_to_follow_is_a_good_sign() -> None:
    shown = facts(Verdict(recorded(), report(check(1, HEAD), empty=("Step2",)), Comparison(Match.EARLIER, 1)))
    assert shown["signatures"][0]["sound"]
