"""What is read from a plan's text and name (domain.md 3.2 and 3.3)."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoso_bot.domain.lesson_plan import read
from hoso_bot.domain.week_numbers import weeks_in_name

LESSON = "Toán\nI. YÊU CẦU CẦN ĐẠT\n- Biết cộng\nII. ĐỒ DÙNG DẠY HỌC\nIII. CÁC HOẠT ĐỘNG DẠY HỌC CHỦ YẾU\n"
LESSONS = LESSON * 3


@pytest.mark.parametrize(
    ("name", "weeks"),
    [
        ("TUAN 2.doc", (2,)),
        ("TUAÀN 19.doc", (19,)),
        ("KH TUÂN 19.doc", (19,)),
        ("KH tuan20.doc", (20,)),
        ("TUAN 1,2,3.doc", (1, 2, 3)),
        ("TUAN 8,9.doc", (8, 9)),
        ("TUAN 6 - 10(chinh).doc", (6, 7, 8, 9, 10)),
        ("TUAN 11-15.doc", (11, 12, 13, 14, 15)),
        ("KH 2011-2012 tuan 1-10.doc", tuple(range(1, 11))),
        ("GA Lop 4Tuan 16 tich hop.doc", (16,)),
        ("GIAO AN 3TUAN 15KNS.doc", (15,)),
        ("GIAO AN LOP 5 hottuan 8 9  tich hop.doc", (8, 9)),
        ("GA lop 5tuan 27CKTKNKNS20102011.doc", (27,)),
        ("giao_an_lop_5_tuan_8_nam_hoc_2021_2022_chua.docx", (8,)),
        ("KHBD_GVCN_Tuan_12_Lop_3A.pdf", (12,)),
        ("Tuan 12 3A.pdf", (12,)),
        ("tuan_12_13_11_2026.pdf", (12,)),
        ("Tuần 12 - 20-11-2026.pdf", (12,)),
        ("Tuần 3-4, Tiết 10-13 -CHỦ ĐỀ 1.pdf", (3, 4)),
        (unicodedata.normalize("NFD", "Tuần 7.pdf"), (7,)),
        ("KE HOACH TUAN - 5H.doc", ()),
        ("GA tuan 2023.pdf", ()),
        ("KH 11-19.doc", ()),
        ("scan0001.pdf", ()),
    ],
)
def test_the_week_in_a_file_name(name: str, weeks: tuple[int, ...]) -> None:
    assert weeks_in_name(name) == weeks


@pytest.mark.parametrize(
    ("heading", "week"),
    [
        ("TUẦN 30\nThứ hai ngày 11 tháng 4 năm 2022", 30),
        ("Kế hoạch bài dạy tuần 30 lớp 4/2", 30),
        ("TUẦN 0 / Thứ hai ngày 28 tháng 8 năm 2023", 0),
        ("LỊCH BÁO GIẢNG TUẦN 20 (Từ ngày 30 /01/2023 đến ngày 4 /2/2023)", 20),
        ("Tuần 20 Lớp 2B Năm học 2022 - 2023", 20),
        ("Trường TH & THCS Ví Dụ Giáo án lớp 4H – Tuần 23", 23),
        ("Tuần thứ 23: / Thứ hai ngày 6 tháng 2 năm 2012", 23),
        ("Tuần 23 .............", 23),
        ("KÕ ho¹ch bµi hoc - tuÇn 19", 19),
        ("Tn 24\nThø 2 ngµy 14 th¸ng 2 n¨m 2011", 24),
        ("KẾ HOẠCH BÀI DẠY Lớp: 1A Tuần: 20 (Từ ngày 6/2/2023 đến ngày 10/2/2023)", 20),
        ("LÔÙP: 2B                TUAÀN: 31", 31),
        ("KẾ HOẠCH BÀI DẠY\nTU ẦN 12", 12),
        ("TUẦN 8 Ngày soạn: 23 tháng 10 năm 2021", 8),
        ("TUẦN 12 Tiết 34: Luyện tập", 12),
        ("TUẦN 6 - 10/10/2023", 6),
        ("Week 9\nUnit 4: My class", 9),
    ],
)
def test_the_week_in_a_heading(heading: str, week: int) -> None:
    facts = read([f"{heading}\n{LESSONS}"], "x.pdf")
    assert facts.weeks == (week,)
    assert facts.week_from == "text"


@pytest.mark.parametrize(
    "meeting",
    [
        "SINH HOẠT LỚP\n1. Nhận xét tuần 7\n2. Phương hướng tuần 8",
        "3. Kế hoạch tuần 8:\n- Học theo thời khóa biểu tuần 8.\n- Thi đua tuần 8",
        "II. Đánh giá nền nếp tuần 7.\n- Phương hướng\ntuần 8: học tốt",
        "SƠ KẾT TUẦN 7 – PHƯƠNG HƯỚNG TUẦN 8",
        "Công tác tuần tới (tuần 8)\nTriển khai nhiệm vụ tuần 8",
    ],
)
def test_a_class_meeting_tells_this_week_by_naming_the_next(meeting: str) -> None:
    assert read([LESSONS, LESSONS, meeting], "x.pdf").weeks == (7,)


def test_other_weeks_in_running_text_are_not_the_week() -> None:
    text = "TUẦN 10\n" + LESSONS + "Chữa bài kiểm tra cuối tuần 9\nxem trước bài ở tuần 11 nhé\n1 tuần 2 lần"
    assert read([text], "x.pdf").weeks == (10,)


def test_a_schedule_of_next_week_is_no_second_week() -> None:
    schedule = "LỊCH BÁO GIẢNG TUẦN 13 (Từ ngày 30/11/2026 đến ngày 4/12/2026)\nThứ hai 1 Toán Luyện tập"
    pages = ["TUẦN 12 (Từ ngày 23/11/2026 đến ngày 27/11/2026)\n" + LESSONS, LESSONS, schedule]
    assert read(pages, "x.pdf").weeks == (12,)


def test_a_heading_left_over_from_last_week_is_no_second_week() -> None:
    pages = [f"TUẦN {11 if number == 2 else 12}\n{LESSONS}" for number in range(5)]
    assert read(pages, "x.pdf").weeks == (12,)


def test_a_mistyped_last_heading_is_no_second_week() -> None:
    monday = "TUẦN 12\nThứ hai, ngày 23 tháng 11 năm 2026\n" + LESSONS
    friday = "TUẦN 13\nThứ sáu, ngày 27 tháng 11 năm 2026\n" + LESSONS
    assert read([monday, friday], "x.pdf").weeks == (12,)


def test_two_plans_in_one_file_are_two_weeks() -> None:
    pages = [
        "KẾ HOẠCH BÀI DẠY TUẦN 12\nThứ hai, ngày 23 tháng 11 năm 2026\n" + LESSON,
        LESSON,
        "KẾ HOẠCH BÀI DẠY TUẦN 13\nThứ hai, ngày 30 tháng 11 năm 2026\n" + LESSON,
    ]
    assert read(pages, "TUAN 12.pdf").weeks == (12, 13)


def test_undated_plans_one_after_another_are_several_weeks() -> None:
    pages = [f"Tuần {week}\n{LESSONS}" for week in (7, 7, 8, 8, 9)]
    facts = read(pages, "x.pdf")
    assert (facts.weeks, facts.week_from) == ((7, 8, 9), "text")


def test_a_title_may_list_the_weeks() -> None:
    assert read(["GIÁO ÁN LỚP 1 - TUẦN 23+24\n" + LESSONS], "x.pdf").weeks == (23, 24)


def test_the_text_is_stronger_than_the_name() -> None:
    facts = read(["TUẦN 12\n" + LESSONS], "TUAN 11.pdf")
    assert (facts.weeks, facts.week_from) == ((12,), "text")


def test_without_a_week_in_the_text_the_name_is_the_hint() -> None:
    facts = read([LESSONS], "TUAN 11.pdf")
    assert (facts.weeks, facts.week_from) == ((11,), "name")


def test_no_week_anywhere_is_no_week() -> None:
    facts = read([LESSONS], "x.pdf")
    assert (facts.weeks, facts.week_from) == ((), "")


@pytest.mark.parametrize(
    ("line", "dates"),
    [
        ("Thứ hai ngày 2 tháng 10 năm 2023", ("2023-10-02",)),
        ("Thứ Hai, 02/10/2023", ("2023-10-02",)),
        ("Thứ hai, ngày 11tháng 3 năm 2019", ("2019-03-11",)),
        ("Thời gian thực hiện: Thứ 2-18/04/2022", ("2022-04-18",)),
        ("Từ ngày 22/12 đến ngày 26/12/2025", ("2025-12-22", "2025-12-26")),
        ("(Từ ngày 29/12 đến ngày 02/01/2026)", ("2025-12-29", "2026-01-02")),
        ("Ngày giảng: 4 / 2 / 2023", ("2023-02-04",)),
        ("Ngày dạy: 21/10/2024", ("2024-10-21",)),
        ("Ngày soạn: 23 tháng 10 năm 2021 Ngày giảng: Thứ hai ngày 25 tháng 10 năm 2021", ("2021-10-25",)),
        ("Ngày soạn: 18/10/2024", ()),
        ("Ngày 2 tháng 9 năm 1945, Bác Hồ đọc Tuyên ngôn Độc lập", ()),
        ("Thứ hai, ngày … tháng … năm 2023", ()),
    ],
)
def test_days_of_teaching(line: str, dates: tuple[str, ...]) -> None:
    assert read([line], "x.pdf").dates == dates


def test_a_slip_of_the_year_is_left_out() -> None:
    week = "\n".join(f"Thứ ba, ngày {day}/11/2026" for day in (23, 24, 25)) + "\nThứ sáu, ngày 27/11/2025"
    assert read([week], "x.pdf").dates == ("2026-11-23", "2026-11-24", "2026-11-25")


@pytest.mark.parametrize(
    ("heading", "classes"),
    [
        ("KẾ HOẠCH BÀI DẠY\nLớp: 3A", ("3A",)),
        ("Kế hoạch bài dạy tuần 30 lớp 4/2", ("4/2",)),
        ("LÔÙP: 2B   TUAÀN: 31", ("2B",)),
        ("Giáo viên: Trần Thị Ví Dụ - Lớp 4A3", ("4A3",)),
        ("Giáo án lớp 5", ()),
        ("Lớp 4A trồng được 35 cây, lớp 4B trồng được nhiều hơn 5 cây. Hỏi cả hai lớp trồng?", ()),
    ],
)
def test_the_class_comes_from_headings(heading: str, classes: tuple[str, ...]) -> None:
    assert read([heading], "x.pdf").classes == classes


def test_the_class_may_come_from_the_name() -> None:
    assert read([LESSON], "KHBD_GVCN_Tuan_12_Lop_3A.pdf").classes == ("3A",)


@pytest.mark.parametrize(
    ("headings", "parts"),
    [
        (("I. YÊU CẦU CẦN ĐẠT", "II. ĐỒ DÙNG DẠY HỌC", "III. CÁC HOẠT ĐỘNG DẠY - HỌC CHỦ YẾU"), "123"),
        (
            ("I/ MỤC TIÊU", "II/CHUẨN BỊ", "III. TIẾN TRÌNH DẠY HỌC", "IV. ĐIỀU CHỈNH SAU BÀI DẠY (NẾU CÓ)"),
            "1234",
        ),
        (("I/ Mục đích, yêu cầu", "II/ Đồ dùng dạy – học", "III/ Hoạt động dạy và học:"), "123"),
        (("A.YÊU CẦU CẦN ÐẠT", "B. ĐỒ DÙNG", "C. CÁC HOẠT ĐỘNG CHÍNH"), "123"),
        (("I. OBJECTIVES", "II. TEACHING AIDS", "III. PROCEDURE"), "123"),
        (("I. Muïc tieâu:", "II. Đồ d ùng dạy học:", "III. Caùc hoaït ñoäng daïy hoïc chuû yeáu:"), "123"),
        (("I. MỤC TIÊU", "II. THIẾT BỊ DẠY HỌC VÀ HỌC LIỆU", "III. TIẾN TRÌNH"), "123"),
    ],
)
def test_the_parts_of_a_lesson_in_the_words_teachers_use(headings: tuple[str, ...], parts: str) -> None:
    facts = read(["Bìa", "\n".join(headings)], "x.pdf")
    assert facts.parts == dict.fromkeys(parts, (2,))
    assert facts.lessons == 1


def test_both_words_for_part_one_are_one_lesson() -> None:
    text = "I. MỤC TIÊU\n1. Yêu cầu cần đạt về kiến thức\nII. CHUẨN BỊ\nIII. TIẾN TRÌNH"
    assert read([text], "x.pdf").lessons == 1


def test_aims_inside_an_activity_are_no_lesson() -> None:
    text = LESSON + "Hoạt động 1: Mở đầu\na) Mục tiêu: tạo hứng thú\n* Mục tiêu: ôn bài\n"
    assert read([text], "x.pdf").lessons == 1


def test_subjects_are_read_from_lesson_headings() -> None:
    text = "Tiết 1: Toán\nMôn: Tập đọc\nĐẠO ĐỨC\nTN&XH\nHoạt động trải nghiệm"
    assert read([text], "x.pdf").subjects == (
        "Toán",
        "Tiếng Việt",
        "Đạo đức",
        "Tự nhiên và Xã hội",
        "Hoạt động trải nghiệm",
    )


@given(st.lists(st.text(max_size=300), max_size=4), st.text(max_size=60))
def test_any_text_is_answered(pages: list[str], name: str) -> None:
    facts = read(pages, name)
    assert all(0 <= week <= 40 for week in facts.weeks)


@given(st.text(alphabet="tuanTUẦN 0123456789,-+/.:\nthứhaingàylớpI", max_size=400))
def test_text_made_of_week_words_is_answered(text: str) -> None:
    assert all(0 <= week <= 40 for week in read([text], text[:40]).weeks)
