"""How long the intake of a plan takes in the warm sandbox, against bare pdfium text extraction of it.

    python -m bench.intake [rounds]

Intake: hash and keep the upload (fsync), structure, limits, text, facts, checks, picture of page 1, and the
review copy of a chain of two (fsync). The plans are laid out as Word's "Save as PDF" does. The two sides take
turns in one run; medians in ms. Goals: 12 pages at most 2.5 times, 40 pages (8 MB of photos) 3.5 times,
reading the facts from the text at most half of the extraction.
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
from hoso_bot.store.files import FolderStore

PLANS = {"12 pages": (12, 650_000, 2.5), "40 pages": (40, 8_000_000, 3.5)}
FACTS_GOAL = 0.5
WARM_UP = 3
BOXES = (Box("Buoc1", "TỔ TRƯỞNG CHUYÊN MÔN"), Box("Buoc2", "PHÓ HIỆU TRƯỞNG"))


def run(rounds: int) -> dict[str, Any]:
    """By plan: pages, bytes, medians `text_ms`, `facts_ms`, `intake_ms`, their parts, ratios and goals."""
    with tempfile.TemporaryDirectory(prefix="hoso-bench-") as folder, Sandbox() as sandbox:
        return {name: _compare(Path(folder), sandbox, *plan, rounds=rounds) for name, plan in PLANS.items()}


def _compare(
    folder: Path, sandbox: Sandbox, pages: int, size: int, goal: float, rounds: int
) -> dict[str, Any]:
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
    text = times["text_ms"]
    return {
        "pages": pages,
        "bytes": plan.stat().st_size,
        **times,
        "ratio": times["intake_ms"] / text,
        "goal": goal,
        "facts_ratio": times["facts_ms"] / text,
        "facts_goal": FACTS_GOAL,
    }


def extract(plan: Path) -> list[str]:
    """The text of every page and nothing else."""
    document = pypdfium2.PdfDocument(plan)
    try:
        return [document[number].get_textpage().get_text_range() for number in range(len(document))]
    finally:
        document.close()


def intake(plan: Path, store: FolderStore, sandbox: Sandbox) -> None:
    """What happens between the end of a download and the group head's card."""
    source = store.path(store.put(plan))
    picture, review = store.new_temporary(), store.new_temporary()
    seen = sandbox.inspect(source, plan.name, picture=picture)
    if seen.blocked:
        raise AssertionError(f"the plan is blocked: {seen.findings}")
    store.adopt(picture)
    sandbox.review_copy(ReviewCopyOrder(source, review, BOXES, "KHBD tuần 12", "KHBD-2627-T12-3A-1"))
    store.path(store.adopt(review)).unlink()
    source.unlink()  # the next round writes it again


def _interleaved(jobs: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for number in range(WARM_UP + rounds):
        turn = list(jobs.items())
        for name, job in turn if number % 2 else reversed(turn):
            gc.collect()
            start = time.perf_counter()
            job()
            if number >= WARM_UP:
                times[name].append(time.perf_counter() - start)
    return {name: median(column) * 1000 for name, column in times.items()}


def main() -> None:
    """Print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    print(
        f"{'plan':<10}{'bytes':>10}{'text ms':>9}{'facts ms':>10}{'facts/text':>12}{'inspect':>9}"
        f"{'intake ms':>11}{'ratio':>7}{'goal':>6}"
    )
    for name, row in run(rounds).items():
        print(
            f"{name:<10}{row['bytes']:>10}{row['text_ms']:>9.1f}{row['facts_ms']:>10.1f}"
            f"{row['facts_ratio']:>12.2f}{row['inspect_ms']:>9.1f}{row['intake_ms']:>11.1f}"
            f"{row['ratio']:>7.2f}{row['goal']:>6.1f}"
        )


if __name__ == "__main__":
    main()
