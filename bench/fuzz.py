"""Hostile files through the real path: taken in, reviewed, signed twice, verified, printed, compared.

    python -m bench.fuzz [files] [seed]
    HOSO_REAL_PLANS=folder python -m bench.fuzz     # real plans are bent, too

Files are good plans bent at random (tests/pdf_mutations.py), finished signed files bent, and bombs
(tests/pdf_bombs.py). The same seed makes the same files, but for signed ones, whose keys are new. Whatever
breaks a promise is kept in bench/out/fuzz and ends the run with 1. Promised: neither this process nor a warm
server dies; every step is answered within 15 s; the answer is a result, or a refusal that has words in the
texts; a child that answers was inside its limits; what was signed is valid by our own check; a bent signed
file never is.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from tests import pdf_bombs, pdf_mutations
from tests.plan_corpus import single
from tests.plan_makers import WordFile, big_plan, photo, word_plan
from tests.plan_traps import ONE

from hoso_bot import texts
from hoso_bot.domain import cards
from hoso_bot.domain.errors import FileRefused, SandboxFailed, SigningFailed, outline
from hoso_bot.domain.inspection import Inspection
from hoso_bot.domain.signing import Box, PrintOrder, ReviewCopyOrder, SignOrder
from hoso_bot.pdf.keys import create_authority, issue_signer
from hoso_bot.pdf.sandbox import Sandbox
from hoso_bot.pdf.sandbox_child import SandboxLimits
from hoso_bot.pdf.sign import SigningDesk

OUT = Path(__file__).parent / "out" / "fuzz"
FILES, SEED = 2_000, 7
PROMISED_SECONDS = 15.0
MASTER = bytes(range(32))
CODE, NAME = "KHBD-2627-T12-4A-01", "KHBD tuần 12.pdf"
BOXES = (Box("Buoc1", "TỔ TRƯỞNG CHUYÊN MÔN"), Box("Buoc2", "PHÓ HIỆU TRƯỞNG"))
SIGNERS = (("GV001", "Lê Thị Minh Hạnh", "Tổ trưởng"), ("PHT01", "Đỗ Quốc Vượng", "Phó Hiệu trưởng"))


class Broken(Exception):
    """A promise was broken; the message says which."""


class Hostile(NamedTuple):
    """One file: its class, what was done to it, and how to make it. was: the signed file it was before."""

    kind: str
    told: str
    make: Callable[[], bytes]
    was: bytes = b""


@dataclass
class Line:
    """What became of the files of one class. slowest, cpu in seconds; memory in bytes."""

    files: int = 0
    refused: int = 0
    stopped: int = 0
    accepted: int = 0
    slowest: float = 0.0
    cpu: float = 0.0
    memory: int = 0
    answers: Counter[str] = field(default_factory=Counter)


# --- the files -------------------------------------------------------------------------------------------


def good_plans(folder: Path) -> list[bytes]:
    """Plans that go through: as Word writes them, drawn ones, traps, a scan; real ones where there are."""
    made = [
        word_plan(folder / f"{number}.pdf", "\n".join(pages).splitlines())
        for number, pages in enumerate(
            (single(3).pages, single(8).pages, single(14).pages, *list(ONE.values())[:3])
        )
    ]
    scan = WordFile()
    scan.scan(photo(60))
    made += [scan.write(folder / "scan.pdf"), big_plan(folder / "pictures.pdf", 4, 600_000)]
    real = Path(os.environ.get("HOSO_REAL_PLANS", "/nonexistent"))
    return [path.read_bytes() for path in (*made, *sorted(real.glob("*.pdf")))]


def hostile_files(count: int, seed: int, plans: list[bytes], signed: bytes) -> Iterator[Hostile]:
    """Every bomb once, then bent plans and bent signed files by turns, `count` in all."""
    bombs = {"bombs: structure": pdf_bombs.STRUCTURE, "bombs: drawing": pdf_bombs.DRAWING}
    bombs["polyglots"] = pdf_bombs.POLYGLOTS
    thrown = [Hostile(kind, told, make) for kind, made in bombs.items() for told, make in made.items()]
    yield from thrown[:count]
    readable = [pdf_mutations.unpacked(plan) for plan in plans]
    bends = [
        *(("plans: bytes", *one) for one in pdf_mutations.BYTES.items()),
        *(("plans: syntax", *one) for one in pdf_mutations.SYNTAX.items()),
        *(("plans: objects", *one) for one in pdf_mutations.OBJECTS.items()),
        *(("signed files", *one) for one in (*pdf_mutations.BYTES.items(), *pdf_mutations.SYNTAX.items())),
    ]
    for number in range(count - len(thrown)):
        kind, told, bend = bends[number % len(bends)]
        luck = Random(f"{seed}/{number}")
        was = signed if kind == "signed files" else b""
        source = was or luck.choice(luck.choice((plans, readable)))
        yield Hostile(
            kind, f"{told} {number}", lambda bend=bend, source=source, luck=luck: bend(source, luck), was
        )


# --- the path ----------------------------------------------------------------------------------------------


class Gauntlet:
    """One sandbox, one signing desk, two signers; files go through one after the other."""

    def __init__(self, folder: Path, sandbox: Sandbox, desk: SigningDesk) -> None:
        self.folder, self.sandbox, self.desk = folder, sandbox, desk
        self.now = datetime.now(UTC)
        authority = create_authority("Trường Tiểu học Hoa Sen", self.now, MASTER)
        self.ca_pem = authority.ca_pem
        self.keys = [issue_signer(authority, MASTER, *who, self.now) for who in SIGNERS]
        self.lines: dict[str, Line] = {}
        self.broken: list[str] = []
        self.good = self._path("good")
        self.slowest = 0.0

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.pdf"

    def finished(self, plan: bytes) -> bytes:
        """A good plan with both signatures; from here on warm processes are known."""
        self.good.write_bytes(plan)
        answer = self._taken_in(self.good)
        if not answer.startswith("accepted"):
            raise AssertionError(f"the good plan was not taken in: {answer}")
        return self._path("second").read_bytes()

    def run(self, one: Hostile) -> str:
        """What became of it: `accepted`, or why not; a broken promise is noted and the file kept."""
        line = self.lines.setdefault(one.kind, Line())
        line.files += 1
        source = self._path("hostile")
        source.write_bytes(one.make())
        self.sandbox.peak_memory = self.sandbox.peak_address_space = 0
        self.sandbox.peak_cpu, self.slowest = 0.0, 0.0
        before = warm_processes()
        try:
            answer = self._taken_in(source)
            if one.was:
                self._verified(source, one.was)
            self._is_inside_limits()
            if gone := before - warm_processes():
                raise Broken(f"a warm process died: {len(gone)}")
        except Broken as broken:
            answer = f"BROKEN: {broken}"
            self._keep(one, source, answer)
        self._count(line, answer)
        return answer

    def _taken_in(self, source: Path) -> str:
        """Through the whole path as the handlers walk it."""
        copy, picture = self._path("copy"), self.folder / "picture.jpg"
        order = ReviewCopyOrder(source, copy, BOXES, "KHBD tuần 12", CODE, title="TRANG KÝ DUYỆT")
        copy.unlink(missing_ok=True)
        try:
            inspection, made = self._step(
                "take_in", lambda: self.sandbox.take_in(source, NAME, picture, lambda _: order)
            )
            if blocks := _blocks(inspection):
                return blocks
            if made is None:
                self._step("review_copy", lambda: self.sandbox.review_copy(order))
        except (FileRefused, SandboxFailed) as refusal:
            return _refusal(refusal)
        self._signed(copy)
        return "accepted, " + self._printed_and_compared(source)

    def _signed(self, copy: Path) -> None:
        first, second = self._path("first"), self._path("second")
        for at, (source, target) in enumerate(((copy, first), (first, second))):
            name, role = SIGNERS[at][1:]
            order = SignOrder(source, target, BOXES[at].field, self.keys[at], name, role, self.now, CODE)
            try:
                self._step("sign", lambda order=order: self.desk.sign(order))
            except SigningFailed as failed:
                raise Broken(f"an accepted file cannot be signed: {failed}") from failed
        try:
            report = self._step("verify", lambda: self.sandbox.verify(second, self.ca_pem))
        except (FileRefused, SandboxFailed) as failed:
            raise Broken(f"a signed file cannot be verified: {failed}") from failed
        if not report.valid or len(report.signatures) != len(SIGNERS):
            raise Broken(f"a signed file is not valid: {report.problems}")

    def _printed_and_compared(self, source: Path) -> str:
        """What is done with a file besides; each may be refused, none may break anything."""
        said = []
        order = PrintOrder(self._path("second"), self._path("print"), "BẢN IN", CODE)
        jobs: dict[str, Callable[[], object]] = {
            "print": lambda: self.sandbox.print_copy(order),
            "compare": lambda: self.sandbox.compare(self.good, source),
            "draw": lambda: self.sandbox.draw_page(self._path("copy"), 1, self.folder / "page.jpg"),
        }
        for name, job in jobs.items():
            try:
                self._step(name, job)
            except (FileRefused, SandboxFailed) as refusal:
                said.append(f"no {name}: {_refusal(refusal)}")
        return "; ".join(said) or "all"

    def _verified(self, source: Path, was: bytes) -> None:
        """A bent signed file is no valid one; bytes in the holes that signatures lie in may be others."""
        try:
            report = self._step("verify", lambda: self.sandbox.verify(source, self.ca_pem))
        except (FileRefused, SandboxFailed) as refusal:
            _refusal(refusal)
            return
        if report.valid and not _differs_in_holes_only(was, source.read_bytes()):
            raise Broken("a bent signed file is said to be valid")

    def _step(self, name: str, job: Callable[[], Any]) -> Any:
        """Raises Broken for what is neither a result nor a known refusal, and what took too long."""
        start = time.monotonic()
        try:
            return job()
        except (FileRefused, SandboxFailed, SigningFailed):
            raise
        except Exception as error:
            raise Broken(f"{name} raised {outline(error)}") from error
        finally:
            seconds = time.monotonic() - start
            self.slowest = max(self.slowest, seconds)
            if seconds > PROMISED_SECONDS and not isinstance(sys.exception(), Broken):
                raise Broken(f"{name} took {seconds:.1f} s")

    def _is_inside_limits(self) -> None:
        limits = SandboxLimits()
        if self.sandbox.peak_address_space > limits.memory:
            raise Broken(f"a child had {self.sandbox.peak_address_space >> 20} MB of address space")
        if self.sandbox.peak_cpu > limits.cpu + 1:
            raise Broken(f"a child took {self.sandbox.peak_cpu:.1f} s of CPU")

    def _count(self, line: Line, answer: str) -> None:
        line.answers[answer] += 1
        line.accepted += answer.startswith("accepted")
        line.stopped += answer.startswith("stopped")
        line.refused += answer.startswith("refused")
        line.slowest, line.cpu = max(line.slowest, self.slowest), max(line.cpu, self.sandbox.peak_cpu)
        line.memory = max(line.memory, self.sandbox.peak_memory)

    def _keep(self, one: Hostile, source: Path, answer: str) -> None:
        OUT.mkdir(parents=True, exist_ok=True)
        kept = OUT / f"{one.kind}-{one.told}.pdf".replace(" ", "_").replace(":", "").replace(",", "")
        kept.write_bytes(source.read_bytes())
        self.broken.append(f"{one.kind}, {one.told}: {answer} ({kept.name})")


def _blocks(inspection: Inspection) -> str:
    """The refusal of what a rule blocks, rendered as the sender reads it; empty when nothing does."""
    blocks = [one for one in inspection.findings if one.severity == "block"]
    if not blocks:
        return ""
    _rendered("upload.blocked", {"name": NAME, "findings": cards.finding_facts(blocks)})
    return f"refused: {', '.join(sorted({one.code for one in blocks}))}"


def _refusal(refusal: FileRefused | SandboxFailed) -> str:
    _rendered(refusal.text_key, {"name": NAME, **refusal.facts})
    kind = "refused" if isinstance(refusal, FileRefused) else "stopped"
    return f"{kind}: {refusal if kind == 'stopped' else refusal.text_key}"


def _rendered(key: str, facts: dict[str, Any]) -> None:
    try:
        texts.render(key, **facts)
    except Exception as error:
        raise Broken(f"no words for {key}: {outline(error)}") from error


def _differs_in_holes_only(was: bytes, now: bytes) -> bool:
    if len(was) != len(now):
        return False
    holes = [range(*hole.span(1)) for hole in pdf_mutations.HOLE.finditer(was)]
    changed = [at for at, (one, other) in enumerate(zip(was, now, strict=True)) if one != other]
    return all(any(at in hole for hole in holes) for at in changed)


def warm_processes() -> set[int]:
    """Process ids of this process's sandboxes and signing workers."""
    found: set[int] = set()
    for listing in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found.update(int(pid) for pid in listing.read_text().split() if _is_warm(int(pid)))
    return found


def _is_warm(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return b"hoso_bot.pdf" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


# --- a run -------------------------------------------------------------------------------------------------


def run(
    files: int = FILES, seed: int = SEED, told: Callable[[str], None] = lambda line: None
) -> dict[str, Any]:
    """By class: files, refused, stopped by a limit, accepted, slowest step, CPU, memory; and `broken`."""
    with (
        tempfile.TemporaryDirectory(prefix="hoso-fuzz-") as name,
        Sandbox() as sandbox,
        SigningDesk(MASTER, workers=1) as desk,
    ):
        gauntlet = Gauntlet(Path(name), sandbox, desk)
        plans = good_plans(Path(name))
        signed = gauntlet.finished(plans[0])
        for number, one in enumerate(hostile_files(files, seed, plans, signed), start=1):
            told(f"{number} {one.kind}, {one.told}: {gauntlet.run(one)} in {gauntlet.slowest:.1f} s")
        return {
            "seed": seed,
            "lines": {
                kind: {**vars(line), "answers": dict(line.answers)} for kind, line in gauntlet.lines.items()
            },
            "broken": gauntlet.broken,
        }


def table(found: dict[str, Any]) -> str:
    """A line a class, then every broken promise."""
    seed = f"seed {found['seed']}"
    heads = ("files", "refused", "stopped", "accepted", "slowest s", "CPU s", "MB")
    rows = [f"{seed:<18}" + "".join(f"{head:>11}" for head in heads)]
    for kind, line in found["lines"].items():
        counts = "".join(f"{line[key]:>11}" for key in ("files", "refused", "stopped", "accepted"))
        rows.append(
            f"{kind:<18}{counts}{line['slowest']:>11.1f}{line['cpu']:>11.1f}{line['memory'] >> 20:>11}"
        )
    total = sum(line["files"] for line in found["lines"].values())
    rows.append(f"{total} files, promises broken: {len(found['broken'])}")
    return "\n".join([*rows, *found["broken"]])


def main() -> int:
    """Print every answer on the error stream, the table at the end; 1 when a promise was broken."""
    found = run(*map(int, sys.argv[1:3]), told=lambda line: print(line, file=sys.stderr, flush=True))
    print(table(found))
    return 1 if found["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
