"""Chats nobody is linked to: they get a polite answer, and silence after a few."""

from __future__ import annotations

from datetime import timedelta

from hoso_bot.store.db import moment
from hoso_bot.unit_of_work import UnitOfWork

REPLIES_PER_HOUR = 5


def may_answer(uow: UnitOfWork) -> bool:
    """Whether this chat has not been given so many answers within the hour."""
    since = moment(uow.now() - timedelta(hours=1))
    limit = REPLIES_PER_HOUR + uow.policy.max_link_tries
    return uow.origin is not None and uow.outbox.said_since(uow.origin, since) < limit
