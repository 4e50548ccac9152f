"""What can happen around reports and bundles of files.

Same kinds as in `events`; imported by `handlers`, so that a stored one can be read again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hoso_bot.domain.events import Tapped


@dataclass(frozen=True)
class BoardAsked(Tapped):
    """The board of a week, or of the own part of it."""

    once: ClassVar[bool] = False
    year: str
    week: int


@dataclass(frozen=True)
class WorkbookAsked(Tapped):
    """The workbook of a week; of the whole year without one."""

    once: ClassVar[bool] = False
    year: str
    week: int | None = None


@dataclass(frozen=True)
class WebBoardAsked(Tapped):
    """`Mở bảng trên web`: a link to log in to the web board."""

    once: ClassVar[bool] = False


@dataclass(frozen=True)
class WebBoardLeft(Tapped):
    """`Thoát bảng trên web`: logged out everywhere."""

    once: ClassVar[bool] = False


@dataclass(frozen=True)
class SpansAsked(Tapped):
    """Which month, semester or year?"""

    once: ClassVar[bool] = False


@dataclass(frozen=True)
class SpanAsked(Tapped):
    """The figures of a month (1 to 12), a semester, or of the year with neither."""

    once: ClassVar[bool] = False
    year: str
    month: int = 0
    semester: int = 0


@dataclass(frozen=True)
class CouncilAsked(Tapped):
    """The report for the council about such a span, as `docx` or `pdf`."""

    once: ClassVar[bool] = False
    year: str
    month: int = 0
    semester: int = 0
    kind: str = "docx"


@dataclass(frozen=True)
class BundleOffered(Tapped):
    """Whose approved plans of a week shall be bundled?"""

    once: ClassVar[bool] = False
    year: str
    week: int


@dataclass(frozen=True)
class BundleAsked(Tapped):
    """The approved plans of a week (of one group), or of a teacher, as ZIP files."""

    once: ClassVar[bool] = False
    year: str
    week: int | None = None
    group: str = ""
    teacher_id: str = ""


@dataclass(frozen=True)
class PortalMarked(Tapped):
    """`Đã đưa lên cổng`: a person says that these versions are on the sector's portal (R1, R15)."""

    version_ids: list[str]


@dataclass(frozen=True)
class PortalUnmarked(Tapped):
    """It was a mistake."""

    version_ids: list[str]
