"""`hoso-bot report …` and `hoso-bot export`: figures as workbooks, approved plans as ZIP files."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hoso_bot.commands.options import Home, writing_files
from hoso_bot.domain.errors import HosoError
from hoso_bot.domain.spans import Span

if TYPE_CHECKING:
    from hoso_bot.desks.reports import ReportDesk

app = typer.Typer(help="Numbers as workbooks, with their definitions.", no_args_is_help=True)

Xlsx = Annotated[Path, typer.Option("--xlsx", metavar="FILE", help="Where to write the workbook.")]


def _desk(home: Path | None) -> AbstractContextManager[ReportDesk]:
    from hoso_bot.deployment import load
    from hoso_bot.desks.reports import ReportDesk

    return writing_files(ReportDesk(load(home)))


@app.command("week")
def week(
    number: Annotated[int, typer.Argument(metavar="WEEK", help="A week of the current school year.")],
    xlsx: Xlsx,
    home: Home = None,
) -> None:
    """Who handed in, who approved, who waits for whom, in one week."""
    with _desk(home) as desk:
        owed = desk.week(number, xlsx)
    typer.echo(f"week {number}: {owed} plans owed, written to {xlsx}")


@app.command("year")
def year(
    xlsx: Xlsx,
    which: Annotated[str | None, typer.Option("--year", help="A school year such as 2026-2027.")] = None,
    home: Home = None,
) -> None:
    """Counts by teacher for the year, its semesters, months and weeks."""
    with _desk(home) as desk:
        try:
            done = desk.year(which, xlsx)
        except ValueError as error:
            raise HosoError(str(error)) from None
    typer.echo(f"{done}: written to {xlsx}")


@app.command("council")
def council(
    month: Annotated[int | None, typer.Option("--month", min=1, max=12, help="A month.")] = None,
    semester: Annotated[int | None, typer.Option("--semester", min=1, max=2, help="A semester.")] = None,
    which: Annotated[str | None, typer.Option("--year", help="A school year such as 2026-2027.")] = None,
    docx: Annotated[Path | None, typer.Option("--docx", metavar="FILE", help="As a Word file.")] = None,
    pdf: Annotated[Path | None, typer.Option("--pdf", metavar="FILE", help="As a PDF.")] = None,
    home: Home = None,
) -> None:
    """The report for the pedagogical council: of a month, a semester, or the whole year without either."""
    wanted = [(kind, file) for kind, file in (("docx", docx), ("pdf", pdf)) if file]
    if not wanted or (month and semester):
        raise typer.BadParameter("give --docx FILE or --pdf FILE, and at most one of --month and --semester")
    with _desk(home) as desk:
        span = Span(which or desk.this_year(), month or 0, semester or 0)
        for kind, file in wanted:
            try:
                weeks = desk.council(span, kind, file)
            except ValueError as error:
                raise HosoError(str(error)) from None
            typer.echo(f"{span.code}: {weeks} weeks, written to {file}")


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the ZIP files go.")],
    week: Annotated[int | None, typer.Option(help="A week of the current school year.")] = None,
    group: Annotated[str, typer.Option(help="Only this group's plans.")] = "",
    teacher: Annotated[
        str, typer.Option(help="Only this person's plans (staff id), of all weeks or one.")
    ] = "",
    on_portal: Annotated[
        bool, typer.Option("--on-portal", help="Note that they were put on the portal.")
    ] = False,
    home: Home = None,
) -> None:
    """The signed files of a week, group or teacher as ZIP files of at most 10 MB with a list (CSV)."""
    with _desk(home) as desk:
        made, left_out = desk.bundle(folder, week, group, teacher, on_portal)
    for one in made:
        typer.echo(f"{one.path}  {len(one.version_ids)} plans, {one.path.stat().st_size} bytes")
    typer.echo(
        f"{sum(len(one.version_ids) for one in made)} approved plans written, {left_out} not approved yet"
    )
