"""Files that come by a page: whose they are, how the browser knows them again, what became of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.events import Address
from hoso_bot.domain.page_upload import PageUpload, PageUploadState
from hoso_bot.domain.quota import Earlier
from hoso_bot.store.db import Database, from_moment, moment
from hoso_bot.store.tables import page_uploads

_C = page_uploads.c
_UNFINISHED = _C.state == PageUploadState.RECEIVING.value


class PageUploads:
    """One school's."""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    def get(self, upload_id: str) -> PageUpload | None:
        """The one with this id."""
        return next(iter(self._found(_C.id == upload_id)), None)

    def of_link(self, link_id: str) -> list[PageUpload]:
        """Everything begun by this link, oldest first."""
        return self._found(_C.link_id == link_id)

    def unfinished(self, person_id: str) -> list[PageUpload]:
        """What this person began and did not finish, oldest first."""
        return self._found(_C.person_id == person_id, _UNFINISHED)

    def begun_since(self, person_id: str, since: datetime) -> int:
        """How many files this person began since then."""
        return len(self._found(_C.person_id == person_id, _C.begun_at >= moment(since)))

    def on_their_way(self, person_id: str, since: datetime) -> list[Earlier]:
        """What this person began since then and the chat has not taken up yet, oldest first."""
        states = [PageUploadState.RECEIVING.value, PageUploadState.ARRIVED.value]
        begun = _C.person_id == person_id, _C.begun_at >= moment(since), _C.state.in_(states)
        return [Earlier(one.begun_at, one.size) for one in self._found(*begun)]

    def begun_before(self, before: datetime) -> list[PageUpload]:
        """What was begun before then and never finished."""
        return self._found(_UNFINISHED, _C.begun_at < moment(before))

    def _found(self, *conditions: sa.ColumnElement[bool]) -> list[PageUpload]:
        query = sa.select(page_uploads).where(_C.school_id == self._school, *conditions)
        with self._db.read() as connection:
            return [_page_upload(row) for row in connection.execute(query.order_by(_C.begun_at, _C.id))]

    def begin(self, upload: PageUpload) -> sa.Insert:
        """A new one, nothing of it here yet."""
        return page_uploads.insert().values(
            id=upload.id,
            school_id=self._school,
            link_id=upload.link_id,
            person_id=upload.person_id,
            channel=upload.address.channel,
            chat_id=upload.address.chat_id,
            browser=upload.browser,
            mark=upload.mark,
            name=upload.name,
            size=upload.size,
            state=upload.state.value,
            begun_at=moment(upload.begun_at),
        )

    def arrived(self, upload_id: str, sha256: str, now: datetime) -> sa.Update:
        """All of it is in the file store; guarded, it arrives once."""
        return self._move(
            upload_id,
            PageUploadState.RECEIVING,
            PageUploadState.ARRIVED,
            arrived_at=moment(now),
            sha256=sha256,
        )

    def taken(self, upload_id: str) -> sa.Update:
        """The chat has it; guarded."""
        return self._move(upload_id, PageUploadState.ARRIVED, PageUploadState.TAKEN)

    def drop(self, upload_id: str) -> sa.Update:
        """Given up; guarded, what arrived meanwhile stays."""
        return self._move(upload_id, PageUploadState.RECEIVING, PageUploadState.DROPPED)

    @staticmethod
    def _move(upload_id: str, was: PageUploadState, becomes: PageUploadState, **more: str) -> sa.Update:
        guarded = sa.update(page_uploads).where(_C.id == upload_id, _C.state == was.value)
        return guarded.values(state=becomes.value, **more)


def _page_upload(row: Any) -> PageUpload:
    return PageUpload(
        row.id,
        row.link_id,
        row.person_id,
        Address(row.channel, row.chat_id),
        row.browser,
        row.mark,
        row.name,
        row.size,
        PageUploadState(row.state),
        from_moment(row.begun_at),
        from_moment(row.arrived_at) if row.arrived_at else None,
        row.sha256,
    )
