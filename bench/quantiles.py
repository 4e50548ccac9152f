"""What most people waited, and what the unlucky ones did."""

from __future__ import annotations

from collections.abc import Sequence


def quantiles(seconds: Sequence[float]) -> dict[str, float]:
    """`p50`, `p95` and `p99` of what was measured, in its unit."""
    ordered = sorted(seconds)
    return {f"p{share}": ordered[len(ordered) * share // 100] for share in (50, 95, 99)}
