"""Made-up weekly plans in the shapes teachers give them: every draw mixes a title, a layout, days, lessons,
a flag ceremony, a class meeting and lines that mislead, all with invented content.

A `Plan` knows which weeks it really holds, so a reader can be measured on hundreds of them
(real shapes: domain.md 2.3, 3.2, 3.3, 3.5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from tests.plan_makers import to_cp1258, to_nfd, to_tcvn3, to_vni

DAYS = ("hai", "ba", "tư", "năm", "sáu")
_ROMAN = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")


@dataclass(frozen=True)
class Plan:
    """One made-up file: `told` how it was drawn, `name` as sent, text by page, the weeks it holds."""

    told: str
    name: str
    pages: tuple[str, ...]
    weeks: tuple[int, ...]


def monday_of(week: int, year: int) -> date:
    """The Monday of a school week, counted from the first Monday after 3 September, Tết left out."""
    first = date(year, 9, 4)
    first += timedelta((7 - first.weekday()) % 7)
    return first + timedelta(7 * (week - 1 + (2 if week > 20 else 0)))


def roman(number: int) -> str:
    """1 to 39 in Roman numerals."""
    return "X" * (number // 10) + _ROMAN[number % 10]


# --- titles: {w} the week, {r} in Roman numerals, {s} letter by letter, {a} Monday, {b} Friday, {y} the year

TITLES = (
    "TUẦN {w}",
    "TUẦN: {w}",
    "TUẦN {w:02}",
    "Tuần thứ {w}",
    "Tuần lễ thứ {w}",
    "TUẦN HỌC THỨ {w}",
    "Tuần dạy: {w}",
    "TUẦN CHUYÊN MÔN {w}",
    "TUẦN {r}",
    "T U Ầ N  {s}",
    "TU ẦN {w}",
    "Tuần\n{w}",
    "TUẦN\n{w}\nLỚP 4A",
    "TUẦN\xa0{w}",
    "Tuần {w} ..........",
    "TUẦN {w} (Từ {a} đến {b})",
    "TUẦN {w} ( Từ ngày {a} đến ngày {b} )",
    "Tuần {w}: {a} - {b}",
    "TUẦN {w} - NĂM HỌC {y}",
    "Lớp 4A1 - Tuần {w}",
    "KẾ HOẠCH BÀI DẠY TUẦN {w}",
    "KẾ HOẠCH BÀI DẠY\nLỚP 4A - TUẦN {w}\nNăm học: {y}",
    "KẾ HOẠCH BÀI DẠY LỚP 3B - TUẦN {w} NĂM HỌC {y}",
    "KHBD TUẦN {w}",
    "GIÁO ÁN TUẦN {w} – LỚP 4/2",
    "GIÁO ÁN LỚP 5\nTUẦN {w}",
    "Trường Tiểu học Ví Dụ    Giáo án lớp 4\nTuần {w}",
    "Trường Tiểu học Ví Dụ. Giáo án lớp 4. TUẦN {w} KẾ HOẠCH DẠY HỌC ( Từ ngày {a} đến {b})",
    "BÀI SOẠN TUẦN {w}",
    "THIẾT KẾ BÀI DẠY TUẦN {w}",
    "PHIẾU BÁO GIẢNG\nTuần: {w}",
    "LỊCH BÁO GIẢNG TUẦN {w}",
    "LỊCH BÁO GIẢNG - Tuần {w} ( Từ ngày {a} - {b})",
    "KẾ HOẠCH DẠY HỌC TUẦN {w} (Từ {a} đến {b})",
    "KẾ HOẠCH GIẢNG DẠY LỚP BA\nTUẦN {w}",
    "Môn: Toán   Lớp: 4   Tuần: {w}   Tiết: 56",
    "Môn: Tin học - Lớp 4; tuần {w}",
    "Thời gian thực hiện: Tuần {w} (từ ngày {a} đến ngày {b})",
    "Chủ đề: MÁI ẤM GIA ĐÌNH    TUẦN {w}",
    "Week: {w}",
    "WEEK {w}\nDate of teaching: {a}",
    "TuÇn {w}",
    "Tuaàn {w}",
    "TUAÀN : {w}",
    "Tn {w}",
    "Tun : {w}",
)
RUNNING = (
    "Tuần {w}",
    "Giáo án lớp 4 - Tuần {w}",
    "Trần Thị Ví Dụ – Tuần {w} – Năm học {y}",
    "Trường TH Ví Dụ        KHBD tuần {w}",
    "GV: Lê Văn Mẫu        Tuần: {w}        Trang 3",
    "Kế hoạch bài dạy tuần {w} lớp 4/2",
)
NAMES = (
    "TUAN {w}.doc",
    "Tuần {w}.pdf",
    "tuan{w}.pdf",
    "tuan{w}-lop3.docx.pdf",
    "TUẦN {w:02} (1).pdf",
    "KHBD_Tuan_{w}_Lop_4A_signed.pdf",
    "KHBD_T{w}_4A.pdf",
    "GA tuan {w} (25-26).pdf",
    "T {w}.pdf",
    "W{w}.pdf",
    "Giao an tuan {w} - 4A1 - Vi Du.pdf",
    "TUAÀN {w}.doc",
    "KH tuần thứ {w} - NH 2024-2025.pdf",
    "Bản sao của TUẦN {w}.pdf",
    "GA 4TUAN {w}KNS.doc",
    "Tuần {w} - 20-11-2025.pdf",
    "4A_TUẦN {w}_đã ký.pdf",
)

# --- lessons ---------------------------------------------------------------------------------------

_MODERN = (
    "I. YÊU CẦU CẦN ĐẠT\n- Nêu được nội dung bài\nII. ĐỒ DÙNG DẠY HỌC\n- Tranh, phiếu\n"
    "III. CÁC HOẠT ĐỘNG DẠY HỌC CHỦ YẾU\nHoạt động của GV Hoạt động của HS\n1. Mở đầu\n- Cho lớp hát\n"
    "IV. ĐIỀU CHỈNH SAU BÀI DẠY\n......"
)
_OLD = (
    "I/ MỤC TIÊU:\n- Biết làm bài\nII/ CHUẨN BỊ:\n- Bảng phụ\nIII/ CÁC HOẠT ĐỘNG DẠY - HỌC:\n"
    "1. Ổn định\n2. Bài cũ: gọi 2 em\n3. Bài mới\n4. Củng cố, dặn dò"
)
_PLAIN = (
    "I. Mục đích, yêu cầu\n- Đọc trôi chảy\nII. Đồ dùng dạy học\nIII. Các hoạt động dạy học\nA. Bài cũ\n"
    "B. Bài mới"
)
_SECONDARY = (
    "I. MỤC TIÊU\n1. Về kiến thức\nII. THIẾT BỊ DẠY HỌC VÀ HỌC LIỆU\nIII. TIẾN TRÌNH DẠY HỌC\n"
    "1. Hoạt động 1: Mở đầu\na) Mục tiêu: tạo hứng thú\nb) Nội dung: trò chơi\nc) Sản phẩm: câu trả lời\n"
    "d) Tổ chức thực hiện: cá nhân\n2. Hoạt động 2: Luyện tập\na) Mục tiêu: củng cố\nb) Nội dung: bài 1\n"
    "c) Sản phẩm: lời giải\nd) Tổ chức thực hiện: nhóm"
)
_ENGLISH = (
    "I. OBJECTIVES\n- greet friends\nII. TEACHING AIDS\n- cards\nIII. PROCEDURES\n1. Warm up\n2. Practice"
)
LESSONS = (_MODERN, _OLD, _PLAIN, _SECONDARY, _ENGLISH)
_HEADS = ("Toán", "TẬP ĐỌC", "Môn: Khoa học", "Tiết 2: Đạo đức", "Tiếng Việt", "KỂ CHUYỆN", "Lịch sử", "TNXH")
_TOPICS = (
    "Luyện tập chung",
    "Phép nhân",
    "Người gác rừng",
    "Nước quanh ta",
    "Chú đi tuần",
    "Một tuần có bảy ngày",
    "Ôn tập giữa học kì I (tiết 3)",
    "Tuần lễ khoa học vui",
    "Báo cáo kết quả tháng thi đua",
)

# --- lines that mislead: {p} the week before, {n} the next, {o} a week far away ------------------------

NOISE = (
    "- Chữa bài kiểm tra cuối tuần {p} cho các em",
    "một số lỗi ở bài viết tuần {p} cần sửa",
    "- Tiết kể chuyện tuần trước các em đã nghe",
    "Một cửa hàng tuần 1 bán 25 kg, tuần 2 bán 30 kg",
    "1 tuần lễ = 7 ngày, 2 tuần = 14 ngày",
    "- Về nhà xem trước bài ở tuần {n}",
    "Phiếu bài tập cuối tuần {p}",
    "- Mỗi tuần 3 buổi, cả lớp tưới cây",
    "Bạn Tuấn {o} tuổi, bạn Lan 9 tuổi",
    "Ngày 19 tháng 8 năm 1945, cả nước vùng lên",
    "- Sưu tầm tranh cho chủ đề tuần sau",
    "Ôn luyện: đọc lại các bài từ tuần {o} đến nay",
    "Luyện Toán: vở bài tập tuần {p}, tiết 2",
    "- Từ ngày 2 tháng 9 năm 1945, nước ta độc lập",
    "Em hãy viết thư kể về tuần học vừa qua",
    "- Nhật kí đọc sách tuần {p}: mỗi em một trang",
)
FLAGS = (
    "- Cô phụ trách nhận xét thi đua tuần {p} và triển khai kế hoạch tuần {w}",
    "1. Nhận xét hoạt động tuần {p}\n2. Phương hướng tuần {w}",
    "- Đánh giá tuần {p}\n- Kế hoạch tuần {w}:",
    "- Sơ kết tuần {p}, phát động thi đua tuần {w}",
    "- Đánh giá nền nếp tuần {p}.",
    "- Nhận xét tuần qua, phổ biến công việc tuần này",
)
MEETINGS = (
    "1. Nhận xét tuần {w}\n- Ưu điểm\n2. Phương hướng tuần {n}\n- Học tốt",
    "II. Đánh giá tình hình tuần qua:\nIII. Kế hoạch tuần {n}:\n- Dạy và học theo thời khóa biểu tuần {n}.",
    "- Đánh giá hoạt động tuần {w}.\n- Lên kế hoạch tuần {n}.\n4. Kế hoạch tuần {n}:",
    "SƠ KẾT TUẦN {w} – KẾ HOẠCH TUẦN {n}",
    "* Tổng kết tuần {w}:\n- Các tổ báo cáo\n* Công tác tuần tới (tuần {n}):",
    "1. Đánh giá tuần qua\n2. Phương hướng tuần tới",
    "- Nhận xét các mặt trong tuần\n- Đề ra việc cho tuần sau",
    "1. Sơ kết tuần {w}\n2. Triển khai công việc tuần {n}",
)
_MEETING_HEADS = ("SINH HOẠT LỚP", "Sinh hoạt cuối tuần", "SINH HOẠT TẬP THỂ", "SHL: Tổng kết cuối tuần")

# --- days --------------------------------------------------------------------------------------------

DAY_FORMS = (
    "Thứ {t}, ngày {d} tháng {m} năm {y}",
    "Thứ {t} ngày {d} tháng {m} năm {y}",
    "Thứ {k}, {d:02}/{m:02}/{y}",
    "Thứ {k} - {d}/{m}/{y}",
    "THỨ {T}",
    "Thứ {t}, ngày … tháng … năm {y}",
    "Ngày soạn: {wd}/{wm}/{y}\nNgày giảng: Thứ {t}, ngày {d}/{m}/{y}",
    "Ngày dạy: {d:02}/{m:02}/{y}",
    "",
)


@dataclass(frozen=True)
class Habits:
    """What one teacher always does."""

    title: str
    running: str
    placing: str  # once, cover, days, lessons, running, foot, schedule, meeting
    day: str
    lesson: str
    flag: str
    meeting: str
    noise: int
    daily: int
    year: int

    def filled(self, form: str, week: int) -> str:
        """A form with the week's own numbers and dates."""
        monday = monday_of(week, self.year)
        return form.format(
            w=week,
            p=max(0, week - 1),
            n=week + 1,
            o=(week + 9) % 35 + 1,
            r=roman(week),
            s=" ".join(str(week)),
            a=f"{monday.day:02}/{monday.month:02}/{monday.year}",
            b=(monday + timedelta(4)).strftime("%d/%m/%Y"),
            y=f"{self.year}-{self.year + 1}",
        )


def drawn_habits(random: Random) -> Habits:
    """One teacher's habits, drawn."""
    return Habits(
        title=random.choice(TITLES),
        running=random.choice(RUNNING),
        placing=random.choice(
            ("once", "cover", "days", "lessons", "running", "running", "foot", "schedule", "meeting")
        ),
        day=random.choice(DAY_FORMS),
        lesson=random.choice(LESSONS),
        flag=random.choice(("", *FLAGS)),
        meeting=random.choice(("", *MEETINGS, *MEETINGS)),
        noise=random.choice((0, 2, 5, 9)),
        daily=random.choice((1, 2, 3, 4)),
        year=random.choice((2010, 2012, 2018, 2022, 2024, 2025)),
    )


def week_pages(week: int, habits: Habits, random: Random) -> list[str]:
    """The pages of one week's plan."""
    pages = _front(week, habits)
    if habits.noise:
        misleading = [habits.filled(line, week) for line in random.sample(NOISE, habits.noise)]
    else:
        misleading = []
    for index in range(5):
        blocks = _day(week, index, habits, random)
        if habits.placing == "days" or (habits.placing == "once" and index == 0):
            blocks.insert(0, habits.filled(habits.title, week))
        text = "\n".join(blocks)
        for line in misleading[index::5]:
            text = text.replace("1. ", f"{line}\n1. ", 1) if random.random() < 0.5 else f"{text}\n{line}"
        pages += _split(text, random)
    return [_framed(page, week, habits) for page in pages]


def _front(week: int, habits: Habits) -> list[str]:
    title = habits.filled(habits.title, week)
    if habits.placing == "cover":
        return [f"PHÒNG GIÁO DỤC VÀ ĐÀO TẠO\nTRƯỜNG TIỂU HỌC VÍ DỤ\n{title}\nGiáo viên: Trần Thị Ví Dụ"]
    if habits.placing == "schedule":
        rows = [f"Thứ {day}\n{n} Toán Bài {week * 5 + n}" for day in DAYS for n in (1, 2, 3, 4)]
        return [f"{title}\nThứ\nTiết\nMôn\nTên bài dạy\n" + "\n".join(rows)]
    return []


def _day(week: int, index: int, habits: Habits, random: Random) -> list[str]:
    day = monday_of(week, habits.year) + timedelta(index)
    written = day - timedelta(5)
    blocks = [
        habits.day.format(
            t=DAYS[index], T=DAYS[index].upper(), k=index + 2, d=day.day, m=day.month, y=day.year,
            wd=written.day, wm=written.month,
        )
    ]  # fmt: skip
    if index == 0 and habits.flag:
        blocks.append(f"CHÀO CỜ\n{habits.lesson}\n{habits.filled(habits.flag, week)}")
    for number in range(habits.daily):
        own = f"{habits.filled(habits.title, week)}\n" if habits.placing == "lessons" else ""
        head, topic = random.choice(_HEADS), random.choice(_TOPICS)
        blocks.append(f"{own}{head}\n{topic} (tiết {number + 1})\n{habits.lesson}")
    meeting = habits.meeting or (MEETINGS[0] if habits.placing == "meeting" else "")
    if index == 4 and meeting:
        blocks.append(f"{random.choice(_MEETING_HEADS)}\n{habits.lesson}\n{habits.filled(meeting, week)}")
    return [block for block in blocks if block]


def _split(text: str, random: Random) -> Iterator[str]:
    """Pages of uneven length, broken wherever it happens."""
    lines = text.splitlines()
    while lines:
        rows = random.randint(18, 40)
        yield "\n".join(lines[:rows])
        lines = lines[rows:]


def _framed(page: str, week: int, habits: Habits) -> str:
    if habits.placing == "running":
        return f"{habits.filled(habits.running, week)}\n{page}"
    return f"{page}\n{habits.filled(habits.running, week)}" if habits.placing == "foot" else page


ENCODINGS: dict[str, Callable[[str], str]] = {
    "unicode": str,
    "nfd": to_nfd,
    "vni": to_vni,
    "tcvn3": to_tcvn3,
    "cp1258": to_cp1258,
}


def single(number: int) -> Plan:
    """The plan of one week, drawn by its number."""
    random = Random(number)
    habits = drawn_habits(random)
    week = random.choice((0, *range(1, 36), *range(1, 36), 36))
    if habits.title in ("TUẦN {r}",) and week == 0:
        week = 9
    encoding = random.choice(("unicode",) * 6 + ("nfd", "vni", "tcvn3", "cp1258"))
    pages = [ENCODINGS[encoding](page) for page in week_pages(week, habits, random)]
    name = random.choice(NAMES).format(w=week)
    return Plan(_told(number, habits, encoding), name, tuple(pages), (week,))


def several(number: int) -> Plan:
    """Two to five weeks in one file, drawn by its number."""
    random = Random(10_000 + number)
    habits = drawn_habits(random)
    first, count = random.randint(1, 30), random.choice((2, 2, 2, 3, 5))
    weeks = tuple(range(first, first + count))
    pages = [page for week in weeks for page in week_pages(week, habits, random)]
    names = (
        ", ".join(map(str, weeks)),
        ",".join(map(str, weeks)),
        f"{first}-{weeks[-1]}",
        f"{first} - {weeks[-1]}",
    )
    name = f"TUAN {random.choice(names)}.pdf"
    return Plan(_told(number, habits, "unicode"), name, tuple(pages), weeks)


def _told(number: int, habits: Habits, encoding: str) -> str:
    forms = (habits.title, habits.running, habits.day, habits.lesson[:12])
    return f"{number} {habits.placing} {habits.daily} a day, {encoding}: {' | '.join(map(repr, forms))}"
