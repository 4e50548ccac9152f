"""What waits for whom since when, over all weeks and registers. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from hoso_bot.domain.approval import ApprovalStep, StepState
from hoso_bot.domain.board import Filed
from hoso_bot.domain.calendar import Week
from hoso_bot.domain.duty import Duty, Matter
from hoso_bot.domain.roster import Person


@dataclass(frozen=True)
class Waiting:
    """One plan that waits. holders: who may decide it today (a delegate, who stands in); signing: it was
    decided and only the signature is missing, which the decider has to let happen.
    """

    filed: Filed
    week: Week
    teacher: Person
    step: ApprovalStep
    since: datetime
    holders: tuple[Person, ...]
    signing: bool = False


def waiting(filed: Iterable[Filed], weeks: Mapping[tuple[str, int], Week], duty: Duty) -> tuple[Waiting, ...]:
    """Longest waiting first. weeks: by (year, number); plans of other weeks are left out."""
    people = {person.id: person for person in duty.people}
    found = []
    for one in filed:
        week, teacher = weeks.get((one.plan.year, one.plan.week)), people.get(one.plan.person_id)
        if week and teacher and (entry := _entry(one, week, teacher, duty, people)):
            found.append(entry)
    return tuple(sorted(found, key=lambda entry: entry.since))


def _entry(
    one: Filed, week: Week, teacher: Person, duty: Duty, people: Mapping[str, Person]
) -> Waiting | None:
    chain = one.chain(one.current)
    step = next((s for s in chain if s.state in (StepState.PENDING, StepState.APPROVED)), None)
    if step is None:
        return None
    if step.state is StepState.APPROVED:
        decider = (people[step.decider_id],) if step.decider_id in people else ()
        since = step.decided_at or one.current.submitted_at
        return Waiting(one, week, teacher, step, since, decider, signing=True)
    before = [s.decided_at for s in chain[: step.number - 1] if s.decided_at]
    since = max(before, default=one.current.submitted_at)
    return Waiting(one, week, teacher, step, since, duty.holders(step, Matter(teacher, week, chain)))
