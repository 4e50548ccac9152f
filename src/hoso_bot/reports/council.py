"""The report for the pedagogical council as a paper: counts, a chart, room to write (R52)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from hoso_bot.domain.board import Board
from hoso_bot.domain.calendar import VN
from hoso_bot.domain.cards import QUICK_REASONS
from hoso_bot.domain.council import OTHER, Overview, overview
from hoso_bot.domain.outages import Outage
from hoso_bot.domain.rates import percent
from hoso_bot.domain.spans import Span
from hoso_bot.domain.tally import VERSION, Tally
from hoso_bot.lookups import Words
from hoso_bot.reports import paper as p

PROPOSALS = 6
"""Dotted lines for people's own conclusions."""
_GROUP_COLUMNS = (
    ("owed", 10),
    ("on_time_rate", 12),
    ("late", 9),
    ("missing", 10),
    ("ready_rate", 12),
    ("held", 14),
    ("first_pass_rate", 12),
)
_NO_BREAK = "\u00a0"
SIGNERS = ("reporter", "principal")


@dataclass(frozen=True)
class Council:
    """What the report is made of. log: number and hash of the newest log entry."""

    school: str
    span: Span
    boards: tuple[Board, ...]
    at: datetime
    words: Words
    log: tuple[int, str]

    @property
    def overview(self) -> Overview:
        """The boards added up."""
        ready_made = {key: self.words(key) for key in QUICK_REASONS}
        return overview(self.boards, ready_made, self.at)

    @property
    def outages(self) -> tuple[Outage, ...]:
        """Those that moved a deadline of the span, by their beginning."""
        moved = {outage for board in self.boards for outage in board.week.moved_by}
        return tuple(sorted(moved, key=lambda outage: outage.start))

    @property
    def title(self) -> str:
        """What the report is about."""
        return self.words("council.about", **self.span.facts())


def paper_of(council: Council) -> p.Paper:
    """The whole document."""
    words, seen = council.words, council.overview
    day = council.at.astimezone(VN).date().isoformat()
    number, root = council.log
    blocks: list[p.Block] = [
        p.Letterhead(
            (council.school.upper(),),
            (words("evaluation.state"), words("evaluation.motto")),
            place_date=words("evaluation.date", day=day),
        ),
        p.Title(words("council.title"), council.title),
        p.Heading(words("council.heading.total")),
        p.Paragraph(words("council.total", tally=_facts(seen.total), weeks=len(seen.trend))),
        *_outages(council),
        p.Heading(words("council.heading.groups")),
        _groups(seen, words),
        *_trend(seen, words),
        p.Heading(words("council.heading.reasons")),
        *_reasons(seen, words),
        p.Heading(words("council.heading.waiting")),
        p.Paragraph(words("council.waiting", **_waiting(seen))),
        p.Heading(words("council.heading.proposals")),
        p.Blanks(lines=PROPOSALS),
        p.Signatures(
            tuple(
                p.Signer(words(f"evaluation.signer.{one}"), words("evaluation.sign_here")) for one in SIGNERS
            )
        ),
        p.Paragraph(words("council.how", version=VERSION, at=council.at.isoformat()), italic=True),
    ]
    foot = words("council.foot", number=number, root=root[:16])
    return p.Paper(
        f"{words('council.title')} – {council.title}", council.school, council.at, tuple(blocks), foot=foot
    )


def _facts(counts: Tally) -> dict[str, Any]:
    names = ("owed", "on_time", "late", "missing", "exempt", "taught", "ready", "held", "returns")
    rates = ("on_time_rate", "ready_rate", "first_pass_rate")
    return {
        **{name: getattr(counts, name) for name in names},
        **{name: _percent(getattr(counts, name)) for name in rates},
    }


def _percent(rate: float | None) -> str:
    return "–" if rate is None else f"{percent(rate)}{_NO_BREAK}%"


def _outages(council: Council) -> list[p.Block]:
    spans = [council.words("outage.span", **outage.facts()) for outage in council.outages]
    return [p.Paragraph("; ".join(spans), lead=council.words("council.outages"))] if spans else []


def _groups(seen: Overview, words: Words) -> p.Table:
    columns = (
        p.Column(words("report.column.group"), 26),
        *(p.Column(words(f"council.column.{key}"), share, centred=True) for key, share in _GROUP_COLUMNS),
    )
    named = [(name or words("report.no_group"), counts) for name, counts in seen.groups]
    rows = [_row(name, counts) for name, counts in [*named, (words("report.whole_school"), seen.total)]]
    return p.Table(columns, tuple(rows))


def _row(name: str, counts: Tally) -> tuple[str, ...]:
    facts = _facts(counts)
    return (name, *(str(facts[key]) for key, _ in _GROUP_COLUMNS))


def _trend(seen: Overview, words: Words) -> list[p.Block]:
    """A chart of two weeks or more; one week is no trend."""
    if len(seen.trend) < 2:
        return []
    from hoso_bot.reports.trend import draw_trend  # and Pillow with it

    chart = p.Picture(draw_trend(seen.trend, words), caption=words("council.chart"))
    return [p.Heading(words("council.heading.trend")), chart]


def _reasons(seen: Overview, words: Words) -> list[p.Block]:
    if not seen.reasons:
        return [p.Paragraph(words("council.no_returns"))]
    columns = (
        p.Column(words("report.column.number"), 6, centred=True),
        p.Column(words("council.reason"), 60),
        p.Column(words("council.times"), 12, centred=True),
    )
    rows = tuple(
        (str(number), words("council.other") if key == OTHER else words(key), str(count))
        for number, (key, count) in enumerate(seen.reasons, start=1)
    )
    return [p.Paragraph(words("council.returned", returned=seen.returned)), p.Table(columns, rows)]


def _waiting(seen: Overview) -> dict[str, Any]:
    turns = seen.approving
    return {
        "decided": turns.decided,
        "open_turns": turns.waiting,
        "median": turns.median_minutes,
        "due_turns": turns.judged,
        "in_time": turns.before_lesson,
        "rate": _percent(turns.before_lesson_rate),
    }


def write(council: Council, kind: str, target: Path) -> None:
    """Write it as `docx` or `pdf`. Raises OSError."""
    from hoso_bot.reports.paper_docx import write_docx  # python-docx and fpdf2 are for who asks only
    from hoso_bot.reports.paper_pdf import write_pdf

    writers = {"docx": write_docx, "pdf": write_pdf}
    writers[kind](paper_of(council), target)
