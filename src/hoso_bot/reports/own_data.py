"""A person's own data to take along: a ZIP with a page to read, the same as JSON, and the own files."""

from __future__ import annotations

import html
import json
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from hoso_bot.domain.calendar import VN
from hoso_bot.lookups import Words
from hoso_bot.ports import FileStore

LARGEST = 40_000_000
"""Bytes of files that go along in a chat; chats take 50 MB at most."""
PAGE, DATA, FOLDER = "du-lieu-cua-toi.html", "du-lieu-cua-toi.json", "tep"
_HEAD = """<!doctype html><html lang="vi"><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>{title}</title>
<style>
body{{font:17px/1.6 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#1d2430}}
h1{{font-size:1.5rem}}h2{{font-size:1.15rem;margin-top:2rem;border-bottom:1px solid #cfd6e0}}
table{{border-collapse:collapse;width:100%;font-size:.95rem}}
th,td{{text-align:left;padding:.35rem .5rem;border-bottom:1px solid #e4e8ee;vertical-align:top;
overflow-wrap:anywhere}}
p{{white-space:pre-line}}</style><h1>{title}</h1>
"""


def write_own_data(
    target: Path,
    facts: dict[str, Any],
    records: dict[str, list[dict[str, Any]]],
    files: Sequence[tuple[str, str]],
    store: FileStore,
    words: Words,
    everything: bool = False,
) -> int:
    """Write the ZIP at `target`; how many files did not fit into a chat (everything: all go along).

    facts: the blanks of `privacy.card`. files: (name, SHA-256), the most wanted first; one that is gone is
    left out. Raises OSError.
    """
    chosen, left_out = _fitting(files, store, None if everything else LARGEST)
    data = json.dumps({"summary": facts, "records": records}, ensure_ascii=False, indent=1, default=str)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(PAGE, page(facts, records, words))
        archive.writestr(DATA, data)
        for name, path in chosen:
            archive.write(path, f"{FOLDER}/{name}", zipfile.ZIP_STORED)
    return left_out


def _fitting(
    files: Sequence[tuple[str, str]], store: FileStore, largest: int | None
) -> tuple[list[tuple[str, Path]], int]:
    chosen: list[tuple[str, Path]] = []
    left_out = total = 0
    for name, sha256 in files:
        try:
            path = store.path(sha256)
        except FileNotFoundError:
            continue
        total += path.stat().st_size
        if largest is not None and total > largest:
            left_out += 1
        else:
            chosen.append((name, path))
    return chosen, left_out


def page(facts: dict[str, Any], records: dict[str, list[dict[str, Any]]], words: Words) -> str:
    """What a person reads: the words of `/dulieu`, then plans, conversations and the log."""
    plans = {row["id"]: row for row in records["plans"]}
    versions = [
        (plans[row["plan_id"]]["code"], row["number"], _local(row["submitted_at"]), row["pages"])
        for row in records["versions"]
    ]
    said = [(_local(row["at"]), row["text"], row["file_name"]) for row in records["ticket_lines"]]
    log = [(_local(row["at"]), row["actor"], row["action"], row["subject"]) for row in records["audit"]]
    title = words("privacy.file.title", name=facts["person"]["name"])
    return "".join(
        [
            _HEAD.format(title=html.escape(title)),
            f"<p>{html.escape(words('privacy.card', **facts))}</p>",
            _table(words("privacy.file.plans"), words("privacy.file.plan_columns"), versions),
            _table(words("privacy.file.lines"), words("privacy.file.line_columns"), said),
            _table(words("privacy.file.log"), words("privacy.file.log_columns"), log),
            f"<p>{html.escape(words('privacy.file.note'))}</p>",
        ]
    )


def _table(title: str, columns: str, rows: Sequence[Sequence[Any]]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{html.escape(column.strip())}" for column in columns.split("|"))
    body = "".join("<tr>" + "".join(f"<td>{html.escape(str(cell))}" for cell in row) for row in rows)
    return f"<h2>{html.escape(title)}</h2><table><tr>{head}{body}</table>"


def _local(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(VN):%H:%M %d/%m/%Y}"
