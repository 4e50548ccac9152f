"""How long an approval takes from the order to the checked, fsynced file: the desk against plain pyHanko.

    python bench/signing.py [rounds]

Both sides sign the same 12-page plan with the same key and a visible stamp of the same text and font file, in
one interleaved run. The plain side is `sign_pdf` as its documentation shows it, with the signer loaded once,
called in a thread as a bot would; it does not even fsync.
Needs `pip install "pyHanko[opentype]"` for the plain side's font.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from typing import Any

from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.font.opentype import GlyphAccumulatorFactory
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.text import TextBoxStyle
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.stamp import TextStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

from hoso_bot.domain.signing import Box, ReviewCopyOrder, SigningKey, SignOrder
from hoso_bot.pdf.font import FILES, FOLDER, REGULAR
from hoso_bot.pdf.keys import Algorithm, create_authority, issue_signer, new_master_key, unwrap
from hoso_bot.pdf.review_copy import make_review_copy
from hoso_bot.pdf.sign import SigningDesk, stamp_text
from hoso_bot.pdf.stamp import stamp_lines
from hoso_bot.sample.lesson_plan import write_plan

NAME, ROLE, CODE = "Lê Thị Minh Hạnh", "Tổ trưởng khối 4", "KHBD-2627-T12-4A-01"
SCHOOL = "Trường Tiểu học Hoa Sen"
FIELD = "Buoc1"
PAGES = 12
WARM_UP = 3


def run(rounds: int) -> dict[str, Any]:
    """Medians in ms, growth in bytes and the ratio plain/desk for `rsa2048` and `p256`."""
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="hoso-bench-") as folder:
        review = _review_copy(Path(folder))
        return {kind: _compare(Path(folder), review, kind, rounds) for kind in ("rsa2048", "p256")}


def _review_copy(folder: Path) -> Path:
    plan, review = folder / "plan.pdf", folder / "review.pdf"
    boxes = (Box(FIELD, "TỔ TRƯỞNG CHUYÊN MÔN"), Box("Buoc2", "PHÓ HIỆU TRƯỞNG"))
    for lessons in range(6, 60):
        write_plan(
            plan,
            week=12,
            first=date(2026, 11, 23),
            last=date(2026, 11, 29),
            teacher="Phạm Thị Lan",
            class_name="4A",
            school=SCHOOL,
            lessons=lessons,
        )
        made = make_review_copy(ReviewCopyOrder(plan, review, boxes, "KHBD tuần 12", CODE))
        if made.pages >= PAGES:
            break
    return review


def _compare(folder: Path, review: Path, kind: Algorithm, rounds: int) -> dict[str, Any]:
    now, master = datetime.now(UTC), new_master_key()
    authority = create_authority(SCHOOL, now, master)
    key = issue_signer(authority, master, "GV001", NAME, ROLE, now, kind)
    order = SignOrder(review, folder / "desk.pdf", FIELD, key, NAME, ROLE, now, CODE)
    plain = _plain(folder, review, key, master, order)
    with SigningDesk(master, workers=1) as desk:
        times = _interleaved([plain, lambda: desk.sign(order)], rounds)
    plain_ms, desk_ms = (median(column) * 1000 for column in times)
    size = review.stat().st_size
    return {
        "plain_ms": plain_ms,
        "desk_ms": desk_ms,
        "ratio": plain_ms / desk_ms,
        "plain_growth": (folder / "plain.pdf").stat().st_size - size,
        "desk_growth": order.target.stat().st_size - size,
    }


def _interleaved(jobs: list[Callable[[], object]], rounds: int) -> list[list[float]]:
    times: list[list[float]] = [[] for _ in jobs]
    with ThreadPoolExecutor(1) as thread:
        for number in range(WARM_UP + rounds):
            turn = list(enumerate(jobs))
            for index, job in turn if number % 2 else reversed(turn):
                start = time.perf_counter()
                thread.submit(job).result()
                if number >= WARM_UP:
                    times[index].append(time.perf_counter() - start)
    return times


def _plain(
    folder: Path, review: Path, key: SigningKey, master: bytes, order: SignOrder
) -> Callable[[], object]:
    """The stock way: a signer loaded once, then `PdfSigner.sign_pdf` with a text stamp, file to file."""
    signer = _stock_signer(folder, key, master)
    lines = stamp_lines(stamp_text(order))
    text = "\n".join(line.text for line in lines)
    font = GlyphAccumulatorFactory(str(FOLDER / FILES[REGULAR]), font_size=10)
    style = TextStampStyle(
        stamp_text=text, text_box_style=TextBoxStyle(font=font), background=None, border_width=0
    )
    meta = PdfSignatureMetadata(
        field_name=FIELD, name=order.name, reason=order.code, subfilter=SigSeedSubFilter.PADES
    )

    def sign() -> None:
        with review.open("rb") as source, (folder / "plain.pdf").open("w+b") as target:
            writer = IncrementalPdfFileWriter(source)
            PdfSigner(meta, signer=signer, stamp_style=style).sign_pdf(
                writer, existing_fields_only=True, output=target
            )

    return sign


def _stock_signer(folder: Path, key: SigningKey, master: bytes) -> SimpleSigner:
    """The same key as pyHanko keeps it; the certificates pass through files of this run's own folder."""
    from asn1crypto.keys import PrivateKeyInfo

    certificate, ca = folder / "signer.pem", folder / "ca.pem"
    certificate.write_bytes(key.certificate_pem)
    ca.write_bytes(key.ca_pem)
    store = SimpleCertificateStore()
    store.register(load_cert_from_pemder(str(ca)))
    private = PrivateKeyInfo.load(unwrap(master, key.wrapped_key, key.key_id))
    return SimpleSigner(load_cert_from_pemder(str(certificate)), private, store)


def main() -> None:
    """Print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 25
    print(f"{'key':<10}{'plain ms':>10}{'desk ms':>10}{'ratio':>8}{'plain bytes':>13}{'desk bytes':>12}")
    with contextlib.suppress(KeyboardInterrupt):
        for kind, row in run(rounds).items():
            print(
                f"{kind:<10}{row['plain_ms']:>10.1f}{row['desk_ms']:>10.1f}{row['ratio']:>8.1f}"
                f"{row['plain_growth']:>13}{row['desk_growth']:>12}"
            )


if __name__ == "__main__":
    main()
