"""The page that takes a file, as a teacher's phone shows it (Chromium), cut off and on again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.test_web_demo import CHROMIUM
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School
from tests.upload_page import PUBLIC, asks_for_link

playwright = pytest.importorskip("playwright.sync_api")
if not CHROMIUM:
    pytest.skip("no Chromium; sudo apt install chromium", allow_module_level=True)

PHONE, BIG_PHONE, WIDE = (360, 740), (412, 915), (1440, 900)
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
TOO_LOW = """
[...document.querySelectorAll("button, input:not([type=hidden])")]
  .filter((one) => one.offsetHeight && one.offsetHeight < 44).map((one) => one.outerHTML)
"""


@pytest.fixture(scope="module")
def school(make_any_school: MakeSchool) -> Iterator[School]:
    running = make_any_school(web={"public_url": PUBLIC})
    running.start()
    yield running
    running.checks()
    running.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


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
    page.get_by_role("button", name="Gửi tệp").click()
    page.get_by_text("chỉ còn trình ký").wait_for()
    looks_right(page, "ready")
    school.teacher.hears("xác nhận trình ký")
    school.teacher.presses("Trình ký")
    page.locator("strong", has_text="Đã trình ký").wait_for()
    looks_right(page, "submitted")


def test_what_is_no_plan_is_told_before_it_is_sent(school: School, page: playwright.Page) -> None:
    page.goto(here(school, asks_for_link(school.teacher)))
    chooses(page, b"\xff\xd8\xff" + b"x" * 3_000_000, "IMG_2041.jpg")
    page.get_by_role("button", name="Gửi tệp").click()
    page.get_by_text("chưa phải PDF").wait_for()
    looks_right(page, "refused")
    assert school.rows("SELECT count(*) FROM page_uploads WHERE name LIKE 'IMG%'") == [(0,)]


def test_a_link_that_is_over_says_how_to_get_a_new_one(school: School, page: playwright.Page) -> None:
    page.goto(here(school, "/nop/" + "x" * 22))
    assert "/nop" in page.locator("main").inner_text()
    looks_right(page, "gone")
