"""What a school holds about one person, counted over every table that knows people."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.events import Address
from hoso_bot.domain.privacy import Held, YearHeld
from hoso_bot.domain.roster import Person
from hoso_bot.domain.submission import UploadState
from hoso_bot.domain.support import TicketKind
from hoso_bot.store.db import Database
from hoso_bot.store.tables import (
    audit,
    disputes,
    evaluation_rows,
    exemptions,
    inbox,
    leave_requests,
    link_attempts,
    outbox,
    plans,
    reminders,
    signing_keys,
    steps,
    ticket_lines,
    tickets,
    uploads,
    versions,
    violation_cases,
)


class Holdings:
    """Lookups only."""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    def of(self, person: Person) -> Held:
        """Everything that bears this person's name or chat, as counts."""
        mine = person.id
        decided = sa.func.coalesce(steps.c.decided_by, steps.c.signer_id) == mine
        return Held(
            years=self._years(mine),
            drafts=self._count(
                uploads,
                uploads.c.person_id == mine,
                uploads.c.state != UploadState.SUBMITTED.value,
                uploads.c.removed_at.is_(None),
            ),
            decisions=self._count(steps, decided, steps.c.decided_at.is_not(None)),
            questions=self._tickets(mine, TicketKind.QUESTION),
            requests=self._tickets(mine, TicketKind.DATA),
            lines=self._count(ticket_lines, ticket_lines.c.person_id == mine),
            files=self._count(
                ticket_lines, ticket_lines.c.person_id == mine, ticket_lines.c.sha256.is_not(None)
            ),
            reminders=self._count(reminders, reminders.c.person_id == mine),
            leave=self._count(leave_requests, leave_requests.c.person_id == mine)
            + self._count(exemptions, exemptions.c.person_id == mine),
            cases=self._count(
                violation_cases,
                violation_cases.c.person_id == mine,
                violation_cases.c.invited_at.is_not(None),
            ),
            written=self._count(audit, audit.c.actor == person.staff_id),
            about=self._count(audit, audit.c.subject == person.staff_id, audit.c.actor != person.staff_id),
            certificates=self._count(signing_keys, signing_keys.c.person_id == mine),
            evaluated=self._count(evaluation_rows, evaluation_rows.c.person_id == mine),
            opinions=self._count(disputes, disputes.c.person_id == mine),
        )

    def _tickets(self, person_id: str, kind: TicketKind) -> int:
        return self._count(tickets, tickets.c.person_id == person_id, tickets.c.kind == kind.value)

    def of_chat(self, address: Address) -> tuple[int, int]:
        """(wrong codes, messages both ways) that are still kept of a chat nobody is linked to."""
        return (
            self._count(link_attempts, *_at(link_attempts, address)),
            self._count(outbox, *_at(outbox, address))
            + self._count(inbox, inbox.c.lane == f"{address.channel}:{address.chat_id}"),
        )

    def _count(self, table: sa.Table, *conditions: Any) -> int:
        query = sa.select(sa.func.count()).select_from(table).where(table.c.school_id == self._school)
        with self._db.read() as connection:
            return int(connection.execute(query.where(*conditions)).scalar_one())

    def _years(self, person_id: str) -> tuple[YearHeld, ...]:
        query = (
            sa.select(
                plans.c.year,
                sa.func.count(plans.c.id.distinct()).label("plans"),
                sa.func.count(versions.c.id).label("versions"),
                sa.func.sum(versions.c.size + uploads.c.size).label("size"),
            )
            .join(versions, versions.c.plan_id == plans.c.id)
            .join(uploads, uploads.c.id == versions.c.upload_id)
            .where(plans.c.school_id == self._school, plans.c.person_id == person_id)
            .where(versions.c.removed_at.is_(None))
            .group_by(plans.c.year)
            .order_by(plans.c.year)
        )
        with self._db.read() as connection:
            return tuple(
                YearHeld(r.year, r.plans, r.versions, int(r.size or 0)) for r in connection.execute(query)
            )


def _at(table: sa.Table, address: Address) -> tuple[Any, ...]:
    return table.c.channel == address.channel, table.c.chat_id == address.chat_id
