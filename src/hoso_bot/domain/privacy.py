"""What a school holds about one person, as they are shown it. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class YearHeld:
    """Of one school year: plans handed in, their versions, and the bytes of all their files."""

    year: str
    plans: int
    versions: int
    size: int


@dataclass(frozen=True)
class Held:
    """Counts about one person.

    drafts: files sent and never handed in. decisions: steps this person decided. questions, lines, files: of
    support conversations. reminders: messages of the ledger. leave: weeks off, asked for or given. written,
    about: entries of the log by and about the person. certificates: ever issued.
    """

    years: tuple[YearHeld, ...]
    drafts: int
    decisions: int
    questions: int
    lines: int
    files: int
    reminders: int
    leave: int
    written: int
    about: int
    certificates: int

    def facts(self) -> dict[str, Any]:
        """As JSON data."""
        return asdict(self)
