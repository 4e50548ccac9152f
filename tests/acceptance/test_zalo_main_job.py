"""The main job as one table: on Telegram, the demo's page and both Zalos people do and get the same."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.acceptance.zalo_people import short_code
from tests.conversation import Heard, Member
from tests.fakes.web_chat_person import WebMember
from tests.fakes.zalo_bot_sim import ZaloBotSim
from tests.fakes.zalo_oa_sim import ZaloSim
from tests.integration.signing_parts import pdfsig
from tests.page_person import BotPageMember
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School

from hoso_bot.channels.web_chat import Phone, WebChat
from hoso_bot.store.school import School as Record

REASON = "Bài 2 tiết 3 thiếu hoạt động khởi động, bổ sung giúp nhé (trang 4)"
TEACHER, HEAD, VICE = "GV09", "GV06", "PHT01"
TRIO = (TEACHER, HEAD, VICE)

Open = Callable[[str], School]


class Platforms(NamedTuple):
    """Both fakes of Zalo."""

    accounts: ZaloSim
    bots: ZaloBotSim


@pytest.fixture
def opened(make_school: MakeSchool, zalo: ZaloSim, zalo_bot: ZaloBotSim, tmp_path: Path) -> Iterator[Open]:
    """Opens a school for one row of the table; nobody is linked."""
    running: list[School] = []
    platforms = Platforms(zalo, zalo_bot)

    def open_school(chats: str) -> School:
        school = _SCHOOLS[chats](make_school, platforms, tmp_path)
        running.append(school)
        return school

    yield open_school
    for school in running:
        school.checks()


def _telegram(make_school: MakeSchool, _zalo: Platforms, _folder: Path) -> School:
    school = make_school(linked=())
    school.start()
    return school


def _on_zalo(types: bool = False, stringify: bool = False, **settings: str) -> Callable[..., School]:
    def build(make_school: MakeSchool, zalo: Platforms, _folder: Path) -> School:
        school = make_school(linked=(), zalo=zalo.accounts, on_zalo=TRIO, zalo_oa=settings)
        assert school.oa
        school.oa.changes(stringify=stringify)
        for key in TRIO:
            school.members[key] = school.zalo_member(key, types)
        school.start()
        return school

    return build


def _mixed(make_school: MakeSchool, zalo: Platforms, _folder: Path) -> School:
    """The teacher and the vice-principal on Zalo, the head on Telegram."""
    school = make_school(linked=(), zalo=zalo.accounts, on_zalo=(TEACHER, VICE))
    school.start()
    return school


def _web_chat(make_school: MakeSchool, _zalo: Platforms, folder: Path) -> School:
    school = make_school(linked=())
    phones = [Phone(key, school.staff[key].name, "") for key in TRIO]
    school.web_chat = WebChat(folder / "shelf", phones, now=school.clock.now)
    school.start()
    for number, key in enumerate(TRIO):
        assert school.app.port
        school.members[key] = WebMember(school.app.port, school.staff[key], key, number)
    return school


def _on_bot(**settings: str) -> Callable[..., School]:
    def build(make_school: MakeSchool, zalo: Platforms, _folder: Path) -> School:
        school = make_school(linked=(), bots=zalo.bots, on_zalo_bot=TRIO, zalo_bot=settings)
        school.start()
        return school

    return build


def _on_pages(make_school: MakeSchool, zalo: Platforms, _folder: Path) -> School:
    """Everybody on a Zalo bot, pressing on the page of each message."""
    school = make_school(linked=(), bots=zalo.bots, on_zalo_bot=TRIO)
    school.start()
    for key in TRIO:
        school.members[key] = BotPageMember(school, key)
    return school


def _each_elsewhere(make_school: MakeSchool, zalo: Platforms, _folder: Path) -> School:
    """The teacher on a Zalo bot, the head on Telegram, the vice-principal on the Official Account."""
    platforms = {"zalo": zalo.accounts, "bots": zalo.bots}
    school = make_school(linked=(), on_zalo=(VICE,), on_zalo_bot=(TEACHER,), **platforms)
    school.start()
    return school


_SCHOOLS: dict[str, Callable[..., School]] = {
    "telegram": _telegram,
    "web_chat": _web_chat,
    "zalo": _on_zalo(),
    "zalo typed": _on_zalo(types=True),
    "zalo payload as JSON string": _on_zalo(stringify=True),
    "zalo payload as object, named template": _on_zalo(payload_style="object", template_type="button"),
    "zalo and telegram": _mixed,
    "zalo bot": _on_bot(),
    "zalo bot by webhook": _on_bot(mode="webhook", secret="a-secret-of-the-school"),
    "zalo bot by pages": _on_pages,
    "zalo bot, telegram and zalo": _each_elsewhere,
}


def link(school: School, staff_id: str) -> None:
    """As the invitation says: the long code as a command, or the short one typed into Zalo."""
    member = school[staff_id]
    if member.world in (school.oa, school.bot):
        member.says(short_code(school, staff_id))
    else:
        member.says(f"/start {school.invites(staff_id)}")
    member.hears("Thầy/cô đồng ý không ạ")
    member.presses("Đồng ý")
    member.hears(f"Đã liên kết: {member.staff.name}")


@pytest.mark.parametrize("chats", _SCHOOLS)
def test_the_main_job_ends_with_the_same_signed_file(
    opened: Open, desk: Desk, tmp_path: Path, chats: str
) -> None:
    school = opened(chats)
    for staff_id in TRIO:
        link(school, staff_id)
    school.teacher.hands_in(desk.plan(13))
    review = school.head.gets_card()
    school.head.approves()
    school.teacher.hears("đã ký duyệt KHBD Tuần 13. Đang chờ Lương Quang Tùng")
    card = school.vice.gets_card()
    assert "Đã ký: Bùi Thị Tuyết Nga" in card.text
    school.vice.approves()
    signed = school.teacher.hears("phê duyệt đủ:.*Bùi Thị Tuyết Nga .*Lương Quang Tùng")
    assert signed.file().startswith(card.file())
    assert card.file().startswith(review.file())
    assert school.step_states() == ["signed", "signed"]
    judged(school, signed, tmp_path)


def judged(school: School, signed: Heard, folder: Path) -> None:
    """pdfsig and our own verify say the same of the file that arrived in the chat."""
    file, ca = folder / "signed.pdf", folder / "ca.pem"
    file.write_bytes(signed.file())
    ca.write_bytes(Record(school.app.db).row().ca_pem)
    command = [
        str(Path(sys.executable).with_name("hoso-bot")),
        "verify",
        str(file),
        "--ca",
        str(ca),
        "--json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    found = json.loads(done.stdout)
    assert (done.returncode, found["valid"], len(found["signatures"])) == (0, True, 2)
    assert pdfsig(file, ca.read_bytes(), folder).count("Signature Validation: Signature is Valid.") == 2


@pytest.mark.parametrize("chats", _SCHOOLS)
def test_a_rejection_reaches_the_teacher_word_for_word(opened: Open, desk: Desk, chats: str) -> None:
    school = opened(chats)
    for staff_id in TRIO:
        link(school, staff_id)
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.head.rejects(REASON)
    assert REASON in school.teacher.hears("cần chỉnh sửa").text
    school.teacher.hands_in(desk.mended(13))
    school.head.gets_card("bản 2")
    school.head.approves()
    vice: Member = school.vice
    vice.gets_card()
