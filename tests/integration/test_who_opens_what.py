"""Who may open which page: every address, by links in every state and by sessions of everybody.

The rules are written a second time, like those of `test_who_may`. A new address without a rule fails.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiohttp.test_utils import TestClient
from tests.integration.pages_to_open import HOSTILE, STATES, Pages
from tests.integration.rules_of_casework import oversees
from tests.integration.rules_of_rights import Filed
from tests.integration.test_who_may import CASES, DAYS, arrange
from tests.parts import Parts

from hoso_bot.store.links import Purpose
from hoso_bot.web.board.visit import COOKIE as BOARD
from hoso_bot.web.message_page.visit import COOKIE as MESSAGE

WEB = Path(__file__).parents[2] / "src/hoso_bot/web"
FOR_ALL = {
    *("/v", "/v/", "/v/{code}", "/bang/thoat"),
    *("/bang/tinh/{name}", "/the/tinh/{name}", "/nop/tinh/{name}"),
}
"""Anybody: what a code of a paper tells, our own style and scripts, the way out."""
BY_LINK = {
    Purpose.PIN: ("GET /pin/{token}", "POST /pin/{token}"),
    Purpose.BOARD: ("GET /bang/vao/{token}", "POST /bang/vao/{token}"),
    Purpose.FILE: ("GET /f/{token}",),
    Purpose.PICTURE: ("GET /anh/{token}",),
    Purpose.UPLOAD: (
        "GET /nop/{token}",
        "POST /nop/{token}",
        "POST /nop/{token}/tra-loi",
        "GET /nop/{token}/xem",
        "POST /nop/{token}/bat-dau",
        "POST /nop/{token}/phan/{upload}",
        "POST /nop/{token}/xong/{upload}",
    ),
    Purpose.CARD: (
        "GET /the/{token}",
        "POST /the/{token}/ma",
        "POST /the/{token}/vao",
        "POST /the/{token}/quen",
        "POST /the/{token}/bam",
        "POST /the/{token}/viet",
        "GET /the/{token}/moi",
        "GET /the/{token}/anh/{id}",
        "GET /the/{token}/tep/{id}",
        r"GET /the/{token}/trang/{id}/{number:\d{1,4}}.jpg",
    ),
}
NOT_THERE = ("/nop/{token}/phan/", "/nop/{token}/xong/", "/anh/{id}", "/trang/{id}", "/vao")
"""Good links may get nothing there: no file was begun, no code asked for, none of these is in the message."""
ONLY_KNOWN = ("/bam", "/viet", "/moi", "/anh/", "/tep/", "/trang/")
"""Below the page of a message: for a browser that proved whose it is."""
BY_SESSION = (
    "GET /bang",
    "GET /bang/",
    "GET /bang/cho",
    "GET /bang/tim",
    "GET /bang/gv/{person}",
    "GET /bang/ho-so/{plan}",
    "GET /bang/tep/{version}/{way}.pdf",
    "GET /bang/anh/{version}.jpg",
    "GET /bang/{elsewhere:.*}",
)
REFUSED = {401, 403, 404, 410}


class Answer(NamedTuple):
    """What came back."""

    status: int
    words: str
    headers: Any


@pytest.fixture(params=["plain", "delegated for one", "the office is staff"])
def pages(parts: Parts, request: pytest.FixtureRequest) -> Pages:
    """The school of some days of `test_who_may`."""
    return Pages(arrange(parts, DAYS[request.param]))


async def ask(browser: TestClient[Any, Any], address: str, cookies: dict[str, str], **blanks: str) -> Answer:
    """As a form or a link of these very pages does; it keeps no cookie of the answer."""
    method, path = address.split(" ", 1)
    for name, value in blanks.items():
        path = re.sub(r"\{%s(:[^/]*\})?\}?" % name, lambda _, value=value: value, path)  # noqa: UP031
    headers = {"Origin": f"http://{browser.host}:{browser.port}", "User-Agent": "Mozilla/5.0"}
    headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    form = {"nut": "x", "loi": "y", "ma": "1", "pin": "1"} if method == "POST" else None
    async with browser.request(method, path, headers=headers, data=form, allow_redirects=False) as answer:
        words = (await answer.read()).decode("utf-8", "replace")
    browser.session.cookie_jar.clear()
    return Answer(answer.status, words, answer.headers)


def test_every_address_has_a_rule(parts: Parts) -> None:
    known = {address for addresses in BY_LINK.values() for address in addresses} | set(BY_SESSION)
    routes = Pages(arrange(parts, DAYS["plain"])).routes()
    assert {f"{route.method} {route.path}" for route in routes if route.path not in FOR_ALL} == known
    sources = "\n".join(path.read_text(encoding="utf-8") for path in WEB.rglob("*.py"))
    makers = set(re.findall(r"def (\w+)\(desk: \w+\) -> list\[web.RouteDef\]", sources))
    here = (Path(__file__).parent / "pages_to_open.py").read_text(encoding="utf-8")
    assert makers == set(re.findall(r"\*(\w+)\(", here))


def opens(pages: Pages, purpose: Purpose, who: str, state: str) -> bool:
    """What a link is worth."""
    if purpose is Purpose.PICTURE:  # no person's look, for a quarter of an hour (web/picture_links)
        return state not in ("of nobody", "over", "of another purpose")
    if purpose is Purpose.BOARD and (state == "used" or not oversees(pages.world.day, who)):
        return False
    return state in ("good", "used")


async def test_a_link_opens_its_page_in_its_time_for_its_person(pages: Pages) -> None:
    luck, wrong, judged = random.Random("links"), Counter[str](), Counter[bool]()
    async with pages.browser() as browser:
        for _ in range(CASES // 8):
            purpose, who = luck.choice(list(Purpose)), luck.choice(pages.linked)
            state, known = luck.choice(["good", *STATES]), luck.random() < 0.5
            address, cookies = luck.choice(BY_LINK[purpose]), dict[str, str]()
            if known and purpose is Purpose.CARD:
                cookies[MESSAGE] = pages.known_browser(who)
            with pages.link(purpose, who, state) as token:
                blanks = {"token": token, "upload": "none", "id": pages.message_id(who), "number": "1"}
                answer = await ask(browser, address, cookies, **blanks)
            below = purpose is Purpose.CARD and any(part in address for part in ONLY_KNOWN)
            right = opens(pages, purpose, who, state) and (known or not below)
            judged[right] += 1
            may_be_told = right and (known or purpose is not Purpose.CARD)
            told = pages.secret(who) in answer.words and not may_be_told
            empty = right and answer.status in (403, 404) and any(part in address for part in NOT_THERE)
            if (right is (answer.status in REFUSED) and not empty) or told or answer.status >= 500:
                wrong[f"{answer.status} {address}, {state} link of {who}, known: {known}, told: {told}"] += 1
    assert not wrong, "\n".join([f"{judged}", *list(wrong)[:40]])
    assert min(judged.values()) > CASES // 120


def board_addresses(
    pages: Pages, filed: list[Filed], luck: random.Random, who: str
) -> tuple[str, dict[str, str], bool]:
    """An address of the board, what stands in it, and whether this person may see it."""
    day, address = pages.world.day, luck.choice(BY_SESSION)
    other, one, way = (
        luck.choice(list(day.people)),
        luck.choice(filed),
        luck.choice(("hien-tai", "goc", "la")),
    )
    blanks = {"person": pages.person(other).id, "plan": one.plan_id, "version": one.version_id, "way": way}
    if "{person}" in address:
        right = who == other or day.looks_after(who, other)
    elif "{plan}" in address or "{way}" in address:
        kept = "{plan}" in address or (one.state != "withdrawn" and way != "la")
        right = kept and (who == one.author or day.looks_after(who, one.author))
    else:
        right = "{" not in address  # no picture was drawn, and nothing is elsewhere
    return address, {**blanks, "elsewhere": "x"}, right and oversees(day, who)


async def test_the_board_shows_to_each_what_the_chat_shows(pages: Pages) -> None:
    luck, wrong, judged = random.Random("board"), Counter[str](), Counter[bool]()
    day = pages.world.day
    inside = [who for who in pages.linked if oversees(day, who) and not day.leads(who)]
    async with pages.browser() as browser:
        for _ in range(CASES // 12):
            who = luck.choice(luck.choice([pages.linked, inside]))
            address, blanks, right = board_addresses(pages, pages.world.filed, luck, who)
            cookie = luck.choice([pages.session(who)] * 4 + ["", "A" * 22])
            right = right and cookie not in ("", "A" * 22)
            answer = await ask(browser, address, {BOARD: cookie}, **blanks)
            judged[right] += 1
            told = [m for m, sees in pages.world.marks.items() if m in answer.words and not sees(day, who)]
            if right is (answer.status != 200) or told or answer.status >= 500:
                wrong[f"{answer.status} {address} {blanks} by {who}, told {told}"] += 1
    assert not wrong, "\n".join([f"{judged}", *list(wrong)[:40]])
    assert min(judged.values()) > CASES // 120


@pytest.mark.parametrize("purpose", [Purpose.FILE, Purpose.CARD])
async def test_a_hostile_name_stays_a_name(pages: Pages, purpose: Purpose) -> None:
    who = pages.linked[0]
    address = "GET /f/{token}" if purpose is Purpose.FILE else "GET /the/{token}/tep/{id}"
    async with pages.browser() as browser:
        with pages.link(purpose, who, "good") as token:
            cookies = {MESSAGE: pages.known_browser(who)}
            answer = await ask(browser, address, cookies, token=token, id=pages.message_id(who))
    way = answer.headers["Content-Disposition"]
    assert answer.status == 200 and "Set-Cookie" not in answer.headers
    assert re.fullmatch(r"attachment; filename\*=UTF-8''[\w.%~-]+", way)
    assert "/" not in way.partition("=")[2] and HOSTILE not in way
