"""What may go and what must not, for the command line: looking, having it done by the running bot, holds."""

from __future__ import annotations

from dataclasses import dataclass

from hoso_bot.choices import retention_times
from hoso_bot.domain.reasons import clean
from hoso_bot.domain.retention import Hold, Kind
from hoso_bot.domain.retention_events import RetentionDue
from hoso_bot.filing import file_store
from hoso_bot.ports import Clock
from hoso_bot.school_year import OFFICE, NotThere, SchoolYear
from hoso_bot.settings import Settings
from hoso_bot.store.audit import Entry
from hoso_bot.store.holds import Holds, new_hold
from hoso_bot.store.people import People
from hoso_bot.store.plans import Plans
from hoso_bot.store.retention import Retention


@dataclass(frozen=True)
class Share:
    """Of one kind: what may go now. before: what is older (ISO day), '' where all is kept. size: bytes."""

    kind: Kind
    before: str
    rows: int = 0
    files: int = 0
    size: int = 0


class RetentionDesk:
    """The office's desk for one school. Close it when done."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._clock, self._desk = clock, SchoolYear(settings, clock)
        self._times = retention_times(settings)
        self._retention, self._holds = Retention(self._desk.db), Holds(self._desk.db)
        self._people, self._plans = People(self._desk.db), Plans(self._desk.db)
        self._files = file_store(settings, self._desk.db)

    def close(self) -> None:
        """Let the database go."""
        self._desk.close()

    def due(self) -> list[Share]:
        """Every kind with what of it may go now."""
        return [self._share(kind) for kind in Kind]

    def _share(self, kind: Kind) -> Share:
        before = self._times.cutoff(kind, self._clock.now())
        if before is None:
            return Share(kind, "")
        items = self._retention.find(kind, before)
        files = {sha256 for item in items for sha256 in item.files}
        size = sum(item.size for item in items) + sum(map(self._bytes, files))
        return Share(kind, before.date().isoformat(), len(items), len(files), size)

    def _bytes(self, sha256: str) -> int:
        try:
            return self._files.size(sha256)
        except (FileNotFoundError, ValueError):
            return 0

    def apply(self) -> list[Share]:
        """Owe all of it to the running bot, which has the files in hand; what there is now."""
        shares = [share for share in self.due() if share.rows]
        if shares:
            facts = {share.kind.value: share.rows for share in shares}
            events = [RetentionDue(share.kind.value) for share in shares]
            self._desk.write([], Entry(OFFICE, "retention.ordered", "retention", facts), *events)
        return shares

    # --- holds ---------------------------------------------------------------------------------

    def holds(self) -> list[tuple[str, Hold]]:
        """(staff id or record code, hold) of those in force."""
        return [(self._name(hold), hold) for hold in self._holds.all()]

    def hold(self, subject: str, reason: str) -> Hold:
        """Nothing of this person (staff id) or plan (record code) goes. Raises NotThere."""
        words = clean(reason)
        if not any(c.isalpha() for c in words):
            raise NotThere("a hold needs a reason in words: --reason TEXT")
        person_id, plan_id = self._ids(subject)
        if any((one.person_id, one.plan_id) == (person_id, plan_id) for one in self._holds.all()):
            raise NotThere(f"{subject} is held already")
        hold = new_hold(words, self._clock.now(), person_id, plan_id)
        entry = Entry(OFFICE, "retention.held", self._name(hold), {"hold": hold.id})
        self._desk.write([self._holds.add(hold)], entry)
        return hold

    def release(self, subject: str) -> None:
        """What is over time may go again. Raises NotThere."""
        ids = self._ids(subject)
        for hold in self._holds.all():
            if (hold.person_id, hold.plan_id) == ids:
                entry = Entry(OFFICE, "retention.released", self._name(hold), {"hold": hold.id})
                self._desk.write([self._holds.release(hold.id, self._clock.now())], entry)
                return
        raise NotThere(f"{subject} is not held")

    def _ids(self, subject: str) -> tuple[str | None, str | None]:
        wanted = subject.strip().upper()
        for person in self._people.all():
            if person.staff_id.upper() == wanted:
                return person.id, None
        if plan := self._plans.by_code(wanted):
            return None, plan.id
        raise NotThere(f"no staff id and no record code {subject}")

    def _name(self, hold: Hold) -> str:
        if hold.plan_id:
            return self._plans.plan(hold.plan_id).code
        return self._people.get(hold.person_id or "").staff_id
