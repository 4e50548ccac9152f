"""The command line: every command's name; what each does is in `commands`.

Exit codes: 0 done, 1 the answer is no (blocked file, invalid signature, bad roster), 2 cannot run.
"""

from __future__ import annotations

import sys

import typer

from hoso_bot.commands import (
    audit,
    backup,
    calendar,
    certificates,
    evaluation,
    expected,
    files,
    moving,
    outage,
    parked,
    privacy,
    report,
    retention,
    rules,
    running,
    school,
    schools,
    signers,
    staff,
    story,
    violation,
    zalo,
)
from hoso_bot.domain.errors import HosoError

app = typer.Typer(
    help="Lesson plans handed in, approved and digitally signed by chat.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("init")(school.init)
app.add_typer(schools.app, name="school")
app.add_typer(staff.app, name="staff")
staff.app.command("enrol")(signers.enrol)
staff.app.command("token")(signers.token)
staff.app.command("remote")(signers.remote)
staff.app.command("unlock")(signers.unlock)
staff.app.command("revoke")(signers.revoke)
staff.app.command("certificate")(certificates.certificate)
app.add_typer(calendar.app, name="calendar")
app.add_typer(rules.rules, name="rules")
app.add_typer(rules.register, name="register")
app.command("expected")(expected.expected)
app.add_typer(outage.app, name="outage")
app.add_typer(evaluation.app, name="evaluation")
app.add_typer(report.app, name="report")
app.command("export")(report.export)
app.add_typer(violation.app, name="violation")
app.command("new-year")(calendar.new_year)
app.command("check")(files.check)
app.command("verify")(files.verify)
app.command("run")(running.run)
app.add_typer(privacy.app, name="privacy")
app.add_typer(retention.app, name="retention")
app.command("doctor")(running.doctor)
app.add_typer(parked.app, name="parked")
app.command("story")(story.story)
app.add_typer(zalo.app, name="zalo-oa")
app.add_typer(audit.app, name="audit")
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("migrate-to")(moving.migrate_to)
app.command("migrate-files")(moving.migrate_files)
app.command("demo")(running.demo)
app.command("demo-web")(running.demo_web)


def main() -> None:
    """Entry point: every refusal becomes one line on stderr and its exit code."""
    try:
        app()
    except HosoError as error:
        typer.echo(f"hoso-bot: {error}", err=True)
        sys.exit(error.exit_code)
