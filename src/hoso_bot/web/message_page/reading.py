"""What may be read on the page: the file of a message, and for a plan its pages as pictures.

Who was given a card may have lost the right to it since (a delegation ended, the teacher took the plan back).
"""

from __future__ import annotations

from dataclasses import dataclass

from hoso_bot.casework.sight import Sight
from hoso_bot.domain.rights import Right, Tie
from hoso_bot.domain.verdict import Recorded
from hoso_bot.store.shown_messages import ShownMessage
from hoso_bot.unit_of_work import Unguarded, UnitOfWork


@dataclass(frozen=True)
class Reading:
    """The file of one message. pages: how many can be shown as pictures, 0 for what is no plan of ours."""

    sha256: str
    name: str
    size: int
    recorded: Recorded | None

    @property
    def pages(self) -> int:
        """A plan's pages; 0 for anything else."""
        return self.recorded.version.pages if self.recorded else 0

    @property
    def is_pdf(self) -> bool:
        """By its name, which is ours."""
        return self.name.lower().endswith(".pdf")


def reading_of(message: ShownMessage, uow: UnitOfWork) -> Reading | None:
    """None without a file, and for a plan that this person may not (any longer) read."""
    if message.attachment is None:
        return None
    sha256, name = message.attachment["sha256"], message.attachment["name"]
    recorded = uow.archive.by_hash(sha256)
    if recorded is not None and not _may_read(recorded, uow):
        return None
    return Reading(sha256, name, message.attachment["size"], recorded)


def _may_read(recorded: Recorded, uow: UnitOfWork) -> bool:
    """The teacher, who signed it, and who may read this teacher's plans (R36, R37)."""
    signed = any(step.decided_at and step.decider_id == uow.actor.id for step in recorded.chain)
    teacher, ties = recorded.people[recorded.plan.person_id], (Tie.SIGNER,) if signed else ()
    return Sight(uow).may(Right.READ_CARD_FILE, teacher, recorded.version.state, *ties)


def note_look(message: ShownMessage, reading: Reading, uow: UnitOfWork) -> None:
    """The holder of a card opened its file: that counts as `Mở` in the chat does (R31); logged once."""
    recorded = reading.recorded
    if recorded is None:
        uow.record_look("file.read", reading.name, on="page")
        return
    if recorded.plan.person_id != uow.actor.id:
        uow.record_look("copy.read", recorded.plan.code, version=recorded.version.number, on="page")
    uow.change(Unguarded(uow.step_cards.looked(message.key, uow.now())))
