"""Plans, people and outside judges for the tests of the signing desk."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from fpdf import FPDF
from tests.school import NOW as SCHOOL_NOW

from hoso_bot.domain.signing import Box, ReviewCopy, ReviewCopyOrder, SigningKey, SignOrder
from hoso_bot.pdf.font import FILES, FOLDER, REGULAR
from hoso_bot.pdf.keys import Algorithm, Authority, create_authority, issue_signer
from hoso_bot.pdf.review_copy import make_review_copy

NOW = SCHOOL_NOW.replace(minute=15, second=42)
"""Some days or months ago: poppler judges the certificates made then by the clock of this machine."""
MASTER = bytes(range(32))
CODE = "KHBD-2627-T12-4A-01"
HEADING = "Kế hoạch bài dạy tuần 12, lớp 4A"
HEAD = Box("Buoc1", "TỔ TRƯỞNG CHUYÊN MÔN")
VICE = Box("Buoc2", "PHÓ HIỆU TRƯỞNG")


@dataclass(frozen=True)
class Person:
    """A signer of the tests' school."""

    name: str
    role: str
    key: SigningKey


@dataclass(frozen=True)
class School:
    """A CA with a group head and a vice-principal."""

    authority: Authority
    head: Person
    vice: Person


def school(algorithm: Algorithm = "p256") -> School:
    """A school whose two approvers have keys of one kind."""
    authority = create_authority("Trường Tiểu học Hoa Sen", NOW, MASTER)
    people = []
    for staff, name, role in (
        ("GV001", "Lê Thị Minh Hạnh", "Tổ trưởng khối 4"),
        ("PHT01", "Đỗ Quốc Vượng", "Phó Hiệu trưởng"),
    ):
        key = issue_signer(authority, MASTER, staff, name, role, NOW, algorithm)
        people.append(Person(name, role, key))
    return School(authority, *people)


def plan(
    path: Path, *, last_lines: int = 8, orientation: str = "P", size: str | tuple[float, float] = "A4"
) -> Path:
    """Two pages of Vietnamese text; `last_lines` decides how full the last one is."""
    pdf = FPDF(orientation=orientation, format=size)  # type: ignore[arg-type]
    pdf.set_auto_page_break(False)
    pdf.add_font("Serif", "", FOLDER / FILES[REGULAR])
    pdf.set_font("Serif", size=12)
    for lines in (10, last_lines):
        pdf.add_page()
        for number in range(lines):
            pdf.cell(0, 7, f"Hoạt động {number + 1}: luyện tập, vận dụng", new_x="LMARGIN", new_y="NEXT")
    pdf.output(str(path))
    return path


def review(source: Path, target: Path, boxes: tuple[Box, ...] = (HEAD, VICE)) -> ReviewCopy:
    """The review copy of `source` at `target`."""
    return make_review_copy(ReviewCopyOrder(source, target, boxes, HEADING, CODE))


def order(source: Path, target: Path, box: Box, person: Person, on_behalf_of: str = "") -> SignOrder:
    """An order by which `person` signs `box`."""
    return SignOrder(source, target, box.field, person.key, person.name, person.role, NOW, CODE, on_behalf_of)


def hybrid(source: Path, target: Path) -> Path:
    """`source` with a second, empty revision as Microsoft Word writes it: a table plus /XRefStm beside it."""
    with pikepdf.open(source) as pdf:
        pdf.save(target, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    with pikepdf.open(target) as pdf:
        root, size = pdf.Root.objgen[0], len(pdf.objects) + 1
    data = target.read_bytes()
    start = int(data.rsplit(b"startxref", 1)[1].split()[0])
    at = len(data)
    row = b"\x01" + at.to_bytes(4, "big") + b"\x00\x00"
    head = b"%d 0 obj\n<</Type/XRef/Size %d/W[1 4 2]/Index[%d 1]/Root %d 0 R/Length 7>>\n"
    data += head % (size, size + 1, size, root) + b"stream\n" + row + b"\nendstream\nendobj\n"
    trailer = b"xref\n0 0\ntrailer\n<</Size %d/Root %d 0 R/Prev %d/XRefStm %d>>\nstartxref\n%d\n%%%%EOF\n"
    target.write_bytes(data + trailer % (size + 1, root, start, at, len(data)))
    return target


def text(path: Path, page: int = -1) -> str:
    """Text of one page as pdfium reads it, annotations flattened in."""
    document = pypdfium2.PdfDocument(path)
    try:
        document.init_forms()
        number = page % len(document)
        if (shown := document[number]).formenv:
            shown.flatten()
        return str(document[number].get_textpage().get_text_bounded())
    finally:
        document.close()


def pixels(path: Path, page: int = -1, scale: float = 1.0) -> tuple[int, int, bytes]:
    """Width, height and grey rows of one page without padding."""
    document = pypdfium2.PdfDocument(path)
    try:
        bitmap = document[page % len(document)].render(scale=scale, grayscale=True)
        raw, width = bytes(bitmap.buffer), bitmap.width
        rows = [raw[row * bitmap.stride :][:width] for row in range(bitmap.height)]
        return width, bitmap.height, b"".join(rows)
    finally:
        document.close()


def assert_nothing_covered(before: Path, after: Path, page: int = -1) -> None:
    """Every pixel that was ink before is the same ink after, and boxes were really drawn."""
    width, height, old = pixels(before, page)
    assert (width, height) == pixels(after, page)[:2]
    new = pixels(after, page)[2]
    ink = [i for i, grey in enumerate(old) if grey < 180]
    assert all(abs(new[i] - old[i]) <= 8 for i in ink)
    assert sum(grey < 180 for grey in new) > len(ink) + 500


def program(name: str, package: str) -> str:
    """Path of a program, or skip with the line that installs it."""
    found = shutil.which(name)
    if not found:
        pytest.skip(f"{name} is missing: apt-get install {package}")
    return found


def pdfsig(path: Path, ca_pem: bytes, folder: Path) -> str:
    """What poppler says about the signatures when it trusts our CA; beside `folder` is room for its store."""
    judge = program("pdfsig", "poppler-utils")
    if ca_pem not in _STORES or not _STORES[ca_pem].exists():
        _STORES[ca_pem] = _trusting(ca_pem, folder)
    done = subprocess.run(
        [judge, "-nssdir", f"sql:{_STORES[ca_pem]}", str(path)], capture_output=True, text=True
    )
    return done.stdout


_STORES: dict[bytes, Path] = {}
"""Poppler's certificate stores by CA: making one takes longer than many judgements."""


def _trusting(ca_pem: bytes, folder: Path) -> Path:
    certutil = program("certutil", "libnss3-tools")
    store = Path(tempfile.mkdtemp(prefix="nss-", dir=folder.parent))  # the test's own folder ends with it
    ca = store / "ca.pem"
    ca.write_bytes(ca_pem)
    for arguments in (["-N", "--empty-password"], ["-A", "-n", "School CA", "-t", "CT,C,C", "-i", str(ca)]):
        subprocess.run([certutil, *arguments, "-d", f"sql:{store}"], check=True, capture_output=True)
    return store
