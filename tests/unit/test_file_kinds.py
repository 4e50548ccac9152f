"""What a file is by its ends: refused early only where that is sure."""

from __future__ import annotations

import io
import zipfile

import pikepdf
import pytest

from hoso_bot.domain.file_kinds import early_problem, is_locked, is_whole, plain_name

PDF_END = b"trailer\n<< /Size 9 /Root 1 0 R >>\nstartxref\n116\n%%EOF\n"
PDF = b"%PDF-1.7\n" + b"1 0 obj\n" * 50 + PDF_END


def zipped(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(name, "x" * 2000)
    return made.getvalue()


def problem(data: bytes) -> tuple[str, str]:
    return early_problem(len(data), data[:65536], data[-65536:])


def pdf(**how: object) -> bytes:
    made = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(made, **how)  # type: ignore[arg-type]
    return made.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\xff\xd8\xff\xe1" + b"x" * 5000, "jpg"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 5000, "png"),
        (b"\x00\x00\x00\x18ftypheic" + b"x" * 5000, "heic"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 5000, "doc"),
        (b"{\\rtf1" + b"x" * 5000, "rtf"),
        (b"Rar!\x1a\x07" + b"x" * 5000, "rar"),
        (b"<html>" + b"x" * 5000, "unknown"),
        (zipped("anh/1.txt", "keyword/2.txt"), "zip"),
        (zipped("[Content_Types].xml", "word/document.xml"), "docx"),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "xlsx"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_pdf_is_named(data: bytes, kind: str) -> None:
    assert problem(data) == ("file.not_pdf", kind)


def test_nothing_and_half_a_file_are_told_apart() -> None:
    assert problem(b"") == ("file.empty", "")
    assert problem(PDF.replace(PDF_END, b"")) == ("file.broken", "")
    assert problem(PDF) == ("", "")
    assert problem(b"\xef\xbb\xbf \n" + PDF) == ("", "")


@pytest.mark.parametrize("streams", [pikepdf.ObjectStreamMode.disable, pikepdf.ObjectStreamMode.generate])
def test_a_password_is_seen_from_the_end(streams: pikepdf.ObjectStreamMode) -> None:
    how = {"object_stream_mode": streams}
    locked = pdf(encryption=pikepdf.Encryption(owner="a", user="b"), **how)
    assert problem(locked) == ("file.locked", "")
    assert problem(pdf(**how)) == ("", "")


def test_words_about_encryption_are_no_password() -> None:
    talk = b"1 0 obj << /Encrypt 5 0 R >> endobj\n" * 20
    assert not is_locked(talk + PDF_END)
    assert not is_locked(talk)


def test_the_end_of_a_pdf() -> None:
    assert is_whole(PDF_END) and not is_whole(b"endstream endobj")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (r"C:\Users\Lan\KHBD tuần 13.pdf", "KHBD tuần 13.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\u202egpj.pdf\n", "agpj.pdf"),
        ("", "tep"),
        ("x" * 300 + ".pdf", "x" * 176 + ".pdf"),
    ],
)
def test_a_name_is_shown_as_people_read_it(given: str, shown: str) -> None:
    assert plain_name(given) == shown
