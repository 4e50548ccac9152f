"""In to the web board by a one-time link of the chat, and out again in every way there is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.acceptance.test_delegating import delegates
from tests.school import MakeSchool, School
from tests.web_board import PUBLIC, Browser, way_in


@pytest.fixture
def school(make_school: MakeSchool) -> Iterator[School]:
    running = make_school(web={"public_url": PUBLIC + "/"})
    running.start()
    yield running
    running.checks()


@pytest.fixture
def browser(school: School) -> Browser:
    return Browser(school)


def test_a_link_of_the_chat_opens_the_board_once(school: School, browser: Browser) -> None:
    way = way_in(school.principal)
    door = browser.opens(way)
    assert (door.status, browser.cookies) == (200, {})
    assert "Trường Tiểu học Hoa Phượng" in door.text
    assert school.principal.staff.name in door.text
    assert (
        browser.opens("/bang").status == 401
    )  # looking at the door, as a chat's preview does, opens nothing
    entered = browser.sends(way)
    assert (entered.status, entered.headers["location"]) == (303, "/bang")
    cookie = entered.headers["set-cookie"]
    for guard in ("HttpOnly", "Secure", "SameSite=Lax", "Path=/bang"):
        assert guard in cookie
    board = browser.opens("/bang")
    assert board.status == 200
    assert "KHBD Tuần 12" in board.text
    assert school.principal.hears("vừa mở bảng trên web").buttons == ["Thoát bảng trên web"]
    somebody = Browser(school)
    again = somebody.sends(way)
    assert (again.status, somebody.cookies) == (410, {})
    assert "đã dùng rồi" in again.text


def test_only_hashes_are_kept(school: School, browser: Browser) -> None:
    way = way_in(school.principal)
    browser.sends(way)
    everything = str(school.rows("SELECT * FROM links")) + str(school.rows("SELECT * FROM web_sessions"))
    everything += str(school.rows("SELECT * FROM audit"))
    assert way.rpartition("/")[2] not in everything
    assert browser.cookies["hoso_board"] not in everything
    assert len(browser.cookies["hoso_board"]) >= 22  # 128 bits


def test_an_old_link_opens_nothing(school: School, browser: Browser) -> None:
    way = way_in(school.principal)
    school.passes(minutes=11)
    for answer in (browser.opens(way), browser.sends(way)):
        assert answer.status == 410
        assert "hết hạn" in answer.text
    assert browser.cookies == {}


def test_a_newer_link_ends_the_one_before(school: School, browser: Browser) -> None:
    first, second = way_in(school.principal), way_in(school.principal)
    assert browser.sends(first).status == 404
    assert browser.sends(second).status == 303


def test_a_made_up_link_opens_nothing(school: School, browser: Browser) -> None:
    for way in ("/bang/vao/" + "x" * 22, "/bang/vao/%2e%2e%2fetc", "/bang/vao/" + "é" * 3):
        assert (
            browser.sends(way.encode().decode("latin-1") if way.isascii() else "/bang/vao/%C3%A9").status
            == 404
        )
    assert browser.opens("/bang", Cookie="hoso_board=" + "x" * 22).status == 401


def test_a_link_to_the_pin_page_is_none_to_the_board(school: School, browser: Browser) -> None:
    way = way_in(school.principal)
    assert browser.opens(way.replace("/bang/vao/", "/pin/")).status == 404


def test_a_teacher_gets_no_link(school: School) -> None:
    school.teacher.says("/bang")
    school.teacher.hears("dành cho Ban giám hiệu, văn phòng và tổ trưởng")
    assert school.rows("SELECT * FROM links") == []


def test_the_button_under_the_report_leads_there_too(school: School) -> None:
    school.principal.says("/baocao")
    school.principal.presses("Mở bảng trên web")
    school.principal.hears(PUBLIC + "/bang/vao/")
    school.teacher.says("/baocao")
    assert not any("trên web" in label for label in school.teacher.hears("KHBD Tuần 12").buttons)


def test_out_by_the_button_of_the_page(school: School, browser: Browser) -> None:
    browser.enters(school.principal)
    secret = dict(browser.cookies)
    assert "Đã thoát" in browser.sends("/bang/thoat").text
    assert browser.opens("/bang").status == 401
    browser.cookies = secret
    assert browser.opens("/bang").status == 401  # ended at the school, not only forgotten by the browser


def test_out_everywhere_by_chat(school: School, browser: Browser) -> None:
    phone = Browser(school)
    browser.enters(school.principal)
    phone.enters(school.principal)
    school.principal.says("/bang thoát")
    school.principal.hears("Đã thoát bảng trên web ở mọi nơi")
    assert [one.opens("/bang").status for one in (browser, phone)] == [401, 401]
    school.principal.says("/bang thoat")
    school.principal.hears("không mở ở đâu")


def test_out_by_the_button_of_the_warning(school: School, browser: Browser) -> None:
    browser.enters(school.principal)
    school.principal.hears("Nếu không phải đ/c mở")
    school.principal.presses("Thoát bảng trên web")
    school.principal.hears("Đã thoát")
    assert browser.opens("/bang").status == 401


def test_a_session_nobody_uses_ends(school: School, browser: Browser) -> None:
    browser.enters(school.principal)
    for _ in range(2):
        school.passes(hours=7)
        assert browser.opens("/bang").status == 200
    school.passes(hours=9)
    ended = browser.opens("/bang")
    assert ended.status == 401
    assert "Phiên xem đã kết thúc" in ended.text


def test_a_session_ends_after_a_day_however_often_it_is_used(school: School, browser: Browser) -> None:
    browser.enters(school.principal)
    for _ in range(3):
        school.passes(hours=7)
        assert browser.opens("/bang").status == 200
    school.passes(hours=4)
    assert browser.opens("/bang").status == 401


def test_revoking_the_chat_ends_the_session_at_once(school: School, browser: Browser) -> None:
    browser.enters(school.principal)
    office = school.office()
    assert office.signers.revoke(school.principal.staff) == 1
    office.close()
    assert browser.opens("/bang").status == 401


def test_a_deputy_sees_the_group_while_delegated_and_not_a_moment_longer(
    school: School, browser: Browser
) -> None:
    deputy = school["GV07"]
    deputy.says("/bang")
    deputy.hears("dành cho Ban giám hiệu, văn phòng và tổ trưởng")
    delegates(school)
    page = browser.enters(deputy)
    assert "Tạ Thị Loan" in page.text
    assert "Hồ Ngọc Trâm" not in page.text
    school.head.says("/uyquyen")
    school.head.presses("Hủy ủy nhiệm")
    school.head.hears("Đã hủy ủy nhiệm")
    assert browser.opens("/bang").status == 401


def test_linking_the_chat_again_brings_no_session_back(school: School, browser: Browser) -> None:
    browser.enters(school.principal)
    way = way_in(school.principal)
    office = school.office()
    office.signers.revoke(school.principal.staff)
    office.close()
    school.passes(minutes=1)
    school.principal.says(f"/start {school.invites('HT01')}")
    school.principal.presses("Đồng ý")
    school.principal.hears("Đã liên kết")
    assert browser.opens("/bang").status == 401
    assert browser.sends(way).status == 404
    assert browser.enters(school.principal).status == 200


@pytest.mark.parametrize("change", ["active = false", "role = 'teacher'"])
def test_leaving_or_losing_the_role_ends_the_session_at_once(
    school: School, browser: Browser, change: str
) -> None:
    browser.enters(school.principal)
    with school.app.db.write() as connection:
        connection.exec_driver_sql(f"UPDATE people SET {change} WHERE staff_id = 'HT01'")
    assert browser.opens("/bang").status == 401
    with school.app.db.write() as connection:
        connection.exec_driver_sql(
            "UPDATE people SET active = true, role = 'principal' WHERE staff_id = 'HT01'"
        )
    assert browser.opens("/bang").status == 401  # over is over


def test_a_form_of_another_site_does_nothing(school: School, browser: Browser) -> None:
    way = way_in(school.principal)
    assert browser.sends(way, Sec_Fetch_Site="cross-site").status == 403
    assert browser.sends(way, Sec_Fetch_Site="same-origin").status == 303
    assert browser.sends("/bang/thoat", Sec_Fetch_Site="cross-site").status == 403
    assert browser.opens("/bang").status == 200


def test_pages_are_kept_nowhere_and_lead_nowhere(school: School, browser: Browser) -> None:
    way = way_in(school.principal)
    pages = [browser.opens("/bang"), browser.opens(way), browser.enters(school.principal)]
    for page in pages:
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["x-frame-options"] == "DENY"
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "style=" not in page.body.decode()
        assert not page.links("//")
    for way in pages[-1].links("/tinh/"):
        own = browser.opens(way)
        assert own.status == 200
        assert "immutable" in own.headers["cache-control"]
    assert browser.opens("/bang/tinh/page.html").status == 404
    assert browser.opens("/bang/tinh/..%2Fpage.html").status == 404


def test_trying_links_is_limited(school: School, browser: Browser) -> None:
    statuses = [browser.opens(f"/bang/vao/{number:022d}").status for number in range(22)]
    assert statuses[:20] == [404] * 20
    assert statuses[-1] == 429


def test_without_a_web_address_the_bot_says_what_to_do(make_school: MakeSchool) -> None:
    school = make_school()
    school.start()
    school.principal.says("/bang")
    answer = school.principal.hears("chưa có địa chỉ web")
    assert "HOSO_WEB__PUBLIC_URL" in answer.text
    assert "/baocao" in answer.text
    school.checks()
