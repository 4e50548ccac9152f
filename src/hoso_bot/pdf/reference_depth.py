"""How deep references go in what pages draw with: validation walks each path, and time grows with the square.

Real plans stay below ten. A chain of 3,000 takes ten seconds to validate, one of 20,000 more than a minute.
"""

from __future__ import annotations

from typing import Any

import pikepdf

DEEPEST = 300
_MOST_OBJECTS = 4_000
"""Looked at in one file, so that a good one with very many fonts costs 40 ms more at the most."""
_LONGEST_ARRAY = 100
"""Longer ones are numbers: widths of letters, samples of colours."""


def goes_too_deep(pdf: pikepdf.Pdf) -> bool:
    """Whether resources or group of a page lead further than `DEEPEST` objects; as far as looked."""
    seen: set[tuple[int, int]] = set()
    for page in pdf.pages:
        stack = [(page.obj.get(key), 0) for key in ("/Resources", "/Group")]
        while stack:
            found, depth = stack.pop()
            if not isinstance(found, pikepdf.Dictionary | pikepdf.Array | pikepdf.Stream):
                continue
            if found.is_indirect:
                if found.objgen in seen:
                    continue
                seen.add(found.objgen)
            if depth > DEEPEST:
                return True
            if len(seen) > _MOST_OBJECTS:
                return False
            stack += [(one, depth + 1) for one in _values(found)]
    return False


def _values(holder: Any) -> list[Any]:
    if isinstance(holder, pikepdf.Array):
        return list(holder) if len(holder) <= _LONGEST_ARRAY else []
    return [holder[key] for key in holder.keys() if key != "/Parent"]  # noqa: SIM118
