"""What the signatures of a file are worth: `/kiemchung`, a button, or one of our own files coming back."""

from __future__ import annotations

import dataclasses

from hoso_bot.casework.uploading import did_not_come
from hoso_bot.domain.errors import FileRefused, SandboxFailed
from hoso_bot.domain.events import CommandSent, FileSent
from hoso_bot.domain.messages import Message
from hoso_bot.domain.record_events import FileToVerify, SignatureCheckAwaited, SignaturesAsked
from hoso_bot.domain.verdict_facts import facts as facts_of
from hoso_bot.unit_of_work import UnitOfWork

COMMAND = "/kiemchung"


def start(event: CommandSent, uow: UnitOfWork) -> None:
    """The next file of this chat is only verified."""
    uow.ask(SignatureCheckAwaited())
    uow.reply(Message("verdict.send_file"))


def meant(event: FileSent, uow: UnitOfWork) -> FileSent:
    """The file as one to verify, when its caption or the open question says so, or when it came from us."""
    if type(event) is not FileSent or event.kind != "document":
        return event
    captioned = event.caption.strip().lower().split("@")[0].split(" ")[0] == COMMAND
    asked = isinstance(uow.prompts.question(event.origin, uow.now()), SignatureCheckAwaited)
    if not (captioned or asked or _came_from_us(event.sha256, uow)):
        return event
    return FileToVerify(**{f.name: getattr(event, f.name) for f in dataclasses.fields(event)})


def _came_from_us(sha256: str | None, uow: UnitOfWork) -> bool:
    """A review copy or a signed file of ours; what a teacher once sent is theirs to send again."""
    recorded = uow.archive.by_hash(sha256) if sha256 else None
    return recorded is not None and recorded.version.original_sha256 != sha256


def look(event: FileToVerify, uow: UnitOfWork) -> None:
    """The verdict; the next file is a normal one again."""
    if event.sha256 is None:
        uow.reply(did_not_come(event, uow))
        return
    if isinstance(uow.prompts.question(event.origin, uow.now()), SignatureCheckAwaited):
        uow.stop_asking()
    uow.reply(_verdict(event.name, event.sha256, uow))


def remind(event: SignatureCheckAwaited, uow: UnitOfWork) -> None:
    """Words where a file was expected; the question stays open."""
    uow.reply(Message("verdict.send_file"))


def look_at_upload(event: SignaturesAsked, uow: UnitOfWork) -> None:
    """`Kiểm tra chữ ký` on the card of the person's own upload."""
    upload = uow.plans.upload(event.upload_id)
    if upload.person_id != uow.actor.id:
        uow.reply(Message("decide.not_yours"))
        return
    uow.reply(_verdict(upload.name, upload.sha256, uow))


def _verdict(name: str, sha256: str, uow: UnitOfWork) -> Message:
    try:
        path = uow.files.path(sha256)
        report = uow.inspector.verify(path, uow.revocations.trust())
    except FileNotFoundError:
        return Message("privacy.upload_gone")
    except (FileRefused, SandboxFailed):
        return Message("verdict.unreadable", {"name": name})
    facts = facts_of(uow.archive.judge(path, report))
    code = facts["record"]["lookup_code"] if facts["record"] else ""
    return Message("verdict.chat", {**facts, "name": name, "link": uow.policy.lookup_link(code)})
