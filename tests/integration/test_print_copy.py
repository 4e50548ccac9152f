"""QR and print copy: what leaves the screen can be read by a camera and never passes for a signed file."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from signing_parts import HEAD, VICE, order, pixels, plan, program, school, text

from hoso_bot.domain.errors import FileRefused
from hoso_bot.domain.signing import Box, PrintOrder, ReviewCopy, ReviewCopyOrder
from hoso_bot.pdf.print_copy import make_print_copy
from hoso_bot.pdf.review_copy import make_review_copy
from hoso_bot.pdf.sign import SigningDesk

LINK = "https://hoso.truong.example/v/4q7x-m0rk-abcd-pqrs"
LOOKUP = "Kiểm tra chữ ký: hoso.truong.example/v/4q7x-m0rk-abcd-pqrs"
HEADING, LINE = "BẢN IN từ tệp đã ký số. Mã hồ sơ KHBD-2627-T13-GV09-1", "SHA-256 của tệp đã ký: " + "0f" * 32


def reviewed(
    source: Path, target: Path, boxes: tuple[Box, ...] = (HEAD, VICE), link: str = LINK
) -> ReviewCopy:
    words = ("Trường Tiểu học Hoa Sen · KHBD Tuần 13 · Tạ Thị Loan", "KHBD-2627-T13-GV09-1", LOOKUP, link)
    return make_review_copy(ReviewCopyOrder(source, target, boxes, *words))


def scanned(path: Path, page: int, dots: int = 100) -> str:
    """What a camera reads on a rendered page; empty when there is no code."""
    picture = path.with_suffix(".page")
    number = ["-f", str(page), "-l", str(page), "-singlefile"]
    rendered = [
        program("pdftoppm", "poppler-utils"),
        "-r",
        str(dots),
        "-png",
        *number,
        str(path),
        str(picture),
    ]
    subprocess.run(rendered, check=True)
    command = [program("zbarimg", "zbar-tools"), "--quiet", "--raw", f"{picture}.png"]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


@dataclass(frozen=True)
class Shape:
    """A kind of last page."""

    orientation: str = "P"
    size: str | tuple[float, float] = "A4"
    last_lines: int = 8
    boxes: tuple[Box, ...] = (HEAD, VICE)
    rotate: int = 0


SHAPES = {
    "portrait": Shape(),
    "landscape": Shape(orientation="L", last_lines=4),
    "full": Shape(last_lines=38),
    "one signer": Shape(boxes=(VICE,)),
    "three signers": Shape(boxes=(HEAD, VICE, Box("Buoc3", "HIỆU TRƯỞNG"))),
    "A5 size": Shape(size=(148, 210)),
    "turned": Shape(rotate=90),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_the_qr_scans_on_every_kind_of_page(shape: Shape, tmp_path: Path) -> None:
    source, target = tmp_path / "plan.pdf", tmp_path / "review.pdf"
    plan(source, last_lines=shape.last_lines, orientation=shape.orientation, size=shape.size)
    if shape.rotate:
        with pikepdf.open(source, allow_overwriting_input=True) as pdf:
            pdf.pages[-1].rotate(shape.rotate, relative=False)
            pdf.save(source)
    made = reviewed(source, target, shape.boxes)
    assert scanned(target, made.pages) == LINK
    assert "hoso.truong.example/v/4q7x-m0rk-abcd-pqrs" in text(target)


def test_the_qr_covers_nothing(tmp_path: Path) -> None:
    source, target = plan(tmp_path / "plan.pdf"), tmp_path / "review.pdf"
    reviewed(source, target)
    before, after = pixels(source)[2], pixels(target)[2]
    assert all(abs(after[i] - grey) <= 8 for i, grey in enumerate(before) if grey < 180)


def test_without_a_public_address_the_code_stands_there_as_words(tmp_path: Path) -> None:
    source, target = plan(tmp_path / "plan.pdf"), tmp_path / "review.pdf"
    reviewed(source, target, link="")
    assert scanned(target, 2) == "" and "4q7x-m0rk-abcd-pqrs" in text(target)


def test_a_very_narrow_page_has_boxes_before_a_qr(tmp_path: Path) -> None:
    source, target = plan(tmp_path / "plan.pdf", size=(110, 297)), tmp_path / "review.pdf"
    made = reviewed(source, target)
    assert scanned(target, made.pages) == "" and HEAD.label in text(target)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory, signing_desk: SigningDesk) -> Path:
    folder, ours = tmp_path_factory.mktemp("printed"), school()
    copy, first, second = (folder / f"{name}.pdf" for name in ("copy", "first", "second"))
    reviewed(plan(folder / "plan.pdf"), copy)
    signing_desk.sign(order(copy, first, HEAD, ours.head))
    signing_desk.sign(order(first, second, VICE, ours.vice))
    return second


def words(path: Path, page: int) -> str:
    """What stands on a page itself, on one line."""
    document = pypdfium2.PdfDocument(path)
    try:
        return " ".join(document[page].get_textpage().get_text_bounded().split())
    finally:
        document.close()


def printed(source: Path, target: Path) -> Path:
    make_print_copy(PrintOrder(source, target, HEADING, LINE))
    return target


def test_a_print_shows_stamps_and_says_on_every_page_what_it_is(signed: Path, tmp_path: Path) -> None:
    paper = printed(signed, tmp_path / "print.pdf")
    assert "Đã duyệt: Đỗ Quốc Vượng" in words(paper, 1)
    for page in (0, 1):
        shown = words(paper, page)
        assert HEADING in shown and LINE in shown and f"{page + 1}/2" in shown
    assert scanned(paper, 2, dots=150) == LINK


def test_a_print_is_no_signed_file_for_anybody(signed: Path, tmp_path: Path) -> None:
    paper = printed(signed, tmp_path / "print.pdf")
    said = subprocess.run(
        [program("pdfsig", "poppler-utils"), str(paper)], capture_output=True, text=True
    ).stdout
    assert "does not contain any signatures" in said
    with pikepdf.open(paper) as pdf:
        assert "/AcroForm" not in pdf.Root
        assert all("/Annots" not in page.obj for page in pdf.pages)


def test_a_print_made_twice_is_the_same_file(signed: Path, tmp_path: Path) -> None:
    one, two = printed(signed, tmp_path / "1.pdf"), printed(signed, tmp_path / "2.pdf")
    assert one.read_bytes() == two.read_bytes()


def test_what_cannot_be_read_is_not_printed(tmp_path: Path) -> None:
    (tmp_path / "no.pdf").write_bytes(b"no pdf")
    with pytest.raises(FileRefused):
        printed(tmp_path / "no.pdf", tmp_path / "print.pdf")
