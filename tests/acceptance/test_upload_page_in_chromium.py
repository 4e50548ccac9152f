"""The page that takes a file, as a teacher's phone shows it (Chromium), cut off and on again."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.chromium import CHROMIUM
from tests.fakes.bad_line import BadLine
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School
from tests.upload_page import PUBLIC, asks_for_link

import hoso_bot

playwright = pytest.importorskip("playwright.sync_api")
if not CHROMIUM:
    pytest.skip("no Chromium; sudo apt install chromium", allow_module_level=True)

PHONE, BIG_PHONE, WIDE = (360, 740), (412, 915), (1440, 900)
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
TOO_LOW = """
[...document.querySelectorAll("button, .script label, a.button")]
  .filter((one) => one.offsetHeight && one.offsetHeight < 44).map((one) => one.outerHTML)
"""


@pytest.fixture(scope="module")
def school(make_any_school: MakeSchool) -> Iterator[School]:
    running = make_any_school(web={"public_url": PUBLIC})
    running.start()
    yield running
    running.checks()
    running.close()


@pytest.fixture
def page(browser: playwright.Browser) -> Iterator[playwright.Page]:
    context = browser.new_context(viewport=size(PHONE))
    page = context.new_page()
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    yield page
    context.close()
    assert [line for line in troubles if "Failed to load resource" not in line] == []


def size(of: tuple[int, int]) -> Any:
    return {"width": of[0], "height": of[1]}


def here(school: School, path: str) -> str:
    return f"http://127.0.0.1:{school.app.port}{path}"


def looks_right(page: playwright.Page, name: str) -> None:
    """Nothing sticks out, a thumb hits everything; pictures where somebody wants some (PICTURES=folder)."""
    for of in (PHONE, BIG_PHONE, WIDE):
        for scheme in ("light", "dark"):
            page.set_viewport_size(size(of))
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate(WIDER) <= 0, name
            assert page.evaluate(TOO_LOW) == [], name
            if folder := os.environ.get("PICTURES"):
                page.screenshot(path=str(Path(folder) / f"nop-{name}-{of[0]}-{scheme}.png"), full_page=True)
    page.set_viewport_size(size(PHONE))


def chooses(page: playwright.Page, data: bytes, name: str = "KHBD Tuan 13 lop 5B.pdf") -> None:
    page.locator("#file").set_input_files([{"name": name, "mimeType": "application/pdf", "buffer": data}])


def test_a_plan_is_sent_checked_and_handed_in(school: School, desk: Desk, page: playwright.Page) -> None:
    page.goto(here(school, asks_for_link(school.teacher)))
    looks_right(page, "empty")
    chooses(page, desk.plan(13).read_bytes())
    page.get_by_text("chỉ còn trình ký").wait_for()
    looks_right(page, "ready")
    school.teacher.hears("xác nhận trình ký")
    school.teacher.presses("Trình ký")
    page.locator("h2", has_text="Đã trình ký").wait_for()
    looks_right(page, "submitted")


def test_a_broken_line_costs_nothing_that_was_sent(school: School, desk: Desk, page: playwright.Page) -> None:
    data = desk.heavy(14, size=4 * 2**20)
    line = BadLine(school.app.port or 0, breaks_after=2 * 2**20)
    with line.working() as port:
        page.goto(f"http://127.0.0.1:{port}{asks_for_link(school.teacher)}")
        chooses(page, data, "KHBD Tuan 14.pdf")
        page.get_by_text("Mất kết nối").wait_for()
        looks_right(page, "offline")
        ((upload_id,),) = school.rows("SELECT id FROM page_uploads WHERE state = 'receiving'")
        kept = (school.home / "parts" / upload_id).stat().st_size
        assert kept > 2**20
        line.passed = 0
        line.mends()
        page.get_by_text("chỉ còn trình ký").wait_for()
        assert line.passed < len(data) - kept + 2**18  # what was here did not come again
    school.teacher.hears("xác nhận trình ký")
    school.teacher.presses("Hủy")


def test_after_a_reload_the_same_file_goes_on(school: School, desk: Desk, page: playwright.Page) -> None:
    data = desk.heavy(15, size=4 * 2**20)
    line = BadLine(school.app.port or 0, breaks_after=2 * 2**20)
    with line.working() as port:
        way = f"http://127.0.0.1:{port}{asks_for_link(school.teacher)}"
        page.goto(way)
        file = {"name": "KHBD Tuan 15.pdf", "mimeType": "application/pdf", "buffer": data}
        page.locator("#file").set_input_files([file])
        page.get_by_text("Mất kết nối").wait_for()
        line.passed = 0
        line.mends()
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto("about:blank")
        page.goto(way)
        assert "đang gửi dở" in page.locator(".unfinished").inner_text()
        looks_right(page, "unfinished")
        page.locator("#file").set_input_files([file])
        page.get_by_text("chỉ còn trình ký").wait_for()
    school.teacher.hears("xác nhận trình ký")
    school.teacher.presses("Hủy")


def test_while_it_is_sent_one_sees_how_far_it_is(school: School, desk: Desk, page: playwright.Page) -> None:
    page.goto(here(school, asks_for_link(school.teacher)))
    page.route("**/phan/*", lambda route: None)  # a piece that never ends
    chooses(page, desk.heavy(13, size=2**20))
    page.get_by_text("Đang gửi: ").wait_for()
    looks_right(page, "sending")
    page.get_by_role("button", name="Thôi, chọn tệp khác").click()
    assert page.locator("#label").is_visible() and not page.locator("#progress").is_visible()
    page.unroute("**/phan/*")


def test_without_scripts_the_form_is_enough(school: School, desk: Desk, browser: playwright.Browser) -> None:
    context = browser.new_context(viewport=size(PHONE), java_script_enabled=False)
    page = context.new_page()
    page.goto(here(school, asks_for_link(school.teacher)))
    looks_right(page, "plain")
    page.get_by_role("button", name="Gửi tệp").click()
    assert "chưa chọn tệp" in page.locator("#outcome").inner_text()
    chooses(page, desk.plan(16).read_bytes(), "KHBD Tuan 16.pdf")
    page.get_by_role("button", name="Gửi tệp").click()
    page.get_by_text("chỉ còn trình ký").wait_for(timeout=20_000)
    context.close()
    school.teacher.hears("xác nhận trình ký")
    school.teacher.presses("Hủy")


def test_the_script_runs_in_old_browsers() -> None:
    script = (Path(hoso_bot.__file__).parent / "web/templates/upload/sending.js").read_text(encoding="utf-8")
    code = re.sub(r"/\*.*?\*/|\"[^\"]*\"", "", script, flags=re.DOTALL)
    newer = r"=>|`|\?\.|\?\?|\b(let|const|class|async|await|import|fetch|Promise|of)\b|\.\.\.|\*\*"
    assert re.findall(newer, code) == []


def test_what_is_no_plan_is_told_before_it_is_sent(school: School, page: playwright.Page) -> None:
    page.goto(here(school, asks_for_link(school.teacher)))
    chooses(page, b"\xff\xd8\xff" + b"x" * 3_000_000, "IMG_2041.jpg")
    page.get_by_text("chưa phải PDF").wait_for()
    looks_right(page, "refused")
    assert school.rows("SELECT count(*) FROM page_uploads WHERE name LIKE 'IMG%'") == [(0,)]


def test_a_link_that_is_over_says_how_to_get_a_new_one(school: School, page: playwright.Page) -> None:
    page.goto(here(school, "/nop/" + "x" * 22))
    assert "/nop" in page.locator("main").inner_text()
    looks_right(page, "gone")
