"""How long a worker sleeps that found nothing to do."""

from __future__ import annotations

from hoso_bot.store.leases import Leases
from hoso_bot.workers.bell import Bell
from hoso_bot.workers.patience import Patience

SHORT = 1.0
"""Seconds, so that a lost ring costs no more."""


async def rest(bell: Bell, queue: Leases, patience: Patience, longest: float) -> None:
    """Until somebody rings or a row of the queue is due.

    longest: seconds at most; beyond `SHORT` the queue is asked when its next row is due, so that a process
    with hundreds of quiet schools does not ask each of them every second.
    """
    seconds = SHORT
    if longest > SHORT:
        due = await patience.ask(queue.due_in)
        seconds = longest if due is None else min(longest, max(SHORT, due))
    await bell.wait(seconds)
