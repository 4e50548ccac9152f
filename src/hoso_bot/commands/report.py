"""`hoso-bot report …`: a week or a year as a workbook."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hoso_bot.commands.options import Home, school_year
from hoso_bot.domain.errors import HosoError

app = typer.Typer(help="Numbers as workbooks, with their definitions.", no_args_is_help=True)

Xlsx = Annotated[Path, typer.Option("--xlsx", metavar="FILE", help="Where to write the workbook.")]


@app.command("week")
def week(
    number: Annotated[int, typer.Argument(metavar="WEEK", help="A week of the current school year.")],
    xlsx: Xlsx,
    home: Home = None,
) -> None:
    """Who handed in, who approved, who waits for whom, in one week."""
    from hoso_bot.reports.workbook import write_week

    with school_year(home) as desk:
        board = desk.board(number)
        try:
            write_week(board, desk.report(board.week.year), xlsx)
        except OSError as error:
            raise HosoError(f"cannot write {xlsx}: {error.strerror}") from None
    typer.echo(f"week {number}: {len(board.owed)} plans owed, written to {xlsx}")


@app.command("year")
def year(
    xlsx: Xlsx,
    which: Annotated[str | None, typer.Option("--year", help="A school year such as 2026-2027.")] = None,
    home: Home = None,
) -> None:
    """Counts by teacher for the year, its semesters, months and weeks."""
    from hoso_bot.reports.workbook import write_year

    with school_year(home) as desk:
        try:
            boards = desk.year_boards(which)
            write_year(boards, desk.report(boards[0].week.year), xlsx)
        except ValueError as error:
            raise HosoError(str(error)) from None
        except OSError as error:
            raise HosoError(f"cannot write {xlsx}: {error.strerror}") from None
    typer.echo(f"{boards[0].week.year}: {len(boards)} weeks, written to {xlsx}")
