"""Why a link or a page is refused, as its pages say it."""

from __future__ import annotations


class Refused(Exception):
    """There is nothing to be shown: HTTP status, and which notice says why."""

    def __init__(self, status: int, notice: str) -> None:
        super().__init__(notice)
        self.status, self.notice = status, notice
