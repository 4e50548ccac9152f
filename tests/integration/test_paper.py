"""One paper, two files: the DOCX and the PDF say the same, whatever the words are."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from docx import Document
from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT
from docx.table import Table as WordTable
from docx.text.paragraph import Paragraph as WordParagraph
from PIL import Image
from pypdf import PdfReader

from hoso_bot.reports import paper as p
from hoso_bot.reports.paper_docx import write_docx
from hoso_bot.reports.paper_pdf import write_pdf

AT = datetime(2026, 11, 30, 2, tzinfo=UTC)
LETTERS = (
    "aàáảãạ ăằắẳẵặ âầấẩẫậ eèéẻẽẹ êềếểễệ iìíỉĩị oòóỏõọ ôồốổỗộ ơờớởỡợ uùúủũụ ưừứửữự yỳýỷỹỵ đ "
    "AÀÁẢÃẠ ĂẰẮẲẴẶ ÂẦẤẨẪẬ EÈÉẺẼẸ ÊỀẾỂỄỆ IÌÍỈĨỊ OÒÓỎÕỌ ÔỒỐỔỖỘ ƠỜỚỞỠỢ UÙÚỦŨỤ ƯỪỨỬỮỰ YỲÝỶỸỴ Đ"
)
HEAD = p.Letterhead(
    ("ỦY BAN NHÂN DÂN XÃ HOA PHƯỢNG", "TRƯỜNG TIỂU HỌC HOA PHƯỢNG"),
    ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"),
    "Số: …/BB-TH",
    "Hoa Phượng, ngày 30 tháng 11 năm 2026",
)
LONG_NAME = "Công Tằng Tôn Nữ Hoàng Thiên Kim Ngân Phương Anh " * 3
EVERYTHING = (
    HEAD,
    p.Title("BIÊN BẢN", "Về việc làm thử"),
    p.Heading("Chương"),
    p.Heading("Mục", 2),
    p.Paragraph("Một đoạn văn thường, đủ dài để chạy sang dòng thứ hai của trang giấy khổ A4.", lead="Đầu:"),
    p.Paragraph("giữa\ndòng", align=p.Align.CENTRE, italic=True),
    p.Paragraph("phải", align=p.Align.RIGHT, bold=True),
    p.Quote(f"Nguyên văn 🙏 ❤️\n\n{LETTERS}"),
    p.Facts((("Họ và tên", LONG_NAME), ("Từ dài", "w" * 300))),
    p.Table((p.Column("STT", 1, True), p.Column("Việc", 5)), (("1", "Soạn bài"), ("2", "Lên lớp"))),
    p.Boxes((("Có", True), ("Không", False))),
    p.Blanks("Ý kiến khác:", 2),
    p.Signatures((p.Signer("NGƯỜI LẬP", "(Ký, ghi rõ họ tên)", "Lê Thị Hoa"), p.Signer("NGƯỜI CHỨNG KIẾN"))),
    p.NewPage(landscape=True),
    p.Paragraph("trang ngang"),
)


def made(*blocks: p.Block, **more: object) -> p.Paper:
    return replace(p.Paper("Biên bản", "Trường Hoa Phượng", AT, blocks), **more)  # type: ignore[arg-type]


def word_of(paper: p.Paper, folder: Path) -> WordDocument:
    write_docx(paper, folder / "paper.docx")
    return Document(str(folder / "paper.docx"))


def pdf_of(paper: p.Paper, folder: Path) -> PdfReader:
    write_pdf(paper, folder / "paper.pdf")
    return PdfReader(folder / "paper.pdf")


def said_in_word(document: WordDocument) -> str:
    return squeezed("".join(_texts(document)))


def _texts(document: WordDocument) -> Iterator[str]:
    for block in document.iter_inner_content():
        if isinstance(block, WordParagraph):
            yield block.text
        else:
            assert isinstance(block, WordTable)
            yield from (cell.text for row in block.rows for cell in row.cells)


def said_in_pdf(reader: PdfReader) -> str:
    pages = [squeezed(page.extract_text()) for page in reader.pages]
    return "".join(page.removeprefix(str(number)) for number, page in enumerate(pages, start=1))


def squeezed(text: str) -> str:
    """Without what differs by nature: spaces, line ends, and the invisible joiners of emoji."""
    return re.sub(r"[\s\u200d\ufe0f]", "", text)


def picture(width: int, height: int, kind: str) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(target, kind)
    return target.getvalue()


def test_both_files_say_the_same_words_in_the_same_order(tmp_path: Path) -> None:
    paper = made(*EVERYTHING)
    word, pdf = said_in_word(word_of(paper, tmp_path)), said_in_pdf(pdf_of(paper, tmp_path))
    assert word == pdf
    for said in (
        "I.Chương1.Mục",
        "Đầu:Mộtđoạn",
        squeezed(LETTERS),
        squeezed(LONG_NAME),
        "w" * 300,
        "☑Có☐Không",
    ):
        assert said in word


def test_pages_are_a4_with_the_margins_of_an_official_document(tmp_path: Path) -> None:
    first, across = word_of(made(*EVERYTHING), tmp_path).sections
    sizes = [first.page_width, first.page_height, first.left_margin, first.right_margin, first.top_margin]
    assert [round(size.mm) for size in sizes if size] == [210, 297, 30, 15, 20]
    assert (
        across.orientation is WD_ORIENT.LANDSCAPE and across.page_width and round(across.page_width.mm) == 297
    )
    pages = pdf_of(made(*EVERYTHING), tmp_path).pages
    assert [round(float(pages[0].mediabox.width)), round(float(pages[0].mediabox.height))] == [595, 842]
    assert round(float(pages[-1].mediabox.width)) == 842


def test_a_long_table_repeats_its_header_and_loses_no_row(tmp_path: Path) -> None:
    columns = (p.Column("STT", 1, True), p.Column("Nội dung", 6))
    table = p.Table(columns, tuple((str(n), f"hàng-{n}. " * (n % 5 + 1)) for n in range(1, 121)))
    pages = [page.extract_text() for page in pdf_of(made(HEAD, table), tmp_path).pages]
    assert len(pages) > 2 and all("Nội dung" in page for page in pages)
    assert [n for n in range(1, 121) if f"hàng-{n}." not in "".join(pages)] == []
    assert pages[1].lstrip().startswith("2") and not pages[0].lstrip().startswith("1")
    head = word_of(made(HEAD, table), tmp_path).tables[1].rows[0]._tr.xml
    assert "w:tblHeader" in head


def test_a_row_taller_than_a_page_goes_on_over_the_next_one(tmp_path: Path) -> None:
    table = p.Facts((("Rất dài", "từ " * 4_000 + "cuối"),))
    reader = pdf_of(made(table), tmp_path)
    text = squeezed("".join(page.extract_text() for page in reader.pages))
    assert len(reader.pages) > 2 and text.count("từ") == 4_000 and text.endswith("cuối")


def test_places_to_sign_stay_on_one_page(tmp_path: Path) -> None:
    signers = p.Signatures((p.Signer("NGƯỜI KÝ A", "(Ký)", "Tên A"), p.Signer("NGƯỜI KÝ B")))
    for lines in range(30, 50):
        reader = pdf_of(made(*[p.Paragraph(f"dòng {n}") for n in range(lines)], signers), tmp_path)
        with_role = [page.extract_text() for page in reader.pages if "NGƯỜI KÝ A" in page.extract_text()]
        assert len(with_role) == 1 and "Tên A" in with_role[0]


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("shape", [(900, 300), (200, 3_000)])
def test_a_picture_stands_in_both(tmp_path: Path, kind: str, shape: tuple[int, int]) -> None:
    paper = made(p.Picture(picture(*shape, kind), 400, "Hình 1. Biểu đồ"))
    word = word_of(paper, tmp_path)
    (drawn,) = word.inline_shapes
    assert drawn.width.mm <= 165.1
    reader = pdf_of(paper, tmp_path)
    assert len(reader.pages[0].images) == 1 and "Hình 1. Biểu đồ" in reader.pages[0].extract_text()
    assert "Hình 1. Biểu đồ" in said_in_text(word)


def said_in_text(document: WordDocument) -> str:
    return "\n".join(line.text for line in document.paragraphs)


@pytest.mark.parametrize("write", [write_docx, write_pdf])
def test_what_is_no_picture_is_refused(tmp_path: Path, write: object) -> None:
    assert callable(write)
    with pytest.raises(ValueError, match="picture"):
        write(made(p.Picture(b"no picture at all")), tmp_path / "out")


def test_mark_and_foot_stand_on_every_page(tmp_path: Path) -> None:
    paper = made(*[p.Paragraph("dòng")] * 120, mark="ĐÃ HỦY", foot="Mã VV-01")
    for page in pdf_of(paper, tmp_path).pages:
        assert "ĐÃ HỦY" in page.extract_text() and "Mã VV-01" in page.extract_text()
    section = word_of(paper, tmp_path).sections[0]
    for header in (section.first_page_header, section.header):
        assert "ĐÃ HỦY" in header.paragraphs[0].text
    assert "PAGE" in section.header.paragraphs[0]._p.xml
    assert "PAGE" not in section.first_page_header.paragraphs[0]._p.xml


def test_letters_no_face_has_are_a_box_on_the_page_and_never_a_line_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    paper = made(p.Quote("Em học 汉字 ạ\x00\ud800"), mark="汉", foot="字")
    with caplog.at_level(logging.DEBUG):
        page = pdf_of(paper, tmp_path).pages[0].extract_text()
    assert "Em học □□ ạ" in page and not [r for r in caplog.records if "汉" in r.getMessage()]
    assert "Em học 汉字 ạ" in said_in_text(word_of(paper, tmp_path))


def test_a_line_may_begin_with_a_sign_of_another_face(tmp_path: Path) -> None:
    lines = "🙏 chào\n☑ rồi\nthường"
    signers = p.Signatures((p.Signer("NGƯỜI KÝ", "(Ký)", "Tên"),))
    blocks = (
        signers,
        p.Quote(lines),
        signers,
        p.Boxes((("Đã đọc", True),)),
        p.Paragraph("🙏 cuối", lead="Đầu:"),
    )
    long = [p.Paragraph("🙏 dòng chữ chạy qua trang " * 12, italic=True) for _ in range(14)]
    paper = made(*blocks, *long)
    word, pdf = said_in_word(word_of(paper, tmp_path)), said_in_pdf(pdf_of(paper, tmp_path))
    assert word == pdf and "🙏chào☑rồithường" in pdf


def test_the_same_paper_is_the_same_pdf(tmp_path: Path) -> None:
    paper = made(*EVERYTHING)
    write_pdf(paper, tmp_path / "one.pdf")
    write_pdf(paper, tmp_path / "two.pdf")
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()


def test_the_files_say_what_they_are(tmp_path: Path) -> None:
    facts = word_of(made(HEAD), tmp_path).core_properties
    assert (facts.title, facts.author, facts.language) == ("Biên bản", "Trường Hoa Phượng", "vi-VN")
    described = pdf_of(made(HEAD), tmp_path).metadata
    assert described and described.title == "Biên bản" and described.author == "Trường Hoa Phượng"
