"""Support tickets: who asks what, what was said about it, and which messages in a chat belong to it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.events import Address
from hoso_bot.domain.support import Line, Ticket, TicketKind
from hoso_bot.store.db import Database, from_moment, moment, new_id
from hoso_bot.store.tables import outbox, ticket_lines, ticket_messages, tickets, undecided_files


@dataclass(frozen=True)
class Undecided:
    """A PDF sent in a conversation, until somebody says what it is meant for. sent_at: ISO 8601."""

    id: str
    person_id: str
    channel: str
    chat_id: str
    message_ref: str
    sent_at: str
    sha256: str
    name: str
    size: int
    caption: str
    decided: bool = False


def _time(value: str | None) -> datetime | None:
    return from_moment(value) if value else None


def _ticket(r: Any) -> Ticket:
    waiting, escalated, closed = map(_time, (r.waiting_since, r.escalated_at, r.closed_at))
    opened, kind = from_moment(r.opened_at), TicketKind(r.kind)
    return Ticket(r.id, r.number, r.person_id, opened, waiting, escalated, closed, kind)


class Tickets:
    """One school's tickets: lookups, and the statements that change them."""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    # --- looking -----------------------------------------------------------------------------

    def _found(self, *conditions: Any) -> list[Ticket]:
        query = sa.select(tickets).where(tickets.c.school_id == self._school, *conditions)
        return [_ticket(row) for row in self._db.rows(query.order_by(tickets.c.number))]

    def get(self, ticket_id: str) -> Ticket:
        """One ticket. Raises LookupError."""
        for ticket in self._found(tickets.c.id == ticket_id):
            return ticket
        raise LookupError(f"no ticket {ticket_id}")

    def newest_of(self, person_id: str) -> Ticket | None:
        """The newest question of this person."""
        questions = tickets.c.kind == TicketKind.QUESTION.value
        found = self._found(tickets.c.person_id == person_id, questions)
        return found[-1] if found else None

    def open(self, kind: TicketKind = TicketKind.QUESTION) -> list[Ticket]:
        """Every open ticket of this kind, oldest first."""
        return self._found(tickets.c.closed_at.is_(None), tickets.c.kind == kind.value)

    def next_number(self) -> int:
        """The number of a new ticket; two that take the same one meet at the unique key."""
        query = sa.select(sa.func.max(tickets.c.number)).where(tickets.c.school_id == self._school)
        return int(self._db.rows(query)[0][0] or 0) + 1

    def at_message(self, address: Address, ref: str) -> Ticket | None:
        """The ticket that one of our messages in this very chat is about (`ref` is the channel's own id)."""
        query = (
            sa.select(ticket_messages.c.ticket_id)
            .join(
                outbox,
                sa.and_(
                    outbox.c.school_id == ticket_messages.c.school_id, outbox.c.key == ticket_messages.c.key
                ),
            )
            .where(
                ticket_messages.c.school_id == self._school,
                outbox.c.channel == address.channel,
                outbox.c.chat_id == address.chat_id,
                outbox.c.ref == ref,
            )
        )
        rows = self._db.rows(query)
        return self.get(rows[0].ticket_id) if rows else None

    def lines(self, ticket_id: str, most: int) -> list[Line]:
        """The last messages of a ticket, oldest first."""
        query = (
            sa.select(ticket_lines)
            .where(ticket_lines.c.school_id == self._school, ticket_lines.c.ticket_id == ticket_id)
            .order_by(ticket_lines.c.at.desc(), ticket_lines.c.id.desc())
            .limit(most)
        )
        return [
            Line(r.person_id, from_moment(r.at), r.text, r.file_name, r.sha256)
            for r in reversed(self._db.rows(query))
        ]

    def written_since(self, person_id: str, since: datetime) -> list[datetime]:
        """When this person wrote in any ticket at or after `since`, oldest first."""
        query = sa.select(ticket_lines.c.at).where(
            ticket_lines.c.school_id == self._school,
            ticket_lines.c.person_id == person_id,
            ticket_lines.c.at >= moment(since),
        )
        return sorted(from_moment(row.at) for row in self._db.rows(query))

    def undecided(self, file_id: str) -> Undecided:
        """A PDF that was asked about. Raises LookupError."""
        for row in self._db.found(undecided_files, id=file_id):
            return Undecided(row.id, decided=row.decided_at is not None, **row.facts)
        raise LookupError(f"no undecided file {file_id}")

    # --- statements --------------------------------------------------------------------------

    def add(self, ticket: Ticket) -> sa.Insert:
        """A new ticket, waiting since it was opened."""
        return tickets.insert().values(
            id=ticket.id,
            school_id=self._school,
            number=ticket.number,
            person_id=ticket.asker_id,
            opened_at=moment(ticket.opened_at),
            waiting_since=moment(ticket.opened_at),
            kind=ticket.kind.value,
        )

    def changed(self, ticket: Ticket, **values: Any) -> sa.Update:
        """Guarded: still open or closed, waiting or not, as it was read."""
        return (
            sa.update(tickets)
            .where(
                tickets.c.school_id == self._school,
                tickets.c.id == ticket.id,
                _same(tickets.c.closed_at, ticket.closed_at),
                _same(tickets.c.waiting_since, ticket.waiting_since),
            )
            .values(**{key: moment(v) if isinstance(v, datetime) else v for key, v in values.items()})
        )

    def add_line(self, ticket: Ticket, line: Line) -> sa.Insert:
        """What somebody said in a ticket."""
        return ticket_lines.insert().values(
            id=new_id(),
            school_id=self._school,
            ticket_id=ticket.id,
            person_id=line.author_id,
            at=moment(line.at),
            text=line.text,
            file_name=line.file_name,
            sha256=line.sha256,
        )

    def belongs(self, key: str, ticket: Ticket) -> sa.Insert:
        """A message of ours is about this ticket: an answer to it is an answer to the ticket."""
        return ticket_messages.insert().values(school_id=self._school, key=key, ticket_id=ticket.id)

    def ask_about(self, file: Undecided, now: datetime) -> sa.Insert:
        """Keep a PDF until it is known what it is meant for."""
        facts = {key: value for key, value in asdict(file).items() if key not in ("id", "decided")}
        return undecided_files.insert().values(
            id=file.id,
            school_id=self._school,
            person_id=file.person_id,
            facts=facts,
            sha256=file.sha256,
            asked_at=moment(now),
        )

    def decided(self, file_id: str, now: datetime) -> sa.Update:
        """Guarded: what a PDF is meant for is decided once."""
        return (
            sa.update(undecided_files)
            .where(
                undecided_files.c.school_id == self._school,
                undecided_files.c.id == file_id,
                undecided_files.c.decided_at.is_(None),
            )
            .values(decided_at=moment(now))
        )


def _same(column: sa.Column[Any], value: datetime | None) -> Any:
    return column.is_(None) if value is None else column == moment(value)
