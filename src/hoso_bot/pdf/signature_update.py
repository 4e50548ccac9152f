"""The incremental update of one signature: its appearance, its dictionary, and the hole for its CMS."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import DecodeLimits
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from hoso_bot.domain.calendar import VN
from hoso_bot.domain.errors import SigningFailed
from hoso_bot.pdf.font import BOLD, REGULAR, face
from hoso_bot.pdf.stamp import appearance, stamp_lines
from hoso_bot.pdf.time_stamping import TOKEN_ROOM
from hoso_bot.pdf.update_writing import UpdateWriter

_TURNS = {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}


def with_update(
    old: bytes,
    order: dict[str, Any],
    at: datetime,
    size: int,
    cms_over: Callable[[bytes], bytes] | None = None,
) -> tuple[bytes, bytes]:
    """`old` with the update that signs the order's field, and the SHA-256 digest its CMS is about.

    size: the most bytes of the CMS; cms_over: makes it from the digest; without it the hole stays empty.
    Raises SigningFailed where the field is filled already or does not exist.
    """
    writer = UpdateWriter(io.BytesIO(old), strict=True, decode_limits=DecodeLimits.for_untrusted_input())
    steps = PdfCMSEmbedder().write_cms(order["field"], writer, existing_fields_only=True)
    try:
        field = next(steps).get_object()
    except SigningError as error:  # its words name the field and nothing else
        raise SigningFailed(str(error)) from error
    _dress(writer, field, order, at)
    room = size + (TOKEN_ROOM if order.get("timestamp") else 0)
    steps.send(SigObjSetup(sig_placeholder=_placeholder(order, 2 * room, at)))
    prepared, output = steps.send(SigIOSetup(md_algorithm="sha256", output=io.BytesIO()))
    if cms_over:
        steps.send(cms_over(prepared.document_digest))
    return bytes(output.getvalue()), bytes(prepared.document_digest)


def _placeholder(order: dict[str, Any], digits: int, at: datetime) -> SignatureObject:
    return SignatureObject(
        timestamp=at.astimezone(VN).replace(microsecond=0),
        subfilter=SigSeedSubFilter.PADES,
        name=order["name"],
        reason=order["code"],
        bytes_reserved=digits,
    )


def _dress(
    writer: UpdateWriter, field: generic.DictionaryObject, order: dict[str, Any], at: datetime
) -> None:
    """Give the field its appearance, in the fonts that the review copy already holds."""
    x1, y1, x2, y2 = (float(number) for number in field["/Rect"])
    turn = int(field["/MK"].get("/R", 0)) % 360 if "/MK" in field else 0
    width, height = (y2 - y1, x2 - x1) if turn in (90, 270) else (x2 - x1, y2 - y1)
    lines = stamp_lines(order["stamp"])
    stream = generic.StreamObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/XObject"),
            generic.pdf_name("/Subtype"): generic.pdf_name("/Form"),
            generic.pdf_name("/BBox"): _numbers(0, 0, round(width, 2), round(height, 2)),
            generic.pdf_name("/Matrix"): _numbers(*_TURNS[turn], 0, 0),
            generic.pdf_name("/Resources"): generic.DictionaryObject(
                {generic.pdf_name("/Font"): _fonts(writer)}
            ),
        },
        stream_data=appearance(lines, width, height),
    )
    stream.compress()
    shown = generic.DictionaryObject({generic.pdf_name("/N"): writer.add_object(stream)})
    field[generic.pdf_name("/AP")] = shown


def _fonts(writer: UpdateWriter) -> generic.DictionaryObject:
    """References to the review copy's own fonts. Raises SigningFailed for a file that is no review copy."""
    try:
        ours = writer.root["/AcroForm"]["/DR"]["/Font"]
        for name in (REGULAR, BOLD):
            if ours[name]["/BaseFont"] != "/" + face(name).name:
                raise SigningFailed(f"{name} is another font")
        return generic.DictionaryObject(
            {generic.pdf_name(name): ours.raw_get(name) for name in (REGULAR, BOLD)}
        )
    except KeyError:
        raise SigningFailed("the file to be signed is not one of our review copies") from None


def _numbers(*values: float) -> generic.ArrayObject:
    return generic.ArrayObject(
        generic.NumberObject(value) if isinstance(value, int) else generic.FloatObject(value)
        for value in values
    )
