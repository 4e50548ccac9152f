"""The one-time page where a PIN is typed, as a leader's phone shows it (Chromium)."""

from __future__ import annotations

import os
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import pins
from tests.chromium import CHROMIUM
from tests.conversation import Heard, Member
from tests.pins import PIN, WRONG, school_under_pins, waits
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School

playwright = pytest.importorskip("playwright.sync_api")
if not CHROMIUM:
    pytest.skip("no Chromium; sudo apt install chromium", allow_module_level=True)

PUBLIC = "https://hoso.example.edu.vn"


@pytest.fixture
def school(make_school: MakeSchool) -> School:
    return school_under_pins(make_school, web={"public_url": PUBLIC + "/"})


@pytest.fixture
def card(school: School, desk: Desk) -> Heard:
    return waits(school, desk)


@pytest.fixture
def page(browser: playwright.Browser) -> Iterator[playwright.Page]:
    page = browser.new_page(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    yield page
    page.close()


def confirms(leader: Member, text: str) -> str:
    """Confirm the newest card; the way to the page on this machine."""
    return way_to_page(pins.confirms(leader, text))


def way_to_page(message: Heard) -> str:
    link = re.search(rf"{PUBLIC}(/pin/\S+)", message.text)
    assert link, message.text
    return link[1]


def opens(page: playwright.Page, school: School, path: str) -> None:
    page.goto(f"http://127.0.0.1:{school.app.port}{path}")
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=str(Path(folder) / f"pin-{len(list(Path(folder).glob('pin-*')))}.png"))


def types(page: playwright.Page, school: School, path: str, pin: str, again: str | None = None) -> str:
    """What the page says after it."""
    opens(page, school, path)
    page.locator("#pin").fill(pin)
    if again is not None:
        page.locator("#again").fill(again)
    page.locator("button").click()
    return str(page.locator("[role=status]").inner_text())


def test_a_first_pin_is_chosen_on_the_page_and_the_plan_signed(
    school: School, card: Heard, page: playwright.Page
) -> None:
    path = confirms(school.head, "đặt mã PIN 6 chữ số tại trang này")
    assert "giống nhau" in types(page, school, path, PIN, WRONG)
    assert "Đúng mã PIN" in types(page, school, path, PIN, PIN)
    school.head.hears("^Đã ký KHBD")
    opens(page, school, path)
    assert page.locator("form").count() == 0
    assert school.step_states() == ["signed", "pending"]


def test_a_wrong_pin_gets_a_new_way(school: School, card: Heard, desk: Desk, page: playwright.Page) -> None:
    types(page, school, confirms(school.head, "tại trang này"), PIN, PIN)
    school.head.hears("^Đã ký KHBD")
    school.passes(minutes=11)
    school.teacher.hands_in(desk.plan(14))
    school.head.gets_card()
    path = confirms(school.head, "nhập mã PIN để ký KHBD Tuần 14")
    assert "6 chữ số" in types(page, school, path, "40719")
    assert "chưa đúng" in types(page, school, path, WRONG)
    again = way_to_page(school.head.hears("còn 4 lần thử"))
    assert again != path
    assert "Đúng mã PIN" in types(page, school, again, PIN)
    school.head.hears("^Đã ký KHBD Tuần 14")


def test_a_way_nobody_was_given_or_that_is_old_leads_nowhere(school: School, card: Heard) -> None:
    path = confirms(school.head, "tại trang này")
    school.passes(minutes=31)
    for way in (path, "/pin/" + "x" * 22):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://127.0.0.1:{school.app.port}{way}")
        assert refused.value.code == 404
        refused.value.close()
