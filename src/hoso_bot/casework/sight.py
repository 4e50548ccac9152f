"""What one person may do and look at today: the same in chats, reports and on the web board.

Asked anew for every look, never kept: who leaves, loses a role or a delegation sees nothing more at once.
"""

from __future__ import annotations

from functools import cached_property

from hoso_bot.casework.case import duty_today
from hoso_bot.domain.duty import Duty
from hoso_bot.domain.rights import Right, Rights, Tie, Way
from hoso_bot.domain.roster import Person
from hoso_bot.domain.submission import VersionState
from hoso_bot.unit_of_work import UnitOfWork


class Sight:
    """Of the person who acts in this unit of work."""

    def __init__(self, uow: UnitOfWork, way: Way = Way.CHAT) -> None:
        self._uow, self.actor, self._way = uow, uow.actor, way

    @cached_property
    def duty(self) -> Duty:
        """The school on this day."""
        return duty_today(self._uow)

    @cached_property
    def people(self) -> dict[str, Person]:
        """Everybody by id, leavers included."""
        return {person.id: person for person in self.duty.people}

    def may(
        self,
        right: Right,
        about: Person | None = None,
        state: VersionState | None = None,
        *ties: Tie,
    ) -> bool:
        """Whether the table allows it; see `Rights.may`."""
        return self._rights.may(right, about, state, *ties)

    @property
    def whole_school(self) -> bool:
        """The board and the office (R36)."""
        return self.may(Right.SEE_SCHOOL)

    @property
    def anybody(self) -> bool:
        """Whether there is anybody else at all whose week this person may see."""
        return self.may(Right.OVERSEE)

    def week_of(self, person: Person) -> bool:
        """Whether they may see how this person's week stands; the own one always (R33, R36, R37)."""
        return self.may(Right.SEE_WEEK, person)

    def plans_of(self, teacher: Person) -> bool:
        """Whether they may read this person's plans (R36, R37)."""
        return self.may(Right.READ_PLANS, teacher)

    @cached_property
    def _rights(self) -> Rights:
        acting_for = self.duty.acting_for(self.actor.id)
        return Rights(self.actor, self._uow.is_office(self.actor), acting_for, self._way)
