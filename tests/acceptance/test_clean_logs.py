"""What the real process writes about a school day: never words, names, files, PINs, codes or secrets."""

from __future__ import annotations

import json
import re
import urllib.parse
import urllib.request
from datetime import timedelta

import pytest
from tests.acceptance.mortal_bot import by_webhook
from tests.acceptance.test_weekend_by_the_system_clock import running
from tests.acceptance.zalo_people import get, short_code
from tests.conversation import Member
from tests.fakes.zalo_bot_sim import ZaloBotSim
from tests.fakes.zalo_oa_sim import ZaloSim
from tests.pins import PIN, WRONG, confirms, school_under_pins
from tests.plans_to_send import Desk
from tests.ports import free_port
from tests.school import MakeSchool, School

from hoso_bot.domain.calendar import VN
from hoso_bot.logs import secrets_of

SECRET = "s3cret-of-the-webhook"
NAME = "chuyen-rieng-cua-Loan.pdf"
WORDS = ("Hoa phượng nở đầu hè năm ấy", "Nhà tôi có con ốm nặng", "Trả lời riêng: cô cứ nghỉ nhé")
REASON = "Bài này thiếu hoạt động khởi động ở trang hai"
CODE = "AAAABBBBCCCCDDDDEEEEFF"


@pytest.fixture
def school(make_school: MakeSchool) -> School:
    return make_school()


def a_school_day(school: School, desk: Desk) -> None:
    """Everything that carries words, each a little wrong too."""
    teacher, head, vice = school.teacher, school.head, school.vice
    teacher.sends(desk.plan(13), NAME, caption=WORDS[0])
    teacher.hears("xác nhận trình ký")
    teacher.presses("Trình ký")
    head.gets_card()
    head.rejects(REASON)
    teacher.hears(REASON)
    teacher.says(WORDS[0])
    teacher.hears("KHBD")
    teacher.says("/hotro")
    teacher.hears("viết câu hỏi")
    teacher.says(WORDS[1])
    question = vice.hears("HỎI #1")
    school.rests()  # nobody answers a message before the bot has noted that it was sent
    vice.says(WORDS[2], reply_to=question.message_id)
    teacher.hears("TRẢ LỜI #1")
    teacher.presses("Đã xong")
    vice.hears("đã đóng câu hỏi")
    vice.says(f"/miennop GV08 13 {WORDS[1]}")
    vice.hears("Đã miễn nộp")
    types_pins(teacher, head, desk)
    stranger = school.visitor()
    stranger.says(f"/start {CODE}")
    stranger.hears("Mã chưa đúng")
    meets_trouble(school, teacher)


def types_pins(teacher: Member, head: Member, desk: Desk) -> None:
    teacher.hands_in(desk.plan(14))
    head.gets_card("trình ký KHBD.*Tuần 14")
    page = re.search(r"http://\S+/pin/\S+", confirms(head, "đặt mã PIN").text)
    assert page
    form = urllib.parse.urlencode({"pin": PIN, "again": PIN}).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.open(page[0], form, timeout=30).close()
    head.hears("^Đúng mã PIN|Đã đặt mã PIN|đã nhận mã PIN")
    head.presses("Đóng cửa sổ ký")
    head.hears("đóng")
    teacher.hears("Bùi Thị Tuyết Nga")
    head.says(WRONG)


def meets_trouble(school: School, teacher: Member) -> None:
    """Telegram refuses, drops, answers nonsense; updates nobody can read come in."""
    world = school.world
    for fault in (
        {"kind": "status", "method": "sendMessage", "status": 401, "description": "Unauthorized"},
        {"kind": "drop", "method": "sendMessage"},
        {"kind": "garbage", "method": "sendMessage", "body": f"<html>{WORDS[0]}</html>"},
        {"kind": "status", "method": "getFile", "status": 500},
        {"kind": "drop", "method": "sendPhoto"},
    ):
        world.fault(**fault)
    teacher.says("/trangthai")
    teacher.hears("Tuần 14")
    teacher.sends_photo(caption=WORDS[0])
    for broken in ({"text": WORDS[0]}, {"text": WORDS[1], "chat": WORDS[1]}, {"date": WORDS[1]}):
        world.pushes({"message": {"message_id": 1, "chat": {"id": 7, "type": "private"}, **broken}})
    teacher.says("/hotro lần cuối")
    teacher.hears("đã chuyển")


def test_a_whole_day_leaves_no_words_in_logs_and_records(school: School, desk: Desk) -> None:
    port, tomorrow = free_port(), (school.clock.now() + timedelta(days=1)).astimezone(VN).date()
    settings = {
        "HOSO_SIGNING__CUSTODY": "pin",
        "HOSO_WEB__PORT": str(port),
        **by_webhook(port, SECRET),
    }
    with running(school, tomorrow, "10:00", **settings):
        a_school_day(school, desk)
    log = (school.home.parent / "bot.log").read_text(encoding="utf-8", errors="replace")
    assert '"event": "row.done"' in log and "Traceback" not in log, log[-3000:]
    assert all(json.loads(line)["event"] for line in log.splitlines() if line.startswith("{"))
    told = {
        "log": log,
        "audit": str(school.rows("SELECT * FROM audit")),
        "errors": str(school.rows("SELECT error FROM inbox")) + str(school.rows("SELECT error FROM outbox")),
    }
    planted = (*WORDS, REASON, NAME, PIN, WRONG, CODE, SECRET, school.world.token, "%PDF", "Tạ Thị Loan")
    found = [(where, word) for where, text in told.items() for word in planted if word in text]
    assert found == []
    assert "send_failed" in log and "row.parked" in log  # there was something to tell


@pytest.mark.parametrize("world", ["zalo_oa", "zalo_bot"])
def test_zalo_leaves_no_words_links_or_codes_either(
    make_school: MakeSchool,
    zalo: ZaloSim,
    zalo_bot: ZaloBotSim,
    desk: Desk,
    capfd: pytest.CaptureFixture[str],
    world: str,
) -> None:
    """Without the mask and with whole exceptions: what these lines say is clean by itself."""
    chats: dict[str, object] = {"zalo": zalo, "on_zalo": ("GV06",)}
    if world == "zalo_bot":
        chats = {"bots": zalo_bot, "on_zalo_bot": ("GV06",)}
    school = school_under_pins(make_school, **chats)
    code = short_code(school, "GV06")
    school.head.says(code)
    school.head.hears("")
    school.head.says(WORDS[0])
    school.head.hears("")
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    asked = confirms(school.head, "/pin/")
    school.head.says(WRONG)
    school.head.hears("không cho em xóa tin có mã PIN")
    school.teacher.says("/nop")
    school.teacher.hears("/nop/")
    told = "".join(message.text for who in (school.head, school.teacher) for message in who.messages())
    links = re.findall(r"https?://\S+/(?:pin|the|nop|f)/([\w-]{22})", told)
    assert len(links) >= 2 and get(asked.text[asked.text.index("http") :].split()[0])[0] == 200
    school.rests()
    school.checks()
    said = "".join(capfd.readouterr())
    assert "row.done" in said
    digits = "".join(code.split()[1:])
    planted = {*WORDS, PIN, WRONG, code, digits, *links, *secrets_of(school.settings)}
    assert [word for word in planted if word in said] == []
