"""How long a message is tried: its own trouble ends its tries, its channel's trouble does not."""

from __future__ import annotations

from collections import Counter

from hoso_bot.store.outbox import Queued

ALONE = 3
"""So often a message has failed while others of its channel got through: then it is the message."""


class Persistence:
    """What this process saw of its channels; after a start nothing is known, so nothing is given up."""

    def __init__(self) -> None:
        self._delivered: Counter[str] = Counter()
        self._alone: Counter[int] = Counter()
        self._seen: dict[int, int] = {}

    def delivered(self, row: Queued) -> None:
        """One got through."""
        self._delivered[row.address.channel] += 1
        self.forget(row)

    def failed(self, row: Queued) -> bool:
        """One did not; whether it alone fails by now, as no outage of the whole channel would explain."""
        others = self._delivered[row.address.channel]
        if others > self._seen.get(row.id, others):
            self._alone[row.id] += 1
        self._seen[row.id] = others
        return self._alone[row.id] >= ALONE

    def forget(self, row: Queued) -> None:
        """It is settled."""
        self._alone.pop(row.id, None)
        self._seen.pop(row.id, None)
