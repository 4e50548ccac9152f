"""The school at one moment as leaders see it: what waits for whom, who looked at it, how the week stands.

Read for all of them at once; lists of what waits are worded here for every message that has one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hoso_bot.casework.case import Case, duty_today, waiting
from hoso_bot.domain.board import Board
from hoso_bot.domain.calendar import Week
from hoso_bot.domain.duty import Acting, Duty
from hoso_bot.domain.events import CardAsked
from hoso_bot.domain.looks import Look, look
from hoso_bot.domain.messages import Button
from hoso_bot.domain.queue_events import BulkAsked, QueueAsked
from hoso_bot.domain.roster import Person, Role
from hoso_bot.store.step_cards import Place, StepCard
from hoso_bot.unit_of_work import UnitOfWork

SHOWN = 8
"""Items of a list of waiting plans before the rest is only counted."""


@dataclass
class Scene:
    """The school at one moment as leaders see it; each part is read when it is first needed."""

    uow: UnitOfWork

    def __post_init__(self) -> None:
        self.now = self.uow.now()
        self._boards: dict[tuple[str, int], Board] = {}

    @cached_property
    def duty(self) -> Duty:
        """Who is here, who is away, who was delegated to."""
        return duty_today(self.uow)

    @cached_property
    def people(self) -> dict[str, Person]:
        """Everybody by id."""
        return {person.id: person for person in self.duty.people}

    @cached_property
    def cards(self) -> dict[Place, list[StepCard]]:
        """Every live card by step."""
        return self.uow.step_cards.live()

    @cached_property
    def _holders(self) -> list[tuple[Case, tuple[Person, ...]]]:
        """Everything that waits, longest first, each with who holds a card of it today."""
        return [(c, self.duty.holders(c.step, c.matter)) for c in waiting(self.uow, self.duty)]

    @cached_property
    def held(self) -> dict[str, list[Case]]:
        """What waits, by the id of each present person who holds a card of it."""
        found: dict[str, list[Case]] = {}
        for case, holders in self._holders:
            for person in holders:
                if person.id not in self.duty.away:
                    found.setdefault(person.id, []).append(case)
        return found

    @cached_property
    def unanswered(self) -> dict[str, list[Case]]:
        """What waits for a present head who has not delegated, and for nobody else, by the head's id."""
        found: dict[str, list[Case]] = {}
        for case, holders in self._holders:
            if case.step.role is Role.GROUP_HEAD and [p.id for p in holders] == [case.step.signer_id]:
                found.setdefault(case.step.signer_id, []).append(case)
        delegated = {one.giver_id for one in self.duty.delegations if one.teacher_id is None}
        excused = self.duty.away | delegated
        return {head: cases for head, cases in found.items() if head not in excused}

    def board(self, week: Week) -> Board:
        """The week's board."""
        key = (week.year, week.number)
        if key not in self._boards:
            self._boards[key] = self.uow.boards.of_week(week, self.uow.rules, self.now)
        return self._boards[key]

    def newest_card(self, person: Person, case: Case) -> StepCard | None:
        """The person's card of a step."""
        mine = [card for card in self.cards.get(case.place, ()) if card.person_id == person.id]
        return mine[-1] if mine else None

    def look(self, person: Person, case: Case) -> Look:
        """What the person looked at, as far as a chat can tell."""
        card = self.newest_card(person, case)
        return look(card.asked_at, card.delivered_at, self.now) if card else Look.UNSEEN

    def next_holders(self, case: Case) -> list[Person]:
        """The present people who get the card after this step; nobody when it is the last."""
        following = case.chain[case.step.number : case.step.number + 1]
        held = [p for step in following for p in self.duty.holders(step, case.matter)]
        return [person for person in held if person.id not in self.duty.away]


# --- lists of what waits -------------------------------------------------------------------------------


def rows(cases: Sequence[Case], person: Person, scene: Scene) -> list[dict[str, Any]]:
    return [_row(case, person, scene) for case in cases[:SHOWN]]


def _row(case: Case, person: Person, scene: Scene) -> dict[str, Any]:
    return {
        **case.facts(),
        "since": case.since.isoformat(),
        "look": scene.look(person, case).value,
        "acting": (case.acting(person) or Acting.OWN).value,
        "signer": scene.people[case.step.signer_id].name,
    }


def buttons(cases: Sequence[Case], person: Person, scene: Scene) -> tuple[tuple[Button, ...], ...]:
    """One to open each; the whole list; what was seen, to be approved together."""
    rows = [(Button("button.open", CardAsked(*case.place), case.facts()),) for case in cases[:SHOWN]]
    if len(cases) > SHOWN:
        rows.append((Button("leading.button.queue", QueueAsked(), {"count": len(cases)}),))
    ready = sum(case.is_ready(person, scene.look(person, case)) for case in cases)
    if ready > 1:
        rows.append((Button("bulk.button.ask", BulkAsked(), {"count": ready}),))
    return tuple(rows)
