"""Every sentence: its key exists where it is used, it is used where it exists, and it can be said."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import pytest
from jinja2 import meta

import hoso_bot
from hoso_bot import texts
from hoso_bot.casework.evaluating import RATES
from hoso_bot.channels.telegram_text import MAX_CAPTION, units
from hoso_bot.domain import checks, file_kinds
from hoso_bot.domain.board import State
from hoso_bot.domain.cards import QUICK_REASONS
from hoso_bot.domain.figures import Figures
from hoso_bot.domain.inspection import Finding, PlanFacts, Structure
from hoso_bot.domain.reasons import reason_problem
from hoso_bot.domain.reminder_times import NOTICES, Kind
from hoso_bot.domain.roster import Role
from hoso_bot.domain.units import Unit
from hoso_bot.domain.violation import Details
from hoso_bot.pdf import active_content
from hoso_bot.reports import bundle, definitions, emulation, signs, workbook
from hoso_bot.web.upload import outcome

SOURCES = sorted(Path(hoso_bot.__file__).parent.rglob("*.py"))
TEMPLATES = sorted(Path(hoso_bot.__file__).parent.rglob("templates/*.html"))
PAGE_TEMPLATES = sorted(Path(hoso_bot.__file__).parent.rglob("templates/*/*.html"))
KEY = re.compile(r"[a-z_]+(\.[a-z_0-9]+)+|guide|stray")
NOT_TEXTS = (
    "record",
    "record_look",
    "look",
    "Page",
    "Entry",
    "info",
    "warning",
    "error",
    "exception",
    "startswith",
)
BUILT = (
    "typed.word.",
    "typed.hint.",
    "hand_in.",
    "zalo_page.",
    "file_page.",
    "role.",
    "finding.",
    "stamp.role.",
    "tour.",
    "stamp.box.",
    "command.",
    "kind.",
    "active.",
    "acting.",
    "compare.",
    "rules.name.",
    "unit.",
    "plan.",
    "verdict.",
    "page.",
    "pin_page.",
    "report.state.",
    "report.means.",
    "report.column.",
    "report.define.",
    "report.list.",
    "remind.",
    "outage.cause.",
    "council.button.",
    "council.column.",
    "council.curve.",
    "bulk.why.",
    "consent.text_",
    "web_board.notice.",
    "web_board.step.",
    "web_board.file.",
    "message_page.notice.",
    "message_page.door.",
    "message_page.way.",
    *(f"upload_page.{family}." for family in ("chat", "state", "next", "notice", "script")),
    *(f"evaluation.{family}." for family in ("answered", "was", "you", "signer", "why", "kind", "name")),
    *(f"evaluation.{family}." for family in ("column", "define", "line", "button")),
    "violation.paper.",
    "violation.state.",
    "violation.kind.",
    "violation.leave.",
    "violation.caution.",
    "violation.ask.",
    "violation.why.",
    "violation.field.",
    "violation.log.",
    "violation.button.",
)
"""Keys the code puts together; each family has a test of its own below."""


def constants(path: Path) -> Iterator[str]:
    """String constants that look like a text key and do not name an audit entry or a log line."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    others: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in NOT_TEXTS:
                others |= {id(argument) for argument in node.args}
    for node in ast.walk(tree):
        value = node.value if isinstance(node, ast.Constant) and id(node) not in others else None
        if isinstance(value, str) and KEY.fullmatch(value):
            yield value


USED = {key for path in SOURCES for key in constants(path)}
NAMES_OF_A_PLAN = {"plan_book", "plan_short", "plan_label", "plan_name"}
OF_THE_CHAT = {"files_arrive", "send_here"}
TABLES = {key.split(".")[0] for key in texts.keys()}  # noqa: SIM118

DAY = "2025-12-01"
SPAN = {"first": "2025-12-01", "last": "2025-12-05", "days": [], "deadline": "2025-11-30T23:59:59+07:00"}
HALVES = {**SPAN, "days": ["2025-12-01", "2025-12-06"], "week": 13, "label": "Tết"}
PERSON = {
    "staff_id": "GV09",
    "name": "Tạ Thị Loan",
    "group": "Tổ 4-5",
    "reason": "nghỉ ốm",
    "linked": False,
    "parts": [],
}
WHOLE_WEEK = {"week": 13, "part_name": "", "book": "", "cover": ""}
SCHOOL_YEAR: dict[str, Any] = {
    "by": "Bùi Thị Tuyết Nga",
    "new_rules": [
        *({"key": key, "was": 2, "now": 3} for key in ("open_weeks", "effective_week", "deadline")),
        {"key": "unit", "was": "teacher", "now": "class"},
    ],
    "rules": [{"key": "open_weeks", "value": 2}],
    "day": "2025-12-01",
    "exempt": [PERSON],
    "from": "2025-12-01",
    "may_edit": True,
    "missing": [PERSON],
    "moves": [{"week": week, "was": SPAN, "now": HALVES, "label": "Tết"} for week in range(13, 20)],
    "other": 14,
    "owed": 6,
    "register": "Kế hoạch dạy học",
    "returned": [PERSON],
    "rows": [HALVES, {**SPAN, "week": 14, "label": ""}],
    "span": HALVES,
    "year": "2025-2026",
}
RECORD = {
    "code": "KHBD-2526-T13-GV09-1",
    "book": "",
    "part_name": "",
    "cover": "",
    "year": "2025-2026",
    "week": 13,
    "teacher": "Tạ Thị Loan",
    "version": 1,
    "newest": 1,
    "newest_state": "approved",
    "standing": "current",
    "signed": 2,
    "chain": 2,
    "sha256": "0" * 64,
    "lookup_code": "4q7xm0rkabcdpqrs",
}
SIGNED_BY = {
    "name": "Bùi Thị Tuyết Nga",
    "title": "Tổ trưởng – Tổ 4-5",
    "role": "",
    "group": "",
    "at": "2025-11-29T20:15:42+07:00",
    "intact": True,
    "trusted": True,
    "ok": True,
    "sound": True,
    "instead_of": "",
}
SIGNATURES: dict[str, Any] = {
    "elsewhere": [],
    "field": "Buoc1",
    "extra": 0,
    "claimed": "KHBD-2526-T13-GV09-1",
    "codes": ["KHBD-2526-T13-GV09-1"],
    "link": "",
    "newest": 1,
    "own": True,
    "record": RECORD,
    "revision": 0,
    "sha256": "0" * 64,
    "shown": 60,
    "signatures": [SIGNED_BY],
    "summary": "same_current",
    "words": "GV99",
}
COUNTED = {
    "name": "Tổ 4-5",
    "owed": 6,
    "approved": 1,
    "waiting": 1,
    "returned": 1,
    "doubted": 1,
    "draft": 1,
    "missing": 1,
    "exempt": 1,
    "on_time": 4,
    **dict.fromkeys(("on_time_rate", "ready_rate", "first_pass_rate"), 80),
    "taught": 5,
    "ready": 4,
    "held": 1,
    "returns": 1,
    "late": 1,
    "on_portal": 1,
}
ON_THE_BOARD = {
    "part": "5A",
    "standing": "head",
    "version": 2,
    "late": 125,
    "excused": 0,
    "causes": [],
    "reason": "nghỉ ốm",
    "holder": "Bùi Thị Tuyết Nga",
    "held": 90,
}
MOMENT = "2025-11-30T23:59:59+07:00"
OUTAGE = {"cause": "power", "start": "2025-11-30T19:00:00+07:00", "end": MOMENT}
LINE = {"figure": "on_time", "old": 10, "new": 11, "reason": "vì mất điện", "by": "Hồ Sỹ Lâm", "at": MOMENT}
WORDS = {"name": "Tạ Thị Loan", "words": "Tuần 5 tôi đi công tác", "at": MOMENT, "by": "Hồ Sỹ Lâm"}
NOTE = {"week": 5, "part": "", "late": 90, "excused": 0, "returns": 2, "reason": "nghỉ ốm", "causes": []}
EVALUATED: dict[str, Any] = {
    "term": "1",
    "frozen_at": MOMENT,
    "closes_on": "2026-01-16",
    "evaluations": [
        {
            "term": "1",
            "year": "2025-2026",
            "frozen_at": MOMENT,
            "closes_on": "2026-01-16",
            "people": 13,
            "seen": 5,
            "disputes": 2,
            "waiting": 1,
            "final": False,
            "over": True,
        }
    ],
    "heads": 13,
    "weighed": False,
    "figures": {
        **vars(Figures(owed=12, on_time=10, exempt=1, decided=4, questions=2, trained=1, excused=1, held=1)),
        **dict.fromkeys(RATES, 83),
        "approves": True,
    },
    "adjustments": [LINE],
    "disputes": [{**WORDS, "answer": "", "why": ""}, {**WORDS, "answer": "kept", "why": "vì"}],
    "is_open": True,
    "figure": "on_time",
    "behind": [{"kind": kind, "notes": [NOTE]} for kind in ("late", "excused", "returned", "exempt")],
    "turns": [{"week": 5, "decided": 3, "median": 90, "judged": 2, "in_time": 1}],
    "answer": "kept",
    "old": 10,
    "new": 11,
    "pieces": ["on_time", "late"],
    "whole": "owed",
    "final": False,
    "version": "2",
    "weight": 50.0,
    "cap": 10.0,
}
SPAN_VIEWED: dict[str, Any] = {
    "month": 11,
    "semester": 0,
    "trend": [{"week": 12, "on_time": 90}, {"week": 13, "on_time": 95}],
    "whole_school": True,
    **dict.fromkeys(("decided", "open_turns", "median", "due_turns", "in_time"), 7),
    "rate": "90 %",
}
REPORTS: dict[str, Any] = {
    **SPAN_VIEWED,
    **EVALUATED,
    "groups": [COUNTED, {**COUNTED, "name": ""}],
    "lines": [],
    "approved": 3,
    "files": 2,
    "left_out": 1,
    "number": 1,
    "own_figures": None,
    "root": "0" * 64,
    **OUTAGE,
    "outages": [OUTAGE],
    "shifts": [{"week": 13, "was": MOMENT, "now": "2025-12-01T12:00:00+07:00"}],
    "causes": ["power"],
    "excused": 2,
    "standing": "missing",
    "tally": dict.fromkeys(COUNTED, 0),
    "total": COUNTED,
}
TO_SEND = {
    "lack": "missing",
    "week": 13,
    "year": "2025-2026",
    "deadline": "2025-11-30T23:59:59+07:00",
    "over": False,
    "parts": [],
    "name": "",
    "upload_id": "",
    "reason": "",
    "leader": "",
    "on_time_until": None,
}
TO_CONFIRM = {**TO_SEND, "lack": "unconfirmed", "name": "tuan 13.pdf", "upload_id": "u1"}
TO_MEND = {**TO_SEND, "lack": "returned", "reason": "Thiếu phần mở đầu", "leader": "Bùi Thị Tuyết Nga"}
IN_QUEUE = {**WHOLE_WEEK, "teacher": "Tạ Thị Loan", "version": 2, "pages": 12, "why": "unseen"}
WAITS = {"waited": 185, "late": 40, "look": "seen", "acting": "delegated", "signer": "Bùi Thị Tuyết Nga"}
WAITS_SINCE = {**IN_QUEUE, **WAITS, "since": "2025-11-26T03:00:00+00:00"}
SILENT_HEAD = {
    "name": "Bùi Thị Tuyết Nga",
    "group": "Tổ 4-5",
    "told": True,
    "count": 9,
    "from": "2025-12-01",
    "rows": [WAITS_SINCE],
}
UNFINISHED = [
    {
        "name": "Tạ Thị Loan",
        "part": "5A",
        "state": state.value,
        "holder": holder,
        "since": WAITS_SINCE["since"],
    }
    for state in State
    for holder in ("", "Bùi Thị Tuyết Nga")
]
MISSING_PLANS = [{"name": "Tạ Thị Loan", "part": part, "draft": bool(part)} for part in ("5A", "")]
LEADING: dict[str, Any] = {
    "scope": "group",
    "handed": 7,
    "deputies": [],
    "heads": [],
    "one": IN_QUEUE,
    "ready": [IN_QUEUE],
    "skipped": [IN_QUEUE] * 12,
    "others": 2,
}
REMINDED: dict[str, Any] = {
    "items": [TO_SEND],
    "round": "eve",
    "hours": 7,
    "people": [{"name": "Tạ Thị Loan", "group": "Tổ 4-5", "phone": "0900000001", "why": "silent"}],
    "decider": "Bùi Thị Tuyết Nga",
}
SAID = {"name": "Tạ Thị Loan", "at": "2025-11-26T03:00:00+00:00", "text": "│ Em chào thầy", "file": "anh.jpg"}
ASKED = {"number": 17, "name": "Tạ Thị Loan", "group": "Tổ 4-5", "waiting": SAID["at"], "words": "Em chào…"}
SUPPORT: dict[str, Any] = {
    "asked_it": False,
    "author": "Tạ Thị Loan",
    "file": "",
    "helper": "Lương Quang Tùng",
    "here": True,
    "lines": [SAID, {**SAID, "file": ""}],
    "more": 0,
    "number": 17,
    "open": True,
    "parts": 1,
    "principal": "Hồ Sỹ Lâm",
    "step": 2,
    "steps": 3,
    "text": "│ Em chào thầy",
    "ticket": 0,
    "tickets": [ASKED, {**ASKED, "waiting": ""}],
    "zalo": "",
}
HELD = {
    "evaluated": 1,
    "opinions": 1,
    **dict.fromkeys(("drafts", "decisions", "questions", "requests", "lines", "files"), 0),
    **dict.fromkeys(("reminders", "leave", "cases", "written", "about", "certificates"), 0),
}
A_YEAR = {"year": "2025-2026", "plans": 1, "versions": 2, "size": 2_345_678}
PRIVACY: dict[str, Any] = {
    "person": {
        "name": "Tạ Thị Loan",
        "staff_id": "GV09",
        "role": "teacher",
        "group": "",
        "phone": "",
        "classes": [],
        "subjects": [],
        "periods": None,
    },
    "chats": [],
    "held": {**HELD, "years": []},
    "days": None,
    "tries": 0,
    "left_out": 0,
    "messages": 2,
    "drafts": 0,
    "renewed": False,
    "numbers": [3],
    "outcome": "met",
    "requests": [],
    "linked": 1,
}
ON_ZALO: dict[str, Any] = {
    "answers": [
        {"word": "DUYET", "label": "✍️ Ký duyệt", "hint": ""},
        {"word": "TUCHOI", "label": "↩️ Từ chối", "hint": "kèm lý do"},
    ],
    "buttons": True,
    "word": "DUYET",
    "words": ["DUYET", "TUCHOI"],
    "plain": False,
    "mb": 7,
}
CASE: dict[str, Any] = {
    **dict.fromkeys((field.name for field in dataclasses.fields(Details)), ""),
    "code": "VV-2526-03",
    "state": "draft",
    "name": "Tạ Thị Loan",
    "staff_id": "GV09",
    "role": "teacher",
    "group": "",
    "day": DAY,
    "week": 13,
    "kind": "unapproved",
    "answer": "",
    "decided_by": "",
    "annulled_by": "",
    "head_name": "",
    "explain_by": "2025-12-03T23:59:59+07:00",
    "answered_at": "2025-12-02T20:00:00+07:00",
    "decided_at": "2025-12-04T08:00:00+07:00",
    "annulled_at": "2025-12-05T08:00:00+07:00",
}
WAITED = {"name": "Nga", "role": "group_head", "since": SIGNED_BY["at"], "ended": None, "minutes": 1618}
FILED = {
    "code": "KHBD-2526-T13-GV09",
    "part": "",
    "late": 0,
    "first_at": SIGNED_BY["at"],
    "approved_at": None,
}
SHEET: dict[str, Any] = {
    "deadline": SPAN["deadline"],
    **{key: [] for key in ("plans", "waits", "reminders", "power_cuts", "outages", "lent")},
    **dict.fromkeys(("exempt", "leave"), ""),
}
FULL_SHEET: dict[str, Any] = {
    **SHEET,
    "plans": [FILED, {**FILED, "part": "5A", "late": 7, "approved_at": SIGNED_BY["at"]}],
    "waits": [WAITED, {**WAITED, "ended": SIGNED_BY["at"]}],
    "exempt": "nghỉ ốm",
    "leave": "granted",
    "reminders": [SIGNED_BY["at"]],
    "power_cuts": [{"note": "buổi sáng", "at": SIGNED_BY["at"]}],
    "outages": [{"cause": "bot", "start": SIGNED_BY["at"], "end": SIGNED_BY["at"]}],
    "lent": [{"code": "KHBD-2526-T13-GV08", "name": "Mai Thị Diệp"}],
}
CASES: dict[str, Any] = {
    "case": CASE,
    "cases": [],
    "cautions": [],
    "class_name": "5B",
    "deciding": True,
    "format": "PDF",
    "half": "morning",
    "invited": DAY,
    "month": 12,
    "most": 30,
    "over": False,
    "picture": False,
    "spent": 220,
    "place": "",
    "plan": FILED,
    "reachable": True,
    "sheet": SHEET,
    "times": [],
    "wait": WAITED,
}
LOOSE: dict[str, Any] = {
    **CASES,
    **ON_ZALO,
    "device": "",
    **PRIVACY,
    **REMINDED,
    **LEADING,
    **SUPPORT,
    **SCHOOL_YEAR,
    **REPORTS,
    **SIGNATURES,
    "at": "2025-11-26T03:00:00+00:00",
    "chain": [{"name": "Bùi Thị Tuyết Nga", "role": "group_head"}],
    "channel": "telegram",
    "deaf": [],
    "chosen": "",
    "now": False,
    "same": False,
    "classes": ["5B"],
    "code": "KHBD-2526-T13-GV09",
    "count": 3,
    "current": True,
    "dates": ["2025-11-24"],
    "deadline": "2025-11-30T23:59:59+07:00",
    "fingerprint": "0123456789abcdef",
    "first": "2025-12-01",
    "findings": [{"code": "several_weeks", "pages": [1], "facts": {"weeks": [12, 13]}}],
    "group": "Tổ 4-5",
    "highest": 35,
    "hints": [],
    "kind": "docx",
    "kinds": ["javascript", "launch"],
    "known": True,
    "last": "2025-12-05",
    "late": 0,
    "leader": "Bùi Thị Tuyết Nga",
    "lessons": 0,
    "limit": 2,
    "lowest": 1,
    "free_mb": 900,
    "kept_mb": 1024,
    "max_mb": 20,
    "max_pages": 500,
    "mb": 1.5,
    "chat": "Telegram",
    "chat_mb": 20,
    "page_mb": 45,
    "percent": 43,
    "name": "Tạ Thị Loan",
    "named": 12,
    "list": [2, 3],
    "moments": ["2025-11-29T08:00:00+07:00"],
    "subjects": ["Toán"],
    "active": True,
    "taught": 4,
    "returns": 1,
    "holder": "Bùi Thị Tuyết Nga",
    "since": "2025-11-29T20:15:00+07:00",
    "on_time": 5,
    "tries_left": 3,
    "set": True,
    "why": "",
    "kept": "",
    "staff_id": "GV09",
    "until": "2025-11-26T03:10:00+00:00",
    "next": "Lương Quang Tùng",
    "next_role": "vice_principal",
    "note": None,
    "opens": "2025-12-06",
    "pages": 12,
    "part": 2,
    "phone": "",
    "plans": [
        {
            "code": "K",
            "version": 1,
            "state": state,
            "waits_for": "Nga",
            "elsewhere": True,
            "reason": "vì",
            **WHOLE_WEEK,
        }
        for state in ("pending", "rejected", "approved", "doubted", "withdrawn", "returned")
    ],
    "on_behalf_of": "",
    "book": "",
    "cover": "",
    "done": False,
    "lacking": 1,
    "left": [],
    "lent": [{**WHOLE_WEEK, "code": "K", "name": "Tạ Thị Loan"}],
    "part_name": "",
    "reason": "",
    "replaces": None,
    "role": "group_head",
    "row": 5,
    "school": "Trường Tiểu học Hoa Phượng",
    "signed": False,
    "signed_by": [],
    "signer": "Bùi Thị Tuyết Nga",
    "signers": [{"name": "Bùi Thị Tuyết Nga", "role": "group_head", "instead_of": ""}],
    "level": "PAdES B-B",
    "state": "pending",
    "teacher": "Tạ Thị Loan",
    "text_layer": True,
    "acting": "own",
    "added": [],
    "again": False,
    "also": False,
    "mended_after": None,
    "minutes": 0,
    "asked": ["Lương Quang Tùng"],
    "blanks": {"name": "tuan 13.pdf"},
    "blocks": [],
    "changed": [],
    "changes": None,
    "delegations": [],
    "effective": False,
    "giver": "Bùi Thị Tuyết Nga",
    "instead_of": "",
    "key": "file.broken",
    "reasons": [],
    "removed": [],
    "signer_role": "group_head",
    "slot": None,
    "substitute": "Mai Thị Diệp",
    "taker": "Trịnh Văn Khánh",
    "unable": "",
    "unit": "class",
    "unread": False,
    "unconfirmed": [],
    "version": 1,
    "waiting": 0,
    "week": 13,
    "weeks": [12, 13],
    "what": "telegram",
}
FULL: dict[str, Any] = {
    **LOOSE,
    "device": "Android, Zalo",
    "case": {
        **{key: value or "lời" for key, value in CASE.items()},
        "state": "recorded",
        "answer": "paper",
        "remedy_by": DAY,
    },
    "cases": [{**CASE, "group": "Tổ 4-5", "state": "annulled"}],
    "cautions": ["exempt", "held"],
    "deciding": False,
    "over": True,
    "picture": True,
    "reachable": False,
    "sheet": FULL_SHEET,
    "times": [SIGNED_BY["at"]] * 2,
    "wait": FULL_SHEET["waits"][1],
    "person": {
        **PRIVACY["person"],
        "group": "Tổ 4-5",
        "phone": "0900000001",
        "classes": ["5A"],
        "subjects": ["Toán"],
        "periods": 19.5,
    },
    "chats": [{"channel": "telegram", "linked": DAY, "consent": "2", "agreed": DAY, "chosen": True}] * 2,
    "deaf": ["zalo_oa"],
    "chosen": "zalo_oa",
    "now": True,
    "same": True,
    "held": {
        **HELD,
        "years": [{"year": "2025-2026", "plans": 1, "versions": 2, "size": 2_345_678}],
        "drafts": 1,
        "cases": 1,
    },
    "days": 30,
    "tries": 1,
    "drafts": 1,
    "renewed": True,
    "outcome": "declined",
    "requests": [
        {"number": n, "name": "Tạ Thị Loan", "until": SAID["at"], "late": n == 1, "words": "Tôi dạy 4A"}
        for n in (1, 2)
    ],
    "linked": 2,
    "lines": [{**ON_THE_BOARD, **SAID}],
    "own_figures": {
        **dict.fromkeys(("owed", "on_time", "late", "missing", "taught", "ready", "held", "returns"), 2),
        "semester": 1,
    },
    "standing": "head",
    "tally": COUNTED,
    "items": [
        {**TO_CONFIRM, "on_time_until": "2025-12-01T08:30:00+07:00"},
        TO_MEND,
        {**TO_SEND, "parts": ["5A"]},
    ],
    "round": "day_last",
    "asked_it": True,
    "file": "anh.jpg",
    "more": 4,
    "open": False,
    "parts": 3,
    "ticket": 17,
    "zalo": "0900000003",
    "extra": 812,
    "elsewhere": [{**WHOLE_WEEK, "teacher": "Tạ Thị Loan", "until": "2025-11-26T03:10:00+00:00"}],
    "codes": ["KHBD-2526-T13-GV09-1"] * 12,
    "count": 80,
    "kept": "both",
    "link": "truong.example/v/4q7x-m0rk-abcd-pqrs",
    "newest": 3,
    "own": False,
    "record": {**RECORD, "newest": 2, "newest_state": "pending"},
    "revision": 1,
    "signatures": [
        SIGNED_BY,
        {**SIGNED_BY, "name": "", "title": "", "at": "", "intact": False, "ok": False},
        {**SIGNED_BY, "trusted": False, "ok": False, "instead_of": "Lương Quang Tùng"},
        {**SIGNED_BY, "ok": False, "title": "", "role": "group_head", "group": "Tổ 4-5"},
    ],
    "summary": "file_diverged",
    "acting": "absent",
    "added": [7],
    "again": True,
    "also": True,
    "mended_after": 1500,
    "minutes": 1500,
    "blocks": [{"code": "several_weeks", "pages": [1], "facts": {"weeks": [12, 13]}}],
    "changed": [2, 3],
    "changes": {"changed": [2, 3], "added": [], "removed": [4]},
    "current": False,
    "delegations": [
        {"giver": "A", "taker": "B", "group": "C", "teacher": t, "first": DAY, "last": DAY} for t in ("", "D")
    ],
    "effective": True,
    "unable": "GV08",
    "instead_of": "Bùi Thị Tuyết Nga",
    "reasons": [{"version": 1, "leader": "Nga", "reason": "Thiếu hoạt động khởi động"}] * 4,
    "removed": [4],
    "slot": {"week": 13, "first": "2025-12-01", "last": "2025-12-05"},
    "unread": True,
    "hints": [{"code": "many_pages", "pages": [1, 2, 3, 9], "facts": {"pages": 130}}] * 9,
    "kind": "photo",
    "known": False,
    "late": 3000,
    "leader": True,
    "lessons": 25,
    "note": "14",
    "on_behalf_of": "Lương Quang Tùng",
    "phone": "0900000002",
    "reason": "Thiếu hoạt động khởi động",
    "replaces": "approved",
    "signed": True,
    "signed_by": ["Bùi Thị Tuyết Nga"],
    "state": "rejected",
    "text_layer": False,
    "unconfirmed": ["tuan 13.pdf"],
    "version": 3,
    "waiting": 4,
    "may_edit": False,
    "missing": [],
    "book": "Kế hoạch dạy học",
    "done": True,
    "left": ["5B"],
    "part_name": "5A",
    "returned": [{**PERSON, "parts": ["5A", "5B"]}],
    "unit": "subject",
    "moves": [{"week": 36, "was": None, "now": SPAN, "label": ""}],
    "span": SPAN,
}
OUTCOMES = ("signed", "signing", "given_up", "doubted", "left")
OF_ONE_KEY: dict[str, dict[str, Any]] = {
    "violation.own_standing": {"case": {**CASE, "state": "cleared"}},
    "violation.paper.explanation_none": {"until": DAY},
    "violation.paper.place_date": {"day": 1, "year": 2025},
    "violation.button.field": {"field": "day"},
    "violation.button.invite_until": {"until": DAY, "days": 2},
    "violation.button.kind": {"kind": "unapproved"},
    "violation.question": {"field": "day", "why": "unreadable"},
    "file.not_pdf": {"kind": "zip"},
    "button.part": {"part_name": "5A"},
    "leading.summary": {"missing": MISSING_PLANS, "rows": [WAITS_SINCE]},
    "leading.digest": {"rows": [WAITS_SINCE]},
    "leading.rows": {"rows": [WAITS_SINCE, {**WAITS_SINCE, "look": "unseen", "acting": "own"}]},
    "chosen_chat.card": {"chats": ["telegram", "zalo_oa"], "last": "telegram"},
    "chosen_chat.question": {"others": ["telegram"]},
    "leading.silent": {"rows": [WAITS_SINCE], "others": ["Tạ Thị Loan"] * 7},
    "leading.unanswered": {"heads": [SILENT_HEAD, {**SILENT_HEAD, "told": False}]},
    "leading.board": {"groups": [{"name": "Tổ 4-5", "lines": UNFINISHED}, {"name": "", "lines": []}]},
    "queue.list": {
        "rows": [{**IN_QUEUE, **WAITS}, {**IN_QUEUE, **WAITS, "waited": 0, "look": "unseen"}],
        "start": 1,
        "end": 2,
    },
    "web_board.teacher.figures": {"ready": 3, "held": 1},
    "bulk.result": {"items": [{**IN_QUEUE, "outcome": o} for o in OUTCOMES]},
}


ON_PAGES = [
    key
    for path in PAGE_TEMPLATES
    for key in re.findall(r"t\('([a-z_.]+[a-z])'", path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("key", sorted(set(ON_PAGES)))
def test_pages_say_only_what_there_is(key: str) -> None:
    assert key in texts.keys()  # noqa: SIM118


@pytest.mark.parametrize("state", outcome.State)
def test_the_upload_page_has_words_for_whatever_becomes_of_a_file(state: outcome.State) -> None:
    assert {f"upload_page.state.{state}", f"upload_page.next.{state}"} <= texts.keys()


@pytest.mark.parametrize("chat", [*outcome.CHATS, "other"])
def test_the_upload_page_knows_what_every_chat_is_called(chat: str) -> None:
    assert f"upload_page.chat.{chat}" in texts.keys()  # noqa: SIM118


@pytest.mark.parametrize("key", sorted(USED))
def test_a_key_used_in_the_code_exists(key: str) -> None:
    if key.split(".")[0] in TABLES:
        assert key in texts.keys()  # noqa: SIM118


def test_every_sentence_is_used_somewhere() -> None:
    inside = {key for other in texts.keys() for key in re.findall(r"t\('([a-z_.]+)'", texts.raw(other))}  # noqa: SIM118
    inside |= set(ON_PAGES)
    unused = {key for key in texts.keys() - USED - inside if not key.startswith(BUILT)}
    assert unused == set()


@pytest.mark.parametrize("facts", [LOOSE, FULL], ids=["loose", "full"])
@pytest.mark.parametrize("key", sorted(texts.keys("en")))
def test_every_english_sentence_can_be_said(key: str, facts: dict[str, Any]) -> None:
    said = texts.render_english(key, **facts)
    assert said
    assert "{{" not in said and "None" not in said


def test_pages_speak_both_languages() -> None:
    chat_only = {"verdict.chat", "verdict.send_file", "verdict.unreadable", "verdict.worth"}
    families = ("page.", "pin_page.", "file_page.", "zalo_page.", "verdict.", "stamp.role.")
    spoken = {key for key in texts.keys() if key.startswith(families)}  # noqa: SIM118
    assert texts.keys("en") == spoken - chat_only


def test_a_page_says_only_what_both_languages_know() -> None:
    for template in TEMPLATES:
        for key in re.findall(r"t\('([a-z_.]+[a-z])'", template.read_text(encoding="utf-8")):
            assert key in texts.keys("en"), f"{template.name}: {key}"


def test_every_sentence_of_a_page_is_on_one() -> None:
    shown = "".join(template.read_text(encoding="utf-8") for template in TEMPLATES)
    notices = {key for key in texts.keys("en") if key.count(".") == 2 or key.startswith("page.custody_")}
    pages = {key for key in texts.keys("en") - notices if key.startswith("page.")}
    assert {key for key in pages if f"'{key}'" not in shown} == set()


@pytest.mark.parametrize("facts", [LOOSE, FULL], ids=["loose", "full"])
@pytest.mark.parametrize("key", sorted(texts.keys()))
def test_every_sentence_can_be_said(key: str, facts: dict[str, Any]) -> None:
    said = texts.render(key, **{**facts, **OF_ONE_KEY.get(key, {})})
    assert said == said.strip()
    assert "{{" not in said and "None" not in said
    assert "\n\n\n" not in said
    assert said or key in ("decide.put_off", "remind.lines")


@pytest.mark.parametrize("key", sorted(texts.keys()))
def test_every_blank_of_a_sentence_is_known_here(key: str) -> None:
    wanted = (
        meta.find_undeclared_variables(texts._environment().parse(texts.raw(key)))
        - {"t"}
        - NAMES_OF_A_PLAN
        - OF_THE_CHAT
    )
    assert wanted <= LOOSE.keys()


def test_a_missing_blank_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError):
        texts.render("office.linked", name="Loan")


def test_an_unknown_key_is_an_error() -> None:
    with pytest.raises(KeyError):
        texts.render("no.such.key")


def test_facts_are_never_templates() -> None:
    assert "{{ 7*7 }}" in texts.render("file.empty", name="{{ 7*7 }}")


def test_words_are_not_escaped_for_html() -> None:
    assert "<b>&</b>" in texts.render("file.empty", name="<b>&</b>")


# --- reminders -----------------------------------------------------------------------------------

ROUNDS = [kind for kind in Kind if kind not in (*NOTICES, Kind.UNCONFIRMED)]
SHAMING = ("vi phạm", "yêu cầu", "chậm", "trễ", "phải", "đề nghị", "nghiêm túc", "!")


@pytest.mark.parametrize(
    "items", [[TO_SEND], [TO_MEND], [TO_CONFIRM]], ids=["missing", "returned", "waiting"]
)
def test_each_reminder_is_worded_in_its_own_way(items: list[dict[str, Any]]) -> None:
    said = []
    for kind in ROUNDS:
        own = {"missing": kind.value}.get(items[0]["lack"], items[0]["lack"])
        said.append(texts.render(f"remind.{own}", **{**LOOSE, "items": items, "round": kind.value}))
    openings = [text.split("\n")[0] for text in said]
    assert len(set(said)) == len(set(openings)) == len(ROUNDS)


@pytest.mark.parametrize("facts", [LOOSE, FULL], ids=["loose", "full"])
@pytest.mark.parametrize("key", sorted(key for key in texts.keys() if key.startswith("remind.")))  # noqa: SIM118
def test_no_reminder_is_harsh_or_long(key: str, facts: dict[str, Any]) -> None:
    said = texts.render(key, **facts)
    assert not any(word in said.lower() for word in SHAMING)
    assert len(said) < 600


# --- families of keys ----------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_a_name(role: Role) -> None:
    assert texts.render(f"role.{role.value}")


@pytest.mark.parametrize("family", ["stamp.role", "stamp.box"])
@pytest.mark.parametrize("role", [Role.GROUP_HEAD, Role.DEPUTY_HEAD, Role.VICE_PRINCIPAL, Role.PRINCIPAL])
def test_every_signer_has_words_on_the_stamp(family: str, role: Role) -> None:
    assert texts.render(f"{family}.{role.value}", group="Tổ 4-5")


@pytest.mark.parametrize("state", list(State))
def test_every_state_of_the_board_has_a_name_a_meaning_and_two_signs(state: State) -> None:
    assert texts.render(f"report.state.{state.value}")
    assert texts.render(f"report.means.{state.value}")
    assert signs.sign(state, 48).getbbox()
    assert definitions.SIGNS[state]


def test_every_column_and_every_definition_of_a_report_is_used() -> None:
    source = "".join(Path(m.__file__).read_text(encoding="utf-8") for m in (workbook, emulation, definitions))
    columns = {key.split(".")[2] for key in texts.keys() if key.startswith("report.column.")}  # noqa: SIM118
    assert {name for name in columns if not re.search(rf'"(report.column.)?{name}"', source)} == set()
    defined = {key.split(".")[2] for key in texts.keys() if key.startswith("report.define.")}  # noqa: SIM118
    assert defined == set(definitions.DEFINITIONS)
    listed = {key.split(".")[2] for key in texts.keys() if key.startswith("report.list.")}  # noqa: SIM118
    assert listed == set(bundle.COLUMNS)


STRANGE_FILES = (
    (Structure(1, 900, True, active_content=("launch",)), PlanFacts(weeks=(12, 13), week_from="text")),
    (Structure(1, 130, True), PlanFacts(weeks=(12, 13), week_from="name")),
    (Structure(1, 130, True), PlanFacts(weeks=(12, 13), week_from="title")),
    (Structure(1, 2, False), PlanFacts()),
    (
        Structure(1, 9, True, blank_pages=(2,), scanned_pages=(3, 4)),
        PlanFacts(
            weeks=(13,),
            week_from="text",
            named_weeks=(12,),
            lessons=9,
            dates=("2025-12-01", "2025-12-02", "2025-12-03", "2025-11-24"),
            date_pages={"2025-11-24": (1,)},
            parts={"1": (1,)},
            lacking={"1": (2,), "2": (2, 3), "3": (4,)},
        ),
    ),
)
FOUND = {f.code: f for seen in STRANGE_FILES for f in checks.check(*seen, checks.Limits())}


def test_the_strange_files_here_break_every_rule() -> None:
    source = Path(checks.__file__).read_text(encoding="utf-8")
    codes = set(re.findall(r'"([a-z_]+)",\s+"(?:block|hint)"', source))
    assert len(codes) > 5
    assert codes | {"several_weeks", "several_weeks_in_name", "several_weeks_in_title"} == FOUND.keys()


@pytest.mark.parametrize("finding", FOUND.values(), ids=FOUND)
def test_every_finding_can_be_said_with_the_facts_its_rule_gives(finding: Finding) -> None:
    assert texts.render(f"finding.{finding.code}", **finding.facts)


def test_every_kind_of_file_that_is_no_pdf_has_a_word() -> None:
    kinds = {kind for _, kind in (*file_kinds.MAGIC, *file_kinds.OFFICE_FOLDERS)} | {"zip", "heic"}
    assert {f"kind.{kind}" for kind in kinds} <= texts.keys()


@pytest.mark.parametrize("kind", ["unknown", ""])
def test_a_file_of_no_known_kind_is_just_no_pdf(kind: str) -> None:
    assert texts.render("file.not_pdf", name="x.abc", kind=kind).startswith("Tệp x.abc chưa phải PDF.")


def test_every_kind_of_active_content_has_a_word() -> None:
    kinds = active_content._KINDS.keys() | {"external_stream"}
    assert {f"active.{kind}" for kind in kinds} <= texts.keys()


@pytest.mark.parametrize("key", QUICK_REASONS)
def test_a_ready_made_reason_is_a_reason(key: str) -> None:
    assert reason_problem(texts.render(key)) is None


@pytest.mark.parametrize("unit", list(Unit))
def test_every_unit_of_submission_has_a_word(unit: Unit) -> None:
    assert texts.render(f"unit.{unit.value}")


@pytest.mark.parametrize(
    ("book", "part", "cover", "name"),
    [
        ("", "", "", "KHBD Tuần 13"),
        ("", "5A", "", "KHBD Tuần 13 lớp 5A"),
        ("", "Toán", "", "KHBD Tuần 13 – Toán"),
        ("", "5A", "Loan", "KHBD Tuần 13 lớp 5A (dạy thay Loan)"),
        ("Kế hoạch dạy học", "", "", "Kế hoạch dạy học Tuần 13"),
    ],
)
def test_a_plan_is_called_by_its_register_week_and_part(book: str, part: str, cover: str, name: str) -> None:
    named = {"book": book, "part_name": part, "cover": cover}
    assert texts.render("plan.name", week=13, **named) == name
    assert name in texts.render("card.approved", **{**LOOSE, **named})


def test_a_message_kept_by_an_older_version_is_about_a_whole_weeks_lesson_plan() -> None:
    old = {key: value for key, value in LOOSE.items() if key not in ("book", "part_name", "cover")}
    assert "KHBD Tuần 13 của" in texts.render("card.approved", **old)


NOT_OF_A_PLAN = ("expected.", "finding.", "report.", "submit.which_part")


@pytest.mark.parametrize("key", sorted(texts.keys()))
def test_no_sentence_calls_another_registers_record_a_lesson_plan(key: str) -> None:
    if not key.startswith(NOT_OF_A_PLAN):
        assert "KHBD Tuần" not in texts.raw(key)


# --- limits of the chats -------------------------------------------------------------------------


@pytest.mark.parametrize("key", [key for key in sorted(texts.keys()) if key.startswith("button.")])
def test_a_button_fits_on_a_phone(key: str) -> None:
    assert len(texts.render(key, **{**FULL, "week": 35})) <= 40


def test_a_leaders_card_fits_under_a_file_even_with_every_hint() -> None:
    assert units(texts.render("card.review", **FULL)) <= MAX_CAPTION


def test_the_contracts_button_words() -> None:
    labels = " ".join(texts.render(k, **FULL) for k in texts.keys() if k.startswith("button."))  # noqa: SIM118
    for word in (
        "Trình ký",
        "Sửa",
        "Hủy",
        "Ký duyệt",
        "Từ chối",
        "Xác nhận",
        "Đồng ý",
        "Hỗ trợ",
        "Bản đã duyệt",
    ):
        assert word in labels
