"""The year-end sheet for emulation (R53): figures of one person a row, to be read and signed by that person.

The bot gives figures and no points or grades: weights, caps and the decision are the school's.
"""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl import Workbook

from hoso_bot.domain.board import Board
from hoso_bot.domain.roster import Person
from hoso_bot.domain.tally import Tally, of_person, people_on, semesters, tally
from hoso_bot.lookups import Words
from hoso_bot.reports.table import HOURS, SHARE, WHOLE, Column, Value, add_table, hours

_FIGURES = (
    ("owed", 7, WHOLE),
    ("on_time_rate", 8, SHARE),
    ("missing", 7, WHOLE),
    ("own_part_rate", 10, SHARE),
    ("first_pass_rate", 8, SHARE),
)
_OF_THE_YEAR = (*_FIGURES, ("late", 7, WHOLE), ("late_median", 9, HOURS), ("exempt", 7, WHOLE))


def add_emulation(book: Workbook, heading: Sequence[str], boards: Sequence[Board], words: Words) -> None:
    """Both semesters and the year beside one another, and room for the person's own word."""
    rows = [_row(number, person, boards) for number, person in enumerate(people_on(boards), start=1)]
    add_table(book, words("report.tab.emulation"), heading, _columns(words), rows)


def _columns(words: Words) -> list[Column]:
    halves = [
        Column(f"{words('report.half', number=number)} {words(f'report.column.{key}')}", width, kind)
        for number in (1, 2)
        for key, width, kind in _FIGURES
    ]
    year = [
        Column(f"{words('report.tab.year')}: {words(f'report.column.{key}')}", width, kind)
        for key, width, kind in _OF_THE_YEAR
    ]
    first = [Column(words("report.column.number"), 5, WHOLE), Column(words("report.column.name"), 24)]
    return [*first, *halves, *year, Column(words("report.column.own_word"), 20)]


def _row(number: int, person: Person, boards: Sequence[Board]) -> list[Value]:
    own = of_person(boards, person.id)
    halves = [_figures(tally(half), _FIGURES) for half in semesters(own).values()]
    year = _figures(tally(own), _OF_THE_YEAR)
    return [number, person.name, *halves[0], *halves[1], *year, ""]


def _figures(counted: Tally, wanted: Sequence[tuple[str, int, str]]) -> list[Value]:
    found = [(getattr(counted, key), kind) for key, _, kind in wanted]
    return [hours(value) if kind == HOURS else value for value, kind in found]
