"""`hoso-bot privacy …`: requests about personal data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hoso_bot.clock import SystemClock
from hoso_bot.commands.options import AsJson, Home, office_of, print_json
from hoso_bot.domain.errors import HosoError

app = typer.Typer(help="Requests about personal data.", no_args_is_help=True)


@app.command("export")
def export(
    staff_id: Annotated[str, typer.Argument(metavar="MÃ", help="Whose data.")],
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="Where to write it.")],
    home: Home = None,
) -> None:
    """Write everything held about a person, with all their files; for who asked for it. It is in the log."""
    from hoso_bot.deployment import load
    from hoso_bot.desks.privacy import export_data

    with office_of(home) as office:
        try:
            count = export_data(office, load(home), SystemClock(), staff_id, file)
        except OSError as error:
            raise HosoError(str(error)) from None
    typer.echo(f"{file}: the data of {staff_id}, {count} files")


@app.command("requests")
def requests(home: Home = None, as_json: AsJson = False) -> None:
    """Open requests to have data put right, and until when; the office answers them in chat."""
    from hoso_bot.domain.privacy import answer_by
    from hoso_bot.domain.support import TicketKind
    from hoso_bot.store.tickets import Tickets

    with office_of(home) as office:
        tickets, now = Tickets(office.db), SystemClock().now()
        found = [
            {
                "number": ticket.number,
                "staff_id": office.people.get(ticket.asker_id).staff_id,
                "asked": ticket.opened_at.isoformat(),
                "answer_by": answer_by(ticket.opened_at).isoformat(),
                "overdue": answer_by(ticket.opened_at) < now,
                "words": "\n".join(line.text for line in tickets.lines(ticket.id, 1)),
            }
            for ticket in tickets.open(TicketKind.DATA)
        ]
    if as_json:
        print_json(found)
        return
    for one in found:
        late = "  OVERDUE" if one["overdue"] else ""
        typer.echo(f"#{one['number']}  {one['staff_id']}  answer by {one['answer_by']}{late}")
        typer.echo(f"    {one['words']}")
    if not found:
        typer.echo("no request is open")
