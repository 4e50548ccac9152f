"""What a look at an uploaded PDF tells: facts with their pages, and findings of the rules."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Finding:
    """One thing the rules have to say about a file.

    code: stable name (`several_weeks`); severity: `block` stops the submission, `hint` only informs;
    pages: 1-based; facts: the blanks of the sentence `finding.<code>`; rule: its source (R13).
    """

    code: str
    severity: Literal["block", "hint"]
    pages: tuple[int, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    rule: str = ""


@dataclass(frozen=True)
class PlanFacts:
    """What was read, without judgement.

    weeks: week numbers the file is about, most certain first. week_from: `text`, `title` (listed there, the
    lessons do not show several), `name`, `dates` or ``.
    dates: ISO days of teaching that were read. classes: `5A`. parts: part of CV 2345 (1..4) -> pages.
    encodings: `unicode`, `nfd`, `vni`, `tcvn3`, `cp1258` as met in the text.
    week_confidence: 0 (none) to 1. named_weeks: those of the file's name. date_pages: ISO day -> pages.
    lacking: part 1..3 -> page of each lesson that has other parts but not this one. profile: `cv2345` or
    `cv5512`.
    """

    weeks: tuple[int, ...] = ()
    week_from: str = ""
    dates: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    lessons: int = 0
    parts: dict[str, tuple[int, ...]] = field(default_factory=dict)
    encodings: tuple[str, ...] = ()
    week_confidence: float = 0.0
    named_weeks: tuple[int, ...] = ()
    date_pages: dict[str, tuple[int, ...]] = field(default_factory=dict)
    lacking: dict[str, tuple[int, ...]] = field(default_factory=dict)
    profile: str = "cv2345"


@dataclass(frozen=True)
class Structure:
    """What the PDF is made of. size in bytes; revisions: cross-reference sections ended by %%EOF.

    blank_pages: 1-based pages without letters or a big image; scanned_pages: those with a big image only.
    """

    size: int
    pages: int
    text_layer: bool
    revisions: int = 1
    signed: bool = False
    ours: bool = False
    active_content: tuple[str, ...] = ()
    blank_pages: tuple[int, ...] = ()
    scanned_pages: tuple[int, ...] = ()


@dataclass(frozen=True)
class Inspection:
    """Structure, facts and findings of one file."""

    structure: Structure
    facts: PlanFacts
    findings: tuple[Finding, ...] = ()

    @property
    def blocked(self) -> bool:
        """True when a rule of design section 4 stops the submission."""
        return any(f.severity == "block" for f in self.findings)

    def to_json(self) -> dict[str, Any]:
        """Plain data for the database."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Inspection:
        """The inspection written by `to_json` (lists become tuples again)."""
        facts: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data["facts"].items()}
        for pages in ("parts", "date_pages", "lacking"):
            facts[pages] = {k: tuple(v) for k, v in data["facts"].get(pages, {}).items()}
        structure: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in data["structure"].items()
        }
        findings = tuple(Finding(**{**f, "pages": tuple(f["pages"])}) for f in data["findings"])
        return cls(Structure(**structure), PlanFacts(**facts), findings)
