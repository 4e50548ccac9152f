"""`hoso-bot violation …`: the school's cases of R41 for the office; nothing is decided here."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hoso_bot.commands.options import AsJson, Home, print_json, writing_files

if TYPE_CHECKING:
    from hoso_bot.desks.violations import CaseOffice, Listed

app = typer.Typer(help="Cases of R41 and their documents; every look is logged.", no_args_is_help=True)


def _office(home: Path | None) -> AbstractContextManager[CaseOffice]:
    from hoso_bot.deployment import load
    from hoso_bot.desks.violations import CaseOffice

    return writing_files(CaseOffice(load(home)))


def _facts(listed: Listed) -> dict[str, Any]:
    case, person = listed.case, listed.person
    return {
        "code": case.code,
        "state": case.state.value,
        "staff_id": person.staff_id,
        "name": person.name,
        "day": case.day.isoformat() if case.day else None,
        "kind": case.kind.value if case.kind else None,
        "explain_by": case.explain_by.isoformat() if case.explain_by else None,
    }


@app.command("list")
def list_cases(as_json: AsJson = False, home: Home = None) -> None:
    """Every case: code, state, whom and which day it is about."""
    with _office(home) as office:
        found = [_facts(one) for one in office.all()]
    if as_json:
        print_json(found)
        return
    for one in found:
        line = f"{one['code']}  {one['state']:<9}  {one['day'] or '-':<10}  {one['staff_id']}  {one['name']}"
        typer.echo(line)
    if not found:
        typer.echo("no case")


@app.command("show")
def show(
    code: Annotated[str, typer.Argument(metavar="ID", help="A case's code, such as VV-2627-03.")],
    docx: Annotated[Path | None, typer.Option("--docx", metavar="FILE", help="Write it for Word.")] = None,
    pdf: Annotated[Path | None, typer.Option("--pdf", metavar="FILE", help="Write it for printing.")] = None,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """One case; with FILE its document: the record, before that the invitation to explain."""
    with _office(home) as office:
        listed = office.one(code)
        if docx or pdf:
            office.export(listed.case, docx, pdf)
    facts = _facts(listed)
    if as_json:
        print_json(facts)
        return
    for name, value in facts.items():
        typer.echo(f"{name:<11} {value if value is not None else '-'}")
    for target in (docx, pdf):
        if target:
            typer.echo(f"written to  {target}")
