"""Checking what we just made without walking every object finds what the whole analysis finds."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, DiffResult, ModificationLevel
from signing_parts import HEAD, VICE, School, order, plan, review, school

from hoso_bot.pdf.own_updates import OwnUpdates
from hoso_bot.pdf.sign import SigningDesk
from hoso_bot.pdf.verify import verify_file

Change = Callable[[IncrementalPdfFileWriter], None]


@pytest.fixture(scope="module")
def ours() -> School:
    return school()


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory, signing_desk: SigningDesk, ours: School) -> Path:
    """A review copy with both signatures."""
    folder = tmp_path_factory.mktemp("own")
    names = ("plan", "copy", "first", "second")
    source, copy, first, second = (folder / f"{name}.pdf" for name in names)
    review(plan(source), copy)
    signing_desk.sign(order(copy, first, HEAD, ours.head))
    signing_desk.sign(order(first, second, VICE, ours.vice))
    return second


def test_two_signatures_of_ours_need_no_walk(
    signed: Path, ours: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = verify_file(signed, ours.authority.ca_pem)
    monkeypatch.setattr(DEFAULT_DIFF_POLICY, "review_file", None)
    assert verify_file(signed, ours.authority.ca_pem, ours=True) == whole
    assert whole.valid


def test_what_changed_is_the_second_field(signed: Path) -> None:
    with signed.open("rb") as file:
        found = OwnUpdates().review_file(PdfFileReader(file), 1)
    assert found == DiffResult(ModificationLevel.FORM_FILLING, {"Buoc2"})


def _turns_page(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][0]
    page[pdf_name("/Rotate")] = generic.NumberObject(90)
    writer.update_container(page)


def _hides_a_field(writer: IncrementalPdfFileWriter) -> None:
    field = writer.root["/AcroForm"]["/Fields"][0]
    field[pdf_name("/F")] = generic.NumberObject(2)
    writer.update_container(field)


def _changes_a_look(writer: IncrementalPdfFileWriter) -> None:
    look = writer.root["/AcroForm"]["/Fields"][1]["/AP"]
    look[pdf_name("/N")] = writer.add_object(generic.StreamObject(stream_data=b"0 0 99 99 re f"))
    writer.update_container(look)


def _another_root(writer: IncrementalPdfFileWriter) -> None:
    writer.root[pdf_name("/PageMode")] = pdf_name("/FullScreen")
    writer.update_root()


@pytest.mark.parametrize("change", [_turns_page, _hides_a_field, _changes_a_look, _another_root])
def test_any_other_update_gets_the_whole_analysis(
    signed: Path, ours: School, tmp_path: Path, change: Change
) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(signed.read_bytes()))
    change(writer)
    bent = tmp_path / "bent.pdf"
    with bent.open("wb") as out:
        writer.write(out)
    found = verify_file(bent, ours.authority.ca_pem, ours=True)
    assert found == verify_file(bent, ours.authority.ca_pem)
    assert not found.valid


@pytest.mark.parametrize("more", ["another key", "a second object", "another type"])
def test_a_filled_field_that_is_not_quite_ours_is_no_update_of_ours(
    signed: Path, monkeypatch: pytest.MonkeyPatch, more: str
) -> None:
    doubted = DiffResult(ModificationLevel.OTHER, set())
    monkeypatch.setattr(DEFAULT_DIFF_POLICY, "review_file", lambda *given: doubted)
    with signed.open("rb") as file:
        reader = PdfFileReader(file)
        old, new = reader.get_historical_resolver(1), reader.get_historical_resolver(2)
        written = new.explicit_refs_in_revision()
        (field,) = (ref for ref in written if ref.idnum < int(old.trailer_view["/Size"]))
        if more == "another key":
            new.get_object(field)[pdf_name("/DA")] = generic.TextStringObject("x")
        elif more == "another type":
            old.get_object(field)[pdf_name("/FT")] = pdf_name("/Tx")
        else:
            written.add(generic.Reference(10_000, 0, pdf=reader))
            monkeypatch.setattr(type(new), "explicit_refs_in_revision", lambda self: written)
        assert OwnUpdates().review_file(reader, 1) == doubted
