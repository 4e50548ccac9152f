"""The command line: each command a few lines over the parts that do the work.

Exit codes: 0 done, 1 the answer is no (blocked file, invalid signature, bad roster), 2 cannot run.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
import tempfile
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer

from hoso_bot import texts
from hoso_bot.clock import SystemClock
from hoso_bot.commands import calendar, expected, rules
from hoso_bot.domain.errors import FileRefused, HosoError, RosterError, SandboxFailed
from hoso_bot.settings import Settings, load

app = typer.Typer(
    help="Lesson plans handed in, approved and digitally signed by chat.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
staff = typer.Typer(help="The staff list and invitations.", no_args_is_help=True)
audit = typer.Typer(help="The tamper-evident log.", no_args_is_help=True)
app.add_typer(staff, name="staff")
app.add_typer(calendar.app, name="calendar")
app.add_typer(rules.rules, name="rules")
app.add_typer(rules.register, name="register")
app.add_typer(audit, name="audit")
app.command("expected")(expected.expected)
app.command("new-year")(calendar.new_year)
staff.command("exempt")(expected.exempt)

Home = Annotated[
    Path | None, typer.Option("--home", envvar="HOSO_HOME", help="The school's folder.", show_envvar=True)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def main() -> None:
    """Entry point: every refusal becomes one line on stderr and its exit code."""
    try:
        app()
    except HosoError as error:
        typer.echo(f"hoso-bot: {error}", err=True)
        sys.exit(error.exit_code)


def _print_json(data: Any) -> None:
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2))


# --- a school ----------------------------------------------------------------------------------------


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder for the school.")],
    name: Annotated[str, typer.Option(help="The school's name.")] = "Trường Tiểu học",
    sample: Annotated[bool, typer.Option("--sample", help="Fill it with a made-up school.")] = False,
) -> None:
    """Make a school folder: hoso.toml, database, certificate authority, master key."""
    if sample:
        from hoso_bot.demo import make_school

        make_school(folder)
    else:
        from hoso_bot import office

        office.init(folder, name, SystemClock())
    typer.echo(f"School folder ready: {folder}")
    typer.echo(f"  settings     {folder / 'hoso.toml'}")
    typer.echo(f"  master key   {folder / 'master.key'} (print it, keep it in a safe, never with a backup):")
    typer.echo(f"               {(folder / 'master.key').read_text(encoding='ascii').strip()}")
    typer.echo("  custody      server: this machine's master key opens every signer's key")
    typer.echo(f"Next: hoso-bot staff import LIST.xlsx --home {folder}")


@staff.command("import")
def staff_import(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The staff list, .xlsx or .csv.")],
    home: Home = None,
) -> None:
    """Make the staff exactly this list (a later import updates it)."""
    from hoso_bot.office import Office
    from hoso_bot.store.roster_file import read_roster

    office = Office(load(home), SystemClock())
    try:
        listed, added, left = office.import_staff(read_roster(file))
    except RosterError as error:
        typer.echo(f"{error}\nNothing was imported.", err=True)
        raise typer.Exit(1) from None
    finally:
        office.close()
    typer.echo(f"{listed} people listed, {added} new, {left} left.")


@staff.command("invite")
def staff_invite(
    staff_ids: Annotated[
        list[str] | None, typer.Argument(metavar="[MÃ]...", help="Only these people (default: all unlinked).")
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
    pdf: Annotated[Path | None, typer.Option(help="Write a sheet to print and cut.")] = None,
) -> None:
    """Make fresh one-time codes; older unused codes of the same people stop working."""
    from hoso_bot.office import Office

    office = Office(load(home), SystemClock())
    try:
        invites = office.invite(tuple(staff_ids or ()))
        if pdf and invites:
            _write_sheet(pdf, office, invites)
    finally:
        office.close()
    if as_json:
        _print_json(
            [
                {
                    "staff_id": i.person.staff_id,
                    "name": i.person.name,
                    "code": i.code,
                    "telegram_link": i.telegram_link,
                }
                for i in invites
            ]
        )
        return
    for invite in invites:
        typer.echo(f"{invite.person.staff_id}\t{invite.person.name}\t{invite.telegram_link or invite.code}")
    if not invites:
        typer.echo("Everybody is linked; name people to invite them again.")


@staff.command("absent")
def staff_absent(
    staff_id: Annotated[str, typer.Argument(metavar="MÃ")],
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"])] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"])] = None,
    undo: Annotated[bool, typer.Option("--undo", help="They are back.")] = False,
    home: Home = None,
) -> None:
    """Mark a leader absent from a day to a day (default: today); who comes after them may sign for them."""
    from hoso_bot.domain.calendar import VN
    from hoso_bot.office import Office

    clock = SystemClock()
    today = clock.now().astimezone(VN).date()
    begins = first.date() if first else today
    ends = last.date() if last else begins
    office = Office(load(home), clock)
    try:
        person = office.absent(staff_id, begins, ends, undo)
    finally:
        office.close()
    typer.echo(f"{person.staff_id}\t{person.name}\t{'present' if undo else f'absent {begins} to {ends}'}")


def _write_sheet(target: Path, office: Any, invites: list[Any]) -> None:
    from hoso_bot.pdf.invite_sheet import Invite, SheetWords, write_sheet

    rows = [
        Invite(i.person.staff_id, i.person.name, i.person.group, i.code, i.telegram_link, i.expires)
        for i in invites
    ]
    words = SheetWords(
        scan_steps=tuple(texts.raw("sheet.scan_steps").splitlines()),
        type_steps=tuple(texts.raw("sheet.type_steps").splitlines()),
        any_bot=texts.raw("sheet.any_bot"),
        code=texts.raw("sheet.code"),
        expires=texts.raw("sheet.expires"),
    )
    row = office.school.row()
    write_sheet(target, row.name, row.telegram_username, rows, words)
    typer.echo(f"Sheet written: {target}", err=True)


@audit.command("verify")
def audit_verify(home: Home = None) -> None:
    """Check every entry of the log against its hash chain; exit 1 at the first that does not fit."""
    from hoso_bot.office import SCHOOL_ID, Office
    from hoso_bot.store import audit as log

    office = Office(load(home), SystemClock())
    with office.db.read() as connection:
        count, broken = log.first_broken(connection, SCHOOL_ID)
        head = log.head(connection, SCHOOL_ID)[1]
    office.close()
    if broken is not None:
        typer.echo(f"entry {broken} was changed, removed or moved")
        raise typer.Exit(1)
    typer.echo(f"{count} entries, chain intact, head {head}")


# --- files -------------------------------------------------------------------------------------------


@app.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    name: Annotated[str | None, typer.Option(help="The file name the teacher gave.")] = None,
    as_json: AsJson = False,
) -> None:
    """What the chat would say about a file; exit 1 when it would be blocked. Needs no school."""
    from hoso_bot.pdf.sandbox import Sandbox

    _must_exist(file)
    with Sandbox() as sandbox:
        try:
            found = _checked(sandbox.inspect(file, name or file.name))
        except (FileRefused, SandboxFailed) as refusal:
            found = _refused(refusal, name or file.name)
    if as_json:
        _print_json(found)
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


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    ca: Annotated[Path | None, typer.Option(help="Trust this CA (PEM) instead of the school's.")] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Verify every signature of a file; exit 0 valid, 1 not. With a school, also against its record."""
    from hoso_bot.pdf.sandbox import Sandbox

    _must_exist(file)
    settings = load(home) if ca is None else None
    with Sandbox() as sandbox:
        found = _verdict(sandbox, file, ca, settings)
    if as_json:
        _print_json(found)
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
    found = report_json(report)
    return against_record(found, report, settings) if settings else found


def _print_verdict(found: dict[str, Any]) -> None:
    typer.echo("VALID" if found["valid"] else "NOT VALID")
    for s in found["signatures"]:
        marks = [mark for mark in ("intact", "trusted", "covers_whole_file") if s[mark]]
        typer.echo(f"  {s['signer']} ({s['role']}) {s['time']} {s['level']}: {', '.join(marks) or 'broken'}")
    for problem in found["problems"]:
        typer.echo(f"  ! {problem}")
    for note in found.get("notes", []):
        typer.echo(f"  {note}")


def _must_exist(file: Path) -> None:
    if not file.is_file():
        raise HosoError(f"no file {file}")


# --- running -----------------------------------------------------------------------------------------


class RunRole(StrEnum):
    """What one process does; this version runs everything in one."""

    ALL = "all"


@app.command()
def run(
    home: Home = None, role: Annotated[RunRole, typer.Option(help="What this process does.")] = RunRole.ALL
) -> None:
    """Run the bot until it is told to stop."""
    from hoso_bot.app import App

    settings = load(home)
    _log_to_stderr()
    asyncio.run(_until_signal(App(settings)))


async def _until_signal(bot: Any) -> None:
    running = asyncio.ensure_future(bot.run_forever())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, running.cancel)
    try:
        await running
    except asyncio.CancelledError:
        structlog.get_logger().info("stopped")


@app.command()
def parked(
    home: Home = None,
    retry: Annotated[bool, typer.Option("--retry", help="Try all of them again.")] = False,
) -> None:
    """Work the bot gave up on after its last try; exit 1 while there is any."""
    from hoso_bot.office import SCHOOL_ID, Office
    from hoso_bot.store.inbox import Inbox

    office = Office(load(home), SystemClock())
    inbox = Inbox(office.db, SCHOOL_ID, SystemClock())
    rows = inbox.parked()
    for row, error in rows:
        what = row.payload.get("type", row.source)
        typer.echo(f"{row.id}  {row.received_at}  {row.lane}  {what}: {error[:200]}")
    if retry:
        typer.echo(f"{inbox.retry([row.id for row, _ in rows])} tried again")
    elif not rows:
        typer.echo("nothing is parked")
    office.close()
    raise typer.Exit(1 if rows and not retry else 0)


@app.command()
def doctor(home: Home = None) -> None:
    """Check what a school needs to run, and name the fix of each trouble; exit 1 when there is one."""
    from hoso_bot.doctor import examine

    failed = False
    for finding in asyncio.run(examine(load(home))):
        typer.echo(f"{'ok ' if finding.ok else 'FIX'}  {finding.what}")
        failed = failed or not finding.ok
    raise typer.Exit(1 if failed else 0)


@app.command()
def demo(out: Annotated[Path, typer.Option(help="Where the files go.")] = Path("demo-out")) -> None:
    """Play the main job on a made-up school; PDF=path uses that file."""
    from hoso_bot.demo.story import play

    given = Path(os.environ["PDF"]) if os.environ.get("PDF") else None
    if given:
        _must_exist(given)
    _log_to_stderr(logging.WARNING)
    raise typer.Exit(asyncio.run(play(out, given)))


@app.command("demo-web")
def demo_web(port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 8080) -> None:
    """Open a made-up school in a browser page: three phones side by side."""
    from hoso_bot.demo.page import serve

    _log_to_stderr(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="hoso-demo-") as folder:
        asyncio.run(serve(Path(folder), port))


def _log_to_stderr(level: int = logging.INFO) -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=max(level, logging.INFO), stream=sys.stderr, format="%(levelname)s %(message)s")
