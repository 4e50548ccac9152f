"""A decision becomes a signature, the signature is validated, the file goes on (design section 5)."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

from hoso_bot.casework import bulk
from hoso_bot.casework.approving import ask_to_finish
from hoso_bot.casework.case import Case, deal, signs_elsewhere, validated
from hoso_bot.domain import cards
from hoso_bot.domain.approval import ApprovalStep, StepState, decided_by
from hoso_bot.domain.chain_events import FileUpgradeDue
from hoso_bot.domain.errors import KeyLocked, PinRefused, SignerAway, SigningFailed
from hoso_bot.domain.events import SignatureMade, StepApproved
from hoso_bot.domain.messages import Attachment, Message
from hoso_bot.domain.roster import Person
from hoso_bot.domain.signing import Signed, SigningKey, SignOrder
from hoso_bot.domain.submission import Plan, PlanState, Version, VersionState
from hoso_bot.unit_of_work import Unguarded, UnitOfWork, attachment, plan_facts

FIRST_PAUSE, LONGEST_PAUSE, MOST_TRIES = timedelta(seconds=30), timedelta(hours=1), 12
"""How long a token or service that is away is waited for: seven hours, ever less often."""


def sign(event: StepApproved, uow: UnitOfWork) -> None:
    """One incremental signature on the reviewed bytes; recorded only after its own check.

    Raises SigningFailed: the dispatcher tries again and parks it in the end. Where the signing window closed
    before the signature (a restart), the signer is asked for the PIN again and the decision stands: as it
    does while a token or a signing service is away.
    """
    plan, version = uow.plans.version(event.version_id)
    step = uow.plans.steps(version.id)[event.step - 1]
    if step.state != StepState.APPROVED:
        return
    signer = uow.people.get(step.decider_id)
    if signer.withdrawn or signs_elsewhere(signer, uow):
        _ask_once_more(Case.read(version.id, step.number, uow), uow)
        return
    target = uow.files.new_temporary()
    try:
        order = _order(plan, version, step, signer, target, uow)
        signed = uow.signer.sign(order)
        uow.files.adopt(target)
    except (KeyLocked, PinRefused) as closed:
        uow.record("step.waits_for_pin", plan.code, version=version.number, step=step.number)
        _ask_to_finish(Case.read(version.id, step.number, uow), step, signer, closed, uow)
        return
    except SignerAway as away:
        _wait_for_signer(event, plan, signer, away, uow)
        return
    finally:
        target.unlink(missing_ok=True)
    _keep(version, step, signed, uow)
    _record(plan, version, step, signer, signed, order.key, uow)
    uow.emit(SignatureMade(version.id, step.number), f"plan:{plan.id}")


def _record(
    plan: Plan,
    version: Version,
    step: ApprovalStep,
    signer: Person,
    signed: Signed,
    key: SigningKey,
    uow: UnitOfWork,
) -> None:
    if key.custody == "remote":  # its PIN is proved by the signature
        uow.change(Unguarded(uow.pins.forget_tries(signer.id)))
    uow.record(
        "step.signed",
        plan.code,
        version=version.number,
        step=step.number,
        signer=signer.staff_id,
        sha256=signed.sha256,
        certificate=signed.certificate_sha256,
        level=signed.level,
        custody=key.custody,
        **_on_behalf(step, uow),
    )


def _ask_to_finish(
    case: Case, step: ApprovalStep, signer: Person, closed: KeyLocked | PinRefused, uow: UnitOfWork
) -> None:
    """The signer types again; the office hears it when that was the last try."""
    if closed.facts.get("lapsed"):
        _give_try_back(signer, uow)
    refused, row = isinstance(closed, PinRefused), uow.pins.of(signer.id)
    if refused:
        uow.record("pin.refused", signer.staff_id, why=str(closed), wrong=row.tries.wrong if row else 0)
    if refused and row and row.tries.blocked:
        facts = {"name": signer.name, "staff_id": signer.staff_id}
        uow.tell_office(Message("office.pin_blocked", facts), signer)
    ask_to_finish(case.facts(), case.version.id, step, uow, refused)


def _give_try_back(signer: Person, uow: UnitOfWork) -> None:
    """The window ran out before the service judged the PIN: it was no wrong try."""
    if row := uow.pins.of(signer.id):
        fewer = dataclasses.replace(row.tries, wrong=max(0, row.tries.wrong - 1))
        uow.change(Unguarded(uow.pins.forget_tries(signer.id, back_to=fewer)))


def _wait_for_signer(
    event: StepApproved, plan: Plan, signer: Person, away: SignerAway, uow: UnitOfWork
) -> None:
    """Signer and office hear it once; tried again ever later, in the end parked like any failed work."""
    if event.tries >= MOST_TRIES:
        raise away
    uow.record("step.signer_away", plan.code, signer=signer.staff_id, why=str(away), tries=event.tries)
    if event.tries == 0:
        facts = {**plan_facts(uow, plan), "why": uow.words(away.text_key), "name": signer.name}
        uow.say_back(signer, Message("sign.waits", facts))
        uow.tell_office(Message("office.signer_away", facts), signer)
    again = dataclasses.replace(event, tries=event.tries + 1)
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2**event.tries)
    lane = f"owed:{event.version_id}:{event.step}:{again.tries}"
    uow.emit(again, lane, uow.now() + pause)


def _ask_once_more(case: Case, uow: UnitOfWork) -> None:
    """Between decision and signature the signer got an own tool, or left the chat: the step is open again."""
    step = dataclasses.replace(case.step, state=StepState.PENDING, decided_at=None, decided_by=None)
    key = deal(dataclasses.replace(case, step=step), uow)
    uow.change(uow.plans.move_step(case.step, step.state, decided_at=None, decided_by=None, card_key=key))
    uow.record("step.open_again", case.plan.code, version=case.version.number, step=step.number)


def _on_behalf(step: ApprovalStep, uow: UnitOfWork) -> dict[str, str]:
    """Whose step it was, when somebody else signed: the log names both (R34)."""
    return {"on_behalf_of": uow.people.get(step.signer_id).staff_id} if step.decided_by else {}


def _order(
    plan: Plan, version: Version, step: ApprovalStep, signer: Person, target: object, uow: UnitOfWork
) -> SignOrder:
    key = uow.school.signing_key(signer.id)
    if key is None:
        raise SigningFailed(
            f"{signer.staff_id} has no certificate; run `hoso-bot staff enrol {signer.staff_id}`"
        )
    role = signer.role if step.decided_by else step.role
    return SignOrder(
        source=uow.files.path(version.current_sha256),
        target=target,  # type: ignore[arg-type]
        field=step.field,
        key=key,
        name=signer.name,
        role=uow.words(f"stamp.role.{role.value}", group=signer.group),
        at=step.decided_at or uow.now(),
        code=f"{plan.code}-{version.number}",
        on_behalf_of=uow.people.get(step.signer_id).name if step.decided_by else "",
        asked_at=uow.now(),
    )


def _keep(version: Version, step: ApprovalStep, signed: Signed, uow: UnitOfWork) -> None:
    uow.change(
        uow.plans.move_step(
            step,
            StepState.SIGNED,
            signed_sha256=signed.sha256,
            certificate_sha256=signed.certificate_sha256,
        ),
        uow.plans.move_version(version, VersionState.PENDING, current_sha256=signed.sha256, size=signed.size),
    )
    if signed.authority_pem:
        uow.change(uow.revocations.know_authority(signed.authority_pem, uow.now()))


def validate(event: SignatureMade, uow: UnitOfWork) -> None:
    """Every signature of the new file, with difference analysis, before anyone gets the file."""
    plan, version = uow.plans.version(event.version_id)
    chain = uow.plans.steps(version.id)
    step = chain[event.step - 1]
    if version.state != VersionState.PENDING or step.state != StepState.SIGNED:
        return
    problems, report = validated(version.current_sha256, chain, uow, just_made=True)
    if problems:
        _park(plan, version, step, problems, uow)
    elif event.step < len(chain):
        _pass_on(plan, step, Case.read(version.id, event.step + 1, uow), uow)
    else:
        _finish(plan, version, chain, report.level if report else "", uow)


def _park(plan: Plan, version: Version, step: ApprovalStep, problems: list[str], uow: UnitOfWork) -> None:
    uow.change(
        uow.plans.move_version(version, VersionState.DOUBTED),
        uow.plans.move_plan(plan, PlanState.DOUBTED),
    )
    sha256 = version.current_sha256
    uow.record("plan.doubted", plan.code, version=version.number, problems=problems, sha256=sha256)
    if step.result_key:
        bulk.tell(step.result_key, uow)
    told = {step.decider_id, plan.person_id}
    if office := uow.office():
        told.add(office.id)
    for person_id in sorted(told):
        uow.say(uow.people.get(person_id), Message("sign.doubted", plan_facts(uow, plan)))


def _pass_on(plan: Plan, step: ApprovalStep, case: Case, uow: UnitOfWork) -> None:
    """The next signer's card; the teacher and who signed hear the step.

    Who stood in for an absent signer confirmed the own step with it: that one is signed at once (Q23).
    """
    signer, following = uow.people.get(step.decider_id), case.step
    if step.decided_by and case.acting(signer) and not signs_elsewhere(signer, uow):
        _sign_own_step_too(plan, signer, case, uow)
    else:
        key = deal(case, uow)
        uow.change(uow.plans.move_step(following, StepState.PENDING, card_key=key))
        uow.record("step.delivered", plan.code, version=case.version.number, step=following.number)
    facts = {
        **case.facts(),
        **_instead_of(step, uow),
        "signer": signer.name,
        "next": uow.people.get(following.signer_id).name,
        "next_role": following.role.value,
        "effective": uow.policy.effective_after_first and step.number == 1,
    }
    file = _file_to_teach_by(case, uow) if facts["effective"] else None
    uow.say(case.teacher, Message("result.step_signed", facts, attachment=file))
    if step.result_key:
        bulk.tell(step.result_key, uow)
    else:
        uow.say_back(signer, Message("sign.done", facts))


def _sign_own_step_too(plan: Plan, signer: Person, case: Case, uow: UnitOfWork) -> None:
    own = case.step
    uow.change(uow.plans.move_step(own, StepState.APPROVED, uow.now(), **decided_by(own, signer.id)))
    facts = {"version": case.version.number, "step": own.number, "by": signer.staff_id}
    uow.record("step.approved", plan.code, confirmed_with_step=own.number - 1, **facts)
    uow.emit(StepApproved(case.version.id, own.number), f"plan:{plan.id}")


def _instead_of(step: ApprovalStep, uow: UnitOfWork) -> dict[str, str]:
    return {"instead_of": uow.people.get(step.signer_id).name if step.decided_by else ""}


def _file_to_teach_by(case: Case, uow: UnitOfWork) -> Attachment:
    name = cards.file_name(case.plan, case.teacher, case.version, "signed")
    return attachment(uow, case.version.current_sha256, name)


def _finish(plan: Plan, version: Version, chain: list[ApprovalStep], level: str, uow: UnitOfWork) -> None:
    """Everybody signed: the teacher gets the signed PDF (R39); with timestamps it is made to last."""
    week, teacher = uow.week(plan.year, plan.week), uow.people.get(plan.person_id)
    uow.change(
        uow.plans.move_version(version, VersionState.APPROVED),
        uow.plans.move_plan(plan, PlanState.APPROVED),
    )
    facts = {"version": version.number, "sha256": version.current_sha256, "level": level}
    uow.record("plan.approved", plan.code, **facts)
    if uow.policy.timestamps:
        uow.emit(FileUpgradeDue(version.id), f"upgrade:{version.id}")
    signers = [uow.people.get(step.decider_id) for step in chain]
    facts = {
        **cards.week_facts(week),
        **plan_facts(uow, plan),
        "level": level if uow.policy.timestamps else "",
        "teacher": teacher.name,
        "signers": [
            {
                "name": p.name,
                "role": (p.role if s.decided_by else s.role).value,
                **_instead_of(s, uow),
            }
            for p, s in zip(signers, chain, strict=True)
        ],
    }
    name = cards.file_name(plan, teacher, version, "signed")
    file = attachment(uow, version.current_sha256, name)
    uow.say(teacher, Message("result.approved", facts, attachment=file))
    together = chain[-1].result_key
    if together:
        bulk.tell(together, uow)
    for person in {p.id: p for p in signers}.values():
        if person.id != chain[-1].decider_id:
            uow.say(person, Message("sign.finished", facts, silent=bool(together)))
        elif not together:
            uow.say_back(person, Message("sign.finished", facts))
