"""How words travel to PostgreSQL."""

from __future__ import annotations

from psycopg.types.string import StrDumper

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class WithoutNul(StrDumper):
    """Text with every NUL, which no PostgreSQL text can hold, shown as U+FFFD."""

    def dump(self, obj: str) -> bytes:
        """The bytes of `obj`."""
        return bytes(super().dump(obj.replace("\0", REPLACEMENT)) or b"")
