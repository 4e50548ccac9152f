"""The page of a message as a phone shows it (Chromium), from the first card to a signature under a PIN."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.test_message_page import on_pages
from tests.chromium import CHROMIUM
from tests.page_person import PageMember
from tests.pins import PIN
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School
from tests.web_board import PUBLIC

playwright = pytest.importorskip("playwright.sync_api")
if not CHROMIUM:
    pytest.skip("no Chromium; sudo apt install chromium", allow_module_level=True)

TOO_LOW = """
[...document.querySelectorAll("button:not(.plain), textarea, input:not([type=hidden]), .button")]
  .filter((one) => one.offsetHeight && one.offsetHeight < 44).map((one) => one.outerHTML)
"""
TOO_WIDE = "document.documentElement.scrollWidth > window.innerWidth"
PHONE, LARGER, WIDE = (360, 740), (412, 915), (1440, 900)


@pytest.fixture
def school(make_school: MakeSchool, tmp_path: Path) -> Iterator[School]:
    running = on_pages(make_school, tmp_path, signing={"custody": "server"})
    yield running
    running.checks()


def phone(
    browser: playwright.Browser,
    school: School,
    member: PageMember | None,
    dark: bool = False,
    **more: object,
) -> playwright.Page:
    """A phone's browser, with the cookie of this person's browser."""
    context = browser.new_context(
        viewport={"width": PHONE[0], "height": PHONE[1]},
        color_scheme="dark" if dark else "light",
    )
    base = f"http://127.0.0.1:{school.app.port}"
    if member:
        cookies = member.browser.cookies
        context.add_cookies([{"name": k, "value": v, "url": base} for k, v in cookies.items()])
    return context.new_page()


def goes(page: playwright.Page, school: School, way: str) -> None:
    page.goto(f"http://127.0.0.1:{school.app.port}{way}")


def looks(page: playwright.Page, name: str, full: bool = False) -> None:
    """Nothing is too small for a thumb or wider than the phone; a picture of it (PICTURES=folder)."""
    page.wait_for_load_state("networkidle")
    for width, height in (PHONE, LARGER, WIDE):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate(TOO_LOW) == []
        assert not page.evaluate(TOO_WIDE)
        if folder := os.environ.get("PICTURES"):
            page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"), full_page=full)
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})


def test_a_plan_is_handed_in_sent_back_and_approved_on_pages(
    school: School, browser: playwright.Browser, desk: Desk
) -> None:
    teacher, head = school.teacher, school.head
    assert isinstance(teacher, PageMember)
    assert isinstance(head, PageMember)
    teacher.sends(desk.plan(13))
    (way,) = teacher.ways(teacher.hears("xác nhận trình ký"))
    stranger = phone(browser, school, None)
    goes(stranger, school, way)
    looks(stranger, "01-door")
    stranger.get_by_role("button", name="Gửi mã").click()
    looks(stranger, "02-code")
    stranger.get_by_label("Mã 6 số").fill(teacher.code())
    stranger.get_by_role("button", name="Mở thẻ").click()
    looks(stranger, "03-confirm")
    stranger.get_by_role("button", name="Trình ký").click()
    stranger.get_by_text("Đã trình ký").first.wait_for()
    looks(stranger, "04-handed-in")

    (way,) = head.ways(head.gets_card())
    head.opens(way)
    page = phone(browser, school, head)
    goes(page, school, way)
    page.locator("figure img").first.wait_for()
    looks(page, "05-card")
    looks(page, "05-card-full", full=True)
    dark = phone(browser, school, head, dark=True)
    goes(dark, school, way)
    looks(dark, "06-card-dark")
    dark.close()
    page.get_by_role("button", name="Từ chối").click()
    page.get_by_label("Viết câu trả lời").wait_for()
    looks(page, "07-reason")
    looks(page, "07-reason-full", full=True)
    page.get_by_role("button", name="Để sau").click()
    page.get_by_text("em để đó").wait_for()
    looks(page, "08-put-off")
    page.get_by_role("button", name="Ký duyệt").click()
    page.get_by_text("Chữ ký số được ghi vào tệp").wait_for()
    looks(page, "09-confirm-approval")
    page.get_by_role("button", name="Xác nhận").click()
    page.get_by_text("Đã ký KHBD").wait_for()
    looks(page, "10-signed")


def test_a_card_that_is_decided_meanwhile_says_so_by_itself(
    school: School, browser: playwright.Browser, desk: Desk
) -> None:
    head = school.head
    assert isinstance(head, PageMember)
    school.teacher.hands_in(desk.plan(13))
    (way,) = head.ways(head.gets_card())
    head.opens(way)
    page = phone(browser, school, head)
    goes(page, school, way)
    assert page.get_by_role("button", name="Ký duyệt").is_visible()
    school.teacher.presses("Thu hồi")
    school.teacher.presses("Xác nhận thu hồi")
    page.get_by_text("Thẻ này không còn hiệu lực").wait_for()
    assert page.get_by_role("button", name="Ký duyệt").count() == 0
    looks(page, "11-meanwhile")
    school.passes(hours=49)
    goes(page, school, way)
    assert "hết hạn" in page.inner_text("h1")
    looks(page, "12-expired")


def test_a_pin_is_typed_on_its_page_and_one_comes_back(
    make_school: MakeSchool, browser: playwright.Browser, desk: Desk, tmp_path: Path
) -> None:
    school = on_pages(make_school, tmp_path, signing={"custody": "pin"})
    head = school.head
    assert isinstance(head, PageMember)
    school.teacher.hands_in(desk.plan(13))
    (way,) = head.ways(head.gets_card())
    head.opens(way)
    page = phone(browser, school, head)
    page.route(
        f"{PUBLIC}/**", lambda route: route.fulfill(status=302, headers=_here(school, route.request.url))
    )
    goes(page, school, way)
    page.get_by_role("button", name="Ký duyệt").click()
    page.get_by_role("button", name="Xác nhận").click()
    page.get_by_role("link", name="Nhập mã PIN").wait_for()
    looks(page, "13-pin-asked")
    page.get_by_role("link", name="Nhập mã PIN").click()
    page.get_by_label("Mã PIN mới").fill(PIN)
    page.get_by_label("Nhập lại mã PIN").fill(PIN)
    looks(page, "14-pin-page")
    page.get_by_role("button", name="Đặt mã PIN và ký").click()
    page.get_by_role("link", name="Về trang của thẻ").click()
    page.get_by_text("Đã ký KHBD").wait_for()
    assert page.url.endswith(way)
    assert page.get_by_role("link", name="Nhập mã PIN").count() == 0
    looks(page, "15-signed-with-pin")
    school.checks()


def _here(school: School, url: str) -> dict[str, str]:
    """The school's public address leads to this machine."""
    return {"Location": url.replace(PUBLIC, f"http://127.0.0.1:{school.app.port}")}
