"""How long the intake of a plan takes in the warm sandbox, against bare pdfium text extraction of it.

    python -m bench.intake [rounds]

Intake: hash and keep the download (fsync), structure, limits, text, facts, checks, picture of page 1, and the
review copy of a chain of two (fsync), by the calls that the bot's dispatcher and upload handler make; the
database is left out. Plans are laid out as Word's "Save as PDF" does. The two sides take turns;
medians in ms, the ratio is the median of each round's own. Goals: 12 pages at most 2.5 times, 40 pages (8 MB
of photos) 3.5 times, reading the facts from the text at most half of the extraction. Memory: what the largest
child needed, and its address space, which is what the limit is about.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import pypdfium2
from tests.plan_makers import big_plan

from hoso_bot.domain import lesson_plan
from hoso_bot.domain.signing import Box, ReviewCopyOrder
from hoso_bot.pdf.sandbox import Sandbox
from hoso_bot.pdf.sandbox_child import SandboxLimits
from hoso_bot.store.files import FolderStore

PLANS = {"12 pages": (12, 650_000, 2.5), "40 pages": (40, 8_000_000, 3.5)}
FACTS_GOAL = 0.5
WARM_UP = 3
BOXES = (Box("Buoc1", "TỔ TRƯỞNG CHUYÊN MÔN"), Box("Buoc2", "PHÓ HIỆU TRƯỞNG"))


def run(rounds: int) -> dict[str, Any]:
    """By plan: pages, bytes, medians `text_ms`, `facts_ms`, `intake_ms`, their parts, ratios and goals."""
    with tempfile.TemporaryDirectory(prefix="hoso-bench-") as folder:
        return {name: _compare(Path(folder), *plan, rounds=rounds) for name, plan in PLANS.items()}


def _compare(folder: Path, pages: int, size: int, goal: float, rounds: int) -> dict[str, Any]:
    with Sandbox() as sandbox:
        return {
            **_times(folder, sandbox, pages, size, rounds),
            "goal": goal,
            "facts_goal": FACTS_GOAL,
            "memory": sandbox.peak_memory,
            "address_space": sandbox.peak_address_space,
            "address_space_limit": SandboxLimits().memory,
        }


def _times(folder: Path, sandbox: Sandbox, pages: int, size: int, rounds: int) -> dict[str, Any]:
    plan = big_plan(folder / f"plan{pages}.pdf", pages, size)
    store = FolderStore(folder / f"files{pages}")
    texts = extract(plan)
    jobs: dict[str, Callable[[], object]] = {
        "text_ms": lambda: extract(plan),
        "facts_ms": lambda: lesson_plan.read(texts, plan.name),
        "intake_ms": lambda: intake(plan, store, sandbox),
        "inspect_ms": lambda: sandbox.inspect(plan, plan.name),
    }
    times = _interleaved(jobs, rounds)
    return {
        "pages": pages,
        "bytes": plan.stat().st_size,
        **{name: median(column) for name, column in times.items()},
        "ratio": _ratio(times["intake_ms"], times["text_ms"]),
        "facts_ratio": _ratio(times["facts_ms"], times["text_ms"]),
    }


def _ratio(ours: list[float], bare: list[float]) -> float:
    return median(one / other for one, other in zip(ours, bare, strict=True))


def extract(plan: Path) -> list[str]:
    """The text of every page and nothing else."""
    document = pypdfium2.PdfDocument(plan)
    try:
        return [document[number].get_textpage().get_text_range() for number in range(len(document))]
    finally:
        document.close()


def intake(plan: Path, store: FolderStore, sandbox: Sandbox) -> None:
    """What happens between the end of a download and the group head's card."""
    download, picture, review = (store.new_temporary() for _ in range(3))
    plan.rename(download)
    source = store.path(store.adopt(download))
    order = ReviewCopyOrder(source, review, BOXES, "KHBD tuần 12", "KHBD-2627-T12-3A-1")
    seen, copy = sandbox.take_in(source, plan.name, picture, lambda read: order)
    if seen.blocked or copy is None:
        raise AssertionError(f"not taken in: {seen.findings}")
    for made in (picture, review):
        store.path(store.adopt(made)).unlink()
    source.rename(plan)  # the next round downloads it again


def _interleaved(jobs: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Milliseconds of every round."""
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for number in range(WARM_UP + rounds):
        turn = list(jobs.items())
        for name, job in turn if number % 2 else reversed(turn):
            gc.collect()
            start = time.perf_counter()
            job()
            if number >= WARM_UP:
                times[name].append((time.perf_counter() - start) * 1000)
    return times


def table(found: dict[str, Any]) -> str:
    """One line a plan."""
    lines = [
        (
            f"{'plan':<10}{'bytes':>10}{'text ms':>9}{'facts ms':>10}{'facts/text':>12}{'inspect':>9}"
            f"{'intake ms':>11}{'ratio':>7}{'goal':>6}{'MB':>6}{'MB space':>10}{'limit':>7}"
        )
    ]
    for name, row in found.items():
        memory = [round(row[key] / 2**20) for key in ("memory", "address_space", "address_space_limit")]
        lines.append(
            f"{name:<10}{row['bytes']:>10}{row['text_ms']:>9.1f}{row['facts_ms']:>10.1f}"
            f"{row['facts_ratio']:>12.2f}{row['inspect_ms']:>9.1f}{row['intake_ms']:>11.1f}"
            f"{row['ratio']:>7.2f}{row['goal']:>6.1f}{memory[0]:>6}{memory[1]:>10}{memory[2]:>7}"
        )
    return "\n".join(lines)


def main() -> None:
    """Print the table."""
    print(table(run(int(sys.argv[1]) if len(sys.argv) > 1 else 15)))


if __name__ == "__main__":
    main()
