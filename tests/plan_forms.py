"""The forms that drawn plans are made of, all invented.

Blanks: {w} the week, {r} in Roman numerals, {s} letter by letter, {p} and {n} the weeks before and after, {o}
a week far away, {a} Monday, {b} Friday, {y} the school year.
"""

from __future__ import annotations

# --- titles and names -----------------------------------------------------------------------------

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
HEADS = ("Toán", "TẬP ĐỌC", "Môn: Khoa học", "Tiết 2: Đạo đức", "Tiếng Việt", "KỂ CHUYỆN", "Lịch sử", "TNXH")
TOPICS = (
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

# --- lines that mislead -----------------------------------------------------------------------------

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
MEETING_HEADS = ("SINH HOẠT LỚP", "Sinh hoạt cuối tuần", "SINH HOẠT TẬP THỂ", "SHL: Tổng kết cuối tuần")

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
