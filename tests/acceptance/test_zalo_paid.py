"""A school that pays where a chat closed on silence: the weekend arrives, never for more than is allowed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.acceptance.test_zalo_windows import FRIDAY, SATURDAY, SUNDAY, Open
from tests.conversation import Member
from tests.fakes.zalo_oa_sim import ZaloSim
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School

from hoso_bot.settings import Reminders, ZaloTemplates

ON_ZALO = ("GV08", "GV09", "GV10")
REMINDERS = ("còn 1 ngày nữa", "Hôm nay, đến", "Em nhắc nhẹ", "lần này nữa thôi")


@pytest.fixture
def opened(make_school: MakeSchool, zalo: ZaloSim) -> Iterator[Open]:
    """A school with three teachers on Zalo only, who last wrote on Wednesday."""
    running: list[School] = []

    def build(**oa: object) -> School:
        school = make_school(zalo=zalo, on_zalo=ON_ZALO, reminders=Reminders(), zalo_oa=oa)
        assert school.oa
        school.oa.changes(wallet=100_000)
        school.start()
        running.append(school)
        return school

    yield build
    for school in running:
        school.checks()


def weekend(school: School) -> None:
    for day, hours in (
        (FRIDAY, ("17:00", "19:30")),
        (SATURDAY, ("08:00",)),
        (SUNDAY, ("08:00", "17:00", "20:30")),
    ):
        for hour in hours:
            school.comes(day, hour)


def reminded(member: Member) -> list[str]:
    return [kind for m in member.messages() for kind in REMINDERS if kind in m.text]


def bills(school: School) -> int:
    assert school.oa
    return sum(bill["price"] for bill in school.oa.state()["bills"])


def spent(school: School) -> int:
    return sum(price for (price,) in school.rows("SELECT spent FROM paid_months"))


def office_heard(school: School, words: str) -> int:
    return sum(words in m.text for m in school.vice.messages())


def test_every_reminder_arrives_and_the_ledger_is_the_bill(opened: Open) -> None:
    school = opened(paid="reminders", monthly_budget=10_000)
    weekend(school)
    assert [reminded(school[key]) for key in ON_ZALO] == [list(REMINDERS)] * 3
    assert bills(school) == spent(school) == 12 * 55
    assert office_heard(school, "không nhắn được") == 0


def test_when_the_money_ends_the_office_hears_of_it_and_of_who_is_left(opened: Open) -> None:
    school = opened(paid="reminders", monthly_budget=4 * 55)
    weekend(school)
    assert sum(len(reminded(school[key])) for key in ON_ZALO) == 4
    assert bills(school) == spent(school) == 220
    assert office_heard(school, "Tiền nhắn tin Zalo tháng 11 đã dùng") == 1
    assert office_heard(school, "Tiền nhắn tin Zalo tháng 11 đã hết") == 1
    named = " ".join(
        m.text for m in school.vice.messages() if "không nhắn được" in m.text or "không gửi được" in m.text
    )
    assert all(school[key].staff.name in named for key in ON_ZALO)


def test_without_a_wallet_nothing_is_lost_and_nothing_is_spent(opened: Open) -> None:
    school = opened(paid="reminders", monthly_budget=10_000)
    assert school.oa
    school.oa.changes(wallet=None)
    weekend(school)
    assert bills(school) == spent(school) == 0
    assert office_heard(school, "tin có phí của trường (mã -320") >= 1
    named = " ".join(m.text for m in school.vice.messages())
    assert all(school[key].staff.name in named for key in ON_ZALO)
    school["GV09"].says("em đây")
    school["GV09"].hears("em còn chờ KHBD Tuần 13|lần này nữa thôi")


def test_a_result_after_a_week_of_silence_is_announced_by_a_template_and_comes_after_a_word(
    opened: Open, desk: Desk
) -> None:
    school = opened(paid="all", monthly_budget=10_000, templates=ZaloTemplates(waiting="w1"))
    assert school.oa
    school.oa.does("template", id="w1", blanks=["name", "week"])
    teacher = school["GV09"]
    teacher.hands_in(desk.plan(13))
    school.rests()
    school.passes(days=8)
    school.head.rejects("Thiếu yêu cầu cần đạt ở bài hai")
    assert f"name={teacher.staff.name}; week=13" in teacher.hears(r"\[w1\]").text
    assert office_heard(school, teacher.staff.name + " (") == 0
    teacher.says("ok")
    teacher.hears("Thiếu yêu cầu cần đạt ở bài hai")
    assert bills(school) == 300
