"""The table event -> function, and who may cause each event. Nothing else decides what happens."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import Any

from hoso_bot.casework import room
from hoso_bot.casework.sight import Sight
from hoso_bot.casework.telling import tell
from hoso_bot.domain import chain_events as ch
from hoso_bot.domain import chat_choice_events as cev
from hoso_bot.domain import evaluation_events as eev
from hoso_bot.domain import events as ev
from hoso_bot.domain import outage_events as oev
from hoso_bot.domain import page_events as page
from hoso_bot.domain import pin_events as pin_ev
from hoso_bot.domain import privacy_events as prv
from hoso_bot.domain import queue_events as qev
from hoso_bot.domain import record_events as rev
from hoso_bot.domain import report_events as rep
from hoso_bot.domain import retention_events as kept
from hoso_bot.domain import return_events as ret
from hoso_bot.domain import support_events as sev
from hoso_bot.domain import tour_events as tev
from hoso_bot.domain import violation_events as vev
from hoso_bot.domain import weekend_events as wev
from hoso_bot.domain import year_events as yev
from hoso_bot.domain.messages import Message
from hoso_bot.domain.page_upload import PageFileArrived
from hoso_bot.domain.pin import is_secret
from hoso_bot.domain.rights import Right
from hoso_bot.handlers import (
    absent,
    archive,
    bulk,
    bundle,
    calendar,
    choose,
    chosen_chat,
    council,
    data_requests,
    decide,
    delegate,
    dispute,
    evaluation,
    expected,
    explaining,
    guide,
    helping,
    judging,
    leave,
    lend,
    message_page,
    outage,
    own_figures,
    pin,
    power_cut,
    privacy,
    queue,
    receive,
    recheck,
    register,
    rehearse,
    remind,
    report,
    retention,
    retrieve,
    returned,
    rules,
    sign,
    submit,
    support,
    tour,
    trouble,
    typed_answer,
    upgrade,
    upload,
    verify,
    violation,
    web_board,
    withdraw,
)
from hoso_bot.unit_of_work import UnitOfWork

Handler = Callable[[Any, UnitOfWork], None]


class Who(Enum):
    """Default deny: a route names who may take it."""

    ANYONE = auto()
    LINKED = auto()
    BOT = auto()


@dataclass(frozen=True)
class Route:
    """One line of the table. needs: a right whoever takes it must have, about somebody at least."""

    handler: Handler
    who: Who = Who.LINKED
    needs: Right | None = None


def _sent_by_page(event: PageFileArrived, uow: UnitOfWork) -> None:
    """From here on a file sent in the chat: it means the same and goes the same ways."""
    if sent := upload.as_sent(event, uow):
        meant = _file_counted(sent, uow)
        _route(meant).handler(meant, uow)


ROUTES: dict[type[ev.Event], Route] = {
    ev.FileSent: Route(receive.receive),
    ev.TextSent: Route(guide.stray_text),
    ev.ChatClosed: Route(register.chat_closed, Who.ANYONE),
    ev.ChatReopened: Route(register.chat_reopened, Who.ANYONE),
    ev.ConsentGiven: Route(register.consent, Who.ANYONE),
    ev.ConsentRefused: Route(register.refuse_consent, Who.ANYONE),
    ev.SubmitPressed: Route(submit.submit),
    ev.WeekChangePressed: Route(choose.change_week),
    ev.WeekChosen: Route(choose.choose_week),
    ev.UploadCancelled: Route(choose.cancel),
    ev.ApprovePressed: Route(decide.ask_approval),
    ev.ApprovalConfirmed: Route(decide.approve),
    ev.RejectPressed: Route(decide.ask_reason),
    ev.ReasonGiven: Route(decide.reject),
    ev.DecisionPutOff: Route(decide.put_off),
    ev.CardAsked: Route(queue.open_card),
    qev.QueueAsked: Route(queue.show_more),
    qev.BulkAsked: Route(bulk.ask),
    qev.BulkConfirmed: Route(bulk.confirm),
    qev.BulkMoved: Route(bulk.tell_again, Who.BOT),
    ev.SignedCopyAsked: Route(retrieve.send_signed_copy),
    ev.SupportAsked: Route(support.show),
    yev.RegisterChosen: Route(choose.choose_register),
    yev.PartChangePressed: Route(choose.change_part),
    yev.PartChosen: Route(choose.choose_part),
    yev.CalendarAsked: Route(calendar.show_more),
    yev.CalendarEditAsked: Route(calendar.ask_edit, needs=Right.CHANGE_CALENDAR),
    yev.CalendarEditConfirmed: Route(calendar.apply, needs=Right.CHANGE_CALENDAR),
    yev.CalendarEditDropped: Route(calendar.drop),
    yev.MissingAsked: Route(expected.show_missing_of),
    yev.ExemptionEnded: Route(expected.end_exemption),
    yev.RulesRead: Route(rules.read),
    PageFileArrived: Route(_sent_by_page, Who.BOT),
    ev.UploadStored: Route(receive.inspect, Who.BOT),
    pin_ev.PinAsked: Route(pin.ask),
    pin_ev.PinTyped: Route(pin.enter),
    pin_ev.NewPinTyped: Route(pin.choose),
    pin_ev.WindowClosed: Route(pin.close),
    pin_ev.PinFromPage: Route(pin.from_page, Who.BOT),
    pin_ev.SignerRevoked: Route(pin.end_window, Who.BOT),
    ev.StepApproved: Route(sign.sign, Who.BOT),
    ev.SignatureMade: Route(sign.validate, Who.BOT),
    ev.WorkGivenUp: Route(trouble.work_given_up, Who.BOT),
    ev.MessageUndeliverable: Route(trouble.account_trouble, Who.BOT),
    ev.BudgetUsed: Route(trouble.budget_used, Who.BOT),
    ev.DiskNearlyFull: Route(trouble.disk_nearly_full, Who.BOT),
    ev.FilesOutOfReach: Route(trouble.files_out_of_reach, Who.BOT),
    ev.WorkParked: Route(trouble.work_parked, Who.BOT),
    ev.MessageParked: Route(trouble.message_parked, Who.BOT),
    ev.ChannelTrouble: Route(trouble.channel_trouble, Who.BOT),
    ch.DialogueDropped: Route(delegate.drop),
    ch.DelegateChosen: Route(delegate.ask_period),
    ch.DelegationDated: Route(delegate.ask_scope),
    ch.DelegationScoped: Route(delegate.ask_confirmation),
    ch.DelegationConfirmed: Route(delegate.make),
    ch.DelegationCancelled: Route(delegate.cancel),
    ch.AbsenteeChosen: Route(absent.ask_period),
    ch.AbsenceDated: Route(absent.mark),
    ch.AbsenceCancelled: Route(absent.undo),
    ch.WithdrawPressed: Route(withdraw.ask),
    ch.WithdrawConfirmed: Route(withdraw.withdraw),
    ch.ReturnPressed: Route(withdraw.ask_reason),
    ch.ReturnRequested: Route(withdraw.request),
    ch.ReturnGranted: Route(withdraw.grant),
    ch.ReturnDeclined: Route(withdraw.decline),
    ch.LenderChosen: Route(lend.ask_plan),
    ch.LentPlanChosen: Route(lend.ask_substitute),
    ch.PlanLent: Route(lend.lend),
    ch.RehearsalAwaited: Route(rehearse.remind),
    ch.FileToRehearse: Route(rehearse.look),
    ch.FileLeftOver: Route(rehearse.forget, Who.BOT),
    ch.DoubtRechecked: Route(recheck.recheck, Who.BOT),
    tev.TourShown: Route(tour.show),
    tev.TourEnded: Route(tour.end),
    sev.SupportLine: Route(support.ask),
    sev.SupportFileSent: Route(support.take_file),
    sev.SupportLeft: Route(support.leave),
    sev.StrayForwarded: Route(support.forward_stray),
    sev.FileMeantForSupport: Route(support.is_question),
    sev.FileMeantAsPlan: Route(support.is_plan),
    sev.FileUndecided: Route(support.undecided, Who.BOT),
    sev.PlanFileKept: Route(receive.receive_kept, Who.BOT),
    sev.SupportAnswer: Route(helping.answer),
    sev.AnswerAsked: Route(helping.ask_answer),
    sev.TicketAsked: Route(helping.open_ticket),
    sev.TicketClosed: Route(helping.close),
    sev.TicketUnanswered: Route(helping.unanswered, Who.BOT),
    rev.SignatureCheckAwaited: Route(verify.remind),
    rev.FileToVerify: Route(verify.look),
    ret.FileReturned: Route(returned.look),
    ret.ReturnDropped: Route(returned.drop),
    rev.SignaturesAsked: Route(verify.look_at_upload),
    rev.PlansAsked: Route(retrieve.show_more_plans),
    rev.ColleaguesAsked: Route(retrieve.show_colleagues),
    rev.PrintCopyAsked: Route(retrieve.send_print_copy),
    rep.BoardAsked: Route(report.show_week),
    rep.WorkbookAsked: Route(report.send_workbook, needs=Right.SEE_SCHOOL),
    rep.WebBoardAsked: Route(web_board.offer),
    rep.WebBoardLeft: Route(web_board.leave),
    page.BrowsersForgotten: Route(message_page.forget_browsers),
    rep.SpansAsked: Route(council.offer),
    rep.SpanAsked: Route(council.show),
    rep.CouncilAsked: Route(council.send, needs=Right.SEE_SCHOOL),
    rep.BundleOffered: Route(bundle.offer, needs=Right.SEE_SCHOOL),
    rep.BundleAsked: Route(bundle.send, needs=Right.SEE_SCHOOL),
    rep.PortalMarked: Route(bundle.mark, needs=Right.SEE_SCHOOL),
    rep.PortalUnmarked: Route(bundle.unmark, needs=Right.SEE_SCHOOL),
    rev.ArchiveNightBegan: Route(archive.begin, Who.BOT),
    rev.ArchivedFileDue: Route(archive.check, Who.BOT),
    rev.ArchiveNightEnded: Route(archive.end, Who.BOT),
    ch.FileUpgradeDue: Route(upgrade.upgrade, Who.BOT),
    ch.DutyChanged: Route(delegate.duty_changed, Who.BOT),
    ch.AbsenceKept: Route(absent.tell, Who.BOT),
    vev.CaseWanted: Route(violation.ask_person),
    vev.CaseGroupChosen: Route(violation.ask_person_of),
    vev.CasePersonChosen: Route(violation.choose_person),
    vev.CaseAsked: Route(violation.show_case),
    vev.DetailsOffered: Route(violation.offer_details),
    vev.DetailAsked: Route(violation.ask_detail),
    vev.DetailGiven: Route(violation.take_detail),
    vev.CaseDropped: Route(violation.drop),
    vev.PapersAsked: Route(violation.send_papers),
    vev.PicturesAsked: Route(violation.send_pictures),
    vev.InvitationAsked: Route(explaining.ask_until),
    vev.InvitationConfirmed: Route(explaining.invite),
    vev.ExplanationBegun: Route(explaining.begin),
    vev.ExplanationWritten: Route(explaining.write),
    vev.ExplanationPicture: Route(explaining.write_picture),
    vev.ExplanationShown: Route(explaining.show_written),
    vev.LineRemoved: Route(explaining.remove_line),
    vev.ExplanationPaused: Route(explaining.pause),
    vev.ExplanationSent: Route(explaining.send),
    vev.NothingToExplain: Route(explaining.ask_nothing),
    vev.NothingConfirmed: Route(explaining.say_nothing),
    vev.ExplanationDue: Route(explaining.due, Who.BOT),
    vev.RecordWanted: Route(judging.want_record),
    vev.RecordConfirmed: Route(judging.make_record),
    vev.ClearingWanted: Route(judging.ask_clearing),
    vev.ClearingGiven: Route(judging.clear),
    vev.AnnullingWanted: Route(judging.ask_annulling),
    vev.AnnullingGiven: Route(judging.annul),
    vev.ObjectionWanted: Route(judging.ask_objection),
    vev.ObjectionWritten: Route(judging.show_objection),
    vev.ObjectionSent: Route(judging.add_objection),
    wev.SnoozePressed: Route(remind.snooze),
    wev.SignGiven: Route(remind.take_sign),
    wev.DraftAsked: Route(remind.show_draft),
    wev.LeaveAsked: Route(leave.ask),
    wev.LeaveGranted: Route(leave.grant),
    wev.LeaveDeclined: Route(leave.decline),
    wev.PowerCutConfirmed: Route(power_cut.confirm, needs=Right.ANNOUNCE_POWER_CUT),
    wev.PowerCutDropped: Route(power_cut.drop),
    oev.OutageCaused: Route(outage.ask_times, needs=Right.RECORD_OUTAGE),
    oev.OutageDated: Route(outage.ask_confirmation, needs=Right.RECORD_OUTAGE),
    oev.OutageConfirmed: Route(outage.confirm, needs=Right.RECORD_OUTAGE),
    oev.OutageDropped: Route(outage.drop),
    oev.OutageUndone: Route(outage.undo, needs=Right.RECORD_OUTAGE),
    oev.OutageChanged: Route(outage.announce, Who.BOT),
    cev.ChatChosen: Route(chosen_chat.choose),
    eev.EvaluationsAsked: Route(evaluation.show, needs=Right.SEE_SCHOOL),
    eev.FreezeAsked: Route(evaluation.ask_freeze, needs=Right.EVALUATE),
    eev.FreezeConfirmed: Route(evaluation.freeze, needs=Right.EVALUATE),
    eev.FreezeDropped: Route(evaluation.drop),
    eev.SheetAsked: Route(evaluation.send_sheet, needs=Right.SEE_SCHOOL),
    eev.EvaluationFrozen: Route(evaluation.announce, Who.BOT),
    eev.OwnFiguresAsked: Route(own_figures.show),
    eev.WhyAsked: Route(own_figures.why),
    eev.DisputeAsked: Route(own_figures.ask_words),
    eev.DisputeGiven: Route(own_figures.take_words),
    eev.DisputeDropped: Route(own_figures.drop),
    eev.DisputesAsked: Route(dispute.show_all, needs=Right.EVALUATE),
    eev.DisputeOpened: Route(dispute.show),
    eev.KeepAsked: Route(dispute.ask_keep),
    eev.FigureKept: Route(dispute.keep),
    eev.AdjustAsked: Route(dispute.ask_figure),
    eev.FigureChosen: Route(dispute.ask_number),
    eev.AdjustmentTyped: Route(dispute.ask_confirmation),
    eev.AdjustmentConfirmed: Route(dispute.adjust),
    wev.ReminderRound: Route(remind.begin_round, Who.BOT),
    prv.WithdrawalAsked: Route(privacy.explain_withdrawal),
    prv.WithdrawalConfirmed: Route(privacy.withdraw),
    prv.WithdrawalDropped: Route(privacy.keep_consent),
    prv.DataFileAsked: Route(privacy.send_file),
    prv.CorrectionAsked: Route(data_requests.ask_what),
    prv.CorrectionTyped: Route(data_requests.request),
    prv.RequestDropped: Route(data_requests.drop),
    prv.RequestsAsked: Route(data_requests.show_open),
    prv.RequestOpened: Route(data_requests.open_one),
    prv.RequestMet: Route(data_requests.meet),
    prv.RequestDeclining: Route(data_requests.ask_why),
    prv.RequestDeclined: Route(data_requests.decline),
    prv.RequestOverdue: Route(data_requests.overdue, Who.BOT),
    prv.ConsentRenewed: Route(privacy.renew),
    kept.RetentionNightBegan: Route(retention.begin, Who.BOT),
    kept.RetentionDue: Route(retention.step, Who.BOT),
    prv.ConsentRound: Route(privacy.ask_again, Who.BOT),
    yev.CalendarChanged: Route(calendar.announce, Who.BOT),
    yev.WeekExempted: Route(expected.tell_exempted, Who.BOT),
    yev.RulesChanged: Route(rules.announce, Who.BOT),
    yev.RulesToKnow: Route(rules.catch_up, Who.BOT),
}

COMMANDS: dict[str, Route] = {
    "start": Route(register.start, Who.ANYONE),
    "nop": Route(upload.show),
    "trangthai": Route(retrieve.show_status),
    "hoso": Route(retrieve.show_plans),
    "kiemchung": Route(verify.start),
    "choduyet": Route(queue.show),
    "uyquyen": Route(delegate.start),
    "vangmat": Route(absent.start),
    "thuhoi": Route(withdraw.show),
    "daythay": Route(lend.start, needs=Right.LEND),
    "kiemtra": Route(rehearse.start),
    "lich": Route(calendar.calendar),
    "thieu": Route(expected.show_missing),
    "miennop": Route(expected.exempt),
    "baocao": Route(report.show),
    "bang": Route(web_board.show),
    "catdien": Route(power_cut.ask, needs=Right.ANNOUNCE_POWER_CUT),
    "suco": Route(outage.start, needs=Right.RECORD_OUTAGE),
    "bienban": Route(violation.start),
    "quydinh": Route(rules.show),
    "dulieu": Route(privacy.show, Who.ANYONE),
    "kenh": Route(chosen_chat.show),
    "hotro": Route(support.show),
    "huongdan": Route(guide.show_guide),
}
UNKNOWN_COMMAND = Route(guide.show_guide)
NOT_YOURS = {
    Right.CHANGE_CALENDAR: "calendar.not_yours",
    Right.ANNOUNCE_POWER_CUT: "power.not_yours",
    Right.RECORD_OUTAGE: "outage.not_yours",
    Right.EVALUATE: "evaluation.not_yours",
    Right.SEE_SCHOOL: "report.not_yours",
    Right.LEND: "lend.only_heads",
}
"""What whoever lacks the right of a route is told."""
DOUBLE_TAP = timedelta(seconds=10)


def handle(event: ev.Event, uow: UnitOfWork) -> None:
    """Find the route of an event and walk it. Reads and collects; the caller commits."""
    if isinstance(event, ev.ChatEvent) and not isinstance(event, ev.ChatClosed):
        uow.heard(event)
    caused = _caused(event, uow)
    if caused is None:
        return
    tell(caused, uow)
    route = _route(caused)
    if route.who is Who.LINKED and uow.person is None:
        register.stranger(event, uow)  # type: ignore[arg-type]
        return
    if route.needs and not Sight(uow).may(route.needs):
        uow.reply(Message(NOT_YOURS[route.needs]))
    else:
        route.handler(caused, uow)
    uow.close_card(uow.spent_card)


def _route(event: ev.Event) -> Route:
    if isinstance(event, ev.CommandSent):
        return COMMANDS.get(event.name, UNKNOWN_COMMAND)
    return ROUTES[type(event)]


def _caused(event: ev.Event, uow: UnitOfWork) -> ev.Event | None:
    """What a tap or a text stands for; other events stand for themselves."""
    meant: ev.Event | None = event
    if isinstance(event, ev.TextSent):
        meant = typed_answer.meant(event, uow)
    elif isinstance(event, page.PagePressed | page.PageWritten):
        meant = message_page.meant(event, uow)
    if isinstance(meant, ev.ButtonTapped):
        return _behind_button(meant, uow)
    if isinstance(meant, ev.TextSent):
        return _answered(meant, uow)
    if meant is None:
        return None
    if isinstance(event, ev.FileSent) and uow.person:
        return _file_counted(event, uow)
    return meant


def wants_picture(event: ev.FileSent, uow: UnitOfWork) -> bool:
    """Whether the bytes of what is no document are needed: for the support contact, or an explanation."""
    wanting = (sev.SupportFileSent, vev.ExplanationPicture)
    return uow.person is not None and isinstance(_file_meant(event, uow), wanting)


def _file_counted(event: ev.FileSent, uow: UnitOfWork) -> ev.Event:
    """The same, and noted for its sender's quota unless it is handed in, which leaves a row of its own."""
    meant = _file_meant(event, uow)
    if type(meant) is not ev.FileSent and event.sha256:
        room.note_passed(event, uow)
    return meant


def _file_meant(event: ev.FileSent, uow: UnitOfWork) -> ev.Event:
    """What a file is for: a dry run, a signature made elsewhere, support, verifying, R41, or handing in."""
    for meant in (rehearse.meant, returned.meant, support.meant, verify.meant, explaining.meant):
        found = meant(event, uow)
        if type(found) is not ev.FileSent:
            return found
        event = found
    return event


def _behind_button(event: ev.ButtonTapped, uow: UnitOfWork) -> ev.Event | None:
    """The event a button carries, when it was given to this very chat and person and is still good."""
    pressed = uow.prompts.button(event.token)
    person_id = uow.person.id if uow.person else None
    if pressed is None:
        uow.reply(Message("tap.unknown"))
    elif pressed.address != uow.origin or pressed.person_id not in (None, person_id):
        uow.record("tap.refused", pressed.message_key)
        uow.reply(Message("tap.not_yours"))
    elif pressed.used_at is None:
        if getattr(pressed.event, "once", True):
            uow.change(uow.prompts.use_button(pressed.token, uow.now()))
            uow.spent_card = pressed.message_key
        if event.words and isinstance(pressed.event, ev.Tapped):
            return pressed.event.with_words(event.words)
        return pressed.event
    elif uow.now() - pressed.used_at > DOUBLE_TAP:
        uow.reply(Message("tap.used"))
    return None


def _answered(event: ev.TextSent, uow: UnitOfWork) -> ev.Event:
    """The message or the open question this text answers, with the words in it; else the text itself."""
    question = uow.prompts.question(event.origin, uow.now()) if uow.person else None
    if is_secret(event.text):
        uow.erase(event.message_ref)
        if not getattr(question, "secret", False):
            return event
    elif uow.person and (meant := support.meant(event, uow)) is not event:
        return meant
    if question is None:
        return upload.meant(event) if uow.person else event
    return dataclasses.replace(question, typed=event.text)  # type: ignore[call-arg]
