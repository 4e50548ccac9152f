"""Ordering review copies: what is printed on them, and keeping what comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hoso_bot.domain.lookup_code import spelled
from hoso_bot.domain.roster import Person, Role
from hoso_bot.domain.routing import field_of
from hoso_bot.domain.signing import Box, KeptReviewCopy, ReviewCopy, ReviewCopyOrder
from hoso_bot.unit_of_work import UnitOfWork


def order(
    original: str,
    author: Person,
    roles: Sequence[Role],
    codes: tuple[str, str],
    uow: UnitOfWork,
    plan: Mapping[str, Any],
) -> ReviewCopyOrder:
    """One clean revision of the stored original with a box for each of `roles`.

    codes: record code with version, and lookup code ('' without one); plan: the blanks that name the plan
    (`unit_of_work.plan_facts`).
    """
    code, lookup_code = codes
    link = uow.policy.lookup_link(lookup_code)
    shown = {"link": link.partition("//")[2], "code": spelled(lookup_code)}
    return ReviewCopyOrder(
        source=uow.files.path(original),
        target=uow.files.new_temporary(),
        boxes=tuple(
            Box(field_of(number), uow.words(f"stamp.box.{role.value}"))
            for number, role in enumerate(roles, start=1)
        ),
        heading=uow.words("stamp.heading", school=uow.school.row().name, teacher=author.name, **plan),
        code=code,
        lookup=uow.words("stamp.lookup", **shown) if lookup_code else "",
        link=link,
        title=uow.words("stamp.title"),
    )


def kept(ordered: ReviewCopyOrder, made: ReviewCopy, uow: UnitOfWork) -> KeptReviewCopy:
    """What was made to order, moved into the store."""
    return KeptReviewCopy(uow.files.adopt(ordered.target), made.size, made.pages, ordered.wording)


def make(ordered: ReviewCopyOrder, uow: UnitOfWork) -> KeptReviewCopy:
    """Make and keep it. Raises FileRefused, SandboxFailed, FileNotFoundError."""
    try:
        return kept(ordered, uow.inspector.review_copy(ordered), uow)
    finally:
        ordered.target.unlink(missing_ok=True)
