"""The review copy: one clean revision with every field, boxes that cover nothing, nothing active left."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from asn1crypto.algos import SignedDigestAlgorithm
from pikepdf import Array, Dictionary, Name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import ExternalSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore
from signing_parts import (
    CODE,
    HEAD,
    HEADING,
    VICE,
    assert_nothing_covered,
    hybrid,
    order,
    pixels,
    plan,
    review,
    school,
    text,
)

from hoso_bot.domain.errors import FileRefused
from hoso_bot.domain.signing import Box
from hoso_bot.pdf.font import subset
from hoso_bot.pdf.sign import SigningDesk


def fields(path: Path) -> list[str]:
    with pikepdf.open(path) as pdf:
        return [str(field.T) for field in pdf.Root.AcroForm.Fields]


def test_plan_with_room_keeps_its_pages_and_covers_nothing(tmp_path: Path) -> None:
    source, target = plan(tmp_path / "plan.pdf"), tmp_path / "review.pdf"
    made = review(source, target)
    assert (made.pages, made.appended_page) == (2, False)
    assert_nothing_covered(source, target)


def test_report_tells_the_size_of_what_was_written(tmp_path: Path) -> None:
    made = review(plan(tmp_path / "plan.pdf"), tmp_path / "review.pdf")
    assert made.size == (tmp_path / "review.pdf").stat().st_size


def test_same_upload_gives_the_same_bytes(tmp_path: Path) -> None:
    source = plan(tmp_path / "plan.pdf")
    subset.cache_clear()
    one = review(source, tmp_path / "one.pdf")
    time.sleep(1.1)
    subset.cache_clear()
    assert review(source, tmp_path / "two.pdf") == one


def test_full_last_page_gets_an_approval_page_behind_it(tmp_path: Path) -> None:
    source, target = plan(tmp_path / "plan.pdf", last_lines=38), tmp_path / "review.pdf"
    made = review(source, target)
    assert (made.pages, made.appended_page) == (3, True)
    assert pixels(source, 1) == pixels(target, 1)
    assert HEADING in text(target) and CODE in text(target) and HEAD.label in text(target)


def test_page_number_at_the_foot_is_neither_covered_nor_an_obstacle(tmp_path: Path) -> None:
    source, target = plan(tmp_path / "plan.pdf"), tmp_path / "review.pdf"
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        pdf.pages[-1].contents_add(b"0 g 290 28 14 10 re f")
        pdf.save(source)
    assert not review(source, target).appended_page
    assert_nothing_covered(source, target)


def test_gap_between_two_texts_is_not_taken_for_free_room(tmp_path: Path) -> None:
    source = plan(tmp_path / "plan.pdf")
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        pdf.pages[-1].contents_add(b"0 g 100 100 300 60 re f")
        pdf.save(source)
    assert review(source, tmp_path / "review.pdf").appended_page


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("orientation", ["P", "L"])
def test_boxes_stand_upright_on_turned_pages(tmp_path: Path, rotation: int, orientation: str) -> None:
    source, target = plan(tmp_path / "plan.pdf", last_lines=3, orientation=orientation), tmp_path / "r.pdf"
    turned(source, rotation)
    made = review(source, target)
    assert not made.appended_page
    assert_nothing_covered(source, target)
    boxes = label_boxes(target)
    assert boxes[HEAD.label][1] == pytest.approx(boxes[VICE.label][1], abs=2)
    assert boxes[HEAD.label][0] < boxes[VICE.label][0]


def turned(path: Path, rotation: int) -> None:
    """Turn the last page and its content against each other, so that it reads upright and has room below."""
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        page = pdf.pages[-1]
        width, height = (float(number) for number in page.mediabox[2:])
        matrix = {0: "", 90: f"0 1 -1 0 {height} 0 cm", 180: f"-1 0 0 -1 {width} {height} cm"}
        matrix[270] = f"0 -1 1 0 0 {width} cm"
        page.contents_add(f"q {matrix[rotation]}\n".encode(), prepend=True)
        page.contents_add(b"\nQ")
        if rotation in (90, 270):
            page.mediabox = Array([0, 0, height, width])
        page.obj["/Rotate"] = rotation
        pdf.save(path)


def label_boxes(path: Path) -> dict[str, tuple[float, float]]:
    """Where each role label starts, as displayed: (from the left, from the top)."""
    document = pypdfium2.PdfDocument(path)
    page = document[len(document) - 1]
    words = page.get_textpage()
    places = {}
    for label in (HEAD.label, VICE.label):
        index, _ = words.search(label).get_next()
        left, bottom, right, top = words.get_charbox(index)
        x, y, x2, y2 = 0.0, 0.0, *page.get_mediabox()[2:]
        places[label] = {
            0: (left, y2 - top),
            90: (bottom, left),
            180: (x2 - right, bottom),
            270: (y2 - top - y, x2 - right - x),
        }[page.get_rotation()]
    document.close()
    return places


def test_cropped_page_gets_its_boxes_inside_the_visible_part(tmp_path: Path) -> None:
    source, target = plan(tmp_path / "plan.pdf"), tmp_path / "review.pdf"
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        pdf.pages[-1].obj["/CropBox"] = Array([20, 150, 580, 820])
        pdf.save(source)
    assert not review(source, target).appended_page
    assert_nothing_covered(source, target)
    with pikepdf.open(target) as pdf:
        for field in pdf.Root.AcroForm.Fields:
            x1, y1, x2, y2 = (float(number) for number in field.Rect)
            assert 20 < x1 < x2 < 580 and 150 < y1 < y2 < 820


def test_content_that_leaves_its_own_scale_behind_does_not_move_the_boxes(tmp_path: Path) -> None:
    source, target = plan(tmp_path / "plan.pdf"), tmp_path / "review.pdf"
    plain = tmp_path / "plain.pdf"
    review(source, plain)
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        pdf.pages[-1].contents_add(b"Q Q q q 0.3 0 0 0.3 50 50 cm")
        pdf.save(source)
    review(source, target)
    assert pixels(plain) == pixels(target)


@pytest.mark.parametrize("size", [(60, 60), (105, 148), (148, 210), (420, 594), (1500, 100)])
def test_odd_page_sizes_get_legible_boxes(tmp_path: Path, size: tuple[float, float]) -> None:
    source, target = plan(tmp_path / "plan.pdf", last_lines=1, size=size), tmp_path / "review.pdf"
    made = review(source, target)
    assert made.pages == 2 + made.appended_page
    with pikepdf.open(target) as pdf:
        for field in pdf.Root.AcroForm.Fields:
            x1, y1, x2, y2 = (float(number) for number in field.Rect)
            assert x2 - x1 >= 230 and y2 - y1 >= 60


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_every_field_of_the_chain_exists_and_none_overlaps(tmp_path: Path, count: int) -> None:
    boxes = tuple(Box(f"Buoc{i}", f"NGƯỜI DUYỆT {i}") for i in range(count))
    target = tmp_path / "review.pdf"
    review(plan(tmp_path / "plan.pdf", last_lines=2), target, boxes)
    with pikepdf.open(target) as pdf:
        rects = [[float(n) for n in field.Rect] for field in pdf.Root.AcroForm.Fields]
        assert all(int(field.F) == 4 and Name.Sig == field.FT for field in pdf.Root.AcroForm.Fields)
        assert int(pdf.Root.AcroForm.SigFlags) == 3
        assert len(pdf.pages[-1].Annots) == count
    for i, one in enumerate(rects):
        for other in rects[i + 1 :]:
            assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def test_boxes_name_roles_but_nobody_and_no_time(tmp_path: Path) -> None:
    target = tmp_path / "review.pdf"
    review(plan(tmp_path / "plan.pdf"), target)
    shown = text(target)
    assert HEAD.label in shown and VICE.label in shown and "Đã duyệt" not in shown and "+07:00" not in shown


def test_record_code_is_in_the_document_information(tmp_path: Path) -> None:
    review(plan(tmp_path / "plan.pdf"), tmp_path / "review.pdf")
    with pikepdf.open(tmp_path / "review.pdf") as pdf:
        assert str(pdf.docinfo["/HosoCode"]) == CODE


def test_hybrid_file_as_word_writes_it_becomes_signable(tmp_path: Path) -> None:
    source, target = hybrid(plan(tmp_path / "plan.pdf"), tmp_path / "word.pdf"), tmp_path / "review.pdf"
    assert PdfFileReader(io.BytesIO(source.read_bytes()), strict=False).xrefs.hybrid_xrefs_present
    made = review(source, target)
    assert made.pages == 2
    reader = PdfFileReader(io.BytesIO(target.read_bytes()), strict=True)
    assert not reader.xrefs.hybrid_xrefs_present and reader.total_revisions == 1


def test_signatures_of_others_are_left_behind(tmp_path: Path, signing_desk: SigningDesk) -> None:
    first, signed, second = tmp_path / "r1.pdf", tmp_path / "signed.pdf", tmp_path / "r2.pdf"
    review(plan(tmp_path / "plan.pdf"), first)
    signing_desk.sign(order(first, signed, HEAD, school().head))
    review(signed, second, (Box("Moi", "HIỆU TRƯỞNG"),))
    data = second.read_bytes()
    assert fields(second) == ["Moi"] and b"/ByteRange" not in data and data.count(b"%%EOF") == 1


def with_form_field(path: Path, page: int, rect: tuple[int, int, int, int]) -> Path:
    """A filled form field of someone else's, shown as a black bar."""
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        box = Array([0, 0, rect[2] - rect[0], rect[3] - rect[1]])
        looks = pdf.make_stream(b"0 g 0 0 1000 1000 re f", Subtype=Name.Form, BBox=box)
        widget = Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Tx,
            T=pikepdf.String("lop"),
            F=4,
            Rect=Array(rect),
            AP=Dictionary(N=looks),
        )
        widget = pdf.make_indirect(widget)
        pdf.pages[page].obj["/Annots"] = Array([widget])
        pdf.Root["/AcroForm"] = Dictionary(Fields=Array([widget]))
        pdf.save(path)
    return path


def test_value_of_a_foreign_form_field_stays_visible_but_is_no_field_any_more(tmp_path: Path) -> None:
    source, target = plan(tmp_path / "plan.pdf"), tmp_path / "review.pdf"
    review(with_form_field(source, 0, (300, 700, 380, 720)), target)
    assert fields(target) == [HEAD.field, VICE.field]
    width, _, grey = pixels(target, 0)
    assert grey[(842 - 710) * width + 340] < 40


def test_room_taken_by_a_form_field_is_not_free(tmp_path: Path) -> None:
    source, target = plan(tmp_path / "plan.pdf"), tmp_path / "review.pdf"
    made = review(with_form_field(source, 1, (60, 400, 540, 600)), target)
    width, _, grey = pixels(target, 1)
    assert not made.appended_page
    assert all(grey[(842 - y) * width + x] < 40 for x in range(70, 530, 5) for y in range(410, 590, 5))


def link_to(action: Dictionary) -> Dictionary:
    return Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([10, 10, 50, 50]), A=action)


def test_nothing_active_survives(tmp_path: Path) -> None:
    source, target = plan(tmp_path / "plan.pdf"), tmp_path / "review.pdf"
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        script = Dictionary(S=Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
        pdf.Root["/OpenAction"] = script
        pdf.Root["/AA"] = Dictionary(WC=script)
        pdf.Root["/Names"] = Dictionary(JavaScript=Dictionary(Names=Array([pikepdf.String("a"), script])))
        pdf.attachments["evil.exe"] = b"MZ"
        web = Dictionary(S=Name.URI, URI=pikepdf.String("https://example.org"), Next=script)
        launch = Dictionary(S=Name.Launch, F=pikepdf.String("cmd.exe"))
        pdf.pages[0].obj["/AA"] = Dictionary(O=script)
        pdf.pages[0].obj["/Annots"] = Array([link_to(web), link_to(launch)])
        with pdf.open_outline() as outline:
            outline.root.append(pikepdf.OutlineItem("x", 0))
        pdf.Root.Outlines.First["/A"] = script
        pdf.save(source)
    review(source, target)
    with pikepdf.open(target) as pdf:
        dictionaries = [obj for obj in pdf.objects if isinstance(obj, Dictionary)]
        everything = b"".join(obj.unparse(resolved=True) for obj in dictionaries)
        targets = [str(link.A.URI) for link in pdf.pages[0].Annots if "/A" in link]
    bad = (b"JavaScript", b"Launch", b"EmbeddedFile", b"/AA", b"/OpenAction", b"alert")
    assert not [word for word in bad if word in everything]
    assert targets == ["https://example.org"]


def test_shared_resources_of_other_pages_are_not_touched(tmp_path: Path) -> None:
    source, target = plan(tmp_path / "plan.pdf"), tmp_path / "review.pdf"
    review(source, target)
    assert pixels(source, 0) == pixels(target, 0)
    with pikepdf.open(target) as pdf:
        assert "/HosoBoxes0" not in pdf.pages[0].resources.get("/XObject", {})


@pytest.mark.parametrize(
    "data", [b"", b"no pdf", b"%PDF-1.7\n%%EOF\n", b"PK\x03\x04", b"%PDF-1.4\n1 0 obj\n<<"]
)
def test_what_cannot_be_normalised_is_refused(tmp_path: Path, data: bytes) -> None:
    source = tmp_path / "broken.pdf"
    source.write_bytes(data)
    with pytest.raises(FileRefused) as refused:
        review(source, tmp_path / "review.pdf")
    assert refused.value.text_key == "file.unreadable"


def test_file_under_a_password_is_refused(tmp_path: Path) -> None:
    source, locked = plan(tmp_path / "plan.pdf"), tmp_path / "locked.pdf"
    with pikepdf.open(source) as pdf:
        pdf.save(locked, encryption=pikepdf.Encryption(owner="x", user="y"))
    with pytest.raises(FileRefused):
        review(locked, tmp_path / "review.pdf")


def test_strict_signer_refuses_the_hybrid_source_itself(tmp_path: Path) -> None:
    """The reason for rewriting: without it the signer stops here."""
    source = hybrid(plan(tmp_path / "plan.pdf"), tmp_path / "word.pdf")
    writer = IncrementalPdfFileWriter(io.BytesIO(source.read_bytes()), strict=True)
    kind = SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"})
    signer = ExternalSigner(None, SimpleCertificateStore(), signature_value=72, signature_mechanism=kind)
    with pytest.raises(SigningError, match="hybrid"):
        PdfSigner(PdfSignatureMetadata(field_name="x", md_algorithm="sha256"), signer=signer).sign_pdf(writer)
