"""Who may do what beyond plans: cases of R41, figures, conversations, requests, files, PINs, commands.

Plain conditions again, apart from the program's own table of rights.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.integration.rules_of_rights import TODAY, WHY, YEAR, Case, Day, Filed, Rule
from tests.school import NOW

from hoso_bot.domain import chain_events as ch
from hoso_bot.domain import chat_choice_events as cev
from hoso_bot.domain import evaluation_events as eev
from hoso_bot.domain import events as ev
from hoso_bot.domain import outage_events as oev
from hoso_bot.domain import page_events as page
from hoso_bot.domain import pin_events as pin
from hoso_bot.domain import privacy_events as prv
from hoso_bot.domain import queue_events as qev
from hoso_bot.domain import record_events as rev
from hoso_bot.domain import report_events as rep
from hoso_bot.domain import return_events as ret
from hoso_bot.domain import support_events as sev
from hoso_bot.domain import tour_events as tev
from hoso_bot.domain import violation_events as vev
from hoso_bot.domain import weekend_events as wev
from hoso_bot.domain import year_events as yev
from hoso_bot.domain.calendar import VN
from hoso_bot.domain.roster import Role

BYTES = b"%PDF-1.7 of a teacher"
KEPT = hashlib.sha256(BYTES).hexdigest()
"""The one file that everything refers to."""
NOWHERE = ev.Address("", "")
"""A chat event's chat is that of whoever takes it."""
BOARD = (Role.VICE_PRINCIPAL, Role.PRINCIPAL)
TODAYS = TODAY.isoformat()


def sent(
    kind: type[ev.FileSent] = ev.FileSent, name: str = "tệp.pdf", sha256: str = "", **more: str
) -> ev.Event:
    """A document in the chat, its bytes here."""
    return kind(NOWHERE, NOW, "1", "remote", name, size=9, sha256=sha256 or None, **more)


def everybody(_day: Day, _who: str) -> bool:
    """Whoever is linked: it is about themselves, or about nobody."""
    return True


# --- cases of R41 --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Accused:
    """A case as the oracle sees it. state: as in `domain.violation`, and `over`: invited, the time is up.

    here: whether the person reads messages; else the board types in what they wrote on paper.
    """

    id: str
    about: str
    state: str
    judge: str = ""
    here: bool = True

    def prepares(self, day: Day, who: str) -> bool:
        return who != self.about and day.leads(who)

    def judges(self, day: Day, who: str) -> bool:
        """R57: nobody about themselves; the office only prepares."""
        return who != self.about and day.people[who].role in BOARD

    def sees(self, day: Day, who: str) -> bool:
        if self.state == "dropped" or (who == self.about and self.state == "draft"):
            return False
        return who in (self.about, self.judge) or day.leads(who)


def of_a_case(one: Accused) -> Iterator[Case]:
    """Everything that can be done about a case."""
    yield from _looking(one)
    yield from _preparing(one)
    yield from _explaining(one)
    yield from _judging(one)


def _looking(one: Accused) -> Iterator[Case]:
    def reads_papers(day: Day, who: str) -> bool:
        made = one.state in ("recorded", "annulled")
        invited = one.state in ("invited", "over", "explained") and who != one.about
        return one.sees(day, who) and (made or invited)

    def sees_pictures(day: Day, who: str) -> bool:
        return one.state in ("explained", "recorded", "cleared", "annulled") and one.sees(day, who)

    yield "case", vev.CaseAsked(one.id), one.sees
    yield "papers of a case", vev.PapersAsked(one.id), reads_papers
    yield "pictures of a case", vev.PicturesAsked(one.id), sees_pictures


def _preparing(one: Accused) -> Iterator[Case]:
    def prepares(day: Day, who: str) -> bool:
        return one.state in ("draft", "invited", "over", "explained") and one.prepares(day, who)

    def drafts(day: Day, who: str) -> bool:
        return one.state == "draft" and one.prepares(day, who)

    yield "details", vev.DetailsOffered(one.id), prepares
    yield "place", vev.DetailAsked(one.id, "place"), prepares
    yield "place said", vev.DetailGiven(one.id, "place", typed="Sân trường"), prepares
    yield "lesson", vev.DetailGiven(one.id, "period", typed="Tiết 2"), drafts
    for event in (vev.CaseDropped(one.id), vev.InvitationAsked(one.id), vev.InvitationConfirmed(one.id, 2)):
        yield "draft", event, drafts


def _explaining(one: Accused) -> Iterator[Case]:
    def explains(day: Day, who: str) -> bool:
        asked = one.state in ("invited", "over")
        return asked and (who == one.about or (not one.here and one.prepares(day, who)))

    for event in (
        vev.ExplanationBegun(one.id),
        vev.ExplanationWritten(one.id, WHY),
        vev.ExplanationShown(one.id),
        vev.LineRemoved(one.id, f"{one.id}-line"),
        vev.ExplanationPaused(one.id),
        vev.ExplanationSent(one.id),
        vev.NothingToExplain(one.id),
        vev.NothingConfirmed(one.id),
        sent(vev.ExplanationPicture, "anh.jpg", KEPT, case_id=one.id),
    ):
        yield "explain", event, explains


def _judging(one: Accused) -> Iterator[Case]:
    def judges(day: Day, who: str) -> bool:
        return one.state in ("over", "explained") and one.judges(day, who)

    def annuls(day: Day, who: str) -> bool:
        return one.state == "recorded" and one.judges(day, who)

    def objects(_day: Day, who: str) -> bool:
        return one.state == "recorded" and who == one.about

    for event in (
        vev.DetailAsked(one.id, "conclusion"),
        vev.DetailGiven(one.id, "conclusion", typed=WHY),
        vev.RecordWanted(one.id),
        vev.RecordConfirmed(one.id),
        vev.ClearingWanted(one.id),
        vev.ClearingGiven(one.id, WHY),
    ):
        yield "judge", event, judges
    for event in (vev.AnnullingWanted(one.id), vev.AnnullingGiven(one.id, WHY)):
        yield "annul", event, annuls
    for event in (
        vev.ObjectionWanted(one.id),
        vev.ObjectionWritten(one.id, WHY),
        vev.ObjectionSent(one.id, WHY),
    ):
        yield "object", event, objects


def of_new_cases(other: str, ids: dict[str, str]) -> Iterator[Case]:
    """Opening a case about somebody: about who teaches, never about oneself."""

    def opens(day: Day, who: str) -> bool:
        person = day.people[other]
        return day.leads(who) and who != other and person.active and bool(person.subjects)

    yield "open a case", vev.CasePersonChosen(ids[other]), opens
    yield "open a case by code", vev.CasePersonChosen(typed=other), opens


# --- figures -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Frozen:
    """Figures that were frozen. explained: whose row has which figures that can be asked about."""

    id: str
    open: bool
    explained: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Disputed:
    """What somebody said about their figures. value: of `figure` now."""

    id: str
    author: str
    answered: bool
    figure: str
    value: int


def of_figures(one: Frozen) -> Iterator[Case]:
    def has_row(_day: Day, who: str) -> bool:
        return who in one.explained

    def speaks(_day: Day, who: str) -> bool:
        return one.open and who in one.explained

    def asks_why(_day: Day, who: str) -> bool:
        return "turns" in one.explained.get(who, ())

    yield "own figures", eev.OwnFiguresAsked(one.id), has_row
    yield "why", eev.WhyAsked(one.id, "turns"), asks_why
    yield "disagree", eev.DisputeAsked(one.id), speaks
    yield "disagree in words", eev.DisputeGiven(one.id, WHY), speaks
    yield "all disputes", eev.DisputesAsked(one.id), Day.keeps_records
    yield "sheet", eev.SheetAsked(one.id, "xlsx"), Day.leads


def of_a_dispute(one: Disputed) -> Iterator[Case]:
    """R57: nobody answers the own words."""

    def answers(day: Day, who: str) -> bool:
        return day.keeps_records(who) and who != one.author

    def keeps(day: Day, who: str) -> bool:
        return answers(day, who) and not one.answered

    figure, now = one.figure, one.value
    for event in (
        eev.DisputeOpened(one.id),
        eev.AdjustAsked(one.id),
        eev.FigureChosen(one.id, figure),
        eev.AdjustmentTyped(one.id, figure, f"{now + 1} vì {WHY}"),
        eev.AdjustmentConfirmed(one.id, figure, now, max(0, now - 1), WHY),
    ):
        yield "dispute", event, answers
    yield "keep", eev.KeepAsked(one.id), keeps
    yield "keep with words", eev.FigureKept(one.id, WHY), keeps


# --- conversations and requests ------------------------------------------------------------------------


@dataclass(frozen=True)
class Conversation:
    """A ticket: a question to the support contact, or a request about data."""

    id: str
    asker: str
    open: bool = True
    escalated: bool = False


def of_a_question(one: Conversation) -> Iterator[Case]:
    """R47, R48: the contact (here the office), and the principal once it was brought there."""

    def answers(day: Day, who: str) -> bool:
        principal = one.escalated and day.people[who].role is Role.PRINCIPAL
        return who != one.asker and (who == day.office or principal)

    def closes(day: Day, who: str) -> bool:
        return who == one.asker or answers(day, who)

    for event in (
        sev.TicketAsked(one.id),
        sev.AnswerAsked(one.id),
        sev.SupportAnswer(one.id, WHY),
        sent(sev.SupportFileSent, "anh.jpg", KEPT, ticket_id=one.id),
    ):
        yield "question", event, answers
    yield "close", sev.TicketClosed(one.id), closes


def of_a_request(one: Conversation) -> Iterator[Case]:
    def answers(day: Day, who: str) -> bool:
        return one.open and day.keeps_records(who) and who != one.asker

    for event in (
        prv.RequestOpened(one.id),
        prv.RequestMet(one.id),
        prv.RequestDeclining(one.id),
        prv.RequestDeclined(one.id, WHY),
    ):
        yield "data request", event, answers


def of_a_leave(request_id: str, asker: str, waits: bool) -> Iterator[Case]:
    """Board and office, the head of the group or who acts for her; nobody but the board the own."""

    def decides(day: Day, who: str) -> bool:
        if not waits or day.leads(who):
            return waits
        gave = any(taker == who and head == asker for head, taker, _ in day.delegated)
        return who != asker and not gave and day.looks_after(who, asker)

    yield "leave", wev.LeaveGranted(request_id), decides
    yield "no leave", wev.LeaveDeclined(request_id), decides


# --- what is one's own ---------------------------------------------------------------------------------


def of_an_upload(upload_id: str, sender: str, ready: bool) -> Iterator[Case]:
    """A file before it is handed in is its sender's alone (R36 begins with `Trình ký`)."""

    def hands_in(_day: Day, who: str) -> bool:
        return ready and who == sender

    for event in (
        ev.SubmitPressed(upload_id),
        ev.WeekChangePressed(upload_id),
        ev.WeekChosen(upload_id, 13),
        ev.UploadCancelled(upload_id),
        yev.RegisterChosen(upload_id, "KHBD"),
        yev.PartChangePressed(upload_id),
        yev.PartChosen(upload_id, "5A"),
        wev.DraftAsked(upload_id),
    ):
        yield "draft of a plan", event, hands_in
    yield "signatures of an upload", rev.SignaturesAsked(upload_id), lambda _day, who: who == sender


def of_an_undecided_file(file_id: str, sender: str) -> Iterator[Case]:
    yield "for support", sev.FileMeantForSupport(file_id), lambda _day, who: who == sender
    yield "as a plan", sev.FileMeantAsPlan(file_id), lambda _day, who: who == sender


def of_a_return(version_id: str, signer: str, name: str, sha256: str) -> Iterator[Case]:
    """A card that its signer signs with a tool of their own."""
    yield "return", sent(ret.FileReturned, name, sha256), lambda _day, who: who == signer
    yield "no return", ret.ReturnDropped(version_id, 1), lambda _day, who: who == signer


def of_a_delegation(delegation_id: str, head: str, over: bool) -> Iterator[Case]:
    ends = ch.DelegationCancelled(delegation_id)
    yield "end a delegation", ends, lambda _day, who: who == head and not over


def of_an_absence(absence_id: str, away: str) -> Iterator[Case]:
    yield "here again", ch.AbsenceCancelled(absence_id), lambda day, who: who in (away, day.office)


def of_a_decision(one: Filed) -> Iterator[Case]:
    """The other ways to decide a step, and what only looks at it."""
    for step in range(1, len(one.signers) + 1):

        def decides(day: Day, who: str, step: int = step) -> bool:
            return day.decides(who, one, step)

        yield "approve at once", ev.ApprovalConfirmed(one.version_id, step), decides
        yield "card", ev.CardAsked(one.version_id, step), decides
        yield "PIN", pin.PinAsked(one.version_id, step), decides
        yield "PIN typed", pin.PinTyped(one.version_id, step, "123456"), decides
        yield "PIN chosen", pin.NewPinTyped(one.version_id, step, "", "123456"), decides
        together: list[Any] = [[one.version_id, step]]
        unseen = pin.PinTyped(one.version_id, step, "1", together=together)
        yield "several, unseen (R31)", unseen, lambda _day, _who: False

    def prints(day: Day, who: str) -> bool:
        own = who == one.author or (one.plan_id, who) in day.lent
        return one.state == "approved" and (own or day.looks_after(who, one.author))

    pending = one.state == "pending" and one.current
    asks_back, free = pending, pending and one.waits_at == 1
    yield "print", rev.PrintCopyAsked(one.version_id), prints
    yield "withdraw?", ch.WithdrawPressed(one.version_id), lambda _day, who: free and who == one.author
    words = ch.ReturnRequested(one.version_id, WHY)
    yield "ask back in words", words, lambda _day, who: asks_back and who == one.author


def of_more_about_a_person(other: str, ids: dict[str, str]) -> Iterator[Case]:
    def delegates(day: Day, who: str) -> bool:
        taker = day.people[other]
        able = taker.active and taker.role in (Role.TEACHER, Role.DEPUTY_HEAD)
        return able and who != other and day.heads(who, other)

    yield "delegate from", ch.DelegationDated(ids[other], TODAYS, TODAYS), delegates
    yield "delegate now", ch.DelegationConfirmed(ids[other], TODAYS, TODAYS), delegates


# --- the school and oneself ----------------------------------------------------------------------------


def oversees(day: Day, who: str) -> bool:
    """Whether there is anybody else whose week they see."""
    heads = day.people[who].role is Role.GROUP_HEAD and bool(day.people[who].group)
    acts = any(taker == who and day.people[head].active for head, taker, _ in day.delegated)
    return day.leads(who) or heads or acts


def of_everybody(version_id: str) -> Iterator[Case]:
    """What every linked person may do: for themselves, or to read what is for all."""
    said = (NOWHERE, NOW, "1")
    for event in (
        ev.TextSent(*said, "chào em"),
        sent(),
        sent(ch.FileToRehearse, sha256=KEPT),
        sent(rev.FileToVerify, sha256=KEPT),
        ev.ChatReopened(*said),
        ev.ChatClosed(*said),
        ev.SupportAsked(),
        ev.DecisionPutOff(version_id, 1),
        qev.QueueAsked(),
        qev.BulkAsked(),
        qev.BulkConfirmed([]),
        pin.WindowClosed(),
        yev.CalendarAsked(0),
        yev.CalendarEditDropped(),
        yev.RulesRead("v1"),
        ch.DialogueDropped(),
        ch.RehearsalAwaited("?"),
        tev.TourShown(0),
        tev.TourEnded(True),
        sev.SupportLine(WHY),
        sev.StrayForwarded(WHY),
        sev.SupportLeft(),
        rev.SignatureCheckAwaited("?"),
        rev.ColleaguesAsked(),
        rep.BoardAsked(YEAR, 12),
        rep.WebBoardLeft(),
        rep.SpansAsked(),
        rep.SpanAsked(YEAR, semester=1),
        page.BrowsersForgotten(),
        wev.SnoozePressed(YEAR, 13),
        wev.SignGiven(YEAR, 13),
        wev.LeaveAsked(YEAR, 13),
        wev.PowerCutDropped(),
        oev.OutageDropped(),
        cev.ChatChosen("telegram"),
        eev.FreezeDropped(),
        eev.DisputeDropped(),
        prv.WithdrawalAsked(),
        prv.WithdrawalConfirmed(),
        prv.WithdrawalDropped(),
        prv.DataFileAsked(),
        prv.CorrectionAsked(),
        prv.CorrectionTyped(WHY),
        prv.RequestDropped(),
        prv.ConsentRenewed("consent-2"),
    ):
        yield "own", event, everybody


def of_the_office(version_id: str, outage_id: str) -> Iterator[Case]:
    """What is about nobody in particular, and not for everybody."""
    day, span = TODAYS, (NOW.astimezone(VN).isoformat(), NOW.astimezone(VN).isoformat())
    records, leads = Day.keeps_records, Day.leads
    rules: list[tuple[ev.Event, Rule]] = [
        (yev.CalendarEditConfirmed(YEAR, "", [day, day]), records),
        (oev.OutageDated("chat", *span), records),
        (oev.OutageUndone(outage_id), records),
        (eev.FreezeAsked(YEAR, "1"), records),
        (eev.FreezeConfirmed(YEAR, "2"), records),
        (prv.RequestsAsked(), records),
        (yev.MissingAsked(YEAR, 13), oversees),
        (rep.WebBoardAsked(), oversees),
        (rep.WorkbookAsked(YEAR, 12), leads),
        (rep.CouncilAsked(YEAR, semester=1), leads),
        (rep.BundleAsked(YEAR, 14), leads),
        (rep.PortalUnmarked([version_id]), leads),
        (vev.CaseWanted(), leads),
        (vev.CaseGroupChosen("Tổ 4-5"), leads),
        (ev.ConsentGiven("an invitation of nobody"), everybody),
        (ev.ConsentRefused("an invitation of nobody"), everybody),
    ]
    for event, rule in rules:
        yield "office", event, rule


def of_commands(accused: list[Accused]) -> Iterator[Case]:
    """What can be typed with a slash."""

    def marks_absent(day: Day, who: str) -> bool:
        return who == day.office or day.people[who].role in (Role.GROUP_HEAD, *BOARD)

    def lends(day: Day, who: str) -> bool:
        return who == day.office or day.people[who].role is Role.GROUP_HEAD

    def delegates(day: Day, who: str) -> bool:
        return day.people[who].role in (Role.GROUP_HEAD, *BOARD)

    def has_cases(day: Day, who: str) -> bool:
        return day.leads(who) or any(one.about == who and one.sees(day, who) for one in accused)

    not_for_all: dict[str, Rule] = {
        "vangmat": marks_absent,
        "daythay": lends,
        "uyquyen": delegates,
        "thieu": oversees,
        "miennop": oversees,
        "bang": oversees,
        "catdien": Day.keeps_records,
        "suco": Day.keeps_records,
        "bienban": has_cases,
    }
    for name in (
        *("start", "nop", "trangthai", "hoso", "kiemchung", "choduyet", "thuhoi", "kiemtra", "lich"),
        *("baocao", "quydinh", "dulieu", "kenh", "hotro", "huongdan", *not_for_all),
    ):
        rule = not_for_all.get(name, everybody)
        yield f"/{name}", ev.CommandSent(NOWHERE, NOW, "1", name, ""), rule
    exempts = ev.CommandSent(NOWHERE, NOW, "1", "miennop", f"GV08 13 {WHY}")
    yield (
        "exempt",
        exempts,
        lambda day, who: day.leads(who) or (who != "GV08" and day.looks_after(who, "GV08")),
    )
