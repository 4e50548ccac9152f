"""What is no press of the right person on the page of a message does nothing, and says how to go on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.test_message_page import REASON, on_pages
from tests.page_person import PageMember
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School
from tests.web_board import Browser

from hoso_bot.casework.case import looks
from hoso_bot.domain.events import Address
from hoso_bot.domain.looks import Look
from hoso_bot.store.people import People
from hoso_bot.unit_of_work import UnitOfWork
from hoso_bot.web.message_page import routes, visit

ONCE = "x" * 12


@pytest.fixture
def school(make_school: MakeSchool, tmp_path: Path) -> Iterator[School]:
    running = on_pages(make_school, tmp_path)
    yield running
    running.checks()


@pytest.fixture
def head(school: School) -> PageMember:
    assert isinstance(school.head, PageMember)
    return school.head


@pytest.fixture
def way(school: School, head: PageMember, desk: Desk) -> str:
    """The page of the card the head has to decide on."""
    school.teacher.hands_in(desk.plan(13))
    (found,) = head.ways(head.gets_card())
    return found


def presses(school: School) -> int:
    return len(school.rows("SELECT id FROM inbox WHERE CAST(payload AS TEXT) LIKE '%PagePressed%'"))


def test_a_preview_sees_a_name_and_uses_nothing_up(school: School, head: PageMember, way: str) -> None:
    crawler = Browser(school)
    for _ in range(3):
        seen = crawler.opens(way)
        assert (seen.status, crawler.cookies) == (200, {})
        assert crawler.opens(way, "HEAD").status == 200
        for below in ("moi", "anh/1", "tep/1", "trang/1/1.jpg"):
            assert crawler.opens(f"{way}/{below}").status == 401
    assert head.staff.name in seen.text
    assert school.teacher.staff.name not in seen.body.decode()
    assert len(school.audited("page.opened")) == 1  # the teacher's own
    assert head.opens(way).seen.status == 200


def test_answers_are_kept_nowhere_and_lead_nowhere(head: PageMember, way: str) -> None:
    seen = head.opens(way).seen
    assert seen.headers["cache-control"] == "no-store"
    assert seen.headers["referrer-policy"] == "no-referrer"
    assert seen.headers["x-frame-options"] == "DENY"
    policy = seen.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "<script>" not in seen.body.decode()
    assert "style=" not in seen.body.decode()


def test_only_hashes_are_kept(school: School, head: PageMember, way: str) -> None:
    head.opens(way)
    tables = ("links", "known_browsers", "audit")
    everything = "".join(str(school.rows(f"SELECT * FROM {table}")) for table in tables)
    for secret in (way.rpartition("/")[2], head.browser.cookies["hoso_the"]):
        assert secret not in everything
        assert len(secret) >= 22  # 128 bits


@pytest.mark.parametrize("token", ["x" * 22, "%2e%2e%2fetc", "%C3%A9", "a" * 3000])
def test_a_made_up_link_leads_nowhere(school: School, token: str) -> None:
    browser = Browser(school)
    for below in ("", "/moi", "/trang/1/1.jpg"):
        assert browser.opens(f"/the/{token}{below}").status == 404
    for below in ("/ma", "/vao", "/bam", "/viet", "/quen"):
        answer = browser.fills(f"/the/{token}{below}", nut="x", loi="x", ma="1")
        assert (answer.status, browser.cookies) == (404, {})
    assert "/choduyet" in answer.text


def test_a_link_to_another_kind_of_page_is_none_to_this(school: School, head: PageMember) -> None:
    head.says("/bang")
    token = re.search(r"/bang/vao/(\S+)", head.hears("Bảng hồ sơ trên web").text)
    assert token
    assert Browser(school).opens(f"/the/{token[1]}").status == 404


def test_an_old_link_says_how_to_get_a_new_card(school: School, head: PageMember, way: str) -> None:
    token = next(iter(head.opens(way).buttons.values()))
    school.passes(hours=48, minutes=1)
    assert head.browser.opens(way).status == 410
    answer = head.browser.fills(f"{way}/bam", nut=token, lan=ONCE)
    assert answer.status == 410
    assert "48 giờ" in answer.text
    assert "/choduyet" in answer.text
    head.says("/choduyet")
    head.presses("Tạ Thị Loan")
    newest = head.ways(head.gets_card())[-1]
    assert head.opens(newest).seen.status == 200


def test_who_is_no_longer_in_the_chat_sees_nothing_at_once(
    school: School, head: PageMember, way: str
) -> None:
    token = next(iter(head.opens(way).buttons.values()))
    people = People(school.app.db)
    with school.app.db.write() as connection:
        connection.execute(people.unlink(head.staff.id, "web_chat"))
    assert head.browser.opens(way).status == 404
    assert head.browser.fills(f"{way}/bam", nut=token, lan=ONCE).status == 404
    with school.app.db.write() as connection:  # somebody else has this phone now
        other = people.link(
            school["GV07"].staff.id, Address("web_chat", "GV06"), "consent-2", school.clock.now()
        )
        connection.execute(other)
    assert head.browser.opens(way).status == 404
    assert school.decisions() == 0


def test_a_form_of_another_site_presses_nothing(school: School, head: PageMember, way: str) -> None:
    page = head.opens(way)
    token, before = list(page.buttons.values())[1], presses(school)
    for below in ("ma", "vao", "bam", "viet", "quen"):
        answer = head.browser.opens(
            f"{way}/{below}", "POST", {"nut": token, "loi": REASON}, Sec_Fetch_Site="cross-site"
        )
        assert answer.status == 403
    assert presses(school) == before
    assert head.browser.opens(way).status == 200


def test_a_form_that_is_sent_twice_is_one_press(school: School, head: PageMember, way: str) -> None:
    page = head.opens(way)
    token, before = next(iter(page.buttons.values())), presses(school)
    for _ in range(3):
        assert head.browser.fills(f"{way}/bam", nut=token, lan=page.once).status == 303
    assert presses(school) == before + 1
    other = list(page.buttons.values())[1]
    assert head.browser.fills(f"{way}/bam", nut=other, lan=page.once).status == 303
    assert "nêu rõ điểm chưa đạt" in head.browser.opens(way).text


def test_a_button_of_somebody_else_is_refused_as_in_the_chat(
    school: School, head: PageMember, way: str
) -> None:
    ((teachers,),) = school.rows(
        "SELECT token FROM buttons WHERE chat_id = 'GV09' AND used_at IS NULL LIMIT 1"
    )
    head.opens(way)
    for token in (teachers, "", "é", "x" * 500):
        assert head.browser.fills(f"{way}/bam", nut=token).status == 303
    head.hears("không dành cho|của người khác|không còn dùng")
    assert school.decisions() == 0


def test_words_for_no_question_decide_nothing(school: School, head: PageMember, way: str) -> None:
    head.opens(way)
    assert head.browser.fills(f"{way}/viet", loi=REASON).status == 303
    head.hears("Câu hỏi đã hết hạn")
    assert f"{way}/viet" not in head.browser.opens(way).links("/the/")
    assert school.decisions() == 0


def test_a_stranger_cannot_fill_the_chat_with_codes(school: School, head: PageMember, way: str) -> None:
    for _ in range(3):
        assert Browser(school).sends(f"{way}/ma").status == 303
    late = Browser(school).sends(f"{way}/ma")
    assert late.status == 429
    assert "đợi 10 phút" in late.text
    school.passes(minutes=11)
    codes = [head.code() for _ in range(3)]
    assert "Mã đã hết hạn" in head.browser.fills(f"{way}/vao", ma=codes[-1]).text
    assert head.opens(way).seen.status == 200


def test_all_browsers_are_forgotten_from_the_chat(school: School, head: PageMember, way: str) -> None:
    head.opens(way)
    told = head.hears("vừa được nhận là của thầy/cô")
    head.presses("Gỡ các máy", told)
    head.hears("Đã gỡ mọi máy")
    assert "Máy này mở lần đầu" in head.browser.opens(way).text
    assert school.audited("browsers.forgotten") == [{"browsers": 1}]


def test_one_browser_is_forgotten_on_its_page(head: PageMember, way: str) -> None:
    head.opens(way)
    answer = head.browser.sends(f"{way}/quen")
    assert "Đã gỡ máy này" in answer.text
    assert "Max-Age=0" in answer.headers["set-cookie"]
    head.browser.cookies.clear()
    assert head.opens(way).seen.status == 200


def test_reading_on_the_page_counts_as_opened_and_is_logged_once(
    school: School, head: PageMember, way: str
) -> None:
    def look() -> list[Look]:
        uow = UnitOfWork(school.app.desk, "test", None, head.staff)
        return list(looks(head.staff, uow).values())

    page = head.opens(way)
    assert look() == [Look.UNSEEN]
    pictures = page.seen.links("/trang/")
    assert pictures
    for picture in pictures * 2:
        drawn = head.browser.opens(picture)
        assert (drawn.status, drawn.headers["content-type"]) == (200, "image/jpeg")
        assert drawn.body[:2] == b"\xff\xd8"
        assert len(drawn.body) < 250_000
    assert look() == [Look.JUST_OPENED]
    school.passes(seconds=11)
    assert look() == [Look.SEEN]
    (way_to_file,) = page.seen.links("/tep/")
    file = head.browser.opens(way_to_file)
    assert file.body.startswith(b"%PDF")
    assert "attachment" in file.headers["content-disposition"]
    assert school.audited("copy.read") == [{"version": 1, "on": "page"}]
    number = way_to_file.rpartition("/")[2]
    for wrong in ("0.jpg", "99.jpg", "-1.jpg", "1.png", "abc.jpg"):
        assert head.browser.opens(f"{way}/trang/{number}/{wrong}").status == 404
    for wrong in ("0", "999999", "abc", "%2e%2e"):
        assert head.browser.opens(f"{way}/tep/{wrong}").status == 404


def test_who_may_no_longer_read_a_plan_finds_no_pages(school: School, head: PageMember, way: str) -> None:
    """A new head of the group: the card is still in the old one's chat."""
    page = head.opens(way)
    (file,) = page.seen.links("/tep/")
    with school.app.db.write() as connection:
        connection.exec_driver_sql("UPDATE people SET role = 'teacher' WHERE staff_id = 'GV06'")
    assert head.browser.opens(file).status == 404
    assert head.browser.opens(page.seen.links("/trang/")[0]).status == 404
    assert head.browser.opens(way).links("/trang/") == []


def test_every_notice_has_words() -> None:
    from hoso_bot import texts

    folder = Path(visit.__file__).parent
    named = set(re.findall(r'(?:Refused|notice)\(\s*(?:\d+, )?"([a-z_]+)"', _sources(folder)))
    assert {"no_link", "expired", "no_file"} <= named
    known = {key.split(".")[2] for key in texts.keys() if key.startswith("message_page.notice.")}  # noqa: SIM118
    assert named == known
    assert routes.message_routes


def _sources(folder: Path) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
