"""Plans made to be misread: what could make a wrong week look certain, hide a second one or fake it.

Every single-week plan here is of week 12 of 2026-27 (23 to 27 November 2026).
"""

from __future__ import annotations

from collections.abc import Sequence

DAYS = ("hai", "ba", "tư", "năm", "sáu")
LESSON = (
    "Toán\nLuyện tập\nI. YÊU CẦU CẦN ĐẠT\n- Làm được bài\nII. ĐỒ DÙNG DẠY HỌC\n- Phiếu\n"
    "III. CÁC HOẠT ĐỘNG DẠY HỌC CHỦ YẾU\n1. Mở đầu\n- Lớp hát\n2. Luyện tập\nIV. ĐIỀU CHỈNH SAU BÀI DẠY\n"
)
SCHEDULE = "Thứ\nTiết\nMôn\nTên bài dạy\n" + "".join(
    f"Thứ {day}\n1\nToán\nLuyện tập\n2\nTiếng Việt\nBài đọc\n" for day in DAYS
)
MEETING = "SINH HOẠT LỚP\n" + LESSON.partition("\n")[2]


def days(monday: int | None = 23, head: str = "", lessons: int = 2, names: Sequence[str] = DAYS) -> list[str]:
    """A page for each day of a week of November 2026, without its weekday for `names` of empty strings."""
    pages = []
    for index, name in enumerate(names):
        date = f", ngày {monday + index}/11/2026" if monday else ""
        day = f"Thứ {name}{date}\n" if name else ""
        pages.append(head + day + LESSON * lessons)
    return pages


def closing(own: str, plan: str) -> str:
    """Friday's class meeting."""
    return f"{MEETING}1. {own}\n- Lớp ngoan\n2. {plan}\n- Học tốt\n"


_UNDATED = days(None)
_NAMELESS = days(None, names=("",) * 5)

ONE: dict[str, list[str]] = {
    "the month's programme in a lesson": [
        *_UNDATED,
        "Chủ điểm tháng 11\nTuần 1: Nghe kể chuyện\nTuần 2: Múa hát\nTuần 3: Vẽ tranh\nTuần 4: Tổng kết\n"
        + LESSON,
    ],
    "the month's programme beside a title": [
        "TUẦN 12\n" + _UNDATED[0],
        *_UNDATED[1:],
        "Tuần 1: Nghe kể chuyện\n- ở lớp\nTuần 2: Múa hát\n- ở sân\nTuần 3: Vẽ tranh\n" + LESSON,
    ],
    "experiments": [
        *_UNDATED,
        "KHOA HỌC\n" + LESSON + "TN 1: Thả đá vào cốc\nTN 2: Đun nóng\nTN 3: Để nguội\n",
    ],
    "the workbook's weeks": ["TUẦN 12\n" + _UNDATED[0]]
    + [f"LUYỆN TOÁN\nTuần 11 - Tiết {n}\n{page}" for n, page in enumerate(_UNDATED[1:4], start=1)],
    "an old running head": [f"Giáo án lớp 4 - Tuần 11\n{page}" for page in days(23, "TUẦN 12\n")],
    "an old cover": ["TRƯỜNG TIỂU HỌC VÍ DỤ\nKẾ HOẠCH BÀI DẠY\nTUẦN 11", *days(23, "TUẦN 12\n")],
    "a plan pupils write": [
        *_UNDATED[:4],
        "TẬP LÀM VĂN\n" + LESSON + "KẾ HOẠCH TUẦN 3\n- Trồng cây",
        _UNDATED[4],
    ],
    "a flag ceremony without its name": [
        LESSON + "- Nhận xét tuần 11\n- Kế hoạch tuần 12\n" + _UNDATED[0],
        *_UNDATED[1:],
    ],
    "a flag ceremony on one line": [
        "Thứ hai\nTiết 1: Hoạt động tập thể\nCHÀO CỜ ĐẦU TUẦN\n"
        + LESSON
        + "- Tổng phụ trách đánh giá nhiệm vụ tuần 11 và triển khai nhiệm vụ tuần 12\n",
        *_UNDATED,
    ],
    "a flag ceremony without parts": [
        "CHÀO CỜ\n1. Nghi lễ\n2. Sinh hoạt theo chủ điểm\n- Nhận xét tuần 11\n- Kế hoạch tuần 12\n"
        + _UNDATED[0],
        *_UNDATED[1:],
    ],
    "a flag ceremony that only looks back": [
        "SINH HOẠT DƯỚI CỜ\n" + LESSON + "- Nhận xét tuần 11\n",
        *_UNDATED,
    ],
    "half weeks joined around a holiday": [
        "TUẦN 12\n" + page
        for page in (*days(16)[:2], *days(23)[2:], closing("Nhận xét tuần 12", "Kế hoạch tuần 13"))
    ],
    "half weeks joined, Monday second": ["TUẦN 12\n" + page for page in (*days(16)[2:], *days(23)[:2])],
    "next week's schedule behind": [
        *days(23, "TUẦN 12\n"),
        "LỊCH BÁO GIẢNG TUẦN 13\nTừ 30/11/2026 đến 4/12/2026\n" + SCHEDULE,
    ],
    "next Monday's ceremony behind": [
        *days(23, "TUẦN 12\n"),
        "TUẦN 13\nThứ hai, ngày 30/11/2026\nCHÀO CỜ\n" + LESSON,
    ],
    "last week's dates left on two days": ["TUẦN 12\n" + page for page in (*days(23)[:3], *days(16)[3:])],
    "last week's dates left in the schedule": [
        "LỊCH BÁO GIẢNG TUẦN 12\n"
        + "".join(f"Thứ {day}, ngày {16 + n}/11/2026\nToán\n" for n, day in enumerate(DAYS)),
        *days(23),
    ],
    "mornings, then afternoons": [*days(23, "TUẦN 12\nBUỔI SÁNG\n"), *days(23, "TUẦN 12\nBUỔI CHIỀU\n", 1)],
    "mornings, then afternoons, undated": [
        "TUẦN 12\n" + _UNDATED[0],
        *_UNDATED[1:],
        "BUỔI CHIỀU\n" + _UNDATED[0],
        *_UNDATED[1:],
    ],
    "three grades of one specialist": [f"KHỐI {grade} - TUẦN 12\nThứ hai\n{LESSON}" for grade in (3, 4, 5)]
    * 2,
    "a schedule's last row": ["LỊCH BÁO GIẢNG\n" + SCHEDULE + "SHTT\nTổng kết tuần 12\n", *_UNDATED],
    "a programme of the year behind": [
        *days(23, "TUẦN 12\n"),
        "KẾ HOẠCH NĂM HỌC\n" + "\n".join(f"Tuần {n}\nChủ đề {n}" for n in range(1, 36)),
    ],
    "a slip on Friday": [*days(23, "TUẦN 12\n")[:4], "TUẦN 13\n" + days(23)[4]],
    "a slip from Wednesday on": [*days(23, "TUẦN 12\n")[:2], *days(23, "TUẦN 13\n")[2:]],
    "a slip from Wednesday on, undated": [*days(None, "TUẦN 12\n")[:2], *days(None, "TUẦN 13\n")[2:]],
    "review of earlier weeks": [
        "TUẦN 12\n" + LESSON + "ÔN TẬP (TỪ TUẦN 1 ĐẾN TUẦN 9)\n" + LESSON + "Ôn các bài tuần 10 - 11\n",
        *_UNDATED,
    ],
    "a day made up": ["TUẦN 12 (dạy bù ngày thứ sáu tuần 11)\n" + _UNDATED[0], *_UNDATED[1:]],
    "a teacher called Tuấn": ["GV: Nguyễn Anh Tuấn 4A\n" + page for page in _UNDATED]
    + [closing("Nhận xét tuần 12", "Kế hoạch tuần 13")],
    "praise for the flag ceremony": [
        *_UNDATED,
        closing("Nhận xét tuần 12", "Chào cờ nghiêm túc\n- Phương hướng tuần 13"),
    ],
    "sums about weeks": [
        *_UNDATED,
        "Tuần 1 bán 25 kg\nTuần 2 bán 30 kg\nHỏi 2 tuần?\n" + LESSON,
        "TUẦN 12\n" + LESSON,
    ],
    "the number in the next cell": ["KẾ HOẠCH BÀI DẠY TUẦN\n12\n" + _UNDATED[0], *_UNDATED[1:]],
    "a week of the calendar in words": [
        "Tuần từ 23/11 đến 27/11/2026\n" + _UNDATED[0],
        *_UNDATED[1:],
        "TUẦN 12\n",
    ],
    "the books' week on each Vietnamese lesson": [
        "TUẦN 12\n" + _UNDATED[0],
        *(f"TIẾNG VIỆT\nBài 2{n}: Đọc (Tuần 1{n})\n{LESSON}" for n in range(4)),
    ],
    "a running head from last week, a meeting of this": [
        *(f"Giáo án lớp 4 - Tuần 11\n{page}" for page in days(23)),
        closing("Nhận xét tuần 12", "Kế hoạch tuần 13"),
    ],
    "no parts, an old cover": [
        "TUẦN 11\n" + "Bìa\n" * 20,
        *["TUẦN 12\n" + "Cô đọc mẫu, trò đọc theo\n" * 40] * 6,
    ],
    "no parts, next week's schedule": [
        *["TUẦN 12\n" + "Cô đọc mẫu, trò đọc theo\n" * 40] * 6,
        "LỊCH BÁO GIẢNG TUẦN 13\n" + SCHEDULE,
    ],
    "a class meeting in the middle": [
        *_UNDATED[:4],
        closing("Nhận xét tuần 12", "Kế hoạch tuần 13"),
        *_NAMELESS,
    ],
}

SEVERAL: dict[str, tuple[list[str], tuple[int, ...]]] = {
    "one heading each, no days, few lessons": (
        ["TUẦN 12\n" + LESSON * 3, "TUẦN 13\n" + LESSON * 3],
        (12, 13),
    ),
    "one heading each, no days, one page": (["TUẦN 12\n" + LESSON * 2 + "TUẦN 13\n" + LESSON * 2], (12, 13)),
    "a title that lists them": (["GIÁO ÁN TUẦN 12, 13\n" + _NAMELESS[0], *_NAMELESS[1:]], (12, 13)),
    "a title from … to": (
        ["KẾ HOẠCH BÀI DẠY TỪ TUẦN 12 ĐẾN TUẦN 14\n" + _NAMELESS[0], *_NAMELESS],
        (12, 13, 14),
    ),
    "dates alone after the first heading": (["TUẦN 12", *days(16), *days(23)], (12, 13)),
    "a week left half empty": ([*days(16, "TUẦN 11\n"), *days(23, "TUẦN 12\n")[:3]], (11, 12)),
    "a schedule before each": (
        [page for n in (11, 12) for page in (f"LỊCH BÁO GIẢNG TUẦN {n}\n{SCHEDULE}", *days(None))],
        (11, 12),
    ),
    "weeks that do not follow": ([*days(None, "TUẦN 5\n"), *days(None, "TUẦN 7\n")], (5, 7)),
    "one lesson a week": ([f"Tuần {n} - Tiết {n * 2}\n{LESSON}" for n in (9, 10, 11, 12)], (9, 10, 11, 12)),
    "class meetings only": (
        [
            page
            for n in (11, 12)
            for page in (*days(None), closing(f"Nhận xét tuần {n}", f"Kế hoạch tuần {n + 1}"))
        ],
        (11, 12),
    ),
    "one running head, two class meetings": (
        [
            f"Tuần 11\n{page}"
            for n in (11, 12)
            for page in (*days(None), closing(f"Nhận xét tuần {n}", f"Kế hoạch tuần {n + 1}"))
        ],
        (11, 12),
    ),
    "schedules, one a page": ([f"LỊCH BÁO GIẢNG TUẦN {n}\n{SCHEDULE}" for n in (11, 12)], (11, 12)),
    "running heads that change": (
        [f"Trần Thị Ví Dụ - Tuần {n}\n{page}" for n in (11, 12) for page in _NAMELESS],
        (11, 12),
    ),
}
