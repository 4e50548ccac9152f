"""The demo as a visitor meets it: `hoso-bot demo-web` in a real browser, three phones, the whole story."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.chromium import CHROMIUM
from tests.ports import free_port

if TYPE_CHECKING:
    from playwright import sync_api as playwright
else:
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: make test installs it")

HOSO_BOT = Path(sys.executable).with_name("hoso-bot")
STARTS_WITHIN = 60.0
PATIENCE = 30_000
"""Milliseconds for a step that inspects or signs a file on a busy machine."""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A demo school of its own, stopped by its process id."""
    with served(tmp_path) as url:
        yield url


@pytest.fixture(scope="module")
def shared_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One demo school for tests that only look."""
    with served(tmp_path_factory.mktemp("demo")) as url:
        yield url


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """The command on a free port until the block ends; its address."""
    port = free_port()
    env = {key: value for key, value in os.environ.items() if not key.startswith("HOSO_")}
    with (folder / "demo.log").open("w") as log:
        process = subprocess.Popen(
            [HOSO_BOT, "demo-web", "--port", str(port)], cwd=folder, env=env, stdout=log, stderr=log
        )
    try:
        url = f"http://127.0.0.1:{port}/"
        wait_until_ready(url, process, folder / "demo.log")
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


def wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """The command names its address once the three people are linked."""
    deadline = time.monotonic() + STARTS_WITHIN
    while url.rstrip("/") not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, f"not ready after {STARTS_WITHIN} s: {log.read_text()}"
        time.sleep(0.2)


@dataclass
class Phone:
    """One phone on the page, used like a person would."""

    root: playwright.Locator

    def presses(self, label: str) -> None:
        button = self.root.locator("[data-button]:not(:disabled)", has_text=re.compile(label)).last
        button.click(timeout=PATIENCE)

    def sends_the_sample(self) -> None:
        self.root.locator("[data-sample]").first.click()

    def writes(self, text: str) -> None:
        self.root.locator("[data-input]").fill(text)
        self.root.locator("[data-input]").press("Enter")

    def hears(self, text: str) -> None:
        message = self.root.locator('[data-message][data-from="bot"]', has_text=text).last
        playwright.expect(message).to_be_attached(timeout=PATIENCE)

    def gets_a_file(self) -> playwright.Locator:
        """The newest document the bot sent."""
        card = self.root.locator('[data-from="bot"] [data-file]').last
        playwright.expect(card).to_be_attached(timeout=PATIENCE)
        return card


@dataclass
class Visit:
    """The open page and everything a browser complained about."""

    page: playwright.Page
    complaints: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)

    def phone(self, chat: str) -> Phone:
        return Phone(self.page.locator(f'[data-phone="{chat}"]'))

    def submits_the_sample(self) -> Phone:
        teacher = self.phone("teacher")
        teacher.sends_the_sample()
        teacher.presses("Trình ký")
        return teacher

    def signs(self, chat: str) -> None:
        self.phone(chat).presses("Ký duyệt")
        self.phone(chat).presses("Xác nhận")


def visit(browser: playwright.Browser, address: str, width: int, height: int) -> Visit:
    page = browser.new_page(
        viewport={"width": width, "height": height}, locale="vi-VN", accept_downloads=True
    )
    seen = Visit(page)
    page.on("console", lambda m: seen.complaints.append(m.text) if m.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on("request", lambda request: seen.addresses.append(request.url))
    page.goto(address)
    page.wait_for_selector("html[data-ready]", state="attached")
    return seen


@pytest.fixture
def desktop(browser: playwright.Browser, address: str) -> Iterator[Visit]:
    seen = visit(browser, address, 1440, 900)
    yield seen
    seen.page.close()


@pytest.fixture
def quick(browser: playwright.Browser, shared_address: str) -> Iterator[Visit]:
    seen = visit(browser, shared_address, 1440, 900)
    yield seen
    seen.page.close()


@pytest.fixture
def handheld(browser: playwright.Browser, address: str) -> Iterator[Visit]:
    seen = visit(browser, address, 360, 740)
    yield seen
    seen.page.close()


def test_a_plan_goes_from_the_teacher_over_two_signatures_back_to_the_teacher(
    desktop: Visit, address: str
) -> None:
    teacher = desktop.submits_the_sample()
    original = teacher.root.locator('[data-from="me"] [data-file]').last
    desktop.signs("head")
    desktop.signs("vice")
    teacher.hears("phê duyệt đủ")
    with desktop.page.expect_download() as saving:
        teacher.gets_a_file().locator("[data-download]").click()
    signed = saving.value.path().read_bytes()
    sent = desktop.page.request.get(address + "demo/file/" + str(original.get_attribute("data-file"))).body()
    assert signed.startswith(b"%PDF-")
    assert signed.count(b"/ByteRange") == 2
    assert len(signed) > len(sent)
    playwright.expect(desktop.page.locator("[data-steps] .is-done")).to_have_count(5)
    assert desktop.complaints == []
    assert [url for url in desktop.addresses if not url.startswith((address, f"blob:{address}"))] == []


def test_a_rejection_reaches_the_teacher_word_for_word(desktop: Visit) -> None:
    reason = "Tiết 3 thứ Tư chưa có phần điều chỉnh; đ/c bổ sung <yêu cầu cần đạt> & ghi rõ việc của HS."
    teacher = desktop.submits_the_sample()
    desktop.phone("head").presses("Từ chối")
    desktop.phone("head").hears("lý do")
    desktop.phone("head").writes(reason)
    teacher.hears(reason)
    approve = desktop.phone("vice").root.locator("[data-button]", has_text="Ký duyệt")
    playwright.expect(approve).to_have_count(0)
    playwright.expect(desktop.page.locator("[data-hint]")).to_contain_text("góp ý nguyên văn")
    assert desktop.complaints == []


def test_a_pressed_button_cannot_be_pressed_again(desktop: Visit) -> None:
    desktop.submits_the_sample()
    head = desktop.phone("head")
    head.presses("Ký duyệt")
    used = head.root.locator('[data-button][data-state="used"]', has_text="Ký duyệt")
    playwright.expect(used).to_be_disabled(timeout=PATIENCE)


@pytest.mark.parametrize("width", [360, 880, 1024, 1440])
def test_nothing_is_wider_than_its_screen(quick: Visit, width: int) -> None:
    quick.page.set_viewport_size({"width": width, "height": 740})
    too_wide = """() => [...document.querySelectorAll("html, .screen, .messages, .foot")]
        .filter((part) => part.scrollWidth > part.clientWidth).map((part) => part.className)"""
    assert quick.page.evaluate(too_wide) == []


def test_one_phone_at_a_time_on_a_small_screen(handheld: Visit) -> None:
    page = handheld.page
    shown = page.locator("[data-phone]:visible")
    playwright.expect(shown).to_have_count(1)
    handheld.submits_the_sample()
    head = page.locator('[data-tab="head"]')
    playwright.expect(head.locator(".badge")).to_be_visible(timeout=PATIENCE)
    head.click()
    playwright.expect(shown).to_have_attribute("data-phone", "head")
    playwright.expect(head.locator(".badge")).to_be_hidden()
    handheld.signs("head")
    head.press("ArrowRight")
    playwright.expect(shown).to_have_attribute("data-phone", "vice")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert handheld.complaints == []


def test_the_story_can_be_played_with_the_keyboard_alone(desktop: Visit) -> None:
    desktop.phone("teacher").root.locator("[data-sample]").first.focus()
    desktop.page.keyboard.press("Enter")
    submit = desktop.phone("teacher").root.locator("[data-button]", has_text="Trình ký").last
    submit.wait_for(timeout=PATIENCE)
    submit.focus()
    desktop.page.keyboard.press("Space")
    approve = desktop.phone("head").root.locator("[data-button]", has_text="Ký duyệt").last
    playwright.expect(approve).to_be_enabled(timeout=PATIENCE)


def test_the_web_board_opens_from_a_phone_of_the_demo(desktop: Visit) -> None:
    desktop.submits_the_sample()
    desktop.phone("vice").writes("/bang")
    link = desktop.phone("vice").root.locator("a[href*='/bang/vao/']").last
    with desktop.page.context.expect_page(timeout=PATIENCE) as opened:
        link.click(timeout=PATIENCE)
    board = opened.value
    board.get_by_role("button", name="Vào xem").click()
    board.get_by_role("link", name="Đang chờ").click()
    playwright.expect(board.locator("table")).to_contain_text("Đinh Thị Thanh Yến")
    desktop.phone("vice").hears("vừa mở bảng trên web")
    desktop.phone("vice").presses("Thoát bảng trên web")
    desktop.phone("vice").hears("Đã thoát")
    board.reload()
    playwright.expect(board.locator("h1")).to_have_text("Phiên xem đã kết thúc")
    assert desktop.complaints == []
