"""People who hand in and decide all day while the bot comes and goes: one thread each, patient as people are.

A person never looks into the bot. They act on what their chat shows, wait, and tap again only when
nothing at all has happened for `PATIENCE` seconds, then for twice as long, and so on. While the bot is being
killed they wait for ever; before and after, an answer that takes `GIVES_UP` seconds is a failure.
"""

from __future__ import annotations

import hashlib
import itertools
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random

from tests.fakes.telegram_sim import Heard, Person

PATIENCE = 8.0
GIVES_UP = 90.0
REASONS = ("chưa nêu rõ yêu cầu cần đạt", "hoạt động của học sinh còn sơ sài", "sai ngày dạy trong bảng")


REMINDS = "chỉ còn thiếu một lần bấm"


class NothingHappened(AssertionError):
    """Somebody waited far too long in front of a silent chat."""


@dataclass
class Decision:
    """What a leader meant to do with the file (by SHA-256) on one card."""

    leader: str
    sha256: str
    reason: str | None = None


@dataclass
class Result:
    """How a teacher's file (by SHA-256 of what was sent) ended, in the teacher's chat."""

    teacher: str
    sent: str
    signed: str | None = None
    reason: str | None = None


@dataclass
class Worker:
    """Somebody with a phone. `storm` is set while the bot is being killed; `update_ids`: what they caused."""

    staff_id: str
    phone: Person
    random: Random
    storm: threading.Event
    closing: threading.Event = field(default_factory=threading.Event)
    update_ids: list[int] = field(default_factory=list)
    repeats: int = 0

    def link(self, code: str) -> None:
        """`/start CODE`, consent, greeting."""
        self._does(lambda: self.phone.says(f"/start {code}"))
        self._until(lambda: self._button("Đồng ý"), None)
        self._does(lambda: self.phone.taps("Đồng ý"))
        self._until(lambda: self._said("Đã liên kết"), None)

    def work(self) -> None:
        """Until `closing` is set."""
        raise NotImplementedError

    def _does(self, action: Callable[[], dict[str, object]]) -> None:
        done = action()
        assert isinstance(done["update_id"], int)
        self.update_ids.append(done["update_id"])

    def _taps(self, label: str, message: Heard, happened: Callable[[], Heard | None]) -> Heard:
        """Tap; tap again whenever nothing has happened for a while."""

        def tap() -> None:
            try:
                self._does(lambda: self.phone.taps(label, message))
            except AssertionError:  # the button has just gone: something is happening
                return

        tap()
        return self._until(happened, tap)

    def _until(self, happened: Callable[[], Heard | None], again: Callable[[], None] | None) -> Heard:
        patience = PATIENCE
        calm_since, impatient = time.monotonic(), time.monotonic() + patience
        while (found := happened()) is None:
            now = time.monotonic()
            if self.storm.is_set():
                calm_since = now
            if now > calm_since + GIVES_UP:
                raise NothingHappened(f"{self.staff_id} waited {GIVES_UP} s:\n{self.phone.chat()}")
            if again and now > impatient:
                self.repeats += 1
                again()
                patience *= 2
                impatient = now + patience
            self._waits(1.0)
        return found

    def _waits(self, seconds: float) -> None:
        """Until the chat changes, or so long."""
        now = self.phone.world.transcript(self.phone.chat_id)["revision"]
        self.phone.world.transcript(self.phone.chat_id, now, seconds)

    def _button(self, label: str, words: str = "", after: int = 0) -> Heard | None:
        """The newest message with that button and those words."""
        fits = (m for m in self._newest(after) if words in m.text and any(label in b for b in m.buttons))
        return next(fits, None)

    def _said(self, words: str, after: int = 0) -> Heard | None:
        return next((m for m in self._newest(after) if words in m.text), None)

    def _newest(self, after: int) -> list[Heard]:
        return [m for m in reversed(self.phone.messages()) if m.message_id > after]

    def _last_id(self) -> int:
        return max((m.message_id for m in self.phone.messages()), default=0)


@dataclass
class Teacher(Worker):
    """Hands in file after file; the next one when the last one is decided, after `rest` seconds."""

    plans: Sequence[bytes] = ()
    rest: float = 0.0
    results: list[Result] = field(default_factory=list)

    def work(self) -> None:
        """Until told to close; what is on its way is seen to its end."""
        for number, plan in enumerate(itertools.cycle(self.plans), start=1):
            if self.closing.is_set():
                return
            self._hands_in(f"KHBD {self.staff_id} lan {number}.pdf", plan + b"%% %d\n" % number)
            self.closing.wait(self.rest)

    def _hands_in(self, name: str, body: bytes) -> None:
        before = self._last_id()
        self._does(lambda: self.phone.sends(body, name))
        card = self._until(lambda: self._button("Trình ký", name, before), None)
        self._taps("Trình ký", card, lambda: self._said("Đã trình ký", before))
        sent = hashlib.sha256(body).hexdigest()
        end = self._until(lambda: self._result(before), None)
        self.results.append(Result(self.staff_id, sent, end.sha256, _reason(end)))

    def _result(self, after: int) -> Heard | None:
        """The end of this file; an old result that comes once more is recognised and ignored."""
        known = {(result.signed, result.reason) for result in self.results}
        ends = (m for m in self._newest(after) if "phê duyệt đủ" in m.text or "cần chỉnh sửa" in m.text)
        return next((m for m in ends if (m.sha256, _reason(m)) not in known), None)


@dataclass
class Forgetful(Worker):
    """Sends a file and forgets `Trình ký`; the next one once reminded. names: what was sent, in order."""

    plan: bytes = b""
    names: list[str] = field(default_factory=list)

    def work(self) -> None:
        """Until told to close."""
        while not self.closing.is_set():
            name = f"KHBD {self.staff_id} quen {len(self.names) + 1}.pdf"
            self._does(partial(self.phone.sends, self.plan + b"%% %d\n" % len(self.names), name))
            self.names.append(name)
            while not (self.closing.is_set() or self.reminders(name)):
                self._waits(1.0)

    def reminders(self, name: str) -> list[Heard]:
        """What reminded them of one file."""
        return [m for m in self.phone.messages() if name in m.text and REMINDS in m.text]


def _reason(result: Heard) -> str | None:
    return None if result.sha256 else result.text.split('"')[1]


@dataclass
class Leader(Worker):
    """Decides every card in the chat, once."""

    decisions: list[Decision] = field(default_factory=list)

    def work(self) -> None:
        """Until told to close."""
        while not self.closing.is_set():
            card = self._open_card()
            if card is None:
                self._waits(1.0)
            elif self.random.random() < 0.75:
                self._approves(card)
            else:
                about = card.sha256 and card.sha256[:16]
                self._rejects(card, f"Hồ sơ {about} {self.random.choice(REASONS)}.")

    def _open_card(self) -> Heard | None:
        decided = {decision.sha256 for decision in self.decisions}
        cards = (m for m in self.phone.messages() if any("Ký duyệt" in b for b in m.buttons))
        return next((m for m in cards if m.sha256 not in decided), None)

    def _approves(self, card: Heard) -> None:
        question = self._wants_to_sign(card)
        self._taps("Xác nhận", question, lambda: self._said("Em đang ký", question.message_id))

    def _wants_to_sign(self, card: Heard) -> Heard:
        """`Ký duyệt`; the question that comes of it."""
        assert card.sha256
        fingerprint, before = card.sha256[:16], self._last_id()
        question = self._taps("Ký duyệt", card, lambda: self._button("Xác nhận", fingerprint, before))
        self.decisions.append(Decision(self.staff_id, card.sha256))
        return question

    def _rejects(self, card: Heard, reason: str) -> None:
        assert card.sha256
        before = self._last_id()
        self._taps("Từ chối", card, lambda: self._said("nêu rõ điểm chưa đạt", before))
        self.decisions.append(Decision(self.staff_id, card.sha256, reason))
        self._does(lambda: self.phone.says(reason))
        self._until(lambda: self._said("Đã trả lại KHBD", before), None)
