"""Groups and channels: the bot says nothing there, whoever writes, and nothing private ever goes there."""

from __future__ import annotations

from typing import Any

import pytest
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School, week

from hoso_bot.domain.events import Address
from hoso_bot.settings import Reminders
from hoso_bot.store.people import People

GROUP = -1001234567890
KINDS = ("group", "supergroup", "channel")
COMMANDS = (
    "/thieu",
    "/baocao",
    "/choduyet",
    "/dulieu",
    "/hoso",
    "/trangthai",
    "/hotro Cho em hỏi",
    "/thieu@hoso_bot",
)


def in_group(school: School, kind: str, **content: Any) -> None:
    """The head writes there, with the account the bot knows."""
    me = {"id": school.head.chat_id, "is_bot": False, "first_name": school.head.name}
    chat = {"id": GROUP, "type": kind, "title": "Tổ 4-5"}
    date = int(school.clock.now().timestamp())
    message = {"message_id": 7, "date": date, "chat": chat, "from": me, **content}
    school.world.pushes({"message": message})
    if kind == "channel":
        school.world.pushes({"channel_post": message})


def sent_to(school: School, chat_id: int) -> list[dict[str, Any]]:
    calls = school.world.state()["calls"]
    return [call for call in calls if call["params"].get("chat_id") == str(chat_id)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_group_gets_no_answer_to_anything(school: School, desk: Desk, kind: str) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    for command in COMMANDS:
        in_group(school, kind, text=command)
    in_group(school, kind, text=f"/start {school.invites('GV08')}")
    in_group(
        school, kind, document={"file_id": "x", "file_unique_id": "x", "file_name": "t.pdf", "file_size": 9}
    )
    in_group(school, kind, new_chat_members=[{"id": 1, "is_bot": True, "first_name": "hoso"}])
    school.rests()
    assert sent_to(school, GROUP) == []
    school.head.hears_nothing(0)  # nor does an answer to the group come to the person
    assert school.rows("SELECT * FROM outbox WHERE chat_id = ?", str(GROUP)) == []
    assert school.rows("SELECT * FROM uploads WHERE name = 't.pdf'") == []


def test_a_tap_in_a_group_decides_nothing(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    card = school.head.gets_card()
    token = next(key["data"] for row in card.raw["buttons"] for key in row if "Từ chối" in key["label"])
    me = {"id": school.head.chat_id, "is_bot": False, "first_name": school.head.name}
    shown = {
        "message_id": card.message_id,
        "date": 1,
        "chat": {"id": GROUP, "type": "supergroup", "title": "Tổ"},
    }
    school.world.pushes(
        {"callback_query": {"id": "9", "from": me, "message": shown, "chat_instance": "1", "data": token}}
    )
    school.rests()
    school.head.hears_nothing(0)
    assert school.decisions() == 0


def test_being_put_into_a_group_or_thrown_out_changes_nobody(school: School) -> None:
    me = {"id": school.head.chat_id, "is_bot": False, "first_name": school.head.name}
    bot = {"id": 1, "is_bot": True, "first_name": "hoso"}
    for status in ("member", "administrator", "kicked"):
        change = {
            "chat": {"id": GROUP, "type": "group", "title": "Tổ 4-5"},
            "from": me,
            "date": int(school.clock.now().timestamp()),
            "old_chat_member": {"user": bot, "status": "left"},
            "new_chat_member": {"user": bot, "status": status},
        }
        school.world.pushes({"my_chat_member": change})
    school.rests()
    assert school.rows("SELECT count(*) FROM accounts WHERE NOT reachable") == [(0,)]
    assert sent_to(school, GROUP) == []


def test_a_group_can_be_nobodys_account(school: School) -> None:
    people = People(school.app.db)
    with pytest.raises(ValueError, match="nobody's chat"):
        people.link("p1", Address("telegram", str(GROUP)), "consent-2", school.clock.now())


def test_a_whole_weekend_is_said_to_private_chats_of_their_people_only(
    make_school: MakeSchool, desk: Desk
) -> None:
    """Reminders, lists, boards and cards: each goes to a chat that is linked to whom it is for."""
    school = make_school(reminders=Reminders())
    school.start()
    sunday = week(13).deadline.date()
    school.teacher.hands_in(desk.plan(13))
    school.comes(sunday, "08:00")
    school.comes(sunday, "17:00")
    for leader in (school.head, school.vice, school.principal):
        for command in ("/thieu 13", "/baocao 13", "/choduyet"):
            leader.says(command)
            in_group(school, "supergroup", text=command)
    school.comes(sunday, "20:30")
    school.rests()
    foreign = school.rows(
        "SELECT count(*) FROM outbox LEFT JOIN accounts USING (channel, chat_id, person_id)"
        " WHERE outbox.person_id IS NOT NULL AND accounts.id IS NULL"
    )
    assert foreign == [(0,)]
    ((messages, lowest),) = school.rows("SELECT count(*), min(CAST(chat_id AS BIGINT)) FROM outbox")
    assert messages > 30 and lowest > 0
    assert sent_to(school, GROUP) == []
    school.checks()
