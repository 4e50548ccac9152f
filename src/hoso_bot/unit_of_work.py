"""What a handler may touch: lookups, say(), emit(), record(), one commit.

A handler reads and computes with no transaction open and only *collects* what shall change. `commit`
then runs the guarded statements, the messages, the owed events, the audit entries and "event done" in
one short transaction; a guard that finds another state raises Conflict and nothing has happened.
"""

from __future__ import annotations

import dataclasses
import secrets
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from hoso_bot.domain.calendar import Week, default_weeks, school_year
from hoso_bot.domain.events import Address, ChatEvent, Event, InternalEvent, to_json
from hoso_bot.domain.messages import ERASED, NOTHING_NEW, Attachment, Button, Message
from hoso_bot.domain.roster import Person
from hoso_bot.domain.submission import Plan, Upload
from hoso_bot.domain.units import Piece
from hoso_bot.lookups import Desk, Lookups
from hoso_bot.store import audit
from hoso_bot.store.audit import Entry
from hoso_bot.store.commit import Changes, Unguarded, commit
from hoso_bot.store.db import moment
from hoso_bot.store.inbox import INTERNAL, Arrival, Inbox
from hoso_bot.store.people import Account

UNREACHABLE_NOTICE_EVERY = timedelta(hours=12)
ONE_LOOK = timedelta(minutes=15)
"""So long looking again at the same thing is one look: a viewer asks for a file in pieces."""
UNREACHABLE = ("message.unreachable", "account.unreachable", "account.silent")


class UnitOfWork(Lookups):
    """One event's worth of work. `person` is who caused it, `origin` the chat it came from.

    spent_card: key of the message whose one-time button was pressed; its buttons go when the work is done.
    plan: the one plan it is about, by the number of its story (`casework.telling`); messages carry it on.
    dealt, digests: how many cards it deals to whom, and for whom it plans a digest, by person id.
    """

    def __init__(
        self,
        desk: Desk,
        event_key: str,
        origin: Address | None = None,
        person: Person | None = None,
        inbox_row: int | None = None,
    ) -> None:
        super().__init__(desk)
        self.origin, self.person = origin, person
        self._inbox = Inbox(desk.db, desk.clock)
        self._event_key, self.inbox_row = event_key, inbox_row
        self._changes = Changes()
        self._closed: set[str] = set()
        self._new_tables: dict[str, tuple[Week, ...]] = {}
        self.spent_card: str | None = None
        self.plan: int | None = None
        self.dealt, self.digests = Counter[str](), set[str]()

    # --- time and calendar ---------------------------------------------------------------------

    def weeks(self) -> tuple[Week, ...]:
        """The week table of the current school year."""
        return self.week_table(school_year(self.today()))

    def week_table(self, year: str) -> tuple[Week, ...]:
        """The week table of a school year; a year without one gets the default table with this commit."""
        if table := self.school.weeks(year) or self._new_tables.get(year, ()):
            return table
        self._new_tables[year] = table = default_weeks(year)
        self.change(*self.school.add_weeks(table))
        self._changes.entries.append(Entry("hoso-bot", "calendar.made", year, {"weeks": len(table)}))
        return table

    # --- people --------------------------------------------------------------------------------

    def act_for(self, person: Person, origin: Address) -> None:
        """From here on this is the work of a person who came by a web page of their own."""
        self.person, self.origin = person, origin

    @property
    def actor(self) -> Person:
        """Who caused this event; routes for linked people guarantee there is one."""
        if self.person is None:
            raise LookupError("this event has no person")
        return self.person

    # --- collecting ----------------------------------------------------------------------------

    def change(self, *statements: Any) -> None:
        """Facts to write; a guarded statement (update) that matches no row undoes everything."""
        self._changes.statements += statements

    def record(self, action: str, subject: str, **facts: Any) -> None:
        """An entry of the audit log, written with the facts it is about."""
        actor = self.person.staff_id if self.person else "hoso-bot"
        self._changes.entries.append(Entry(actor, action, subject, facts))

    def record_look(self, action: str, subject: str, **facts: Any) -> None:
        """The same, once a look: what this person looked at just before is not written again."""
        entry = Entry(self.actor.staff_id, action, subject, facts)
        with self.desk.db.read() as connection:
            again = audit.is_written_since(
                connection, self.desk.db.school_id, entry, moment(self.now() - ONE_LOOK)
            )
        if not again:
            self._changes.entries.append(entry)

    def was_recorded(self, actions: tuple[str, ...], subject: str, since: datetime) -> bool:
        """Whether the log has an entry of one of these kinds about `subject` since then, or is about to."""
        with self.desk.db.read() as connection:
            found = audit.recorded_since(connection, self.desk.db.school_id, actions, subject, moment(since))
        return found or any(e.action in actions and e.subject == subject for e in self._changes.entries)

    def emit(self, event: InternalEvent, lane: str, due: datetime | None = None) -> None:
        """Owed work, as an inbox row of its own; what is `due` later needs a lane of its own too."""
        external = f"{self._event_key}:{len(self._changes.owed)}"
        self._changes.owed += self._inbox.rows([Arrival(INTERNAL, external, lane, to_json(event), due)])

    def heard(self, event: ChatEvent) -> None:
        """The person wrote here: answers go here, and everything else unless they chose another chat."""
        if self.person and event.origin == self.origin:
            at = event.sent_at if event.sent_at.timestamp() else self.now()  # a tap may carry no time
            self.change(Unguarded(self.people.heard(event.origin, min(at, self.now()))))

    def reply(self, message: Message, edits: str | None = None) -> str:
        """Answer in the chat the event came from; returns the message's key."""
        if self.origin is None:
            raise LookupError("this event came from no chat")
        return self._queue(message, self.origin, self.person, edits)

    def say(self, person: Person, message: Message) -> str | None:
        """Tell a person where they want to hear it; None (and a line to the office) without a linked chat."""
        return self._say(person, message, self.people.accounts(person.id))

    def say_back(self, person: Person, message: Message) -> str | None:
        """The same about what they did or asked earlier: where they wrote last, whatever they chose."""
        return self._say(person, message, self.people.last_used(person.id))

    def _say(self, person: Person, message: Message, accounts: list[Account]) -> str | None:
        if self.person and person.id == self.person.id and self.origin:
            return self.reply(message)
        for account in accounts:
            if account.reachable:
                return self._queue(message, account.address, person, None)
        self.unreachable(person, "message.unreachable", text=message.text)
        return None

    def unreachable(self, person: Person, action: str, **facts: Any) -> None:
        """Somebody's chat takes no messages: for the log each time, for the office once in twelve hours.

        action: one of UNREACHABLE, what showed it.
        """
        told = self.was_recorded(UNREACHABLE, person.staff_id, self.now() - UNREACHABLE_NOTICE_EVERY)
        self.record(action, person.staff_id, **facts)
        if not told:
            text = "office.silent" if action == "account.silent" else "office.unreachable"
            self.tell_office(Message(text, {"name": person.name, "group": person.group}), person)

    def tell_office(self, message: Message, about: Person) -> None:
        """Tell who administers the records, unless it is about that very person."""
        office = self.office()
        if office and office.id != about.id:
            self.say(office, message)

    def tell(self, account: Account, message: Message) -> str:
        """Tell whose chat this is; for those who tell many and looked all chats up at once."""
        return self._queue(message, account.address, account.person_id, None)

    def say_at(self, address: Address, message: Message, edits: str | None = None) -> str:
        """Tell a chat nobody is linked to (yet, or any more)."""
        return self._queue(message, address, None, edits)

    def close_card(self, key: str | None, message: Message | None = None) -> None:
        """Spend every button of an earlier message and take them off it; `message` changes its words too."""
        if key is None or key in self._closed:
            return
        self._closed.add(key)
        self.change(Unguarded(self.prompts.close_buttons(key, self.now())))
        if earlier := self.outbox.find(key):
            person = self.people.get(earlier.person_id) if earlier.person_id else None
            same_words = Message(earlier.message["text"], earlier.message["facts"])
            self._queue(message or same_words, earlier.address, person, key)
            if message is None or earlier.address == self.origin:
                self._changes.messages[-1]["message"][NOTHING_NEW] = True

    def ask(self, answer: Event, at: Address | None = None) -> None:
        """The next text of this chat (or of `at`) becomes the `typed` of `answer`, until `expiry`."""
        chat = at or self.origin
        if chat is None:
            raise LookupError("this event came from no chat")
        self.change(
            self.prompts.ask(chat, answer, self.now() + timedelta(minutes=self.policy.question_minutes))
        )

    def expiry(self) -> datetime:
        """Until when a question that is asked now waits for its answer."""
        return self.now() + timedelta(minutes=self.policy.question_minutes)

    def stop_asking(self, at: Address | None = None) -> None:
        """Forget the open question of this chat (or of `at`), if there is one."""
        if chat := at or self.origin:
            self.change(self.prompts.stop_asking(chat))

    def erase(self, ref: str) -> None:
        """Take a person's own message off the chat the event came from, where the channel can."""
        if self.origin:
            self._queue(Message(ERASED, {"ref": ref}), self.origin, self.person, None)

    def _queue(self, message: Message, to: Address, person: Person | str | None, edits: str | None) -> str:
        key = f"{self._event_key}:{len(self._changes.messages)}"
        owner = person.id if isinstance(person, Person) else person
        packed = {
            "text": message.text,
            "facts": message.facts,
            "buttons": [[self._button(b, to, owner, key) for b in row] for row in message.buttons],
            "attachment": dataclasses.asdict(message.attachment) if message.attachment else None,
            "picture": dataclasses.asdict(message.picture) if message.picture else None,
            **({"fleeting": True} if message.fleeting else {}),
            **({"silent": True} if message.silent else {}),
            **({"plan": self.plan} if self.plan else {}),
        }
        self._changes.messages.append(self.outbox.row(key, owner, to, packed, edits))
        return key

    def _button(self, button: Button, to: Address, owner: str | None, key: str) -> dict[str, Any]:
        token = secrets.token_urlsafe(16)
        row = self.prompts.button_row(token, button.causes, to, owner, key, self.now())
        self._changes.buttons.append(row)
        return {"label": button.label, "facts": button.facts, "token": token}

    # --- ending --------------------------------------------------------------------------------

    def commit(self) -> None:
        """One transaction for all of it. Raises Conflict when a guard found another state."""
        if self.inbox_row is not None:
            self._changes.statements.append(self._inbox.finish(self.inbox_row))
        commit(self.desk.db, moment(self.now()), self._changes)


def attachment(uow: UnitOfWork, sha256: str, name: str) -> Attachment:
    """A stored file as something to send."""
    return Attachment(sha256, name, uow.files.size(sha256))


def picture_of(uow: UnitOfWork, upload: Upload) -> Attachment | None:
    """Page 1 of an upload as something to show; None when it could not be drawn."""
    return attachment(uow, upload.picture, "trang-1.jpg") if upload.picture else None


def plan_facts(uow: UnitOfWork, plan: Plan) -> dict[str, Any]:
    """The blanks that name a plan: week, code, and `piece_facts`."""
    return {"week": plan.week, "code": plan.code, **piece_facts(uow, plan.register, plan.piece)}


def named_facts(plan: Plan, book: str, cover: str) -> dict[str, Any]:
    """The same blanks where register and absent teacher were looked up for many plans at once."""
    return {"week": plan.week, "code": plan.code, "part_name": plan.part, "cover": cover, "book": book}


def piece_facts(uow: UnitOfWork, register: str, piece: Piece) -> dict[str, Any]:
    """Blanks: the part, for which absent teacher (`cover`), and the register unless it is lesson plans."""
    cover = uow.people.get(piece.instead_of).name if piece.instead_of else ""
    return {"part_name": piece.part, "cover": cover, "book": uow.book(register)}


__all__ = [
    "Unguarded",
    "UnitOfWork",
    "attachment",
    "named_facts",
    "picture_of",
    "piece_facts",
    "plan_facts",
]
