"""The box in which uploaded bytes are parsed: warm server processes, one limited child per file."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import TracebackType
from typing import Self

from hoso_bot.domain.checks import Limits
from hoso_bot.domain.comparison import PageChanges
from hoso_bot.domain.errors import FileRefused, SandboxFailed
from hoso_bot.domain.inspection import Inspection
from hoso_bot.domain.returned_file import AddedField, ReturnReport
from hoso_bot.domain.signing import (
    PrintOrder,
    ReviewCopy,
    ReviewCopyOrder,
    SignatureCheck,
    SignatureReport,
    TimestampCheck,
)
from hoso_bot.pdf.sandbox_child import FILES, SIGNATURES, SandboxLimits
from hoso_bot.pdf.warm_server import Facts, Pool, Then
from hoso_bot.ports import OrderFor

# Difference analysis walks every object in Python: 15 s for a tagged plan of 490 pages.
VERIFY_CPU, VERIFY_WALL = 120, 150.0


class Sandbox:
    """The `Inspector` of ports.py. Thread-safe and blocking; `workers` files at a time.

    Signatures are validated by a server of their own, because such a job takes up to minutes and no upload
    shall wait behind it; each kind starts when first needed. Nothing a file does can hang or crash the
    caller: a job that dies, runs out of time or memory ends as SandboxFailed, and a warm server that is gone
    is replaced before the next job.
    """

    def __init__(
        self, workers: int = 1, limits: SandboxLimits | None = None, rules: Limits | None = None
    ) -> None:
        self._limits = limits or SandboxLimits()
        self._verify_limits = limits or SandboxLimits(cpu=VERIFY_CPU, wall=VERIFY_WALL)
        self._rules = rules or Limits()
        self._files, self._signatures = Pool(FILES, workers), Pool(SIGNATURES, workers)
        self.peak_memory = 0
        """Bytes of memory, of address space, and seconds of CPU, that the largest job so far needed."""
        self.peak_address_space, self.peak_cpu = 0, 0.0

    def warm(self) -> None:
        """Start a server for files without waiting; else the first job of a kind starts its own."""
        self._files.warm()

    def is_awaited(self) -> bool:
        """Whether more files wait than can be looked at now."""
        return self._files.is_awaited

    def close(self) -> None:
        """End all processes; running and later jobs raise SandboxFailed."""
        self._files.close()
        self._signatures.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def inspect(self, path: Path, name: str) -> Inspection:
        """Structure, text and facts. Raises FileRefused, SandboxFailed."""
        return Inspection.from_json(self._job("inspect", self._upload(path, name)))

    def _upload(self, path: Path, name: str) -> Facts:
        return {"path": str(path.absolute()), "name": name, "limits": dataclasses.asdict(self._rules)}

    def take_in(
        self, path: Path, name: str, picture: Path, then: OrderFor
    ) -> tuple[Inspection, ReviewCopy | None]:
        """Inspect, draw page 1 at `picture`, make the review copy that `then` orders, all from one parse.

        A job that dies after the file was read has lost picture and review copy only.
        Raises FileRefused, SandboxFailed, and what `then` raises.
        """
        seen: list[Inspection] = []

        def told(facts: Facts) -> Facts:
            seen.append(Inspection.from_json(facts))
            order = None if seen[0].blocked else then(seen[0])
            return {"order": _fields(order) if order else None}

        arguments = {**self._upload(path, name), "picture": str(picture.absolute())}
        try:
            copy = self._job("take_in", arguments, then=told)["review_copy"]
        except SandboxFailed:
            if not seen:
                raise
            picture.unlink(missing_ok=True)
            copy = None
        if not seen:
            raise SandboxFailed("take_in: nothing was read")
        return seen[0], ReviewCopy(**copy) if copy else None

    def review_copy(self, order: ReviewCopyOrder) -> ReviewCopy:
        """One clean revision with every field and box. Raises FileRefused, SandboxFailed."""
        return ReviewCopy(**self._job("review_copy", _fields(order)))

    def print_copy(self, order: PrintOrder) -> None:
        """The signed file as paper wants it. Raises FileRefused, SandboxFailed."""
        self._job("print_copy", _fields(order))

    def verify(self, path: Path, ca_pem: bytes, ours: bool = False) -> SignatureReport:
        """Every signature of the file, with difference analysis. Raises FileRefused, SandboxFailed.

        ours: it never left our hands since it was rewritten, and shares a child with others like it.
        """
        arguments = {"path": str(path.absolute()), "ca_pem": ca_pem.decode("latin-1"), "ours": ours}
        return _report(self._job("verify", arguments, shares=ours))

    def look_at_return(self, path: Path, size: int, trust_pem: bytes) -> ReturnReport:
        """What a signing tool added behind the first `size` bytes. Raises FileRefused, SandboxFailed."""
        arguments = {"path": str(path.absolute()), "size": size, "trust_pem": trust_pem.decode("latin-1")}
        done = self._job("look_at_return", arguments)
        added = tuple(AddedField(**{**field, "covers": tuple(field["covers"])}) for field in done["added"])
        return ReturnReport(**{**done, "report": _report(done["report"]), "added": added})

    def compare(self, old: Path, new: Path) -> PageChanges:
        """Which pages changed between two versions. Raises FileRefused, SandboxFailed."""
        return PageChanges.from_json(
            self._job("compare", {"old": str(old.absolute()), "new": str(new.absolute())})
        )

    def draw_page(self, path: Path, number: int, target: Path) -> bool:
        """Page `number` (from 1) as a JPEG to read at `target`. Raises FileRefused, SandboxFailed."""
        paths = {"path": str(path.absolute()), "target": str(target.absolute())}
        return bool(self._job("draw_page", {**paths, "number": number})["drawn"])

    def _job(self, job: str, arguments: Facts, then: Then | None = None, shares: bool = False) -> Facts:
        pool, limits = self._files, self._limits
        if job in ("verify", "look_at_return"):
            pool, limits = self._signatures, self._verify_limits
        order = {"job": job, "arguments": arguments, "limits": dataclasses.asdict(limits), "shares": shares}
        reply = pool.ask(order, then)
        self.peak_memory = max(self.peak_memory, int(reply.get("memory", 0)))
        self.peak_address_space = max(self.peak_address_space, int(reply.get("address_space", 0)))
        self.peak_cpu = max(self.peak_cpu, float(reply.get("cpu", 0)))
        if "refused" in reply:
            raise FileRefused(str(reply["refused"]), **reply.get("facts", {}))
        done: Facts | None = reply.get("done")
        if not isinstance(done, dict):
            raise SandboxFailed(f"{job}: {reply.get('failed', 'no answer')}")
        return done


def _report(done: Facts) -> SignatureReport:
    lists: Facts = {key: tuple(done[key]) for key in ("empty_fields", "problems")}
    checks = tuple(SignatureCheck(**check) for check in done["signatures"])
    stamps = tuple(TimestampCheck(**stamp) for stamp in done["timestamps"])
    return SignatureReport(**{**done, **lists, "signatures": checks, "timestamps": stamps})


def _fields(order: ReviewCopyOrder | PrintOrder) -> Facts:
    paths = {"source": str(order.source.absolute()), "target": str(order.target.absolute())}
    return {**dataclasses.asdict(order), **paths}
