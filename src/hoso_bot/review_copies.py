"""Ordering review copies: what is printed on them, and keeping what comes out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hoso_bot.domain.roster import Person, Role
from hoso_bot.domain.routing import field_of
from hoso_bot.domain.signing import Box, ReviewCopy, ReviewCopyOrder
from hoso_bot.unit_of_work import UnitOfWork


def order(
    original: str,
    author: Person,
    roles: Sequence[Role],
    code: str,
    target: Path,
    uow: UnitOfWork,
    **plan: Any,
) -> ReviewCopyOrder:
    """One clean revision of the stored original with a box for each of `roles`.

    code: record code and version; plan: the blanks that name the plan (`unit_of_work.plan_facts`).
    """
    return ReviewCopyOrder(
        source=uow.files.path(original),
        target=target,
        boxes=tuple(
            Box(field_of(number), uow.words(f"stamp.box.{role.value}"))
            for number, role in enumerate(roles, start=1)
        ),
        heading=uow.words("stamp.heading", school=uow.school.row().name, teacher=author.name, **plan),
        code=code,
    )


def make(
    original: str, author: Person, roles: Sequence[Role], code: str, uow: UnitOfWork, **plan: Any
) -> ReviewCopy:
    """The review copy, in the store. Raises FileRefused, SandboxFailed, FileNotFoundError."""
    target = uow.files.new_temporary()
    try:
        copy = uow.inspector.review_copy(order(original, author, roles, code, target, uow, **plan))
        uow.files.adopt(target)
    finally:
        target.unlink(missing_ok=True)
    return copy
