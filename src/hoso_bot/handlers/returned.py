"""A file comes back from its signer's own tool: taken as their signature, or why not and what to do.

Only the file's beginning is compared here, by hash; everything else is looked at in the sandbox.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from hoso_bot.casework import approving
from hoso_bot.casework.case import Case, close_cards, decidable
from hoso_bot.casework.elsewhere import sent_name
from hoso_bot.domain.approval import StepState, decided_by
from hoso_bot.domain.chain_events import FileLeftOver
from hoso_bot.domain.errors import FileRefused, SandboxFailed
from hoso_bot.domain.events import ApprovePressed, FileSent, SignatureMade
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.record_events import SignatureCheckAwaited
from hoso_bot.domain.return_events import FileReturned, ReturnDropped
from hoso_bot.domain.returned_file import Expected, ReturnReport, new_signatures, return_problem
from hoso_bot.domain.signature_levels import B_B
from hoso_bot.domain.signing import SignatureCheck, SigningKey
from hoso_bot.domain.submission import VersionState
from hoso_bot.domain.verdict import Comparison, Match
from hoso_bot.store.archive import own_code
from hoso_bot.store.returns import AwaitedReturn
from hoso_bot.unit_of_work import Unguarded, UnitOfWork, plan_facts

_WENT_ON = (Match.APPENDED, Match.DIVERGED)


@dataclass(frozen=True)
class Claim:
    """What a file is taken for: the answer to `awaited`; `comparison` with the bytes the school keeps."""

    awaited: AwaitedReturn
    comparison: Comparison


def meant(event: FileSent, uow: UnitOfWork) -> FileSent:
    """The file as one that comes back signed, when it began as one that was sent out."""
    asked = isinstance(uow.prompts.question(event.origin, uow.now()), SignatureCheckAwaited)
    if type(event) is not FileSent or event.kind != "document" or asked or event.caption.startswith("/"):
        return event
    if event.sha256 is None or _claim(event, event.sha256, uow) is None:
        return event
    return FileReturned(**{f.name: getattr(event, f.name) for f in dataclasses.fields(event)})


def _claim(event: FileSent, sha256: str, uow: UnitOfWork) -> Claim | None:
    """What the file answers, if anything: the sender's own waiting step first, else somebody else's."""
    path = uow.files.path(sha256)
    recorded = uow.archive.by_printed_code(own_code(path) or "")
    comparison = uow.archive.compare(path, sha256, recorded) if recorded else Comparison()
    sent = uow.returns.of_version(recorded.version.id) if recorded else []
    mine = [one for one in sent if one.person_id == uow.actor.id]
    if mine and comparison.match is not Match.ORIGINAL:
        return Claim(mine[-1], comparison)
    if sent and comparison.match in _WENT_ON:
        return Claim(sent[-1], comparison)
    return _by_name(event.name, uow)


def _by_name(name: str, uow: UnitOfWork) -> Claim | None:
    """A tool that writes the whole file anew keeps at most its name."""
    for one in uow.returns.of_person(uow.actor.id):
        plan, version = uow.plans.version(one.version_id)
        if f"{plan.code}-v{version.number}-".casefold() in name.casefold():
            return Claim(one, Comparison(Match.ALTERED))
    return None


# --- it comes back -----------------------------------------------------------------------------------


def look(event: FileReturned, uow: UnitOfWork) -> None:
    """Take the signature, or say why not; then the step keeps waiting."""
    assert event.sha256 is not None
    claim = _claim(event, event.sha256, uow)
    if claim is None:
        uow.reply(Message("return.gone"))
        return
    awaited = claim.awaited
    if awaited.person_id != uow.actor.id:
        _tell_not_yours(awaited, uow)
        return
    case = decidable(ApprovePressed(awaited.version_id, awaited.step), uow)
    if case is None:
        return
    key = approving.signing_key(uow.actor, uow)
    problem = _problem_before(claim, case, key, uow)
    if problem is None and key is not None:
        problem = _judge(event.sha256, case, key, uow)
    if problem:
        _refuse(problem, event.sha256, case, uow)


def _tell_not_yours(awaited: AwaitedReturn, uow: UnitOfWork) -> None:
    plan, _ = uow.plans.version(awaited.version_id)
    uow.record("return.refused", plan.code, why="return.not_yours", step=awaited.step)
    signer = uow.people.get(awaited.person_id).name
    uow.reply(Message("return.not_yours", {**plan_facts(uow, plan), "signer": signer}))


def _problem_before(claim: Claim, case: Case, key: SigningKey | None, uow: UnitOfWork) -> str | None:
    """What is wrong before anybody looks into the file."""
    if key is None or key.custody != "own":
        return "return.no_certificate"
    if claim.awaited.expires_at <= uow.now():
        return "return.expired"
    match claim.comparison.match:
        case Match.APPENDED:
            return None
        case Match.SAME:
            return "return.not_signed"
        case Match.EARLIER | Match.DIVERGED:
            return "return.older_file"
    return "return.rewritten"


def _judge(sha256: str, case: Case, key: SigningKey, uow: UnitOfWork) -> str | None:
    """Look into the file; take it when nothing speaks against it, else the text key of what does."""
    try:
        found = uow.inspector.look_at_return(
            uow.files.path(sha256), case.version.size, uow.revocations.trust()
        )
    except (FileRefused, SandboxFailed):
        return "return.unreadable"
    earlier = [step.decided_at for step in case.chain if step.state == StepState.SIGNED and step.decided_at]
    since = max([case.version.submitted_at, *earlier])
    problem = return_problem(found, Expected(case.chain, case.step, key.key_id, since), uow.now())
    if problem is None:
        _take(sha256, case, found, uow)
    return problem


def _refuse(problem: str, sha256: str, case: Case, uow: UnitOfWork) -> None:
    uow.record("return.refused", case.plan.code, why=problem, step=case.step.number, sha256=sha256)
    again = Button("button.approve", ApprovePressed(case.version.id, case.step.number))
    drop = Button("button.cancel", ReturnDropped(case.version.id, case.step.number))
    facts = {**case.facts(), "name": sent_name(case), "field": case.step.prepared_field}
    uow.reply(Message(problem, facts, ((again, drop),)))
    uow.emit(FileLeftOver(sha256), f"file:{sha256}")


def _take(sha256: str, case: Case, found: ReturnReport, uow: UnitOfWork) -> None:
    """Decision and signature are one here: recorded together, validated whole as the next event."""
    version, step = case.version, case.step
    (signature,) = new_signatures(found, case.chain)
    uow.change(
        uow.plans.move_step(
            step,
            StepState.SIGNED,
            uow.now(),
            signed_sha256=sha256,
            certificate_sha256=signature.certificate_sha256,
            signed_field=None if signature.field == step.prepared_field else signature.field,
            **decided_by(step, uow.actor.id),
        ),
        uow.plans.move_version(
            version,
            VersionState.PENDING,
            current_sha256=sha256,
            size=uow.files.size(sha256),
        ),
        Unguarded(uow.returns.drop(version.id, step.number)),
    )
    _log(sha256, case, signature, uow)
    uow.emit(SignatureMade(version.id, step.number), f"plan:{case.plan.id}")
    facts = {**case.facts(), "at": uow.now().isoformat(), "leader": uow.actor.name}
    close_cards(step, uow, Message("card.approved", facts), Message("delegate.card_approved", facts))
    uow.reply(Message("return.taken", facts))


def _log(sha256: str, case: Case, signature: SignatureCheck, uow: UnitOfWork) -> None:
    uow.record("step.approved", case.plan.code, **approving.audited(case, uow))
    uow.record(
        "step.signed",
        case.plan.code,
        version=case.version.number,
        step=case.step.number,
        signer=uow.actor.staff_id,
        sha256=sha256,
        certificate=signature.certificate_sha256,
        level=signature.level or B_B,
        elsewhere=True,
        signed_at=signature.time,
        field=signature.field,
    )


# --- it is not waited for ------------------------------------------------------------------------------


def drop(event: ReturnDropped, uow: UnitOfWork) -> None:
    """`Hủy`, by who signs elsewhere: nothing was decided; the card's buttons stay good."""
    own = [one.version_id for one in uow.returns.of_person(uow.actor.id) if one.step == event.step]
    if event.version_id not in own:
        uow.reply(Message("return.gone"))
        return
    uow.change(Unguarded(uow.returns.drop(event.version_id, event.step, uow.actor.id)))
    plan, _ = uow.plans.version(event.version_id)
    uow.record("step.sent_out_ended", plan.code, step=event.step)
    uow.reply(Message("return.dropped", plan_facts(uow, plan)))
