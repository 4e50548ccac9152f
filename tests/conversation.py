"""Conversations: teacher.sends(pdf), leader.presses("Ký duyệt"), teacher.hears("…")."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.fakes.telegram_sim import Heard, Person, World

from hoso_bot import texts
from hoso_bot.domain.roster import Person as Staff

PATIENCE = 20.0


class Member(Person):
    """Somebody of the school at their phone."""

    def __init__(self, world: World, staff: Staff, chat_id: int) -> None:
        super().__init__(world, chat_id, staff.name)
        self.staff = staff

    def hears(self, pattern: str, timeout: float = PATIENCE) -> Heard:
        """The next thing the bot says that matches; patient, the machine may be busy."""
        return super().hears(pattern, timeout)

    def presses(self, label: str, message: Heard | None = None) -> str:
        """Tap the newest button with these words (of `message`) as soon as there is one; its token."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return str(self.taps(label, message)["data"])
            except AssertionError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def presses_as_it_was(self, label: str, card: Heard) -> None:
        """Tap a button on a phone that still shows the card as it was when it was heard."""
        keys = [key for row in card.raw["buttons"] for key in row]
        self.presses_token(next(str(key["data"]) for key in keys if label in key["label"]), card)

    def buttons_now(self, card: Heard) -> list[str]:
        """What can be tapped under a card that was heard before."""
        return next(m.buttons for m in self.messages() if m.message_id == card.message_id)

    def presses_token(self, token: str, message: Heard) -> None:
        """What a forged client could do: a callback with any data under any message of the own chat."""
        me = {"id": self.chat_id, "is_bot": False, "first_name": self.name}
        shown = {"message_id": message.message_id, "date": 1, "chat": {"id": self.chat_id, "type": "private"}}
        query = {"id": str(time.monotonic_ns()), "from": me, "message": shown, "chat_instance": "1"}
        self.world.pushes({"callback_query": {**query, "data": token}})

    def hands_in(self, file: Path | bytes, name: str | None = None, **more: Any) -> Heard:
        """Send a plan and confirm it; the bot's word that it was handed in."""
        self.sends(file, name, **more)
        self.hears("xác nhận trình ký")
        self.presses("Trình ký")
        return self.hears("^Đã trình ký")

    def gets_card(self, pattern: str = "trình ký KHBD") -> Heard:
        """The next card with a plan to decide on."""
        card = self.hears(f"{pattern}.*Mời đ/c xem tệp")
        assert card.file_name, self.chat()
        return card

    def approves(self) -> None:
        """Approve the newest card and confirm it; the signature is made when this returns."""
        self.presses("Ký duyệt")
        self.hears("Chữ ký số được ghi vào tệp")
        self.presses("Xác nhận")
        self.hears("^Đã ký KHBD|đã ký đủ")

    def rejects(self, reason: str) -> None:
        """Send the newest card's plan back for this reason."""
        self.presses("Từ chối")
        self.hears("nêu rõ điểm chưa đạt")
        self.says(reason)
        self.hears("^Đã trả lại")

    def _news(self, seen: dict[str, Any]) -> list[Heard]:
        """A card that only lost its buttons says nothing new."""
        return [heard for heard in super()._news(seen) if heard.text not in heard.raw["earlier"][-1:]]

    def silently_heard(self, message: Heard) -> bool:
        """Whether the phone made no sound for this message."""
        chat = self.world.transcript(self.chat_id)
        raw = next(m for m in chat["messages"] if m["message_id"] == message.message_id)
        return bool(raw["silent"])


class ZaloMember(Member):
    """Somebody of the school on Zalo. types: buttons are not seen, as on a PC; what stands below is typed."""

    def __init__(self, world: World, staff: Staff, chat_id: int, types: bool = False) -> None:
        super().__init__(world, staff, chat_id)
        self.types = types

    def taps(self, label: str = "", message: Heard | None = None, **more: Any) -> dict[str, Any]:
        """Tap a button, or type the word and number that stand for it, as carelessly as people do."""
        if not self.types:
            return super().taps(label, message, **more)
        word, number = self.typed_for(label, message)
        self.says(f"{word.capitalize()}  {number}")
        return {"data": f"{word} {number}"}

    def typed_for(self, label: str, message: Heard | None = None) -> tuple[str, str]:
        """The word and number of a button, as the message says them."""
        for heard in [message] if message else reversed(self.messages()):
            for at, title in enumerate(heard.buttons):
                if label.casefold() in title.casefold():
                    found = re.findall(r"([A-Z]+\d*) (\d{4,5})\b", heard.text.rpartition("Gõ:")[2])
                    return found[at]
        raise AssertionError(f"no button {label!r}:\n{self.chat()}")


class ZaloBotMember(ZaloMember):
    """Somebody of the school on Zalo's Bot Platform: there are no buttons, everything is typed."""

    def __init__(self, world: World, staff: Staff, chat_id: int, phone: Callable[[str], Any]) -> None:
        """phone: their browser at a path of the school's."""
        super().__init__(world, staff, chat_id, types=True)
        self.phone = phone

    def sends(self, file: Path | bytes, name: str | None = None, **more: Any) -> dict[str, Any]:
        """By the page behind `/nop`; `in_chat`: as people try first, `named` or without saying who it was."""
        if more.pop("in_chat", False):
            return super().sends(file, name, **more)
        self.says("/nop")
        path = re.search(r"https?://[^/\s]+(/nop/\S+)", self.hears("nộp tệp PDF tại trang này").text)
        assert path
        body = file if isinstance(file, bytes) else file.read_bytes()
        file_name = name or ("ke-hoach.pdf" if isinstance(file, bytes) else file.name)
        return {"id": self.phone(path[1]).sends(body, file_name)}

    def typed_for(self, label: str, message: Heard | None = None) -> tuple[str, str]:
        """The word and number of what would be a button, as the message says them."""
        for heard in [message] if message else reversed(self.messages()):
            for word, number, said in _ANSWER.findall(heard.text.rpartition("Để trả lời, gõ:")[2]):
                if label.casefold() in (said or " ".join(LABELS.get(word, ()))).casefold():
                    return word, number
        raise AssertionError(f"nothing to type for {label!r}:\n{self.chat()}")


_ANSWER = re.compile(r"([A-Z]+\d*) (\d{4,5})\b(?:[^,–\n]*? – (.+))?")
LABELS: dict[str, list[str]] = {}
for _key in sorted(key for key in texts.keys() if key.startswith("typed.word.")):  # noqa: SIM118
    LABELS.setdefault(texts.raw(_key), []).append(texts.raw(_key.removeprefix("typed.word.")))


__all__ = ["PATIENCE", "Heard", "Member", "ZaloBotMember", "ZaloMember"]
