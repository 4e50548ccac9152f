"""What tests about PINs share: a school under PINs, confirming a card, choosing a first PIN."""

from __future__ import annotations

from typing import Any

from tests.conversation import Heard, Member
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School

PIN, WRONG = "407193", "907193"


def school_under_pins(make_school: MakeSchool, **changes: Any) -> School:
    """A running school in which the server alone signs for nobody."""
    school = make_school(signing={"custody": "pin"}, **changes)
    school.start()
    return school


def waits(school: School, desk: Desk, week: int = 13) -> Heard:
    """A plan waits for the group head; her card."""
    school.teacher.hands_in(desk.plan(week))
    return school.head.gets_card()


def confirms(leader: Member, asked: str = "") -> Heard:
    """Confirm the newest card; the bot's question that matches `asked`, else the last one before it."""
    leader.presses("Ký duyệt")
    heard = leader.hears("Chữ ký số được ghi vào tệp")
    leader.presses("Xác nhận")
    return leader.hears(asked) if asked else heard


def chooses(leader: Member, pin: str = PIN) -> None:
    """The first PIN, asked for after the confirmation: typed and typed again in the chat."""
    leader.hears("đặt mã PIN gồm 6 chữ số")
    leader.says(pin)
    leader.hears("nhắn lại mã PIN một lần nữa")
    leader.says(pin)
