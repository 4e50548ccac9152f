"""A school with history gives up what it no longer keeps, and everything that is kept still stands."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.acceptance.test_restore_drill import backs_up, moves_to, quietly
from tests.conversation import Member
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School

from hoso_bot.desks.retention import RetentionDesk, Share
from hoso_bot.domain.calendar import VN
from hoso_bot.domain.retention import Kind, Retention
from hoso_bot.domain.retention_events import RetentionDue
from hoso_bot.handlers import handle, retention
from hoso_bot.restoration import look_over
from hoso_bot.school_year import NotThere
from hoso_bot.store.files import file_sha256
from hoso_bot.store.inbox import Arrival
from hoso_bot.store.tables import metadata
from hoso_bot.unit_of_work import UnitOfWork

WORDS = "Nhà tôi có con ốm nặng"
JPEG = b"\xff\xd8\xff\xe0" + b"phone" * 50 + b"\xff\xd9"


def approved(school: School, desk: Desk, week: int = 13) -> None:
    school.teacher.hands_in(desk.plan(week))
    for leader in (school.head, school.vice):
        leader.gets_card()
        leader.approves()
    school.teacher.hears("phê duyệt đủ")


def lives_a_while(school: School, desk: Desk) -> None:
    """One plan is signed, one file is dropped, a question is answered and closed, a stranger guesses."""
    approved(school, desk)
    teacher, contact = school.teacher, school.vice
    teacher.sends(desk.plan(14), "bo-di.pdf")
    teacher.hears("xác nhận trình ký")
    teacher.presses("Hủy")
    teacher.hears("bo-di.pdf")
    teacher.says(f"/hotro {WORDS}")
    contact.hears("HỎI #1")
    teacher.sends_photo()
    contact.hears("HỎI #1.*Kèm tệp")
    contact.presses("Đã xong")
    teacher.hears("đã đóng câu hỏi")
    school.visitor().says("/start AAAAAAAAAAAAAAAAAAAAAA")
    school.rests()


def night(school: School, days: int) -> None:
    """So many days later it is night, and the bot does its rounds."""
    day = (school.clock.now() + timedelta(days=days)).astimezone(VN).date()
    school.comes(day, "02:31")


def files_of(school: School) -> set[str]:
    found = (school.home / "files").glob("??/*")
    return {path.name for path in found}


def usb(school: School) -> Path:
    """Where its backups go."""
    return school.home.with_name("usb")


def desk_of(school: School) -> RetentionDesk:
    return RetentionDesk(school.settings, school.clock)


def due(school: School) -> dict[Kind, Share]:
    opened = desk_of(school)
    try:
        return {share.kind: share for share in opened.due()}
    finally:
        opened.close()


def held_words(school: School) -> list[str]:
    """Tables that still hold what somebody wrote in the conversation."""
    return [t for t in metadata.tables if any(WORDS in str(row) for row in school.rows(f"SELECT * FROM {t}"))]


def test_a_night_a_year_later_takes_words_and_dropped_files_and_leaves_the_record(
    school: School, desk: Desk
) -> None:
    lives_a_while(school, desk)
    before, rows = files_of(school), school.rows("SELECT count(*) FROM inbox")
    [(dropped,)] = school.rows("SELECT sha256 FROM uploads WHERE state = 'cancelled'")
    [(photo,)] = school.rows("SELECT sha256 FROM ticket_lines WHERE sha256 IS NOT NULL")
    assert set(held_words(school)) == {"inbox", "outbox", "ticket_lines"}
    assert {kind for kind, share in due(school).items() if share.rows} == set()
    night(school, days=366)
    assert held_words(school) == []
    gone = before - files_of(school)
    assert {dropped, photo} <= gone
    for kept in ("original_sha256", "review_sha256", "current_sha256"):
        [(sha256,)] = school.rows(f"SELECT {kept} FROM versions")
        assert sha256 in files_of(school)
    assert school.rows("SELECT count(*) FROM inbox WHERE external_id IS NOT NULL") >= rows
    assert school.rows("SELECT count(*) FROM link_attempts") == [(0,)]
    assert school.rows("SELECT name, inspection, picture FROM uploads WHERE state = 'cancelled'") == [
        ("", None, None)
    ]
    applied = school.rows("SELECT DISTINCT subject FROM audit WHERE action = 'retention.applied'")
    assert {kind for (kind,) in applied} == {kind.value for kind in Kind} - {"signed"}

    # What is kept still stands: the log, the signatures, the backup, and a school made from it.
    made = backs_up(school, usb(school))
    assert (made.missing, made.damaged) == ((), ())
    school.checks()
    school.stop()
    moves_to(school, usb(school), school.home.with_name("new computer"))
    found = look_over(school.home, school.clock, quietly)
    assert (found.signed, found.sound) == (1, True), found
    school.start()
    school.teacher.says("/hoso")
    school.teacher.presses("Bản đã duyệt")
    school.teacher.hears("Bản đã duyệt KHBD Tuần 13")


def test_an_old_update_that_comes_again_does_nothing(school: School) -> None:
    update = school.teacher.says("/trangthai")
    school.teacher.hears("chưa nộp")
    night(school, days=40)
    assert school.rows("SELECT payload FROM inbox WHERE external_id = ?", str(update["update_id"])) == [
        ("{}",)
    ]
    school.app.premises.inbox.keep([Arrival("telegram", str(update["update_id"]), "telegram:1", update)])
    school.rests()
    school.teacher.hears_nothing(0)


def test_cards_older_than_the_words_kept_still_work(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    card = school.head.gets_card()
    night(school, days=40)
    school.head.presses("Từ chối", card)
    school.head.hears("nêu rõ điểm chưa đạt")
    school.head.says("Thiếu hoạt động khởi động ở trang hai")
    school.head.hears("Đã trả lại")
    assert school.head.buttons_now(card) == []


def test_a_night_does_nothing_twice_and_goes_in_small_steps(
    school: School, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "STEP", 3)
    lives_a_while(school, desk)
    night(school, days=366)
    assert held_words(school) == []
    done = len(school.audited("retention.applied"))
    assert done > 12
    assert all(one["rows"] <= 3 for one in school.audited("retention.applied"))
    last = school.rows("SELECT max(id) FROM inbox")
    school.ticks()
    assert school.rows("SELECT max(id) FROM inbox") == last
    assert len(school.audited("retention.applied")) == done


def test_a_kill_between_the_row_and_the_file_is_made_up_for(school: School, desk: Desk) -> None:
    lives_a_while(school, desk)
    [(dropped,)] = school.rows("SELECT sha256 FROM uploads WHERE state = 'cancelled'")
    school.stop()
    school.passes(days=366)
    uow = UnitOfWork(school.app.desk, "killed")
    handle(RetentionDue("unsubmitted"), uow)
    uow.commit()  # and here the machine dies: the files are still there, their removal is owed
    assert dropped in files_of(school)
    school.start()
    school.rests()
    assert dropped not in files_of(school)


# --- files of plans ------------------------------------------------------------------------------


@pytest.fixture
def strict(make_school: MakeSchool) -> School:
    """A school that keeps the files of plans one school year longer."""
    running = make_school(retention={"signed_years": 1})
    running.start()
    return running


def two_years_later(school: School) -> None:
    school.passes(days=2 * 366)
    school.rests()


def test_files_of_plans_go_on_the_offices_word_only(strict: School, desk: Desk) -> None:
    approved(strict, desk)
    [(signed,)] = strict.rows("SELECT current_sha256 FROM versions")
    two_years_later(strict)
    strict.ticks()
    assert signed in files_of(strict)  # no night takes it
    share = due(strict)[Kind.SIGNED]
    assert (share.rows, share.files >= 4, share.size > 50_000) == (1, True, True)
    opened = desk_of(strict)
    opened.apply()
    opened.close()
    strict.rests()
    assert signed not in files_of(strict)
    [(state, removed)] = strict.rows("SELECT state, removed_at FROM versions")
    assert state == "approved" and removed
    strict.teacher.says("/hoso")
    strict.checks()
    made = backs_up(strict, usb(strict))
    assert (made.missing, made.damaged) == ((), ())
    strict.stop()
    moves_to(strict, usb(strict), strict.home.with_name("new computer"))
    found = look_over(strict.home, strict.clock, quietly)
    assert (found.signed, found.sound) == (0, True)


def test_who_asks_for_a_file_that_is_gone_hears_why(strict: School, desk: Desk) -> None:
    approved(strict, desk)
    card = copy_button(strict.teacher)
    two_years_later(strict)
    opened = desk_of(strict)
    opened.apply()
    opened.close()
    strict.rests()
    strict.teacher.presses_token(card, strict.teacher.messages()[-1])
    strict.teacher.hears("đã hết thời hạn lưu của nhà trường")
    strict.checks()


def copy_button(teacher: Member) -> str:
    teacher.says("/hoso")
    shown = teacher.hears("Tuần 13")
    teacher.presses("Bản đã duyệt", shown)
    teacher.hears("Bản đã duyệt KHBD Tuần 13")
    keys = [key for row in shown.raw["buttons"] for key in row]
    return next(str(key["data"]) for key in keys if "Bản đã duyệt" in key["label"])


def test_a_hold_on_a_plan_or_its_teacher_keeps_everything(strict: School, desk: Desk) -> None:
    lives_a_while(strict, desk)
    [(code,)] = strict.rows("SELECT code FROM plans")
    kept = files_of(strict)
    opened = desk_of(strict)
    opened.hold(code, "Đang có đơn khiếu nại")
    opened.hold("gv09", "Đang có đơn khiếu nại")
    with pytest.raises(NotThere, match="held already"):
        opened.hold("GV09", "lần nữa")
    with pytest.raises(NotThere, match="needs a reason"):
        opened.hold("GV08", "…")
    with pytest.raises(NotThere, match="no staff id and no record code"):
        opened.hold("KHBD-1", "vì sao")
    two_years_later(strict)
    assert {kind for kind, share in due(strict).items() if share.rows} <= {Kind.MESSAGES, Kind.LINK_ATTEMPTS}
    opened.apply()
    strict.rests()
    assert kept <= files_of(strict)
    assert "inbox" in held_words(strict) and "ticket_lines" in held_words(strict)
    opened.release("GV09")
    assert due(strict)[Kind.SIGNED].rows == 0
    opened.release(code)
    assert due(strict)[Kind.SIGNED].rows == 1
    with pytest.raises(NotThere, match="is not held"):
        opened.release("GV09")
    opened.close()
    held = strict.rows("SELECT facts FROM audit WHERE action LIKE 'retention.%' ORDER BY number")
    assert "khiếu nại" not in str(held)


def test_what_is_kept_for_ever_is_never_due(make_school: MakeSchool, desk: Desk) -> None:
    keep = {f"{kind.value}_days": "keep" for kind in Kind if kind is not Kind.SIGNED}
    school = make_school(retention=keep)
    school.start()
    lives_a_while(school, desk)
    school.passes(days=2000)
    assert all(not share.before and not share.rows for share in due(school).values())


def test_a_file_somebody_else_handed_in_too_stays(school: School, desk: Desk) -> None:
    same = desk.plan(13)
    school.teacher.sends(same, "mot.pdf")
    school.teacher.hears("xác nhận trình ký")
    school.teacher.presses("Hủy")
    school.teacher.hears("mot.pdf")
    school.teacher.hands_in(same)
    night(school, days=40)
    [(sha256,)] = school.rows("SELECT original_sha256 FROM versions")
    assert file_sha256(school.home / "files" / sha256[:2] / sha256) == sha256


def test_the_cutoff_is_a_whole_school_year(strict: School) -> None:
    now = datetime(2026, 11, 30, tzinfo=VN)
    assert Retention(signed_years=1).cutoff(Kind.SIGNED, now) == datetime(2025, 8, 1, tzinfo=VN)
    assert Retention(signed_years=5).cutoff(Kind.SIGNED, now) == datetime(2021, 8, 1, tzinfo=VN)
    assert Retention().cutoff(Kind.SIGNED, now) is None
