"""An evaluation as a paper: authors, approvers, adjustments, and the definitions behind them."""

from __future__ import annotations

from hoso_bot.domain.calendar import VN
from hoso_bot.reports import paper as p
from hoso_bot.reports.evaluation import FIGURES, OF_APPROVERS, Sheet, in_words
from hoso_bot.reports.evaluation_workbook import SIGNERS, definitions

NAME, NUMBER, NARROW, SIGNED = 36, 6, 11, 20
WIDER = {"held": 14, "own_part_rate": 15, "ready": 13}
"""Shares of the width."""


def paper_of(sheet: Sheet) -> p.Paper:
    """The whole document, a draft's mark on every page."""
    words, evaluation = sheet.words, sheet.evaluation
    made, draft = sheet.lines
    blocks: list[p.Block] = [
        p.Letterhead(
            (sheet.school.upper(),),
            (words("evaluation.state"), words("evaluation.motto")),
            place_date=words("evaluation.date", day=sheet.at.astimezone(VN).date().isoformat()),
        ),
        p.Title(words("evaluation.paper_title"), sheet.title),
        p.Paragraph(made, italic=True, align=p.Align.CENTRE),
        *([p.Paragraph(draft, bold=True, align=p.Align.CENTRE)] if draft else []),
        _authors(sheet),
        *_approvers(sheet),
        *_adjustments(sheet),
        p.Signatures(
            tuple(
                p.Signer(words(f"evaluation.signer.{one}"), words("evaluation.sign_here")) for one in SIGNERS
            )
        ),
        p.NewPage(landscape=True),
        p.Heading(words("report.tab.definitions")),
        p.Facts(tuple(definitions(sheet))),
    ]
    foot = words("evaluation.foot", number=evaluation.log[0], sha256=evaluation.fingerprint[:16])
    return p.Paper(sheet.title, sheet.school, sheet.at, tuple(blocks), sheet.mark, foot, landscape=True)


def _authors(sheet: Sheet) -> p.Table:
    kinds = {key: kind for key, _, kind in FIGURES}
    shown = [key for key in kinds if any(getattr(sheet.counted(r), key) is not None for r in sheet.authors)]
    weighed = bool(sheet.evaluation.scheme.weights)
    columns = [
        p.Column(sheet.words("report.column.number"), NUMBER, centred=True),
        p.Column(sheet.words("report.column.name"), NAME),
        *(p.Column(sheet.heading(key), WIDER.get(key, NARROW), centred=True) for key in shown),
        *([p.Column(sheet.heading("points"), NARROW, centred=True)] if weighed else []),
        p.Column(sheet.heading("own_word"), SIGNED),
    ]
    rows = []
    for number, row in enumerate(sheet.authors, start=1):
        figures = sheet.counted(row)
        cells = [str(number), row.name, *(in_words(figures, key, kinds[key]) for key in shown)]
        if weighed:
            cells.append(f"{sheet.points(row):.1f}".replace(".", ","))
        rows.append((*cells, ""))
    return p.Table(tuple(columns), tuple(rows))


def _approvers(sheet: Sheet) -> list[p.Block]:
    if not sheet.approvers:
        return []
    columns = (
        p.Column(sheet.words("report.column.approver"), NAME),
        *(p.Column(sheet.heading(key), NARROW, centred=True) for key, _, _ in OF_APPROVERS),
    )
    rows = tuple(
        (row.name, *(in_words(sheet.counted(row), key, kind) for key, _, kind in OF_APPROVERS))
        for row in sheet.approvers
    )
    return [p.Heading(sheet.words("report.tab.approvers")), p.Table(columns, rows)]


def _adjustments(sheet: Sheet) -> list[p.Block]:
    rows = tuple(
        (
            row.name,
            sheet.old_to_new(one),
            one.reason,
            sheet.words("evaluation.signed_by", by=one.by, at=one.at.isoformat()),
        )
        for row in sheet.rows
        for one in sheet.adjustments.get(row.person_id, ())
    )
    if not rows:
        return []
    keys = (("name", 24), ("what", 24), ("why", 40), ("by", 26))
    columns = tuple(p.Column(sheet.words(f"evaluation.line.{key}"), share) for key, share in keys)
    return [p.Heading(sheet.words("evaluation.tab.adjustments")), p.Table(columns, rows)]
