"""A chat and a person belong together after a one-time code and a question (R32)."""

from __future__ import annotations

import pytest
from tests.conversation import Member
from tests.school import School

from hoso_bot.store.roster_file import read_roster

GREETING = "Đã liên kết: Tạ Thị Loan"
WRONG = "Mã chưa đúng, đã dùng hoặc hết hạn"
POLITE = "Chào thầy/cô! Em là trợ lý hồ sơ"


@pytest.fixture
def loan(new_school: School) -> Member:
    """A teacher nobody linked yet."""
    return new_school.teacher


def links(person: Member, code: str) -> None:
    person.says(f"/start {code}")
    person.hears("Thầy/cô đồng ý không ạ")
    person.presses("Đồng ý")
    person.hears("Đã liên kết")


def accounts(school: School) -> int:
    return int(school.rows("SELECT count(*) FROM accounts")[0][0])


def test_a_code_and_a_yes_link_the_person(new_school: School, loan: Member) -> None:
    loan.says(f"/start {new_school.invites('GV09')}")
    loan.hears("Nhà trường lưu: họ tên.*Để làm gì.*Ở đâu.*/dulieu.*Thầy/cô đồng ý không ạ")
    loan.presses("Đồng ý")
    loan.hears(f"{GREETING} – Giáo viên, Tổ 4-5")


def test_nothing_is_linked_before_the_yes(new_school: School, loan: Member) -> None:
    loan.says(f"/start {new_school.invites('GV09')}")
    loan.hears("Thầy/cô đồng ý không ạ")
    loan.says("/trangthai")
    loan.hears(POLITE)
    assert accounts(new_school) == 1


def test_the_office_hears_who_was_linked(new_school: School, loan: Member) -> None:
    links(loan, new_school.invites("GV09"))
    new_school.vice.hears("Tạ Thị Loan .* vừa liên kết tài khoản")


def test_a_no_keeps_nothing_and_the_code_stays_good(new_school: School, loan: Member) -> None:
    code = new_school.invites("GV09")
    loan.says(f"/start {code}")
    loan.presses("Không đồng ý")
    loan.hears("chưa lưu thông tin nào")
    assert accounts(new_school) == 1
    links(loan, code)


def test_a_bare_code_counts_as_start(new_school: School, loan: Member) -> None:
    loan.says(f"  {new_school.invites('GV09')} ")
    loan.presses("Đồng ý")
    loan.hears(GREETING)


def test_a_used_code_links_nobody_else(new_school: School, loan: Member) -> None:
    code = new_school.invites("GV09")
    links(loan, code)
    thief = new_school.visitor()
    thief.says(f"/start {code}")
    thief.hears(WRONG)
    assert accounts(new_school) == 2


def test_of_two_who_hold_one_code_only_the_first_yes_counts(new_school: School, loan: Member) -> None:
    code, thief = new_school.invites("GV09"), new_school.visitor()
    for person in (thief, loan):
        person.says(f"/start {code}")
        person.hears("Thầy/cô đồng ý không ạ")
    loan.presses("Đồng ý")
    loan.hears(GREETING)
    thief.presses("Đồng ý")
    thief.hears(WRONG)
    assert accounts(new_school) == 2


def test_the_same_yes_five_times_links_once(new_school: School, loan: Member) -> None:
    loan.says(f"/start {new_school.invites('GV09')}")
    question = loan.hears("Thầy/cô đồng ý không ạ")
    for _ in range(5):
        loan.presses_as_it_was("Đồng ý", question)
    loan.hears(GREETING)
    new_school.rests()
    loan.hears_nothing(0)
    assert len(new_school.audited("account.linked")) == 1


def test_a_wrong_code_is_said_kindly(new_school: School) -> None:
    stranger = new_school.visitor()
    stranger.says("/start AAAAAAAAAAAAAAAAAAAAAA")
    stranger.hears(WRONG)


def test_guessing_codes_ends_after_five_tries(new_school: School, loan: Member) -> None:
    for guess in range(5):
        loan.says(f"/start {guess:022}")
        loan.hears(WRONG)
    code = new_school.invites("GV09")
    loan.says(f"/start {code}")
    loan.hears("nhập sai mã nhiều lần")
    new_school.passes(minutes=61)
    links(loan, code)


def test_somebody_elses_guesses_do_not_lock_others_out(new_school: School, loan: Member) -> None:
    for guess in range(6):
        new_school.visitor().says(f"/start {guess:022}")
    links(loan, new_school.invites("GV09"))


def test_a_code_expires(new_school: School, loan: Member) -> None:
    code = new_school.invites("GV09")
    new_school.passes(days=15)
    loan.says(f"/start {code}")
    loan.hears(WRONG)


def test_a_newer_code_replaces_the_older_one_even_while_it_asks(new_school: School, loan: Member) -> None:
    loan.says(f"/start {new_school.invites('GV09')}")
    loan.hears("Thầy/cô đồng ý không ạ")
    newer = new_school.invites("GV09")
    loan.presses("Đồng ý")
    loan.hears(WRONG)
    links(loan, newer)


def test_a_strangers_words_files_and_commands_get_the_same_polite_answer(new_school: School) -> None:
    stranger = new_school.visitor()
    for act in (
        lambda: stranger.says("Cho tôi xem hồ sơ"),
        lambda: stranger.says("/choduyet"),
        lambda: stranger.sends(b"%PDF-1.7 plan", "tuan 13.pdf"),
        lambda: stranger.sends_photo(),
        lambda: stranger.says("/start"),
    ):
        act()
        heard = stranger.hears(POLITE)
        assert heard.buttons == []
    assert new_school.rows("SELECT * FROM uploads") == []
    assert new_school.world.calls("getFile") == []


def test_a_stranger_who_goes_on_meets_silence(new_school: School) -> None:
    stranger = new_school.visitor()
    for _ in range(30):
        stranger.says("Alo")
    new_school.rests()
    assert 1 <= len(stranger.messages()) <= 10


def test_a_linked_person_who_opens_the_link_again_is_greeted(new_school: School, loan: Member) -> None:
    code = new_school.invites("GV09")
    links(loan, code)
    loan.says(f"/start {code}")
    loan.hears("Chào Tạ Thị Loan, tài khoản của thầy/cô đã liên kết rồi")
    loan.says("/start")
    loan.hears("đã liên kết rồi")


def test_a_linked_chat_takes_no_second_persons_code(new_school: School, loan: Member) -> None:
    links(loan, new_school.invites("GV09"))
    loan.says(f"/start {new_school.invites('GV08')}")
    loan.hears("đang là của Tạ Thị Loan. Mỗi người một tài khoản")
    assert accounts(new_school) == 2


def test_two_open_questions_in_one_chat_still_link_one_person(new_school: School, loan: Member) -> None:
    loan.says(f"/start {new_school.invites('GV09')}")
    first = loan.hears("Thầy/cô đồng ý không ạ")
    loan.says(f"/start {new_school.invites('GV08')}")
    second = loan.hears("Thầy/cô đồng ý không ạ")
    loan.presses("Đồng ý", first)
    loan.hears(GREETING)
    loan.presses("Đồng ý", second)
    loan.hears("Mỗi người một tài khoản")
    assert accounts(new_school) == 2


def test_a_new_code_moves_the_account_to_a_new_phone(new_school: School, loan: Member) -> None:
    links(loan, new_school.invites("GV09"))
    new_phone = new_school.visitor(9100, "Loan, máy mới")
    links(new_phone, new_school.invites("GV09"))
    loan.hears("đã chuyển sang cuộc trò chuyện khác.*Nếu không phải thầy/cô làm")
    loan.says("/trangthai")
    loan.hears(POLITE)
    new_phone.says("/trangthai")
    new_phone.hears("chưa nộp KHBD nào")


def test_who_left_the_school_is_a_stranger(school: School) -> None:
    roster = school.home / "staff.csv"
    roster.write_text(
        "Mã,Họ và tên,Chức vụ,Tổ,Lớp,Môn,Số tiết/tuần,Điện thoại\n"
        "PHT01,Lương Quang Tùng,Phó hiệu trưởng,Ban giám hiệu,,,,\n",
        encoding="utf-8",
    )
    office = school.office()
    office.import_staff(read_roster(roster))
    office.close()
    school.teacher.says("/trangthai")
    school.teacher.hears(POLITE)


def test_codes_are_kept_only_as_hashes(new_school: School) -> None:
    code = new_school.invites("GV09")
    assert len(code) >= 22
    assert code not in str(new_school.rows("SELECT * FROM invites"))
