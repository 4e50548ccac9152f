"""One plan: every version and step, the reasons word for word, the checks, and its files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hoso_bot.domain import cards
from hoso_bot.domain.approval import ApprovalStep, StepState
from hoso_bot.domain.board import Filed
from hoso_bot.domain.calendar import Week, find
from hoso_bot.domain.queue import waiting
from hoso_bot.domain.roster import Person
from hoso_bot.domain.submission import Upload, Version, VersionState
from hoso_bot.unit_of_work import plan_facts
from hoso_bot.web.board.teachers import person_facts
from hoso_bot.web.board.visit import Asked, FileGone, NotHere, Page, StoredFile, Visit

PDF, JPEG = "application/pdf", "image/jpeg"
WAYS = {"hien-tai": "current", "trinh-ky": "review", "goc": "original"}
"""What of a version an address names: the file as it is now, as the first signer got it, as it came."""


def show_plan(visit: Visit, asked: Asked) -> Page:
    """`/bang/ho-so/ID`."""
    one, teacher = _plan(visit, asked.path["plan"])
    week = find(visit.uow.school.weeks(one.plan.year), one.plan.week)
    _look(visit, one, teacher)
    mark = visit.uow.boards.portal_mark(one.approved.id) if one.approved else None
    facts = {
        **plan_facts(visit.uow, one.plan),
        "year": one.plan.year,
        "teacher": person_facts(teacher),
        "span": cards.week_facts(week) if week else None,
        "standing": one.state.value,
        "waits": _waits(one, visit),
        "ways": WAYS,
        "versions": [_version(one, version, week, visit) for version in reversed(one.versions)],
        "reminded": [at.isoformat() for at in visit.uow.reminders.sent(teacher.id, week)] if week else [],
        "portal": {"by": _by_staff_id(mark[0], visit), "at": mark[1].isoformat()} if mark else None,
        "at": visit.now.isoformat(),
    }
    return Page("plan.html", facts)


def _look(visit: Visit, one: Filed, teacher: Person) -> None:
    visit.look("plan.read", one.plan.code, teacher, version=one.plan.version)


def _plan(visit: Visit, plan_id: str) -> tuple[Filed, Person]:
    """The plan and its teacher. Raises NotHere, also for one this person may not read."""
    one = visit.uow.boards.plan(plan_id)
    teacher = visit.sight.people.get(one.plan.person_id)
    if teacher is None or not visit.sight.plans_of(teacher):
        raise NotHere
    return one, teacher


def _by_staff_id(staff_id: str, visit: Visit) -> str:
    return next((p.name for p in visit.sight.people.values() if p.staff_id == staff_id), staff_id)


def _waits(one: Filed, visit: Visit) -> dict[str, Any] | None:
    """Whom it waits for now, since when and how long (minutes)."""
    weeks = {(week.year, week.number): week for week in visit.uow.school.weeks(one.plan.year)}
    entry = next(iter(waiting([one], weeks, visit.sight.duty)), None) if one.state.value in _OPEN else None
    if entry is None:
        return None
    return {
        "holders": [person.name for person in entry.holders],
        "since": entry.since.isoformat(),
        "minutes": max(0, int((visit.now - entry.since).total_seconds() // 60)),
        "signing": entry.signing,
    }


_OPEN = ("head", "vice", "principal")


def _version(one: Filed, version: Version, week: Week | None, visit: Visit) -> dict[str, Any]:
    upload, is_first = _upload(version, visit), version in one.kept[:1]
    excused = one.excused(week) if week and is_first else 0
    return {
        "id": version.id,
        "number": version.number,
        "current": version.number == one.plan.version,
        "state": version.state.value,
        "submitted_at": version.submitted_at.isoformat(),
        "late": version.minutes_late - excused,
        "first": is_first,
        "pages": version.pages,
        "changes": version.changes.to_json() if version.changes else None,
        "steps": [_step(step, visit) for step in one.chain(version)],
        "files": _files(version),
        "picture": bool(upload and upload.picture),
        "checked": _checked(upload),
        "lookup": visit.uow.policy.lookup_link(version.lookup_code),
    }


def _upload(version: Version, visit: Visit) -> Upload | None:
    try:
        return visit.uow.plans.upload(version.upload_id)
    except LookupError:
        return None


def _checked(upload: Upload | None) -> dict[str, Any] | None:
    """What was read in the file and what the rules say about it, with pages."""
    if upload is None or upload.inspection is None:
        return None
    return {**cards.file_facts(upload.inspection), "name": upload.name, "sent_at": upload.sent_at.isoformat()}


def _step(step: ApprovalStep, visit: Visit) -> dict[str, Any]:
    other = step.decided_by is not None and step.decided_by != step.signer_id
    return {
        "role": step.role.value,
        "state": step.state.value,
        "name": visit.name(step.decider_id if step.decided_at else step.signer_id),
        "instead_of": visit.name(step.signer_id) if other else "",
        "at": step.decided_at.isoformat() if step.decided_at else "",
        "reason": step.reason or "",
    }


def _files(version: Version) -> list[str]:
    """What of it may be opened; nothing of what its teacher took back."""
    if version.state is VersionState.WITHDRAWN:
        return []
    signed = version.current_sha256 != version.review_sha256
    return ["hien-tai", *(["trinh-ky"] if signed else []), "goc"]


# --- files ---------------------------------------------------------------------------------------------


def show_file(visit: Visit, asked: Asked) -> StoredFile:
    """`/bang/tep/VERSION/hien-tai.pdf`, `trinh-ky.pdf`, `goc.pdf`: for the browser; logged as /hoso's are."""
    one, version, teacher = _of_version(visit, asked.path["version"])
    way = asked.path["way"]
    if way not in _files(version):
        raise NotHere
    is_signed = all(step.state is StepState.SIGNED for step in one.chain(version))
    sha256, kind = {
        "current": (version.current_sha256, "signed" if is_signed else "review"),
        "review": (version.review_sha256, "review"),
        "original": (version.original_sha256, "original"),
    }[WAYS[way]]
    path = _stored(visit, sha256)
    visit.look("copy.read", one.plan.code, teacher, version=version.number, what=WAYS[way])
    return StoredFile(path, PDF, cards.file_name(one.plan, teacher, version, kind))


def show_picture(visit: Visit, asked: Asked) -> StoredFile:
    """`/bang/anh/VERSION.jpg`: page 1; part of the look at its plan."""
    one, version, teacher = _of_version(visit, asked.path["version"])
    upload = _upload(version, visit)
    if upload is None or not upload.picture or not _files(version):
        raise NotHere
    path = _stored(visit, upload.picture)
    _look(visit, one, teacher)
    return StoredFile(path, JPEG, f"{one.plan.code}-trang-1.jpg")


def _stored(visit: Visit, sha256: str) -> Path:
    """Where the bytes lie. Raises FileGone."""
    try:
        return visit.uow.files.path(sha256)
    except FileNotFoundError:
        raise FileGone from None


def _of_version(visit: Visit, version_id: str) -> tuple[Filed, Version, Person]:
    plan, version = visit.uow.plans.version(version_id)
    one, teacher = _plan(visit, plan.id)
    return one, version, teacher
