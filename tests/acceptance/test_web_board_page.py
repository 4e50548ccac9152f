"""The web board as a principal's phone and computer show it (Chromium), with sixty teachers in it."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from tests import full_school
from tests.chromium import CHROMIUM
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School, week
from tests.web_board import PUBLIC, way_in

playwright = pytest.importorskip("playwright.sync_api")
if not CHROMIUM:
    pytest.skip("no Chromium; sudo apt install chromium", allow_module_level=True)

TOO_LOW = """
[...document.querySelectorAll("button, select, input, .button, nav a")]
  .filter((one) => one.offsetHeight && one.offsetHeight < 36 && !one.closest(".goes"))
  .map((one) => one.outerHTML)
"""
"""What a thumb would miss, as an expression of the page."""
PHONE, NARROW, WIDE = (360, 740), (320, 568), (1440, 900)


@pytest.fixture(scope="module")
def school(make_any_school: MakeSchool, desk: Desk) -> Iterator[School]:
    """Monday before the first lesson of week 13."""
    running = make_any_school(web={"public_url": PUBLIC})
    picture = io.BytesIO()
    Image.new("RGB", (600, 849), (250, 250, 245)).save(picture, "JPEG")
    full_school.fill(running.home, running.clock, desk.plan(13).read_bytes(), picture.getvalue())
    running.passes(seconds=(week(13).deadline + timedelta(hours=7) - running.clock.now()).total_seconds())
    running.start()
    yield running
    running.checks()
    running.close()


@pytest.fixture(scope="module")
def entered(school: School, browser: playwright.Browser) -> object:
    """The cookies of the principal, who came in without any script."""
    context = browser.new_context(java_script_enabled=False, viewport=size(PHONE))
    page = context.new_page()
    page.goto(here(school, way_in(school.principal)))
    assert "Vũ Thị Bích Hạnh" in page.locator("main").inner_text()
    keeps(page, "door")
    page.get_by_role("button", name="Vào xem").click()
    assert "KHBD Tuần 13" in page.locator("h1").inner_text()
    state = context.storage_state()
    context.close()
    return state


def size(of: tuple[int, int]) -> dict[str, int]:
    return {"width": of[0], "height": of[1]}


def here(school: School, path: str) -> str:
    return f"http://127.0.0.1:{school.app.port}{path}"


def keeps(page: playwright.Page, name: str) -> None:
    """A picture to look at, where somebody wants some (PICTURES=folder)."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=str(Path(folder) / f"board-{name}.png"), full_page=True)


def plan_of(school: School, staff_id: str) -> str:
    ((plan_id,),) = school.rows("SELECT id FROM plans WHERE code LIKE ?", f"%T13-{staff_id}")
    return f"/bang/ho-so/{plan_id}"


def ways(school: School) -> dict[str, str]:
    ((teacher,),) = school.rows("SELECT id FROM people WHERE staff_id = 'GV14'")
    return {
        "week": "/bang?tuan=13",
        "queue": "/bang/cho",
        "plan": plan_of(school, "GV07"),
        "teacher": f"/bang/gv/{teacher}",
        "search": "/bang/tim?q=cong%20tang",
        "nothing": "/bang/khong-co",
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("of", [PHONE, NARROW, WIDE], ids=["phone", "narrow", "wide"])
def test_every_page_fits_and_can_be_walked_through(
    school: School, browser: playwright.Browser, entered: object, of: tuple[int, int], scheme: str
) -> None:
    context = browser.new_context(viewport=size(of), color_scheme=scheme, storage_state=entered)
    page = context.new_page()
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    for name, path in ways(school).items():
        page.goto(here(school, path))
        keeps(page, f"{name}-{of[0]}-{scheme}")
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wider) <= 0, name
        assert page.locator("h1").count() == page.locator("main").count() == 1
        assert page.locator("header nav[aria-label] a").count() == 3
        assert page.locator("table th:not([scope])").count() == 0
        assert page.locator("table:not(:has(caption))").count() == 0
        assert page.locator("img:not([alt])").count() == 0
        assert page.locator("svg:not([aria-hidden])").count() == 0
        assert page.evaluate(TOO_LOW) == [], name
    assert [line for line in troubles if "404" not in line] == []  # nothing against the page's own policy
    context.close()


def test_from_the_week_to_a_plan_and_its_file(
    school: School, browser: playwright.Browser, entered: object
) -> None:
    context = browser.new_context(viewport=size(PHONE), storage_state=entered, java_script_enabled=False)
    page = context.new_page()
    page.goto(here(school, "/bang?tuan=13"))
    row = page.locator("tr", has_text="Phan Hoàng Bảo Trâm")
    assert "bản 2" in row.locator(".narrow").inner_text()
    row.get_by_role("link", name="Chờ tổ trưởng").click()
    page.wait_for_load_state()
    assert "Phan Hoàng Bảo Trâm" in page.locator("h1").inner_text()
    assert full_school.REASON in page.locator("blockquote").inner_text()
    assert page.locator(".page1 img").evaluate("picture => picture.naturalWidth") == 600
    way = page.get_by_role("link", name="Mở tệp PDF (12 trang)").get_attribute("href")
    file = context.request.get(here(school, str(way)))
    assert file.headers["content-type"] == "application/pdf"
    page.get_by_role("link", name="Tìm").click()
    page.get_by_role("searchbox").fill("hoang phuong uyen")
    page.get_by_role("button", name="Tìm").click()
    assert full_school.LONGEST in page.locator(".found").inner_text()
    page.get_by_role("button", name="Thoát").click()
    assert "Đã thoát" in page.locator("h1").inner_text()
    page.goto(here(school, "/bang"))
    assert "Mời đ/c vào từ chat" in page.locator("h1").inner_text()
    context.close()


@pytest.fixture
def wide(school: School, browser: playwright.Browser) -> Iterator[playwright.Page]:
    """A computer with scripts, logged in by a link of its own."""
    context = browser.new_context(viewport=size(WIDE))
    page = context.new_page()
    page.goto(here(school, way_in(school.principal)))
    page.get_by_role("button", name="Vào xem").click()
    yield page
    context.close()


def test_a_wide_screen_has_a_column_for_everything(wide: playwright.Page) -> None:
    row = wide.locator("tr", has_text="Phan Hoàng Bảo Trâm")
    assert [cell.strip() for cell in row.locator("td:visible").all_inner_texts()][1:3] == ["2", "đúng hạn"]
    assert "Nguyễn Thị Thanh Hương, từ" in row.locator("td").last.inner_text()
    assert not row.locator(".narrow").is_visible()


def test_the_file_opens_beside_its_checks_where_the_browser_can_show_it(
    school: School, wide: playwright.Page
) -> None:
    troubles: list[str] = []
    wide.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    wide.add_init_script("Object.defineProperty(navigator, 'pdfViewerEnabled', {get: () => true})")
    wide.goto(here(school, plan_of(school, "GV07")))
    with wide.expect_response("**/hien-tai.pdf") as answer:
        wide.get_by_role("link", name="Mở tệp PDF (12 trang)").click()
    assert answer.value.status == 200
    assert answer.value.headers["x-frame-options"] == "SAMEORIGIN"
    frame = wide.locator("iframe")
    assert frame.get_attribute("title") == "Tệp PDF của hồ sơ"
    assert wide.get_by_text("Kiểm tra tự động").is_visible()
    keeps(wide, "beside")
    assert (frame.bounding_box() or {})["width"] > 600
    assert troubles == []  # the page's and the file's own policies let it be shown here


def test_choosing_a_week_goes_there(wide: playwright.Page) -> None:
    assert wide.locator("[data-print]").is_visible()
    with wide.expect_navigation():
        wide.get_by_label("Tuần", exact=True).select_option("11")
    assert "KHBD Tuần 11" in wide.locator("h1").inner_text()


def test_the_keyboard_leads_everywhere(wide: playwright.Page) -> None:
    wide.wait_for_load_state("load")
    wide.keyboard.press("Tab")
    skip = "document.activeElement.className === 'skip' && document.activeElement.offsetLeft >= 0"
    wide.wait_for_function(skip)
    wide.keyboard.press("Enter")
    wide.wait_for_function("document.activeElement.id === 'noi-dung'")
    wide.keyboard.press("Tab")
    wide.wait_for_function("getComputedStyle(document.activeElement).outlineStyle === 'solid'")


def test_it_prints_on_few_sheets(wide: playwright.Page) -> None:
    printed = wide.pdf(prefer_css_page_size=True)
    assert printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") <= 3
