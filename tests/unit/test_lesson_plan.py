"""What is read from a plan's text and name (domain.md 3.2 and 3.3)."""

from __future__ import annotations

import unicodedata
from typing import Literal

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
        ("Lớp: 3A, 3B, 3C", ("3A", "3B", "3C")),
        ("KHBD lớp 4/1 - 4/2", ("4/1", "4/2")),
        ("Giáo án lớp 4A1 và lớp 4A2", ("4A1", "4A2")),
        ("Giáo án lớp 4A - 5/11/2026", ("4A",)),
        ("KẾ HOẠCH BÀI DẠY - LỚP 5.1", ("5.1",)),
        ("Week: 12   Class: 3B", ("3B",)),
        ("Giáo án lớp Bốn/2", ("4/2",)),
        ("GIÁO ÁN LỚP 4 NĂM HỌC 2025-2026", ()),
        ("KẾ HOẠCH BÀI DẠY LỚP BA", ()),
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
    text = "Tiết 3/61 : Bài soạn môn : Toán\nMôn: Tập đọc\nĐẠO ĐỨC\nTN&XH\nHoạt động trải nghiệm"
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


# --- the tables of the domain sheet --------------------------------------------------------------


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(
    ("name", "weeks"),
    [
        ("TUAN 2.doc", (2,)),
        ("TUAN 23.doc", (23,)),
        ("TUẦN 18.doc", (18,)),
        ("TUẦN 25.doc", (25,)),
        ("TUAÀN 19.doc", (19,)),
        ("TUAÀN 20.doc", (20,)),
        ("KH TUÂN 19.doc", (19,)),
        ("KH Tuan 21.doc", (21,)),
        ("KH tuan20.doc", (20,)),
        ("tuan24.doc", (24,)),
        ("TUAN 4,5,6.doc", (4, 5, 6)),
        ("TUAN 8,9.doc", (8, 9)),
        ("TUAN 6 - 10.doc", (6, 7, 8, 9, 10)),
        ("TUAN 6 - 10(chinh).doc", (6, 7, 8, 9, 10)),
        ("Copy of TUAN 16 - 20.doc", (16, 17, 18, 19, 20)),
        ("TUAN 11-15.doc", (11, 12, 13, 14, 15)),
        ("KH 11-19.doc", ()),
        ("KH 2011-2012 tuan 1-10.doc", (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)),
        ("KH Tuan 31, 32, 33, 34, 35.doc", (31, 32, 33, 34, 35)),
        ("KH tuan 26,27,28,29,30.doc", (26, 27, 28, 29, 30)),
        ("KE HOACH TUAN - 5H.doc", ()),
        ("KE HOACH TUAN 4A.doc", ()),
        ("GA Lop 5Tuan 14 HOT tich hop TTHCM BVMT VSMT KNS.doc", (14,)),
        ("GA Tuan 11 HOTtich hop TTHCM.doc", (11,)),
        ("GIAO AN 5 TUAN 20 GDMTTT HCM.doc", (20,)),
        ("GIAO AN 5TUAN 17CKTKNGDMT.doc", (17,)),
        ("GIAO AN LOP 5 TUAN 10  TICH HOP  KNS BVMT VSMT.doc", (10,)),
        ("GIAO AN LOP 5 hottuan 8 9  tich hop X.doc", (8, 9)),
        ("GA L 5 Tuan 30 CKTKN  BVMT KNS X.doc", (30,)),
        ("GA L3 CKTKN KNS BVMT TUAN 31 DU MON.doc", (31,)),
        ("GA lop 5tuan 27CKTKNKNS20102011.doc", (27,)),
        ("GiaoAn_5H_full.doc", ()),
        ("GA-TUẦN-20-AN.pdf", (20,)),
        ("KHBH TUẦN 28.pdf", (28,)),
        ("giao_an_tong_hop_cac_mon_lop_5_tuan_8_nam_hoc_2021_2022_chua.docx", (8,)),
        ("giao_an_khoi_lop_5_tuan_22_nam_hoc_2021_2022.doc", (22,)),
        ("giao_an_lop_4_tuan_27_giao_vien_lan.doc", (27,)),
        ("KHBD_Kem_LBG_GVCN_Tuan_12_Lop_3A_Lan.docx", (12,)),
        ("KHBD_Tieng_Anh_Lan_Tuan_12_Lop_3A.docx", (12,)),
        ("KHBD_Mon_Chuyen_Tuan_12_Lop_3A.docx", (12,)),
        ("KHBD_Tin 3_Bai1 X.docx", ()),
        ("TIẾNG VIỆT 4 (1-2).docx", ()),
        ("Tuần 3-4, Tiết 10-13  -CHỦ ĐỀ 1 - BÀI 3- NTHH.docx", (3, 4)),
        ("Tuần 1,2,3 -Tiết 1 đên 7 Bài 1,2,3.docx", (1, 2, 3)),
        ("30.signed.pdf", ()),
        ("187-ndcp.signed.pdf", ()),
        ("Tuần 12 (21.11-25.11).pdf", (12,)),
        ("tuan12lop3A.pdf", (12,)),
        ("Tuan 12 - Lop 4.pdf", (12,)),
        ("TUAN 12 -4A.pdf", (12,)),
        ("Nguyen Anh Tuan 4A.pdf", ()),
        ("KHBD tuan 23+24.pdf", (23, 24)),
        ("tu tuan 6 den tuan 10.pdf", (6, 7, 8, 9, 10)),
        ("Tuan_12_2026_11_23.pdf", (12,)),
        ("TUAN 12 NH 2024-2025.pdf", (12,)),
        ("Tuan 12 (1).pdf", (12,)),
        ("GA-tuan 5-toan 4.pdf", (5,)),
        ("Week 9.pdf", (9,)),
        ("tuần 9, 10 tiết.pdf", (9,)),
        ("KHBD_T12_4A.pdf", (12,)),
        ("T 12.pdf", (12,)),
        ("W12.pdf", (12,)),
        ("GA tuan 12 (25-26).pdf", (12,)),
        ("tuan12-lop3.docx.pdf", (12,)),
        ("TUẦN 12_đã ký.pdf", (12,)),
        ("Tuần XII.pdf", (12,)),
        ("tuan thu 12.pdf", (12,)),
        ("TUAN 12-16.11.2026.pdf", (12,)),
        ("Tuan 10-18-11-2026.pdf", (10,)),
        ("Toan T2 T4.pdf", ()),
        ("Tiet 5 T3.pdf", ()),
        ("Thang 11 T4.pdf", ()),
        ("TUẦN 5 6-10.10.pdf", (5,)),
    ],
)
def test_file_names_teachers_give(name: str, weeks: tuple[int, ...], form: Literal["NFC", "NFD"]) -> None:
    assert weeks_in_name(unicodedata.normalize(form, name)) == weeks


@pytest.mark.parametrize(
    ("heading", "weeks"),
    [
        (
            "KẾ HOẠCH BÀI DẠY Lớp: 1A Tuần: 20 (Từ ngày 6/2/2023 đến ngày 10/2/2023) Ngày ….tháng năm 2023 Kí duyệt",  # noqa: E501
            (20,),
        ),
        (
            "Kế hoạch bài dạy lớp 3B Nguyễn Thị Ví Dụ\nTUẦN 12\nThứ hai, ngày 28 tháng 11 năm 2022\nToán\nLuyện tập",  # noqa: E501
            (12,),
        ),
        ("TUẦN 30 Thứ hai ngày 11 tháng 4 năm 2022 Tiết 1: Chào cờ", (30,)),
        ("Kế hoạch bài dạy tuần 30 lớp 4/2", (30,)),
        ("TOÁN Tiết 165: ÔN TẬP VỀ ĐẠI LƯỢNG (tt)", ()),
        ("TUẦN 0 / Thứ hai ngày 28 tháng 8 năm 2023", (0,)),
        ("TUẦN 5 / Thứ hai ngày 2 tháng 10 năm 2023", (5,)),
        ("TUẦN 7 / Thứ hai ngày 17 tháng 10 năm 2022 / Hoạt động trải nghiệm / SINH HOẠT DƯỚI CỜ", (7,)),
        ("TUẦN 3 Thứ hai ngày 19 tháng 9 năm 2022 / Sáng / Tiết 1.", (3,)),
        (
            "TUẦN 8 Ngày soạn: 23 tháng 10 năm 2021 Ngày giảng: Thứ hai ngày 25 tháng 10 năm 2021 Tiết 1:",
            (8,),
        ),
        (
            "TUẦN 21 / Ngày thứ : 1 / Ngày soạn : 4 / 2 / 2023 / Ngày giảng : Thứ Hai ngày 6 tháng 2 năm 2023",  # noqa: E501
            (21,),
        ),
        (
            "TUẦN 31 Thời gian xây dựng kế hoạch: 15/04/2022 Thời gian thực hiện: Thứ 2-18/04/2022. Lớp 1B",
            (31,),
        ),
        ("LỊCH BÁO GIẢNG TUẦN 20 (Từ ngày 30 /01/2023 đến ngày 4 /2/2023) Giáo viên: X– Lớp: 2B", (20,)),
        ("Tuần 20 Lớp 2B Năm học 2022 - 2023", (20,)),
        ("TUẦN 16 ( Từ ngày 22/12 đến ngày 26/12/2025) Buổi học thứ nhất/ngày.GV: X-Lớp 4A3", (16,)),
        ("TUẦN 17 … Từ ngày 17/12 đến ngày 21/12/2018", (17,)),
        (
            "Trường TH & THCS X Giáo án lớp 4H – Tuần 23 / TUẦN 23 Thứ tư, ngày tháng 03 năm 2021 Dạy bài thứ hai – Tuần 23 BUỔI SÁNG Tiết 1:",  # noqa: E501
            (23,),
        ),
        ("Tuần thứ 23: / Thứ hai ngày 6 tháng 2 năm 2012", (23,)),
        ("Tuần 23 .............", (23,)),
        ("TUẦN 27 KẾ HOẠCH GIẢNG DẠY LỚP BA ( Từ ngày / /2010 đến ngày / /2010) THỨ TIẾT MÔN BÀI DẠY", (27,)),
        ("Thứ hai , ngày 20 tháng 2 năm 2012", ()),
        ("Thứ hai, ngày 11tháng 3 năm 2019", ()),
        ("TẬP ĐỌC TIẾT : 73 / SƠN TINH, THỦY TINH (Tiết 1)", ()),
        ("Môn: Tập đọc / CHIẾC BÚT MỰC(T13,14)", ()),
        ("Đạo đức / Tiết 24 Giữ gìn các công trình công cộng (tiết 2)", ()),
        ("TUẦN 1 Toán (Tiết 1) ÔN TẬP CÁC SỐ ĐẾN 100000", (1,)),
        ("Bài 1. Thành phần và vai trò của đất (2 tiết)", ()),
        ("Giáo án Lớp 1 (Sách Cánh diều) - Tuần 23+24", (23, 24)),
        ("Kế hoạch bài dạy Lớp 1 - Tuần 7 (Thứ 2+3+4)", (7,)),
        ("Giáo án Tổng hợp các môn Lớp 3 buổi chiều - Tuần 13", (13,)),
        ("Bài soạn các môn lớp 4 - Tuần thứ 24", (24,)),
        ("Thiết kế bài dạy các môn học lớp 2 - Tuần 25", (25,)),
        ("Giáo án Khối 2 - Tuần 21", (21,)),
        ("KÕ ho¹ch bµi hoc - tuÇn 19 / N¨m häc: 2019-2020 / (Tõ ngµy 6/1/ 2020 ®Õn ngµy 10/1/2020)", (19,)),
        ("Tr\xadêng TiÓu häc sè 2 … N¨m häc 2018-2019 TUẦN 27 Thứ hai, ngày 11tháng 3 năm 2019", (27,)),
        ("Trêng TiÓu häc sè 2 … N¨m häc 2018-2019 TUẦN 27 Thứ hai, ngày 11tháng 3 năm 2019", (27,)),
        ("Tn 24\nThø 2 ngµy 14 th¸ng 2 n¨m 2011 to¸n: LUYỆN TẬP", (24,)),
        ("Unit 10: Lesson 2 – Period 1 / I. OBJECTIVES / III. PROCEDURE", ()),
        ("UBND XÃ X / TRƯỜNG TH Y\nTUẦN 9", (9,)),
        ("PHIẾU BÁO GIẢNG TUẦN 5", (5,)),
        ("KẾ HOẠCH DẠY HỌC TỪ TUẦN 6 ĐẾN TUẦN 10", (6, 7, 8, 9, 10)),
        ("Giáo án từ tuần 6 đến tuần 10", (6, 7, 8, 9, 10)),
        ("TUẦN HỌC THỨ 12", (12,)),
        ("T U Ầ N 2 5", (25,)),
        ("TTUUẦẦNN 1122", (12,)),
        ("SSSSTTTT\nTTTTUUUUẦẦẦẦNNNN 11112222", (12,)),
        ("Tuần: 12\tTiết: 23-24\nNgày soạn: 20/11/2022", (12,)),
        ("Week: 12\tPeriod: 45\nDate of planning: 20/11/2022\nDate of teaching: 22/11/2022", (12,)),
        ("GV: Nguyễn Anh Tuấn 3A\nTUẦN 12", (12,)),
        ("Người soạn: Trần Tuấn 4", ()),
        ("CHỦ ĐỀ 3: TRƯỜNG EM (tuần 9 - tuần 12)", ()),
        ("Tiếng Việt\nÔN TẬP TUẦN 27", ()),
        ("TUẦN 35 ÔN TẬP", (35,)),
        ("ÔN TẬP CUỐI TUẦN 9", ()),
        ("Một tuần 5 ngày, 2 tuần 10 ngày", ()),
        ("mỗi tuần 3 buổi", ()),
        ("TUẦN 13 BUỔI CHIỀU", (13,)),
        ("TUẦN: 12 (Từ 21/11 - 25/11/2022)", (12,)),
        ("TUẦN 12 (21-25/11/2022)", (12,)),
        ("TUẦN 12 - 21/11/2022", (12,)),
        ("TUẦN 12 - Lớp 4A", (12,)),
        ("Lớp 5A2 - Tuần 12 - Năm học 2024-2025", (12,)),
        ("TUẦN 12 TIẾT PPCT 34", (12,)),
        ("KẾ HOẠCH BÀI DẠY TUẦN 12 - NĂM HỌC 2024 - 2025", (12,)),
        ("Phòng GD&ĐT X   KẾ HOẠCH CHUYÊN MÔN TUẦN 12", (12,)),
        ("tuâÌn 12 lõìp 5", (12,)),
        ("Kế hoạch tuần 12", (12,)),
        ("TUẦN 12 - 13 (Từ 21/11 đến 2/12/2022)", (12, 13)),
        ("Tuần 19 + 20", (19, 20)),
        ("TUẦN 4, 5, 6", (4, 5, 6)),
        ("TUẦN XII", (12,)),
        ("Thứ hai ngày 23 tháng 11 năm 2026 TUẦN 12 : Tiết 1 : CHÀO CỜ", (12,)),
        ("LỊCH BÁO GIẢNG NĂM HỌC 2026-2027 Tuần lễ thứ 12 - Từ ngày 23 tháng 11", (12,)),
        ("TRƯờNG TH VÍ Dụ GIáO áN LớP 4\nTuần 12\nThứ\nngày", (12,)),
        ("Tuần\n12", (12,)),
        ("TUẦN\xa012", (12,)),
        ("TUẦN CHUYÊN MÔN 12", (12,)),
        ("Tun : 12", (12,)),
        ("Chủ điểm: MÁI TRƯỜNG   TUẦN 12", (12,)),
        ("tuần vi rút lây lan", ()),
    ],
)
def test_headings_teachers_write(heading: str, weeks: tuple[int, ...]) -> None:
    assert read([heading.replace(" / ", "\n") + "\n" + LESSONS], "x.pdf").weeks == weeks


# --- one week or several -------------------------------------------------------------------------

SCHEDULE = "Thứ\nNgày\nTiết\nMôn Bài dạy\n" + "1 Toán Luyện tập\n" * 25
DAYS = ("hai", "ba", "tư", "năm", "sáu")


def week(number: int, head: str = "", first: int = 0, meeting: bool = True, days: bool = True) -> list[str]:
    """Five pages, one a day; `first` day of November 2026 as Monday's date."""
    pages = []
    for index, day in enumerate(DAYS):
        date = f", ngày {first + index}/11/2026" if first else ""
        page = head + (f"Thứ {day}{date}\n" if days else "") + LESSONS
        if meeting and index == 4:
            page += f"SINH HOẠT LỚP\n1. Nhận xét tuần {number}\n2. Phương hướng tuần {number + 1}\n"
        pages.append(page)
    return pages


def schedule(number: int) -> list[str]:
    return [f"LỚP : 5E TUẦN : {number}\n{SCHEDULE}", "2 Tiếng Việt\n" * 10]


def every_page(pages: list[str], foot: str) -> list[str]:
    return [f"{page}\n{foot}\n" for page in pages]


SEVERAL = {
    "a heading on each page": (week(12, "TUẦN 12\n") + week(13, "TUẦN 13\n"), (12, 13)),
    "a heading where each begins": (["TUẦN 4\n", *week(4), "TUẦN 5\n", *week(5)], (4, 5)),
    "class meetings only": (week(12) + week(13) + week(14), (12, 13, 14)),
    "neither headings nor weekdays": (week(12, days=False) + week(13, days=False), (12, 13)),
    "schedules only": ([page for number in range(31, 36) for page in schedule(number)], (31, 32, 33, 34, 35)),
    "dates": (week(12, "TUẦN 12\n", first=2) + week(13, "TUẦN 13\n", first=9), (12, 13)),
    "headings, one of them left over": (
        [*week(6, "Tuần 6\n"), *week(7, "Tuần 7\n")[:3], "Tuần 6\n" + LESSON, *week(7, "Tuần 7\n")[3:]]
        + [page for number in (8, 9, 10) for page in week(number, f"Tuần {number}\n")],
        (6, 7, 8, 9, 10),
    ),
    "one lesson a week": (
        [f"Tuần {number}\nTiết {number * 2}\n{LESSON}" for number in (11, 12, 13)],
        (11, 12, 13),
    ),
}
ONE = {
    "a schedule": schedule(12),
    "a schedule and words of next week": [*schedule(12), "Phương hướng tuần 13: học tốt"],
    "a schedule before the lessons": ["LỊCH BÁO GIẢNG TUẦN 12\n" + SCHEDULE, *week(12)],
    "this and next week's schedule": [f"LỊCH BÁO GIẢNG TUẦN {n}\n{SCHEDULE}" for n in (12, 13)] + week(12),
    "a leftover title": ["TUẦN 11\n" + week(12)[0]] + ["TUẦN 12\n" + page for page in week(12)[1:]],
    "a leftover title, no weekdays": ["TUẦN 11\n" + LESSONS, *week(12, "TUẦN 12\n", days=False)[1:]],
    "a slip in the last heading": week(12, "TUẦN 12\n")[:4] + week(13, "TUẦN 13\n", meeting=False)[4:],
    "the same, no weekdays": [*week(12, "TUẦN 12\n", days=False)[:4], "TUẦN 13\n" + LESSONS],
    "two slips": [f"Tuần {number}\n{LESSONS}" for number in (12, 11, 12, 12, 11, 12)],
    "next week's flag ceremony": [*week(12, "TUẦN 12\n"), "TUẦN 13\nThứ hai\nChào cờ"],
    "a foot on every page": every_page(week(12, meeting=False), "GV: Trần Thị Ví Dụ - Trang 3 - Tuần 12"),
    "a name and the week as foot": every_page(week(12, meeting=False), "Trần Thị Ví Dụ - Tuần 12"),
    "Monday's plan and Friday's": [
        "Chào cờ: Triển khai kế hoạch tuần 12\n" + LESSON,
        *week(12, meeting=False),
        "Sinh hoạt cuối tuần 12\nKế hoạch tuần 13",
    ],
    "exercises named after weeks": [
        "TUẦN 12\n" + LESSONS,
        "ÔN TẬP TUẦN 11\n" + LESSONS,
        "KIỂM TRA CUỐI TUẦN 11\n",
    ],
    "old dates in lessons": week(12, "TUẦN 12\n", first=2)[:4] + week(13, "TUẦN 13\n", 2, False)[4:],
    "half a week": ["Kế hoạch bài dạy Lớp 1 - Tuần 12 (Thứ 2+3+4)\n", *week(12, meeting=False)[:3]],
}


@pytest.mark.parametrize("told_by", SEVERAL)
def test_a_file_of_several_weeks_is_recognised_by(told_by: str) -> None:
    pages, weeks = SEVERAL[told_by]
    facts = read(pages, "x.pdf")
    assert (facts.weeks, facts.week_from) == (weeks, "text")


@pytest.mark.parametrize("case", ONE)
def test_one_week_stays_one_week_in_spite_of(case: str) -> None:
    assert read(ONE[case], "x.pdf").weeks == (12,)


def test_a_weak_word_does_not_outweigh_the_name() -> None:
    facts = read([*week(12, meeting=False), "ghi nhớ các việc trong tuần 9 nhé"], "TUAN 12.pdf")
    assert (facts.weeks, facts.week_from) == ((12,), "name")


def test_a_name_of_several_weeks_is_believed_where_the_text_heads_two_of_them() -> None:
    pages = ["Tuần 8\n" + LESSON, *week(8, meeting=False), "Tuần 9\n" + LESSON, *week(9, meeting=False)]
    facts = read(pages, "TUAN 8,9.doc")
    assert (facts.weeks, facts.week_from) == ((8, 9), "text")


def test_many_headings_are_more_certain_than_one_word() -> None:
    sure, unsure = read(week(12, "TUẦN 12\n"), "x.pdf"), read(["Đánh giá tuần 12"], "x.pdf")
    assert sure.week_confidence > unsure.week_confidence > 0


# --- lessons and their parts ---------------------------------------------------------------------


def test_a_lesson_that_lacks_a_part_is_named_by_its_page() -> None:
    lacking = "Đạo đức\nI. YÊU CẦU CẦN ĐẠT\nIII. CÁC HOẠT ĐỘNG DẠY HỌC\n"
    assert read([LESSON, LESSON, lacking, LESSON], "x.pdf").lacking == {"2": (3,)}


def test_a_stub_of_another_teachers_lesson_lacks_nothing() -> None:
    assert read([LESSON, "Thể dục\n(GV bộ môn soạn và dạy)\n", LESSON], "x.pdf").lacking == {}


def test_secondary_plans_are_told_by_their_four_points() -> None:
    activity = "a) Mục tiêu: nêu\nb) Nội dung: đọc\nc) Sản phẩm: câu trả lời\nd) Tổ chức thực hiện: nhóm\n"
    plan = (
        "I. MỤC TIÊU\n1. Về kiến thức\nII. THIẾT BỊ DẠY HỌC VÀ HỌC LIỆU\nIII. TIẾN TRÌNH DẠY HỌC\n"
        "1. Hoạt động 1: Mở đầu\n" + activity + "2. Hoạt động 2: Luyện tập\n" + activity
    )
    facts = read([plan], "x.pdf")
    assert (facts.profile, facts.lessons, set(facts.parts)) == ("cv5512", 1, {"1", "2", "3"})
    assert read([LESSONS], "x.pdf").profile == "cv2345"


def test_dates_are_told_with_their_pages() -> None:
    facts = read(["Thứ hai, 2/11/2026", "Thứ hai, 2/11/2026\nThứ ba, 3/11/2026"], "x.pdf")
    assert facts.date_pages == {"2026-11-02": (1, 2), "2026-11-03": (2,)}


@pytest.mark.parametrize(
    ("heading", "classes"),
    [("Lớp: 1A2", ("1A2",)), ("LỊCH BÁO GIẢNG LỚP BA A", ("3A",)), ("KẾ HOẠCH LỚP BA", ())],
)
def test_classes_with_a_second_number_or_in_words(heading: str, classes: tuple[str, ...]) -> None:
    assert read([heading], "x.pdf").classes == classes
