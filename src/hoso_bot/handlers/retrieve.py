"""What a person wants back: plans and their state, the approved file and its print copy, at any time.

Own plans always (R37), other people's as `domain/rights` allows (R36); reading those is logged.
"""

from __future__ import annotations

from typing import Any

from hoso_bot.casework.case import Case
from hoso_bot.casework.sight import Sight
from hoso_bot.domain import cards
from hoso_bot.domain.approval import ApprovalStep, StepState
from hoso_bot.domain.errors import FileRefused, SandboxFailed
from hoso_bot.domain.events import CommandSent, SignedCopyAsked
from hoso_bot.domain.lookup_code import spelled
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.record_events import ColleaguesAsked, PlansAsked, PrintCopyAsked
from hoso_bot.domain.report_events import BundleAsked
from hoso_bot.domain.rights import Right, Tie
from hoso_bot.domain.roster import Person
from hoso_bot.domain.signing import PrintOrder
from hoso_bot.domain.submission import Plan, PlanState, UploadState, Version, VersionState
from hoso_bot.unit_of_work import UnitOfWork, attachment, plan_facts

PLANS_SHOWN = 8
PEOPLE_SHOWN = 60


def show_status(event: CommandSent, uow: UnitOfWork) -> None:
    """`/trangthai`: the person's own plans, newest week first, and whom each waits for; then those lent."""
    plans = uow.plans.of_person(uow.actor.id, PLANS_SHOWN)
    lent = [uow.plans.plan(plan_id) for plan_id in uow.duties.lent_to(uow.actor.id)[:PLANS_SHOWN]]
    ready = uow.plans.uploads_in(uow.actor.id, UploadState.READY)
    facts = {
        "plans": [_line(plan, uow) for plan in plans],
        "lent": [_lent_line(plan, uow) for plan in lent],
        "unconfirmed": [u.name for u in ready],
    }
    rows = tuple(row for plan in (*plans, *lent) if (row := _file_buttons(plan, uow)))
    uow.reply(Message("status.list" if plans or lent or ready else "status.empty", facts, rows))


def _lent_line(plan: Plan, uow: UnitOfWork) -> dict[str, Any]:
    """A colleague's plan this person teaches by as a substitute (Q21)."""
    return {**plan_facts(uow, plan), "name": uow.people.get(plan.person_id).name}


def _line(plan: Plan, uow: UnitOfWork) -> dict[str, Any]:
    chain = uow.plans.steps(uow.plans.current_version(plan).id)
    waits = next((s for s in chain if s.state in (StepState.PENDING, StepState.APPROVED)), None)
    holders = _holders(waits, uow) if waits and plan.state == PlanState.PENDING else ""
    return {
        **plan_facts(uow, plan),
        "version": plan.version,
        "state": plan.state.value,
        "waits_for": holders or None,
        "elsewhere": bool(waits and uow.returns.waiting(waits.version_id, waits.number, uow.now())),
        "reason": next((s.reason for s in chain if s.reason), None),
    }


def _holders(step: ApprovalStep, uow: UnitOfWork) -> str:
    """Who may decide now: the signer, and who was delegated to or stands in."""
    case = Case.read(step.version_id, step.number, uow)
    return " / ".join(p.name for p in case.duty.holders(step, case.matter))


# --- the files of a plan (/hoso) -----------------------------------------------------------------------


def show_plans(event: CommandSent, uow: UnitOfWork) -> None:
    """`/hoso [MÃ] [TUẦN]`: own plans by week with their files; with a staff code somebody else's."""
    teacher, week, unknown = _wanted(event.argument, uow)
    if unknown or not Sight(uow).plans_of(teacher):
        uow.reply(Message("plans.not_found", {"words": event.argument.strip()}))
        return
    _show(teacher, 0, uow, week)


def _wanted(argument: str, uow: UnitOfWork) -> tuple[Person, int | None, bool]:
    """(whose plans, one week or None, whether a word was not understood) of what was typed."""
    staff = {p.staff_id.casefold(): p for p in uow.people.all()}
    teacher, week, unknown = uow.actor, None, False
    for word in argument.split():
        if word.isdecimal() and len(word) <= 2:
            week = int(word)
        elif found := staff.get(word.casefold()):
            teacher = found
        else:
            unknown = True
    return teacher, week, unknown


def show_more_plans(event: PlansAsked, uow: UnitOfWork) -> None:
    """Somebody's plans by button, or the older ones."""
    teacher = uow.people.get(event.teacher_id)
    if Sight(uow).plans_of(teacher):
        _show(teacher, event.skip, uow)
    else:
        uow.reply(Message("decide.not_yours"))


def _show(teacher: Person, skip: int, uow: UnitOfWork, week: int | None = None) -> None:
    plans = uow.plans.of_person(teacher.id, skip + PLANS_SHOWN + 1, week)
    shown = plans[skip : skip + PLANS_SHOWN]
    rows = [row for plan in shown if (row := _file_buttons(plan, uow))]
    if len(plans) > skip + PLANS_SHOWN:
        rows.append((Button("plans.button.older", PlansAsked(teacher.id, skip + PLANS_SHOWN)),))
    own = teacher.id == uow.actor.id
    if own and not skip and _readable(uow):
        rows.append((Button("plans.button.colleagues", ColleaguesAsked()),))
    if not own and not skip and plans and Sight(uow).whole_school:
        year = plans[0].year
        rows.append(
            (Button("plans.button.bundle", BundleAsked(year, teacher_id=teacher.id), {"year": year}),)
        )
    facts = {"plans": [_line(plan, uow) for plan in shown], "own": own, "name": teacher.name}
    uow.reply(Message("plans.list" if shown else "plans.empty", facts, tuple(rows)))


def _file_buttons(plan: Plan, uow: UnitOfWork) -> tuple[Button, ...]:
    """The signed file and its print; of what is not approved yet only what waits, for who may look in."""
    version, named = uow.plans.current_version(plan), plan_facts(uow, plan)
    if version.state == VersionState.APPROVED:
        signed = Button("button.signed_copy", SignedCopyAsked(version.id), named)
        return signed, Button("button.print_copy", PrintCopyAsked(version.id), named)
    if _may_take(Right.TAKE_WAITING, plan, version, uow):
        return (Button("plans.button.pending", SignedCopyAsked(version.id), named),)
    return ()


def show_colleagues(event: ColleaguesAsked, uow: UnitOfWork) -> None:
    """Everybody whose plans this person may see, two buttons a row."""
    people = _readable(uow)
    buttons = [Button("plans.button.person", PlansAsked(p.id), {"name": p.name}) for p in people]
    rows = tuple(tuple(buttons[at : at + 2]) for at in range(0, min(len(buttons), PEOPLE_SHOWN), 2))
    facts = {"shown": min(len(people), PEOPLE_SHOWN), "count": len(people)}
    uow.reply(Message("plans.whose" if people else "plans.nobody", facts, rows))


def _readable(uow: UnitOfWork) -> list[Person]:
    """Other people with plans this person may see."""
    sight = Sight(uow)
    return [p for p in uow.people.all() if p.id != uow.actor.id and p.active and sight.plans_of(p)]


def _may_take(right: Right, plan: Plan, version: Version, uow: UnitOfWork) -> bool:
    """Whether this person gets the file of a version: approved (R39), or as it waits (R36)."""
    lent = (Tie.BORROWER,) if plan.id in uow.duties.lent_to(uow.actor.id) else ()
    return Sight(uow).may(right, uow.people.get(plan.person_id), version.state, *lent)


# --- one file --------------------------------------------------------------------------------------------


def send_signed_copy(event: SignedCopyAsked, uow: UnitOfWork) -> None:
    """`Bản đã duyệt`: the signed file again (R39), also one lent to a substitute (Q21).

    Who may look into others' plans gets a pending one as it is now (R36).
    """
    plan, version = uow.plans.version(event.version_id)
    pending = _may_take(Right.TAKE_WAITING, plan, version, uow)
    if not pending and not _may_take(Right.TAKE_APPROVED, plan, version, uow):
        uow.reply(Message("decide.not_yours"))
        return
    if version.removed:
        uow.reply(Message("privacy.file_gone", plan_facts(uow, plan)))
        return
    _log_reading(plan, version, "as it waits" if pending else "signed", uow)
    name = cards.file_name(plan, uow.people.get(plan.person_id), version, "review" if pending else "signed")
    file = attachment(uow, version.current_sha256, name)
    uow.reply(
        Message("copy.pending" if pending else "copy.signed", _copy_facts(plan, version, uow), (), file)
    )


def send_print_copy(event: PrintCopyAsked, uow: UnitOfWork) -> None:
    """`Bản in`: the approved plan as paper wants it; every page says that it is a print (R40)."""
    plan, version = uow.plans.version(event.version_id)
    if not _may_take(Right.TAKE_APPROVED, plan, version, uow):
        uow.reply(Message("decide.not_yours"))
        return
    if version.removed:
        uow.reply(Message("privacy.file_gone", plan_facts(uow, plan)))
        return
    try:
        sha256 = _print(plan, version, uow)
    except (FileRefused, SandboxFailed):
        uow.reply(Message("copy.no_print", _copy_facts(plan, version, uow)))
        return
    _log_reading(plan, version, "print", uow)
    name = cards.file_name(plan, uow.people.get(plan.person_id), version, "print")
    uow.reply(Message("copy.print", _copy_facts(plan, version, uow), (), attachment(uow, sha256, name)))


def _print(plan: Plan, version: Version, uow: UnitOfWork) -> str:
    """SHA-256 of the stored print copy. Raises FileRefused, SandboxFailed."""
    target = uow.files.new_temporary()
    code, link = version.lookup_code, uow.policy.lookup_link(version.lookup_code)
    facts = {"link": link.partition("//")[2], "code": spelled(code)}
    order = PrintOrder(
        source=uow.files.path(version.current_sha256),
        target=target,
        heading=uow.words("print.heading", code=f"{plan.code}-{version.number}"),
        line=uow.words("print.line", sha256=version.current_sha256, **facts),
    )
    try:
        uow.inspector.print_copy(order)
        return uow.files.adopt(target)
    finally:
        target.unlink(missing_ok=True)


def _copy_facts(plan: Plan, version: Version, uow: UnitOfWork) -> dict[str, Any]:
    return {**plan_facts(uow, plan), "current": version.number == plan.version}


def _log_reading(plan: Plan, version: Version, what: str, uow: UnitOfWork) -> None:
    if plan.person_id != uow.actor.id:
        uow.record("copy.read", plan.code, version=version.number, what=what)
