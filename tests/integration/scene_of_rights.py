"""A school with one of everything: cases, figures, conversations, requests, files; and who may what of each.

Whatever people wrote carries a mark, so that a test sees who was shown it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from tests.integration import rules_of_casework as rules
from tests.integration.rules_of_casework import Accused, Conversation, Disputed, Frozen
from tests.integration.rules_of_rights import TODAY, WHY, YEAR, Case, Day, Filed
from tests.parts import Parts
from tests.school import NOW, week

from hoso_bot.casework.violation_desk import read_sheet
from hoso_bot.domain import violation as v
from hoso_bot.domain.calendar import VN
from hoso_bot.domain.evaluation import Dispute, Evaluation, Term
from hoso_bot.domain.figures import explained
from hoso_bot.domain.inspection import Inspection, PlanFacts, Structure
from hoso_bot.domain.outages import Cause, Outage
from hoso_bot.domain.submission import Upload, UploadState, record_code
from hoso_bot.domain.support import Line, Ticket, TicketKind
from hoso_bot.store.freezing import Freezing
from hoso_bot.store.tickets import Undecided

ACCUSED = ("GV08", "GV06", "PHT01", "HT01", "GV11")
STATES = ("draft", "dropped", "invited", "over", "explained", "recorded", "cleared", "annulled")
WITHOUT_CHAT = "GV11"
JUDGES = {"GV08": "GV01", "HT01": "PHT01"}
"""Who decided whose cases; GV01 when she still was vice-principal; else the principal."""
SPEAKERS = ("GV08", "GV06", "PHT01", "HT01")
LATER = timedelta(days=30)

Rows = list[Any]
Sees = Callable[[Day, str], bool]


@dataclass
class Scene:
    """rows: to be written. marks: words that were planted, and who may be shown them."""

    cases: list[Case] = field(default_factory=list)
    rows: Rows = field(default_factory=list)
    marks: dict[str, Sees] = field(default_factory=dict)

    def plant(self, mark: str, sees: Sees) -> str:
        """Words that only these may be shown."""
        self.marks[f"kín {mark}."] = sees
        return f"kín {mark}. {WHY}"


def set_up(parts: Parts, filed: list[Filed], sha256: str, ids: dict[str, str]) -> Scene:
    """On any day. sha256: of a file in the store."""
    scene, accused = Scene(), [_accused(who, state) for who in ACCUSED for state in STATES]
    for number, one in enumerate(accused, start=1):
        scene.rows += _case_rows(parts, one, number, sha256, ids, scene)
        scene.cases += rules.of_a_case(one)
    _figures(parts, ids, scene)
    _conversations(parts, ids, scene)
    _files(parts, filed, sha256, ids, scene)
    for staff_id in ids:
        scene.cases += rules.of_new_cases(staff_id, ids)
        scene.cases += rules.of_more_about_a_person(staff_id, ids)
    outage = Outage("outage1", Cause("chat"), NOW - timedelta(hours=5), NOW - timedelta(hours=3))
    scene.rows.append(parts.unit().outages.add(outage, NOW))
    everywhere = filed[0].version_id
    scene.cases += 3 * list(rules.of_everybody(everywhere))
    scene.cases += 2 * list(rules.of_the_office(everywhere, outage.id))
    scene.cases += 5 * list(rules.of_commands(accused))
    return scene


# --- cases of R41 --------------------------------------------------------------------------------------


def _accused(who: str, state: str) -> Accused:
    judge = JUDGES.get(who, "HT01")
    judged = state in ("recorded", "cleared", "annulled")
    return Accused(f"{who}-{state}", who, state, judge if judged else "", who != WITHOUT_CHAT)


def _case_rows(
    parts: Parts, one: Accused, number: int, sha256: str, ids: dict[str, str], scene: Scene
) -> Iterator[Any]:
    store, case = parts.unit().violations, _case(parts, one, number, ids, scene)
    yield store.add(case)
    if case.invited_at:
        words = scene.plant(f"explained {one.id}", one.sees)
        yield store.add_line(case, v.Line(f"{one.id}-line", NOW, case.person_id, words, "anh.jpg", sha256))
    if one.state in ("recorded", "annulled"):
        yield store.keep_papers(case, sha256, sha256, NOW)


def _case(parts: Parts, one: Accused, number: int, ids: dict[str, str], scene: Scene) -> v.Case:
    said = v.Details("Tiết 2", "5B", "Toán", circumstances=scene.plant(f"case {one.id}", one.sees))
    opener = ids["PHT01" if one.about != "PHT01" else "HT01"]
    draft = v.Case(one.id, number, YEAR, ids[one.about], opener, NOW, day=TODAY, week=12, details=said)
    draft = replace(draft, kind=v.Kind.UNAPPROVED)
    if one.state in ("draft", "dropped"):
        return replace(draft, state=v.State(one.state))
    by = NOW - timedelta(minutes=1) if one.state == "over" else NOW + LATER
    asked = replace(draft, invited_at=NOW, explain_by=by, sheet=read_sheet(draft, parts.unit()))
    if one.state in ("invited", "over"):
        return replace(asked, state=v.State.INVITED)
    answered = replace(asked, answer=v.Answer.CHAT, answered_at=NOW, state=v.State(one.state))
    judged = replace(answered, decided_by=ids[one.judge], decided_at=NOW) if one.judge else answered
    annulled = one.state == "annulled"
    return replace(judged, annulled_by=ids[one.judge], annulled_at=NOW) if annulled else judged


# --- figures -------------------------------------------------------------------------------------------


def _figures(parts: Parts, ids: dict[str, str], scene: Scene) -> None:
    store, codes = parts.unit().evaluations, {person_id: staff_id for staff_id, person_id in ids.items()}
    measured = Freezing(parts.db, parts.unit().rules).measure([week(12), week(13)], NOW + LATER)
    asked = {codes[row.person_id]: tuple(explained(row)) for row in measured}
    for term, is_open in ((Term.FIRST, True), (Term.SECOND, False)):
        closes = TODAY + (LATER if is_open else -LATER)
        made = Evaluation(term.value, YEAR, term, "1", NOW, "Hồ Sỹ Lâm", closes, "f" * 64, (1, "0" * 64))
        scene.rows += store.freeze(made, measured)
        scene.cases += 3 * list(rules.of_figures(Frozen(made.id, is_open, asked)))
    rows = {codes[row.person_id]: row for row in measured}
    for who in SPEAKERS:
        for answer in ("", "kept"):
            if who in rows:
                _dispute(parts, who, answer, rows[who].figures.owed, ids, scene)


def _dispute(parts: Parts, who: str, answer: str, value: int, ids: dict[str, str], scene: Scene) -> None:
    store, name = parts.unit().evaluations, f"{who}-{answer or 'open'}"

    def sees(day: Day, reader: str) -> bool:
        return reader == who or day.leads(reader)

    dispute = Dispute(name, Term.FIRST.value, ids[who], scene.plant(f"disputed {name}", sees), NOW)
    scene.rows.append(store.disagree(dispute))
    if answer:
        scene.rows.append(store.answer(dispute, answer, WHY, "Hồ Sỹ Lâm", NOW))
    scene.cases += 2 * list(rules.of_a_dispute(Disputed(name, who, bool(answer), "owed", value)))


# --- conversations -------------------------------------------------------------------------------------

QUESTIONS = (
    Conversation("q1", "GV08"),
    Conversation("q2", "GV09", escalated=True),
    Conversation("q3", "PHT01", escalated=True),
    Conversation("q4", "HT01", escalated=True),
    Conversation("q5", "GV06", open=False),
)
REQUESTS = (
    Conversation("d1", "GV08"),
    Conversation("d2", "HT01"),
    Conversation("d3", "PHT01"),
    Conversation("d4", "NV01"),
    Conversation("d5", "GV06", open=False),
)


def _conversations(parts: Parts, ids: dict[str, str], scene: Scene) -> None:
    kinds = [(one, TicketKind.QUESTION) for one in QUESTIONS] + [(one, TicketKind.DATA) for one in REQUESTS]
    for number, (one, kind) in enumerate(kinds, start=1):
        scene.rows += _ticket(parts, one, kind, number, ids, scene)
        told = rules.of_a_question(one) if kind is TicketKind.QUESTION else rules.of_a_request(one)
        scene.cases += 4 * list(told)
    store = parts.unit().leave_requests
    for who in ("GV08", "GV06", "PHT01", "GV04"):
        request_id, row = store.ask(ids[who], YEAR, 13, NOW)
        scene.rows.append(row)
        scene.cases += 4 * list(rules.of_a_leave(request_id, who, waits=True))


def _ticket(
    parts: Parts, one: Conversation, kind: TicketKind, number: int, ids: dict[str, str], scene: Scene
) -> Iterator[Any]:
    store = parts.unit().tickets
    ticket = Ticket(one.id, number, ids[one.asker], NOW, NOW, kind=kind)

    def sees(day: Day, reader: str) -> bool:
        asked = kind is TicketKind.DATA and day.keeps_records(reader)
        principal = one.escalated and day.people[reader].role.value == "principal"
        return reader in (one.asker, day.office) or principal or asked

    yield store.add(ticket)
    words = scene.plant(f"said {one.id}", sees)
    yield store.add_line(ticket, Line(ticket.asker_id, NOW, words, "", None))
    if one.escalated:
        yield store.changed(ticket, escalated_at=NOW)
    elif not one.open:
        yield store.changed(ticket, closed_at=NOW - timedelta(days=3))


# --- files ---------------------------------------------------------------------------------------------


def _files(parts: Parts, filed: list[Filed], sha256: str, ids: dict[str, str], scene: Scene) -> None:
    unit = parts.unit()
    for who, state in (
        ("GV08", UploadState.READY),
        ("GV06", UploadState.READY),
        ("GV09", UploadState.CANCELLED),
    ):
        upload = _upload(parts, f"upload-{who}", who, state, sha256, scene)
        scene.rows += _kept(parts, upload)
        scene.cases += 4 * list(rules.of_an_upload(upload.id, who, state is UploadState.READY))
    handed_in = _upload(parts, "u", "GV03", UploadState.SUBMITTED, sha256, scene)
    scene.rows += _kept(parts, replace(handed_in, name="u.pdf"))
    name = scene.plant("undecided", lambda day, reader: reader in ("GV08", day.office))
    chat = parts.unit().people.accounts(ids["GV08"])[0].address
    facts = (chat.channel, chat.chat_id, "1", NOW.isoformat(), sha256, f"{name[:20]}.pdf", 9, name)
    scene.rows.append(unit.tickets.ask_about(Undecided("file1", ids["GV08"], *facts), NOW))
    scene.cases += 8 * list(rules.of_an_undecided_file("file1", "GV08"))
    out = next(one for one in filed if one.author == "GV08" and one.waits_at == 1)
    scene.rows.append(unit.returns.ask(out.version_id, 1, ids[out.signers[0]], NOW, NOW + LATER))
    code = record_code(week(out.week), out.author)
    scene.cases += 8 * list(rules.of_a_return(out.version_id, out.signers[0], f"{code}-v1-x.pdf", sha256))
    for one in filed:
        scene.cases += rules.of_a_decision(one)


def _kept(parts: Parts, upload: Upload) -> Rows:
    plans, read = parts.unit().plans, Inspection(Structure(9, 3, True), PlanFacts((13,), classes=("5A",)))
    looked_at = {"year": YEAR, "week": 13, "inspection": read.to_json()}
    return [plans.add_upload(upload), plans.move_upload(upload.id, [upload.state], upload.state, **looked_at)]


def _upload(parts: Parts, upload_id: str, who: str, state: UploadState, sha256: str, scene: Scene) -> Upload:
    person = parts.staff(who)
    chat = parts.unit().people.accounts(person.id)[0].address
    name = scene.plant(upload_id, lambda _day, reader: reader == who)
    sent_at = NOW.astimezone(VN)
    return Upload(upload_id, person.id, sha256, name, 9, sent_at, state, chat, year=YEAR, week=13)
