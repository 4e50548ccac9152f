"""`/v/{code}`: what the signatures of a plan are worth, for whoever holds the paper or the file.

Nobody logs in: the code is random and stands on the paper, the file proves itself. What could be guessed (the
code people quote) opens nothing. Uploaded files are judged in a sandbox of their own and thrown away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import BodyPartReader, web

from hoso_bot import texts
from hoso_bot.domain.errors import FileRefused, SandboxFailed
from hoso_bot.domain.lookup_code import is_record_code, read, spelled
from hoso_bot.domain.verdict import Recorded, Verdict
from hoso_bot.domain.verdict_facts import facts as facts_of
from hoso_bot.lookups import Desk
from hoso_bot.ports import Inspector
from hoso_bot.store.archive import Archive
from hoso_bot.store.revocations import Revocations
from hoso_bot.store.school import School
from hoso_bot.web.frame import language_of, page
from hoso_bot.web.limit import Limit, address_of

MAX_MB = 48
"""A file of the page that takes the largest ones, with its signatures."""
_MAX_FILE = MAX_MB * 2**20
_MAX_REQUEST = 3 * _MAX_FILE
"""So much of a file that is too big is read and forgotten, so that a browser shows the page that says so."""
_UPLOAD_SECONDS = 180.0
_GOOD = ("same_current", "record_current")
_BAD = (
    "file_",
    "stranger_broken",
    "stranger_ours",
    "stranger_claims",
    "_rejected",
    "_withdrawn",
    "_returned",
)
_MIDDLE = ("file_original",)


class _TooBig(Exception):
    """More bytes than a plan may have."""


class _NoFile(Exception):
    """The form came without a file."""


@dataclass
class VerificationDesk:
    """What the pages need. `inspector`: the sandbox for files from anybody; one file at a time."""

    desk: Desk
    inspector: Inspector
    custody: str = "server"
    looks: Limit = field(default_factory=lambda: Limit(60, 60.0))
    uploads: Limit = field(default_factory=lambda: Limit(12, 60.0))
    most_waiting: int = 6

    def __post_init__(self) -> None:
        self.archive = Archive(self.desk.db, self.desk.files)
        self.school = School(self.desk.db)
        self.revocations = Revocations(self.desk.db)
        self.turn = asyncio.Semaphore(1)
        self.waiting = 0


def verification_pages(desk: VerificationDesk) -> list[web.RouteDef]:
    """GET and POST of /v and /v/{code}."""

    def bound(
        handler: Callable[[VerificationDesk, web.Request], Awaitable[web.Response]],
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        return lambda request: handler(desk, request)

    shown, sent = bound(_show), bound(_check)
    paths = ("/v", "/v/", "/v/{code}")
    return [web.get(path, shown) for path in paths] + [web.post(path, sent) for path in paths]


# --- requests ----------------------------------------------------------------------------------------------


async def _show(desk: VerificationDesk, request: web.Request) -> web.Response:
    """The record of a code, or the form."""
    if not desk.looks.allows(address_of(request)):
        return _page(desk, request, 429, notice="too_often")
    if "code" not in request.match_info:
        typed = request.query.get("code", "").strip()
        return _form(desk, request, typed) if typed else _page(desk, request, 200)
    recorded, refusal = await _recorded(desk, request)
    return refusal or _page(desk, request, 200, Verdict(recorded))


def _form(desk: VerificationDesk, request: web.Request, typed: str) -> web.Response:
    """A typed code leads to its page; what cannot be a code is answered here."""
    code = read(typed)
    if code is None:
        return _page(desk, request, 404, notice="record_code" if is_record_code(typed) else "unknown")
    language = "?lang=en" if language_of(request) == "en" else ""
    return web.Response(status=303, headers={"Location": f"{_home(request)}/{spelled(code)}{language}"})


async def _recorded(
    desk: VerificationDesk, request: web.Request
) -> tuple[Recorded | None, web.Response | None]:
    """(record of the code in the path, None), or (None, the page that helps on)."""
    typed = request.match_info.get("code", "")
    code = read(typed)
    found = await asyncio.to_thread(desk.archive.by_lookup_code, code) if code else None
    if found:
        return found, None
    return None, _page(desk, request, 404, notice="record_code" if is_record_code(typed) else "unknown")


async def _check(desk: VerificationDesk, request: web.Request) -> web.Response:
    """A file against the record, of the code in the path where there is one."""
    if not desk.uploads.allows(address_of(request)):
        return _page(desk, request, 429, notice="too_often")
    if desk.waiting >= desk.most_waiting:
        return _page(desk, request, 503, notice="busy")
    expected, refusal = await _recorded(desk, request) if "code" in request.match_info else (None, None)
    if refusal:
        return refusal
    desk.waiting += 1
    path = desk.desk.files.new_temporary()
    try:
        return await _judged(desk, request, path, expected)
    finally:
        desk.waiting -= 1
        path.unlink(missing_ok=True)


async def _judged(
    desk: VerificationDesk, request: web.Request, path: Path, expected: Recorded | None
) -> web.Response:
    try:
        async with asyncio.timeout(_UPLOAD_SECONDS):
            await _receive(request, path)
    except _TooBig:
        return _page(desk, request, 413, notice="too_big")
    except (_NoFile, ValueError):
        return _page(desk, request, 400, notice="no_file")
    except TimeoutError:
        return _page(desk, request, 408, notice="too_slow")
    async with desk.turn:
        try:
            verdict = await asyncio.to_thread(_judge, desk, path, expected)
        except (FileRefused, SandboxFailed):
            return _page(desk, request, 200, notice="unreadable")
    return _page(desk, request, 200, verdict)


def _judge(desk: VerificationDesk, path: Path, expected: Recorded | None) -> Verdict:
    report = desk.inspector.verify(path, desk.revocations.trust())
    return desk.archive.judge(path, report, expected)


async def _receive(request: web.Request, path: Path) -> None:
    """The form's file, streamed to `path`. Raises _TooBig, _NoFile, ValueError (not a form)."""
    if not request.content_type.startswith("multipart/"):
        raise _NoFile
    size = 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name != "file":
            continue
        with path.open("wb") as target:
            while chunk := await part.read_chunk(2**16):
                size += len(chunk)
                if size <= _MAX_FILE:
                    target.write(chunk)
                elif size > _MAX_REQUEST:
                    raise _TooBig
        if size > _MAX_FILE:
            raise _TooBig
        break
    if not size:
        raise _NoFile


# --- the page ----------------------------------------------------------------------------------------------


def _page(
    desk: VerificationDesk,
    request: web.Request,
    status: int,
    verdict: Verdict | None = None,
    notice: str = "",
) -> web.Response:
    language = language_of(request)
    facts = facts_of(verdict) if verdict else None
    waiting = {"Retry-After": "60"} if status in (429, 503) else {}
    return page(
        "verification.html",
        language,
        status,
        waiting,
        school=desk.school.row().name,
        custody=desk.custody,
        now=desk.desk.clock.now().isoformat(),
        max_mb=MAX_MB,
        home=_home(request),
        here=f"?lang={language}",
        other_language="?lang=vi" if language == "en" else "?lang=en",
        notice=notice,
        notice_tone="bad" if notice == "unreadable" else "warn",
        notice_facts={"mb": MAX_MB},
        verdict=facts,
        ways=dict.fromkeys(one["custody"] for one in facts["signatures"] if one["custody"]) if facts else (),
        **_headline(facts, language),
    )


def _home(request: web.Request) -> str:
    """The way from this page to /v that also works behind a proxy that adds a folder."""
    return "../v" if request.path.count("/") > 1 else "v"


def _headline(facts: dict[str, Any] | None, language: str) -> dict[str, str]:
    """The verdict's sentence in two parts, without the signs that colour says here."""
    if facts is None:
        return {"headline": "", "explanation": "", "tone": ""}
    words = texts.render_english if language == "en" else texts.render
    blanks = {name: facts[name] for name in ("record", "revision", "extra", "claimed")}
    said = words(f"verdict.{facts['summary']}", **blanks)
    first, _, rest = said.lstrip("✔✘ ").partition(". ")
    return {"headline": first.rstrip("."), "explanation": rest, "tone": _tone(facts["summary"])}


def _tone(summary: str) -> str:
    if summary in _GOOD:
        return "good"
    bad = summary not in _MIDDLE and any(mark in summary for mark in _BAD)
    return "bad" if bad else "warn"
