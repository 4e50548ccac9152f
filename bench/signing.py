"""An approval from the tap to the signed file on disk, against bare stock pyHanko in memory.

    python bench/signing.py [rounds]

Both sides sign the same review copy with the same RSA-2048 key and a visible stamp of the same words and
font, taking turns in one run. Ours: the update is committed, then inbox, dispatcher, decision, signature in
the signing process, the cheap check, fsync. Theirs: `sign_pdf` from memory to memory, signer and font loaded.
Then the desk alone: one worker against two, growth of the file, and how long the event loop waits meanwhile.
Goals: 12 pages at most 0.30, 40 pages 0.55 of the stock time; two workers 1.7 times one and 45 signatures per
second on 2 cores; growth under 18 KB; loop delay p99 under 5 ms.
"""

from __future__ import annotations

import asyncio
import io
import logging
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import structlog
from asn1crypto.keys import PrivateKeyInfo
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.font.opentype import GlyphAccumulatorFactory
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.text import TextBoxStyle
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.stamp import TextStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore
from tests.plan_makers import big_plan

from bench.approvals import WaitingSchool
from hoso_bot.domain.signing import Box, ReviewCopyOrder, SignOrder
from hoso_bot.pdf.font import FILES, FOLDER, REGULAR
from hoso_bot.pdf.keys import unwrap
from hoso_bot.pdf.order_wording import stamp_text
from hoso_bot.pdf.review_copy import make_review_copy
from hoso_bot.pdf.sandbox import Sandbox
from hoso_bot.pdf.sign import SigningDesk
from hoso_bot.pdf.stamp import stamp_lines

CODE, FIELD, ROLE = "KHBD-2627-T12-4A-01", "Step1", "Tổ trưởng – Tổ 4-5"
BOXES = (Box(FIELD, "TỔ TRƯỞNG CHUYÊN MÔN"), Box("Step2", "PHÓ HIỆU TRƯỞNG"))
PLANS = {"12 pages": (12, 650_000, 0.30), "40 pages": (40, 8_000_000, 0.55)}
WARM_UP = 3
FASTER_GOAL, RATE_GOAL, GROWTH_GOAL, DELAY_GOAL = 1.7, 45.0, 18 * 1024, 5.0
Stock = Callable[[], bytes]


def run(rounds: int) -> dict[str, Any]:
    """By plan: medians in ms, ratio and goal; and the desk alone: rates, growth in bytes, delay in ms."""
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory(prefix="hoso-bench-") as name:
        folder = Path(name)
        with WaitingSchool.made(folder / "school", "rsa2048") as school, Sandbox() as sandbox:
            reviews = {name: _review(folder, *plan[:2]) for name, plan in PLANS.items()}
            with SigningDesk(school.master, workers=1) as desk:
                found = {
                    name: asyncio.run(_plan(school, sandbox, desk, review, rounds, PLANS[name][2]))
                    for name, review in reviews.items()
                }
            return {**found, "desk": _desk(school, reviews["12 pages"], folder, rounds)}


def _review(folder: Path, pages: int, size: int) -> Path:
    plan, review = folder / f"plan{pages}.pdf", folder / f"review{pages}.pdf"
    make_review_copy(ReviewCopyOrder(big_plan(plan, pages, size), review, BOXES, "KHBD tuần 12", CODE))
    return review


def _order(school: WaitingSchool, source: Path, target: Path) -> SignOrder:
    return SignOrder(source, target, FIELD, school.key, school.head.name, ROLE, datetime.now(UTC), CODE)


# --- from the tap to the file ----------------------------------------------------------------------------


async def _plan(
    school: WaitingSchool, sandbox: Sandbox, desk: SigningDesk, review: Path, rounds: int, goal: float
) -> dict[str, Any]:
    tokens = school.waiting(review, WARM_UP + rounds)
    order = _order(school, review, review.with_suffix(".signed"))
    stock = _stock(school, review, order)
    times: dict[str, list[float]] = {"stock_ms": [], "tap_ms": [], "desk_ms": [], "validation_ms": []}
    async with school.running(desk, sandbox) as taps:
        for number, token in enumerate(tokens):
            found = {
                "stock_ms": await _seconds(stock),
                "tap_ms": await taps.tap(token),
                "desk_ms": await _seconds(lambda: desk.sign(order)),
                "validation_ms": await _seconds(lambda: sandbox.verify(order.target, school.key.ca_pem)),
            }
            if number >= WARM_UP:
                for name, seconds in found.items():
                    times[name].append(seconds * 1000)
    medians = {name: median(column) for name, column in times.items()}
    return {
        "bytes": review.stat().st_size,
        **medians,
        "ratio": medians["tap_ms"] / medians["stock_ms"],
        "goal": goal,
        "growth": order.target.stat().st_size - review.stat().st_size,
        "stock_growth": len(await asyncio.to_thread(stock)) - review.stat().st_size,
    }


async def _seconds(job: Callable[[], object]) -> float:
    def timed() -> float:
        start = time.perf_counter()
        job()
        return time.perf_counter() - start

    return await asyncio.to_thread(timed)


def _stock(school: WaitingSchool, review: Path, order: SignOrder) -> Stock:
    """`PdfSigner.sign_pdf` with a text stamp, as its documentation shows it; nothing touches the disk."""
    signer, data = _stock_signer(school, review.parent), review.read_bytes()
    text = "\n".join(line.text for line in stamp_lines(stamp_text(order)))
    font = GlyphAccumulatorFactory(str(FOLDER / FILES[REGULAR]), font_size=10)
    style = TextStampStyle(
        stamp_text=text, text_box_style=TextBoxStyle(font=font), background=None, border_width=0
    )
    meta = PdfSignatureMetadata(
        field_name=FIELD, name=order.name, reason=order.code, subfilter=SigSeedSubFilter.PADES
    )

    def sign() -> bytes:
        writer, out = IncrementalPdfFileWriter(io.BytesIO(data)), io.BytesIO()
        PdfSigner(meta, signer=signer, stamp_style=style).sign_pdf(
            writer, existing_fields_only=True, output=out
        )
        return out.getvalue()

    return sign


def _stock_signer(school: WaitingSchool, folder: Path) -> SimpleSigner:
    """The same key as pyHanko keeps it; the certificates pass through files of this run's own folder."""
    certificate, ca, key = folder / "signer.pem", folder / "ca.pem", school.key
    certificate.write_bytes(key.certificate_pem)
    ca.write_bytes(key.ca_pem)
    store = SimpleCertificateStore()
    store.register(load_cert_from_pemder(str(ca)))
    private = PrivateKeyInfo.load(unwrap(school.master, key.wrapped_key, key.key_id))
    return SimpleSigner(load_cert_from_pemder(str(certificate)), private, store)


# --- the desk alone --------------------------------------------------------------------------------------


def _desk(school: WaitingSchool, review: Path, folder: Path, rounds: int) -> dict[str, Any]:
    """One worker and two in turns: signatures per second, medians of several runs each."""
    rates: dict[int, list[float]] = {1: [], 2: []}
    delays: list[float] = []
    with SigningDesk(school.master, workers=1) as one, SigningDesk(school.master, workers=2) as two:
        for number in range(1 + 5):
            for workers, desk in ((1, one), (2, two)):
                rate, found = asyncio.run(_burst(desk, _order(school, review, folder / "x"), 2 * rounds))
                if number:
                    rates[workers].append(rate)
                    delays += found if workers == 2 else []
    single, double = median(rates[1]), median(rates[2])
    return {
        "one_per_s": single,
        "two_per_s": double,
        "faster": double / single,
        "delay_p99_ms": quantiles(delays, n=100)[98] * 1000,
    }


async def _burst(desk: SigningDesk, order: SignOrder, count: int) -> tuple[float, list[float]]:
    """(signatures per second, delays of the event loop in s) while so many are made by four threads."""
    loop, delays = asyncio.get_running_loop(), list[float]()
    watch = asyncio.create_task(_watch(delays))
    orders = [replace(order, target=order.target.with_suffix(f".{n}")) for n in range(count)]
    with ThreadPoolExecutor(4) as threads:
        start = time.perf_counter()
        await asyncio.gather(*(loop.run_in_executor(threads, desk.sign, order) for order in orders))
        seconds = time.perf_counter() - start
    watch.cancel()
    return count / seconds, delays


async def _watch(delays: list[float], every: float = 0.005) -> None:
    while True:
        start = time.perf_counter()
        await asyncio.sleep(every)
        delays.append(time.perf_counter() - start - every)


def table(found: dict[str, Any]) -> str:
    """The figures beside their goals."""
    heads = ("stock ms", "tap ms", "desk ms", "ratio", "goal", "validation ms", "growth")
    lines = ["".join((f"{'':<10}", *(f"{head:>15}" for head in heads)))]
    for name in PLANS:
        row = found[name]
        shown = [f"{row[key]:.1f}" for key in ("stock_ms", "tap_ms", "desk_ms")]
        ratios = [f"{row['ratio']:.2f}", f"{row['goal']:.2f}"]
        shown += [*ratios, f"{row['validation_ms']:.1f}", f"{row['growth']}"]
        lines.append(f"{name:<10}" + "".join(f"{value:>15}" for value in shown))
    desk = found["desk"]
    rate = f"two workers {desk['two_per_s']:.0f}/s (goal {RATE_GOAL:.0f}), one {desk['one_per_s']:.0f}/s"
    lines.append(f"{rate}: {desk['faster']:.2f} times (goal {FASTER_GOAL})")
    delay = f"event loop delay p99 {desk['delay_p99_ms']:.1f} ms (goal {DELAY_GOAL})"
    lines.append(f"growth goal {GROWTH_GOAL} bytes; {delay}")
    return "\n".join(lines)


def main() -> None:
    """Print the table."""
    print(table(run(int(sys.argv[1]) if len(sys.argv) > 1 else 25)))


if __name__ == "__main__":
    main()
