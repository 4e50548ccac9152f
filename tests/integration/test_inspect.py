"""Looking at real and hostile bytes, inside the sandbox as in production (design section 4)."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String
from tests.pdf_bombs import DRAWING, STRUCTURE

from hoso_bot.domain.errors import FileRefused, SandboxFailed
from hoso_bot.domain.inspection import Inspection
from hoso_bot.pdf.inspect import inspect_file
from hoso_bot.pdf.sandbox import Sandbox
from hoso_bot.sample.lesson_plan import write_plan

Edit = Callable[[Pdf], None]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as box:
        yield box


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("plan") / "plan.pdf"
    write_plan(
        target,
        week=12,
        first=date(2026, 11, 23),
        last=date(2026, 11, 27),
        teacher="Trần Thị Ví Dụ",
        class_name="3A",
        school="Trường Tiểu học Ví Dụ",
        lessons=4,
    )
    return target


def refusal(box: Sandbox, path: Path, name: str = "x.pdf") -> tuple[str, dict[str, object]]:
    with pytest.raises(FileRefused) as caught:
        box.inspect(path, name)
    return caught.value.text_key, caught.value.facts


def written(tmp_path: Path, data: bytes) -> Path:
    target = tmp_path / "file.bin"
    target.write_bytes(data)
    return target


def changed(plan: Path, tmp_path: Path, edit: Edit) -> Path:
    target = tmp_path / "changed.pdf"
    with pikepdf.open(plan) as document:
        edit(document)
        document.save(target)
    return target


def codes(seen: Inspection) -> set[str]:
    return {finding.code for finding in seen.findings}


# --- the good file -------------------------------------------------------------------------------


def test_the_sample_plan_is_read_without_a_finding(sandbox: Sandbox, plan: Path) -> None:
    seen = sandbox.inspect(plan, "x.pdf")
    assert seen.findings == ()
    assert seen.facts.weeks == (12,)
    assert seen.facts.dates[0] == "2026-11-23"
    assert seen.facts.classes == ("3A",)
    assert seen.facts.lessons == 4
    assert seen.structure.text_layer
    assert not seen.structure.signed


def test_the_sandbox_answers_what_a_direct_look_answers(sandbox: Sandbox, plan: Path) -> None:
    from hoso_bot.domain.checks import Limits

    assert sandbox.inspect(plan, "x.pdf") == inspect_file(plan, "x.pdf", Limits())


def test_a_word_export_with_its_two_revisions_passes(sandbox: Sandbox, tmp_path: Path) -> None:
    seen = sandbox.inspect(written(tmp_path, word_hybrid()), "Tuần 12.pdf")
    assert seen.structure.revisions == 2
    assert seen.structure.pages == 1
    assert seen.structure.active_content == ()
    assert not seen.blocked


def word_hybrid() -> bytes:
    """The layout of Word's "Save as PDF": classic table, then an empty one with /Prev and /XRefStm."""
    text = b"BT /F1 24 Tf 72 700 Td (KE HOACH BAI DAY TUAN 12 cua lop 3A) Tj ET"
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R/MarkInfo<</Marked true>>>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>",
    ]
    data = b"%PDF-1.7\n%\xb5\xb5\xb5\xb5\n"
    places = []
    for number, body in enumerate(bodies, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    stream_at = len(data)
    rows = b"\x00\x00\x00\xff" + b"".join(
        b"\x01" + at.to_bytes(2, "big") + b"\x00" for at in [*places, stream_at]
    )
    packed = zlib.compress(rows)
    data += b"6 0 obj\n<</Type/XRef/Size 7/W[1 2 1]/Root 1 0 R/Filter/FlateDecode/Length %d>>stream\n" % len(
        packed
    )
    data += packed + b"\nendstream\nendobj\n"
    table_at = len(data)
    data += b"xref\n0 6\n0000000000 65535 f\r\n" + b"".join(b"%010d 00000 n\r\n" % at for at in places)
    data += b"trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % table_at
    second_at = len(data)
    data += b"xref\n0 0\ntrailer\n<</Size 7/Root 1 0 R/Prev %d/XRefStm %d>>\n" % (table_at, stream_at)
    return data + b"startxref\n%d\n%%%%EOF" % second_at


def test_the_sample_plan_is_the_same_for_the_same_arguments(tmp_path: Path) -> None:
    def plan_bytes(name: str, seed: int) -> bytes:
        target = tmp_path / name
        days = {"first": date(2026, 11, 23), "last": date(2026, 11, 27)}
        people = {"teacher": "Trần Thị Ví Dụ", "class_name": "3A", "school": "Trường Tiểu học Ví Dụ"}
        write_plan(target, week=12, **days, **people, lessons=3, seed=seed)
        return target.read_bytes()

    assert plan_bytes("a.pdf", 1) == plan_bytes("b.pdf", 1)
    assert plan_bytes("a.pdf", 1) != plan_bytes("c.pdf", 2)


# --- not a usable PDF ----------------------------------------------------------------------------


def test_an_empty_file_is_refused_as_empty(sandbox: Sandbox, tmp_path: Path) -> None:
    assert refusal(sandbox, written(tmp_path, b""))[0] == "file.empty"


def office(folder: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(f"{folder}/document.xml", "<document/>")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (office("word"), "docx"),
        (office("xl"), "xlsx"),
        (office("other"), "zip"),
        (b"\xff\xd8\xff\xe0" + bytes(100), "jpg"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "png"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "doc"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(100), "heic"),
        ("Tuần 12".encode(), "unknown"),
    ],
)
def test_other_kinds_of_files_are_recognised(
    sandbox: Sandbox, tmp_path: Path, data: bytes, kind: str
) -> None:
    assert refusal(sandbox, written(tmp_path, data)) == ("file.not_pdf", {"kind": kind})


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_file_is_broken(sandbox: Sandbox, plan: Path, tmp_path: Path, share: float) -> None:
    data = plan.read_bytes()
    assert refusal(sandbox, written(tmp_path, data[: int(len(data) * share)]))[0] == "file.broken"


def test_a_head_followed_by_rubbish_is_broken(sandbox: Sandbox, tmp_path: Path) -> None:
    assert (
        refusal(sandbox, written(tmp_path, b"%PDF-1.7\n" + bytes(range(256)) * 40 + b"%%EOF"))[0]
        == "file.broken"
    )


def test_a_shifted_index_is_mended_like_in_a_viewer(sandbox: Sandbox, plan: Path, tmp_path: Path) -> None:
    shifted = plan.read_bytes().replace(b"%PDF-1.", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3 mail gateway\n%PDF-1.", 1)
    assert sandbox.inspect(written(tmp_path, shifted), "x.pdf").structure.pages > 1


@pytest.mark.parametrize("user", ["secret", ""])
def test_an_encrypted_file_is_locked(sandbox: Sandbox, plan: Path, tmp_path: Path, user: str) -> None:
    target = tmp_path / "locked.pdf"
    with pikepdf.open(plan) as document:
        document.save(target, encryption=pikepdf.Encryption(owner="owner", user=user))
    assert refusal(sandbox, target)[0] == "file.locked"


def test_a_file_over_the_limit_says_both_sizes(plan: Path) -> None:
    from hoso_bot.domain.checks import Limits

    with Sandbox(rules=Limits(max_bytes=1024)) as small:
        key, facts = refusal(small, plan)
    assert key == "file.too_big"
    assert facts["max_mb"] == 0.0
    assert isinstance(facts["mb"], float)


# --- active content ------------------------------------------------------------------------------


def _javascript(document: Pdf) -> None:
    action = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))
    document.Root.Names = Dictionary(
        JavaScript=Dictionary(Names=Array([String("a"), document.make_indirect(action)]))
    )


def _hidden_names(document: Pdf) -> None:
    document.pages[0].obj.Annots = pikepdf.Object.parse(
        b"[<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/J#61va#53cript/#4aS(app.alert\\(1\\))>>>>]"
    )


def _javascript_on_open(document: Pdf) -> None:
    document.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


def _uri_on_open(document: Pdf) -> None:
    document.Root.OpenAction = Dictionary(S=Name.URI, URI=String("http://example.invalid"))


def _page_action(document: Pdf) -> None:
    document.pages[0].obj.AA = Dictionary(O=Dictionary(S=Name.URI, URI=String("http://example.invalid")))


def _launch(document: Pdf) -> None:
    action = Dictionary(S=Name.Launch, F=String("calc.exe"))
    annotation = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=action)
    document.pages[0].obj.Annots = Array([document.make_indirect(annotation)])


def _embedded(document: Pdf) -> None:
    document.attachments["evil.exe"] = pikepdf.AttachedFileSpec(document, b"MZ")


def _xfa(document: Pdf) -> None:
    document.Root.AcroForm = Dictionary(Fields=Array([]), XFA=document.make_stream(b"<xdp/>"))


def _rich_media(document: Pdf) -> None:
    document.pages[0].obj.Annots = Array([Dictionary(Subtype=Name.RichMedia, Rect=Array([0, 0, 9, 9]))])


def _external(document: Pdf) -> None:
    document.pages[0].obj.Resources.XObject = Dictionary(
        X=document.make_stream(b"", Type=Name.XObject, Subtype=Name.Form, F=String("\\\\host\\share"))
    )


@pytest.mark.parametrize(
    ("edit", "kind"),
    [
        (_javascript, "javascript"),
        (_hidden_names, "javascript"),
        (_javascript_on_open, "open_action"),
        (_uri_on_open, "open_action"),
        (_page_action, "additional_action"),
        (_launch, "launch"),
        (_embedded, "embedded_file"),
        (_xfa, "xfa"),
        (_rich_media, "rich_media"),
        (_external, "external_stream"),
    ],
)
def test_active_content_blocks(sandbox: Sandbox, plan: Path, tmp_path: Path, edit: Edit, kind: str) -> None:
    seen = sandbox.inspect(changed(plan, tmp_path, edit), "x.pdf")
    assert kind in seen.structure.active_content
    assert seen.blocked
    assert "active_content" in codes(seen)


def _go_to_first_page(document: Pdf) -> None:
    document.Root.OpenAction = Dictionary(S=Name.GoTo, D=Array([document.pages[0].obj, Name.Fit]))


def _destination(document: Pdf) -> None:
    document.Root.OpenAction = Array([document.pages[0].obj, Name.XYZ, 0, 0, 0])


def _web_link(document: Pdf) -> None:
    action = Dictionary(S=Name.URI, URI=String("http://example.invalid"))
    document.pages[0].obj.Annots = Array([Dictionary(Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=action)])


def _misleading_names(document: Pdf) -> None:
    fonts = document.pages[0].obj.Resources.Font
    any_font = next(iter(dict(fonts).values()))
    for name in ("/AA", "/JS", "/EF", "/XFA", "/JavaScript", "/Launch", "/F"):
        fonts[name] = any_font


def _words_in_text(document: Pdf) -> None:
    document.docinfo["/Title"] = String("/JavaScript /Launch /EmbeddedFiles 7 0 R")


@pytest.mark.parametrize(
    "edit", [_go_to_first_page, _destination, _web_link, _misleading_names, _words_in_text]
)
def test_harmless_things_that_look_alike_pass(
    sandbox: Sandbox, plan: Path, tmp_path: Path, edit: Edit
) -> None:
    seen = sandbox.inspect(changed(plan, tmp_path, edit), "x.pdf")
    assert seen.structure.active_content == ()
    assert not seen.blocked


# --- signatures ----------------------------------------------------------------------------------


def _signed(document: Pdf) -> None:
    value = Dictionary(
        Type=Name.Sig, Filter=Name("/Adobe.PPKLite"), ByteRange=Array([0, 1, 2, 3]), Contents=String("00")
    )
    field = Dictionary(FT=Name.Sig, T=String("S1"), V=document.make_indirect(value))
    document.Root.AcroForm = Dictionary(Fields=Array([document.make_indirect(field)]), SigFlags=3)


def _ours(document: Pdf) -> None:
    _signed(document)
    document.docinfo["/HosoCode"] = String("KHBD-2627-T12-0001-1")


def _unsigned_with_code(document: Pdf) -> None:
    document.docinfo["/HosoCode"] = String("KHBD-2627-T12-0001-1")


@pytest.mark.parametrize(
    ("edit", "signed", "ours"),
    [(_signed, True, False), (_ours, True, True), (_unsigned_with_code, False, False)],
)
def test_signatures_are_told_apart(
    sandbox: Sandbox, plan: Path, tmp_path: Path, edit: Edit, signed: bool, ours: bool
) -> None:
    seen = sandbox.inspect(changed(plan, tmp_path, edit), "x.pdf")
    assert (seen.structure.signed, seen.structure.ours) == (signed, ours)
    assert not seen.blocked


# --- hostile sizes -------------------------------------------------------------------------------


def test_a_thousand_pages_are_too_many(sandbox: Sandbox, tmp_path: Path) -> None:
    target = tmp_path / "long.pdf"
    with pikepdf.new() as document:
        for _ in range(1000):
            document.add_blank_page()
        document.save(target)
    seen = sandbox.inspect(target, "x.pdf")
    assert seen.structure.pages == 1000
    assert "too_many_pages" in codes(seen)
    assert "scan" not in codes(seen)


def test_blank_pages_are_a_scan(sandbox: Sandbox, tmp_path: Path) -> None:
    target = tmp_path / "blank.pdf"
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(target)
    seen = sandbox.inspect(target, "Tuần 5.pdf")
    assert codes(seen) == {"scan"}
    assert seen.facts.weeks == (5,)


HOSTILE = (
    "deflate bomb, twice",
    "deep arrays",
    "deep dictionaries",
    "million kids",
    "page tree loop",
    "absurd count",
    "no pages",
    "catalog is a number",
    "endless form",
    "huge content",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_answered(sandbox: Sandbox, plan: Path, tmp_path: Path, name: str) -> None:
    path = written(tmp_path, {**STRUCTURE, **DRAWING}[name]())
    try:
        seen = sandbox.inspect(path, "x.pdf")
    except (FileRefused, SandboxFailed):
        pass
    else:
        assert seen.structure.pages > 0
    assert sandbox.inspect(plan, "x.pdf").facts.weeks == (12,)  # the sandbox is as good as before
