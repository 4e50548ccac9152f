"""The main job in chats without buttons: whatever is pressed is pressed on the page of a message."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.acceptance.test_zalo_main_job import judged
from tests.page_person import ButtonlessChat, PageMember
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School
from tests.web_board import PUBLIC, Browser

from hoso_bot.channels.web_chat import Phone
from hoso_bot.channels.web_chat.parse import CHANNEL
from hoso_bot.domain.events import Address
from hoso_bot.store.people import People

REASON = "Bài 2 tiết 3 thiếu hoạt động khởi động, bổ sung giúp nhé (trang 4)"
TRIO = ("GV09", "GV06", "PHT01")


def on_pages(make_school: Callable[..., School], folder: Path, **settings: object) -> School:
    """A school whose trio chats without buttons, linked."""
    school = make_school(linked=(), web={"public_url": PUBLIC}, **settings)
    phones = [Phone(key, school.staff[key].name, "") for key in TRIO]
    school.web_chat = ButtonlessChat(folder / "shelf", phones, now=school.clock.now)
    school.start()
    people = People(school.app.db)
    with school.app.db.write() as connection:
        for number, key in enumerate(TRIO):
            at = Address(CHANNEL, key)
            connection.execute(people.link(school.staff[key].id, at, "consent-2", school.clock.now()))
            school.members[key] = PageMember(school, key, number)
    return school


@pytest.fixture
def school(make_school: MakeSchool, tmp_path: Path) -> Iterator[School]:
    running = on_pages(make_school, tmp_path)
    yield running
    running.checks()


def test_the_main_job_by_pages_alone_ends_with_the_signed_file(
    school: School, desk: Desk, tmp_path: Path
) -> None:
    school.teacher.hands_in(desk.plan(13))
    review = school.head.gets_card()
    assert review.buttons == []
    school.head.approves()
    card = school.vice.gets_card()
    school.vice.approves()
    signed = school.teacher.hears("phê duyệt đủ:.*Bùi Thị Tuyết Nga .*Lương Quang Tùng")
    assert signed.file().startswith(card.file())
    assert card.file().startswith(review.file())
    judged(school, signed, tmp_path)


def test_a_rejection_is_written_on_the_page(school: School, desk: Desk) -> None:
    head = school.head
    assert isinstance(head, PageMember)
    school.teacher.hands_in(desk.plan(13))
    (way,) = head.ways(head.gets_card())
    head.presses("Từ chối")
    asked = head.awaits(way, "nêu rõ điểm chưa đạt")
    assert f"{way}/viet" in asked.links("/the/")
    thin = head.writes(way, "ok")
    assert "Lý do chưa rõ" in thin.text
    done = head.writes(way, REASON)
    assert "Đã trả lại" in done.text
    assert f"{way}/viet" not in done.links("/the/")
    assert REASON in school.teacher.hears("cần chỉnh sửa").text
    assert [f["step"] for f in school.audited("step.rejected")] == [1]


def test_a_forwarded_link_shows_and_presses_nothing(school: School, desk: Desk) -> None:
    """A colleague has the link, and reaches neither the head's chat nor what only that is told."""
    head = school.head
    assert isinstance(head, PageMember)
    school.teacher.hands_in(desk.plan(13))
    (way,) = head.ways(head.gets_card())
    token = next(iter(head.opens(way).buttons.values()))
    colleague = Browser(school)
    door = colleague.opens(way)
    assert "Máy này mở lần đầu" in door.text
    assert "Thẻ này đã mở trên máy khác" in door.text
    assert school.teacher.staff.name not in door.text
    assert colleague.fills(f"{way}/bam", nut=token, lan="x" * 10).status == 401
    assert colleague.fills(f"{way}/viet", loi=REASON, lan="x" * 10).status == 401
    assert colleague.sends(f"{way}/ma").status == 303
    for guess in ("000000", "", "abc", "9" * 40, "1 2 3 4 5 6"):
        assert colleague.fills(f"{way}/vao", ma=guess).status == 403
    assert "nhập sai nhiều lần" in colleague.fills(f"{way}/vao", ma=head.code()).text
    assert colleague.fills(f"{way}/bam", nut=token, lan="x" * 10).status == 401
    assert school.decisions() == 0
