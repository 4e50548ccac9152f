"""The cards people decide on, as messages: one place for what a card says and which buttons it has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from hoso_bot.domain import events as ev
from hoso_bot.domain.approval import ApprovalStep
from hoso_bot.domain.calendar import Week
from hoso_bot.domain.inspection import Finding, Inspection
from hoso_bot.domain.messages import Attachment, Button, Message
from hoso_bot.domain.record_events import SignaturesAsked
from hoso_bot.domain.roster import Person
from hoso_bot.domain.routing import Step
from hoso_bot.domain.submission import Plan, Upload, Version
from hoso_bot.domain.units import Piece
from hoso_bot.domain.year_events import PartChangePressed, PartChosen

QUICK_REASONS = (
    "reason.lessons",
    "reason.dates",
    "reason.outcomes",
    "reason.activities",
    "reason.group_plan",
    "reason.layout",
    "reason.pages",
)


NOBODY_ELSE: dict[str, Any] = {
    "book": "",
    "part_name": "",
    "cover": "",
    "acting": "own",
    "signer": "",
    "signer_role": "",
    "also": False,
    "unread": False,
    "reasons": [],
    "changes": None,
    "again": False,
    "mended_after": None,
}
"""Blanks of a first version of a lesson plan in its own signer's hands."""

THE_WEEK: dict[str, Any] = {"register": "", "book": "", "part_name": "", "cover": "", "unit": ""}
"""Blanks of a lesson plan for the whole week while no other register is open."""


def week_facts(week: Week) -> dict[str, Any]:
    """Blanks about a week: number, first and last day, deadline (ISO)."""
    return {
        "week": week.number,
        "first": week.first.isoformat(),
        "last": week.last.isoformat(),
        "deadline": week.deadline.isoformat(),
    }


def finding_facts(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings as blanks: code, pages and their own facts."""
    return [{"code": f.code, "pages": list(f.pages), "facts": f.facts} for f in findings]


def file_facts(inspection: Inspection | None) -> dict[str, Any]:
    """Blanks about what was read in the file."""
    if inspection is None:
        return {"pages": 0, "classes": [], "lessons": 0, "hints": [], "text_layer": True, "subjects": []}
    return {
        "pages": inspection.structure.pages,
        "text_layer": inspection.structure.text_layer,
        "signed": inspection.structure.signed,
        "classes": list(inspection.facts.classes),
        "subjects": list(inspection.facts.subjects),
        "lessons": inspection.facts.lessons,
        "hints": finding_facts(f for f in inspection.findings if f.severity == "hint"),
    }


def chain_facts(chain: Sequence[Step]) -> list[dict[str, str]]:
    """Blanks about the signing order."""
    return [{"role": step.role.value, "name": step.signer.name} for step in chain]


def confirmation(
    upload: Upload,
    week: Week,
    chain: Sequence[Step],
    replaces: Plan | None,
    note: str | None,
    more: Mapping[str, Any] = THE_WEEK,
) -> Message:
    """The teacher's one card before `Trình ký`: week, dates, signing order, deadline, hints (M08).

    more: the register where several are open, and its name on the card (`register`, `book`); the class or
    subject (`part_name`), and what it is (`unit`) where the teacher may choose another.
    """
    facts = {
        **THE_WEEK,
        **more,
        **week_facts(week),
        **file_facts(upload.inspection),
        "name": upload.name,
        "chain": chain_facts(chain),
        "replaces": replaces.state.value if replaces else None,
        "version": replaces.version + 1 if replaces else 1,
        "note": note,
    }
    submit = Button("button.replace" if replaces else "button.submit", ev.SubmitPressed(upload.id))
    change = [Button("button.change", ev.WeekChangePressed(upload.id))]
    if facts["unit"]:
        change.append(Button("button.change_part", PartChangePressed(upload.id), {"unit": facts["unit"]}))
    cancel = Button("button.cancel", ev.UploadCancelled(upload.id))
    check = (Button("button.check_signatures", SignaturesAsked(upload.id)),) if facts.get("signed") else ()
    return Message("card.confirm", facts, ((submit,), (*change, cancel), *([check] if check else [])))


def week_question(upload: Upload, choices: Sequence[Week], text: str, **facts: Any) -> Message:
    """Asks which week a file is for: one button a week (M09)."""
    rows = tuple(
        (Button("button.week", ev.WeekChosen(upload.id, week.number), week_facts(week)),) for week in choices
    )
    cancel = (Button("button.cancel", ev.UploadCancelled(upload.id)),)
    return Message(text, {"name": upload.name, **facts}, (*rows, cancel))


def part_question(
    upload: Upload, week: Week, choices: Sequence[tuple[Piece, Mapping[str, Any]]], unit: str, text: str
) -> Message:
    """Asks which class or subject a file is for: one button each.

    choices: with the blanks `part_name`, `cover` and `done` (handed in already).
    """
    rows = tuple(
        (Button("button.part", PartChosen(upload.id, piece.part, piece.instead_of), dict(facts)),)
        for piece, facts in choices
    )
    cancel = (Button("button.cancel", ev.UploadCancelled(upload.id)),)
    return Message(text, {"name": upload.name, "unit": unit, "week": week.number}, (*rows, cancel))


def review(
    plan: Plan,
    version: Version,
    step: ApprovalStep,
    teacher: Person,
    week: Week,
    upload: Upload,
    signed_by: Sequence[Person],
    file: Attachment | None,
    more: Mapping[str, Any] = NOBODY_ELSE,
) -> Message:
    """A leader's card: who, which week, what was found, with the PDF and the two decisions (M30).

    more: for whom the holder acts (`acting`, `signer`, `signer_role`, `also`), and what a resubmission has to
    answer (`reasons`, `changes`), and its time (`late`, `again`, `mended_after`).
    """
    facts = {
        **NOBODY_ELSE,
        "late": version.minutes_late,
        **more,
        **week_facts(week),
        **file_facts(upload.inspection),
        "teacher": teacher.name,
        "group": teacher.group,
        "code": plan.code,
        "version": version.number,
        "signed_by": [person.name for person in signed_by],
        "step": step.number,
    }
    approve = Button("button.approve", ev.ApprovePressed(version.id, step.number))
    reject = Button("button.reject", ev.RejectPressed(version.id, step.number))
    return Message("card.review", facts, ((approve, reject),), file)


def approval_question(
    plan: Plan,
    version: Version,
    step: ApprovalStep,
    teacher: Person,
    week: Week,
    more: Mapping[str, Any] = NOBODY_ELSE,
) -> Message:
    """The last look before a signature: exactly what is signed (what you see is what you sign).

    more: for whom the signer acts, and `unread`: the file can hardly have been opened yet (R27, M33).
    """
    facts = {
        **NOBODY_ELSE,
        **more,
        **week_facts(week),
        "teacher": teacher.name,
        "code": plan.code,
        "version": version.number,
        "pages": version.pages,
        "fingerprint": version.current_sha256[:16],
    }
    yes = Button("button.confirm_approval", ev.ApprovalConfirmed(version.id, step.number))
    no = Button("button.not_now", ev.DecisionPutOff(version.id, step.number))
    return Message("decide.confirm", facts, ((yes, no),))


def reason_question(
    plan: Plan,
    version: Version,
    step: ApprovalStep,
    teacher: Person,
    text: str,
    reasons: Sequence[str],
    more: Mapping[str, Any] = NOBODY_ELSE,
) -> Message:
    """Asks for the reason of a rejection: free text, or one of the school's own phrases (M38).

    reasons: the phrases in words, in the order of QUICK_REASONS.
    """
    rows = tuple(
        (Button(key, ev.ReasonGiven(version.id, step.number, words)),)
        for key, words in zip(QUICK_REASONS, reasons, strict=True)
    )
    back = (Button("button.not_now", ev.DecisionPutOff(version.id, step.number)),)
    facts = {**NOBODY_ELSE, **more, "teacher": teacher.name, "week": plan.week}
    return Message(text, facts, (*rows, back))


def file_name(plan: Plan, teacher: Person, version: Version, kind: str) -> str:
    """A name that means something in a download folder: `KHBD-2627-T13-GV07-v1-trinh-ky.pdf`."""
    suffix = {"review": "trinh-ky", "signed": "da-ky", "print": "ban-in", "original": "ban-goc"}[kind]
    return f"{plan.code}-v{version.number}-{suffix}.pdf"


def week_of_dates(weeks: Sequence[Week], days: Iterable[str]) -> Week | None:
    """The week most of the teaching days that were read belong to (Monday to Sunday of a row)."""
    votes: dict[int, int] = {}
    for text in days:
        day = date.fromisoformat(text)
        monday = day - timedelta(days=day.weekday())
        for index, week in enumerate(weeks):
            if any(monday <= taught < monday + timedelta(days=7) for taught in week.days):
                votes[index] = votes.get(index, 0) + 1
    return weeks[max(votes, key=lambda index: votes[index])] if votes else None
