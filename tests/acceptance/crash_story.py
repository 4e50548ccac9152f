"""The whole main job on a Saturday morning, with a bot that dies at chosen points and is started again.

Reminders go out, one to somebody who blocked the bot; an update comes that nobody can read. A teacher hands
a file in by chat and corrects its week, two leaders sign it with a PIN typed in the chat; a question is asked
and answered; another teacher hands in by the page, is sent back, hands in again, and the leaders sign with a
PIN typed on a page. Nobody knows of the deaths: people wait, and repeat themselves when nothing happens.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import http.client
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from tests.acceptance.aftermath import Aftermath
from tests.acceptance.busy_school import GIVES_UP, Leader, Result, Worker
from tests.acceptance.day_of_kills import until_quiet
from tests.acceptance.mortal_bot import Bot, hoso_bot
from tests.fakes.crash_points import CARELESS, DIED, PASSED, PLAN
from tests.fakes.telegram_sim import Heard, TelegramSim
from tests.fakes.timestamp_authority import TimestampAuthority
from tests.pins import PIN
from tests.plans_to_send import Desk
from tests.ports import free_port
from tests.school import NewHome, School, week
from tests.upload_page import PIECE, Phone
from tests.web_board import exchange

from hoso_bot.domain.calendar import VN

MORTAL = Path(__file__).parent.parent / "fakes" / "crash_points.py"
LIST = Path(__file__).parent.parent / "samples" / "crash_points.txt"
"""Every point of the story at which `make crash-points` let the bot die, before and after."""
PEOPLE = ("GV05", "GV08", "GV09", "GV06", "PHT01")
"""GV05 has blocked the bot."""
SATURDAY = week(13).deadline.date() - timedelta(days=1)
BEGINS = "07:16"
"""A minute after the day's reminder; the night's jobs of half past one may still be made up for."""
REASON = "Phần khởi động chưa nêu rõ yêu cầu cần đạt."
NO_QUESTION = "Đúng mã PIN|em không hỏi mã PIN"
BLOCKED = "bot was blocked by the user"
"""Why a reminder was given up, unless it was heard before that nobody is to be reminded there."""
TYPES_AGAIN = 6.0
"""Seconds until somebody whose PIN nobody answered types it once more."""


@dataclass(kw_only=True)
class MortalBot(Bot):
    """Starts itself again whenever it dies by its plan, as systemd would.

    points: the crash points' folder. later: seconds that its clock is ahead of this machine's.
    """

    points: Path
    later: float
    _over: threading.Event = field(default_factory=threading.Event)
    _watcher: threading.Thread | None = None
    _failure: str = ""

    def command(self) -> list[str]:
        run = ["run", "--home", str(self.home)]
        return [sys.executable, str(MORTAL), str(self.points), f"{self.later:.3f}", *run]

    def lives(self, storm: threading.Event) -> None:
        """From now on; `storm` is set from each death until it is ready again."""
        self._storm = storm
        self.start()
        self._watcher = threading.Thread(target=self._watch, name="systemd", daemon=True)
        self._watcher.start()

    def _watch(self) -> None:
        while not self._over.is_set():
            assert self.process
            code = self.process.wait()
            if self._over.is_set():
                return
            if code not in (0, -signal.SIGKILL):
                self._failure = f"the bot ended with {code}:\n{self.log()}"
                return
            self._storm.set()
            self.deaths.append(time.time())
            self.start()
            threading.Thread(target=self._calm_down, args=(self.process,), daemon=True).start()

    def _calm_down(self, process: Any) -> None:
        while process.poll() is None and self.state() is None:
            time.sleep(0.1)
        if process.poll() is None:
            self._storm.clear()

    def changes(self, **settings: str) -> None:
        """Stop it as an administrator does, and go on with other settings."""
        old = self.process
        assert old
        self.settings |= settings
        old.terminate()
        old.wait(30)

    def checks(self) -> None:
        """Raises when it ended by itself."""
        assert not self._failure, self._failure

    def ends(self) -> None:
        """Stop it for good."""
        self._over.set()
        self.die()
        if self._watcher:
            self._watcher.join(10)
        self.die()  # what it had just started


@dataclass
class CrashSchool:
    """One school for one story. `folder` is the crash points' own."""

    school: School
    bot: MortalBot
    folder: Path
    desk: Desk
    storm: threading.Event = field(default_factory=threading.Event)
    people: list[Worker] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)

    def lines(self, name: str) -> list[str]:
        """Of one file of the crash points."""
        path = self.folder / name
        return list(dict.fromkeys(path.read_text(encoding="utf-8").splitlines())) if path.exists() else []

    @property
    def passed(self) -> list[str]:
        """The points that were reached, in that order."""
        return self.lines(PASSED)

    @property
    def died(self) -> list[str]:
        """The deaths that happened, `before NAME` or `after NAME`."""
        return self.lines(DIED)


@contextlib.contextmanager
def crash_school(
    new_home: NewHome, telegram: TelegramSim, tsa: TimestampAuthority, room: Path, deaths: Sequence[str]
) -> Iterator[CrashSchool]:
    """A school in `room` whose bot, not started yet, will die as `deaths` say."""
    for name in ("points", "room"):
        (room / name).mkdir(parents=True)
    (room / "points" / PLAN).write_text("".join(f"{line}\n" for line in deaths), encoding="utf-8")
    home = new_home.at(room / "school")
    school = School(home, telegram, None, None, linked=PEOPLE)  # type: ignore[arg-type]
    at = datetime.combine(SATURDAY, datetime.strptime(BEGINS, "%H:%M").time(), VN)
    school.passes(seconds=(at - school.clock.now()).total_seconds())
    tsa.says(at.astimezone(UTC))
    later = (at - datetime.now(VN)).total_seconds()
    settings = {
        "HOSO_SIGNING__CUSTODY": "pin",
        "HOSO_SIGNING__TSA_URL": tsa.url("good"),
        "HOSO_REMINDERS__SATURDAY": "07:15",
    }
    bot = MortalBot(
        world=school.world,
        room=room / "room",
        random=Random(1),
        home=home,
        port=free_port(),
        settings=settings,
        points=room / "points",
        later=later,
    )
    try:
        yield CrashSchool(school, bot, room / "points", Desk(room))
    finally:
        bot.ends()


# --- the story ---------------------------------------------------------------------------------------


def play(here: CrashSchool) -> None:
    """All of it, to the end; raises what did not happen."""
    school, bot = here.school, here.bot
    loan, other = (Author(key, school[key], Random(1), here.storm, here=here) for key in ("GV09", "GV08"))
    head, vice = (Approver(key, school[key], Random(1), here.storm, here=here) for key in ("GV06", "PHT01"))
    here.people = [loan, other, head, vice]
    school["GV05"].blocks()
    chat = {"id": school["GV08"].chat_id, "type": "private"}
    school.world.pushes({"message": {"message_id": "?", "date": "yesterday", "chat": chat, "text": ["?"]}})
    bot.lives(here.storm)
    for teacher in (loan, other):
        teacher.hears("còn 1 ngày nữa")
    vice.hears("không gửi được tin cho")
    vice.hears("Có một việc em chưa làm xong được")
    by_chat(here, loan, head, vice)
    a_question(here, loan, vice)
    bot.changes(HOSO_WEB__PUBLIC_URL=f"http://127.0.0.1:{bot.port}")
    by_page(here, other, head, vice)


def by_chat(here: CrashSchool, teacher: Author, head: Approver, vice: Approver) -> None:
    """Sent, corrected, handed in, signed twice."""
    body = here.desk.plan(13).read_bytes()
    before = teacher._last_id()
    teacher._does(lambda: teacher.phone.sends(body, "KHBD Tuan 13.pdf"))
    card = teacher._until(lambda: teacher._button("Trình ký", "xác nhận trình ký", before), None)
    asked = teacher._taps("Sửa tuần", card, lambda: teacher._said("nhắn số tuần", card.message_id))
    teacher._does(lambda: teacher.phone.says("13"))
    again = teacher._until(lambda: teacher._button("Trình ký", "xác nhận trình ký", asked.message_id), None)
    teacher._taps("Trình ký", again, lambda: teacher._said("Đã trình ký", before))
    for leader in (head, vice):
        leader.approves()
    end = teacher._until(lambda: teacher.result(before), None)
    here.results.append(Result(teacher.staff_id, sha256(body), end.sha256))


def a_question(here: CrashSchool, teacher: Author, contact: Approver) -> None:
    """Asked, passed on, answered, closed."""
    before, contacts = teacher._last_id(), contact._last_id()
    teacher._does(lambda: teacher.phone.says("/hotro"))
    teacher._until(lambda: teacher._said("viết câu hỏi", before), None)
    teacher._does(lambda: teacher.phone.says("Em xem lại bài ở đâu ạ?"))
    card = contact._until(lambda: contact._said("HỎI #1", contacts), None)
    contact._does(lambda: contact.phone.says("Cô xem lại ở tin nhắn em gửi nhé.", reply_to=card.message_id))
    answer = teacher._until(lambda: teacher._said("TRẢ LỜI #1", before), None)
    assert "Cô xem lại ở tin nhắn em gửi nhé." in answer.text
    teacher._taps("Đã xong", answer, lambda: teacher._said("đóng câu hỏi #1", before))


def by_page(here: CrashSchool, teacher: Author, head: Approver, vice: Approver) -> None:
    """Handed in by the page, sent back, handed in again, signed twice with PINs typed on a page."""
    first, second = here.desk.heavy(13), here.desk.mended(13).read_bytes()
    before = teacher._last_id()
    teacher.hands_in_by_page(here.bot, first, "mot.pdf")
    head.rejects()
    end = teacher._until(lambda: teacher.result(before), None)
    here.results.append(Result(teacher.staff_id, sha256(first), None, REASON))
    teacher.hands_in_by_page(here.bot, second, "hai.pdf")
    for leader in (head, vice):
        leader.approves()
    end = teacher._until(lambda: teacher.result(end.message_id), None)
    here.results.append(Result(teacher.staff_id, sha256(second), end.sha256))


def sha256(body: bytes) -> str:
    """In hex."""
    return hashlib.sha256(body).hexdigest()


# --- people ------------------------------------------------------------------------------------------


@dataclass(kw_only=True)
class Patient(Worker):
    """Somebody who waits for what the bot says, as long as it dies by its plan only."""

    here: CrashSchool

    def _until(self, happened: Callable[[], Heard | None], again: Callable[[], None] | None) -> Heard:
        def looks() -> Heard | None:
            self.here.bot.checks()
            return happened()

        return super()._until(looks, again)

    def hears(self, words: str) -> Heard:
        """Wait for something said."""
        return self._until(lambda: self._said(words), None)


@dataclass(kw_only=True)
class Author(Patient):
    """A teacher."""

    def result(self, after: int) -> Heard | None:
        """The end of a plan: the signed file, or the reason."""
        ends = (m for m in self._newest(after) if "phê duyệt đủ" in m.text or REASON in m.text)
        return next(ends, None)

    def hands_in_by_page(self, bot: Bot, body: bytes, name: str) -> None:
        """Ask for the link, send the pieces, confirm the card."""
        before = self._last_id()
        self._does(lambda: self.phone.says("/nop"))
        link = self._until(lambda: self._said("nộp tệp PDF tại trang này", before), None)
        path = re.search(r"https?://[^/\s]+(/nop/\S+)", link.text)
        assert path
        phone = Phone(SimpleNamespace(app=SimpleNamespace(port=bot.port)), path[1])
        stubborn(bot, phone.opens)
        _, begun = stubborn(bot, lambda: phone.begins(body, name))
        have = begun["have"]
        while have < len(body):
            piece = body[have : have + PIECE]
            _, answer = stubborn(bot, functools.partial(phone.piece, begun["id"], have, piece))
            have = answer["have"]
        assert stubborn(bot, lambda: phone.finishes(begun["id"], body)) == (200, {"arrived": True})
        card = self._until(lambda: self._button("Trình ký", name, before), None)
        self._taps("Trình ký", card, lambda: self._said("Đã trình ký", before))


@dataclass(kw_only=True)
class Approver(Patient, Leader):
    """A leader who types a PIN whenever one is asked for."""

    def card(self) -> Heard:
        """The next card to decide on."""
        return self._until(self._open_card, None)

    def approves(self) -> None:
        """Until the signature is made."""
        question = self._wants_to_sign(self.card())
        self._taps("Xác nhận", question, lambda: self._asks_or_signs(question.message_id))
        typed = Typing(self, self.here.bot, question.message_id)
        self._until(typed.goes_on, None)

    def _asks_or_signs(self, after: int) -> Heard | None:
        return next((m for m in self._newest(after) if "mã PIN" in m.text or "Em đang ký" in m.text), None)

    def rejects(self) -> None:
        """With the story's reason."""
        self._rejects(self.card(), REASON)


@dataclass
class Typing:
    """One leader and the PIN questions after message `after`; one that nothing comes of is answered again."""

    leader: Approver
    bot: Bot
    after: int
    answered: int = 0
    since: float = 0.0

    def goes_on(self) -> Heard | None:
        """The message that says that all is signed; a question that waits is answered on the way."""
        news = self.leader._newest(self.after)
        if done := next((m for m in news if re.search("Đã ký KHBD|đã ký đủ", m.text)), None):
            return done
        asked = next((m for m in news if "PIN" in m.text and not re.search(NO_QUESTION, m.text)), None)
        waited = time.monotonic() - self.since > TYPES_AGAIN
        if asked and (asked.message_id > self.answered or waited):
            self.answered, self.since = asked.message_id, time.monotonic()
            self._types(asked)
        return None

    def _types(self, asked: Heard) -> None:
        if any("Nhập mã PIN" in label for label in asked.buttons):
            with contextlib.suppress(AssertionError):  # the button has just gone: something is happening
                self.leader._does(lambda: self.leader.phone.taps("Nhập mã PIN", asked))
            return
        page = re.search(r"https?://[^/\s]+(/pin/\S+)", asked.text)
        if page is None:
            self.leader._does(lambda: self.leader.phone.says(PIN))
            return
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        form = urlencode({"pin": PIN, "again": PIN})
        with contextlib.suppress(OSError, http.client.HTTPException):  # typed again when nothing comes of it
            exchange(self.bot.port, "POST", page[1], form, kind, {})


def stubborn(bot: Bot, action: Callable[[], Any]) -> Any:
    """What a browser's script does while the server comes and goes: again, a little later."""
    deadline = time.monotonic() + GIVES_UP
    while True:
        try:
            return action()
        except (OSError, http.client.HTTPException):
            assert time.monotonic() < deadline, bot.log()
            time.sleep(0.3)


# --- the judgement -----------------------------------------------------------------------------------


def judge(here: CrashSchool) -> int:
    """Everything that has to hold, `Aftermath`'s promises; how many messages were seen twice."""
    found = Aftermath(here.school.home, here.school.world)
    until_quiet(found)
    here.bot.ends()
    hoso_bot("audit", "verify", "--home", str(here.school.home))
    issued = {update_id for person in here.people for update_id in person.update_ids}
    (poison,) = (row for row in found.left_undone() if "'state': 'parked'" in row)
    assert "yesterday" in poison, poison
    decisions = [one for person in here.people if isinstance(person, Leader) for one in person.decisions]
    broken = found.broken(issued, here.results, decisions, here.bot.deaths)
    undone = broken["work left undone"]
    broken |= {
        "work left undone": [row for row in undone if row != poison and BLOCKED not in row],
        "signatures that do not hold": found.signatures()[1],
        "parts of uploads left over": [part.name for part in (here.school.home / "parts").iterdir()],
        "named before their bytes were on disk": here.lines(CARELESS),
    }
    assert not any(broken.values()), {promise: cases for promise, cases in broken.items() if cases}
    return len(found.repeated_messages())
