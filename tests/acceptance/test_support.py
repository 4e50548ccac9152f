"""Asking for help in the chat, and answering there (R45..R48)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from tests.conversation import Member
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School

from hoso_bot.channels.web_chat import Phone, WebChat
from hoso_bot.demo.visitor import visitor
from hoso_bot.domain.events import Address
from hoso_bot.store.people import People

JPEG = b"\xff\xd8\xff\xe0" + b"phone" * 50 + b"\xff\xd9"


def asks(teacher: Member, words: str) -> None:
    teacher.says("/hotro")
    teacher.hears("viết câu hỏi|Thầy/cô viết thêm")
    teacher.says(words)


def test_a_teacher_asks_and_the_contact_answers_by_replying(school: School) -> None:
    teacher, contact = school.teacher, school.vice
    teacher.says("/hotro")
    card = teacher.hears("viết câu hỏi")
    assert contact.name in card.text and contact.staff.phone in card.text
    teacher.says("Thầy ơi, em gửi tệp mà bị báo lỗi.")
    teacher.hears("đã chuyển câu hỏi #1")
    question = contact.hears("HỎI #1")
    assert teacher.name in question.text and "│ Thầy ơi, em gửi tệp mà bị báo lỗi." in question.text
    teacher.says("Tệp tuần 13 ạ.")
    more = contact.hears("HỎI #1.*Tệp tuần 13")

    school.rests()
    contact.says("Cô lưu lại thành PDF nhé.", reply_to=more.message_id)
    answer = teacher.hears("TRẢ LỜI #1")
    assert contact.name in answer.text and "│ Cô lưu lại thành PDF nhé." in answer.text
    contact.hears("đã chuyển câu trả lời #1")
    teacher.says("Em làm được rồi ạ.")  # whoever gets an answer simply writes on
    contact.hears("HỎI #1.*Em làm được rồi")
    teacher.presses("Đã xong")
    contact.hears("đã đóng câu hỏi #1")
    teacher.says("Cảm ơn thầy.")  # closed: nothing leaves the chat by itself any more
    teacher.hears("chuyển dòng này vào câu hỏi hỗ trợ #1")
    contact.hears_nothing()


def test_a_ticket_opens_again_within_a_day_and_a_later_question_is_a_new_one(school: School) -> None:
    teacher, contact = school.teacher, school.vice
    asks(teacher, "Em hỏi cách ký.")
    contact.hears("HỎI #1")
    contact.presses("Đã xong")
    teacher.hears(f"{contact.name} đã đóng câu hỏi #1")
    school.passes(hours=20)
    asks(teacher, "Em vẫn chưa ký được.")
    contact.hears("HỎI #1.*vẫn chưa ký được")
    teacher.hears("đã chuyển câu hỏi #1")
    teacher.presses("Đã xong")
    contact.hears("đã đóng câu hỏi #1")
    school.passes(hours=25)
    teacher.says("/hotro Em hỏi việc khác.")  # in one line
    contact.hears("HỎI #2.*Em hỏi việc khác")


def test_the_contact_sees_what_is_open_and_answers_from_the_list(school: School) -> None:
    contact, other = school.vice, school["GV05"]
    asks(school.teacher, "Câu của cô giáo thứ nhất")
    contact.hears("HỎI #1")
    asks(other, "Câu thứ hai " + "dài " * 40)
    contact.hears("HỎI #2")
    contact.says("/hotro")
    listed = contact.hears("đang mở")
    assert "Câu của cô giáo thứ nhất" in listed.text and listed.text.index("#1") < listed.text.index("#2")
    contact.presses("#2", listed)
    contact.hears("Câu hỏi #2.*Câu thứ hai")
    contact.presses("Trả lời")
    contact.hears(f"câu trả lời cho {other.name}")
    contact.sends_photo(base64="")
    answer = other.hears("TRẢ LỜI #2")
    assert answer.file_name == "anh.jpg"
    contact.hears("đã chuyển câu trả lời #2")
    contact.says("Đây là tin thường.")  # one answer, one message
    contact.hears("Em nhận KHBD là tệp PDF")
    other.hears_nothing()
    school.teacher.hears_nothing(pattern="TRẢ LỜI #")


def test_a_person_on_the_web_demo_and_one_on_telegram_talk_both_ways(
    make_school: MakeSchool, tmp_path: Path
) -> None:
    school = make_school(linked=("PHT01",))
    teacher = school["GV04"]
    school.web_chat = WebChat(tmp_path / "shelf", [Phone("teacher", teacher.name, "Giáo viên")])
    office = school.office()
    with office.db.write() as connection:
        link = People(office.db).link(
            teacher.staff.id, Address("web_chat", "teacher"), "consent-2", datetime.now(UTC)
        )
        connection.execute(link)
    office.close()
    school.start()
    assert school.app.port
    asyncio.run(_talk_over_two_chats(school.app.port, school.vice, tmp_path))
    school.checks()


async def _talk_over_two_chats(port: int, contact: Member, folder: Path) -> None:
    picture = folder / "màn hình.jpg"
    picture.write_bytes(JPEG)
    async with visitor(port, lambda bubble: None) as web:
        await web.says("teacher", "/hotro")
        await web.hears("teacher", "viết câu hỏi")
        await web.says("teacher", "Em gửi ảnh màn hình ạ")
        question = await asyncio.to_thread(contact.hears, "HỎI #1.*ảnh màn hình")
        await web.sends("teacher", picture, "image/jpeg")
        shown = await asyncio.to_thread(contact.hears, "màn hình")
        assert shown.file() == JPEG
        await asyncio.to_thread(contact.says, "Cô bấm Trình ký nhé", reply_to=question.message_id)
        answer = await web.hears("teacher", "TRẢ LỜI #1")
        assert "│ Cô bấm Trình ký nhé" in answer["text"]
        await web.says("teacher", "Được rồi ạ", reply_to=answer)
        await asyncio.to_thread(contact.hears, "HỎI #1.*Được rồi ạ")


# --- files -----------------------------------------------------------------------------------------------


def test_a_plan_sent_in_a_conversation_never_vanishes_into_it(school: School, desk: Desk) -> None:
    teacher, contact = school.teacher, school.vice
    asks(teacher, "Em hỏi cách nộp.")
    teacher.sends(desk.plan(13))
    teacher.hears("KHBD để nộp, hay tệp để hỏi")
    teacher.presses("Nộp KHBD")
    teacher.hears("xác nhận trình ký")
    teacher.presses("Trình ký")
    teacher.hears("^Đã trình ký")

    asks(teacher, "Tệp này sao ạ?")
    teacher.sends(desk.plan(14))
    teacher.hears("KHBD để nộp, hay tệp để hỏi")
    teacher.presses("Gửi cho hỗ trợ")
    teacher.hears("Đã chuyển thêm KHBD_Tuan_14|chuyển thêm")
    relayed = contact.hears("KHBD_Tuan_14")
    assert relayed.file() == desk.plan(14).read_bytes()
    assert school.rows("SELECT count(*) FROM uploads") == [(1,)]

    school.rests()
    contact.says("Cô thử kiểm tra tệp trước nhé", reply_to=relayed.message_id)
    answer = teacher.hears("TRẢ LỜI #1")
    teacher.says("/kiemtra")
    teacher.hears("gửi tệp|Thầy/cô gửi")
    teacher.says("Vâng ạ", reply_to=answer.message_id)  # a word in between ends no other business
    contact.hears("Vâng ạ")
    teacher.sends(desk.plan(15))
    teacher.hears("kiểm tra thử")

    asks(teacher, "Vậy nộp được chưa ạ?")
    teacher.sends(desk.plan(15))
    teacher.hears("KHBD để nộp, hay tệp để hỏi")
    school.passes(minutes=11)
    teacher.hears("em nhận KHBD_Tuan_15.* như KHBD")
    teacher.hears("xác nhận trình ký")
    teacher.presses("Gửi cho hỗ trợ")  # too late: it is decided once
    teacher.hears("đã nhận để nộp rồi")
    contact.hears_nothing(pattern="KHBD_Tuan_15")


def test_what_cannot_be_passed_on_is_refused_kindly(school: School) -> None:
    teacher, contact = school.teacher, school.vice
    asks(teacher, "Em gửi thử ạ")
    contact.hears("HỎI #1")
    teacher.sends(b"MZ", "cai-dat.exe")
    teacher.hears("chỉ chuyển được ảnh")
    teacher.sends(b"x", "phim.mp4", claimed_size=30 * 2**20)
    assert contact.staff.phone in teacher.hears("chỉ chuyển được tệp đến 20 MB").text
    for number in range(25):
        teacher.says(f"tin {number}")
    teacher.hears("xin nghỉ ít phút")
    school.rests()
    assert len([m for m in teacher.messages() if "xin nghỉ" in m.text]) == 1
    assert len([m for m in contact.messages() if "HỎI #1" in m.text]) == 20


# --- what people might try ---------------------------------------------------------------------------------


def test_relayed_words_are_only_words(school: School) -> None:
    teacher, contact = school.teacher, school.vice
    asks(teacher, "chào")
    contact.hears("HỎI #1")
    teacher.says(
        "<b>đậm</b> *sao* [Ký duyệt](https://t.me/x?start=1)\r\nHỎI #9 · Hiệu trưởng\n"
        "bấm /choduyet và @ai nhé \u202egnp.exe {{ number }}"
    )
    relayed = contact.hears("HỎI #1.*đậm")
    assert relayed.buttons == ["↩️ Trả lời", "Đã xong"]
    assert (
        "│ <b>đậm" in relayed.text and "*sao* [Ký duyệt]" in relayed.text and "{{ number }}" in relayed.text
    )
    assert "/choduyet" not in relayed.text and "://" not in relayed.text and "@ai" not in relayed.text
    assert "\u202e" not in relayed.text
    heading, *quoted = relayed.text.split("\n\n")[0].splitlines()
    assert teacher.name in heading and all(line.startswith("│ ") for line in quoted)
    raw = school.world.calls("sendMessage")[-1]
    assert "parse_mode" not in raw.get("params", raw) and "entities" not in raw.get("params", raw)

    teacher.says("dài " * 2500)
    pieces = [contact.hears(rf"HỎI #1 \({part}/").text for part in (1, 2, 3)]
    assert all(teacher.name in piece for piece in pieces)


def test_nobody_speaks_in_somebody_elses_conversation(school: School) -> None:
    teacher, contact, other = school.teacher, school.vice, school["GV05"]
    asks(teacher, "Câu của em")
    question = contact.hears("HỎI #1")
    stolen = contact.presses("Trả lời", question)
    contact.hears("viết câu trả lời")

    other.says("/start")
    mine = other.hears("")
    other.presses_token(stolen, mine)
    other.hears("không dành cho thầy/cô")
    forged = {
        "message_id": question.message_id,
        "date": 1,
        "chat": {"id": contact.chat_id, "type": "private"},
    }
    for answered in (forged, {**forged, "chat": {"id": other.chat_id, "type": "private"}}):
        other.world.pushes(
            {
                "message": {
                    "message_id": 77,
                    "date": int(school.clock.now().timestamp()),
                    "chat": {"id": other.chat_id, "type": "private"},
                    "from": {"id": other.chat_id, "is_bot": False, "first_name": other.name},
                    "text": "TRẢ LỜI #1: ký hết đi",
                    "reply_to_message": answered,
                }
            }
        )
        other.hears("Em nhận KHBD là tệp PDF")
    asks(other, "#1 đây là câu của em")
    other.hears("đã chuyển câu hỏi #2")
    teacher.hears("đã chuyển câu hỏi #1")
    teacher.hears_nothing()


# --- nobody answers ------------------------------------------------------------


def test_a_day_without_an_answer_brings_it_to_the_principal_once(school: School) -> None:
    teacher, contact, principal = school.teacher, school.vice, school.principal
    asks(teacher, "Em cần giúp gấp")
    contact.hears("HỎI #1")
    teacher.says("Em chờ ạ")
    contact.hears("Em chờ ạ")
    school.passes(hours=23)
    principal.hears_nothing()
    school.stop()
    school.passes(hours=2)
    school.start()
    brought = principal.hears("24 giờ chưa ai trả lời")
    assert "Em cần giúp gấp" in brought.text and teacher.name in brought.text
    teacher.hears(f"đã chuyển đến {principal.name}")
    school.stop()
    school.start()
    school.passes(hours=30)
    school.rests()
    assert len([m for m in principal.messages() if "24 giờ" in m.text]) == 1
    principal.says("Thầy gọi cô nhé", reply_to=brought.message_id)
    assert principal.name in teacher.hears("TRẢ LỜI #1").text
    contact.hears(f"{principal.name} đã trả lời câu hỏi #1")


def test_a_contact_who_is_not_here_costs_nobody_the_question(make_school: MakeSchool) -> None:
    school = make_school(linked=("GV09", "HT01", "GV06", "PHT01"), roles={"support": "GV06"})
    school.start()
    teacher, contact = school.teacher, school.head
    contact.blocks()
    school.principal.hears_nothing(0.1)
    asks(teacher, "Em hỏi ạ")
    told = teacher.hears("chưa đọc được tin ở đây")
    assert "#1" in told.text and contact.staff.phone in told.text
    school.principal.hears(f"{contact.name} là người hỗ trợ nhưng chưa đọc được")
    teacher.says("Em hỏi thêm ạ")
    teacher.hears("chưa đọc được tin ở đây")
    school.rests()
    assert len([m for m in school.principal.messages() if "chưa đọc được" in m.text]) == 1
    contact.unblocks()
    contact.says("/hotro")
    assert "Em hỏi thêm ạ" in contact.hears("đang mở").text
    school.checks()


def test_who_turns_out_to_be_gone_is_reached_by_phone(school: School) -> None:
    teacher, contact = school.teacher, school.vice
    contact.blocks()
    school.rests()
    contact.world.does(
        "raw", update={"my_chat_member": _back(contact)}
    )  # Telegram says one thing, does another
    school.rests()
    asks(teacher, "Em hỏi ạ")
    teacher.hears("chưa đến được người hỗ trợ.*" + contact.staff.phone)
    contact.unblocks()
    contact.says("/hotro")
    question = contact.hears("đang mở")
    teacher.blocks()
    teacher.world.does("raw", update={"my_chat_member": _back(teacher)})
    school.rests()
    contact.presses("#1", question)
    contact.hears("Câu hỏi #1")
    contact.presses("Trả lời")
    contact.hears("viết câu trả lời")
    contact.says("Cô gọi thầy nhé")
    contact.hears(f"{teacher.name} không còn nhận tin ở đây")


def _back(person: Member) -> dict[str, object]:
    """An update that says this person let the bot back in."""
    who = {"id": person.chat_id, "is_bot": False, "first_name": person.name}
    member = {"user": {"id": 1, "is_bot": True, "first_name": "bot"}}
    return {
        "chat": {"id": person.chat_id, "type": "private"},
        "from": who,
        "date": 1_764_000_000,
        "old_chat_member": {**member, "status": "kicked"},
        "new_chat_member": {**member, "status": "member"},
    }
