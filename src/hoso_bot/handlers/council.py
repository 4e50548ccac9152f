"""Months, semesters and years by button, and the report for the pedagogical council (R52)."""

from __future__ import annotations

from hoso_bot.casework import overview
from hoso_bot.domain import report_events as rep
from hoso_bot.domain.calendar import school_year
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.spans import Span, begun
from hoso_bot.reports.delivery import passing
from hoso_bot.unit_of_work import UnitOfWork

IN_A_ROW = 3


def offer(event: rep.SpansAsked, uow: UnitOfWork) -> None:
    """`Tháng, học kỳ, năm`: those in which a week has begun."""
    spans = begun(uow.weeks(), uow.today())
    buttons = [
        Button("span.button", rep.SpanAsked(span.year, span.month, span.semester), span.facts())
        for span in spans
    ]
    rows = tuple(tuple(buttons[at : at + IN_A_ROW]) for at in range(0, len(buttons), IN_A_ROW))
    text = "span.which" if spans else "span.nothing_yet"
    uow.reply(Message(text, {"year": school_year(uow.today())}, rows))


def show(event: rep.SpanAsked, uow: UnitOfWork) -> None:
    """One of them in words."""
    overview.show(Span(event.year, event.month, event.semester), uow)


def send(event: rep.CouncilAsked, uow: UnitOfWork) -> None:
    """The report as a file; for the board and the office."""
    from hoso_bot.reports.council import Council, write  # Pillow, python-docx and fpdf2 are for who asks only

    span = Span(event.year, event.month, event.semester)
    boards = overview.boards_of(span, uow)
    target = uow.files.new_temporary()
    school, log = uow.school.row().name, uow.boards.log_head()
    write(Council(school, span, boards, uow.now(), uow.words, log), event.kind, target)
    uow.record("report.exported", span.code, kind=event.kind)
    file = passing(target, f"bao-cao-{span.code}.{event.kind}", uow)
    uow.reply(Message("council.sent", span.facts(), (), file))
