"""Takes out of a PDF what a review copy must not carry: foreign forms, old signatures, actions, attachments.

What may stay is listed, the rest goes: a viewer cannot be trusted with keys nobody looked at.
"""

from __future__ import annotations

import re
from typing import Any

import pikepdf

_CATALOG = {"/Type", "/Pages", "/Outlines", "/Dests", "/Names", "/PageLabels", "/PageLayout", "/Lang"} | {
    "/ViewerPreferences",
    "/StructTreeRoot",
    "/MarkInfo",
    "/OCProperties",
    "/OutputIntents",
}
_PAGE = {"/Type", "/Parent", "/Resources", "/Contents", "/Rotate", "/UserUnit", "/Group", "/Annots"} | {
    "/MediaBox",
    "/CropBox",
    "/BleedBox",
    "/TrimBox",
    "/ArtBox",
    "/StructParents",
    "/Tabs",
}
_MARKUP = {"/Highlight", "/Underline", "/Squiggly", "/StrikeOut", "/Caret", "/Stamp", "/Ink", "/Popup"}
_SHAPES = {"/Line", "/Square", "/Circle", "/Polygon", "/PolyLine"}
_SAFE_ANNOTATIONS = {"/Text", "/FreeText", "/Link"} | _MARKUP | _SHAPES
_SAFE_ACTIONS = {"/GoTo", "/URI"}
_MOST_OUTLINE_ITEMS = 2_000
"""Validation goes one call deeper with each (pdf/sandbox_jobs.py)."""
_MOST_FIELD_DEPTH = 50
_STRUCTURE_ROOT = re.compile(rb"/StructTreeRoot (\d+) 0 R")
_STRUCTURE_KIDS = re.compile(rb"/K (\[[^\]]*\]|\d+ 0 R)")
_PLACE_ON_A_PAGE = re.compile(rb"<<.*?>>", re.DOTALL)
_REFERENCE = re.compile(rb"(\d+) 0 R")


def clean(pdf: pikepdf.Pdf) -> None:
    """Make `pdf` inert in place; what it shows stays, form values included (drawn into the page)."""
    form = pdf.Root.get("/AcroForm")
    for page in pdf.pages:
        _clean_page(page.obj)
    if isinstance(form, pikepdf.Dictionary):
        _flatten_fields(pdf, form)
        _forget_fields(form.get("/Fields"), 0)
    _clean_outlines(pdf)
    _clean_catalog(pdf)
    _clean_info(pdf)


def structure_repeats(written: bytes) -> bool:
    """Whether an element hangs in the structure tree twice, a ring above all: nobody could validate that.

    `written`: the file as qpdf writes it without object streams. Searched, not walked: Word writes an element
    for every line, and each would cost 10 µs.
    """
    seen: set[bytes] = set(_STRUCTURE_ROOT.findall(written))
    for kids in _STRUCTURE_KIDS.findall(written):
        for kid in _REFERENCE.findall(_PLACE_ON_A_PAGE.sub(b"", kids)):
            if kid in seen:
                return True
            seen.add(kid)
    return False


def _clean_page(page: pikepdf.Object) -> None:
    for key in set(page.keys()) - _PAGE:
        _drop(page, key)
    kept = pikepdf.Array()
    for annotation in _items(page.get("/Annots")):
        if not isinstance(annotation, pikepdf.Dictionary):
            continue
        if _wanted(annotation):
            _disarm(annotation)
            kept.append(annotation)
        else:
            _empty(annotation)
    if len(kept):
        page["/Annots"] = kept
    else:
        _drop(page, "/Annots")


def _wanted(annotation: pikepdf.Object) -> bool:
    kind = str(annotation.get("/Subtype", ""))
    if kind == "/Widget":
        return _inherited(annotation, "/FT") != "/Sig"
    return kind in _SAFE_ANNOTATIONS


def _inherited(field: pikepdf.Object, key: str) -> str:
    for _ in range(_MOST_FIELD_DEPTH):
        if key in field:
            return str(field[key])
        parent = field.get("/Parent")
        if not isinstance(parent, pikepdf.Dictionary):
            break
        field = parent
    return ""


def _disarm(holder: pikepdf.Object) -> None:
    """Keep only harmless actions, and nothing chained behind them."""
    for key in ("/AA", "/PA", "/AF"):
        _drop(holder, key)
    action = holder.get("/A")
    if action is None:
        return
    if isinstance(action, pikepdf.Dictionary) and str(action.get("/S", "")) in _SAFE_ACTIONS:
        _drop(action, "/Next")
    else:
        _drop(holder, "/A")


def _flatten_fields(pdf: pikepdf.Pdf, form: pikepdf.Object) -> None:
    """Draw the widgets that are left into their pages and remove them; other annotations stay as they are."""
    others = []
    for page in pdf.pages:
        annotations = list(_items(page.obj.get("/Annots")))
        widgets = [a for a in annotations if str(a.get("/Subtype", "")) == "/Widget"]
        others.append([a for a in annotations if str(a.get("/Subtype", "")) != "/Widget"])
        page.obj["/Annots"] = pikepdf.Array(widgets)
    _drop(form, "/NeedAppearances")
    pdf.flatten_annotations("screen")
    for page, kept in zip(pdf.pages, others, strict=True):
        if kept:
            page.obj["/Annots"] = pikepdf.Array(kept)
        else:
            _drop(page.obj, "/Annots")


def _forget_fields(fields: Any, depth: int) -> None:
    """Empty the old fields, so that nothing that still points at one (a structure tree) keeps a signature."""
    for field in _items(fields):
        if isinstance(field, pikepdf.Dictionary) and depth < _MOST_FIELD_DEPTH:
            kids = field.get("/Kids")
            _drop(field, "/Kids")
            _forget_fields(kids, depth + 1)
            _empty(field)


def _clean_outlines(pdf: pikepdf.Pdf) -> None:
    seen: set[tuple[int, int]] = set()
    stack = [pdf.Root.get("/Outlines")]
    while stack and len(seen) < _MOST_OUTLINE_ITEMS:
        item = stack.pop()
        if not isinstance(item, pikepdf.Dictionary) or item.objgen in seen:
            continue
        if item.is_indirect:
            seen.add(item.objgen)
        _disarm(item)
        stack += [item.get("/First"), item.get("/Next")]
    if stack:
        _drop(pdf.Root, "/Outlines")


def _clean_catalog(pdf: pikepdf.Pdf) -> None:
    for key in set(pdf.Root.keys()) - _CATALOG:
        _drop(pdf.Root, key)
    if not isinstance(pdf.Root.get("/StructTreeRoot"), pikepdf.Dictionary):
        _drop(pdf.Root, "/StructTreeRoot")
    names = pdf.Root.get("/Names")
    if isinstance(names, pikepdf.Dictionary) and "/Dests" in names:
        pdf.Root["/Names"] = pikepdf.Dictionary({"/Dests": names["/Dests"]})
    else:
        _drop(pdf.Root, "/Names")


def _clean_info(pdf: pikepdf.Pdf) -> None:
    info = pdf.docinfo
    for key in list(info.keys()):
        if not isinstance(info[key], pikepdf.String):
            del info[key]


def _items(array: Any) -> list[Any]:
    return list(array) if isinstance(array, pikepdf.Array) else []


def _drop(holder: pikepdf.Object, key: str) -> None:
    if key in holder:
        del holder[key]


def _empty(dictionary: pikepdf.Object) -> None:
    for key in list(dictionary.keys()):
        del dictionary[key]
