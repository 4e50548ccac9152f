"""What changed between two versions of a plan, by page; computed where the files may be parsed."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any


@dataclass(frozen=True)
class PageChanges:
    """1-based page numbers. changed and added: pages of the new file; removed: pages of the old one."""

    changed: tuple[int, ...] = ()
    added: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain data for the database and for a card."""
        return {name: list(pages) for name, pages in dataclasses.asdict(self).items()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> PageChanges:
        """The changes written by `to_json`."""
        return cls(**{name: tuple(pages) for name, pages in data.items()})


def compare_pages(old: Sequence[str], new: Sequence[str]) -> PageChanges:
    """The changes between two files given as one fingerprint a page (its words, in any normal form).

    Pages are aligned first, so a page put in front does not make all later ones "changed".
    """
    changed: list[int] = []
    added: list[int] = []
    removed: list[int] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if tag == "equal":
            continue
        both = min(old_to - old_from, new_to - new_from)
        changed += range(new_from + 1, new_from + both + 1)
        added += range(new_from + both + 1, new_to + 1)
        removed += range(old_from + both + 1, old_to + 1)
    return PageChanges(tuple(changed), tuple(added), tuple(removed))
