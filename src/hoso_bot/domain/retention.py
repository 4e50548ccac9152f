"""How long things are kept: the school's own choice; no law's number is known here. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Retention:
    """Days (`signed_years`: school years) after which something goes; None: it is kept.

    unsubmitted: files that were never handed in, with their pictures and review copies. pictures: page 1 of
    files that were, once decided. messages: what inbox and outbox say, after they are settled. support:
    conversations, after they are closed. link_attempts: wrong codes. signed: the files of plans.
    """

    unsubmitted_days: int | None = 30
    pictures_days: int | None = 60
    messages_days: int | None = 30
    support_days: int | None = 365
    link_attempts_days: int | None = 30
    signed_years: int | None = None
