"""Who may do what, as one table: a right, whom it belongs to by their tie, in which state, which way. Pure.

Default deny: what no line allows is refused, and who left may do nothing. All chat worlds have equal rights,
so a line names ways (a chat or the page of its message; the web board), never a channel.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hoso_bot.domain.roster import Person, Role, group_key
from hoso_bot.domain.submission import VersionState

BOARD = (Role.VICE_PRINCIPAL, Role.PRINCIPAL)


class Tie(StrEnum):
    """How who acts stands to whom it is about, or to the thing itself."""

    THEMSELVES = "themselves"
    OFFICE = "office"
    VICE_PRINCIPAL = "vice_principal"
    PRINCIPAL = "principal"
    HEAD = "head"
    """Of the group of whom it is about, themselves included."""
    DELEGATE = "delegate"
    """Delegated to for today by the head of this colleague, for all or for this one (R34)."""
    HEADS_DELEGATE = "heads_delegate"
    """It is about the very head who delegated to them, for the whole group."""
    BORROWER = "borrower"
    """This plan was lent to them as a substitute (Q21)."""
    SIGNER = "signer"
    """They decided a step of this version."""
    INVITED = "invited"
    """A case about themselves that they were invited to explain."""
    JUDGE = "judge"
    """They decided this case."""


class Right(StrEnum):
    """What somebody wants to do."""

    SEE_SCHOOL = "see_school"
    OVERSEE = "oversee"
    SEE_WEEK = "see_week"
    READ_PLANS = "read_plans"
    TAKE_APPROVED = "take_approved"
    TAKE_WAITING = "take_waiting"
    READ_CARD_FILE = "read_card_file"
    EXEMPT = "exempt"
    LEND = "lend"
    MARK_ABSENT = "mark_absent"
    CHANGE_CALENDAR = "change_calendar"
    ANNOUNCE_POWER_CUT = "announce_power_cut"
    RECORD_OUTAGE = "record_outage"
    EVALUATE = "evaluate"
    ANSWER_DISPUTE = "answer_dispute"
    ANSWER_DATA_REQUEST = "answer_data_request"
    PREPARE_CASE = "prepare_case"
    DECIDE_CASE = "decide_case"
    SEE_CASE = "see_case"


class Way(StrEnum):
    """How somebody came: by a chat or the page of one of its messages, or by the web board."""

    CHAT = "chat"
    BOARD = "board"


@dataclass(frozen=True)
class Line:
    """One line of the table. about_others: never about themselves (R57). when: empty for any state."""

    who: frozenset[Tie]
    about_others: bool = False
    when: frozenset[VersionState] = frozenset()
    by: frozenset[Way] = frozenset({Way.CHAT})


def _line(*who: Tie, others: bool = False, when: Collection[VersionState] = (), web: bool = False) -> Line:
    return Line(frozenset(who), others, frozenset(when), frozenset(Way) if web else frozenset({Way.CHAT}))


_LEADS = (Tie.VICE_PRINCIPAL, Tie.PRINCIPAL, Tie.OFFICE)
_OVERSEES = (*_LEADS, Tie.HEAD, Tie.DELEGATE, Tie.HEADS_DELEGATE)
_RUNS_RECORDS = (Tie.OFFICE, Tie.PRINCIPAL)
_NOT_WITHDRAWN = frozenset(VersionState) - {VersionState.WITHDRAWN}

TABLE: dict[Right, tuple[Line, ...]] = {
    Right.SEE_SCHOOL: (_line(*_LEADS, web=True),),
    Right.OVERSEE: (_line(*_OVERSEES, web=True),),
    Right.SEE_WEEK: (_line(Tie.THEMSELVES, *_OVERSEES, web=True),),
    Right.READ_PLANS: (_line(Tie.THEMSELVES, *_OVERSEES, web=True),),
    Right.TAKE_APPROVED: (_line(Tie.THEMSELVES, Tie.BORROWER, *_OVERSEES, when=[VersionState.APPROVED]),),
    Right.TAKE_WAITING: (_line(*_OVERSEES, others=True, when=[VersionState.PENDING]),),
    Right.READ_CARD_FILE: (_line(Tie.THEMSELVES, Tie.SIGNER), _line(*_OVERSEES, when=_NOT_WITHDRAWN)),
    Right.EXEMPT: (_line(*_LEADS), _line(Tie.HEAD, Tie.DELEGATE, others=True)),
    Right.LEND: (_line(Tie.OFFICE, Tie.HEAD),),
    Right.MARK_ABSENT: (_line(Tie.OFFICE, Tie.THEMSELVES),),
    Right.CHANGE_CALENDAR: (_line(*_RUNS_RECORDS),),
    Right.ANNOUNCE_POWER_CUT: (_line(*_RUNS_RECORDS),),
    Right.RECORD_OUTAGE: (_line(*_RUNS_RECORDS),),
    Right.EVALUATE: (_line(*_RUNS_RECORDS),),
    Right.ANSWER_DISPUTE: (_line(*_RUNS_RECORDS, others=True),),
    Right.ANSWER_DATA_REQUEST: (_line(*_RUNS_RECORDS, others=True),),
    Right.PREPARE_CASE: (_line(*_LEADS, others=True),),
    Right.DECIDE_CASE: (_line(Tie.VICE_PRINCIPAL, Tie.PRINCIPAL, others=True),),
    Right.SEE_CASE: (_line(*_LEADS, Tie.JUDGE, others=True), _line(Tie.INVITED)),
}


@dataclass(frozen=True)
class ActingFor:
    """A head who delegated for today (R34); teacher_id: on the plans of this teacher only."""

    head: Person
    teacher_id: str | None = None


@dataclass(frozen=True)
class Rights:
    """What one person may do today. is_office: administers the records (R24). acting_for: who delegated."""

    person: Person
    is_office: bool = False
    acting_for: Sequence[ActingFor] = ()
    way: Way = Way.CHAT

    def may(
        self,
        right: Right,
        about: Person | None = None,
        state: VersionState | None = None,
        *ties: Tie,
    ) -> bool:
        """Whether a line of the table allows it. about: None asks whether there is anybody it may be about.

        ties: those to the thing itself, which only who asks can know.
        """
        if not self.person.active:
            return False
        found = self.ties_to(about) | set(ties)
        return any(
            line.who & found
            and self.way in line.by
            and not (line.about_others and Tie.THEMSELVES in found)
            and (not line.when or state in line.when)
            for line in TABLE[right]
        )

    def ties_to(self, about: Person | None) -> set[Tie]:
        """Every tie that follows from roles, groups and delegations."""
        found = {Tie(self.person.role.value)} if self.person.role in BOARD else set()
        if self.is_office:
            found.add(Tie.OFFICE)
        if about is None:
            return found | self._ties_to_somebody()
        if about.id == self.person.id:
            found.add(Tie.THEMSELVES)
        if self.person.role is Role.GROUP_HEAD and one_group(self.person, about):
            found.add(Tie.HEAD)
        for one in self.acting_for:
            if one_group(one.head, about) and one.teacher_id in (None, about.id):
                found.add(Tie.HEADS_DELEGATE if about.id == one.head.id else Tie.DELEGATE)
        return found

    def _ties_to_somebody(self) -> set[Tie]:
        heads_a_group = self.person.role is Role.GROUP_HEAD and group_key(self.person.group)
        return ({Tie.HEAD} if heads_a_group else set()) | ({Tie.DELEGATE} if self.acting_for else set())


def one_group(one: Person, other: Person) -> bool:
    """Whether both are in one group; two people without a group are in none together."""
    return bool(group_key(one.group)) and group_key(one.group) == group_key(other.group)
