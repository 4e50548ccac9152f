"""The database: what is kept is kept once, in order, and never half."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from tests.parts import Parts
from tests.school import NOW

from hoso_bot.domain.approval import ApprovalStep, StepState
from hoso_bot.domain.errors import Conflict, SettingsError
from hoso_bot.domain.events import Address, SupportAsked
from hoso_bot.domain.roster import Role
from hoso_bot.domain.submission import (
    Plan,
    PlanState,
    Upload,
    UploadState,
    Version,
    VersionState,
)
from hoso_bot.store.commit import Changes, commit
from hoso_bot.store.db import Database, from_moment, is_away, later, moment, new_id
from hoso_bot.store.invites import Invites
from hoso_bot.store.people import People
from hoso_bot.store.plans import Plans
from hoso_bot.store.prompts import Prompts

LAN, MAI = Address("telegram", "101"), Address("telegram", "102")


def written(parts: Parts, *statements: object) -> None:
    commit(parts.db, moment(parts.clock.now()), Changes(statements=list(statements)))


# --- the file ------------------------------------------------------------------------------------


@pytest.mark.sqlite
def test_a_commit_is_on_disk_before_it_returns(parts: Parts) -> None:
    with parts.db.read() as connection:
        pragmas = {
            p: connection.exec_driver_sql(f"PRAGMA {p}").scalar() for p in ("journal_mode", "synchronous")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2}  # 2 is FULL


def test_a_failed_transaction_leaves_nothing(parts: Parts) -> None:
    def fails() -> None:
        with parts.db.write() as connection:
            connection.execute(sa.text("DELETE FROM people"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fails()
    assert parts.rows("SELECT count(*) FROM people") == [(14,)]


@pytest.mark.sqlite
def test_a_file_that_another_program_locks_is_away_for_whoever_begins_to_write(parts: Parts) -> None:
    with parts.db.read() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 50")  # of the one connection there is
    assert parts.db.file
    with closing(sqlite3.connect(parts.db.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sa.exc.OperationalError) as caught, parts.db.write():
            pass
    assert is_away(caught.value)


def test_only_sqlite_and_postgresql_are_spoken_here() -> None:
    with pytest.raises(SettingsError, match="must start with sqlite:/// or postgresql://") as caught:
        Database("mysql://user:geheim@localhost/hoso")
    assert "geheim" not in str(caught.value)


def test_no_id_looks_like_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["-QinR00ocY5jzdED", "QinR00ocY5jzdED-"])
    monkeypatch.setattr("hoso_bot.store.db.secrets.token_urlsafe", lambda size: next(drawn))
    assert new_id() == "QinR00ocY5jzdED-"


def test_moments_sort_like_time() -> None:
    moments = [moment(NOW + timedelta(milliseconds=n)) for n in (0, 1, 999, 1000, 60_000)]
    assert moments == sorted(moments)
    assert from_moment(later(NOW, 1.5)) == NOW + timedelta(seconds=1.5)


# --- guards --------------------------------------------------------------------------------------


PLAN = Plan("p1", "2025-2026", "KHBD", "person", 13, "KHBD-2526-T13-X", 1, PlanState.PENDING)
VERSION = Version("v1", "p1", 1, "u1", VersionState.PENDING, "a" * 64, "b" * 64, "b" * 64, 10, 2, NOW, 0)
STEP = ApprovalStep("v1", 1, Role.GROUP_HEAD, "head", StepState.PENDING)
UPLOAD = Upload("u1", "person", "a" * 64, "x.pdf", 10, NOW, UploadState.CHECKING, LAN)


@pytest.fixture
def plans(parts: Parts) -> Plans:
    """One plan with one version and one step, as the constants say."""
    found = Plans(parts.db)
    written(
        parts,
        found.add_upload(UPLOAD),
        found.add_plan(PLAN),
        found.add_version(VERSION),
        found.add_step(STEP),
    )
    return found


def test_what_was_written_is_read_back(plans: Plans) -> None:
    assert plans.upload("u1") == UPLOAD
    assert plans.version("v1") == (PLAN, VERSION)
    assert plans.steps("v1") == [STEP]


def test_a_step_is_decided_once(parts: Parts, plans: Plans) -> None:
    written(parts, plans.move_step(STEP, StepState.APPROVED, NOW))
    with pytest.raises(Conflict):
        written(parts, plans.move_step(STEP, StepState.REJECTED, NOW, reason="muộn"))
    assert plans.steps("v1")[0].state == StepState.APPROVED


def test_a_version_whose_bytes_moved_on_is_not_overwritten(parts: Parts, plans: Plans) -> None:
    written(parts, plans.move_version(VERSION, VersionState.PENDING, current_sha256="c" * 64))
    with pytest.raises(Conflict):
        written(parts, plans.move_version(VERSION, VersionState.PENDING, current_sha256="d" * 64))


def test_a_plan_moves_only_from_the_version_that_was_read(parts: Parts, plans: Plans) -> None:
    written(parts, plans.move_plan(PLAN, PlanState.PENDING, version=2))
    with pytest.raises(Conflict):
        written(parts, plans.move_plan(PLAN, PlanState.APPROVED))


def test_an_upload_is_submitted_once(parts: Parts, plans: Plans) -> None:
    written(parts, plans.move_upload("u1", [UploadState.CHECKING], UploadState.SUBMITTED))
    with pytest.raises(Conflict):
        written(parts, plans.move_upload("u1", [UploadState.CHECKING], UploadState.SUBMITTED))


def test_a_week_has_one_plan_per_teacher(parts: Parts, plans: Plans) -> None:
    with pytest.raises(Conflict, match="unique"):
        written(parts, plans.add_plan(replace(PLAN, id="p2", code="other")))


def test_a_version_number_is_given_once(parts: Parts, plans: Plans) -> None:
    with pytest.raises(Conflict):
        written(parts, plans.add_version(replace(VERSION, id="v2")))


def test_a_conflict_undoes_what_was_written_before_it(parts: Parts, plans: Plans) -> None:
    stale = replace(STEP, state=StepState.WAITING)
    with pytest.raises(Conflict):
        written(
            parts,
            plans.move_upload("u1", [UploadState.CHECKING], UploadState.CANCELLED),
            plans.move_step(stale, StepState.APPROVED),
        )
    assert plans.upload("u1").state == UploadState.CHECKING


def test_what_is_not_there_is_a_lookup_error(plans: Plans) -> None:
    for look in (plans.upload, plans.version, plans.plan):
        with pytest.raises(LookupError):
            look("nothing")


# --- people --------------------------------------------------------------------------------------


def test_one_chat_belongs_to_one_person(parts: Parts) -> None:
    parts.link("GV09", "101")
    people = People(parts.db)
    with pytest.raises(Conflict):
        written(parts, people.link(parts.staff("GV08").id, LAN, "consent-2", NOW))


def test_one_person_has_one_chat_a_channel(parts: Parts) -> None:
    parts.link("GV09", "101")
    people = People(parts.db)
    with pytest.raises(Conflict):
        written(parts, people.link(parts.staff("GV09").id, MAI, "consent-2", NOW))


def test_an_invitation_is_used_once(parts: Parts) -> None:
    invites = Invites(parts.db)
    written(parts, invites.new(parts.staff("GV09").id, "code", NOW, 14)[1])
    invite = invites.by_code("code", NOW)
    assert invite and invite.open
    written(parts, invites.use(invite, NOW))
    with pytest.raises(Conflict):
        written(parts, invites.use(invite, NOW))


def test_a_button_is_used_once(parts: Parts) -> None:
    prompts = Prompts(parts.db)
    row = prompts.button_row("token", SupportAsked(), LAN, None, "message", NOW)
    commit(parts.db, moment(NOW), Changes(buttons=[row]))
    written(parts, prompts.use_button("token", NOW))
    with pytest.raises(Conflict):
        written(parts, prompts.use_button("token", NOW))


def test_a_question_is_forgotten_after_its_time(parts: Parts) -> None:
    prompts = Prompts(parts.db)
    written(parts, *prompts.ask(LAN, SupportAsked(), NOW + timedelta(minutes=30)))
    assert prompts.question(LAN, NOW) == SupportAsked()
    assert prompts.question(MAI, NOW) is None
    assert prompts.question(LAN, NOW + timedelta(minutes=30)) is None
