"""The worker side of a school, one process at a time: handles what came, sends, signs, keeps time, polls."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import structlog

from hoso_bot.casework.reminding import is_due, still_wanted
from hoso_bot.choices import tariff
from hoso_bot.domain.weekend_events import REMINDER_LANE, ReminderRound
from hoso_bot.lookups import Desk
from hoso_bot.pdf.csc_client import signing_service
from hoso_bot.pdf.door import on_record
from hoso_bot.pdf.keys import master_key_from_text
from hoso_bot.pdf.sign import SigningDesk
from hoso_bot.pdf.tsa_client import timestamp_client
from hoso_bot.ports import Channel, Clock
from hoso_bot.premises import Premises
from hoso_bot.settings import Settings
from hoso_bot.store.doors import Doors
from hoso_bot.store.other_ways import OtherWays
from hoso_bot.store.typed_answers import TypedAnswers
from hoso_bot.web.message_page.links import MessageLinks
from hoso_bot.workers.bell import Bell
from hoso_bot.workers.dispatcher import Dispatcher
from hoso_bot.workers.rest import SHORT
from hoso_bot.workers.scheduler import JOBS, Round, Scheduler
from hoso_bot.workers.sender import Sender

log = structlog.get_logger(__name__)


class Works:
    """One school's; whoever makes it holds the school's claim. bell, sender_bell: what wakes its workers."""

    def __init__(
        self, premises: Premises, bell: Bell, sender_bell: Bell, longest_rest: float = SHORT
    ) -> None:
        """longest_rest: see `workers.rest`."""
        self._premises, self.bell, desk = premises, bell, premises.desk
        self._recover()
        other_ways = OtherWays(desk.db, desk.clock)
        self._dispatcher = Dispatcher(
            desk,
            premises.inbox,
            premises.channels,
            bell,
            sender_bell,
            slots=2 * premises.settings.pdf.processes + 2,
            other_ways=other_ways,
            longest_rest=longest_rest,
        )
        self._sender = Sender(
            premises.outbox,
            premises.inbox,
            premises.channels,
            desk.files,
            desk.clock,
            desk.policy.quiet,
            sender_bell,
            bell,
            still_wanted=lambda row: still_wanted(row, desk),
            typed=TypedAnswers(desk.db),
            page_of=lambda row: MessageLinks(desk).link_for(row.address, row.person_id, row.key),
            other_ways=other_ways,
            paces=premises.zalo.paces(),
            tolls=premises.zalo.tolls(premises.channels.values(), tariff(premises.settings)),
            longest_rest=longest_rest,
        )
        self.scheduler = Scheduler(premises.inbox, desk.clock, bell, [*JOBS, reminders(desk)])

    def _recover(self) -> None:
        """Take over from whoever was the worker before: what it held, and where PINs are sealed to."""
        here, desk = self._premises, self._premises.desk
        log.info("recovered", inbox=here.inbox.recover(), outbox=here.outbox.recover())
        master_key = master_key_from_text(here.settings.master())
        Doors(desk.db).open(on_record(master_key, desk.signer.public_door), desk.clock.now())

    def start(self) -> list[asyncio.Task[None]]:
        """The workers; to be cancelled, and one that ends by itself is trouble."""
        work = [self._dispatcher.run(), self._sender.run(), self.scheduler.run()]
        work += [self._listen(channel) for channel in self._premises.channels.values()]
        self._tasks = [asyncio.create_task(one) for one in work]
        return self._tasks

    async def _listen(self, channel: Channel) -> None:
        telegram = self._premises.telegram
        listener = telegram if telegram and channel is telegram.channel else channel
        await listener.listen(self._premises.store(channel.name))

    def state(self) -> dict[str, Any]:
        """Rows per state and whether every worker is alive and at work. Raises what the database raises."""
        alive = not any(task.done() for task in self._tasks)
        waits = bool(self._dispatcher.patience.trouble or self._sender.patience.trouble)
        return self._premises.state(alive and not waits)


def signing_desk(settings: Settings, clock: Clock, workers: int = 0) -> SigningDesk:
    """The desk with everything the settings give it; workers: 0 for what they say. Raises SettingsError."""
    return SigningDesk(
        master_key_from_text(settings.master()),
        workers=workers or settings.pdf.processes,
        timestamps=timestamp_client(settings, clock),
        token_environment=settings.signing.token_environment,
        remote=signing_service(settings.signing),
    )


def reminders(desk: Desk) -> Round:
    """The reminders' line in the scheduler's table."""
    return Round("reminders", lambda: is_due(desk), reminder_round, REMINDER_LANE)


def reminder_round(at: datetime) -> ReminderRound:
    """The event of one look at what is due."""
    return ReminderRound(at.isoformat())
