"""What can happen around figures for emulation: the freeze, the own view, words about it, answers.

Same kinds as in `events`; imported by `handlers`, so that a stored one can be read again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hoso_bot.domain.events import InternalEvent, Tapped

# --- the office and the board ------------------------------------------------------------------------


@dataclass(frozen=True)
class EvaluationsAsked(Tapped):
    """`Thi đua`: what is frozen this year, what can be."""

    once: ClassVar[bool] = False


@dataclass(frozen=True)
class FreezeAsked(Tapped):
    """`Chốt số liệu`: what it means, before anything is frozen. term: a `Term`."""

    once: ClassVar[bool] = False
    year: str
    term: str


@dataclass(frozen=True)
class FreezeConfirmed(Tapped):
    """`Xác nhận` under what a freeze means."""

    year: str
    term: str


@dataclass(frozen=True)
class FreezeDropped(Tapped):
    """`Để sau`: nothing is frozen."""


@dataclass(frozen=True)
class SheetAsked(Tapped):
    """The sheet of a freeze as a file: `xlsx` or `pdf`."""

    once: ClassVar[bool] = False
    evaluation_id: str
    kind: str


@dataclass(frozen=True)
class DisputesAsked(Tapped):
    """Whose words wait for an answer."""

    once: ClassVar[bool] = False
    evaluation_id: str


@dataclass(frozen=True)
class DisputeOpened(Tapped):
    """One person's words, the figures they are about, and the answers there are."""

    once: ClassVar[bool] = False
    dispute_id: str


@dataclass(frozen=True)
class KeepAsked(Tapped):
    """`Giữ nguyên`: a reason is asked for."""

    once: ClassVar[bool] = False
    dispute_id: str


@dataclass(frozen=True)
class FigureKept(Tapped):
    """The reason why the figures stay."""

    once: ClassVar[bool] = False
    dispute_id: str
    typed: str = ""


@dataclass(frozen=True)
class AdjustAsked(Tapped):
    """`Điều chỉnh`: which figure?"""

    once: ClassVar[bool] = False
    dispute_id: str


@dataclass(frozen=True)
class FigureChosen(Tapped):
    """The figure is chosen: its new number and the reason are asked for."""

    once: ClassVar[bool] = False
    dispute_id: str
    figure: str


@dataclass(frozen=True)
class AdjustmentTyped(Tapped):
    """`11 vì tuần 5 mất điện`: shown once more before it counts."""

    once: ClassVar[bool] = False
    dispute_id: str
    figure: str
    typed: str = ""


@dataclass(frozen=True)
class AdjustmentConfirmed(Tapped):
    """`Xác nhận`. old: what stood there when it was shown."""

    dispute_id: str
    figure: str
    old: int
    new: int
    reason: str


# --- whose figures they are ------------------------------------------------------------------------


@dataclass(frozen=True)
class OwnFiguresAsked(Tapped):
    """The own frozen figures."""

    once: ClassVar[bool] = False
    evaluation_id: str


@dataclass(frozen=True)
class WhyAsked(Tapped):
    """`Vì sao?`: the weeks behind one of the own figures."""

    once: ClassVar[bool] = False
    evaluation_id: str
    figure: str


@dataclass(frozen=True)
class DisputeAsked(Tapped):
    """`Tôi có ý kiến`: the words are asked for."""

    once: ClassVar[bool] = False
    evaluation_id: str


@dataclass(frozen=True)
class DisputeGiven(Tapped):
    """Somebody's words about the own figures."""

    once: ClassVar[bool] = False
    evaluation_id: str
    typed: str = ""


@dataclass(frozen=True)
class DisputeDropped(Tapped):
    """`Thôi`: nothing was said."""


# --- owed by the bot to itself ----------------------------------------------------------------------


@dataclass(frozen=True)
class EvaluationFrozen(InternalEvent):
    """Figures were frozen: everybody on the sheet is told, and reminded once before the window ends."""

    evaluation_id: str
