"""Outages on record, for the command line: what `/suco` does in chat."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hoso_bot.domain.calendar import VN, deadline_moves, school_year, with_outages
from hoso_bot.domain.outage_events import OutageChanged
from hoso_bot.domain.outages import Cause, Outage, OutageRefused, checked
from hoso_bot.ports import Clock
from hoso_bot.school_year import OFFICE, NotThere, SchoolYear
from hoso_bot.settings import Settings
from hoso_bot.store.audit import Entry
from hoso_bot.store.db import new_id
from hoso_bot.store.outages import Outages


class OutageDesk:
    """The office's record of outages in one school. Close it when done."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._clock, self._desk = clock, SchoolYear(settings, clock)
        self._outages = Outages(self._desk.db)

    def close(self) -> None:
        """Let the database go."""
        self._desk.close()

    def all(self) -> tuple[Outage, ...]:
        """Every outage that counts, by its beginning."""
        return self._outages.all()

    def add(self, cause: Cause, start: datetime, end: datetime) -> tuple[Outage, list[dict[str, Any]]]:
        """Put one on record; it and the deadlines it moves. Raises OutageRefused."""
        outage = checked(Outage(new_id(), cause, start, end, OFFICE), self._clock.now())
        known = self._outages.all()
        if (cause, start, end) in [(one.cause, one.start, one.end) for one in known]:
            raise OutageRefused("outage.known", "this outage is on record already")
        moves = self._moves(outage, known, (*known, outage))
        entry = Entry(OFFICE, "outage.recorded", outage.id, {**outage.facts(), "moves": moves})
        told = OutageChanged(outage.facts(), moves, OFFICE)
        self._desk.write([self._outages.add(outage, self._clock.now())], entry, told)
        return outage, moves

    def undo(self, outage_id: str) -> list[dict[str, Any]]:
        """Take one off the record; the deadlines that go back. Raises NotThere."""
        known = self._outages.all()
        outage = next((one for one in known if one.id == outage_id), None)
        if outage is None:
            raise NotThere(f"no outage {outage_id} on record; see: hoso-bot outage list")
        moves = self._moves(outage, known, tuple(one for one in known if one is not outage))
        entry = Entry(OFFICE, "outage.undone", outage.id, {**outage.facts(), "moves": moves})
        told = OutageChanged(outage.facts(), moves, OFFICE, undone=True)
        self._desk.write([self._outages.undo(outage, OFFICE, self._clock.now())], entry, told)
        return moves

    def _moves(
        self, outage: Outage, before: tuple[Outage, ...], after: tuple[Outage, ...]
    ) -> list[dict[str, Any]]:
        table = self._desk.weeks(school_year(outage.start.astimezone(VN).date()))
        return deadline_moves(with_outages(table, before), with_outages(table, after))
