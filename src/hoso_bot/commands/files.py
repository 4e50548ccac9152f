"""`hoso-bot check FILE` and `hoso-bot verify FILE`: what the bot says about a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from hoso_bot import texts
from hoso_bot.commands.options import AsJson, Home, must_exist, print_json
from hoso_bot.deployment import load
from hoso_bot.domain.errors import FileRefused, HosoError, SandboxFailed
from hoso_bot.settings import Settings


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    name: Annotated[str | None, typer.Option(help="The file name the teacher gave.")] = None,
    as_json: AsJson = False,
) -> None:
    """What the chat would say about a file; exit 1 when it would be blocked. Needs no school."""
    from hoso_bot.pdf.sandbox import Sandbox

    must_exist(file)
    with Sandbox() as sandbox:
        try:
            found = _checked(sandbox.inspect(file, name or file.name))
        except (FileRefused, SandboxFailed) as refusal:
            found = _refused(refusal, name or file.name)
    if as_json:
        print_json(found)
    else:
        _print_check(found)
    raise typer.Exit(0 if found["ok"] else 1)


def _checked(inspection: Any) -> dict[str, Any]:
    facts, structure = inspection.facts, inspection.structure
    return {
        "ok": not inspection.blocked,
        "weeks": list(facts.weeks),
        "classes": list(facts.classes),
        "pages": structure.pages,
        "text_layer": structure.text_layer,
        "encodings": list(facts.encodings),
        "lessons": facts.lessons,
        "findings": [
            {
                "code": f.code,
                "severity": f.severity,
                "pages": list(f.pages),
                "message": texts.render(f"finding.{f.code}", **f.facts),
            }
            for f in inspection.findings
        ],
    }


def _refused(refusal: HosoError, name: str) -> dict[str, Any]:
    message = texts.render(refusal.text_key, name=name, **{"kind": "", **refusal.facts})
    code = refusal.text_key.removeprefix("file.")
    finding = {"code": code, "severity": "block", "pages": [], "message": message}
    empty: dict[str, Any] = {"weeks": [], "classes": [], "pages": 0, "text_layer": False}
    return {"ok": False, **empty, "encodings": [], "lessons": 0, "findings": [finding]}


def _print_check(found: dict[str, Any]) -> None:
    typer.echo("OK" if found["ok"] else "BLOCKED")
    for key in ("weeks", "classes", "pages", "lessons", "text_layer", "encodings"):
        value = found[key]
        typer.echo(f"  {key:<11} {', '.join(map(str, value)) if isinstance(value, list) else value}")
    for finding in found["findings"]:
        typer.echo(f"  [{finding['severity']}] {finding['message']}")


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    ca: Annotated[Path | None, typer.Option(help="Trust this CA (PEM) instead of the school's.")] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Verify every signature of a file; exit 0 valid, 1 not. With a school, also against its record.

    With --ca only that CA counts: certificates of other authorities that the school registered do not.
    """
    from hoso_bot.pdf.sandbox import Sandbox

    must_exist(file)
    settings = load(home) if ca is None else None
    with Sandbox() as sandbox:
        found = _verdict(sandbox, file, ca, settings)
    if as_json:
        print_json(found)
    else:
        _print_verdict(found)
    raise typer.Exit(0 if found["valid"] else 1)


def _verdict(sandbox: Any, file: Path, ca: Path | None, settings: Settings | None) -> dict[str, Any]:
    from hoso_bot.record import against_record, report_json, school_ca

    ca_pem = ca.read_bytes() if ca else school_ca(settings)
    try:
        report = sandbox.verify(file, ca_pem)
    except (FileRefused, SandboxFailed) as refusal:
        return {"valid": False, "signatures": [], "known": False, "problems": [str(refusal)]}
    return against_record(file, report, settings) if settings else report_json(report)


def _print_verdict(found: dict[str, Any]) -> None:
    typer.echo("VALID" if found["valid"] else "NOT VALID")
    for s in found["signatures"]:
        marks = [mark for mark in ("intact", "trusted", "covers_whole_file") if s[mark]]
        typer.echo(f"  {s['signer']} ({s['role']}) {s['time']} {s['level']}: {', '.join(marks) or 'broken'}")
        if s.get("custody"):
            typer.echo(f"    {texts.render_english('page.kept.' + s['custody'])}")
    for problem in found["problems"]:
        typer.echo(f"  ! {problem}")
    for note in found.get("notes", []):
        typer.echo(f"  {note}")
