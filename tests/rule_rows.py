"""The table of the school's rules: a row is a rule's number, the rule in one line, and what proves it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

NUMBER = re.compile(r"R[1-9]\d?")


@dataclass(frozen=True)
class Row:
    """name: `R12`, or `R12-third-open-week` where a rule has several rows."""

    name: str
    rule: str
    proof: Callable[..., None]

    @property
    def number(self) -> str:
        """The rule's number alone."""
        found = NUMBER.match(self.name)
        assert found, self.name
        return found[0]


@dataclass
class Table:
    """Rows of one test file, in the order they stand there."""

    rows: list[Row] = field(default_factory=list)

    def row(self, name: str, rule: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
        """Makes the function under it the proof of a rule."""

        def keep(proof: Callable[..., None]) -> Callable[..., None]:
            assert name not in {row.name for row in self.rows}, name
            self.rows.append(Row(name, rule, proof))
            return proof

        return keep

    @property
    def cases(self) -> list[Any]:
        """One test case a row, called by its name."""
        return [pytest.param(row, id=row.name) for row in self.rows]

    @property
    def numbers(self) -> set[str]:
        """The rules that have a row here."""
        return {row.number for row in self.rows}
