"""What is on the web board: plans of a real conversation, to each what they may see, each look in the log."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

import pytest
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School
from tests.web_board import PUBLIC, Browser, Seen

from hoso_bot.store.boards import Boards

REASON = "Bài Toán tiết 2 chưa nêu yêu cầu cần đạt <b>ở trang 3</b>."


@pytest.fixture(scope="module")
def school(make_any_school: MakeSchool, desk: Desk) -> Iterator[School]:
    """Week 13: one plan returned, handed in again and approved by the head; another one waits for hers."""
    running = make_any_school(web={"public_url": PUBLIC})
    running.start()
    running.teacher.hands_in(desk.plan(13))
    running.head.gets_card()
    running.head.rejects(REASON)
    running.teacher.hands_in(desk.mended(13))
    running.head.gets_card()
    running.head.approves()
    running["GV03"].hands_in(desk.plan(13, lessons=3))
    running["GV01"].gets_card()
    yield running
    running.checks()
    running.close()


@dataclass
class Visitor:
    """Somebody of the school at a browser, logged in."""

    browser: Browser
    staff_id: str

    def opens(self, path: str, **headers: str) -> Seen:
        return self.browser.opens(path, **headers)

    def plan_of(self, staff_id: str) -> str:
        """The way to the plan of week 13."""
        code = f"%T13-{staff_id}"
        ((plan_id,),) = self.browser.school.rows("SELECT id FROM plans WHERE code LIKE ?", code)
        return f"/bang/ho-so/{plan_id}"


def logged_in(school: School, staff_id: str) -> Visitor:
    browser = Browser(school)
    assert browser.enters(school[staff_id]).status == 200
    return Visitor(browser, staff_id)


@pytest.fixture(scope="module")
def principal(school: School) -> Visitor:
    return logged_in(school, "HT01")


@pytest.fixture(scope="module")
def other_head(school: School) -> Visitor:
    """The head of the group that the teacher does not belong to."""
    return logged_in(school, "GV01")


# --- the week -------------------------------------------------------------------------------------


def test_the_week_says_how_each_plan_stands_and_who_has_it(principal: Visitor) -> None:
    said = principal.opens("/bang?tuan=13").text
    assert "KHBD Tuần 13" in said
    assert "Tạ Thị Loan Chờ phó hiệu trưởng bản 2 · Lương Quang Tùng" in said
    assert "Hồ Ngọc Trâm Chờ tổ trưởng" in said
    assert "Mai Thị Diệp Chưa nộp" in said
    assert "0/13 đã duyệt, 2 chờ duyệt, 11 chưa nộp" in said
    assert "Tổ 4-5 0/6" in said


def test_other_weeks_are_a_press_away(principal: Visitor) -> None:
    page = principal.opens("/bang")
    assert "KHBD Tuần 12" in page.text
    (before,) = page.links("tuan=11")
    (after,) = page.links("tuan=13")
    assert "KHBD Tuần 11" in principal.opens(before.replace("&amp;", "&")).text
    assert "KHBD Tuần 13" in principal.opens(after.replace("&amp;", "&")).text


def test_an_odd_week_is_no_page(principal: Visitor) -> None:
    for asked in (
        "tuan=99",
        "tuan=0",
        "tuan=-1",
        "tuan=%C2%B2",
        "tuan=13;",
        "tuan=1e1",
        "nam=1999-2000",
        "nam=x",
    ):
        page = principal.opens(f"/bang?{asked}")
        assert page.status == 404, asked
        assert "Không có trang này" in page.text


def test_a_head_sees_the_own_group_only(other_head: Visitor) -> None:
    page = other_head.opens("/bang?tuan=13")
    assert "Hồ Ngọc Trâm" in page.text
    assert "Tạ Thị Loan" not in page.text
    assert "phần đ/c phụ trách" in page.text


# --- the queue ------------------------------------------------------------------------------------


def test_the_queue_says_what_waits_for_whom_longest_first(principal: Visitor) -> None:
    said = principal.opens("/bang/cho").text
    assert "2 hồ sơ đang chờ duyệt" in said
    assert said.index("Tạ Thị Loan") < said.index("Hồ Ngọc Trâm Tuần 13")
    assert "Lương Quang Tùng 1 hồ sơ" in said


def test_the_queue_of_one_person_or_group(principal: Visitor, other_head: Visitor) -> None:
    page = principal.opens("/bang/cho")
    ways = {way.rpartition("=")[2]: way for way in page.links("nguoi=")}
    vice = principal.browser.school["PHT01"].staff.id
    of_vice = principal.opens(ways[vice]).text
    assert "Tạ Thị Loan" in of_vice
    assert "Hồ Ngọc Trâm" not in of_vice
    of_group = principal.opens("/bang/cho?to=to%201-2-3").text
    assert "Không có hồ sơ nào khớp" in of_group  # accents count in a group's name
    of_group = principal.opens("/bang/cho?to=T%E1%BB%95%201-2-3").text
    assert "Hồ Ngọc Trâm" in of_group
    assert "Tạ Thị Loan" not in of_group
    assert "Tạ Thị Loan" not in other_head.opens("/bang/cho").text


def test_who_stands_in_is_shown_as_a_holder(school: School, principal: Visitor) -> None:
    head = school["GV01"]
    head.says("/vangmat")
    head.presses("Hôm nay")
    head.hears("Đã ghi Phan Thị Hồng Mai .* vắng mặt")
    school.rests()
    while_away = principal.opens("/bang/cho").text
    head.says("/vangmat")
    head.presses("Đã có mặt")
    head.hears("đã có mặt")
    school.rests()
    assert "Phan Thị Hồng Mai / Lương Quang Tùng" in while_away
    assert "Phan Thị Hồng Mai / " not in principal.opens("/bang/cho").text


# --- a plan ---------------------------------------------------------------------------------------


def test_a_plan_tells_its_story(principal: Visitor) -> None:
    page = principal.opens(principal.plan_of("GV09"))
    said = page.text
    assert "KHBD Tuần 13 Tạ Thị Loan" in said
    assert "Chờ phó hiệu trưởng Lương Quang Tùng, từ" in said
    assert said.index("Bản 2") < said.index("Bản 1")
    assert "Trả lại Bùi Thị Tuyết Nga" in said
    assert "&lt;b&gt;ở trang 3&lt;/b&gt;" in said  # word for word, and never a tag
    assert "Đã ký Bùi Thị Tuyết Nga" in said
    assert "Kiểm tra tự động" in said
    assert "lớp 5B" in said
    assert page.links(f"{PUBLIC}/v/")
    assert "Duyệt hay trả lại, đ/c làm trong chat" in said


def test_page_1_is_shown(principal: Visitor) -> None:
    page = principal.opens(principal.plan_of("GV09"))
    (way,) = page.links("/bang/anh/")
    picture = principal.opens(way)
    assert (picture.status, picture.headers["content-type"]) == (200, "image/jpeg")
    assert picture.body[:2] == b"\xff\xd8"


def ways_to_files(principal: Visitor) -> dict[str, str]:
    page = principal.opens(principal.plan_of("GV09"))
    newest: dict[str, str] = {}
    for way in page.links("/bang/tep/"):
        newest.setdefault(way.rpartition("/")[2], way)
    return newest


def test_the_files_are_those_on_record(school: School, principal: Visitor) -> None:
    columns = "original_sha256, review_sha256, current_sha256"
    plan = "plan_id IN (SELECT id FROM plans WHERE code LIKE '%T13-GV09')"
    ((original, review, current),) = school.rows(
        f"SELECT {columns} FROM versions WHERE {plan} ORDER BY number DESC LIMIT 1"
    )
    ways = ways_to_files(principal)
    for name, sha256 in (("goc.pdf", original), ("trinh-ky.pdf", review), ("hien-tai.pdf", current)):
        file = principal.opens(ways[name])
        assert (file.status, file.headers["content-type"]) == (200, "application/pdf")
        assert hashlib.sha256(file.body).hexdigest() == sha256
        assert file.headers["content-disposition"].startswith("inline; filename*=UTF-8''KHBD-")
        assert file.headers["cache-control"] == "no-store"
        assert file.headers["x-content-type-options"] == "nosniff"
        assert file.headers["referrer-policy"] == "no-referrer"


def test_a_viewer_gets_pieces_and_it_is_one_look(school: School, principal: Visitor) -> None:
    way = ways_to_files(principal)["hien-tai.pdf"]
    whole = principal.opens(way).body
    school.passes(minutes=20)
    before = len(school.audited("copy.read"))
    for first in range(0, 5000, 1000):
        piece = principal.opens(way, Range=f"bytes={first}-{first + 999}")
        assert piece.status == 206
        assert piece.headers["content-range"] == f"bytes {first}-{first + 999}/{len(whole)}"
        assert piece.body == whole[first : first + 1000]
    assert principal.opens(way, Range=f"bytes={len(whole) + 5}-").status == 416
    read = school.audited("copy.read")[before:]
    assert read == [{"version": 2, "what": "current", "on": "web"}]


def test_looks_are_in_the_log_but_not_at_the_own_things(school: School, principal: Visitor) -> None:
    school.passes(minutes=20)
    before = len(school.audited("plan.read"))
    for _ in range(3):
        principal.opens(principal.plan_of("GV09"))
    assert school.audited("plan.read")[before:] == [{"version": 2, "on": "web"}]
    head = logged_in(school, "GV06")
    before = len(school.audited("report.read"))
    head.opens(f"/bang/gv/{school['GV06'].staff.id}")
    assert len(school.audited("report.read")) == before


def test_what_is_not_theirs_is_not_there(other_head: Visitor, principal: Visitor) -> None:
    files = list(ways_to_files(principal).values())
    pictures = principal.opens(principal.plan_of("GV09")).links("/bang/anh/")
    teacher = f"/bang/gv/{principal.browser.school.teacher.staff.id}"
    for way in (principal.plan_of("GV09"), teacher, *files, *pictures):
        assert principal.opens(way).status == 200
        refused = other_head.opens(way)
        assert refused.status == 404
        assert "Tạ Thị Loan" not in refused.text


@pytest.mark.parametrize(
    "way",
    [
        "/bang/tep/..%2f..%2f..%2fetc%2fpasswd/hien-tai.pdf",
        "/bang/tep/x/..%2fhien-tai.pdf",
        "/bang/tep/x/hien-tai.pdf",
        "/bang/tep/%00/goc.pdf",
        "/bang/ho-so/..",
        "/bang/ho-so/..%2f..%2fhoso.db",
        "/bang/ho-so/" + "a" * 3000,
        "/bang/ho-so/'%20OR%201=1",
        "/bang/gv/%F0%9F%92%A9",
        "/bang/anh/x.jpg",
        "/bang/khong-co",
        "/bang/../hoso.toml",
    ],
)
def test_odd_addresses_are_no_pages(principal: Visitor, way: str) -> None:
    assert principal.opens(way).status == 404


def test_no_part_of_a_version_but_the_three(principal: Visitor) -> None:
    way = ways_to_files(principal)["hien-tai.pdf"]
    for other in ("moi", "hien-tai.pdf%00", "HIEN-TAI", "original"):
        assert principal.opens(way.replace("hien-tai", other)).status == 404


def test_a_file_that_is_gone_says_so(school: School, principal: Visitor) -> None:
    way = ways_to_files(principal)["goc.pdf"]
    query = (
        "SELECT original_sha256 FROM versions JOIN plans ON plans.id = plan_id WHERE code LIKE '%T13-GV09'"
    )
    file = school.app.desk.files.path(school.rows(f"{query} ORDER BY number DESC LIMIT 1")[0][0])
    kept = file.rename(file.with_suffix(".away"))
    school.passes(minutes=20)
    before = len(school.audited("copy.read"))
    gone = principal.opens(way)
    kept.rename(file)
    assert gone.status == 404
    assert "không còn trong kho" in gone.text
    assert len(school.audited("copy.read")) == before


def test_trouble_is_told_without_a_word_about_it(
    school: School, principal: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_given: object) -> None:
        raise RuntimeError("Tạ Thị Loan")

    monkeypatch.setattr(Boards, "waiting", breaks)
    page = principal.opens("/bang/cho")
    assert page.status == 500
    assert "Em gặp trục trặc" in page.text
    assert "Loan" not in page.text


def test_without_a_session_there_is_nothing(school: School, principal: Visitor) -> None:
    nobody = Browser(school)
    files = list(ways_to_files(principal).values())
    pages = ["/bang", "/bang/cho", "/bang/tim?q=loan", principal.plan_of("GV09"), "/bang/x"]
    for way in (*pages, *files):
        page = nobody.opens(way)
        assert page.status == 401
        assert "nhắn /bang" in page.text


# --- a teacher, and search ------------------------------------------------------------------------


def test_a_teachers_weeks(principal: Visitor) -> None:
    said = principal.opens(f"/bang/gv/{principal.browser.school.teacher.staff.id}").text
    assert "Tạ Thị Loan" in said
    assert "Giáo viên, Tổ 4-5 · lớp 5B · GV09" in said
    assert said.index("Tuần 13") < said.index("Tuần 12")
    assert "Chờ phó hiệu trưởng" in said
    assert (
        principal.opens(f"/bang/gv/{principal.browser.school.teacher.staff.id}?nam=2001-2002").status == 404
    )


@pytest.mark.parametrize("typed", ["loan 5b t13", "LOAN", "tạ loan", "gv09", "5B tuần 13", "t13 tổ 4-5 loan"])
def test_a_teacher_is_found_without_accents(principal: Visitor, typed: str) -> None:
    page = principal.opens(f"/bang/tim?q={quote(typed)}")
    assert "Tạ Thị Loan" in page.text
    assert page.links("/bang/gv/")


def test_a_plan_is_found_by_its_code(principal: Visitor, other_head: Visitor) -> None:
    page = principal.opens("/bang/tim?q=khbd-2627-t13-gv09".replace("2627", code_year(principal)))
    assert principal.plan_of("GV09") in page.links("/bang/ho-so/")
    refused = other_head.opens("/bang/tim?q=khbd-2627-t13-gv09".replace("2627", code_year(principal)))
    assert refused.links("/bang/ho-so/") == []
    assert "Không thấy ai" in refused.text


def code_year(visitor: Visitor) -> str:
    ((code,),) = visitor.browser.school.rows("SELECT code FROM plans WHERE code LIKE '%T13-GV09'")
    return str(code).split("-")[1]


def test_nothing_found_says_how_to_go_on(principal: Visitor, other_head: Visitor) -> None:
    assert "Không thấy ai" in principal.opens("/bang/tim?q=zzz").text
    assert "Tạ Thị Loan" not in other_head.opens("/bang/tim?q=loan").text
    page = principal.opens("/bang/tim?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    assert page.status == 200
    assert b"<script>alert" not in page.body
    assert "không có Tuần 77" in principal.opens("/bang/tim?q=loan%20t77").text


def test_looking_changes_nothing(principal: Visitor) -> None:
    before = principal.browser.school.decisions()
    page = principal.opens(principal.plan_of("GV09"))
    assert set(page.links("/")) & {"/bang/thoat"}
    assert page.body.count(b"<form") == 1  # the way out is the only form
    for way in ("/bang", "/bang/cho", principal.plan_of("GV09")):
        assert principal.opens(way, **{"X-HTTP-Method-Override": "DELETE"}).status == 200
        assert principal.browser.opens(way, "POST").status == 405
        assert principal.browser.opens(way, "DELETE").status == 405
    assert principal.browser.school.decisions() == before
