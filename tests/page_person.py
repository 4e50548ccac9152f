"""Somebody whose chat has no buttons: what they press, they press on the page a message leads to."""

from __future__ import annotations

import html
import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.conversation import PATIENCE, Member, ZaloBotMember
from tests.fakes.telegram_sim import Heard
from tests.fakes.web_chat_person import WebMember
from tests.school import School
from tests.web_board import Browser, Seen

from hoso_bot.channels.web_chat import WebChat
from hoso_bot.domain.messages import Abilities

WAY = re.compile(r"https?://[^/\s]+(/the/\S+)")


class ButtonlessChat(WebChat):
    """The demo's phones as poor as a chat can be."""

    abilities = Abilities(edits=False, erases=False, typed_answers=True, buttons=False)


@dataclass(frozen=True)
class OpenPage:
    """The page of a message, as a browser without script shows it."""

    way: str
    seen: Seen

    @property
    def buttons(self) -> dict[str, str]:
        """Label → token, in the order they stand."""
        found = re.findall(r'<button name="nut" value="([^"]+)"[^>]*>(.*?)</button>', self.seen.body.decode())
        return {html.unescape(label): token for token, label in found}

    @property
    def once(self) -> str:
        """What makes two sendings of one form one press."""
        found = re.search(r'name="lan" value="([^"]+)"', self.seen.body.decode())
        return found[1] if found else ""


class OnPages(Member):
    """`presses` opens the newest message's page that has such a button."""

    browser: Browser

    def taps(self, label: str = "", message: Heard | None = None, **more: Any) -> dict[str, Any]:
        """Press it on its page."""
        for way in reversed(self.ways(message)):
            page = self.opens(way)
            for words, token in page.buttons.items():
                if label.casefold() in words.casefold():
                    answer = self.browser.fills(f"{way}/bam", nut=token, lan=page.once)
                    assert answer.status == 303, answer.text
                    return {"data": token}
        raise AssertionError(f"no button {label!r}:\n{self.chat()}")

    def ways(self, message: Heard | None = None) -> list[str]:
        """The paths of the pages that were sent so far, oldest first."""
        heard = [message] if message else self.messages()
        return [found[1] for one in heard if (found := WAY.search(one.text))]

    def opens(self, way: str) -> OpenPage:
        """The page; the first time in this browser with the code of the chat."""
        seen = self.browser.opens(way)
        if f"{way}/ma" in seen.links("/the/"):
            assert self.browser.sends(f"{way}/ma").status == 303
            entered = self.browser.fills(f"{way}/vao", ma=self.code())
            assert entered.status == 303, entered.text
            seen = self.browser.opens(way)
        assert seen.status == 200, seen.text
        return OpenPage(way, seen)

    def code(self) -> str:
        """The code the bot sent last."""
        found = re.search(r"Mã mở trang: (\d{6})", self.hears("Mã mở trang").text)
        assert found
        return found[1]

    def writes(self, way: str, words: str) -> Seen:
        """Fill in the page's text field; the page behind it."""
        page = self.opens(way)
        assert f"{way}/viet" in page.seen.links("/the/"), page.seen.text
        assert self.browser.fills(f"{way}/viet", loi=words, lan=page.once).status == 303
        return self.browser.opens(way)

    def awaits(self, way: str, words: str) -> Seen:
        """Look again at the page until it says this."""
        deadline = time.monotonic() + PATIENCE
        while words not in (seen := self.browser.opens(way)).text:
            assert time.monotonic() < deadline, seen.text
            time.sleep(0.05)
        return seen


class PageMember(OnPages, WebMember):
    """Somebody whose demo phone shows no buttons."""

    def __init__(self, school: School, staff_id: str, number: int) -> None:
        assert school.app.port
        super().__init__(school.app.port, school.staff[staff_id], staff_id, number)
        self.browser = Browser(school)


class BotPageMember(OnPages, ZaloBotMember):
    """Somebody on a Zalo bot who presses on pages; before being linked there is none, then they type."""

    def __init__(self, school: School, staff_id: str) -> None:
        like = school.zalo_bot_member(staff_id)
        super().__init__(like.world, like.staff, like.chat_id, like.phone)
        self.browser = Browser(school)

    def taps(self, label: str = "", message: Heard | None = None, **more: Any) -> dict[str, Any]:
        """On its page, or by typing."""
        if self.ways(message):
            return super().taps(label, message, **more)
        return ZaloBotMember.taps(self, label, message, **more)


def path_of(link: str) -> str:
    """The path of an address of the school."""
    return urlsplit(link).path
