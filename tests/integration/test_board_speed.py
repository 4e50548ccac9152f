"""The board's pages ask the database a few things, however large the school is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from tests import full_school
from tests.database import counted
from tests.parts import Parts
from tests.school import week

from hoso_bot.casework.sight import Sight
from hoso_bot.domain.events import Address
from hoso_bot.domain.web_session import WebSession
from hoso_bot.web.board.plans import show_plan
from hoso_bot.web.board.queue import show_queue
from hoso_bot.web.board.teachers import show_search, show_teacher
from hoso_bot.web.board.visit import Asked, Page, Visit
from hoso_bot.web.board.weeks import show_week

PDF, PICTURE = b"%PDF-1.7 as if", b"\xff\xd8 as if"


@pytest.fixture
def parts(parts: Parts) -> Parts:
    full_school.fill(parts.home, parts.clock, PDF, PICTURE)
    return parts


def looks(
    parts: Parts, view: Callable[[Visit, Asked], Any], path: dict[str, str], **query: str
) -> tuple[Page, int]:
    """The page, and how many statements it took."""
    with counted(parts.db) as asked:
        uow = parts.unit("look", "HT01")
        now = parts.clock.now()
        session = WebSession("s", uow.actor.id, Address("telegram", "1"), now, now, None)
        began = time.perf_counter()
        page = view(Visit(session, uow, Sight(uow), now), Asked(path, query))
        print(f"{view.__name__}: {len(asked)} statements, {(time.perf_counter() - began) * 1000:.0f} ms")  # noqa: T201
    return page, len(asked)


def test_the_week_of_sixty_teachers(parts: Parts) -> None:
    page, asked = looks(parts, show_week, {}, tuan="13")
    assert sum(len(group["lines"]) for group in page.facts["groups"]) == 60
    assert asked <= 20


def test_the_queue(parts: Parts) -> None:
    page, asked = looks(parts, show_queue, {})
    assert len(page.facts["entries"]) == 25
    assert asked <= 15
    assert [one["since"] for one in page.facts["entries"]] == sorted(
        one["since"] for one in page.facts["entries"]
    )


def test_a_teacher_a_plan_and_a_search(parts: Parts) -> None:
    teacher = parts.staff("GV07")
    page, asked = looks(parts, show_teacher, {"person": teacher.id})
    assert page.facts["lines"]
    assert asked <= 20
    (line,) = [line for line in page.facts["lines"] if line["week"] == 13]
    page, asked = looks(parts, show_plan, {"plan": line["plan_id"]})
    assert [version["number"] for version in page.facts["versions"]] == [2, 1]
    assert page.facts["versions"][1]["steps"][0]["reason"] == full_school.REASON
    assert asked <= 30
    page, asked = looks(parts, show_search, {}, q="cong tang ton nu")
    assert [one["name"] for one in page.facts["people"]] == [full_school.LONGEST]
    assert asked <= 25
    assert week(13).number == page.facts["week"]["week"] or page.facts["week"]["week"] == 12
