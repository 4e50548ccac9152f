"""Cases of R41, what their handlers share: rights, facts, telling people, documents.

Handlers do not import one another. Every look at a case is in the log; nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hoso_bot.casework import announcing
from hoso_bot.domain import violation as v
from hoso_bot.domain.calendar import VN, Week
from hoso_bot.domain.fact_sheet import Around, Sheet, fact_sheet
from hoso_bot.domain.messages import Attachment, Message
from hoso_bot.domain.roster import Person, Role
from hoso_bot.domain.support import inert
from hoso_bot.domain.violation import Case, State
from hoso_bot.reports.delivery import passing
from hoso_bot.unit_of_work import UnitOfWork, attachment

NEWS_FOR = timedelta(days=14)
IN_NEWS = ("code", "name", "period", "class_name", "subject", "day", "week", "explain_by", "answer")


# --- who ---------------------------------------------------------------------------------------------


def is_preparer(uow: UnitOfWork, case: Case | None = None) -> bool:
    """Whether who acts may open and prepare cases, or this one."""
    return v.may_prepare(uow.actor, case, uow.is_office(uow.actor))


def visible(case_id: str, uow: UnitOfWork) -> Case | None:
    """The case when who acts may see it; else they hear that there is none."""
    try:
        case = uow.violations.get(case_id)
    except LookupError:
        case = None
    if case and v.may_see(uow.actor, case, uow.is_office(uow.actor)):
        return case
    if case:
        uow.record("violation.refused", case.code)
    uow.reply(Message("violation.gone"))
    return None


def prepared(case_id: str, uow: UnitOfWork, *states: State) -> Case | None:
    """The case when who acts may prepare it and it stands in one of these states; else they hear why not."""
    case = visible(case_id, uow)
    if case is None:
        return None
    if not is_preparer(uow, case):
        uow.reply(Message("violation.gone"))
        return None
    if case.state not in states:
        uow.reply(Message("violation.decided_before", {"case": facts(case, uow)}))
        return None
    return case


def deciders(case: Case, uow: UnitOfWork) -> list[Person]:
    """Principal and vice-principals who may decide it, the principal first."""
    able = [person for person in uow.people.leaders() if v.may_decide(person, case)]
    return sorted(able, key=lambda person: person.role is not Role.PRINCIPAL)


def watchers(case: Case, uow: UnitOfWork) -> list[Person]:
    """Who hears how it goes on: who opened it, and who can decide when that person cannot."""
    opener, able = uow.people.get(case.opened_by), deciders(case, uow)
    own = [opener] if opener.active and opener.id != case.person_id else []
    return own if opener in able else [*own, *able[:1]]


def reachable(person_id: str, uow: UnitOfWork) -> bool:
    """Whether a message reaches this person."""
    return person_id in uow.people.reachable()


def tell(text: str, people: Iterable[Person], case: Case, uow: UnitOfWork) -> None:
    """Tell people by the ledger of reminders: never at night, with a button that opens the case.

    Announcements are kept: which lesson it is about goes into one, what people said about it does not.
    """
    blanks = {name: value for name, value in facts(case, uow).items() if name in IN_NEWS}
    news = {"case": blanks, "case_id": case.id}
    announcing.announce(text, news, people, uow, uow.now() + NEWS_FOR)


def tell_person(message: Message, case: Case, uow: UnitOfWork) -> None:
    """Something new for whom it is about: in the night only that there is news, once the night is over."""
    person = uow.people.get(case.person_id)
    if uow.policy.quiet.holds(uow.now()):
        tell("violation.news", [person], case, uow)
    else:
        uow.say(person, message)


# --- changing ----------------------------------------------------------------------------------------


def change(case: Case, uow: UnitOfWork, **values: Any) -> Case:
    """The case with these values, to be written with this unit of work (guarded)."""
    after = replace(case, **values)
    uow.change(uow.violations.change(case, after))
    return after


def with_details(case: Case, **said: str | None) -> v.Details:
    """The details of a case with something more said."""
    return replace(case.details, **said)


def record(action: str, case: Case, uow: UnitOfWork, **more: Any) -> None:
    """An entry of the log: about which case of whom, never what somebody wrote."""
    uow.record(f"violation.{action}", case.code, person=uow.people.get(case.person_id).staff_id, **more)


# --- facts -------------------------------------------------------------------------------------------


def facts(case: Case, uow: UnitOfWork) -> dict[str, Any]:
    """Every blank about a case; what people typed is made inert for chats."""
    people = uow.people.all()
    names, person = {p.id: p.name for p in people}, uow.people.get(case.person_id)
    head = v.head_of(person, people)
    said = {name: inert(words or "") for name, words in asdict(case.details).items()}
    moments = ("explain_by", "answered_at", "decided_at", "annulled_at", "objected_at")
    return {
        **said,
        **{name: at.isoformat() if (at := getattr(case, name)) else None for name in moments},
        "id": case.id,
        "code": case.code,
        "state": case.state.value,
        "name": person.name,
        "staff_id": person.staff_id,
        "role": person.role.value,
        "group": person.group,
        "day": case.day.isoformat() if case.day else None,
        "week": case.week,
        "kind": case.kind.value if case.kind else "",
        "answer": case.answer.value if case.answer else "",
        "decided_by": names.get(case.decided_by or "", ""),
        "annulled_by": names.get(case.annulled_by or "", ""),
        "head_name": head.name if head else "",
    }


def sheet_of(case: Case, uow: UnitOfWork) -> Sheet:
    """The facts as the person saw them; before the invitation, as they are now."""
    return case.sheet if case.sheet is not None else read_sheet(case, uow)


def read_sheet(case: Case, uow: UnitOfWork) -> Sheet:
    """What the record says about this lesson now."""
    assert case.day is not None
    assert case.week is not None
    week, people = uow.week(case.year, case.week), {p.id: p for p in uow.people.all()}
    filed = uow.boards.filed(case.year, [week.number]).get(week.number, {}).get(case.person_id, [])
    board = uow.boards.of_week(week, uow.rules, uow.now())
    lines = [line for line in board.lines if line.person.id == case.person_id]
    return fact_sheet(week, case.day, filed, lines, people, _around(case, week, uow), uow.now())


def _around(case: Case, week: Week, uow: UnitOfWork) -> Around:
    exempt = [
        e.reason
        for e in uow.obligations.exemptions(case.year)
        if (e.person_id, e.week) == (case.person_id, week.number)
    ]
    leave = uow.leave_requests.of(case.person_id, case.year, week.number)
    cuts = [
        {"note": inert(news.facts["note"]), "at": news.made_at.isoformat()}
        for news in uow.announcements.of_kind("power.news")
        if case.day and news.facts["day"] == case.day.isoformat()
    ]
    return Around(
        exempt[0] if exempt else "",
        leave.state if leave else "",
        uow.reminders.sent_about(case.person_id, case.year, week.number),
        cuts,
        [outage.facts() for outage in week.moved_by],
        _lent(case, uow),
    )


def _lent(case: Case, uow: UnitOfWork) -> list[dict[str, str]]:
    plans = [uow.plans.plan(plan_id) for plan_id in uow.duties.lent_to(case.person_id)]
    own = [plan for plan in plans if (plan.year, plan.week) == (case.year, case.week)]
    return [{"code": plan.code, "name": uow.people.get(plan.person_id).name} for plan in own]


# --- documents ---------------------------------------------------------------------------------------


def make_papers(case: Case, uow: UnitOfWork) -> tuple[str, str]:
    """The record as it is now, kept with the case: content hashes of the DOCX and the PDF."""
    docx, pdf = _written(case, uow)
    made = uow.files.adopt(docx), uow.files.adopt(pdf)
    uow.change(uow.violations.keep_papers(case, *made, uow.now()))
    return made


def _written(case: Case, uow: UnitOfWork) -> tuple[Path, Path]:
    from hoso_bot.reports import violation_paper  # and python-docx and fpdf2 with it

    docx, pdf = uow.files.new_temporary(), uow.files.new_temporary()
    letterhead = violation_paper.Letterhead(
        uow.school.row().name, uow.policy.authority, uow.policy.place, uow.now()
    )
    people, lines = uow.people.all(), uow.violations.lines(case.id)
    violation_paper.write_papers(case, people, lines, letterhead, uow.words, docx, pdf)
    return docx, pdf


def send_papers(case: Case, made: tuple[str, str], uow: UnitOfWork, only_pdf: bool = False) -> None:
    """Both files of a record to who asked, or the PDF alone."""
    files = [attachment(uow, sha256, name) for sha256, name in zip(made, _names(case), strict=True)]
    _send(case, files[1:] if only_pdf else files, uow)


def send_invitation(case: Case, uow: UnitOfWork) -> None:
    """The invitation to print, made anew each time and kept for nobody."""
    written = zip(_written(case, uow), _names(case), strict=True)
    _send(case, [passing(path, name, uow) for path, name in written], uow)


def _names(case: Case) -> tuple[str, str]:
    return f"{case.code}.docx", f"{case.code}.pdf"


def _send(case: Case, files: Iterable[Attachment], uow: UnitOfWork) -> None:
    for file in files:
        kind = "PDF" if file.name.endswith(".pdf") else "Word"
        uow.reply(Message("violation.papers", {"case": facts(case, uow), "format": kind}, attachment=file))


def send_pictures(case: Case, uow: UnitOfWork) -> None:
    """The pictures of an explanation, as they came."""
    for line in uow.violations.lines(case.id):
        if line.sha256:
            blanks = {"case": facts(case, uow)}
            uow.reply(
                Message("violation.picture", blanks, attachment=attachment(uow, line.sha256, line.file_name))
            )


def local_day(at: datetime) -> str:
    """The day in Vietnam, ISO."""
    return at.astimezone(VN).date().isoformat()
