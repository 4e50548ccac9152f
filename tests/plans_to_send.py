"""Files a teacher might send, good and bad. Made once per test run."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pikepdf
from fpdf import FPDF
from tests.school import SCHOOL_NAME, week

from hoso_bot.pdf.font import FILES, FOLDER, REGULAR
from hoso_bot.sample.lesson_plan import write_plan


class Desk:
    """Writes plans into one folder and hands out the same file for the same wish."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def plan(self, number: int, lessons: int = 1) -> Path:
        """A good plan of one week, two pages or more."""
        target = self._folder / f"KHBD_Tuan_{number}_Lop_5B_{lessons}.pdf"
        if not target.exists():
            days = week(number)
            write_plan(
                target,
                week=number,
                first=days.first,
                last=days.last,
                teacher="Tạ Thị Loan",
                class_name="5B",
                school=SCHOOL_NAME,
                lessons=lessons,
            )
        return target

    def mended(self, number: int) -> Path:
        """The plan of the same week after more work on it."""
        return self.plan(number, lessons=2)

    def heavy(self, number: int = 13, size: int = 3 * 2**19) -> bytes:
        """A good plan of at least so many bytes."""
        made = io.BytesIO()
        with pikepdf.open(self.plan(number)) as plan:
            plan.Root.Ballast = plan.make_stream(bytes(range(256)) * (size // 256))
            plan.save(made, compress_streams=False)
        return made.getvalue()

    def text(self, *lines: str) -> bytes:
        """One page with these words and nothing else."""
        sheet = FPDF()
        sheet.add_font("plain", fname=str(FOLDER / FILES[REGULAR]))
        sheet.set_font("plain", size=13)
        sheet.add_page()
        for line in lines:
            sheet.multi_cell(0, 8, line, new_x="LMARGIN", new_y="NEXT")
        return bytes(sheet.output())

    def without_week(self) -> bytes:
        """A plan that says nowhere for which week it is."""
        return self.text("KẾ HOẠCH BÀI DẠY", "Môn Toán lớp 5B: Luyện tập chung", "1. Yêu cầu cần đạt")

    def cut(self) -> bytes:
        """A download that stopped half-way."""
        whole = self.plan(13).read_bytes()
        return whole[: len(whole) // 2]

    def locked(self) -> bytes:
        """A plan that opens only with a password."""
        target = io.BytesIO()
        with pikepdf.open(self.plan(13)) as pdf:
            pdf.save(target, encryption=pikepdf.Encryption(user="mat-khau", owner="chu"))
        return target.getvalue()

    def long(self, pages: int = 1000) -> bytes:
        """A book instead of a week's plan."""
        target = io.BytesIO()
        with pikepdf.new() as pdf:
            for _ in range(pages):
                pdf.add_blank_page(page_size=(595, 842))
            pdf.save(target)
        return target.getvalue()

    def docx(self) -> bytes:
        """A Word document."""
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as package:
            package.writestr("[Content_Types].xml", "<Types/>")
            package.writestr("word/document.xml", "<w:document/>")
        return target.getvalue()
