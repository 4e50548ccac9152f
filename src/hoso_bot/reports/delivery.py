"""Files that are made to be sent once: they go from the store a day after."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from hoso_bot.domain.chain_events import FileLeftOver
from hoso_bot.domain.messages import Attachment
from hoso_bot.unit_of_work import UnitOfWork, attachment

KEPT_FOR = timedelta(days=1)


def passing(temporary: Path, name: str, uow: UnitOfWork) -> Attachment:
    """A file made at `new_temporary`, to be sent with this unit of work; later nobody needs it here."""
    sha256 = uow.files.adopt(temporary)
    uow.emit(FileLeftOver(sha256), f"file:{sha256}", uow.now() + KEPT_FOR)
    return attachment(uow, sha256, name)
