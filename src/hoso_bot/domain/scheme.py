"""The school's own weights of figures; without them a sheet has figures only (R53). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from hoso_bot.domain.figures import Figures

RATES = ("on_time_rate", "own_part_rate", "before_lesson_rate")
POSITIVE = ("trained", "questions")
WEIGHABLE = (*RATES, "late", "missing", "violations", *POSITIVE)
"""What may be weighed: never what depends on others' time, nor what a rejection touches (domain.md 10.2)."""


@dataclass(frozen=True)
class Scheme:
    """The school's own weights (`[evaluation]`). weights: points a whole rate or a unit is worth.

    caps: the most points a figure may give or take, whatever its sign. Empty: figures only.
    """

    weights: Mapping[str, float] = field(default_factory=dict)
    caps: Mapping[str, float] = field(default_factory=dict)

    def problem(self) -> str | None:
        """Why this cannot be a scheme, in English; None when it can."""
        for name, weight in self.weights.items():
            if name not in WEIGHABLE:
                return f"{name!r} cannot be weighed; known are {', '.join(WEIGHABLE)}"
            if weight < 0 and name in (*RATES, *POSITIVE):
                return f"{name!r} speaks for somebody, its weight cannot be negative"
        for name, cap in self.caps.items():
            if name not in self.weights or cap <= 0:
                return f"the cap of {name!r} needs a weight beside it and must be positive"
        return None

    def points(self, figures: Figures) -> Decimal | None:
        """Points to one decimal, half up; None without weights. A rate or count of nothing gives nothing."""
        if not self.weights:
            return None
        parts = (self._part(name, getattr(figures, name)) for name in self.weights)
        return sum(parts, Decimal()).quantize(Decimal("0.1"), ROUND_HALF_UP)

    def _part(self, name: str, value: float | None) -> Decimal:
        given = Decimal(str(value or 0)) * Decimal(str(self.weights[name]))
        cap = Decimal(str(self.caps[name])) if name in self.caps else None
        return given if cap is None else max(-cap, min(cap, given))
