"""A file on its way: upload -> (confirmed) -> version of a plan, and what may happen to it.

An upload is what arrived; a plan is the teacher's one slot for a week and part (R13); a version is one file
handed in for that slot. Only `Trình ký` turns an upload into a version (R21).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hoso_bot.domain.calendar import Week
from hoso_bot.domain.comparison import PageChanges
from hoso_bot.domain.events import Address
from hoso_bot.domain.inspection import Inspection
from hoso_bot.domain.signing import KeptReviewCopy
from hoso_bot.domain.units import Piece, part_key

REGISTER = "KHBD"


class UploadState(StrEnum):
    """checking: in the sandbox; ready: waits for `Trình ký`; the rest is final."""

    CHECKING = "checking"
    READY = "ready"
    SUBMITTED = "submitted"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    REPLACED = "replaced"


class PlanState(StrEnum):
    """Where the current version stands."""

    PENDING = "pending"
    REJECTED = "rejected"
    APPROVED = "approved"
    DOUBTED = "doubted"
    WITHDRAWN = "withdrawn"
    RETURNED = "returned"


REOPENED = (PlanState.REJECTED, PlanState.WITHDRAWN, PlanState.RETURNED)
"""The teacher sends again, the same file too."""


class VersionState(StrEnum):
    """doubted: a signature failed validation; nothing moves until a person has looked.

    withdrawn: taken back by the teacher before any decision; returned: given back on request (Q25).
    """

    PENDING = "pending"
    REJECTED = "rejected"
    APPROVED = "approved"
    SUPERSEDED = "superseded"
    DOUBTED = "doubted"
    WITHDRAWN = "withdrawn"
    RETURNED = "returned"


@dataclass(frozen=True)
class Upload:
    """One received file. `sent_at`: the platform's time; size in bytes; picture: SHA-256 of page 1 drawn.

    register, part: None until known. instead_of: id of the absent teacher this is for, '' mostly.
    review_copy: made on arrival, of use while its wording still holds. lookup_code: the version's, drawn on
    arrival because the review copy shows it; empty for a file that came before there were any.
    inbox_row: with which it came, the number of its story in the log.
    """

    id: str
    person_id: str
    sha256: str
    name: str
    size: int
    sent_at: datetime
    state: UploadState
    address: Address
    inspection: Inspection | None = None
    year: str | None = None
    week: int | None = None
    week_from: str | None = None
    card_key: str | None = None
    picture: str | None = None
    register: str | None = None
    part: str | None = None
    instead_of: str = ""
    review_copy: KeptReviewCopy | None = None
    lookup_code: str = ""
    inbox_row: int | None = None


@dataclass(frozen=True)
class Plan:
    """The slot of one teacher, register, week and part; `version` is the number of the current version.

    part: the class or subject where the school wants a plan for each, '' for the whole week (Q5).
    instead_of: id of the absent teacher when a substitute handed it in, else '' (Q21).
    """

    id: str
    year: str
    register: str
    person_id: str
    week: int
    code: str
    version: int
    state: PlanState
    part: str = ""
    instead_of: str = ""

    @property
    def piece(self) -> Piece:
        """What it is for within its week."""
        return Piece(self.part, self.instead_of)


@dataclass(frozen=True)
class Version:
    """One file handed in. The review copy is what leaders open; `current_sha256` grows by signatures.

    lookup_code: what the QR leads to; empty for a version handed in before there were any. removed: its files
    are no longer kept, the record of them is.
    """

    id: str
    plan_id: str
    number: int
    upload_id: str
    state: VersionState
    original_sha256: str
    review_sha256: str
    current_sha256: str
    size: int
    pages: int
    submitted_at: datetime
    minutes_late: int
    changes: PageChanges | None = None
    lookup_code: str = ""
    removed: bool = False


def record_code(
    week: Week, staff_id: str, register: str = REGISTER, part: str = "", instead_of: str = ""
) -> str:
    """The code people quote: `KHBD-2627-T13-GV07-5A` (register, school year, week, teacher, part).

    instead_of: staff id of the absent teacher, which a substitute's code ends with.
    """
    years = "".join(item[-2:] for item in week.year.split("-"))
    pieces = [register, years, f"T{week.number:02d}", _code(staff_id), part_key(part), _code(instead_of)]
    return "-".join(piece for piece in pieces if piece)


def _code(staff_id: str) -> str:
    return "".join(ch for ch in staff_id.upper() if ch.isalnum())


def replace_problem(plan: Plan | None, decided_steps: int) -> str | None:
    """Why a new file may not take this plan's place, as a text key; None when it may.

    After a rejection (R59), a withdrawal or a return (Q25), after an approval (R58) and before the first
    decision (Q25) it may.
    """
    if plan is None or plan.state in (*REOPENED, PlanState.APPROVED):
        return None
    if plan.state == PlanState.DOUBTED or decided_steps:
        return "submit.already_decided"
    return None
