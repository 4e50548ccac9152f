"""What is older than the school keeps it, and how it goes: rows stay as keys, words and files leave.

Nothing here removes a file. Who clears a row owes a `FileLeftOver` for what it named (decision 0014), in the
same commit, so that a kill between the two loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.calendar import VN, school_year
from hoso_bot.domain.retention import Kind
from hoso_bot.domain.submission import PlanState, UploadState, VersionState
from hoso_bot.store.db import Database, moment
from hoso_bot.store.holds import Holds
from hoso_bot.store.tables import (
    accounts,
    buttons,
    inbox,
    link_attempts,
    links,
    outbox,
    page_uploads,
    plans,
    steps,
    ticket_lines,
    ticket_messages,
    tickets,
    undecided_files,
    uploads,
    versions,
)

NO_WORDS: dict[str, Any] = {"text": "", "facts": {}, "buttons": [], "attachment": None, "picture": None}
_FIELDS = ("person_id", "channel", "chat_id", "message_ref", "sent_at", "sha256", "name", "caption")
NO_FILE: dict[str, Any] = {**dict.fromkeys(_FIELDS, ""), "size": 0}
_BLANK = 4  # letters of `{}` and `null`
_BLANK_MESSAGE = 80
_WORDED = "StrayForwarded"
"""The one button that carries what somebody wrote."""


@dataclass(frozen=True)
class Item:
    """One thing whose time is over. files: SHA-256 of what it names; size: bytes of its words."""

    shelf: str
    id: Any
    files: tuple[str, ...] = ()
    size: int = 0


@dataclass(frozen=True)
class Shelf:
    """One table's share of a kind.

    find: (cutoff) → a query with the columns `id`, perhaps `size` and any number of `file…`.
    clear: (ids, now) → the statements that empty those rows.
    """

    name: str
    find: Callable[[datetime], sa.Select[Any]]
    clear: Callable[[Sequence[Any], datetime], list[Any]]


class Retention:
    """One school's: what may go, and the statements for it."""

    def __init__(self, db: Database) -> None:
        self._db, self._school, self._holds = db, db.school_id, Holds(db)
        self._shelves: dict[Kind, tuple[Shelf, ...]] = {
            Kind.UNSUBMITTED: (
                Shelf("uploads", self._unsubmitted, self._clear_uploads),
                Shelf("undecided_files", self._decided, self._clear_undecided),
                Shelf("page_uploads", self._by_page, self._drop(page_uploads)),
            ),
            Kind.PICTURES: (Shelf("pictures", self._pictures, self._clear_pictures),),
            Kind.MESSAGES: (
                Shelf("inbox", self._said_to_us, self._clear_inbox),
                Shelf("outbox", self._said_by_us, self._clear_outbox),
                Shelf("buttons", self._buttons, self._drop(buttons)),
                Shelf("links", self._links, self._drop(links)),
            ),
            Kind.SUPPORT: (Shelf("tickets", self._conversations, self._clear_tickets),),
            Kind.LINK_ATTEMPTS: (Shelf("link_attempts", self._attempts, self._drop(link_attempts)),),
            Kind.SIGNED: (Shelf("versions", self._signed, self._clear_versions),),
        }

    def find(self, kind: Kind, before: datetime, most: int | None = None) -> list[Item]:
        """Up to `most` things of this kind that are older than `before`; nothing that is held."""
        found: list[Item] = []
        with self._db.read() as connection:
            for shelf in self._shelves[kind]:
                query = shelf.find(before)
                rows = connection.execute(query if most is None else query.limit(most - len(found)))
                found += [_item(shelf.name, row) for row in rows]
        return [self._with_files(item) for item in found]

    def clear(self, kind: Kind, items: Iterable[Item], now: datetime) -> list[Any]:
        """The statements that empty these rows; any of them may match none."""
        ids: dict[str, list[Any]] = {}
        for item in items:
            ids.setdefault(item.shelf, []).append(item.id)
        chosen = [shelf for shelf in self._shelves[kind] if shelf.name in ids]
        return [statement for shelf in chosen for statement in shelf.clear(ids[shelf.name], now)]

    def _free(self, person_id: Any) -> sa.ColumnElement[bool]:
        """Whether nothing of this person is held."""
        return sa.or_(person_id.is_(None), person_id.not_in(self._holds.people()))

    # --- finding -------------------------------------------------------------------------------

    def _unsubmitted(self, before: datetime) -> sa.Select[Any]:
        review = uploads.c.review_copy["sha256"].as_string()
        return sa.select(
            uploads.c.id,
            uploads.c.sha256.label("file_sent"),
            uploads.c.picture.label("file_picture"),
            review.label("file_review"),
        ).where(
            uploads.c.school_id == self._school,
            uploads.c.state != UploadState.SUBMITTED.value,
            uploads.c.removed_at.is_(None),
            uploads.c.sent_at < moment(before),
            self._free(uploads.c.person_id),
        )

    def _decided(self, before: datetime) -> sa.Select[Any]:
        """What a PDF in a conversation was for is known: it lives on as an upload or a ticket's file."""
        return sa.select(undecided_files.c.id, undecided_files.c.sha256.label("file_sent")).where(
            undecided_files.c.school_id == self._school,
            undecided_files.c.decided_at < moment(before),
            undecided_files.c.sha256 != "",
            self._free(undecided_files.c.person_id),
        )

    def _by_page(self, before: datetime) -> sa.Select[Any]:
        """How a file came; what the chat took lives on as an upload."""
        return sa.select(page_uploads.c.id, page_uploads.c.sha256.label("file_sent")).where(
            page_uploads.c.school_id == self._school,
            page_uploads.c.begun_at < moment(before),
            self._free(page_uploads.c.person_id),
        )

    def _pictures(self, before: datetime) -> sa.Select[Any]:
        waiting = sa.select(versions.c.upload_id).where(
            versions.c.school_id == self._school,
            versions.c.state.in_([VersionState.PENDING.value, VersionState.DOUBTED.value]),
        )
        return sa.select(uploads.c.id, uploads.c.picture.label("file_picture")).where(
            uploads.c.school_id == self._school,
            uploads.c.state == UploadState.SUBMITTED.value,
            uploads.c.picture.is_not(None),
            uploads.c.sent_at < moment(before),
            uploads.c.id.not_in(waiting),
            self._free(uploads.c.person_id),
        )

    def _said_to_us(self, before: datetime) -> sa.Select[Any]:
        size = _letters(inbox.c.payload)
        held = sa.select(accounts.c.channel + ":" + accounts.c.chat_id).where(
            accounts.c.school_id == self._school, ~self._free(accounts.c.person_id)
        )
        return (
            sa.select(inbox.c.id, size.label("size"))
            .where(
                inbox.c.school_id == self._school,
                inbox.c.state == "done",
                inbox.c.done_at < moment(before),
                inbox.c.lane.not_in(held),
                size > _BLANK,
            )
            .order_by(inbox.c.id)
        )

    def _said_by_us(self, before: datetime) -> sa.Select[Any]:
        size = _letters(outbox.c.message)
        return (
            sa.select(outbox.c.id, size.label("size"))
            .where(
                outbox.c.school_id == self._school,
                outbox.c.state.in_(["sent", "gone", "parked"]),
                outbox.c.created_at < moment(before),
                self._free(outbox.c.person_id),
                size > _BLANK_MESSAGE,
            )
            .order_by(outbox.c.id)
        )

    def _buttons(self, before: datetime) -> sa.Select[Any]:
        size = _letters(buttons.c.event)
        worded = sa.and_(
            buttons.c.event["type"].as_string() == _WORDED, buttons.c.created_at < moment(before)
        )
        return sa.select(buttons.c.token.label("id"), size.label("size")).where(
            buttons.c.school_id == self._school,
            sa.or_(buttons.c.used_at < moment(before), worded),
            self._free(buttons.c.person_id),
        )

    def _links(self, before: datetime) -> sa.Select[Any]:
        return sa.select(links.c.id, _letters(links.c.facts).label("size")).where(
            links.c.school_id == self._school,
            links.c.expires_at < moment(before),
            self._free(links.c.person_id),
        )

    def _conversations(self, before: datetime) -> sa.Select[Any]:
        words = sa.select(sa.func.sum(sa.func.length(ticket_lines.c.text))).where(
            ticket_lines.c.ticket_id == tickets.c.id
        )
        return sa.select(tickets.c.id, sa.func.coalesce(words.scalar_subquery(), 0).label("size")).where(
            tickets.c.school_id == self._school,
            tickets.c.closed_at < moment(before),
            tickets.c.emptied_at.is_(None),
            self._free(tickets.c.person_id),
        )

    def _attempts(self, before: datetime) -> sa.Select[Any]:
        return sa.select(link_attempts.c.id).where(
            link_attempts.c.school_id == self._school, link_attempts.c.at < moment(before)
        )

    def _signed(self, before: datetime) -> sa.Select[Any]:
        """Versions of plans of school years before the one that begins at `before`; open plans stay."""
        return (
            sa.select(
                versions.c.id,
                versions.c.original_sha256.label("file_original"),
                versions.c.review_sha256.label("file_review"),
                versions.c.current_sha256.label("file_current"),
                uploads.c.picture.label("file_picture"),
            )
            .join(plans, plans.c.id == versions.c.plan_id)
            .outerjoin(uploads, uploads.c.id == versions.c.upload_id)
            .where(
                versions.c.school_id == self._school,
                versions.c.removed_at.is_(None),
                plans.c.year < school_year(before.astimezone(VN).date()),
                plans.c.state.not_in([PlanState.PENDING.value, PlanState.DOUBTED.value]),
                plans.c.id.not_in(self._holds.plans()),
                self._free(plans.c.person_id),
            )
            .order_by(versions.c.id)
        )

    def _with_files(self, item: Item) -> Item:
        """The files that stand in rows of their own: of a conversation's lines, of a version's signatures."""
        of = {
            "tickets": sa.select(ticket_lines.c.sha256).where(ticket_lines.c.ticket_id == item.id),
            "versions": sa.select(steps.c.signed_sha256).where(steps.c.version_id == item.id),
        }.get(item.shelf)
        if of is None:
            return item
        with self._db.read() as connection:
            more = [sha256 for sha256 in connection.scalars(of) if sha256]
        return Item(item.shelf, item.id, tuple(dict.fromkeys([*item.files, *more])), item.size)

    # --- emptying ------------------------------------------------------------------------------

    def _clear_uploads(self, ids: Sequence[Any], now: datetime) -> list[Any]:
        gone = sa.update(uploads).where(uploads.c.id.in_(ids), uploads.c.removed_at.is_(None))
        unfinished = uploads.c.state.in_([UploadState.CHECKING.value, UploadState.READY.value])
        state = sa.case((unfinished, UploadState.CANCELLED.value), else_=uploads.c.state)
        nothing = {"name": "", "inspection": sa.null(), "picture": None, "review_copy": sa.null()}
        return [gone.values(removed_at=moment(now), state=state, **nothing)]

    def _clear_undecided(self, ids: Sequence[Any], _now: datetime) -> list[Any]:
        decided = sa.update(undecided_files).where(undecided_files.c.id.in_(ids))
        return [decided.values(sha256="", facts=NO_FILE)]

    def _clear_pictures(self, ids: Sequence[Any], _now: datetime) -> list[Any]:
        return [sa.update(uploads).where(uploads.c.id.in_(ids)).values(picture=None)]

    def _clear_inbox(self, ids: Sequence[Any], _now: datetime) -> list[Any]:
        return [sa.update(inbox).where(inbox.c.id.in_(ids)).values(payload={})]

    def _clear_outbox(self, ids: Sequence[Any], _now: datetime) -> list[Any]:
        return [sa.update(outbox).where(outbox.c.id.in_(ids)).values(message=NO_WORDS)]

    def _clear_tickets(self, ids: Sequence[Any], now: datetime) -> list[Any]:
        lines = sa.update(ticket_lines).where(ticket_lines.c.ticket_id.in_(ids))
        return [
            sa.update(tickets).where(tickets.c.id.in_(ids)).values(emptied_at=moment(now)),
            lines.values(text="", file_name="", sha256=None),
            sa.delete(ticket_messages).where(ticket_messages.c.ticket_id.in_(ids)),
        ]

    def _clear_versions(self, ids: Sequence[Any], now: datetime) -> list[Any]:
        sent = sa.select(versions.c.upload_id).where(versions.c.id.in_(ids))
        nothing = {"name": "", "inspection": sa.null(), "picture": None, "review_copy": sa.null()}
        return [
            sa.update(uploads).where(uploads.c.id.in_(sent)).values(removed_at=moment(now), **nothing),
            sa.update(versions).where(versions.c.id.in_(ids)).values(removed_at=moment(now)),
        ]

    @staticmethod
    def _drop(table: sa.Table) -> Callable[[Sequence[Any], datetime], list[Any]]:
        (key,) = table.primary_key.columns
        return lambda ids, _now: [sa.delete(table).where(key.in_(ids))]


def _letters(column: sa.Column[Any]) -> sa.Function[int]:
    return sa.func.length(sa.cast(column, sa.Text))


def _item(shelf: str, row: Any) -> Item:
    files = (value for name, value in row._mapping.items() if name.startswith("file") and value)
    return Item(shelf, row.id, tuple(dict.fromkeys(files)), row._mapping.get("size", 0))
