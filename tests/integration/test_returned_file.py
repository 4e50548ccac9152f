"""A file that was signed elsewhere comes back: what good and bad tools, and bad people, make of it."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter, append_signature_field
from tests.fakes.foreign_authority import ForeignAuthority, written
from tests.integration.signing_parts import NOW, pdfsig, plan, review, school

from hoso_bot.domain.approval import ApprovalStep, StepState
from hoso_bot.domain.returned_file import Expected, ReturnReport, new_signatures, return_problem
from hoso_bot.domain.roster import Role
from hoso_bot.domain.signing import Box, pinned
from hoso_bot.pdf.returned_file import look_at_return

AUTHORITY = ForeignAuthority()
HEAD, COLLEAGUE = AUTHORITY.certifies("Lê Thị Minh Hạnh"), AUTHORITY.certifies("Đỗ Quốc Vượng")
SCHOOL = school()
TRUST = SCHOOL.authority.ca_pem + pinned(HEAD.pem(chain=False), AUTHORITY.below.pem())
FIRST = ApprovalStep("v1", 1, Role.GROUP_HEAD, "p1", StepState.PENDING)
SECOND = ApprovalStep("v1", 2, Role.VICE_PRINCIPAL, "p2", StepState.WAITING)
EXPECTED = Expected([FIRST, SECOND], FIRST, HEAD.fingerprint, NOW - timedelta(hours=2))
BOXES = (Box("Step1", "TỔ TRƯỞNG"), Box("Step2", "PHÓ HIỆU TRƯỞNG"))
STAMP = (40, 700, 200, 760)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("review")
    review(plan(folder / "plan.pdf"), folder / "review.pdf", BOXES)
    return (folder / "review.pdf").read_bytes()


def found(folder: Path, copy: bytes, returned: bytes) -> ReturnReport:
    return look_at_return(written(folder, "returned.pdf", returned), len(copy), TRUST)


def problem(folder: Path, copy: bytes, returned: bytes) -> str | None:
    return return_problem(found(folder, copy, returned), EXPECTED, NOW)


# --- tools -------------------------------------------------------------------------------------------


def updated(pdf: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """The file with one more revision."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def annotated(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    note = generic.DictionaryObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
            generic.pdf_name("/Subtype"): generic.pdf_name("/FreeText"),
            generic.pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (50, 50, 300, 300))),
            generic.pdf_name("/Contents"): generic.TextStringObject("Đạt xuất sắc"),
        }
    )
    page["/Annots"] = generic.ArrayObject([*page.get("/Annots", ()), writer.add_object(note)])
    writer.update_container(page)


def pages_swapped(writer: IncrementalPdfFileWriter) -> None:
    pages = writer.root["/Pages"]
    pages["/Kids"] = generic.ArrayObject(reversed([pages["/Kids"].raw_get(n) for n in range(2)]))
    writer.update_container(pages)


def text_replaced(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    words = generic.StreamObject(stream_data=b"BT ET")
    page["/Contents"] = writer.add_object(words)
    writer.update_container(page)


def field_moved(writer: IncrementalPdfFileWriter) -> None:
    field = writer.root["/AcroForm"]["/Fields"][0].get_object()
    field["/Rect"] = generic.ArrayObject(map(generic.NumberObject, (0, 0, 600, 800)))
    writer.update_container(field)


def empty_field_added(writer: IncrementalPdfFileWriter) -> None:
    append_signature_field(writer, SigFieldSpec("KeToan", on_page=-1, box=STAMP))


def saved_anew(pdf: bytes) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        opened.save(out)
    return out.getvalue()


# --- taken -------------------------------------------------------------------------------------------

TAKEN: dict[str, Callable[[bytes], bytes]] = {
    "prepared field": lambda copy: HEAD.signs(copy, "Step1", NOW),
    "prepared field, PKCS#7 as older tools": lambda copy: HEAD.signs(
        copy, "Step1", NOW, subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED
    ),
    "new visible field": lambda copy: HEAD.signs(copy, "Signature1", NOW, STAMP),
    "new invisible field": lambda copy: HEAD.signs(copy, "Signature1", NOW, (0, 0, 0, 0)),
}


@pytest.mark.parametrize("tool", TAKEN)
def test_one_signature_and_nothing_else_is_taken(tmp_path: Path, copy: bytes, tool: str) -> None:
    signed = TAKEN[tool](copy)
    seen = found(tmp_path, copy, signed)
    assert return_problem(seen, EXPECTED, NOW) is None, seen
    (signature,) = new_signatures(seen, EXPECTED.chain)
    assert signature.signer == "Lê Thị Minh Hạnh" and signed.startswith(copy)
    said = pdfsig(tmp_path / "returned.pdf", AUTHORITY.root.pem(), tmp_path)
    assert said.count("Signature is Valid.") == said.count("Certificate is Trusted.") == 1
    assert "Total document signed" in said


def test_a_tool_that_saves_before_it_signs_is_taken(tmp_path: Path, copy: bytes) -> None:
    def touched(writer: IncrementalPdfFileWriter) -> None:
        append_signature_field(writer, SigFieldSpec("Signature1", on_page=-1, box=STAMP))

    assert problem(tmp_path, copy, HEAD.signs(updated(copy, touched), "Signature1", NOW)) is None


# --- refused -----------------------------------------------------------------------------------------

UPDATES = (annotated, pages_swapped, text_replaced, field_moved)


@pytest.mark.parametrize("change", UPDATES)
def test_a_change_before_the_signature_is_seen(
    tmp_path: Path, copy: bytes, change: Callable[[IncrementalPdfFileWriter], None]
) -> None:
    assert problem(tmp_path, copy, HEAD.signs(updated(copy, change), "Step1", NOW)) == "return.changed"


@pytest.mark.parametrize("change", UPDATES)
def test_a_change_after_the_signature_is_seen(
    tmp_path: Path, copy: bytes, change: Callable[[IncrementalPdfFileWriter], None]
) -> None:
    assert problem(tmp_path, copy, updated(HEAD.signs(copy, "Step1", NOW), change)) == "return.changed"


REFUSED: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "only an empty update": ("return.not_signed", lambda copy: updated(copy, lambda writer: None)),
    "a note instead of a signature": ("return.changed", lambda copy: updated(copy, annotated)),
    "another certificate of the same authority": (
        "return.other_certificate",
        lambda copy: COLLEAGUE.signs(copy, "Step1", NOW),
    ),
    "signed twice": (
        "return.twice",
        lambda copy: HEAD.signs(HEAD.signs(copy, "Step1", NOW), "Signature1", NOW, STAMP),
    ),
    "two people": (
        "return.twice",
        lambda copy: COLLEAGUE.signs(HEAD.signs(copy, "Step1", NOW), "Step2", NOW),
    ),
    "the next signer's field": ("return.wrong_field", lambda copy: HEAD.signs(copy, "Step2", NOW)),
    "an empty field for somebody": (
        "return.changed",
        lambda copy: HEAD.signs(updated(copy, empty_field_added), "Step1", NOW),
    ),
    "a stamp over the page": ("return.covers", lambda copy: HEAD.signs(copy, "S", NOW, (0, 300, 590, 800))),
    "dated before it was handed in": (
        "return.wrong_time",
        lambda copy: HEAD.signs(copy, "Step1", NOW - timedelta(days=1)),
    ),
    "dated in the future": (
        "return.wrong_time",
        lambda copy: HEAD.signs(copy, "Step1", NOW + timedelta(hours=1)),
    ),
    "bytes behind the signature": (
        "return.more_behind",
        lambda copy: HEAD.signs(copy, "Step1", NOW) + b"\n% more\n",
    ),
    "cut short": ("return.changed", lambda copy: HEAD.signs(copy, "Step1", NOW)[:-900]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_its_own_sentence(tmp_path: Path, copy: bytes, case: str) -> None:
    says, tool = REFUSED[case]
    assert problem(tmp_path, copy, tool(copy)) == says


def test_a_stamp_over_the_next_signers_box(tmp_path: Path, copy: bytes) -> None:
    with pikepdf.open(io.BytesIO(copy)) as pdf:
        boxes = [[int(n) for n in field.Rect] for field in pdf.Root.AcroForm.Fields]
    over_next, over_own = (HEAD.signs(copy, "S", NOW, tuple(boxes[n])) for n in (1, 0))  # type: ignore[arg-type]
    assert problem(tmp_path, copy, over_next) == "return.covers"
    assert problem(tmp_path, copy, over_own) is None


def test_a_flipped_byte_in_what_was_signed(tmp_path: Path, copy: bytes) -> None:
    signed = bytearray(HEAD.signs(copy, "Step1", NOW))
    signed[len(copy) // 2] ^= 1
    assert problem(tmp_path, copy, bytes(signed)) is not None


def test_an_update_that_goes_round_what_was_sent(tmp_path: Path, copy: bytes) -> None:
    """Everything written anew behind the sent bytes: they are the prefix and mean nothing."""
    anew = saved_anew(copy)
    start = int(anew.rsplit(b"startxref", 1)[1].split()[0])
    assert start  # offsets of the copy behind are wrong, and a reader that mends them must not be fooled
    assert problem(tmp_path, copy, copy + HEAD.signs(anew, "Step1", NOW)) is not None


def test_garbage_is_no_exception(tmp_path: Path, copy: bytes) -> None:
    assert problem(tmp_path, copy, copy + b"\x00" * 500) is not None
    assert problem(tmp_path, copy, b"%PDF-1.7\n") is not None


def test_an_earlier_signature_is_not_the_new_one(tmp_path: Path, copy: bytes) -> None:
    once = COLLEAGUE.signs(copy, "Step1", NOW)
    signed_first = dataclasses.replace(
        FIRST, state=StepState.SIGNED, certificate_sha256=COLLEAGUE.fingerprint
    )
    trust = TRUST + pinned(COLLEAGUE.pem(chain=False), AUTHORITY.below.pem())
    second = dataclasses.replace(SECOND, state=StepState.PENDING)
    expected = Expected([signed_first, second], second, HEAD.fingerprint, NOW - timedelta(hours=2))

    def judged(data: bytes) -> str | None:
        path = written(tmp_path, "second.pdf", data)
        return return_problem(look_at_return(path, len(once), trust), expected, NOW)

    assert judged(HEAD.signs(once, "Step2", NOW)) is None
    assert judged(once + b"\n") == "return.not_signed"
