"""A teacher's weeks of a year, and how to find a teacher, a week or a plan."""

from __future__ import annotations

from typing import Any

from hoso_bot.domain.calendar import find, school_year, week_of_interest
from hoso_bot.domain.cards import week_facts
from hoso_bot.domain.roster import Person
from hoso_bot.domain.searching import Query, found, read_query
from hoso_bot.domain.tally import of_person, tally
from hoso_bot.unit_of_work import plan_facts
from hoso_bot.web.board.visit import Asked, NotHere, Page, Visit
from hoso_bot.web.board.weeks import line_facts

PEOPLE_SHOWN, PLANS_SHOWN = 30, 20


def show_teacher(visit: Visit, asked: Asked) -> Page:
    """`/bang/gv/ID?nam=2026-2027`: one line a plan owed, the newest week first."""
    teacher = visit.sight.people.get(asked.path["person"])
    if teacher is None or not visit.sight.week_of(teacher):
        raise NotHere
    this_year = school_year(visit.uow.today())
    year = asked.query.get("nam", this_year)
    weeks = visit.uow.weeks() if year == this_year else visit.uow.school.weeks(year)
    boards = visit.uow.boards.of_weeks(weeks, visit.uow.rules, visit.now, only=teacher)
    if not boards:
        raise NotHere
    coming = week_of_interest(weeks, visit.uow.today()).number if year == this_year else None
    begun = [
        board for board in boards if coming is None or board.week.number <= coming or _filled(board.lines)
    ]
    visit.look("report.read", f"{year}-{teacher.staff_id}", teacher, weeks=len(begun))
    counted = tally(of_person(boards, teacher.id))
    names = ("owed", "on_time", "late", "missing", "taught", "ready", "held", "returns")
    facts = {
        "year": year,
        "years": visit.uow.school.years(),
        "teacher": person_facts(teacher),
        "lines": [
            {**week_facts(board.week), **line_facts(line, visit)}
            for board in reversed(begun)
            for line in board.lines
        ],
        "figures": {name: getattr(counted, name) for name in names},
        "at": visit.now.isoformat(),
    }
    return Page("teacher.html", facts)


def _filled(lines: tuple[Any, ...]) -> bool:
    """A week that is still to come, with something in it already."""
    return any(line.version or line.reason for line in lines)


def show_search(visit: Visit, asked: Asked) -> Page:
    """`/bang/tim?q=loan 5b t13`: people with their plan of the week, and plans by code."""
    typed = asked.query.get("q", "")
    query = read_query(typed)
    facts: dict[str, Any] = {"typed": typed, "people": [], "plans": [], "week": None, "more": 0}
    if not query.is_empty:
        facts |= _results(visit, query)
        visit.look("report.read", "search", people=len(facts["people"]))
    return Page("search.html", facts, "search")


def _results(visit: Visit, query: Query) -> dict[str, Any]:
    weeks = visit.uow.weeks()
    asked_week = find(weeks, query.week) if query.week else None
    week = asked_week or week_of_interest(weeks, visit.uow.today())
    board = visit.uow.boards.of_week(week, visit.uow.rules, visit.now)
    people = [one for one in found(query, visit.sight.people.values()) if visit.sight.week_of(one)]
    coded = visit.uow.boards.coded(query.code, PLANS_SHOWN) if query.code else []
    return {
        "people": [
            {
                **person_facts(person),
                "lines": [line_facts(line, visit) for line in board.lines if line.person.id == person.id],
            }
            for person in people[:PEOPLE_SHOWN]
        ],
        "more": max(0, len(people) - PEOPLE_SHOWN),
        "plans": [
            {
                **plan_facts(visit.uow, one.plan),
                "plan_id": one.plan.id,
                "name": visit.name(one.plan.person_id),
                "standing": one.state.value,
            }
            for one in coded
            if visit.sight.plans_of(visit.sight.people[one.plan.person_id])
        ],
        "week": {**week_facts(week), "year": week.year, "asked": query.week},
        "no_such_week": bool(query.week) and asked_week is None,
    }


def person_facts(person: Person) -> dict[str, Any]:
    """Blanks about somebody as they are now."""
    return {
        "person_id": person.id,
        "name": person.name,
        "staff_id": person.staff_id,
        "role": person.role.value,
        "group": person.group,
        "classes": list(person.classes),
        "subjects": list(person.subjects),
        "active": person.active,
    }
