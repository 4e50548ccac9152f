"""What is paid for where a chat closed on silence: the price is noted first, then the message goes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

import structlog

from hoso_bot.domain.messages import Gone, Later, Outcome, OutOfWindow, Parcel, Sent, Template, Waits
from hoso_bot.domain.paying import (
    NEARLY_SPENT,
    WORTH,
    Fare,
    Tariff,
    Worth,
    international,
    month_of,
    template_kind,
    template_values,
)
from hoso_bot.ports import Clock
from hoso_bot.store.outbox import Queued
from hoso_bot.store.people import People
from hoso_bot.store.spending import Noted, Spending

log = structlog.get_logger(__name__)

TOLD_ONCE_IN = timedelta(hours=24)
"""So often at most somebody is told by a template that something waits."""


class PaidChannel(Protocol):
    """A channel that takes more for money."""

    def pieces(self, parcel: Parcel) -> int:
        """How many messages a parcel is paid as."""
        ...

    async def send(self, parcel: Parcel) -> Outcome:
        """Deliver one parcel; never raises."""
        ...

    async def send_template(self, template: Template) -> Outcome:
        """Deliver a template; never raises."""
        ...


@dataclass(frozen=True)
class Toll:
    """One channel's. on_budget: told the month and the percent of its budget that is gone, 80 or 100."""

    channel: PaidChannel
    tariff: Tariff
    spending: Spending
    people: People
    clock: Clock
    on_budget: Callable[[str, int], None]

    async def deliver(self, row: Queued, parcel: Parcel, silence: timedelta) -> Outcome:
        """Pay for a message to somebody who was silent for so long; OutOfWindow where nothing is paid for it.

        A crash after the price was noted counts it although nothing went out, and never the other way round.
        """
        worth = WORTH.get(row.message["text"], Worth.COURTESY)
        fare = self.tariff.fare(worth, silence)
        if fare is None or row.edits is not None:
            return OutOfWindow(f"nothing heard for {silence}")
        if fare is Fare.TEMPLATE and await asyncio.to_thread(self._was_told, row, worth):
            return Waits("told a while ago by a template that something waits")
        parcel = replace(parcel, picture=None)
        pieces = self.channel.pieces(parcel) if fare is Fare.MESSAGE else 1
        noted = await asyncio.to_thread(self._note, row, fare, pieces)
        if noted is None:
            return OutOfWindow("the month's budget is used up")
        outcome = await (
            self.channel.send(parcel) if fare is Fare.MESSAGE else self._by_template(row, parcel, worth)
        )
        await asyncio.to_thread(self._settle, noted, outcome, pieces)
        return outcome

    def _was_told(self, row: Queued, worth: Worth) -> bool:
        """Whether a template said a while ago that something waits: that holds for this message, too."""
        since = self.clock.now() - TOLD_ONCE_IN
        return worth is not Worth.REMINDER and self.spending.template_since(row.person_id or "", since)

    def _note(self, row: Queued, fare: Fare, pieces: int) -> Noted | None:
        now, price = self.clock.now(), self.tariff.cost(fare, pieces)
        noted = self.spending.note(row.key, fare, price, self.tariff.monthly, now)
        if noted is None:
            self.on_budget(month_of(now), 100)
        elif noted.spent * 100 >= self.tariff.monthly * NEARLY_SPENT:
            self.on_budget(noted.month, NEARLY_SPENT)
        return noted

    async def _by_template(self, row: Queued, parcel: Parcel, worth: Worth) -> Outcome:
        """A reminder is said by its template; what has buttons or a file waits behind one."""
        person = await asyncio.to_thread(self.people.get, row.person_id or "")
        template = Template(
            parcel.chat_id,
            international(person.phone),
            self.tariff.templates[template_kind(worth)],
            template_values(worth, person.name, row.message["facts"]),
            f"hoso-{row.id}-{row.attempts}",
        )
        outcome = await self.channel.send_template(template)
        if isinstance(outcome, Sent) and worth is not Worth.REMINDER:
            return Waits("told by a template that it waits")
        return outcome

    def _settle(self, noted: Noted, outcome: Outcome, pieces: int) -> None:
        """What was refused is not paid; of several messages some may have gone out, so that stays noted."""
        refused = isinstance(outcome, Gone | OutOfWindow) or (isinstance(outcome, Later) and outcome.refused)
        if isinstance(outcome, Sent | Waits):
            self.spending.keep(noted)
        elif refused and pieces == 1:
            self.spending.give_back(noted)
        log.info("message.paid", price=noted.price, outcome=type(outcome).__name__)
