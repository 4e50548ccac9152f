"""Taking the decision to approve: at once, or after the signer's PIN where keys are under one.

Both the tap on `Xác nhận` and a right PIN end here, and handlers do not import one another.
"""

from __future__ import annotations

from hoso_bot.casework.case import Case, close_cards
from hoso_bot.casework.elsewhere import send_out
from hoso_bot.domain.approval import ApprovalStep, StepState, decided_by
from hoso_bot.domain.events import DecisionPutOff, StepApproved
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.pin_events import NewPinTyped, PinAsked, PinTyped
from hoso_bot.domain.queue_events import Places
from hoso_bot.domain.roster import Person
from hoso_bot.domain.signing import SigningKey
from hoso_bot.store.links import Purpose
from hoso_bot.unit_of_work import UnitOfWork


def approve(case: Case, uow: UnitOfWork) -> None:
    """Decide now when the signer's key is at hand; else ask for what opens it, which decides nothing."""
    key = signing_key(uow.actor, uow)
    if key is None:
        tell_no_key(uow)
    elif key.custody == "own":
        send_out(case, uow)
    elif is_open(key, uow):
        decide(case, uow)
        uow.reply(Message("decide.signing", case.facts()))
    else:
        ask_pin(case.version.id, case.step.number, case.facts(), uow)


def decide(case: Case, uow: UnitOfWork, result_key: str | None = None) -> None:
    """The decision is recorded; the signature is made as the plan's next event (R30).

    result_key: of the message that tells how this and others decided with it went (R31).
    """
    kept = decided_by(case.step, uow.actor.id) | ({"result_key": result_key} if result_key else {})
    uow.change(uow.plans.move_step(case.step, StepState.APPROVED, uow.now(), **kept))
    together = {"together": True} if result_key else {}
    uow.record("step.approved", case.plan.code, **audited(case, uow), **together)
    uow.emit(StepApproved(case.version.id, case.step.number), f"plan:{case.plan.id}")
    facts = {**case.facts(), "at": uow.now().isoformat(), "leader": uow.actor.name}
    close_cards(case.step, uow, Message("card.approved", facts), Message("delegate.card_approved", facts))


def audited(case: Case, uow: UnitOfWork) -> dict[str, object]:
    """What the log keeps of a decision: version, step, and for whom it was taken."""
    facts: dict[str, object] = {"version": case.version.number, "step": case.step.number}
    if uow.actor.id != case.step.signer_id:
        acting = case.acting(uow.actor)
        signer = uow.people.get(case.step.signer_id)
        facts |= {"on_behalf_of": signer.staff_id, "acting": acting.value if acting else ""}
    return facts


# --- the key ---------------------------------------------------------------------------------------


def signing_key(person: Person, uow: UnitOfWork) -> SigningKey | None:
    """The person's key, when it is kept the way the school keeps keys now."""
    key = uow.school.signing_key(person.id)
    moved = key is not None and key.custody == "server" and uow.policy.custody == "pin"
    return None if moved else key


def is_open(key: SigningKey, uow: UnitOfWork) -> bool:
    """Whether the key may sign now without its PIN."""
    return key.custody == "server" or uow.signer.window(key, uow.now()) is not None


def may_sign(person: Person, uow: UnitOfWork) -> bool:
    """Whether the person has a certificate whose key counts; a missing PIN is chosen on the way."""
    return signing_key(person, uow) is not None


def tell_no_key(uow: UnitOfWork) -> None:
    """The signer has to wait for the office; the office hears whom it has to enrol, whoever it is."""
    office = uow.is_office(uow.actor)
    uow.reply(Message("pin.no_key", {"staff_id": uow.actor.staff_id if office else ""}))
    tell_office_unable(uow.actor, uow)


def tell_office_unable(person: Person, uow: UnitOfWork) -> None:
    """The office hears who cannot sign, and what the operator has to run."""
    uow.record("pin.no_key", person.staff_id)
    facts = {"name": person.name, "staff_id": person.staff_id}
    uow.tell_office(Message("office.no_key", facts), person)


# --- the question ----------------------------------------------------------------------------------


_ASKED = {
    "": "pin.ask",
    "token": "pin.ask_token",
    "pin": "pin.ask_remote",
    "otp": "pin.ask_code",
    "both": "pin.ask_both",
}


def ask_pin(
    version_id: str,
    step: int,
    facts: dict[str, object],
    uow: UnitOfWork,
    why: str = "",
    together: Places | None = None,
) -> str:
    """Ask for the PIN, or for a first one; `why` it is asked again. Text key of what was said.

    together: every decision that waits for it, when it is not that one alone (R31).
    """
    row = uow.pins.of(uow.actor.id)
    if row is None:
        tell_no_key(uow)
        return "pin.no_key"
    key = signing_key(uow.actor, uow)
    kept = uow.signer.asks_for(key) if key else ""
    places = together or []
    question = (
        PinTyped(version_id, step, kept=kept, together=places)
        if row.is_set
        else NewPinTyped(version_id, step, together=places)
    )
    # Asked while paused too: what is typed gets sealed.
    uow.ask(question)
    if not row.tries.may_try(uow.now()):
        blocked = "pin.blocked_elsewhere" if kept else "pin.blocked"
        text = blocked if row.tries.blocked else "pin.paused"
        until = row.tries.paused_until.isoformat() if row.tries.paused_until else ""
        uow.reply(Message(text, {"until": until}))
        return text
    text = why or (_ASKED[kept] if row.is_set else "pin.choose")
    if uow.policy.public_url:
        facts = {**facts, "set": row.is_set, "kept": kept, "together": places}
        facts["link"] = _link(version_id, step, facts, uow)
        uow.reply(
            Message(
                "pin.on_page",
                {**facts, "why": uow.words(text, **facts) if why else ""},
                _not_now(version_id, step),
            )
        )
    else:
        uow.reply(Message(text, facts, _not_now(version_id, step)))
    return text


def _not_now(version_id: str, step: int) -> tuple[tuple[Button, ...], ...]:
    return ((Button("button.not_now", DecisionPutOff(version_id, step)),),)


def _link(version_id: str, step: int, facts: dict[str, object], uow: UnitOfWork) -> str:
    assert uow.origin is not None
    shown: dict[str, object] = {name: facts[name] for name in ("week", "teacher", "code", "kept")}
    about = {"version_id": version_id, "step": step, "together": facts["together"]}
    token, row = uow.links.new(Purpose.PIN, uow.actor.id, uow.origin, {**shown, **about}, uow.expiry())
    uow.change(row)
    return f"{uow.policy.public_url}/pin/{token}"


def ask_to_finish(
    case_facts: dict[str, object],
    version_id: str,
    step: ApprovalStep,
    uow: UnitOfWork,
    refused: bool = False,
) -> None:
    """A decision stands but its window closed before the signature: the signer is asked to open it again.

    refused: because token or service did not take the PIN.
    """
    button = Button("button.pin", PinAsked(version_id, step.number))
    text = "pin.finish_refused" if refused else "pin.finish"
    uow.say_back(uow.people.get(step.decider_id), Message(text, case_facts, ((button,),)))
