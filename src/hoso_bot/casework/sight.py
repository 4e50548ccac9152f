"""What one person may look at today: the same in chats, reports and on the web board.

Asked anew for every look, never kept: who leaves, loses a role or a delegation sees nothing more at once.
"""

from __future__ import annotations

from functools import cached_property

from hoso_bot.casework.case import duty_today
from hoso_bot.domain.duty import Duty
from hoso_bot.domain.oversight import ActingFor, oversees, oversees_anybody, sees_school
from hoso_bot.domain.reading import may_read
from hoso_bot.domain.roster import Person
from hoso_bot.unit_of_work import UnitOfWork


class Sight:
    """Of the person who acts in this unit of work."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow, self.actor = uow, uow.actor

    @cached_property
    def duty(self) -> Duty:
        """The school on this day."""
        return duty_today(self._uow)

    @cached_property
    def people(self) -> dict[str, Person]:
        """Everybody by id, leavers included."""
        return {person.id: person for person in self.duty.people}

    @cached_property
    def whole_school(self) -> bool:
        """The board and the office (R36)."""
        return sees_school(self.actor, self._is_office)

    @property
    def anybody(self) -> bool:
        """Whether there is anybody else at all whose week this person may see."""
        return self.whole_school or oversees_anybody(self.actor, self._is_office, self._acting_for)

    def week_of(self, person: Person) -> bool:
        """Whether they may see how this person's week stands; the own one always (R33, R36, R37)."""
        if person.id == self.actor.id or self.whole_school:
            return True
        return oversees(self.actor, person, self._is_office, self._acting_for)

    def plans_of(self, teacher: Person) -> bool:
        """Whether they may read this person's plans (R36, R37)."""
        return self._is_office or may_read(self.actor, teacher, self.duty.delegations, self.people)

    @cached_property
    def _is_office(self) -> bool:
        return self._uow.is_office(self.actor)

    @cached_property
    def _acting_for(self) -> tuple[ActingFor, ...]:
        return self.duty.acting_for(self.actor.id)
