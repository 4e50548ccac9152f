"""`hoso-bot privacy …`: requests about personal data."""

from __future__ import annotations

import typer

from hoso_bot.clock import SystemClock
from hoso_bot.commands.options import AsJson, Home, office_of, print_json

app = typer.Typer(help="Requests about personal data.", no_args_is_help=True)


@app.command("requests")
def requests(home: Home = None, as_json: AsJson = False) -> None:
    """Open requests to have data put right, and until when; the office answers them in chat."""
    from hoso_bot.domain.privacy import answer_by
    from hoso_bot.domain.support import TicketKind
    from hoso_bot.office import SCHOOL_ID
    from hoso_bot.store.tickets import Tickets

    with office_of(home) as office:
        tickets, now = Tickets(office.db, SCHOOL_ID), SystemClock().now()
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
