"""`/bienban`: board and office open a case of R41 and put its facts together; nobody else hears of it yet."""

from __future__ import annotations

from datetime import date

from hoso_bot.casework import violation_cards as cards
from hoso_bot.casework import violation_desk as desk
from hoso_bot.domain import events as ev
from hoso_bot.domain import violation as v
from hoso_bot.domain import violation_events as vev
from hoso_bot.domain.calendar import school_year, week_of
from hoso_bot.domain.calendar_edits import read_day
from hoso_bot.domain.expected import same_code
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.reasons import MAX_CHARACTERS, clean, reason_problem
from hoso_bot.domain.roster import Person, group_key
from hoso_bot.domain.support import inert
from hoso_bot.domain.vietnamese import fold
from hoso_bot.domain.violation import Case, Kind, State
from hoso_bot.store.db import new_id
from hoso_bot.unit_of_work import UnitOfWork

MOST_LISTED = 8
MOST_CHOICES = 30
CHOSEN = {"kind": tuple(Kind), "head": ("yes", "")}
"""What is answered by a button only."""


# --- the list ----------------------------------------------------------------------------------------


def start(event: ev.CommandSent, uow: UnitOfWork) -> None:
    """`/bienban`, `/bienban GV09`, `/bienban VV-2627-03`; others see the cases about themselves, if any."""
    if not desk.is_preparer(uow):
        _show_own(uow)
        return
    words = event.argument.strip()
    found = next((c for c in uow.violations.all() if words and same_code(c.code, words)), None)
    if found:
        show_case(vev.CaseAsked(found.id), uow)
    elif words:
        choose_person(vev.CasePersonChosen(typed=words), uow)
    else:
        _list(uow)


def _list(uow: UnitOfWork) -> None:
    is_office = uow.is_office(uow.actor)
    cases = [case for case in uow.violations.all() if v.may_see(uow.actor, case, is_office)]
    ordered = sorted(cases, key=lambda case: (not case.is_open, -case.opened_at.timestamp()))[:MOST_LISTED]
    blanks = [desk.facts(case, uow) for case in ordered]
    rows = [
        (Button("violation.button.case", vev.CaseAsked(c.id), {"code": c.code, "name": b["name"]}),)
        for c, b in zip(ordered, blanks, strict=True)
    ]
    rows.append((Button("violation.button.new", vev.CaseWanted()),))
    uow.reply(Message("violation.list", {"cases": blanks}, tuple(rows)))


def _show_own(uow: UnitOfWork) -> None:
    own = [case for case in uow.violations.about(uow.actor.id) if v.may_see(uow.actor, case, False)]
    if not own:
        uow.reply(Message("violation.not_yours"))
        return
    rows = tuple((Button("violation.button.own_case", vev.CaseAsked(c.id), {"code": c.code}),) for c in own)
    uow.reply(Message("violation.own_list", {"cases": [desk.facts(case, uow) for case in own]}, rows))


def show_case(event: vev.CaseAsked, uow: UnitOfWork) -> None:
    """Open one case."""
    if case := desk.visible(event.case_id, uow):
        uow.stop_asking()
        cards.show(case, uow)


# --- about whom --------------------------------------------------------------------------------------


def ask_person(event: vev.CaseWanted, uow: UnitOfWork) -> None:
    """`Mở hồ sơ mới`: the group first, or a name."""
    if not desk.is_preparer(uow):
        uow.reply(Message("violation.not_yours"))
        return
    _ask_group("violation.whom", uow)


def _ask_group(text: str, uow: UnitOfWork, words: str = "") -> None:
    _await_name(uow)
    named = {group_key(person.group): person.group for person in _possible(uow)}
    rows = tuple(
        (Button("violation.button.group", vev.CaseGroupChosen(group), {"group": group}),)
        for _, group in sorted(named.items(), key=lambda item: (not item[0], item[0]))
    )
    uow.reply(Message(text, {"words": inert(words)}, rows))


def ask_person_of(event: vev.CaseGroupChosen, uow: UnitOfWork) -> None:
    """The people of one group."""
    if not desk.is_preparer(uow):
        uow.reply(Message("violation.not_yours"))
        return
    _await_name(uow)
    chosen = [p for p in _possible(uow) if group_key(p.group) == group_key(event.group)]
    uow.reply(Message("violation.whom_of", {}, _people(chosen)))


def choose_person(event: vev.CasePersonChosen, uow: UnitOfWork) -> None:
    """Somebody by button, staff id or a part of the name: a draft begins."""
    if not desk.is_preparer(uow):
        uow.reply(Message("violation.not_yours"))
        return
    found = _named(event, uow)
    if len(found) == 1:
        _begin(found[0], uow)
    elif found:
        _await_name(uow)
        blanks = {"count": len(found), "words": inert(event.typed)}
        uow.reply(Message("violation.several", blanks, _people(found)))
    elif same_code(uow.actor.staff_id, event.typed):
        uow.reply(Message("violation.yourself"))
    else:
        _ask_group("violation.nobody", uow, event.typed)


def _named(event: vev.CasePersonChosen, uow: UnitOfWork) -> list[Person]:
    people = _possible(uow)
    if not event.typed:
        return [person for person in people if person.id == event.person_id]
    if by_code := [person for person in people if same_code(person.staff_id, event.typed)]:
        return by_code
    wanted = fold(event.typed).split()
    return [person for person in people if wanted and _ends_with(fold(person.name).split(), wanted)]


def _ends_with(name: list[str], wanted: list[str]) -> bool:
    """`Loan`, `Thị Loan` and the whole name mean Tạ Thị Loan; `Tạ` alone is nobody."""
    return name[-len(wanted) :] == wanted


def _possible(uow: UnitOfWork) -> list[Person]:
    """Whoever teaches, but who acts."""
    return [p for p in uow.people.all() if p.active and p.subjects and p.id != uow.actor.id]


def _people(people: list[Person]) -> tuple[tuple[Button, ...], ...]:
    return tuple(
        (Button("violation.button.person", vev.CasePersonChosen(p.id), {"name": p.name, "group": p.group}),)
        for p in people[:MOST_CHOICES]
    )


def _await_name(uow: UnitOfWork) -> None:
    uow.ask(vev.CasePersonChosen())


def _begin(person: Person, uow: UnitOfWork) -> None:
    year = school_year(uow.today())
    details = v.Details(
        class_name=person.classes[0] if len(person.classes) == 1 else None,
        subject=person.subjects[0] if len(person.subjects) == 1 else None,
    )
    number = uow.violations.next_number(year)
    case = Case(new_id(), number, year, person.id, uow.actor.id, uow.now(), details=details)
    uow.change(uow.violations.add(case))
    desk.record("opened", case, uow)
    cards.show(case, uow)


# --- its facts ---------------------------------------------------------------------------------------


def offer_details(event: vev.DetailsOffered, uow: UnitOfWork) -> None:
    """`Sửa, bổ sung`: what can still be said."""
    case = desk.prepared(event.case_id, uow, State.DRAFT, State.INVITED, State.EXPLAINED)
    if case is None:
        return
    named = [*(v.FACTS_ASKED if case.state is State.DRAFT else ()), *v.ADDABLE]
    if v.head_of(uow.people.get(case.person_id), uow.people.all()):
        named.append("head")
    rows = tuple(
        (Button("violation.button.field", vev.DetailAsked(case.id, name), {"field": name}),) for name in named
    )
    later = (Button("violation.button.back", vev.CaseAsked(case.id)),)
    uow.reply(Message("violation.details", {"case": desk.facts(case, uow)}, (*rows, later)))


def ask_detail(event: vev.DetailAsked, uow: UnitOfWork) -> None:
    """One thing of it."""
    if case := _open_to(event.case_id, event.field, uow):
        cards.ask(case, event.field, uow)


def take_detail(event: vev.DetailGiven, uow: UnitOfWork) -> None:
    """The answer; one that makes no sense is asked again, with everything else as it was."""
    case = _open_to(event.case_id, event.field, uow)
    if case is None:
        return
    said = clean(event.typed, v.MOST_CHARACTERS) if event.typed else event.value
    why = _problem(event.field, said, event.typed, uow)
    if why:
        cards.ask(case, event.field, uow, why)
        return
    uow.stop_asking()
    cards.go_on(_with(case, event.field, said, uow), event.field, uow)


def _open_to(case_id: str, field: str, uow: UnitOfWork) -> Case | None:
    """The case while this may be said about it: the lesson's facts before the invitation only."""
    case = desk.prepared(case_id, uow, State.DRAFT, State.INVITED, State.EXPLAINED)
    if case is None:
        return None
    if field in (*v.FACTS_ASKED, "other") and case.state is not State.DRAFT:
        uow.reply(Message("violation.fixed", {"case": desk.facts(case, uow)}))
        return None
    decides = v.may_decide(uow.actor, case) and case.may_be_decided(uow.now())
    if field in v.DECISION_ASKED and not decides:
        uow.reply(Message("violation.only_board"))
        return None
    return case


def _problem(field: str, said: str, typed: str, uow: UnitOfWork) -> str:
    """Why this is no answer; '' when it is one."""
    if not typed and not said:
        return "" if field in v.MAY_STAY_OPEN or field == "head" else "empty"
    if field in ("day", "remedy_by"):
        day = read_day(said, school_year(uow.today()))
        return _day_problem(field, day, uow)
    if field in CHOSEN:
        return "" if said in CHOSEN[field] else "tap"
    if len(said) > v.MOST.get(field, MAX_CHARACTERS):
        return "too_long"
    if field == "conclusion":
        return reason_problem(said) or ""
    return "" if any(letter.isalnum() for letter in said) else "empty"


def _day_problem(field: str, day: date | None, uow: UnitOfWork) -> str:
    if day is None:
        return "unreadable"
    if field == "remedy_by":
        return "past" if day < uow.today() else ""
    if day > uow.today():
        return "future"
    week = week_of(uow.weeks(), day)
    if week is None or day not in week.days:
        return "no_lesson"
    return "backfill" if week.number < uow.rules(week).effective_week else ""


def _with(case: Case, field: str, said: str, uow: UnitOfWork) -> Case:
    """The case with this said, to be written."""
    if field == "day":
        day = read_day(said, school_year(uow.today()))
        assert day is not None
        week = week_of(uow.weeks(), day)
        assert week is not None
        return desk.change(case, uow, day=day, week=week.number)
    if field == "kind":
        return desk.change(case, uow, kind=Kind(said))
    if field == "remedy_by" and said:
        found = read_day(said, school_year(uow.today()))
        said = found.isoformat() if found else ""
    return desk.change(case, uow, details=desk.with_details(case, **{field: said}))


def drop(event: vev.CaseDropped, uow: UnitOfWork) -> None:
    """`Hủy`: the draft is gone; nobody was told."""
    case = desk.prepared(event.case_id, uow, State.DRAFT)
    if case is None:
        return
    uow.stop_asking()
    blanks = {"case": desk.facts(case, uow)}
    desk.change(case, uow, state=State.DROPPED)
    desk.record("dropped", case, uow)
    uow.reply(Message("violation.dropped", blanks))


# --- documents and pictures ----------------------------------------------------------------------------


def send_papers(event: vev.PapersAsked, uow: UnitOfWork) -> None:
    """The record as Word and PDF for the board, as PDF for the person; before it, the invitation."""
    case = desk.visible(event.case_id, uow)
    if case is None:
        return
    own, kept = case.person_id == uow.actor.id, uow.violations.papers(case.id)
    invited = case.state in (State.INVITED, State.EXPLAINED) and not own
    if not invited and not kept:
        uow.reply(Message("violation.no_papers", {"case": desk.facts(case, uow)}))
        return
    desk.record("papers_read", case, uow)
    if kept:
        desk.send_papers(case, (kept.docx_sha256, kept.pdf_sha256), uow, only_pdf=own)
    else:
        desk.send_invitation(case, uow)


def send_pictures(event: vev.PicturesAsked, uow: UnitOfWork) -> None:
    """The pictures of the explanation, as they came."""
    case = desk.visible(event.case_id, uow)
    if case is None or case.answer is None:
        return
    desk.record("pictures_read", case, uow)
    desk.send_pictures(case, uow)
