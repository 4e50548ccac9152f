"""The documents of a case of R41: the invitation to explain, and the record (domain sheet 10.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from hoso_bot.domain.calendar import VN
from hoso_bot.domain.fact_sheet import Sheet
from hoso_bot.domain.roster import Person
from hoso_bot.domain.violation import Answer, Case, Kind, Line, State, head_of
from hoso_bot.lookups import Words
from hoso_bot.reports import paper as p
from hoso_bot.reports.paper_docx import write_docx
from hoso_bot.reports.paper_pdf import write_pdf

ANSWER_LINES = 6
"""Of the invitation: with them it is one page."""


@dataclass(frozen=True)
class Letterhead:
    """What stands above; authority, place: '' where the school did not say. made_at: of the document."""

    school: str
    authority: str
    place: str
    made_at: datetime


@dataclass(frozen=True)
class Dossier:
    """A case with everything its documents need. people: by id; sheet: the facts as the person saw them."""

    case: Case
    people: dict[str, Person]
    lines: Sequence[Line]
    sheet: Sheet
    above: Letterhead
    words: Words

    @property
    def person(self) -> Person:
        """Whom it is about."""
        return self.people[self.case.person_id]

    @property
    def head(self) -> Person | None:
        """The group head, where one takes part."""
        return head_of(self.person, self.people.values()) if self.case.details.head else None

    def say(self, key: str, /, **facts: Any) -> str:
        """A sentence of the documents."""
        return self.words(f"violation.paper.{key}", **facts)

    def name(self, person_id: str | None) -> str:
        """Somebody's name; '' for nobody."""
        return self.people[person_id].name if person_id in self.people else ""

    def blanks(self) -> dict[str, Any]:
        """What sentences about the lesson need, in the very words people wrote."""
        case, said = self.case, self.case.details
        return {
            "period": said.period or "",
            "class_name": said.class_name or "",
            "subject": said.subject or "",
            "other": said.other or "",
            "day": case.day.isoformat() if case.day else "",
            "week": case.week,
            "kind": case.kind.value if case.kind else "",
        }


def write_papers(
    case: Case,
    people: Iterable[Person],
    lines: Sequence[Line],
    above: Letterhead,
    words: Words,
    docx: Path | None,
    pdf: Path | None,
) -> None:
    """Write the record once somebody decided to make one, before that the invitation. Raises OSError.

    The case must have its sheet: what is only a draft has no documents. None: this file is not wanted.
    """
    assert case.sheet is not None
    dossier = Dossier(case, {p.id: p for p in people}, lines, case.sheet, above, words)
    paper = record(dossier) if case.state in (State.RECORDED, State.ANNULLED) else invitation(dossier)
    if docx:
        write_docx(paper, docx)
    if pdf:
        write_pdf(paper, pdf)


def _paper(dossier: Dossier, name: str, blocks: Iterator[p.Block], mark: str = "") -> p.Paper:
    foot = dossier.say("foot", code=dossier.case.code, at=dossier.above.made_at.isoformat())
    return p.Paper(name, dossier.above.school, dossier.above.made_at, tuple(blocks), mark, foot)


# --- the invitation ----------------------------------------------------------------------------------


def invitation(dossier: Dossier) -> p.Paper:
    """A letter to hand over, with room to answer by hand."""
    title = dossier.say("invitation_title")
    return _paper(dossier, f"{title} {dossier.case.code}", _invitation(dossier))


def _invitation(dossier: Dossier) -> Iterator[p.Block]:
    say, case, person = dossier.say, dossier.case, dossier.person
    yield _letterhead(dossier, say("invitation_number"), case.invited_at or dossier.above.made_at)
    yield p.Title(say("invitation_title"), say("invitation_about"))
    yield p.Paragraph(say("dear", name=person.name, role=person.role.value, group=person.group), bold=True)
    for text in say("invitation_text", case=dossier.blanks()).split("\n"):
        yield p.Paragraph(text)
    if case.explain_by:
        yield p.Paragraph(say("invitation_until", until=case.explain_by.isoformat()))
    yield p.Paragraph(say("invitation_facts"))
    yield p.Facts(tuple(_facts(dossier)))
    yield p.Blanks(say("invitation_answer"), ANSWER_LINES)
    note = say("sign_note")
    yield p.Signatures(
        (p.Signer(say("invitation_sign"), note, person.name), p.Signer(say("invitation_board"), note))
    )


# --- the record --------------------------------------------------------------------------------------


def record(dossier: Dossier) -> p.Paper:
    """The minutes: facts, words, decision, places to sign by hand; an annulled one says so on every page."""
    mark = dossier.say("void") if dossier.case.state is State.ANNULLED else ""
    blocks = (block for part in _PARTS for block in part(dossier))
    return _paper(dossier, f"{dossier.say('title')} {dossier.case.code}", blocks, mark)


def _opening(dossier: Dossier) -> Iterator[p.Block]:
    say, case = dossier.say, dossier.case
    at = case.decided_at or dossier.above.made_at
    yield _letterhead(dossier, say("number", number=case.details.number or ""), at)
    yield p.Title(say("title"), say("title_about"))
    yield p.Heading(say("basis"))
    for line in say("basis_text").split("\n"):
        yield p.Paragraph(line)
    yield p.Heading(say("time_and_people"))
    rows = [(say("made"), say("made_text", at=at.isoformat())), (say("made_place"), dossier.above.school)]
    rows.append((say("maker"), _named(dossier.people[case.decided_by], dossier) if case.decided_by else ""))
    person = dossier.person
    who = {"name": person.name, "role": person.role.value, "group": person.group, "staff_id": person.staff_id}
    rows.append((say("person"), say("person_text", **who)))
    if dossier.head:
        rows.append((say("head"), _named(dossier.head, dossier)))
    if case.details.witnesses:
        rows.append((say("witnesses"), case.details.witnesses))
    yield p.Facts(tuple(rows))


def _content(dossier: Dossier) -> Iterator[p.Block]:
    say, case = dossier.say, dossier.case
    yield p.Heading(say("content"))
    rows = [(say("lesson"), say("lesson_text", case=dossier.blanks()))]
    if case.details.place:
        rows.append((say("where"), case.details.place))
    yield p.Facts(tuple(rows))
    yield p.Paragraph(say("what"))
    other = say("other", words=case.details.other or "")
    named = {kind: dossier.words(f"violation.kind.{kind.value}") for kind in Kind} | {Kind.OTHER: other}
    yield p.Boxes(tuple((text, kind is case.kind) for kind, text in named.items()))


def _recorded_facts(dossier: Dossier) -> Iterator[p.Block]:
    say, sheet = dossier.say, dossier.sheet
    yield p.Heading(say("facts"))
    yield p.Paragraph(say("facts_note", at=sheet["made_at"]), italic=True)
    yield p.Facts(tuple(_facts(dossier)))
    if sheet["log"]:
        yield p.Paragraph(say("log"))
        columns = (p.Column(say("log_at"), 28), p.Column(say("log_what"), 72))
        yield p.Table(columns, tuple(_log(dossier)))
    yield p.Heading(say("circumstances"))
    yield p.Paragraph(dossier.case.details.circumstances or say("nothing_more"), align=p.Align.LEFT)


def _explanation(dossier: Dossier) -> Iterator[p.Block]:
    say, case = dossier.say, dossier.case
    yield p.Heading(say("explanation"))
    invited, until = _day(case.invited_at), _day(case.explain_by)
    if case.answer is Answer.NOTHING and case.answered_at:
        at = case.answered_at.isoformat()
        yield p.Paragraph(say("explanation_nothing", invited=invited, at=at))
    elif case.answer is None:
        yield p.Paragraph(say("explanation_none", invited=invited, until=until))
    elif case.answered_at:
        key = "explanation_paper" if case.answer is Answer.PAPER else "explanation_chat"
        yield p.Paragraph(say(key, at=case.answered_at.isoformat()))
        for line in dossier.lines:
            if line.text:
                yield p.Quote(line.text)
            if line.sha256:
                yield p.Paragraph(say("picture", name=line.file_name, sha256=line.sha256), align=p.Align.LEFT)


def _conclusion(dossier: Dossier) -> Iterator[p.Block]:
    say, said = dossier.say, dossier.case.details
    yield p.Heading(say("conclusion"))
    yield p.Paragraph(said.conclusion or "", lead=say("conclusion_lead"))
    yield p.Paragraph(said.remedy or say("remedy_none"), lead=say("remedy_lead"))
    if said.remedy_by:
        yield p.Paragraph(say("remedy_by_text", day=said.remedy_by), lead=say("remedy_by_lead"))


def _afterwards(dossier: Dossier) -> Iterator[p.Block]:
    say, case = dossier.say, dossier.case
    if case.details.objection and case.objected_at:
        yield p.Heading(say("objection"))
        yield p.Paragraph(say("objection_at", name=dossier.person.name, at=case.objected_at.isoformat()))
        yield p.Quote(case.details.objection)
    if case.annulled_at:
        yield p.Heading(say("annulling"))
        name = dossier.name(case.annulled_by)
        yield p.Paragraph(say("annulling_text", name=name, at=case.annulled_at.isoformat()))
        yield p.Quote(case.details.annulling or "")


def _signing(dossier: Dossier) -> Iterator[p.Block]:
    say, note = dossier.say, dossier.say("sign_note")
    yield p.Paragraph(say("closing"))
    maker = p.Signer(say("sign_maker"), note, dossier.name(dossier.case.decided_by))
    yield p.Signatures((maker, p.Signer(say("sign_person"), note, dossier.person.name)))
    yield p.Boxes(((say("refused"), False),))
    yield p.Blanks(say("refused_why"))
    others = [p.Signer(say("sign_witness"), note)]
    if dossier.head:
        others.insert(0, p.Signer(say("sign_head"), note, dossier.head.name))
    yield p.Signatures((*others, p.Signer(say("sign_board"), note)))


_PARTS = (_opening, _content, _recorded_facts, _explanation, _conclusion, _afterwards, _signing)


# --- parts of both ---------------------------------------------------------------------------------------


def _letterhead(dossier: Dossier, number: str, at: datetime) -> p.Letterhead:
    day = at.astimezone(VN)
    left = tuple(text.upper() for text in (dossier.above.authority, dossier.above.school) if text)
    date = dossier.say("place_date", place=dossier.above.place, day=day.day, month=day.month, year=day.year)
    return p.Letterhead(left, (dossier.say("state"), dossier.say("motto")), number, date)


def _named(person: Person, dossier: Dossier) -> str:
    role = dossier.words(f"role.{person.role.value}")
    return f"{person.name} – {role}"


def _day(at: datetime | None) -> str:
    return at.astimezone(VN).date().isoformat() if at else ""


def _facts(dossier: Dossier) -> Iterator[tuple[str, str]]:
    """The fact sheet, a line each."""
    say, sheet = dossier.say, dossier.sheet
    yield say("deadline"), dossier.words("violation.deadline", at=sheet["deadline"])
    for plan in sheet["plans"]:
        yield say("plan"), say("plan_text", plan=plan)
    if not sheet["plans"]:
        yield say("plan"), say("no_plan")
    for wait in sheet["waits"]:
        yield say("wait"), say("wait_text", wait=wait)
    if sheet["exempt"]:
        yield say("exempt"), sheet["exempt"]
    if sheet["leave"]:
        yield say("leave"), dossier.words(f"violation.leave.{sheet['leave']}")
    for one in sheet["lent"]:
        yield say("lent"), say("lent_text", code=one["code"], name=one["name"])
    yield say("reminders"), say("reminders_text", times=sheet["reminders"])
    for cut in sheet["power_cuts"]:
        yield say("power_cut"), say("power_cut_text", note=cut["note"], at=cut["at"])
    for outage in sheet["outages"]:
        yield say("outage"), say("outage_text", **outage)


def _log(dossier: Dossier) -> Iterator[tuple[str, str]]:
    for entry in dossier.sheet["log"]:
        said = dossier.words(
            f"violation.log.{entry['what']}", **{k: v for k, v in entry.items() if k != "what"}
        )
        if entry["after"]:
            said = dossier.words("violation.log.after", words=said)
        yield dossier.words("violation.log_moment", at=entry["at"]), said
