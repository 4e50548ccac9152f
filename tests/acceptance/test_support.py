"""Asking for help in the chat, and answering there (R45..R48)."""

from __future__ import annotations

from tests.school import School


def test_a_teacher_asks_and_the_contact_answers_by_replying(school: School) -> None:
    teacher, contact = school.teacher, school.vice
    teacher.says("/hotro")
    card = teacher.hears("viết câu hỏi")
    assert contact.name in card.text and contact.staff.phone in card.text
    teacher.says("Thầy ơi, em gửi tệp mà bị báo lỗi.")
    teacher.hears("đã chuyển câu hỏi số #1")
    question = contact.hears("HỎI #1")
    assert teacher.name in question.text and "│ Thầy ơi, em gửi tệp mà bị báo lỗi." in question.text
    contact.says("Cô lưu lại thành PDF nhé.", reply_to=question.message_id)
    answer = teacher.hears("TRẢ LỜI #1")
    assert contact.name in answer.text and "│ Cô lưu lại thành PDF nhé." in answer.text
    contact.hears("đã chuyển câu trả lời #1")
    teacher.says("Em làm được rồi ạ.", reply_to=answer.message_id)
    contact.hears("HỎI #1.*Em làm được rồi")
    teacher.presses("Đã xong")
    contact.hears("đã đóng câu hỏi #1")
