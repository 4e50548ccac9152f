"""`hoso-bot rules …` and `hoso-bot register …`: what the school decided, as data."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from hoso_bot.commands.options import Home, day, school_year

rules = typer.Typer(help="The school's rules, by the day they count from.", no_args_is_help=True)
register = typer.Typer(help="Registers (đầu sổ) that are open for records.", no_args_is_help=True)


@rules.command("show")
def show(home: Home = None) -> None:
    """The rules of today, every version, and how many people have read it."""
    with school_year(home) as desk:
        now, readings = desk.rules_now(), desk.readings()
    for key, value in asdict(now).items():
        typer.echo(f"{key:<15} {value}")
    if not readings:
        typer.echo("No version yet: these are the values of hoso.toml and the defaults.")
    for reading in readings:
        version = reading.version
        facts = " ".join(f"{key}={value}" for key, value in asdict(version.rules).items())
        typer.echo(f"from {version.effective_from} ({version.year}): {facts}")
        typer.echo(
            f"  {version.note or '(no note)'}; read by {reading.read} of {reading.asked} linked people"
        )


@rules.command("set")
def set_rules(
    assignments: Annotated[list[str], typer.Argument(metavar="KEY=VALUE...", help="Such as open_weeks=3.")],
    start: Annotated[str, typer.Option("--from", help="First day, as 2027-01-11 (default: today).")] = "",
    note: Annotated[str, typer.Option(help="What people are told about it.")] = "",
    home: Home = None,
) -> None:
    """A new version of the rules; everybody linked is told and asked to press Đã đọc."""
    with school_year(home) as desk:
        version, changes = desk.set_rules(assignments, day(start) if start else desk.today(), note)
    for change in changes:
        typer.echo(f"{change['key']}: {change['was']} -> {change['now']}")
    typer.echo(f"In force from {version.effective_from}; announced to everybody with a linked chat.")


@register.command("open")
def open_register(
    code: Annotated[str, typer.Argument(metavar="CODE", help="2 to 8 letters, part of record codes.")],
    name: Annotated[str, typer.Option(help="What people call it.")],
    document: Annotated[str, typer.Option(help="Number of the guidance that allows it.")],
    home: Home = None,
) -> None:
    """Open a register beside the lesson plans."""
    with school_year(home) as desk:
        opened = desk.open_register(code, name, document)
    typer.echo(f"{opened.code} ({opened.name}) is open, by {opened.document}.")


@register.command("close")
def close_register(code: Annotated[str, typer.Argument(metavar="CODE")], home: Home = None) -> None:
    """Close a register; what was handed in stays."""
    with school_year(home) as desk:
        typer.echo(f"{desk.close_register(code)} is closed.")


@register.command("list")
def list_registers(home: Home = None) -> None:
    """Every register, open or closed."""
    with school_year(home) as desk:
        for row in desk.registers():
            state = "open" if row.open else "closed"
            document = f"{row.document}, opened {row.opened_at[:10]}" if row.document else "always open"
            typer.echo(f"{row.code:<9} {state:<7} {row.name} ({document})")
