"""`hoso-bot evaluation …`: figures for emulation, frozen, and the sheet that comes of them."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hoso_bot.clock import SystemClock
from hoso_bot.commands.options import Home, writing_files
from hoso_bot.domain.evaluation import Term

if TYPE_CHECKING:
    from hoso_bot.desks.evaluations import EvaluationDesk

app = typer.Typer(
    help="Figures for emulation: frozen once, seen by their owners first.", no_args_is_help=True
)

Semester = Annotated[int | None, typer.Option("--semester", min=1, max=2, help="A semester.")]
WholeYear = Annotated[bool, typer.Option("--year", help="The whole school year.")]
Of = Annotated[str, typer.Option("--of", metavar="YEAR", help="Such as 2026-2027 (default: this one).")]


def _desk(home: Path | None) -> AbstractContextManager[EvaluationDesk]:
    from hoso_bot.deployment import load
    from hoso_bot.desks.evaluations import EvaluationDesk

    return writing_files(EvaluationDesk(load(home), SystemClock()))


def _term(semester: int | None, whole_year: bool) -> Term:
    if (semester is None) == (not whole_year):
        raise typer.BadParameter("give either --semester 1, --semester 2 or --year")
    return Term(str(semester)) if semester else Term.YEAR


@app.command("freeze")
def freeze(
    by: Annotated[str, typer.Option("--by", help="Name of who decided it; it stands on the sheet.")],
    semester: Semester = None,
    whole_year: WholeYear = False,
    of: Of = "",
    home: Home = None,
) -> None:
    """Freeze everybody's figures of a period: each gets the own ones and five working days to disagree."""
    with _desk(home) as desk:
        evaluation, people = desk.freeze(_term(semester, whole_year), by, of)
    typer.echo(f"frozen for {people} people; they may disagree until {evaluation.closes_on}")


@app.command("sheet")
def sheet(
    semester: Semester = None,
    whole_year: WholeYear = False,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", metavar="FILE", help="As a workbook.")] = None,
    pdf: Annotated[Path | None, typer.Option("--pdf", metavar="FILE", help="As a PDF.")] = None,
    of: Of = "",
    home: Home = None,
) -> None:
    """Write the sheet: a draft until the window is over and everybody who disagreed has an answer."""
    wanted = [(kind, file) for kind, file in (("xlsx", xlsx), ("pdf", pdf)) if file]
    if not wanted:
        raise typer.BadParameter("give --xlsx FILE or --pdf FILE")
    term = _term(semester, whole_year)
    with _desk(home) as desk:
        for kind, file in wanted:
            state = "final" if desk.sheet(term, kind, file, of) else "draft"
            typer.echo(f"{state}: {file}")
