"""A row for each rule R1..R62 that shows in the chats of a school; its week is played once for all."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pypdfium2
import pytest
from tests.conversation import Heard
from tests.plans_to_send import Desk
from tests.rule_rows import Row, Table
from tests.school import MakeSchool, School, week

from hoso_bot.domain.registers import RegisterRefused
from hoso_bot.school_year import SchoolYear, WeekReport

TABLE = Table()
row = TABLE.row

REASON = "Bài 2 tiết 3 thiếu hoạt động khởi động, đ/c bổ sung giúp 🙏"
UNLINKED = ("GV05", "NV01")
EFFECTIVE = 13
"""Week 12 is backfill in this school."""


@dataclass
class Story:
    """One school's week, and what people heard at each turn of it."""

    school: School
    heard: dict[str, Heard] = field(default_factory=dict)
    seen: dict[str, Any] = field(default_factory=dict)

    def text(self, moment: str) -> str:
        return self.heard[moment].text


@pytest.fixture(scope="module")
def story(make_any_school: MakeSchool, desk: Desk) -> Iterator[Story]:
    """The whole play; every act is of other teachers, so that none disturbs another."""
    people = [f"GV{n:02d}" for n in range(1, 12)] + ["HT01", "PHT01", "NV01"]
    school = make_any_school(
        linked=tuple(p for p in people if p not in UNLINKED),
        rules={"effective_week": EFFECTIVE},
        roles={"support_name": "Cô Hoa", "support_phone": "0900111222"},
    )
    school.start()
    played = Story(school)
    try:
        for act in (hands_in, decides, mends, signs, changes_again, others, office_acts, is_late):
            act(played, desk)
        yield played
        school.checks()
    finally:
        school.close()


# --- the play ------------------------------------------------------------------------------------------


def hands_in(story: Story, desk: Desk) -> None:
    """GV09 sends week 13, and only then presses `Trình ký`."""
    school, heard = story.school, story.heard
    school.teacher.sends(desk.plan(13))
    heard["card"] = school.teacher.hears("xác nhận trình ký")
    school.rests()
    story.seen["after the upload"] = (
        school.rows("SELECT state FROM uploads"),
        school.rows("SELECT * FROM plans"),
        school.head.messages(),
    )
    school.teacher.presses("Trình ký")
    heard["done"] = school.teacher.hears("^Đã trình ký")
    heard["head's card"] = school.head.gets_card()
    school.rests()
    story.seen["vice before the head"] = school.vice.messages()


def decides(story: Story, desk: Desk) -> None:
    """The head looks at the queue, signs too fast, then rejects; others try too."""
    school, heard = story.school, story.heard
    for who in ("GV01", "GV07", "GV06"):
        school[who].says("/choduyet")
        heard[f"queue of {who}"] = school[who].hears("hồ sơ")
    school.head.presses("Ký duyệt")
    heard["too fast"] = school.head.hears("^Đ/c chưa mở tệp|^Ký duyệt KHBD")
    school.head.presses("Để sau")
    school.head.presses("Từ chối")
    heard["asked for a reason"] = school.head.hears("nêu rõ điểm chưa đạt")
    school.head.says("ok 👍")
    heard["thin reason"] = school.head.hears("Lý do chưa rõ|Đã trả lại")
    story.seen["after the thin reason"] = school.step_states()
    school.head.says(REASON)
    school.head.hears("^Đã trả lại")
    heard["rejected"] = school.teacher.hears("cần chỉnh sửa")


def mends(story: Story, desk: Desk) -> None:
    """GV09 sends the mended file; the chain begins at the head again."""
    school, heard = story.school, story.heard
    heard["done again"] = school.teacher.hands_in(desk.mended(13))
    heard["head's second card"] = school.head.gets_card("bản 2")
    story.seen["chain of version 2"] = school.step_states()


def signs(story: Story, desk: Desk) -> None:
    """Both sign; the teacher gets the signed file and asks for it once more."""
    school, heard = story.school, story.heard
    school.head.presses("Ký duyệt")
    heard["asked to confirm"] = school.head.hears("Chữ ký số được ghi vào tệp")
    school.head.presses("Xác nhận")
    heard["vice's card"] = school.vice.gets_card()
    story.seen["standing before the last signature"] = standing(school, "GV09")
    school.vice.approves()
    heard["approved"] = school.teacher.hears("đã được phê duyệt đủ")
    story.seen["standing after it"] = standing(school, "GV09")
    school.teacher.says("/trangthai")
    school.teacher.hears("đã duyệt")
    school.teacher.presses("Bản đã duyệt")
    heard["the copy again"] = school.teacher.hears("^Bản đã duyệt")
    school["GV08"].says("/trangthai")
    heard["a colleague's plans"] = school["GV08"].hears("KHBD")
    school["GV08"].says("/thieu 13")
    heard["a teacher asks who is missing"] = school["GV08"].hears("Mục này|Tuần 13")
    for who in ("HT01", "GV06"):
        school[who].says("/thieu 13")
        heard[f"missing for {who}"] = school[who].hears("đã nộp")


def changes_again(story: Story, desk: Desk) -> None:
    """GV09 changes the approved plan."""
    school, heard = story.school, story.heard
    heard["changed"] = school.teacher.hands_in(desk.plan(13, lessons=3))
    school.head.gets_card("bản 3")
    story.seen["chain of version 3"] = school.step_states()


def others(story: Story, desk: Desk) -> None:
    """A third week, a second file of one week, backfill, a Word file, a stranger's code, the board's own."""
    school, heard = story.school, story.heard
    eight, ten, eleven = school["GV08"], school["GV10"], school["GV11"]
    for number in (13, 14):
        eight.hands_in(desk.plan(number))
    eight.sends(desk.plan(15))
    heard["third week"] = eight.hears("chưa dạy xong|xác nhận trình ký")
    ten.hands_in(desk.plan(13))
    heard["same week again"] = ten.hands_in(desk.mended(13))
    heard["backfill"] = eleven.hands_in(desk.plan(12))
    ten.sends(desk.docx(), "KHBD tuan 14.pdf")
    heard["no pdf"] = ten.hears("chưa phải PDF|xác nhận trình ký")
    ten.sends(desk.without_week(), "bai.pdf")
    heard["no week"] = ten.hears("bai.pdf.*Thầy/cô chọn tuần|xác nhận trình ký")
    ten.says(f"/start {school.invites('GV03')}")
    heard["a second account"] = ten.hears("một tài khoản|đồng ý không")
    school.vice.hands_in(desk.plan(14))
    heard["the vice-principal's plan"] = school.principal.gets_card()
    for word in ("huongdan", "hotro"):
        ten.says(f"/{word}")
        heard[word] = ten.hears("Nộp KHBD|liên hệ")
    ten.says("Tệp của em nặng quá, em chưa gửi được ạ")
    heard["a difficulty"] = school.vice.hears("nặng quá")


def office_acts(story: Story, desk: Desk) -> None:
    """The office changes a rule for later, and tries to open a register without a document."""
    school, seen = story.school, story.seen
    office = SchoolYear(school.settings, school.clock)
    try:
        seen["weeks"] = {number: office.expected(number) for number in (12, 13)}
        office.set_rules(["open_weeks=3"], week(20).first, "Từ tuần 20")
        school.teacher.hears("Quy định nộp KHBD")
        school.teacher.presses("Đã đọc")
        school.teacher.hears("đã ghi nhận")
        school.rests()
        news = "edits IS NULL AND json_extract(message, '$.text') = 'rules.news'"
        told = school.rows(f"SELECT person_id FROM outbox WHERE {news}")
        seen["told"] = sorted(person for (person,) in told)
        seen["reading"] = office.readings()[-1]
        with pytest.raises(RegisterRefused):
            office.open_register("KHDH", "Kế hoạch dạy học", " ")
    finally:
        office.close()


def is_late(story: Story, desk: Desk) -> None:
    """Seven minutes after the deadline GV04 hands in."""
    school, heard = story.school, story.heard
    moment = week(13).deadline + timedelta(minutes=7)
    school.passes(seconds=(moment - school.clock.now()).total_seconds())
    heard["late"] = school["GV04"].hands_in(desk.plan(13))
    heard["late card"] = school["GV01"].gets_card()


def standing(school: School, staff_id: str) -> str:
    """How somebody stands for week 13 as the office sees it."""
    office = SchoolYear(school.settings, school.clock)
    try:
        return next(due_of(office.expected(13), staff_id))
    finally:
        office.close()


def due_of(report: WeekReport, staff_id: str) -> Iterator[str]:
    return (due.standing.value for due in report.dues if due.person.staff_id == staff_id)


def missing(report: WeekReport) -> set[str]:
    return {due.person.staff_id for due in report.dues if due.standing.value == "missing"}


def printed(body: bytes) -> str:
    """Every word on the pages, the boxes drawn on them too."""
    document = pypdfium2.PdfDocument(io.BytesIO(body), autoclose=True)
    document.init_forms()
    return " ".join(page.get_textpage().get_text_bounded() for page in document)


# --- scope and what is submitted -------------------------------------------------------------------------


@row("R5", "everybody is on the list; who has no linked chat is named to the office")
def _(story: Story) -> None:
    assert tuple(p.staff_id for p in story.seen["weeks"][13].unlinked) == UNLINKED


@row("R6-chat", "the vice-principal's own plan goes to the principal")
def _(story: Story) -> None:
    assert "Lương Quang Tùng" in story.text("the vice-principal's plan")


@row("R7-document", "a register opens by a document's number only, so nobody is asked for one")
def _(story: Story) -> None:
    assert story.school.rows("SELECT * FROM registers") == []
    assert "Đầu sổ" not in story.text("card")


@row("R8-list", "who teaches is on the week's list, who does not is not")
def _(story: Story) -> None:
    listed = {due.person.staff_id for due in story.seen["weeks"][13].dues}
    assert {"GV03", "GV05", "HT01"} <= listed and "NV01" not in listed


@row("R10-approved", "a plan counts as approved after the last signature, not before")
def _(story: Story) -> None:
    assert story.seen["standing before the last signature"] == "handed_in"
    assert story.seen["standing after it"] == "approved"


# --- time and file -----------------------------------------------------------------------------------------


@row("R11-card", "the card says until when")
def _(story: Story) -> None:
    assert f"Hạn nộp: CN {week(13).deadline:%d/%m}, 23:59" in story.text("card")


@row("R12-chat", "a third open week is refused with the day it opens")
def _(story: Story) -> None:
    opens = week(13).last + timedelta(days=1)
    assert f"Tuần 15 nộp được từ {opens:%d/%m/%Y}" in story.text("third week")


@row("R13-one-slot", "a second file of the same week is a new version under the same code")
def _(story: Story) -> None:
    slots = story.school.rows("SELECT version FROM plans WHERE week = 13 AND code LIKE '%GV10'")
    assert slots == [(2,)] and "bản 2" in story.text("same week again")


@row("R14", "the bytes decide what a PDF is, not the name")
def _(story: Story) -> None:
    assert "là tệp Word, chưa phải PDF" in story.text("no pdf")


# --- submission --------------------------------------------------------------------------------------------


@row("R16", "a file opens the way to `Trình ký`")
def _(story: Story) -> None:
    assert any("Trình ký" in label for label in story.heard["card"].buttons)


@row("R17", "with one open register the plan goes to lesson plans unasked")
def _(story: Story) -> None:
    assert set(story.school.rows("SELECT DISTINCT register FROM plans")) == {("KHBD",)}


@row("R18", "a sent file is a draft")
def _(story: Story) -> None:
    assert story.seen["after the upload"][0] == [("ready",)]


@row("R19", "week, dates, class and signers are filled in from file and roster")
def _(story: Story) -> None:
    card = story.text("card")
    assert f"KHBD Tuần 13 ({week(13).first:%d/%m} – {week(13).last:%d/%m/%Y})" in card
    assert "lớp 5B" in card and "1) Bùi Thị Tuyết Nga" in card


@row("R19-asked", "what cannot be read is asked, nothing else")
def _(story: Story) -> None:
    assert "chưa đọc được tuần" in story.text("no week")


@row("R20", "the original is kept byte for byte")
def _(story: Story) -> None:
    ((sha256,),) = story.school.rows("SELECT sha256 FROM uploads ORDER BY sent_at, id LIMIT 1")
    stored = story.school.app.desk.files.path(sha256).read_bytes()
    assert stored.startswith(b"%PDF-") and hashlib.sha256(stored).hexdigest() == sha256


@row("R21", "an upload alone hands nothing in and bothers nobody")
def _(story: Story) -> None:
    _, plans, heard_by_the_head = story.seen["after the upload"]
    assert plans == [] and heard_by_the_head == []


@row("R22-card", "the teacher sees the order and has no button to change it")
def _(story: Story) -> None:
    assert "1) Bùi Thị Tuyết Nga (tổ trưởng), 2) Lương Quang Tùng (phó hiệu trưởng)" in story.text("card")
    assert len(story.heard["card"].buttons) == 3


@row("R25-chat", "the vice-principal hears of it after the head signed")
def _(story: Story) -> None:
    assert story.seen["vice before the head"] == []
    assert "Đã ký: Bùi Thị Tuyết Nga" in story.text("vice's card")


# --- review ------------------------------------------------------------------------------------------------


@row("R26", "the queue shows what waits for me")
def _(story: Story) -> None:
    assert "1 hồ sơ đang chờ" in story.text("queue of GV06")
    assert any("Tạ Thị Loan" in label for label in story.heard["queue of GV06"].buttons)


@row("R27", "who wants to sign before the file can have been read is told so")
def _(story: Story) -> None:
    assert story.text("too fast").startswith("Đ/c chưa mở tệp")


@row("R28", "the head may send a plan back")
def _(story: Story) -> None:
    states = story.school.rows("SELECT state FROM versions WHERE number = 1 AND minutes_late = 0")
    assert ("rejected",) in states


@row("R29", "no rejection without a reason; the teacher reads it word for word")
def _(story: Story) -> None:
    assert "Lý do chưa rõ" in story.text("thin reason")
    assert story.seen["after the thin reason"] == ["pending", "waiting"]
    assert f'"{REASON}"' in story.text("rejected")


@row("R30", "what is signed is exactly what the card carried, and the signed file begins with it")
def _(story: Story) -> None:
    reviewed, signed = story.heard["head's second card"], story.heard["approved"].file()
    assert reviewed.sha256 and reviewed.sha256[:16] in story.text("asked to confirm")
    assert signed.startswith(reviewed.file()) and len(signed) > len(reviewed.file())


# --- rights ------------------------------------------------------------------------------------------------


@row("R32", "a chat that belongs to somebody takes no second person")
def _(story: Story) -> None:
    assert "Mỗi người một tài khoản" in story.text("a second account")


@row("R33-queue", "another group's head has nothing to decide")
def _(story: Story) -> None:
    assert "không có hồ sơ nào" in story.text("queue of GV01")


@row("R34-queue", "nor has the deputy without a delegation")
def _(story: Story) -> None:
    assert "không có hồ sơ nào" in story.text("queue of GV07")


@row("R36-list", "the board sees every group")
def _(story: Story) -> None:
    assert "Tổ 1-2-3" in story.text("missing for HT01") and "Tổ 4-5" in story.text("missing for HT01")


@row("R37-chat", "a teacher sees the own plans and no list of others")
def _(story: Story) -> None:
    assert "chưa nộp KHBD nào" in story.text("a colleague's plans")
    assert "dành cho tổ trưởng và Ban giám hiệu" in story.text("a teacher asks who is missing")


# --- use in class, start, support --------------------------------------------------------------------------


@row("R39", "the approved file reaches the teacher, and again with one tap")
def _(story: Story) -> None:
    given, again = story.heard["approved"], story.heard["the copy again"]
    assert given.sha256 == again.sha256 and (given.file_name or "").endswith("-da-ky.pdf")


@row("R40", "printed, the file shows who approved and its code")
def _(story: Story) -> None:
    words = printed(story.heard["approved"].file())
    assert "TỔ TRƯỞNG" in words and "PHÓ HIỆU TRƯỞNG" in words and "-T13-GV09" in words


@row("R43-list", "from the effective week on, who has not handed in is missing")
def _(story: Story) -> None:
    assert "GV02" in missing(story.seen["weeks"][13])


@row("R44", "an earlier week is taken in, never late and never missing")
def _(story: Story) -> None:
    assert "sau hạn" not in story.text("backfill")
    assert list(due_of(story.seen["weeks"][12], "GV11")) == ["handed_in"]
    assert missing(story.seen["weeks"][12]) == set()


@row("R45", "the way to hand in is a command away")
def _(story: Story) -> None:
    assert "gửi tệp PDF của tuần vào đây" in story.text("huongdan")


@row("R46", "so is somebody to ask")
def _(story: Story) -> None:
    assert story.text("hotro").startswith("Thầy/cô cần hỗ trợ xin liên hệ")
    assert "Hỗ trợ" in story.heard["huongdan"].buttons


@row("R47", "and it is whom the school named, by phone and Zalo")
def _(story: Story) -> None:
    assert "Cô Hoa – 0900111222 (điện thoại/Zalo)" in story.text("hotro")


@row("R48", "a difficulty reaches the board's records admin, with the name of who has it")
def _(story: Story) -> None:
    assert story.school["GV10"].staff.name in story.text("a difficulty")


# --- monitoring and change ---------------------------------------------------------------------------------


@row("R49", "the week's list counts who handed in")
def _(story: Story) -> None:
    assert "1/13 đã nộp" in story.text("missing for HT01")


@row("R50", "a head sees the own group's gaps only")
def _(story: Story) -> None:
    text = story.text("missing for GV06")
    assert "Mai Thị Diệp (GV08, Tổ 4-5)" in text and "Tổ 1-2-3" not in text


@row("R54-chat", "a change is asked to be read, and who read it is known")
def _(story: Story) -> None:
    assert (story.seen["reading"].read, story.seen["reading"].asked) == (1, 12)


@row("R56-chat", "everybody with a chat hears of it, once")
def _(story: Story) -> None:
    linked = story.school.rows("SELECT person_id FROM accounts")
    assert story.seen["told"] == sorted(person for (person,) in linked) and len(linked) == 12


# --- implied -----------------------------------------------------------------------------------------------


@row("R57-chat", "no card of the own plan")
def _(story: Story) -> None:
    own = [m for m in story.school.vice.messages() if "-T14-PHT01" in m.text and m.file_name]
    assert own == []


@row("R58-chat", "a change after approval waits for both signatures again")
def _(story: Story) -> None:
    assert story.seen["chain of version 3"] == ["pending", "waiting"]
    assert "bản 3" in story.text("changed")


@row("R59-chat", "a mended plan begins at the head again")
def _(story: Story) -> None:
    assert story.seen["chain of version 2"] == ["pending", "waiting"]
    assert story.heard["head's second card"].sha256 != story.heard["head's card"].sha256


@row("R60-chat", "late is accepted and marked for the teacher and the head")
def _(story: Story) -> None:
    assert "sau hạn 7 phút" in story.text("late") and "nộp sau hạn 7 phút" in story.text("late card")


@pytest.mark.parametrize("rule", TABLE.cases)
def test_rule(rule: Row, story: Story) -> None:
    rule.proof(story)


def test_the_play_left_a_whole_log(story: Story) -> None:
    """What the rows look at happened in one school whose log is intact."""
    story.school.checks()
    assert json.dumps(story.school.audited("plan.submitted")).count("sha256") >= 8
