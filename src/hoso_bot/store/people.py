"""Staff and their chat accounts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.events import Address
from hoso_bot.domain.roster import Person, Role, RosterRow
from hoso_bot.store.db import Database, from_moment, moment, new_id, once_a_look
from hoso_bot.store.tables import accounts, people


@dataclass(frozen=True)
class Account:
    """A person's linked chat.

    consent_text: which words were agreed to, at `consent_at`. heard_at: their last sign of life there, None
    since before it was noted. chosen: the person wants to be told things here, wherever they write.
    """

    person_id: str
    address: Address
    reachable: bool
    linked_at: datetime
    consent_text: str
    consent_at: datetime
    heard_at: datetime | None = None
    chosen: bool = False

    @property
    def last_used(self) -> datetime:
        """When the person last wrote here, or linked it."""
        return max(self.heard_at or self.linked_at, self.linked_at)

    @property
    def place(self) -> tuple[bool, datetime]:
        """How well this chat suits what is said unasked: the chosen one best, else where they were last."""
        return self.chosen, self.last_used


def _account(row: Any) -> Account:
    return Account(
        person_id=row.person_id,
        address=Address(row.channel, row.chat_id),
        reachable=row.reachable,
        linked_at=from_moment(row.linked_at),
        consent_text=row.consent_text,
        consent_at=from_moment(row.consent_at or row.linked_at),
        heard_at=from_moment(row.last_heard_at) if row.last_heard_at else None,
        chosen=row.chosen,
    )


def _person(row: Any) -> Person:
    return Person(
        id=row.id,
        staff_id=row.staff_id,
        name=row.name,
        role=Role(row.role),
        group=row.group_name,
        classes=tuple(row.classes),
        subjects=tuple(row.subjects),
        periods=row.periods,
        phone=row.phone,
        active=row.active,
        withdrawn=row.withdrawn_at is not None,
    )


def _at() -> sa.Select[Any]:
    """Whose chat it is. Binds `school`, `channel`, `chat`."""
    return (
        sa.select(people)
        .join(accounts, accounts.c.person_id == people.c.id)
        .where(
            accounts.c.school_id == sa.bindparam("school"),
            accounts.c.channel == sa.bindparam("channel"),
            accounts.c.chat_id == sa.bindparam("chat"),
            people.c.active,
        )
    )


_AT = _at()  # made once: SQLAlchemy knows it again


class People:
    """One school's people: lookups, and the statements that change them."""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    # --- looking -----------------------------------------------------------------------------

    @once_a_look
    def all(self) -> list[Person]:
        """Everybody, leavers included, in staff id order."""
        return [_person(row) for row in self._db.found(people, people.c.staff_id)]

    def leaders(self, staff_id: str | None = None) -> list[Person]:
        """The active vice-principals and principals, and who has this staff id, in staff id order."""
        boards = people.c.role.in_([Role.VICE_PRINCIPAL.value, Role.PRINCIPAL.value])
        query = sa.select(people).where(
            people.c.school_id == self._school, people.c.active, boards | (people.c.staff_id == staff_id)
        )
        return [_person(row) for row in self._db.rows(query.order_by(people.c.staff_id))]

    @once_a_look
    def get(self, person_id: str) -> Person:
        """One person. Raises LookupError."""
        for row in self._db.found(people, id=person_id):
            return _person(row)
        raise LookupError(f"no person {person_id}")

    def at(self, address: Address) -> Person | None:
        """Who is linked to this chat (leavers are nobody)."""
        given = {"school": self._school, "channel": address.channel, "chat": address.chat_id}
        rows = self._db.rows(_AT, given)
        return _person(rows[0]) if rows else None

    def at_since(self, address: Address, since: datetime) -> Person | None:
        """Whose chat this is, without a break since then; None when it is nobody's, or was linked anew."""
        person = self.at(address)
        chats = self.accounts(person.id) if person else []
        return person if any(c.address == address and c.linked_at <= since for c in chats) else None

    @once_a_look
    def accounts(self, person_id: str) -> list[Account]:
        """The person's linked chats, the one they are told things in first."""
        linked = map(_account, self._db.found(accounts, person_id=person_id))
        return sorted(linked, key=lambda account: account.place, reverse=True)

    def all_accounts(self) -> dict[str, list[Account]]:
        """Every linked chat by person id, the one each is told things in first."""
        linked = map(_account, self._db.found(accounts))
        found: dict[str, list[Account]] = {}
        for account in sorted(linked, key=lambda account: account.place, reverse=True):
            found.setdefault(account.person_id, []).append(account)
        return found

    @once_a_look
    def last_used(self, person_id: str) -> list[Account]:
        """The person's linked chats, the one they wrote in last first."""
        return sorted(self.accounts(person_id), key=lambda account: account.last_used, reverse=True)

    def linked(self, channel: str | None = None) -> set[str]:
        """Ids of everybody with at least one linked chat (in this channel)."""
        query = sa.select(accounts.c.person_id).where(accounts.c.school_id == self._school)
        if channel:
            query = query.where(accounts.c.channel == channel)
        return {row.person_id for row in self._db.rows(query)}

    def reachable(self, outside: Iterable[str] = ()) -> set[str]:
        """Ids of everybody with a chat that takes messages, in another channel than these."""
        query = sa.select(accounts.c.person_id).where(
            accounts.c.school_id == self._school,
            accounts.c.reachable,
            accounts.c.channel.not_in(list(outside)),
        )
        return {row.person_id for row in self._db.rows(query)}

    def chats(self) -> dict[str, Account]:
        """Where each person is told things: the first of their chats that takes messages, by person id."""
        query = sa.select(accounts).where(accounts.c.school_id == self._school, accounts.c.reachable)
        found = sorted(map(_account, self._db.rows(query)), key=lambda account: account.place)
        return {account.person_id: account for account in found}

    # --- statements for a unit of work ---------------------------------------------------------

    def unlink(self, person_id: str, channel: str) -> sa.Delete:
        """Removes the person's chat in one channel."""
        return sa.delete(accounts).where(
            accounts.c.school_id == self._school,
            accounts.c.person_id == person_id,
            accounts.c.channel == channel,
        )

    def link(
        self, person_id: str, address: Address, consent_text: str, now: datetime, chosen: bool = False
    ) -> sa.Insert:
        """One account row; the unique keys keep one chat to one person. Raises ValueError for a group."""
        if address.is_group:
            raise ValueError("a group is nobody's chat")
        return accounts.insert().values(
            id=new_id(),
            school_id=self._school,
            person_id=person_id,
            channel=address.channel,
            chat_id=address.chat_id,
            linked_at=moment(now),
            consent_text=consent_text,
            consent_at=moment(now),
            reachable=True,
            last_heard_at=moment(now),
            chosen=chosen,
        )

    def choose(self, person_id: str, channel: str) -> sa.Update:
        """The person is told things in this channel from now on; '' : wherever they wrote last."""
        return (
            sa.update(accounts)
            .where(accounts.c.school_id == self._school, accounts.c.person_id == person_id)
            .values(chosen=accounts.c.channel == channel)
        )

    def agreed(self, person_id: str, channel: str, consent_text: str, now: datetime) -> sa.Update:
        """Guarded: a linked person agreed to newer words."""
        return (
            sa.update(accounts)
            .where(
                accounts.c.school_id == self._school,
                accounts.c.person_id == person_id,
                accounts.c.channel == channel,
            )
            .values(consent_text=consent_text, consent_at=moment(now))
        )

    def withdrew(self, person_id: str, now: datetime) -> sa.Update:
        """The consent was taken back; whose step it was is stood in for."""
        return self._marked(person_id, moment(now))

    def came_back(self, person_id: str) -> sa.Update:
        """A new consent: the earlier withdrawal is history."""
        return self._marked(person_id, None)

    def _marked(self, person_id: str, withdrawn_at: str | None) -> sa.Update:
        known = people.c.school_id == self._school, people.c.id == person_id
        return sa.update(people).where(*known).values(withdrawn_at=withdrawn_at)

    def heard(self, address: Address, at: datetime) -> sa.Update:
        """A sign of life in this chat: it takes messages, and what is said goes there from now on."""
        mine = (
            accounts.c.school_id == self._school,
            accounts.c.channel == address.channel,
            accounts.c.chat_id == address.chat_id,
        )
        newer = sa.or_(accounts.c.last_heard_at.is_(None), accounts.c.last_heard_at < moment(at))
        return sa.update(accounts).where(*mine, newer).values(last_heard_at=moment(at), reachable=True)

    def set_reachable(self, address: Address, reachable: bool) -> sa.Update:
        """Notes that the person blocked or unblocked the bot."""
        return (
            sa.update(accounts)
            .where(
                accounts.c.school_id == self._school,
                accounts.c.channel == address.channel,
                accounts.c.chat_id == address.chat_id,
            )
            .values(reachable=reachable)
        )

    def import_rows(self, rows: tuple[RosterRow, ...]) -> tuple[list[Any], int, int]:
        """Statements that make the staff exactly `rows`; who is not listed leaves. (…, added, left)"""
        known = {p.staff_id: p for p in self.all()}
        listed = {row.staff_id for row in rows}
        statements: list[Any] = []
        for row in rows:
            values = {
                "name": row.name,
                "role": row.role.value,
                "group_name": row.group,
                "classes": list(row.classes),
                "subjects": list(row.subjects),
                "periods": row.periods,
                "phone": row.phone,
                "active": True,
            }
            if old := known.get(row.staff_id):
                statements.append(sa.update(people).where(people.c.id == old.id).values(**values))
            else:
                new = {"id": new_id(), "school_id": self._school, "staff_id": row.staff_id, **values}
                statements.append(people.insert().values(**new))
        leavers = [p for p in known.values() if p.active and p.staff_id not in listed]
        statements += [sa.update(people).where(people.c.id == p.id).values(active=False) for p in leavers]
        return statements, len(listed - known.keys()), len(leavers)
