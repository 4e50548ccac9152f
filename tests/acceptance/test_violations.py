"""Cases of R41 in chat: facts, an explanation word for word, a decision by a person, and its documents."""

from __future__ import annotations

import io
from datetime import timedelta

from docx import Document
from pypdf import PdfReader
from tests.conversation import Heard, Member
from tests.plans_to_send import Desk
from tests.school import NOW, MakeSchool, School, week

from hoso_bot.domain.calendar import VN

WORDS = "Dạ thưa thầy, hôm đó máy chiếu hỏng 🙏 nên em dùng bản cũ.\n  Em xin rút kinh nghiệm ạ 😔"
CONCLUSION = "Cô Loan dùng KHBD tuần 12 chưa được duyệt khi lên lớp."


def opens(leader: Member, name: str = "GV09", class_name: str = "") -> Heard:
    """A draft with every question answered; its card. class_name: for who has several and one subject."""
    leader.says(f"/bienban {name}")
    leader.hears("Tiết dạy ngày nào")
    leader.presses(f"{NOW.astimezone(VN):%d/%m}")
    leader.hears("Tiết mấy")
    leader.presses("Sáng 2")
    if class_name:
        leader.hears("Lớp nào")
        leader.presses(class_name)
    else:
        leader.hears("Môn gì")
        leader.says("Toán")
    leader.hears("cần làm rõ là gì")
    leader.presses("chưa được duyệt")
    return leader.hears("Đây là bản nháp, chưa ai được báo")


def invites(leader: Member) -> None:
    """The draft that is open becomes an invitation with two working days."""
    leader.presses("Mời giải trình")
    leader.hears("Mời đ/c chọn hạn")
    leader.presses("2 ngày làm việc")


def explains(teacher: Member, *messages: str) -> None:
    teacher.presses("Giải trình")
    teacher.hears("Mời thầy/cô viết")
    for words in messages:
        teacher.says(words)
        teacher.hears("Em đã giữ")
    teacher.presses("Gửi giải trình")
    teacher.hears("Đã gửi giải trình")


def records(leader: Member) -> Heard:
    """From the card to the decision; the message that it was made."""
    leader.presses("Lập biên bản")
    leader.hears("ghi kết luận")
    leader.says(CONCLUSION)
    leader.hears("Yêu cầu khắc phục")
    leader.says("Trình ký đủ trước khi lên lớp.")
    leader.hears("Thời hạn khắc phục")
    leader.presses("Không đặt hạn")
    leader.hears("Số biên bản")
    leader.says("12/BB-THHP")
    shown = leader.hears("Xác nhận thì em soạn")
    assert CONCLUSION in shown.text and "12/BB-THHP" in shown.text
    leader.presses("Xác nhận lập biên bản")
    return leader.hears("Đã lập biên bản")


def recorded(school: School) -> None:
    """The whole way to a record."""
    opens(school.vice)
    invites(school.vice)
    school.vice.hears("Đã mời")
    school.teacher.hears("mời thầy/cô giải trình")
    explains(school.teacher, WORDS)
    school.vice.hears("đã gửi giải trình")
    school.vice.presses("Mở hồ sơ")
    school.vice.hears("GIẢI TRÌNH VV")
    records(school.vice)


def text_of(heard: Heard) -> str:
    """The words of a PDF that was sent."""
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(heard.file())).pages]
    return " ".join(" ".join(pages).split())


def states(school: School) -> list[str]:
    return [state for (state,) in school.rows("SELECT state FROM violation_cases ORDER BY number")]


def test_a_record_is_made_by_people_step_by_step(school: School) -> None:
    leader, teacher = school.vice, school.teacher
    card = opens(leader)
    assert "tiết 2, buổi sáng, lớp 5B, môn Toán" in card.text and "Chưa có KHBD nào" in card.text
    teacher.hears_nothing()
    invites(leader)
    leader.hears("Đã mời .*Đây chưa phải là kết luận")
    invitation = teacher.hears("mời thầy/cô giải trình")
    first_line = invitation.text.splitlines()[0]
    assert "vi phạm" not in first_line and teacher.name in first_line
    assert "Chưa có KHBD nào" in invitation.text and "Đây chưa phải là kết luận" in invitation.text
    explains(teacher, WORDS, "Thêm một tin nữa ạ.")
    leader.hears(f"{teacher.name} đã gửi giải trình")
    leader.presses("Mở hồ sơ")
    leader.hears("Chờ quyết định")
    said = leader.hears("GIẢI TRÌNH VV")
    assert "🙏" in said.text and "Thêm một tin nữa" in said.text
    records(leader)
    word, pdf = leader.hears("bản Word"), leader.hears("bản PDF")
    own = teacher.hears("đã quyết định lập biên bản")
    assert own.sha256 == pdf.sha256 and own.file_name == "VV-" + own.file_name[3:7] + "-01.pdf"
    document = Document(io.BytesIO(word.file()))
    quoted = "\n".join(line.text for line in document.paragraphs)
    assert WORDS in quoted and "Thêm một tin nữa ạ." in quoted
    printed = text_of(pdf)
    assert CONCLUSION in printed and "Số: 12/BB-THHP" in printed and "máy chiếu hỏng" in printed
    assert "☑ Dùng KHBD chưa được duyệt" in printed and "☐ Không có KHBD" in printed
    assert states(school) == ["recorded"]
    school.checks()


def test_no_record_may_be_the_decision_too(school: School) -> None:
    leader, teacher = school.vice, school.teacher
    opens(leader)
    invites(leader)
    teacher.hears("mời thầy/cô giải trình")
    explains(teacher, "Em có bản in ạ.")
    leader.hears("đã gửi giải trình")
    leader.presses("Mở hồ sơ")
    leader.hears("GIẢI TRÌNH VV")
    leader.presses("Không lập")
    leader.hears("lý do không lập")
    leader.says("dài " * 300)
    leader.hears("dài quá")
    leader.says("Cô có bản in đã duyệt.")
    leader.hears("không lập biên bản theo hồ sơ")
    told = teacher.hears("không lập biên bản về tiết")
    assert "Cô có bản in" not in told.text
    assert states(school) == ["cleared"]
    assert school.rows("SELECT COUNT(*) FROM violation_papers") == [(0,)]
    school.checks()


def test_nobody_decides_before_the_person_had_the_time_to_explain(school: School) -> None:
    leader, teacher = school.vice, school.teacher
    opens(leader)
    invites(leader)
    leader.hears("Đã mời")
    teacher.hears("mời thầy/cô giải trình")
    leader.presses("Mở hồ sơ")
    card = leader.hears("Đã mời giải trình, hạn")
    assert "Lập biên bản" not in card.buttons
    last_day = NOW.astimezone(VN).date() + timedelta(days=2)  # Wednesday: the second working day is Friday
    school.comes(last_day, "07:59")
    teacher.hears_nothing()
    school.comes(last_day, "08:01")
    teacher.hears("hôm nay là ngày cuối để giải trình")
    school.comes(last_day + timedelta(days=1), "00:05")
    leader.hears_nothing(pattern="hết hạn giải trình")  # at night nobody is told
    school.comes(last_day + timedelta(days=1), "06:31")
    leader.hears("Đã hết hạn giải trình.*Em không tự quyết định")
    assert states(school) == ["invited"]
    leader.presses("Mở hồ sơ")
    card = leader.hears("Đã hết hạn, chưa có giải trình")
    records(leader)
    printed = text_of(leader.hears("bản PDF"))
    assert "đến khi lập biên bản chưa có trả lời" in printed
    school.checks()


def test_the_person_may_have_nothing_to_say(school: School) -> None:
    leader, teacher = school.vice, school.teacher
    opens(leader)
    invites(leader)
    teacher.hears("mời thầy/cô giải trình")
    teacher.presses("Không có ý kiến")
    teacher.hears("vẫn có thể giải trình")
    teacher.presses("Xác nhận không có ý kiến")
    teacher.hears("không có ý kiến")
    leader.hears("không có ý kiến giải trình")
    assert states(school) == ["explained"]
    teacher.says("/bienban")
    teacher.hears("Hồ sơ liên quan đến thầy/cô")
    teacher.presses("Mở VV")
    teacher.hears("đã báo không có ý kiến")


def test_at_night_nobody_is_woken_by_an_invitation(school: School) -> None:
    leader, teacher, today = school.vice, school.teacher, NOW.astimezone(VN).date()
    school.comes(today, "21:30")
    opens(leader)
    invites(leader)
    leader.hears("Đã mời")
    school.ticks()
    teacher.hears_nothing()
    school.comes(today + timedelta(days=1), "06:31")
    news = teacher.hears("có tin từ Ban giám hiệu")
    assert "vi phạm" not in news.text
    teacher.presses("Mở hồ sơ", news)
    invitation = teacher.hears("mời thầy/cô giải trình")
    assert f"{today + timedelta(days=2):%d/%m}, 23:59" in invitation.text


def test_who_keeps_the_records_prepares_and_the_board_decides(make_school: MakeSchool) -> None:
    school = make_school(roles={"records_admin": "NV01"})
    school.start()
    clerk, principal, teacher = school["NV01"], school.principal, school.teacher
    opens(clerk)
    invites(clerk)
    clerk.hears("Đã mời")
    teacher.hears("mời thầy/cô giải trình")
    explains(teacher, "Em có bản in ạ.")
    clerk.hears("đã gửi giải trình")
    clerk.presses("Mở hồ sơ")
    clerk.hears("Chờ quyết định")
    said = clerk.hears("GIẢI TRÌNH VV")
    assert not {"Lập biên bản", "Không lập"} & set(said.buttons)
    principal.hears("đã gửi giải trình")
    principal.presses("Mở hồ sơ")
    principal.hears("GIẢI TRÌNH VV")
    records(principal)
    assert states(school) == ["recorded"]
    school.checks()


def test_what_was_written_can_be_changed_until_it_is_sent_and_survives_a_restart(school: School) -> None:
    leader, teacher = school.vice, school.teacher
    opens(leader)
    invites(leader)
    teacher.hears("mời thầy/cô giải trình")
    teacher.presses("Giải trình")
    teacher.hears("Mời thầy/cô viết")
    teacher.says("Câu em muốn bỏ.")
    teacher.hears("Em đã giữ")
    school.rests()
    school.stop()
    school.start()
    teacher.says("Câu em giữ lại.")
    teacher.hears(r"Em đã giữ \(2 phần")
    teacher.sends_photo(caption="Ảnh máy hỏng")
    teacher.hears("Em đã giữ ảnh")
    teacher.says("\u200b")
    teacher.hears("chưa đọc được chữ nào")
    teacher.presses("Xem, sửa")
    written = teacher.hears("Đã viết 3 phần")
    assert "1. Câu em muốn bỏ." in written.text
    teacher.presses("Xóa phần 1", written)
    shown = teacher.hears("Đã viết 2 phần")
    assert "Câu em muốn bỏ" not in shown.text
    leader.hears_nothing(pattern="giải trình của")
    teacher.presses("Gửi giải trình", shown)
    teacher.hears("Đã gửi giải trình của thầy/cô .2 phần")
    leader.hears("đã gửi giải trình")
    leader.presses("Mở hồ sơ")
    said = leader.hears("GIẢI TRÌNH VV")
    assert "Câu em giữ lại." in said.text and "Câu em muốn bỏ" not in said.text
    leader.presses("Ảnh kèm theo")
    assert leader.hears("Ảnh kèm giải trình").file_name == "anh.jpg"
    teacher.presses_as_it_was("Gửi giải trình", shown)
    teacher.hears_nothing(pattern="Đã gửi")
    school.checks()


def test_a_plan_sent_while_explaining_is_still_a_plan(school: School, desk: Desk) -> None:
    leader, teacher = school.vice, school.teacher
    opens(leader)
    invites(leader)
    teacher.hears("mời thầy/cô giải trình")
    teacher.presses("Giải trình")
    teacher.hears("Mời thầy/cô viết")
    teacher.sends(desk.plan(13))
    teacher.hears("xác nhận trình ký")
    assert school.rows("SELECT COUNT(*) FROM violation_lines") == [(0,)]


def test_a_record_can_be_annulled_and_stays(school: School) -> None:
    recorded(school)
    leader = school.principal
    leader.says("/bienban")
    leader.hears("Hồ sơ đang xử lý")
    leader.presses("VV-")
    leader.hears("quyết định lập biên bản")
    leader.presses("Hủy biên bản")
    leader.hears("Vì sao hủy")
    leader.says("ok")
    leader.hears("ghi rõ hơn|thành lời")
    leader.says("Nhầm ngày, hôm đó cô có bản in.")
    leader.hears("Đã hủy biên bản")
    void = leader.hears("bản PDF")
    assert "ĐÃ HỦY" in text_of(void) and "Nhầm ngày" in text_of(void)
    own = school.teacher.hears("đã hủy biên bản")
    assert own.sha256 == void.sha256
    assert states(school) == ["annulled"]
    assert school.rows("SELECT COUNT(*) FROM violation_papers") == [(2,)]
    school.checks()


def test_the_person_adds_an_own_word_once(school: School) -> None:
    recorded(school)
    teacher = school.teacher
    teacher.hears("đã quyết định lập biên bản")
    teacher.presses("Ghi ý kiến của tôi")
    teacher.hears("một tin")
    teacher.says("Em chưa đồng ý: hôm đó em dạy thay. 🙏")
    sure = teacher.hears("Thầy/cô gửi chứ ạ")
    teacher.presses("Gửi ý kiến", sure)
    teacher.hears("Đã ghi ý kiến")
    printed = text_of(teacher.hears("bản PDF"))
    assert "Ý kiến sau khi lập" in printed and "hôm đó em dạy thay" in printed
    school.vice.hears("đã ghi ý kiến vào biên bản")
    teacher.says("/bienban")
    teacher.hears("liên quan đến thầy/cô")
    teacher.presses("Mở VV")
    card = teacher.hears("đã được ghi vào biên bản")
    assert not any("ý kiến" in label.lower() for label in card.buttons)
    school.checks()


def test_who_has_no_business_with_a_case_hears_nothing_of_it(school: School) -> None:
    recorded(school)
    code = school.rows("SELECT year, number FROM violation_cases")
    assert len(code) == 1
    for person in (school.head, school["GV05"]):
        person.says("/bienban")
        person.hears("dành cho Ban giám hiệu")
        person.says("/bienban VV-2526-01")
        person.hears("dành cho Ban giám hiệu")
    everything = [m.text for m in (*school.head.messages(), *school["GV05"].messages())]
    assert not any("VV-" in text for text in everything)


def test_nobody_handles_a_case_about_themselves(school: School) -> None:
    principal, vice = school.principal, school.vice
    principal.says("/bienban HT01")
    principal.hears("về chính mình")
    opens(principal, "PHT01", class_name="4A")
    invites(principal)
    vice.hears("mời thầy/cô giải trình")
    vice.says("/bienban")
    vice.hears("Chỉ mở hồ sơ khi")
    vice.presses("VV-")
    vice.hears("Kính gửi")
    explains(vice, "Tôi đã nộp rồi.")
    principal.hears("đã gửi giải trình")
    vice.says("/bienban")
    listed = vice.hears("Chỉ mở hồ sơ khi")
    vice.presses("VV-", listed)
    own = vice.hears("Ban giám hiệu đang xem xét")
    assert own.buttons == [] and states(school) == ["explained"]


def test_a_head_of_group_may_be_asked_to_take_part_and_still_hears_nothing_here(school: School) -> None:
    leader = school.vice
    opens(leader)
    leader.presses("Sửa, bổ sung")
    leader.hears("sửa mục nào")
    leader.presses("Tổ trưởng tham gia")
    leader.hears("không tự báo tổ trưởng")
    leader.says("có ạ")
    leader.hears("bấm chọn giúp em")
    leader.presses("Mời tham gia")
    assert f"Tổ trưởng cùng tham gia: {school.head.name}" in leader.hears("bản nháp").text
    invites(leader)
    school.teacher.hears("mời thầy/cô giải trình")
    explains(school.teacher, "Em xin nhận ạ.")
    leader.hears("đã gửi giải trình")
    leader.presses("Mở hồ sơ")
    leader.hears("GIẢI TRÌNH VV")
    records(leader)
    printed = text_of(leader.hears("bản PDF"))
    assert "TỔ TRƯỞNG" in printed and school.head.name in printed
    school.head.hears_nothing()


def test_who_has_no_chat_is_invited_on_paper(make_school: MakeSchool) -> None:
    school = make_school(linked=("PHT01", "HT01"))
    school.start()
    leader = school.vice
    opens(leader)
    invites(leader)
    leader.hears("chưa dùng chat")
    letter = leader.hears("bản PDF của giấy mời")
    printed = text_of(letter)
    assert school.rows("SELECT COUNT(*) FROM violation_papers") == [(0,)]
    assert "GIẤY MỜI GIẢI TRÌNH" in printed and "Tạ Thị Loan" in printed and "vi phạm" not in printed
    leader.presses("Mở hồ sơ")
    leader.hears("in giấy mời và trao tay")
    leader.presses("Nhập từ bản giấy")
    leader.hears("nguyên văn bản giải trình trên giấy")
    leader.says("Tôi có bản in, để ở phòng hội đồng.")
    leader.hears("Em đã giữ")
    leader.presses("Gửi giải trình")
    leader.hears("Đã ghi bản giải trình trên giấy")
    leader.hears("từ bản giấy")
    records(leader)
    assert "Ghi lại từ bản giấy" in text_of(leader.hears("bản PDF"))
    school.checks()


def test_a_wrong_answer_loses_nothing_and_cancelling_tells_nobody(school: School) -> None:
    leader = school.vice
    leader.says("/bienban")
    leader.hears("Chưa có hồ sơ nào.*Nộp trễ không phải lý do")
    leader.presses("Mở hồ sơ mới")
    leader.hears("của ai")
    leader.says("Nguyễn Không Có")
    leader.hears("chưa tìm thấy ai")
    leader.presses("Tổ 4-5")
    leader.hears("chọn người")
    leader.presses("Tạ Thị Loan")
    leader.hears("ngày nào")
    for typed, answer in (
        ("hôm nọ", "chưa hiểu ngày"),
        ("31/12/2031", "chưa đến"),
        ("02/09", "không có trong lịch|chưa đến"),
    ):
        leader.says(typed)
        leader.hears(answer)
    leader.presses(f"{NOW.astimezone(VN):%d/%m}")
    leader.hears("Tiết mấy")
    leader.says("Tiết 3")
    leader.hears("Môn gì")
    leader.says("x" * 100)
    leader.hears("dài quá")
    leader.says("Toán – Phân số")
    leader.hears("cần làm rõ là gì")
    leader.presses("Nội dung khác")
    leader.hears("ghi ngắn gọn")
    leader.says("Không mang máy tính")
    card = leader.hears("bản nháp")
    assert "tiết 3, lớp 5B, môn Toán – Phân số" in card.text and "Không mang máy tính" in card.text
    leader.presses("Sửa, bổ sung")
    leader.hears("sửa mục nào")
    leader.presses("Người chứng kiến")
    leader.hears("Người chứng kiến là ai")
    leader.says("Bà Lê Thị Hoa, văn thư")
    assert "Bà Lê Thị Hoa" in leader.hears("bản nháp").text
    leader.presses("Hủy")
    leader.hears("đã bỏ hồ sơ.*Chưa ai được báo")
    school.teacher.hears_nothing()
    leader.says("/bienban")
    leader.hears("Chưa có hồ sơ nào")
    school.checks()


def test_every_look_is_in_the_log_and_no_words_are(school: School) -> None:
    recorded(school)
    school.rests()
    log = school.rows("SELECT action, facts FROM audit WHERE action LIKE 'violation.%'")
    actions = [action for action, _ in log]
    for action in ("opened", "invited", "read", "answered", "recorded"):
        assert f"violation.{action}" in actions
    assert not any("máy chiếu" in facts or CONCLUSION in facts for _, facts in log)
    assert week(12).number == 12
