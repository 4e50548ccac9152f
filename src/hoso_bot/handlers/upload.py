"""`/nop`: a one-time link to the page that takes what a chat does not, and the file that comes by it."""

from __future__ import annotations

from hoso_bot.casework.uploading import link_facts
from hoso_bot.domain.events import CommandSent, Event, FileSent, TextSent
from hoso_bot.domain.messages import Message
from hoso_bot.domain.page_upload import PageFileArrived, PageUploadState
from hoso_bot.domain.vietnamese import fold
from hoso_bot.unit_of_work import UnitOfWork

COMMAND = "nop"
WORDS = ("nop", "nop bai", "nop khbd", "nop tep", "nop file", "gui tep", "gui file")


def show(event: CommandSent, uow: UnitOfWork) -> None:
    """`/nop`: a fresh link."""
    facts = link_facts(uow)
    uow.reply(Message("upload_link.offer" if facts["link"] else "upload_link.no_web", facts))


def meant(event: TextSent) -> Event:
    """`NOP`, `nộp`, `nộp bài`: the command, for who types no slash; else the text itself."""
    if " ".join(fold(event.text).lower().split()) not in WORDS:
        return event
    return CommandSent(event.origin, event.sent_at, event.message_ref, COMMAND)


def as_sent(event: PageFileArrived, uow: UnitOfWork) -> FileSent | None:
    """The file that came by a page as one sent in the chat of its link; None: done already, or not theirs.

    It came when its last byte did (R11).
    """
    upload = uow.page_uploads.get(event.page_upload_id)
    if upload is None or upload.state is not PageUploadState.ARRIVED or upload.arrived_at is None:
        return None
    uow.change(uow.page_uploads.taken(upload.id))
    person = uow.people.at(upload.address)
    if person is None or person.id != upload.person_id:
        return None
    uow.act_for(person, upload.address)
    return FileSent(
        upload.address,
        upload.arrived_at,
        "",
        remote_id=f"page:{upload.id}",
        name=upload.name,
        size=upload.size,
        sha256=upload.sha256,
    )
