"""`/choduyet`: what waits for a leader, longest first; each opens again, also without its card (R26)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hoso_bot.casework.bulk import offer
from hoso_bot.casework.case import Case, deal_to, decidable, lateness, looks, queue
from hoso_bot.domain.approval import StepState
from hoso_bot.domain.events import CardAsked, CommandSent
from hoso_bot.domain.looks import Look
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.queue_events import BulkAsked, QueueAsked
from hoso_bot.unit_of_work import UnitOfWork

SHOWN = 10


def show(event: CommandSent, uow: UnitOfWork) -> None:
    """`/choduyet`: its beginning."""
    _show(0, uow)


def show_more(event: QueueAsked, uow: UnitOfWork) -> None:
    """A button to another part of it."""
    _show(event.start, uow)


def _show(start: int, uow: UnitOfWork) -> None:
    waiting = queue(uow.actor, uow)
    start = min(start, (len(waiting) - 1) // SHOWN * SHOWN) if waiting else 0
    shown = waiting[start : start + SHOWN]
    seen = looks(uow.actor, uow)
    rows = [_row(case, seen.get(case.place, Look.UNSEEN), uow) for case in shown]
    facts = {
        "count": len(waiting),
        "start": start + 1,
        "end": start + len(shown),
        "rows": rows,
        "elsewhere": _elsewhere(waiting, uow),
    }
    text = "queue.list" if waiting else "queue.empty"
    uow.reply(Message(text, facts, _buttons(waiting, start, uow)))


def _row(case: Case, seen: Look, uow: UnitOfWork) -> dict[str, Any]:
    return {
        **case.facts(),
        **case.acting_facts(uow.actor, uow),
        "waited": (uow.now() - case.since) // timedelta(minutes=1),
        "late": lateness(case.plan, case.version, uow)["late"],
        "look": seen.value,
    }


def _elsewhere(waiting: list[Case], uow: UnitOfWork) -> list[dict[str, Any]]:
    """What is out to be signed with the person's own tool."""
    mine = {case.place: case for case in waiting}
    return [
        {**mine[(one.version_id, one.step)].facts(), "until": one.expires_at.isoformat()}
        for one in uow.returns.of_person(uow.actor.id)
        if (one.version_id, one.step) in mine and one.expires_at > uow.now()
    ]


def _buttons(waiting: list[Case], start: int, uow: UnitOfWork) -> tuple[tuple[Button, ...], ...]:
    shown = waiting[start : start + SHOWN]
    rows = [(Button("button.open", CardAsked(*case.place), case.facts()),) for case in shown]
    beside = []
    if start:
        beside.append(Button("queue.button.before", QueueAsked(max(0, start - SHOWN))))
    if start + SHOWN < len(waiting):
        beside.append(Button("queue.button.after", QueueAsked(start + SHOWN)))
    ready = len(offer(uow, waiting).ready)
    together = (Button("bulk.button.ask", BulkAsked(), {"count": ready}),) if ready > 1 else ()
    return tuple(row for row in (*rows, tuple(beside), together) if row)


def open_card(event: CardAsked, uow: UnitOfWork) -> None:
    """`Mở`: the card of one waiting plan again, with its PDF and fresh buttons; the old card is spent."""
    case = decidable(event, uow)
    if case is None:
        return
    for card in uow.step_cards.of(case.step):
        if card.person_id == uow.actor.id:
            uow.close_card(card.key)
            uow.change(uow.step_cards.forget(card.key))
    key = deal_to(uow.actor, case, uow, asked=True)
    uow.record("card.asked", case.plan.code, version=case.version.number, step=case.step.number)
    if uow.actor.id == case.step.signer_id:
        uow.close_card(case.step.card_key)
        uow.change(uow.plans.move_step(case.step, StepState.PENDING, card_key=key))
