"""`/kiemtra`: a private dry run. Nothing is handed in, kept or counted."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

from hoso_bot.casework.uploading import did_not_come, no_document
from hoso_bot.domain import cards
from hoso_bot.domain.calendar import find
from hoso_bot.domain.chain_events import FileLeftOver, FileToRehearse, RehearsalAwaited
from hoso_bot.domain.errors import FileRefused, SandboxFailed
from hoso_bot.domain.events import CommandSent, FileSent
from hoso_bot.domain.inspection import Inspection
from hoso_bot.domain.messages import Message
from hoso_bot.unit_of_work import UnitOfWork

COMMAND = "/kiemtra"


def start(event: CommandSent, uow: UnitOfWork) -> None:
    """The next file of this chat is only looked at."""
    uow.ask(RehearsalAwaited())
    uow.reply(Message("rehearse.send_file"))


def meant(event: FileSent, uow: UnitOfWork) -> FileSent:
    """The file as one to rehearse, when its caption or the chat's open question says so."""
    captioned = event.caption.strip().lower().split("@")[0].split(" ")[0] == COMMAND
    if not captioned and not isinstance(uow.prompts.question(event.origin, uow.now()), RehearsalAwaited):
        return event
    fields = {f.name: getattr(event, f.name) for f in dataclasses.fields(event)}
    return FileToRehearse(**fields)


def look(event: FileToRehearse, uow: UnitOfWork) -> None:
    """What would be blocked or hinted, with pages; the next file is a normal one again, once one came."""
    if event.kind != "document":
        uow.reply(no_document(event, uow))
    elif event.sha256 is None:
        uow.reply(did_not_come(event, uow))
    else:
        uow.stop_asking()
        uow.reply(_verdict(event.name, event.sha256, uow))
        uow.emit(FileLeftOver(event.sha256), f"{event.origin.channel}:{event.origin.chat_id}")


def forget(event: FileLeftOver, uow: UnitOfWork) -> None:
    """The bytes go, unless somebody handed the same file in; while one arrives just now, later.

    Owed work like any other: a crash between the answer and this loses nothing.
    """
    if not uow.files.remove(event.sha256, lambda: uow.needs_file(event.sha256)):
        uow.emit(event, f"file:{event.sha256}", uow.now() + timedelta(minutes=5))


def remind(event: RehearsalAwaited, uow: UnitOfWork) -> None:
    """Words where a file was expected; the question stays open."""
    uow.reply(Message("rehearse.send_file"))


def _verdict(name: str, sha256: str, uow: UnitOfWork) -> Message:
    try:
        inspection = uow.inspector.inspect(uow.files.path(sha256), name)
    except (FileRefused, SandboxFailed) as refusal:
        return Message(
            "rehearse.refused", {"key": refusal.text_key, "blanks": {"name": name, **refusal.facts}}
        )
    return Message("rehearse.result", _facts(name, inspection, uow))


def _facts(name: str, inspection: Inspection, uow: UnitOfWork) -> dict[str, object]:
    weeks = uow.weeks()
    read = inspection.facts.weeks
    week = find(weeks, read[0]) if len(read) == 1 else cards.week_of_dates(weeks, inspection.facts.dates)
    return {
        **cards.file_facts(inspection),
        "name": name,
        "blocks": cards.finding_facts(f for f in inspection.findings if f.severity == "block"),
        "parts": sorted(int(part) for part in inspection.facts.parts),
        "slot": cards.week_facts(week) if week else None,
    }
