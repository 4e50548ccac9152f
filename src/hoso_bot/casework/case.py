"""One step of one plan as its holders have it: who may decide it now, and the cards it is dealt as.

What several handlers need of a step lives here, because handlers do not import one another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from hoso_bot.casework.digest import joins_others
from hoso_bot.domain import cards
from hoso_bot.domain.approval import ApprovalStep, StepState, decision_problem
from hoso_bot.domain.calendar import Week, excused_minutes, find, judged_at
from hoso_bot.domain.doubts import doubts
from hoso_bot.domain.duty import Acting, Duty, Matter
from hoso_bot.domain.errors import FileRefused
from hoso_bot.domain.events import Tapped
from hoso_bot.domain.looks import Look, look
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.queue_events import QueueAsked
from hoso_bot.domain.roster import Person
from hoso_bot.domain.signing import SignatureReport
from hoso_bot.domain.submission import Plan, Version
from hoso_bot.store.step_cards import Place
from hoso_bot.unit_of_work import UnitOfWork, attachment, named_facts, picture_of, plan_facts


def duty_today(uow: UnitOfWork) -> Duty:
    """Who is here, who is away and who was delegated to, on this day in Vietnam."""
    today, people = uow.today(), uow.people.all()
    absent = frozenset(a.person_id for a in uow.duties.absences(today) if a.period.covers(today))
    gone = frozenset(p.id for p in people if p.withdrawn)
    return Duty(
        today,
        tuple(people),
        absent | gone,
        tuple(d for d in uow.duties.delegations(today) if d.period.covers(today)),
        uow.policy.records_admin,
        gone,
    )


@dataclass(frozen=True)
class Case:
    """What a decision is about, as read before it. named: the blanks that name the plan."""

    plan: Plan
    version: Version
    step: ApprovalStep
    chain: list[ApprovalStep]
    teacher: Person
    week: Week
    duty: Duty
    named: dict[str, Any]

    @classmethod
    def read(cls, version_id: str, number: int, uow: UnitOfWork, duty: Duty | None = None) -> Case:
        """Look everything up. Raises LookupError."""
        plan, version = uow.plans.version(version_id)
        chain = uow.plans.steps(version_id)
        week = uow.week(plan.year, plan.week)
        teacher = uow.people.get(plan.person_id)
        duty, named = duty or duty_today(uow), plan_facts(uow, plan)
        return cls(plan, version, chain[number - 1], chain, teacher, week, duty, named)

    @property
    def place(self) -> Place:
        """What names the step."""
        return self.version.id, self.step.number

    @property
    def since(self) -> datetime:
        """Since when it has been this step's turn: the submission, or the decision before it."""
        earlier = [step.decided_at for step in self.chain[: self.step.number - 1] if step.decided_at]
        return max([self.version.submitted_at, *earlier])

    @property
    def matter(self) -> Matter:
        """The plan as a duty sees it."""
        return Matter(self.teacher, self.week, self.chain)

    def facts(self) -> dict[str, object]:
        """The blanks every sentence about this case may use."""
        return {
            **cards.week_facts(self.week),
            **self.named,
            "version": self.version.number,
            "teacher": self.teacher.name,
        }

    def acting(self, person: Person) -> Acting | None:
        """In which capacity this person may decide the step today."""
        return self.duty.acting(self.step, self.matter, person.id)

    def is_ready(self, person: Person, found: Look) -> bool:
        """Whether it may be approved together with others: the person's own to decide, and seen (R31)."""
        return found is Look.SEEN and self.acting(person) is Acting.OWN

    def acting_facts(self, person: Person, uow: UnitOfWork) -> dict[str, Any]:
        """Blanks about acting for somebody: for whom, why, and whether the own step is signed with it."""
        acting = self.acting(person) or Acting.OWN
        signer = uow.people.get(self.step.signer_id)
        return {
            "acting": acting.value,
            **self.named,
            "signer": signer.name,
            "signer_role": self.step.role.value,
            "also": acting is not Acting.OWN
            and not signs_elsewhere(person, uow)
            and self.following_is_mine(person),
        }

    def following_is_mine(self, person: Person) -> bool:
        """Whether the next step too is this person's to decide, so that one confirmation is enough."""
        following = self.chain[self.step.number : self.step.number + 1]
        return any(self.duty.acting(step, self.matter, person.id) for step in following)


def doubts_about(sha256: str, chain: Sequence[ApprovalStep], uow: UnitOfWork) -> list[str]:
    """Why a stored file is not what the signed steps of its chain say; empty when it is.

    Raises SandboxFailed.
    """
    return validated(sha256, chain, uow)[0]


def validated(
    sha256: str, chain: Sequence[ApprovalStep], uow: UnitOfWork, just_made: bool = False
) -> tuple[list[str], SignatureReport | None]:
    """Those doubts, and what was found in the file; None where it cannot be read. Raises SandboxFailed.

    just_made: it has not left our hands; the archive's nights look at every object again.
    """
    try:
        report = uow.inspector.verify(uow.files.path(sha256), uow.revocations.trust(), just_made)
    except (FileRefused, FileNotFoundError) as trouble:
        return [f"cannot be read: {trouble}"], None
    return doubts(report, chain, sha256), report


def decidable(event: Tapped, uow: UnitOfWork) -> Case | None:
    """The case when this person may decide it now; else says why not and nothing changes."""
    case = Case.read(event.version_id, event.step, uow)  # type: ignore[attr-defined]
    acts = case.acting(uow.actor) is not None
    problem = decision_problem(case.plan, case.version, case.step, uow.actor.id, acts)
    if problem is None:
        return case
    if problem == "decide.not_yours" and uow.duties.was_delegated(case.step.signer_id, uow.actor.id):
        problem = "delegate.over"
    uow.record("decision.refused", case.plan.code, why=problem, step=case.step.number)
    facts = {
        **case.facts(),
        "state": case.step.state.value,
        "reason": case.step.reason,
        "signer": uow.people.get(case.step.signer_id).name,
    }
    uow.reply(Message(problem, facts))
    return None


def queue(person: Person, uow: UnitOfWork) -> list[Case]:
    """What this person may decide now, longest waiting first."""
    return [case for case in waiting(uow) if case.acting(person)]


def waiting(uow: UnitOfWork, duty: Duty | None = None) -> list[Case]:
    """Everything that waits for a decision, longest waiting first; looked up for everybody at once."""
    duty = duty or duty_today(uow)
    people = {person.id: person for person in duty.people}
    tables, books, cases = dict[str, tuple[Week, ...]](), dict[str, str](), list[Case]()
    for plan, version, chain in uow.step_cards.pending():
        if plan.year not in tables:
            tables[plan.year] = uow.school.weeks(plan.year)
        if plan.register not in books:
            books[plan.register] = uow.book(plan.register)
        week = find(tables[plan.year], plan.week)
        step = next(step for step in chain if step.state is StepState.PENDING)
        if week:
            cover = people[plan.instead_of].name if plan.instead_of else ""
            named = named_facts(plan, books[plan.register], cover)
            cases.append(Case(plan, version, step, chain, people[plan.person_id], week, duty, named))
    return sorted(cases, key=lambda case: case.since)


def looks(person: Person, uow: UnitOfWork) -> dict[Place, Look]:
    """What this person looked at, by step, as far as a chat can tell; nothing for what is not there."""
    held, now = uow.step_cards.held_by(person.id), uow.now()
    newest = {place: cards[-1] for place, cards in held.items()}
    return {place: look(card.asked_at, card.delivered_at, now) for place, card in newest.items()}


def signs_elsewhere(person: Person, uow: UnitOfWork) -> bool:
    """Whether this person signs with a tool of their own and sends the file back."""
    key = uow.school.signing_key(person.id)
    return key is not None and key.custody == "own"


# --- cards -------------------------------------------------------------------------------------------


def deal(case: Case, uow: UnitOfWork) -> str | None:
    """A card for everybody who holds the step today; the key of the signer's own, None without one."""
    keys = {person.id: deal_to(person, case, uow) for person in case.duty.holders(case.step, case.matter)}
    return keys.get(case.step.signer_id)


def deal_to(person: Person, case: Case, uow: UnitOfWork, asked: bool = False) -> str | None:
    """One person's card with the PDF and the two decisions; None when no chat is linked.

    asked: the person wanted to see it, which is what counts as a look (R31).
    """
    card = card_for(person, case, uow)
    if any(earlier.person_id == person.id for earlier in uow.step_cards.of(case.step)):
        card = replace(card, picture=None)  # page 1 came with the card before
    if asked:
        back = (Button("queue.button.back", QueueAsked()),)
        card = replace(card, buttons=(*card.buttons, back))
    else:
        card = replace(card, silent=joins_others(person, uow))
    key = uow.say(person, card)
    if key:
        uow.change(uow.step_cards.add(case.step, person.id, key, uow.now() if asked else None))
    return key


def card_for(person: Person, case: Case, uow: UnitOfWork) -> Message:
    """The card as this person gets it."""
    name = cards.file_name(case.plan, case.teacher, case.version, "review")
    file = attachment(uow, case.version.current_sha256, name)
    signed_by = [uow.people.get(s.decider_id) for s in case.chain[: case.step.number - 1]]
    upload = uow.plans.upload(case.version.upload_id)
    more = {**case.acting_facts(person, uow), **_answers(case, uow)}
    card = cards.review(
        case.plan, case.version, case.step, case.teacher, case.week, upload, signed_by, file, more
    )
    return replace(card, picture=picture_of(uow, upload))


def lateness(plan: Plan, version: Version, uow: UnitOfWork) -> dict[str, Any]:
    """Blanks about time (Q3): late is the first valid submission; a later one says how soon it came back.

    late, mended_after: minutes; mended_after None where nothing was sent back before this version.
    """
    first = uow.plans.first_submission(plan) or version
    returned = uow.step_cards.returned_at(plan.id, version.number)
    gap = (version.submitted_at - returned) // timedelta(minutes=1) if returned else None
    again = first.number < version.number
    return {"late": _late(plan, first, uow), "again": again, "mended_after": gap}


def _late(plan: Plan, first: Version, uow: UnitOfWork) -> int:
    """Minutes of the first submission's mark that still count after outages."""
    if not first.minutes_late:
        return 0
    judged = judged_at(uow.plans.upload(first.upload_id).sent_at, first.submitted_at)
    return first.minutes_late - excused_minutes(uow.week(plan.year, plan.week), first.minutes_late, judged)


def _answers(case: Case, uow: UnitOfWork) -> dict[str, Any]:
    """What a resubmission has to answer: the reasons given before, and what changed by page."""
    reasons = uow.step_cards.earlier_reasons(case.plan.id, case.version.number)
    return {
        "reasons": [
            {"version": number, "leader": uow.people.get(who).name, "reason": reason}
            for number, who, reason in reasons
        ],
        "changes": case.version.changes.to_json() if case.version.changes else None,
        **lateness(case.plan, case.version, uow),
    }


def redeal(case: Case, uow: UnitOfWork) -> list[Person]:
    """Deal to holders without a card, who are returned; take it from those who may no longer decide."""
    held = uow.step_cards.of(case.step)
    for card in held:
        if case.duty.acting(case.step, case.matter, card.person_id) is None:
            uow.close_card(card.key, Message("delegate.card_over", case.facts()))
            uow.change(uow.step_cards.forget(card.key))
    had = {card.person_id for card in held}
    new = [person for person in case.duty.holders(case.step, case.matter) if person.id not in had]
    for person in new:
        deal_to(person, case, uow)
        uow.change(uow.plans.move_step(case.step, case.step.state))  # still waiting, or nothing happened
    return new


def close_cards(step: ApprovalStep, uow: UnitOfWork, words: Message, others: Message | None = None) -> None:
    """Every card of a step is spent; who acts now reads `words`, the other holders `others`."""
    actor = uow.person.id if uow.person else None
    held = uow.step_cards.of(step)
    for card in held:
        uow.close_card(card.key, words if others is None or card.person_id == actor else others)
        uow.change(uow.step_cards.forget(card.key))
    if step.card_key not in {card.key for card in held}:  # dealt by an older version of the program
        uow.close_card(step.card_key, words)


def redeal_for(person_id: str, uow: UnitOfWork) -> list[Person]:
    """After somebody's duty changed: the cards of everything that waits for them; who got one, once each."""
    new = dict[str, Person]()
    for case in waiting(uow):
        if case.step.signer_id == person_id:
            new |= {person.id: person for person in redeal(case, uow)}
    return list(new.values())
