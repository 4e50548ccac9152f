"""What the school no longer keeps goes: by night what is short-lived, files of plans on the office's word.

In the manner of the nightly check (decision 0021): a step is an event of its own, so a kill costs at most
one, users' messages pass in between, and what a step could not finish the next one finds again.
"""

from __future__ import annotations

from hoso_bot.domain.chain_events import FileLeftOver
from hoso_bot.domain.retention import SHORT_LIVED, Kind
from hoso_bot.domain.retention_events import RETENTION_LANE, RetentionDue, RetentionNightBegan
from hoso_bot.unit_of_work import Unguarded, UnitOfWork

STEP = 200
"""So many rows at a time: a commit of milliseconds."""


def begin(event: RetentionNightBegan, uow: UnitOfWork) -> None:
    """Owe one first step for every short-lived kind."""
    for kind in SHORT_LIVED:
        uow.emit(RetentionDue(kind.value), RETENTION_LANE)


def step(event: RetentionDue, uow: UnitOfWork) -> None:
    """Empty some rows of a kind and owe the removal of the files they named; again while there are more."""
    kind = Kind(event.kind)
    before = uow.policy.retention.cutoff(kind, uow.now())
    items = uow.retention.find(kind, before, STEP) if before else []
    if not items:
        return
    uow.change(*(Unguarded(s) for s in uow.retention.clear(kind, items, uow.now())))
    files = {sha256 for item in items for sha256 in item.files}
    for sha256 in sorted(files):
        uow.emit(FileLeftOver(sha256), RETENTION_LANE)
    uow.record("retention.applied", kind.value, rows=len(items), files=len(files))
    if len(items) == STEP:
        uow.emit(event, RETENTION_LANE)
