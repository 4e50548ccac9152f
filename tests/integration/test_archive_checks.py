"""The archive by night, without a running school: whose turn it is, what the doctor says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.parts import Parts

from hoso_bot.doctor import STALE_ARCHIVE, STALE_BACKUP, _archive, _backup
from hoso_bot.domain.approval import ApprovalStep, StepState
from hoso_bot.domain.errors import Conflict
from hoso_bot.domain.record_events import ArchiveNightBegan
from hoso_bot.domain.roster import Role
from hoso_bot.domain.submission import Plan, PlanState, Version, VersionState
from hoso_bot.handlers import archive
from hoso_bot.store.archive_checks import ArchiveChecks, ArchiveState
from hoso_bot.store.db import moment
from hoso_bot.store.plans import Plans

NOW = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)


def keep(parts: Parts, number: int, state: StepState = StepState.SIGNED) -> Version:
    """A version of its own plan, handed in so many days ago."""
    at = NOW - timedelta(days=number)
    teacher = parts.staff("GV09").id
    plan = Plan(f"p{number}", "2026-2027", "KHBD", teacher, number, f"K{number:02}", 1, PlanState.APPROVED)
    version = Version(
        f"v{number}", plan.id, 1, "u", VersionState.APPROVED, "a" * 64, "b" * 64, f"{number:064}", 9, 2, at, 0
    )
    step = ApprovalStep(version.id, 1, Role.GROUP_HEAD, parts.staff("GV06").id, state)
    plans = Plans(parts.db)
    with parts.db.write() as connection:
        for statement in (plans.add_plan(plan), plans.add_version(version), plans.add_step(step)):
            connection.execute(statement)
    return version


def test_the_longest_unseen_signed_file_is_first(parts: Parts) -> None:
    checks = ArchiveChecks(parts.db)
    kept = {number: keep(parts, number) for number in (2, 9, 5)}
    keep(parts, 12, StepState.PENDING)
    assert checks.due(10) == ["v9", "v5", "v2"]
    with parts.db.write() as connection:
        connection.execute(checks.checked(kept[9], ["bad"], NOW))
    assert checks.due(2) == ["v5", "v2"]
    assert checks.state() == ArchiveState(3, NOW - timedelta(days=5), (("K09-1", ("bad",)),))
    assert checks.doubted(NOW + timedelta(seconds=1)) == []


def test_a_night_takes_a_seventh_and_ends_with_its_report(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "FEWEST", 1)
    for number in range(1, 16):
        keep(parts, number)
    unit = parts.unit("night")
    archive.begin(ArchiveNightBegan("2026-11-24"), unit)
    unit.commit()
    owed = parts.rows("SELECT payload FROM inbox WHERE lane = 'archive' ORDER BY id")
    assert [row[0].split('"')[3] for row in owed] == ["ArchivedFileDue"] * 3 + ["ArchiveNightEnded"]


def test_a_file_signed_while_it_was_looked_at_is_looked_at_again(parts: Parts) -> None:
    version = keep(parts, 3)
    with parts.db.write() as connection:
        plans = Plans(parts.db)
        connection.execute(plans.move_version(version, VersionState.APPROVED, current_sha256="f" * 64))
    unit = parts.unit("late")
    unit.change(unit.archive_checks.checked(version, [], NOW))
    with pytest.raises(Conflict):
        unit.commit()


@pytest.mark.parametrize(
    ("state", "ok", "words"),
    [
        (ArchiveState(0, None, ()), True, "no signed file yet"),
        (ArchiveState(7, NOW - timedelta(days=6), ()), True, "7 signed files, every one validated since"),
        (ArchiveState(7, NOW - STALE_ARCHIVE * 2, ()), False, "leave the bot running at night"),
        (ArchiveState(7, NOW, (("K09-1", ("gone",)),)), False, "K09-1: gone: bring these files back"),
    ],
)
def test_the_doctor_says_how_the_archive_is(state: ArchiveState, ok: bool, words: str) -> None:
    finding = _archive(state, NOW)
    assert finding.ok is ok and words in finding.what


@pytest.mark.parametrize(
    ("days", "same_disk", "ok", "words"),
    [
        (1, False, True, "in /srv/usb"),
        (1, True, False, "both die together; hoso-bot backup"),
        (5, False, False, "5 days ago; hoso-bot backup"),
    ],
)
def test_the_doctor_says_how_old_the_last_backup_is(days: int, same_disk: bool, ok: bool, words: str) -> None:
    last = moment(NOW - timedelta(days=days)), {"folder": "/srv/usb", "same_disk": same_disk}
    finding = _backup(last, NOW)
    assert finding.ok is ok and words in finding.what
    assert not _backup(None, NOW).ok
    assert timedelta(days=1) < STALE_BACKUP  # one night may fail
