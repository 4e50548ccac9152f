"""`/uyquyen`: a group head lets the deputy decide for some days, and takes it back (R34, Q12)."""

from __future__ import annotations

import contextlib
from datetime import date
from typing import Any

from hoso_bot.casework.approving import may_sign, tell_office_unable
from hoso_bot.casework.case import duty_today, redeal_for
from hoso_bot.domain.chain_events import (
    DelegateChosen,
    DelegationCancelled,
    DelegationConfirmed,
    DelegationDated,
    DelegationScoped,
    DialogueDropped,
    DutyChanged,
)
from hoso_bot.domain.delegation import Delegation, candidates, colleagues, delegation_problem
from hoso_bot.domain.errors import PassphraseNeeded
from hoso_bot.domain.events import CommandSent
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.periods import BadPeriod, Period, checked, chosen_period, offered
from hoso_bot.domain.roster import Person, Role
from hoso_bot.domain.signing import KeyOrder
from hoso_bot.store.db import new_id
from hoso_bot.unit_of_work import Unguarded, UnitOfWork

BOARD = (Role.VICE_PRINCIPAL, Role.PRINCIPAL)
NEVER_MIND = (Button("delegate.button.drop", DialogueDropped()),)


# --- arranging it --------------------------------------------------------------------------------


def start(event: CommandSent, uow: UnitOfWork) -> None:
    """A head sees own delegations and whom to choose; the board sees all; others hear why not."""
    known = uow.duties.delegations(uow.today())
    if uow.actor.role in BOARD:
        uow.reply(Message("delegate.list", {"delegations": [_facts(d, uow) for d in known]}))
        return
    if uow.actor.role is not Role.GROUP_HEAD:
        given = [d for d in known if d.taker_id == uow.actor.id]
        uow.reply(Message("delegate.only_heads", {"delegations": [_facts(d, uow) for d in given]}))
        return
    for delegation in known:
        if delegation.giver_id == uow.actor.id:
            stop = Button("delegate.button.cancel", DelegationCancelled(delegation.id))
            uow.reply(Message("delegate.yours", _facts(delegation, uow), ((stop,),)))
    _ask_whom(uow)


def _ask_whom(uow: UnitOfWork) -> None:
    chosen = candidates(uow.actor, uow.people.all(), duty_today(uow).away)
    rows = tuple(
        (Button("delegate.button.person", DelegateChosen(p.id), {"name": p.name, "role": p.role.value}),)
        for p in chosen
    )
    uow.reply(
        Message("delegate.whom" if rows else "delegate.nobody", {}, (*rows, NEVER_MIND) if rows else ())
    )


def ask_period(event: DelegateChosen, uow: UnitOfWork) -> None:
    """The person is chosen: from when to when?"""
    taker = uow.people.get(event.taker_id)
    if _possible(taker, None, uow):
        _ask_period(taker, "delegate.when", uow)


def _ask_period(taker: Person, text: str, uow: UnitOfWork) -> None:
    uow.ask(DelegationDated(taker.id))
    rows = tuple(
        (Button(key, DelegationDated(taker.id, *_iso(period)), period.as_json()),)
        for key, period in offered(uow.today())
    )
    uow.reply(Message(text, {"name": taker.name}, (*rows, NEVER_MIND)))


def ask_scope(event: DelegationDated, uow: UnitOfWork) -> None:
    """The days are chosen: the whole group's plans, or one teacher's?"""
    taker = uow.people.get(event.taker_id)
    if not _possible(taker, None, uow):
        return
    try:
        period = chosen_period(event.typed, event.first, event.last, uow.today())
    except BadPeriod as bad:
        _ask_period(taker, bad.text_key, uow)
        return
    uow.stop_asking()
    first, last = _iso(period)
    everyone = Button("delegate.button.all", DelegationScoped(taker.id, first, last))
    rows = tuple(
        (Button("delegate.button.one", DelegationScoped(taker.id, first, last, p.id), {"name": p.name}),)
        for p in colleagues(uow.actor, uow.people.all())
        if p.id != taker.id
    )
    facts = {"name": taker.name, **period.as_json()}
    uow.reply(Message("delegate.scope", facts, ((everyone,), *rows, NEVER_MIND)))


def ask_confirmation(event: DelegationScoped, uow: UnitOfWork) -> None:
    """Everything is chosen: the last look."""
    delegation = _delegation(event, "", uow)
    if delegation:
        yes = Button(
            "delegate.button.confirm",
            DelegationConfirmed(event.taker_id, event.first, event.last, event.teacher_id),
        )
        taker = uow.people.get(event.taker_id)
        unable = uow.policy.custody == "pin" and not may_sign(taker, uow)
        facts = {**_facts(delegation, uow), "unable": taker.staff_id if unable else ""}
        uow.reply(Message("delegate.confirm", facts, ((yes, *NEVER_MIND),)))


def drop(event: DialogueDropped, uow: UnitOfWork) -> None:
    """`Thôi`: nothing was arranged."""
    uow.stop_asking()
    uow.reply(Message("delegate.dropped"))


# --- making and ending it ------------------------------------------------------------------------


def make(event: DelegationConfirmed, uow: UnitOfWork) -> None:
    """`Xác nhận`: in force from its first day; delegate and board hear it at once.

    A delegate who has no certificate yet cannot sign: head, delegate and office hear that too.
    """
    delegation = _delegation(event, new_id(), uow)
    if delegation is None:
        return
    taker = uow.people.get(delegation.taker_id)
    able = _give_key(taker, uow)
    uow.change(uow.duties.add_delegation(delegation, uow.now()))
    facts = {**_facts(delegation, uow), "unable": "" if able else taker.staff_id}
    uow.record("delegation.made", taker.staff_id, **_audited(delegation, uow))
    uow.reply(Message("delegate.made", facts))
    uow.say(taker, Message("delegate.given", facts))
    _tell_board("delegate.board_made", facts, uow)
    if not able:
        tell_office_unable(taker, uow)
    _watch(delegation, uow)


def cancel(event: DelegationCancelled, uow: UnitOfWork) -> None:
    """`Hủy ủy nhiệm`: over at once; what was decided under it stays decided."""
    delegation = uow.duties.delegation(event.delegation_id)
    if delegation is None or delegation.giver_id != uow.actor.id or delegation.period.last < uow.today():
        uow.reply(Message("delegate.over_already"))
        return
    uow.change(uow.duties.end_delegation(delegation.id, uow.now()))
    facts = _facts(delegation, uow)
    taker = uow.people.get(delegation.taker_id)
    uow.record("delegation.cancelled", taker.staff_id, **_audited(delegation, uow))
    uow.reply(Message("delegate.cancelled", facts))
    uow.say(taker, Message("delegate.taken_back", facts))
    _tell_board("delegate.board_cancelled", facts, uow)
    uow.emit(DutyChanged(delegation.giver_id), f"duty:{delegation.giver_id}")


def duty_changed(event: DutyChanged, uow: UnitOfWork) -> None:
    """A delegation or absence began or ended: waiting cards follow (R34).

    Who gets one in somebody's absence and has no certificate is named to the office; a delegate was before.
    """
    delegates = {d.taker_id for d in uow.duties.delegations(uow.today())}
    for person in redeal_for(event.person_id, uow):
        if person.id not in delegates and not may_sign(person, uow):
            tell_office_unable(person, uow)


def _watch(delegation: Delegation, uow: UnitOfWork) -> None:
    """Deal the waiting cards when it begins, take them back at midnight after its last day."""
    giver, period = delegation.giver_id, delegation.period
    begins = period.begins if period.begins > uow.now() else None
    uow.emit(DutyChanged(giver), f"duty:{giver}" if begins is None else f"duty:{delegation.id}:1", begins)
    uow.emit(DutyChanged(giver), f"duty:{delegation.id}:2", period.ends)


def _give_key(taker: Person, uow: UnitOfWork) -> bool:
    """A delegate signs with a certificate of their own; deputies have one already. Whether there is one.

    With custody `pin` the office alone makes certificates; so too where the CA is under its passphrase.
    """
    if uow.policy.custody == "server":
        with contextlib.suppress(PassphraseNeeded):
            _issue(taker, uow)
            return True
    return may_sign(taker, uow)


def _issue(taker: Person, uow: UnitOfWork) -> None:
    row, current = uow.school.row(), uow.school.signing_key(taker.id)
    title = uow.words(f"stamp.role.{taker.role.value}", group=taker.group)
    order = KeyOrder(
        taker.staff_id,
        taker.name,
        title,
        current,
        row.ca_pem,
        row.ca_wrapped_key,
        uow.now(),
        uow.policy.algorithm,
    )
    key = uow.signer.issue(order)
    if current is None or key.key_id != current.key_id:
        retire, insert = uow.school.set_signing_key(taker.id, key, uow.now())
        uow.change(Unguarded(retire), insert)
        uow.record("certificate.issued", taker.staff_id, key=key.key_id)


def _tell_board(text: str, facts: dict[str, Any], uow: UnitOfWork) -> None:
    """The vice-principals see every delegation (Q12); without one the principal does."""
    active = [p for p in uow.people.all() if p.active]
    told = [p for p in active if p.role is Role.VICE_PRINCIPAL] or [p for p in active if p.role in BOARD]
    for person in told:
        uow.say(person, Message(text, facts))


# --- reading what was chosen ---------------------------------------------------------------------


def _delegation(
    event: DelegationScoped | DelegationConfirmed, row_id: str, uow: UnitOfWork
) -> Delegation | None:
    """The delegation of these choices; None (and why) when it cannot be any more."""
    taker, teacher = uow.people.get(event.taker_id), event.teacher_id or None
    if not _possible(taker, teacher, uow):
        return None
    try:
        period = checked(date.fromisoformat(event.first), date.fromisoformat(event.last), uow.today())
    except BadPeriod as bad:
        uow.reply(Message(bad.text_key, {"name": taker.name}))
        return None
    return Delegation(row_id, uow.actor.id, taker.id, period, teacher)


def _possible(taker: Person, teacher_id: str | None, uow: UnitOfWork) -> bool:
    problem = delegation_problem(uow.actor, taker, teacher_id, uow.people.all())
    if problem:
        uow.record("delegation.refused", taker.staff_id, why=problem)
        uow.reply(Message(problem, {"name": taker.name, "delegations": []}))
    return problem is None


def _iso(period: Period) -> tuple[str, str]:
    return period.first.isoformat(), period.last.isoformat()


def _facts(delegation: Delegation, uow: UnitOfWork) -> dict[str, Any]:
    teacher = uow.people.get(delegation.teacher_id).name if delegation.teacher_id else ""
    giver, taker = uow.people.get(delegation.giver_id), uow.people.get(delegation.taker_id)
    return {
        **delegation.period.as_json(),
        "giver": giver.name,
        "group": giver.group,
        "taker": taker.name,
        "teacher": teacher,
    }


def _audited(delegation: Delegation, uow: UnitOfWork) -> dict[str, str]:
    facts = {"giver": uow.people.get(delegation.giver_id).staff_id, **delegation.period.as_json()}
    if delegation.teacher_id:
        facts["teacher"] = uow.people.get(delegation.teacher_id).staff_id
    return facts
