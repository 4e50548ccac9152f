"""Verification: what was signed here is valid, and every way to change it is noticed."""

from __future__ import annotations

import dataclasses
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from signing_parts import HEAD, NOW, VICE, School, order, plan, review, school

from hoso_bot.domain.calendar import VN
from hoso_bot.domain.signing import SignatureReport
from hoso_bot.pdf.sign import SigningDesk
from hoso_bot.pdf.verify import verify_file

HOLE = re.compile(rb"/Contents <([0-9A-F]+)>")


@dataclass(frozen=True)
class Signed:
    """A review copy and its two signed revisions, as bytes."""

    school: School
    copy: bytes
    first: bytes
    second: bytes
    folder: Path

    def verify(self, data: bytes, ca_pem: bytes = b"") -> SignatureReport:
        """The report on some bytes under this school's CA."""
        path = self.folder / "candidate.pdf"
        path.write_bytes(data)
        return verify_file(path, ca_pem or self.school.authority.ca_pem)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory, signing_desk: SigningDesk) -> Signed:
    folder, ours = tmp_path_factory.mktemp("signed"), school()
    names = ("plan", "copy", "first", "second")
    source, copy, first, second = (folder / f"{name}.pdf" for name in names)
    review(plan(source), copy)
    signing_desk.sign(order(copy, first, HEAD, ours.head))
    signing_desk.sign(order(first, second, VICE, ours.vice))
    return Signed(ours, copy.read_bytes(), first.read_bytes(), second.read_bytes(), folder)


def test_file_signed_by_the_whole_chain_is_valid(signed: Signed) -> None:
    report = signed.verify(signed.second)
    assert report.valid and report.problems == () and report.empty_fields == ()
    assert [check.covers_whole_file for check in report.signatures] == [False, True]
    assert all(check.trusted and check.intact for check in report.signatures)


def test_report_names_signers_roles_time_and_level_in_signing_order(signed: Signed) -> None:
    head, vice = signed.verify(signed.second).signatures
    assert (head.field, head.signer, head.role) == ("Buoc1", "Lê Thị Minh Hạnh", "Tổ trưởng khối 4")
    assert (vice.field, vice.signer, vice.role) == ("Buoc2", "Đỗ Quốc Vượng", "Phó Hiệu trưởng")
    assert head.time == NOW.astimezone(VN).isoformat() and head.level == "PAdES B-B"
    assert head.certificate_sha256 == signed.school.head.key.key_id


def test_order_of_signing_counts_not_order_of_fields(
    signed: Signed, signing_desk: SigningDesk, tmp_path: Path
) -> None:
    (tmp_path / "copy.pdf").write_bytes(signed.copy)
    signing_desk.sign(order(tmp_path / "copy.pdf", tmp_path / "a.pdf", VICE, signed.school.vice))
    signing_desk.sign(order(tmp_path / "a.pdf", tmp_path / "b.pdf", HEAD, signed.school.head))
    report = signed.verify((tmp_path / "b.pdf").read_bytes())
    assert report.valid and [check.field for check in report.signatures] == ["Buoc2", "Buoc1"]


def test_file_cut_back_to_the_first_signature_is_incomplete(signed: Signed) -> None:
    report = signed.verify(signed.first)
    assert not report.valid and report.empty_fields == ("Buoc2",)
    assert report.signatures[0].intact and report.signatures[0].trusted


def test_review_copy_itself_is_not_valid(signed: Signed) -> None:
    report = signed.verify(signed.copy)
    assert not report.valid and report.signatures == () and "no signature" in report.problems


def test_signature_under_another_authority_is_intact_but_not_trusted(signed: Signed) -> None:
    report = signed.verify(signed.second, school().authority.ca_pem)
    assert not report.valid
    assert all(check.intact and not check.trusted for check in report.signatures)


@settings(max_examples=40)
@given(share=st.floats(0, 1, exclude_max=True), step=st.integers(1, 15), which=st.integers(0, 1))
def test_another_digit_in_a_signature_is_noticed_or_changes_nothing_it_says(
    signed: Signed, share: float, step: int, which: int
) -> None:
    """A CMS holds a few bits that nobody signs (lists of algorithms); who, when and what are signed."""
    hole = list(HOLE.finditer(signed.second))[which]
    data = bytearray(signed.second)
    place = hole.start(1) + int(share * (hole.end(1) - hole.start(1)))
    data[place] = b"0123456789ABCDEF"[(int(chr(data[place]), 16) + step) % 16]
    report = signed.verify(bytes(data))
    assert not report.valid or report.signatures == signed.verify(signed.second).signatures


def test_bytes_hidden_behind_a_signature_in_its_hole_are_noticed(
    signed: Signed, signing_desk: SigningDesk, tmp_path: Path
) -> None:
    """An ECDSA signature is mostly a byte or two shorter than its room; nothing signs that rest."""
    (tmp_path / "first.pdf").write_bytes(signed.first)
    for _ in range(40):
        signing_desk.sign(order(tmp_path / "first.pdf", tmp_path / "b.pdf", VICE, signed.school.vice))
        data = (tmp_path / "b.pdf").read_bytes()
        end = list(HOLE.finditer(data))[-1].end(1)
        if data[end - 4 : end] == b"0000" and signed.verify(data).valid:
            break
    assert not signed.verify(data[: end - 1] + b"7" + data[end:]).valid


def appended(data: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """One more revision behind the signatures."""
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def draw_over_the_page(writer: IncrementalPdfFileWriter) -> None:
    stream = writer.add_object(generic.StreamObject(stream_data=b"0 g 100 100 300 300 re f"))
    writer.add_stream_to_page(0, stream)


def add_a_note(writer: IncrementalPdfFileWriter) -> None:
    page = writer.find_page_for_modification(0)[0]
    note = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/FreeText"),
            pdf_name("/Contents"): generic.TextStringObject("khong duyet"),
            pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (50, 50, 300, 90))),
        }
    )
    writer.register_annotation(page, writer.add_object(note))


def touch_the_information(writer: IncrementalPdfFileWriter) -> None:
    writer.root["/Lang"] = generic.TextStringObject("vi")
    writer.update_root()


@pytest.mark.parametrize("change", [draw_over_the_page, add_a_note, touch_the_information])
@pytest.mark.parametrize("behind", ["first", "second"])
def test_revision_added_behind_a_signature_is_noticed(
    signed: Signed, change: Callable[[IncrementalPdfFileWriter], None], behind: str
) -> None:
    assert not signed.verify(appended(getattr(signed, behind), change)).valid


@pytest.mark.parametrize("change", [draw_over_the_page, add_a_note])
def test_change_hidden_between_two_signatures_is_noticed(
    signed: Signed,
    signing_desk: SigningDesk,
    tmp_path: Path,
    change: Callable[[IncrementalPdfFileWriter], None],
) -> None:
    (tmp_path / "a.pdf").write_bytes(appended(signed.first, change))
    signing_desk.sign(order(tmp_path / "a.pdf", tmp_path / "b.pdf", VICE, signed.school.vice))
    report = signed.verify((tmp_path / "b.pdf").read_bytes())
    assert not report.valid and any("Buoc1" in problem for problem in report.problems)


def test_signature_wiped_out_of_its_field_is_noticed(signed: Signed) -> None:
    def wipe(writer: IncrementalPdfFileWriter) -> None:
        field = writer.root["/AcroForm"]["/Fields"].raw_get(1)
        del field.get_object()["/V"]
        writer.mark_update(field)

    assert not signed.verify(appended(signed.second, wipe)).valid


def same_length(data: bytes, pattern: bytes, new: Callable[[bytes], bytes]) -> bytes:
    """The last match of `pattern` replaced by as many bytes."""
    found = list(re.finditer(pattern, data))[-1]
    return data[: found.start()] + new(found[0]).ljust(len(found[0])) + data[found.end() :]


@pytest.mark.parametrize(
    ("pattern", "new"),
    [
        (rb"/ByteRange \[[^]]*\]", lambda old: b"/ByteRange null"),
        (rb"/ByteRange \[[^]]*\]", lambda old: b"/ByteRange []"),
        (rb"/ByteRange \[[^]]*\]", lambda old: b"/ByteRange [0 -5 9 1]"),
        (rb"/ByteRange \[[^]]*\]", lambda old: b"/ByteRange [0 0 0 0]"),
        (rb"/ByteRange \[", lambda old: b"/XyteRange ["),
        (HOLE.pattern, lambda old: b"/Contents <" + b"0" * (len(old) - 12) + b">"),
        (HOLE.pattern, lambda old: b"/Contents <>"),
        (HOLE.pattern, lambda old: b"/Contents null"),
        (rb"/SubFilter /ETSI.CAdES.detached", lambda old: b"/SubFilter /adbe.x509"),
        (rb"/Type /Sig\b", lambda old: b"/Type /Tig"),
    ],
)
def test_emptied_or_bent_signature_is_noticed(
    signed: Signed, pattern: bytes, new: Callable[[bytes], bytes]
) -> None:
    report = signed.verify(same_length(signed.second, pattern, new))
    assert not report.valid and report.problems


@pytest.mark.parametrize("tail", [b"\n", b" ", b"%%EOF\n", b"garbage", bytes(3000)])
def test_anything_behind_the_end_is_noticed(signed: Signed, tail: bytes) -> None:
    assert not signed.verify(signed.second + tail).valid


@pytest.mark.parametrize("data", [b"", b"x", b"%PDF-1.7\n%%EOF", bytes(5000)])
def test_what_is_no_pdf_is_a_problem_and_no_exception(signed: Signed, data: bytes) -> None:
    report = signed.verify(data)
    assert not report.valid and report.problems and report.signatures == ()


@settings(max_examples=25)
@given(share=st.floats(0, 1, exclude_max=True))
def test_file_cut_anywhere_never_raises_and_is_never_valid(signed: Signed, share: float) -> None:
    assert not signed.verify(signed.second[: int(share * len(signed.second))]).valid


def test_what_is_no_authority_is_a_problem_and_no_exception(signed: Signed) -> None:
    assert not signed.verify(signed.second, b"no pem").valid


def test_report_is_plain_data(signed: Signed) -> None:
    import json

    assert json.loads(json.dumps(dataclasses.asdict(signed.verify(signed.second))))["valid"] is True
