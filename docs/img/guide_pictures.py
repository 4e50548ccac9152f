"""Makes the pictures of the guide's cards (src/hoso_bot/pictures) from the web demo in headless Chromium.

After the wording or the demo's looks changed run `.venv/bin/python docs/img/guide_pictures.py`; look at them.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Locator, Page, sync_playwright

TARGET = Path(__file__).parents[2] / "src" / "hoso_bot" / "pictures"
PATIENCE = 60_000
RING = "e => { e.style.outline = '4px solid #d9480f'; e.style.outlineOffset = '3px'; }"
NO_RING = "e => { e.style.outline = ''; }"


@contextlib.contextmanager
def demo() -> Iterator[str]:
    """The demo on a free port; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    env = {name: value for name, value in os.environ.items() if not name.startswith("HOSO_")}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        command = [Path(sys.executable).with_name("hoso-bot"), "demo-web", "--port", port]
        with log.open("w") as out:
            process = subprocess.Popen(  # noqa: S603
                command, cwd=folder, env=env, stdout=out, stderr=out
            )
        try:
            while port not in log.read_text() and process.poll() is None:
                time.sleep(0.2)
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)


class Phones:
    """The page's phones, one shown at a time."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def show(self, chat: str) -> Locator:
        """Bring one phone to the front."""
        self.page.locator(f'[data-tab="{chat}"]').click()
        return self.page.locator(f'[data-phone="{chat}"]')

    def press(self, chat: str, label: str) -> None:
        """Press the newest button with these words."""
        self.button(chat, label).click(timeout=PATIENCE)

    def button(self, chat: str, label: str) -> Locator:
        """The newest button with these words."""
        keys = self.show(chat).locator("[data-button]:not(:disabled)", has_text=re.compile(label))
        keys.last.wait_for(timeout=PATIENCE)
        return keys.last

    def heard(self, chat: str, words: str) -> Locator:
        """The newest message with these words."""
        said = self.show(chat).locator('[data-message][data-from="bot"]', has_text=words).last
        said.wait_for(timeout=PATIENCE)
        return said

    def write(self, chat: str, text: str) -> None:
        """Type a line."""
        box = self.show(chat).locator("[data-input]")
        box.fill(text)
        box.press("Enter")

    def picture(self, chat: str, name: str, ring: Locator) -> None:
        """The phone as it is, with a ring around what the card is about."""
        screen = self.show(chat).locator(".device")
        for samples in screen.locator(".chips").all():  # no chat app offers them
            samples.evaluate("e => { e.style.display = 'none'; }")
        ring.scroll_into_view_if_needed()
        self.page.wait_for_timeout(600)
        ring.evaluate(RING)
        screen.screenshot(path=TARGET / f"{name}.jpg", type="jpeg", quality=82)
        ring.evaluate(NO_RING)


def play(phones: Phones) -> None:
    """The story, stopped where a card has something to show."""
    phones.show("teacher").locator("[data-sample]").first.click()
    phones.picture("teacher", "submit", phones.button("teacher", "Trình ký"))
    phones.press("teacher", "Trình ký")
    phones.picture("head", "approve", phones.button("head", "Ký duyệt"))
    for leader in ("head", "vice"):
        phones.press(leader, "Ký duyệt")
        phones.press(leader, "Xác nhận")
    done = phones.heard("teacher", "phê duyệt đủ")
    phones.picture("teacher", "follow", done.locator("[data-file]"))
    phones.write("teacher", "/hotro")
    phones.heard("teacher", "viết câu hỏi")
    phones.write("teacher", "Thầy ơi, em muốn sửa lại tệp đã nộp thì làm sao ạ?")
    phones.heard("teacher", "đã chuyển câu hỏi")
    phones.press("vice", "Trả lời")
    phones.heard("vice", "viết câu trả lời")
    phones.write("vice", "Cô gửi tệp mới vào đây là được nhé.")
    phones.picture("teacher", "help", phones.heard("teacher", "TRẢ LỜI").locator(".bubble"))


def main() -> None:
    """Make all of them."""
    TARGET.mkdir(exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with demo() as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(
            viewport={"width": 360, "height": 820}, locale="vi-VN", device_scale_factor=1.5
        )
        page.goto(address)
        page.wait_for_selector("html[data-ready]", state="attached")
        play(Phones(page))
        browser.close()


if __name__ == "__main__":
    main()
