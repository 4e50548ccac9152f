"""The sheet that says how every figure is made; whoever changes `domain/tally` changes its words too."""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl import Workbook

from hoso_bot.domain.board import State
from hoso_bot.lookups import Words
from hoso_bot.reports.table import Column, Value, add_table

DEFINITIONS = (
    "owed",
    "on_time",
    "late",
    "missing",
    "exempt",
    "taught",
    "ready",
    "held",
    "own_part",
    "first_pass",
    "returns",
    "mended",
    "waiting",
    "median",
    "backfill",
    "month",
)
SIGNS = {
    State.MISSING: "○",
    State.DRAFT: "…",
    State.HEAD: "◐",
    State.VICE: "◕",
    State.PRINCIPAL: "◕",
    State.RETURNED: "←",
    State.DOUBTED: "‖",
    State.APPROVED: "✔",
    State.EXEMPT: "–",
}


def add_definitions(book: Workbook, heading: Sequence[str], log_head: tuple[int, str], words: Words) -> None:
    """Figures, states, and the log's newest entry (number, hash)."""
    columns = [Column(words("report.column.figure"), 34), Column(words("report.column.meaning"), 110)]
    rows: list[list[Value]] = [
        [words(f"report.define.{key}.name"), words(f"report.define.{key}.text")] for key in DEFINITIONS
    ]
    rows += [
        [f"{SIGNS[state]} {words(f'report.state.{state.value}')}", words(f"report.means.{state.value}")]
        for state in State
    ]
    number, root = log_head
    rows.append([words("report.log_head"), words("report.log_head_text", number=number, root=root)])
    add_table(book, words("report.tab.definitions"), heading, columns, rows)
