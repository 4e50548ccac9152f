"""Uploads as Word, scanners, converters and bad connections make them: signable, and nothing covered."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from signing_parts import (
    CODE,
    HEAD,
    HEADING,
    VICE,
    School,
    assert_nothing_covered,
    hybrid,
    order,
    pdfsig,
    pixels,
    plan,
    review,
    school,
    text,
)

from hoso_bot.domain.errors import FileRefused
from hoso_bot.domain.signing import PrintOrder, ReviewCopyOrder
from hoso_bot.pdf.cleaning import structure_repeats
from hoso_bot.pdf.print_copy import make_print_copy
from hoso_bot.pdf.review_copy import make_review_copy
from hoso_bot.pdf.sandbox import Sandbox
from hoso_bot.pdf.sign import SigningDesk
from hoso_bot.pdf.verify import verify_file

Bend = Callable[[pikepdf.Pdf], None]


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An everyday plan; every test bends a copy."""
    return plan(tmp_path_factory.mktemp("usual") / "plan.pdf")


@pytest.fixture(scope="module")
def ours() -> School:
    return school()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as box:
        yield box


def bent(usual: Path, target: Path, bend: Bend) -> Path:
    with pikepdf.open(usual) as pdf:
        bend(pdf)
        pdf.save(target)
    return target


def last_page(**entries: object) -> Bend:
    """The last page with these entries."""

    def bend(pdf: pikepdf.Pdf) -> None:
        for key, value in entries.items():
            pdf.pages[-1].obj["/" + key] = value

    return bend


def drawn(content: bytes) -> Bend:
    return lambda pdf: pdf.pages[-1].contents_add(content)


# --- page boxes, turns and what stands where -------------------------------------------------------------


def handed_down(key: str) -> Bend:
    """The pages' common entry kept by their parent, as many programs write it."""

    def bend(pdf: pikepdf.Pdf) -> None:
        pdf.Root.Pages[key] = pdf.pages[0].obj[key]
        for page in pdf.pages:
            del page.obj[key]

    return bend


def without(key: str) -> Bend:
    def bend(pdf: pikepdf.Pdf) -> None:
        for holder in (pdf.Root.Pages, *(page.obj for page in pdf.pages)):
            if key in holder:
                del holder[key]

    return bend


def nested(pdf: pikepdf.Pdf) -> None:
    """Every page under a node of its own."""
    root = pdf.Root.Pages
    nodes = []
    for page in list(root.Kids):
        node = pdf.make_indirect(Dictionary(Type=Name.Pages, Kids=Array([page]), Count=1, Parent=root))
        page.Parent = node
        nodes.append(node)
    root.Kids = Array(nodes)


def twice(pdf: pikepdf.Pdf) -> None:
    kids = pdf.Root.Pages.Kids
    pdf.Root.Pages.Kids, pdf.Root.Pages.Count = Array([kids[0], kids[1], kids[1]]), 3


ON_THE_PAGE = {
    "frame around the page": drawn(b"q 0 0 0.5 RG 2 w 22 22 551 798 re S Q"),
    "tinted paper": lambda pdf: pdf.pages[-1].contents_add(
        b"q 0.95 0.98 1 rg 0 0 596 842 re f Q", prepend=True
    ),
    "text at the very bottom": drawn(b"0 g 60 4 400 9 re f 300 16 80 6 re f"),
    "a hairline in the middle": drawn(b"0.6 G 0.05 w 60 300 m 540 300 l S"),
    "a dotted line to write on": drawn(b"0 G 0.5 w [0.5 3] 0 d 60 300 m 540 300 l S"),
    "a pale watermark": drawn(b"0.9 g 60 300 300 100 re f"),
    "media box upside down": last_page(MediaBox=Array([595, 842, 0, 0])),
    "media box from below zero": last_page(MediaBox=Array([-100, -200, 495, 642])),
    "media box of the parent": handed_down("/MediaBox"),
    "no media box": without("/MediaBox"),
    "crop box beyond the page": last_page(CropBox=Array([-50, -50, 900, 1000])),
    "crop box away from zero": last_page(CropBox=Array([20, 150, 580, 820])),
    "resources of the parent": handed_down("/Resources"),
    "a real number for the turn": last_page(Rotate=0.0),
    "a unit of one": last_page(UserUnit=1),
    "no type": without("/Type"),
    "nested tree": nested,
    "a wrong count": lambda pdf: pdf.Root.Pages.__setattr__("Count", 7),
    "one page twice": twice,
    "nothing drawn": without("/Contents"),
    "resources that are none": last_page(Resources=Name.foo),
    "annotations that are none": last_page(Annots=Name.foo),
}
"""The boxes stand on such a last page itself."""

BESIDE = {
    "another unit": last_page(UserUnit=2),
    "turned by an eighth": last_page(Rotate=45),
    "turned by a word": last_page(Rotate=Name.Left),
    "media box of no size": last_page(MediaBox=Array([0, 0, 0, 0])),
    "crop box elsewhere": last_page(CropBox=Array([1000, 1000, 2000, 2000])),
    "crop box of words": last_page(CropBox=Array([Name.a, 0, 1, 1])),
    "text all over": drawn(b"0 g 40 100 515 600 re f"),
}
"""Such a last page gets an approval page behind it."""


@pytest.mark.parametrize("bend", ON_THE_PAGE.values(), ids=ON_THE_PAGE)
def test_boxes_stand_on_the_page_and_cover_nothing(usual: Path, bend: Bend, tmp_path: Path) -> None:
    source = bent(usual, tmp_path / "plan.pdf", bend)
    assert not review(source, tmp_path / "review.pdf").appended_page
    assert_nothing_covered(source, tmp_path / "review.pdf")


@pytest.mark.parametrize("bend", BESIDE.values(), ids=BESIDE)
def test_a_page_that_cannot_be_drawn_on_gets_one_behind_it_and_prints(
    usual: Path, bend: Bend, tmp_path: Path
) -> None:
    source, target = bent(usual, tmp_path / "plan.pdf", bend), tmp_path / "review.pdf"
    made = make_review_copy(
        ReviewCopyOrder(source, target, (HEAD, VICE), HEADING, CODE, title="TRANG KÝ DUYỆT")
    )
    assert (made.appended_page, made.pages) == (True, 3)
    assert "TRANG KÝ DUYỆT" in text(target)
    make_print_copy(PrintOrder(target, tmp_path / "print.pdf", "BẢN IN", CODE))
    assert "BẢN IN" in text(tmp_path / "print.pdf", 1)


@pytest.mark.parametrize("turn", [-90, -180, 450, 270])
def test_a_turn_is_understood_however_it_is_written(usual: Path, turn: int, tmp_path: Path) -> None:
    """Upright content on a page turned by `turn` and inherited: boxes stand under it, upright too."""

    def bend(pdf: pikepdf.Pdf) -> None:
        page, back = pdf.pages[-1], turn % 360
        matrix = {90: "0 1 -1 0 842 0", 180: "-1 0 0 -1 595 842", 270: "0 -1 1 0 0 595"}[back]
        page.contents_add(f"q {matrix} cm\n".encode(), prepend=True)
        page.contents_add(b"\nQ")
        page.mediabox = Array([0, 0, 842, 595] if back != 180 else [0, 0, 595, 842])
        pdf.Root.Pages["/Rotate"] = turn

    source, target = bent(usual, tmp_path / "plan.pdf", bend), tmp_path / "review.pdf"
    assert not review(source, target).appended_page
    assert_nothing_covered(source, target)
    width, height, shown = pixels(target)
    boxes = [y for y in range(height) if sum(grey < 180 for grey in shown[y * width : (y + 1) * width]) > 350]
    assert boxes  # the frames' long edges lie, they do not stand


# --- how the file is built --------------------------------------------------------------------------------


def tagged(pdf: pikepdf.Pdf) -> None:
    tree = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
    document = pdf.make_indirect(
        Dictionary(Type=Name.StructElem, S=Name.Document, P=tree, Pg=pdf.pages[0].obj, K=0)
    )
    tree["/K"], tree["/ParentTree"] = document, Dictionary(Nums=Array([0, Array([document])]))
    pdf.Root["/StructTreeRoot"], pdf.Root["/MarkInfo"] = tree, Dictionary(Marked=True)


def claims_pdf_a(pdf: pikepdf.Pdf) -> None:
    with pdf.open_metadata() as metadata:
        metadata["pdfaid:part"], metadata["pdfaid:conformance"] = "1", "B"


def labelled_and_linked(pdf: pikepdf.Pdf) -> None:
    pdf.Root["/PageLabels"] = Dictionary(Nums=Array([0, Dictionary(S=Name.r)]))
    action = Dictionary(S=Name.URI, URI=String("https://sach.example"))
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([60, 60, 200, 80]), A=action)
    pdf.pages[-1].obj["/Annots"] = pdf.make_indirect(Array([pdf.make_indirect(link)]))


def with_a_form(pdf: pikepdf.Pdf) -> None:
    widget = Dictionary(
        Type=Name.Annot,
        Subtype=Name.Widget,
        FT=Name.Tx,
        T=String("lop"),
        V=String("4A"),
        F=4,
        Rect=Array([60, 300, 200, 320]),
        DA=String("/Helv 12 Tf 0 g"),
    )
    widget = pdf.make_indirect(widget)
    pdf.pages[0].obj["/Annots"] = Array([widget])
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    form = Dictionary(Fields=Array([widget]), NeedAppearances=True, DR=Dictionary(Font=Dictionary(Helv=font)))
    pdf.Root["/AcroForm"] = pdf.make_indirect(form)


def saved(**how: object) -> Callable[[Path, Path], None]:
    def write(usual: Path, target: Path) -> None:
        with pikepdf.open(usual) as pdf:
            pdf.save(target, **how)  # type: ignore[arg-type]

    return write


def changed(bend: Bend) -> Callable[[Path, Path], None]:
    return lambda usual, target: (bent(usual, target, bend), None)[1]


def damaged(change: Callable[[bytes], bytes]) -> Callable[[Path, Path], None]:
    return lambda usual, target: (target.write_bytes(change(usual.read_bytes())), None)[1]


def updated(data: bytes) -> bytes:
    """A second revision behind the first."""
    writer, out = IncrementalPdfFileWriter(io.BytesIO(data)), io.BytesIO()
    writer.root["/Lang"] = generic.TextStringObject("vi")
    writer.update_root()
    writer.write(out)
    return out.getvalue()


BUILT = {
    "hybrid, as Word saves it": lambda usual, target: (hybrid(usual, target), None)[1],
    "object streams": saved(object_stream_mode=pikepdf.ObjectStreamMode.generate),
    "linearised": saved(linearize=True),
    "two revisions": damaged(updated),
    "an owner's password only": saved(encryption=pikepdf.Encryption(owner="x", user="")),
    "tagged": changed(tagged),
    "PDF/A": changed(claims_pdf_a),
    "labels and links": changed(labelled_and_linked),
    "a form": changed(with_a_form),
    "startxref points nowhere": damaged(
        lambda data: data.rsplit(b"startxref", 1)[0] + b"startxref\n9\n%%EOF"
    ),
    "the end is lost": damaged(lambda data: data[: data.rindex(b"trailer")] + b"trailer"),
    "rubbish in front": damaged(lambda data: b"rubbish " * 20 + data),
    "rubbish behind": damaged(lambda data: data + bytes(500)),
    "wrong stream lengths": damaged(lambda data: re.sub(rb"/Length \d+", b"/Length 5", data)),
}


@pytest.mark.parametrize("build", BUILT.values(), ids=BUILT)
def test_however_a_file_is_built_both_signatures_are_good(
    usual: Path,
    build: Callable[[Path, Path], None],
    signing_desk: SigningDesk,
    ours: School,
    tmp_path: Path,
) -> None:
    source, copy, first, second = (tmp_path / f"{name}.pdf" for name in ("plan", "copy", "first", "second"))
    build(usual, source)
    assert review(source, copy).pages >= 2
    signing_desk.sign(order(copy, first, HEAD, ours.head))
    signing_desk.sign(order(first, second, VICE, ours.vice))
    report = verify_file(second, ours.authority.ca_pem)
    assert report.valid and len(report.signatures) == 2
    judged = pdfsig(second, ours.authority.ca_pem, tmp_path)
    assert judged.count("Signature is Valid.") == judged.count("Certificate is Trusted.") == 2
    assert "Hoạt động 3: luyện tập" in text(second, 0)
    assert b"pdfaid" not in second.read_bytes()  # the claim would not be true any more


def test_what_lost_its_catalog_is_refused_and_not_half_saved(usual: Path, tmp_path: Path) -> None:
    source = tmp_path / "plan.pdf"
    source.write_bytes(re.sub(rb"/Type /Catalog", b"/Type /Katalog", usual.read_bytes())[:-400])
    with pytest.raises(FileRefused) as refused:
        review(source, tmp_path / "review.pdf")
    assert refused.value.text_key == "file.unreadable"


# --- what the fuzz run found: signed, and then nobody could validate it ---------------------------------


def many_bookmarks(pdf: pikepdf.Pdf) -> None:
    with pdf.open_outline() as outline:
        outline.root.extend(pikepdf.OutlineItem(f"Bài {number}", 0) for number in range(1900))


def endless_bookmarks(pdf: pikepdf.Pdf) -> None:
    with pdf.open_outline() as outline:
        outline.root.extend(pikepdf.OutlineItem("x", 0) for _ in range(5000))


def deep_extra(pdf: pikepdf.Pdf) -> None:
    deep = Array([])
    for _ in range(400):
        deep = Array([deep])
    pdf.pages[0].obj["/Anything"] = deep


def chained_extra(pdf: pikepdf.Pdf) -> None:
    last = pdf.make_indirect(Array([]))
    for _ in range(9000):
        last = pdf.make_indirect(Array([last]))
    pdf.pages[0].obj["/Anything"] = last


def ring_of_tags(pdf: pikepdf.Pdf) -> None:
    tagged(pdf)
    tree = pdf.Root.StructTreeRoot
    child = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.P, P=tree.K))
    tree.K["/K"], child["/K"] = Array([child]), Array([tree.K])


def tag_twice(pdf: pikepdf.Pdf) -> None:
    tagged(pdf)
    pdf.Root.StructTreeRoot["/K"] = Array([pdf.Root.StructTreeRoot.K] * 2)


def list_of_tags(pdf: pikepdf.Pdf) -> None:
    pdf.Root["/StructTreeRoot"] = Array([pdf.pages[0].obj])


HARD_TO_VALIDATE = {
    "a list instead of tags": list_of_tags,
    "1,900 bookmarks": many_bookmarks,
    "5,000 bookmarks": endless_bookmarks,
    "something deep beside a page": deep_extra,
    "a long chain beside a page": chained_extra,
    "tags in a ring": ring_of_tags,
    "a tag twice": tag_twice,
}


@pytest.mark.parametrize("bend", HARD_TO_VALIDATE.values(), ids=HARD_TO_VALIDATE)
def test_what_is_signed_can_be_validated(
    usual: Path, bend: Bend, signing_desk: SigningDesk, ours: School, sandbox: Sandbox, tmp_path: Path
) -> None:
    """In the sandbox, as the bot does it."""
    source, copy, signed = (tmp_path / f"{name}.pdf" for name in ("plan", "copy", "signed"))
    review(bent(usual, source, bend), copy, (HEAD,))
    signing_desk.sign(order(copy, signed, HEAD, ours.head))
    report = sandbox.verify(signed, ours.authority.ca_pem)
    assert (report.valid, report.problems) == (True, ())


def test_everyday_tags_stay(usual: Path, tmp_path: Path) -> None:
    review(bent(usual, tmp_path / "plan.pdf", tagged), tmp_path / "review.pdf")
    with pikepdf.open(tmp_path / "review.pdf") as pdf:
        assert "/StructTreeRoot" in pdf.Root
    assert not structure_repeats((tmp_path / "review.pdf").read_bytes())
