"""A signer's PIN: chosen at the first approval, asked once per signing window (custody `pin`).

Typed PINs come sealed to the signing desk; nothing here can read them.
"""

from __future__ import annotations

import dataclasses
from datetime import timedelta

from hoso_bot.casework import bulk
from hoso_bot.casework.approving import ask_pin, decide, signing_key, tell_no_key
from hoso_bot.casework.case import Case, decidable
from hoso_bot.domain.approval import StepState
from hoso_bot.domain.errors import Conflict, PinRefused, SignerAway
from hoso_bot.domain.events import StepApproved, Tapped
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.pin import SEALED
from hoso_bot.domain.pin_events import (
    NewPinTyped,
    PinAsked,
    PinFromPage,
    PinTyped,
    SignerRevoked,
    WindowClosed,
)
from hoso_bot.domain.signing import PinOrder, SigningKey
from hoso_bot.store.pins import PinRow
from hoso_bot.unit_of_work import UnitOfWork

Typed = PinTyped | NewPinTyped


def ask(event: PinAsked, uow: UnitOfWork) -> None:
    """`Nhập mã PIN`: for a signature that could not be finished."""
    case = _still_wanted(event, uow)
    if case:
        ask_pin(case.version.id, case.step.number, case.facts(), uow)


def choose(event: NewPinTyped, uow: UnitOfWork) -> None:
    """A first PIN: typed, typed again, then it is set and the waiting decision taken."""
    _choose(event, uow)


def enter(event: PinTyped, uow: UnitOfWork) -> None:
    """The PIN; right, it opens the signing window and the waiting decision is taken."""
    _enter(event, uow)


def from_page(event: PinFromPage, uow: UnitOfWork) -> None:
    """A PIN typed on its page: the same as in the chat it was asked in; the page shows what came of it."""
    link = uow.links.get(event.link_id)
    person = uow.people.at(link.address) if link else None
    if link is None or link.outcome or person is None or person.id != link.person_id:
        return
    uow.act_for(person, link.address)
    row, about = uow.pins.of(link.person_id), (link.facts["version_id"], link.facts["step"])
    together = link.facts.get("together", [])
    if row is None or row.is_set:
        outcome = _enter(PinTyped(*about, event.typed, together=together), uow)
    else:
        outcome = _choose(NewPinTyped(*about, event.typed, event.again, together), uow)
    uow.change(uow.links.answer(link, outcome))


def _choose(event: NewPinTyped, uow: UnitOfWork) -> str:
    """Text key of what came of it."""
    case = _still_wanted(event, uow)
    at_hand = _at_hand(uow) if case else None
    if case is None or at_hand is None:
        return "pin.gone"
    key, row = at_hand
    if row.is_set:
        return _asked(event, case, "", uow)
    if not event.typed.startswith(SEALED):
        return _asked(event, case, "pin.shape", uow)
    if not event.first:
        return _ask_again(event, uow)
    return _set(event, case, key, row, uow)


def _ask_again(event: NewPinTyped, uow: UnitOfWork) -> str:
    question = dataclasses.replace(event, first=event.typed, typed="")
    uow.ask(question)
    uow.reply(Message("pin.again"))
    return "pin.again"


def _set(event: NewPinTyped, case: Case, key: SigningKey, row: PinRow, uow: UnitOfWork) -> str:
    order = _order(key, row, event.first, uow, again=event.typed)
    try:
        pin = uow.signer.set_pin(order)
    except PinRefused as refused:
        return _asked(event, case, refused.text_key, uow)
    uow.change(uow.pins.set_pin(row, pin, uow.now()))
    uow.record("pin.set", uow.actor.staff_id, key=key.key_id)
    return _go_on(event, case, order, uow)


def _enter(event: PinTyped, uow: UnitOfWork) -> str:
    """Each try is counted before it is made, so that neither a kill nor a restart gives one free."""
    case = _still_wanted(event, uow)
    at_hand = _at_hand(uow) if case else None
    if case is None or at_hand is None:
        return "pin.gone"
    key, row = at_hand
    if not (row.is_set and row.tries.may_try(uow.now()) and event.typed.startswith(SEALED)):
        shape = "pin.shape_elsewhere" if row.is_elsewhere else "pin.shape"
        return _asked(event, case, shape if row.is_set else "", uow)
    tries = uow.pins.count_try(row, uow.now())
    if tries is None:
        raise Conflict
    order = _order(key, row, event.typed, uow)
    try:
        proved = uow.signer.unlock(order)
    except SignerAway as away:
        return _not_tried(away, event, case, row, uow)
    except PinRefused as refused:
        if refused.text_key == "pin.lost":
            uow.change(uow.pins.forget_tries(row.person_id, back_to=row.tries))
        return _refused(refused, event, case, uow)
    if not proved:  # the service judges it at the signature; until then the try counts
        uow.record("pin.passed_on", uow.actor.staff_id, until=order.until.isoformat())
        return _go_on(event, case, order, uow, "pin.passed_on")
    uow.change(uow.pins.forget_tries(row.person_id))
    uow.record("pin.accepted", uow.actor.staff_id, until=order.until.isoformat())
    return _go_on(event, case, order, uow)


def _not_tried(away: SignerAway, event: Typed, case: Case, row: PinRow, uow: UnitOfWork) -> str:
    """Token or service could not be asked; the try is given back unless the PIN may have reached it."""
    if not away.tried:
        uow.change(uow.pins.forget_tries(row.person_id, back_to=row.tries))
    uow.record("pin.not_tried", uow.actor.staff_id, why=str(away))
    return _asked(event, case, away.text_key, uow)


def _refused(refused: PinRefused, event: Typed, case: Case, uow: UnitOfWork) -> str:
    row = uow.pins.of(uow.actor.id)
    assert row is not None
    uow.record("pin.refused", uow.actor.staff_id, why=refused.text_key, wrong=row.tries.wrong)
    if row.tries.blocked:
        facts = {"name": uow.actor.name, "staff_id": uow.actor.staff_id}
        uow.tell_office(Message("office.pin_blocked", facts), uow.actor)
    return _asked(event, case, refused.text_key, uow, tries_left=row.tries.left)


def _asked(event: Typed, case: Case, why: str, uow: UnitOfWork, **more: object) -> str:
    facts = {**bulk.pin_facts(case, event.together), **more}
    return ask_pin(case.version.id, case.step.number, facts, uow, why, event.together)


def close(event: WindowClosed, uow: UnitOfWork) -> None:
    """`Đóng cửa sổ ký`: the next signature asks for the PIN again."""
    key = uow.school.signing_key(uow.actor.id)
    if key:
        uow.signer.close_window(key.key_id)
    uow.record("window.closed", uow.actor.staff_id)
    uow.reply(Message("pin.closed"))


def end_window(event: SignerRevoked, uow: UnitOfWork) -> None:
    """The office ended this signer's rights; an open window ends with them."""
    uow.signer.close_window(event.key_id)


def _still_wanted(event: Tapped, uow: UnitOfWork) -> Case | None:
    """The case when this person may still decide it, or decided it and only the signature is missing.

    Of several that wait for one PIN the first that is still open.
    """
    if together := getattr(event, "together", []):
        return bulk.first_open(together, uow)
    case = Case.read(event.version_id, event.step, uow)  # type: ignore[attr-defined]
    if case.step.state is StepState.APPROVED and case.step.decider_id == uow.actor.id:
        return case
    uow.stop_asking()
    return decidable(event, uow)


def _at_hand(uow: UnitOfWork) -> tuple[SigningKey, PinRow] | None:
    key, row = signing_key(uow.actor, uow), uow.pins.of(uow.actor.id)
    if key is None or row is None:
        tell_no_key(uow)
        return None
    return key, row


def _order(key: SigningKey, row: PinRow, typed: str, uow: UnitOfWork, again: str = "") -> PinOrder:
    until = uow.now() + timedelta(minutes=uow.policy.window_minutes)
    return PinOrder(key, row.closed, row.salt, typed, until, again, (uow.actor.phone,))


def _go_on(event: Typed, case: Case, order: PinOrder, uow: UnitOfWork, text: str = "pin.accepted") -> str:
    """The window is open: the waiting decisions are taken, or the signature finished."""
    uow.stop_asking()
    close = ((Button("button.close_window", WindowClosed()),),)
    if event.together:
        uow.reply(Message("pin.accepted_all", {"until": order.until.isoformat()}, close))
        bulk.decide_all(event.together, uow)
        return text
    if case.step.state is StepState.APPROVED:
        uow.emit(StepApproved(case.version.id, case.step.number), f"plan:{case.plan.id}")
    else:
        decide(case, uow)
    facts = {**case.facts(), "until": order.until.isoformat()}
    uow.reply(Message(text, facts, close))
    return text
